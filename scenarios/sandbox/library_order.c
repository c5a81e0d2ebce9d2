#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>

#include "scenarios/sandbox/library.h"
#include "scenarios/sandbox/sandbox_private.h"

// Lua's own order of keys follows its hash tables, which follow addresses. Here the keys are
// listed and sorted once for each traversal. A list without other keys needs no such list.

static const char
    traversals_key; // of next: a weak table from tables to their lists of keys
static const struct scn_place here = { NULL, 0 };

#define SORT_STEPS_A_KEY 16

struct key {
    int type;
    int position; // in the list in which the keys were found
    bool is_integer;
    union {
        lua_Integer integer;
        lua_Number number;
        bool boolean;
        struct {
            const char *start;
            size_t length;
        } text;
    } as;
};

static int sign(bool is_less, bool is_more)
{
    return (int)is_more - (int)is_less;
}

// An exact comparison: an integer need not have a double.
static int compare_mixed(lua_Integer a, lua_Number b)
{
    if (b >= 9223372036854775808.0)
        return -1;
    if (b < -9223372036854775808.0)
        return 1;
    lua_Integer whole = (lua_Integer)b; // towards 0
    if (a != whole)
        return sign(a<whole, a> whole);
    return sign((lua_Number)whole<b, (lua_Number)whole> b);
}

static int compare_numbers(const struct key *a, const struct key *b)
{
    if (a->is_integer && b->is_integer)
        return sign(a->as.integer<b->as.integer, a->as.integer> b->as.integer);
    if (a->is_integer)
        return compare_mixed(a->as.integer, b->as.number);
    if (b->is_integer)
        return -compare_mixed(b->as.integer, a->as.number);
    return sign(a->as.number<b->as.number, a->as.number> b->as.number);
}

static int compare_texts(const struct key *a, const struct key *b)
{
    size_t shorter =
        a->as.text.length < b->as.text.length ? a->as.text.length : b->as.text.length;
    int order = memcmp(a->as.text.start, b->as.text.start, shorter);
    return order ? order
                 : sign(a->as.text.length<b->as.text.length, a->as.text.length> b->as.text
                            .length);
}

static int rank(int type)
{
    return type == LUA_TNUMBER ? 0 : type == LUA_TSTRING ? 1 : 2;
}

static int compare_keys(const void *x, const void *y)
{
    const struct key *a = x, *b = y;
    if (a->type != b->type)
        return rank(a->type) - rank(b->type);
    if (a->type == LUA_TNUMBER)
        return compare_numbers(a, b);
    if (a->type == LUA_TSTRING)
        return compare_texts(a, b);
    return sign(!a->as.boolean && b->as.boolean, a->as.boolean && !b->as.boolean);
}

// The key on top of the stack, which stays there.
static struct key read_key(lua_State *L, int position)
{
    struct key key = { .type = lua_type(L, -1), .position = position };
    switch (key.type) {
    case LUA_TNUMBER:
        key.is_integer = lua_isinteger(L, -1);
        if (key.is_integer)
            key.as.integer = lua_tointeger(L, -1);
        else
            key.as.number = lua_tonumber(L, -1);
        break;
    case LUA_TSTRING:
        key.as.text.start = lua_tolstring(L, -1, &key.as.text.length);
        break;
    case LUA_TBOOLEAN:
        key.as.boolean = lua_toboolean(L, -1);
        break;
    default:
        scn_raise(L, here, "keep such keys in a list, or use texts or numbers as keys",
                  "a table with a %s as a key has no defined order", luaL_typename(L, -1));
    }
    return key;
}

// The last of the numbers that follow `n`, all there.
static lua_Integer count_list(lua_State *L, int table, lua_Integer n)
{
    while (lua_rawgeti(L, table, n + 1) != LUA_TNIL) {
        lua_pop(L, 1);
        scn_charge(L, 1);
        n++;
    }
    lua_pop(L, 1);
    return n;
}

static bool is_in_list(lua_State *L, int index, lua_Integer n)
{
    return lua_isinteger(L, index) && lua_tointeger(L, index) >= 1 &&
           lua_tointeger(L, index) <= n;
}

// Pushes a list of the keys of the table that are not among 1..n, as they come. Returns how
// many, and pushes nothing for none.
static int list_keys(lua_State *L, int table, lua_Integer n)
{
    int count = 0;
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
        scn_charge(L, 1);
        if (is_in_list(L, -2, n))
            continue;
        if (count++ == 0) {
            lua_newtable(L);
            lua_insert(L, -3); // below key and value
        }
        lua_pushvalue(L, -2);
        lua_rawseti(L, -4, count);
    }
    return count;
}

// Replaces the list of keys on top by a sorted one. The texts are held by the list itself.
static void sort_keys(lua_State *L, int count)
{
    int list = lua_gettop(L);
    scn_charge(L, (int64_t)count * SORT_STEPS_A_KEY);
    struct key *keys = lua_newuserdatauv(L, (size_t)count * sizeof *keys, 0);
    for (int i = 0; i < count; i++) {
        lua_rawgeti(L, list, i + 1);
        keys[i] = read_key(L, i + 1);
        lua_pop(L, 1);
    }
    qsort(keys, (size_t)count, sizeof *keys, compare_keys);
    lua_createtable(L, count, 0);
    for (int i = 0; i < count; i++) {
        lua_rawgeti(L, list, keys[i].position);
        lua_rawseti(L, -2, i + 1);
    }
    lua_replace(L, list);
    lua_settop(L, list);
}

int scn_push_keys(lua_State *L, int table)
{
    table = lua_absindex(L, table);
    int count = list_keys(L, table, 0);
    if (count == 0)
        lua_newtable(L);
    else
        sort_keys(L, count);
    return count;
}

