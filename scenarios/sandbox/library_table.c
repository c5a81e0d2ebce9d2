#include <lauxlib.h>

#include "scenarios/sandbox/library.h"
#include "scenarios/sandbox/sandbox_private.h"

// Lua's table functions do any amount of work in one instruction, and its sort picks pivots
// by the clock. These charge for what they move, and sort by merging.

#define UNPACK_LIMIT 250 // values at once

static const struct scn_place here = { NULL, 0 };

static lua_Integer length_of(lua_State *L, int index)
{
    luaL_checktype(L, index, LUA_TTABLE);
    return (lua_Integer)lua_rawlen(L, index);
}

static int table_insert(lua_State *L)
{
    lua_Integer end = length_of(L, 1) + 1;
    lua_Integer at = end;
    int args = lua_gettop(L);
    if (args == 3) {
        at = luaL_checkinteger(L, 2);
        luaL_argcheck(L, at >= 1 && at <= end, 2, "position out of bounds");
    } else if (args != 2) {
        return luaL_error(L, "wrong number of arguments to 'insert'");
    }
    scn_charge(L, end - at);
    for (lua_Integer i = end; i > at; i--) {
        lua_rawgeti(L, 1, i - 1);
        lua_rawseti(L, 1, i);
    }
    lua_rawseti(L, 1, at);
    return 0;
}

static int table_remove(lua_State *L)
{
    lua_Integer size = length_of(L, 1);
    lua_Integer at = luaL_optinteger(L, 2, size);
    if (!lua_isnoneornil(L, 2))
        luaL_argcheck(L, (at >= 1 && at <= size + 1) || (size == 0 && at == 0), 2,
                      "position out of bounds");
    lua_rawgeti(L, 1, at);
    scn_charge(L, size - at);
    for (; at < size; at++) {
        lua_rawgeti(L, 1, at + 1);
        lua_rawseti(L, 1, at);
    }
    if (at <= size) {
        lua_pushnil(L);
        lua_rawseti(L, 1, at);
    }
    return 1;
}

static int table_concat(lua_State *L)
{
    lua_Integer last = length_of(L, 1);
    size_t gap_length;
    const char *gap = luaL_optlstring(L, 2, "", &gap_length);
    lua_Integer first = luaL_optinteger(L, 3, 1);
    last = luaL_optinteger(L, 4, last);
    luaL_Buffer out;
    luaL_buffinit(L, &out);
    for (lua_Integer i = first; i <= last; i++) {
        scn_charge(L, 1 + (int64_t)(gap_length / 16));
        lua_rawgeti(L, 1, i);
        if (!lua_isstring(L, -1))
            return luaL_error(L, "invalid value (a %s at index %I) in table for 'concat'",
                              luaL_typename(L, -1), (LUAI_UACINT)i);
        luaL_addvalue(&out);
        if (i == last)
            break; // the largest integer has no next
        luaL_addlstring(&out, gap, gap_length);
    }
    luaL_pushresult(&out);
    return 1;
}

static int table_pack(lua_State *L)
{
    int count = lua_gettop(L);
    lua_createtable(L, count, 1);
    lua_insert(L, 1);
    for (int i = count; i >= 1; i--)
        lua_rawseti(L, 1, i);
    lua_pushinteger(L, count);
    lua_setfield(L, 1, "n");
    return 1;
}

static int table_unpack(lua_State *L)
{
    lua_Integer last = length_of(L, 1);
    lua_Integer first = luaL_optinteger(L, 2, 1);
    last = luaL_optinteger(L, 3, last);
    if (first > last)
        return 0;
    if ((lua_Unsigned)last - (lua_Unsigned)first >= UNPACK_LIMIT)
        scn_raise(L, here, NULL, "table.unpack returns at most %d values", UNPACK_LIMIT);
    int count = (int)(last - first) + 1;
    luaL_checkstack(L, count, "too many results to unpack");
    for (int i = 0; i < count; i++)
        lua_rawgeti(L, 1, first + i);
    return count;
}