// --- pairs: the iterator's upvalues are the table, the n of its list, its other keys (or
// nil), and how far it is.

static int push_entry(lua_State *L, lua_Integer at)
{
    lua_pushinteger(L, at);
    lua_replace(L, lua_upvalueindex(4));
    return 2;
}

static int step_pairs(lua_State *L)
{
    lua_Integer n = lua_tointeger(L, lua_upvalueindex(2));
    lua_Integer at = lua_tointeger(L, lua_upvalueindex(4));
    lua_settop(L, 0);
    while (at < n) {
        lua_pushinteger(L, ++at);
        if (lua_rawgeti(L, lua_upvalueindex(1), at) != LUA_TNIL)
            return push_entry(L, at);
        lua_settop(L, 0);
    }
    if (lua_isnil(L, lua_upvalueindex(3)))
        return 0;
    while (lua_rawgeti(L, lua_upvalueindex(3), ++at - n) != LUA_TNIL) {
        lua_pushvalue(L, 1);
        if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL)
            return push_entry(L, at);
        lua_settop(L, 0);
        scn_charge(L, 1);
    }
    return 0;
}

static int base_pairs(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_Integer n = count_list(L, 1, 0);
    lua_pushvalue(L, 1);
    lua_pushinteger(L, n);
    int count = list_keys(L, 1, n);
    if (count == 0)
        lua_pushnil(L);
    else
        sort_keys(L, count);
    lua_pushinteger(L, 0);
    lua_pushcclosure(L, step_pairs, 4);
    lua_pushvalue(L, 1);
    lua_pushnil(L);
    return 3;
}

// --- next: the same order, one step at a time. All keys are listed when a traversal starts,
// and the list is remembered with the table as long as that lives. Its field n is how far the
// traversal is.

// `cleared` is 1 when the entry 1 has been cleared since the traversal started there, and 0
// otherwise: the list is taken to begin behind it.
static int push_order(lua_State *L, lua_Integer cleared)
{
    lua_Integer n = count_list(L, 1, cleared);
    lua_createtable(L, (int)(n & INT32_MAX), 0);
    int order = lua_gettop(L);
    for (lua_Integer i = 1; i <= n; i++) {
        lua_pushinteger(L, i);
        lua_rawseti(L, order, i);
    }
    int count = list_keys(L, 1, n);
    if (count > 0)
        sort_keys(L, count);
    for (int i = 1; i <= count; i++) {
        lua_rawgeti(L, -1, i);
        lua_rawseti(L, order, n + i);
    }
    lua_settop(L, order);
    return order;
}

// Remembers the value on top, a list or nil, as the traversal of the table at 1.
static void remember_traversal(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &traversals_key);
    lua_pushvalue(L, 1);
    lua_pushvalue(L, -3);
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

static bool is_key_at(lua_State *L, int order, lua_Integer at)
{
    lua_rawgeti(L, order, at);
    bool is_it = lua_rawequal(L, 2, -1);
    lua_pop(L, 1);
    return is_it;
}

// Where the key at index 2 is in the order, 0 where it is not. Mostly it is where the last
// call left off.
static lua_Integer find_key(lua_State *L, int order)
{
    lua_getfield(L, order, "n");
    lua_Integer last = lua_tointeger(L, -1);
    lua_pop(L, 1);
    if (is_key_at(L, order, last))
        return last;
    lua_Integer count = (lua_Integer)lua_rawlen(L, order);
    for (lua_Integer at = 1; at <= count; at++) {
        scn_charge(L, 1);
        if (is_key_at(L, order, at))
            return at;
    }
    return 0;
}

static int next_after(lua_State *L, int order, lua_Integer at)
{
    while (lua_rawgeti(L, order, ++at) != LUA_TNIL) {
        lua_pushvalue(L, -1);
        if (lua_rawget(L, 1) != LUA_TNIL) {
            lua_pushinteger(L, at);
            lua_setfield(L, order, "n");
            return 2;
        }
        lua_pop(L, 2);
        scn_charge(L, 1);
    }
    return 1;
}

// next(t) mostly asks whether a table is empty, which a list answers at once.
static int next_first(lua_State *L)
{
    lua_pushinteger(L, 1);
    if (lua_rawgeti(L, 1, 1) != LUA_TNIL) {
        lua_pushnil(L);
        remember_traversal(L);
        lua_pop(L, 1);
        return 2;
    }
    int order = push_order(L, 0);
    remember_traversal(L);
    return next_after(L, order, 0);
}

static int base_next(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 2);
    if (lua_isnil(L, 2))
        return next_first(L);

    lua_rawgetp(L, LUA_REGISTRYINDEX, &traversals_key);
    lua_pushvalue(L, 1);
    int order = lua_rawget(L, -2) == LUA_TTABLE ? lua_gettop(L) : 0;
    lua_Integer at = order ? find_key(L, order) : 0;
    if (at == 0) {
        // Key 1, the first wherever it is, may have been found without a list.
        bool is_first = lua_isinteger(L, 2) && lua_tointeger(L, 2) == 1;
        order = push_order(L, is_first);
        remember_traversal(L);
        at = find_key(L, order);
    }
    if (at == 0)
        scn_raise(L, here, NULL, "next was given a key that the table does not have");
    return next_after(L, order, at);
}

void scn_library_open_order(lua_State *L)
{
    lua_newtable(L);
    lua_newtable(L);
    lua_pushliteral(L, "k");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &traversals_key);
    lua_pushcfunction(L, base_pairs);
    scn_word_set(L, "pairs");
    lua_pushcfunction(L, base_next);
    scn_word_set(L, "next");
}