static int table_move(lua_State *L)
{
    length_of(L, 1);
    lua_Integer first = luaL_checkinteger(L, 2), last = luaL_checkinteger(L, 3);
    lua_Integer to = luaL_checkinteger(L, 4);
    int target = lua_isnoneornil(L, 5) ? 1 : 5;
    length_of(L, target);
    lua_Unsigned count = last < first ? 0 : (lua_Unsigned)last - (lua_Unsigned)first + 1;
    bool fits =
        count <= LUA_MAXINTEGER && to <= LUA_MAXINTEGER - (lua_Integer)count + (count > 0);
    luaL_argcheck(L, count == 0 || fits, 4, "destination wrap around");
    bool is_backward = target == 1 && to > first && to <= last;
    for (lua_Unsigned i = 0; i < count; i++) {
        lua_Integer offset = (lua_Integer)(is_backward ? count - 1 - i : i);
        scn_charge(L, 1);
        lua_rawgeti(L, 1, first + offset);
        lua_rawseti(L, target, to + offset);
    }
    lua_pushvalue(L, target);
    return 1;
}

// --- sort: merges runs of doubling width between the table and a spare one. Any answers of
// the comparison give a permutation of what was there.

// Whether entry b of the table comes before entry a of it.
static bool is_out_of_order(lua_State *L, int table, lua_Integer a, lua_Integer b)
{
    scn_charge(L, 1);
    if (lua_isnil(L, 2)) {
        lua_rawgeti(L, table, b);
        lua_rawgeti(L, table, a);
        bool is_less = lua_compare(L, -2, -1, LUA_OPLT);
        lua_pop(L, 2);
        return is_less;
    }
    lua_pushvalue(L, 2);
    lua_rawgeti(L, table, b);
    lua_rawgeti(L, table, a);
    lua_call(L, 2, 1);
    bool is_less = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return is_less;
}

static void move_entry(lua_State *L, int from, lua_Integer at, int to, lua_Integer place)
{
    lua_rawgeti(L, from, at);
    lua_rawseti(L, to, place);
}

// Merges from[start, middle) and from[middle, end) into to[start, end).
static void merge(lua_State *L, int from, int to, lua_Integer start, lua_Integer middle,
                  lua_Integer end)
{
    lua_Integer a = start, b = middle;
    for (lua_Integer place = start; place < end; place++) {
        bool takes_b = a == middle || (b < end && is_out_of_order(L, from, a, b));
        move_entry(L, from, takes_b ? b++ : a++, to, place);
    }
}

static lua_Integer least(lua_Integer a, lua_Integer b)
{
    return a < b ? a : b;
}

static int table_sort(lua_State *L)
{
    lua_Integer size = length_of(L, 1);
    if (!lua_isnoneornil(L, 2))
        luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 2);
    // The comparison may change the table, so what is sorted are copies of it.
    scn_charge(L, size);
    luaL_argcheck(L, size < INT32_MAX, 1, "array too big");
    lua_createtable(L, (int)size, 0);
    lua_createtable(L, (int)size, 0);
    for (lua_Integer i = 1; i <= size; i++)
        move_entry(L, 1, i, 3, i);
    int from = 3, to = 4;
    for (lua_Integer width = 1; width < size; width *= 2) {
        scn_charge(L, size);
        for (lua_Integer start = 1; start <= size; start += 2 * width)
            merge(L, from, to, start, least(start + width, size + 1),
                  least(start + 2 * width, size + 1));
        from = 7 - from;
        to = 7 - to;
    }
    for (lua_Integer i = 1; i <= size; i++)
        move_entry(L, from, i, 1, i);
    return 0;
}

void scn_library_open_table(lua_State *L)
{
    static const luaL_Reg own[] = {
        { "concat", table_concat }, { "insert", table_insert },
        { "move", table_move },     { "pack", table_pack },
        { "remove", table_remove }, { "sort", table_sort },
        { "unpack", table_unpack }, { NULL, NULL },
    };
    scn_library_table(L, "table", own);
    lua_pop(L, 1);
}
