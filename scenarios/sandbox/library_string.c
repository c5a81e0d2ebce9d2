#include <ctype.h>
#include <string.h>

#include <lauxlib.h>
#include <lualib.h>

#include "scenarios/sandbox/library.h"
#include "scenarios/sandbox/pattern.h"
#include "scenarios/sandbox/sandbox_private.h"

// The functions that match, repeat or format are written here, on scn_pattern and the step
// counter; those that only look at a text once are Lua's own.

#define BYTES_AT_ONCE 255 // values that string.byte returns at most

static const struct scn_place here = { NULL, 0 };

// A subject and a pattern under way. The pattern is 8 KiB, so what may call back into the
// script keeps it in a userdata and not on the stack.
struct search {
    struct scn_match match;
    struct scn_pattern pattern;
};

static void read_pattern(lua_State *L, struct search *search, int index, bool may_anchor)
{
    size_t length;
    const char *text = luaL_checklstring(L, index, &length);
    const char *wrong = scn_pattern_read(&search->pattern, text, length, may_anchor);
    if (wrong)
        luaL_error(L, "%s", wrong);
    scn_charge(L, (int64_t)length);
}

static void set_subject(lua_State *L, struct search *search, int index)
{
    size_t length;
    search->match.text = luaL_checklstring(L, index, &length);
    search->match.end = search->match.text + length;
    search->match.steps = scn_steps_left(L);
}

static const char *match_at(lua_State *L, struct search *search, const char *at)
{
    const char *end = scn_pattern_match_at(&search->pattern, &search->match, at);
    scn_charge(L, 0);
    return end;
}

// Pushes capture i, or the whole match where the pattern has none.
static void push_capture(lua_State *L, const struct search *search, int i,
                         const char *start, const char *end)
{
    const struct scn_capture *capture = &search->match.capture[i];
    if (i >= search->pattern.captures)
        lua_pushlstring(L, start, (size_t)(end - start));
    else if (capture->is_position)
        lua_pushinteger(L, capture->start - search->match.text + 1);
    else
        lua_pushlstring(L, capture->start, capture->length);
}

static int push_captures(lua_State *L, const struct search *search, const char *start,
                         const char *end)
{
    int count = search->pattern.captures > 0 ? search->pattern.captures : 1;
    luaL_checkstack(L, count, "too many captures");
    for (int i = 0; i < count; i++)
        push_capture(L, search, i, start, end);
    return count;
}

// The offset that argument 3 means, from 0; more than the length where it is behind the end.
static size_t read_start(lua_State *L, size_t length)
{
    lua_Integer init = luaL_optinteger(L, 3, 1);
    if (init > 0)
        return (lua_Unsigned)init - 1 > length ? length + 1 : (size_t)init - 1;
    if (init == 0 || init < -(lua_Integer)length)
        return 0;
    return length - (size_t)-init;
}

static int push_range(lua_State *L, const char *text, const char *start, const char *end)
{
    lua_pushinteger(L, start - text + 1);
    lua_pushinteger(L, end - text);
    return 2;
}

static int find_plain(lua_State *L, const char *text, size_t length, size_t from)
{
    size_t wanted_length;
    const char *wanted = luaL_checklstring(L, 2, &wanted_length);
    const char *found = scn_pattern_find_plain(text + from, length - from, wanted,
                                               wanted_length, scn_steps_left(L));
    scn_charge(L, 0);
    if (found)
        return push_range(L, text, found, found + wanted_length);
    lua_pushnil(L);
    return 1;
}

static int search_from(lua_State *L, size_t from, bool wants_range)
{
    struct search search;
    set_subject(L, &search, 1);
    read_pattern(L, &search, 2, true);
    const char *text = search.match.text;
    for (const char *at = text + from; at <= search.match.end; at++) {
        const char *end = match_at(L, &search, at);
        if (end && wants_range) {
            push_range(L, text, at, end);
            return 2 + (search.pattern.captures ? push_captures(L, &search, at, end) : 0);
        }
        if (end)
            return push_captures(L, &search, at, end);
        if (search.pattern.is_anchored)
            break;
    }
    lua_pushnil(L);
    return 1;
}

static int find_or_match(lua_State *L, bool wants_range)
{
    size_t length, pattern_length;
    const char *text = luaL_checklstring(L, 1, &length);
    const char *pattern = luaL_checklstring(L, 2, &pattern_length);
    size_t from = read_start(L, length);
    if (from > length) {
        lua_pushnil(L);
        return 1;
    }
    bool is_plain = lua_toboolean(L, 4) || scn_pattern_is_plain(pattern, pattern_length);
    if (wants_range && is_plain)
        return find_plain(L, text, length, from);
    return search_from(L, from, wants_range);
}

static int string_find(lua_State *L)
{
    return find_or_match(L, true);
}

static int string_match(lua_State *L)
{
    return find_or_match(L, false);
}

// --- gmatch: the iterator's upvalues are the text, the pattern, the search, where to go on,
// and where the last match ended (an empty match there is not another one).

static int step_gmatch(lua_State *L)
{
    struct search *search = lua_touserdata(L, lua_upvalueindex(3));
    search->match.steps = scn_steps_left(L);
    const char *text = search->match.text;
    const char *last = text + lua_tointeger(L, lua_upvalueindex(5));
    for (const char *at = text + lua_tointeger(L, lua_upvalueindex(4));
         at <= search->match.end; at++) {
        const char *end = match_at(L, search, at);
        if (!end || end == last)
            continue;
        lua_pushinteger(L, end - text);
        lua_copy(L, -1, lua_upvalueindex(4));
        lua_replace(L, lua_upvalueindex(5));
        return push_captures(L, search, at, end);
    }
    return 0;
}

static int string_gmatch(lua_State *L)
{
    size_t length;
    luaL_checklstring(L, 1, &length);
    luaL_checkstring(L, 2);
    size_t from = read_start(L, length);
    lua_settop(L, 2);
    struct search *search = lua_newuserdatauv(L, sizeof *search, 0);
    set_subject(L, search, 1);
    read_pattern(L, search, 2, false);
    lua_pushinteger(L, (lua_Integer)from);
    lua_pushinteger(L, -1);
    lua_pushcclosure(L, step_gmatch, 5);
    return 1;
}

// --- gsub

static void add_replacement_text(lua_State *L, luaL_Buffer *out,
                                 const struct search *search, const char *start,
                                 const char *end)
{
    size_t length;
    const char *text = lua_tolstring(L, 3, &length);
    for (size_t i = 0; i < length; i++) {
        if (text[i] != '%') {
            luaL_addchar(out, text[i]);
            continue;
        }
        i++;
        int captures = search->pattern.captures > 0 ? search->pattern.captures : 1;
        if (i < length && text[i] == '%') {
            luaL_addchar(out, '%');
        } else if (i < length && text[i] == '0') {
            luaL_addlstring(out, start, (size_t)(end - start));
        } else if (i < length && text[i] >= '1' && text[i] <= '9') {
            if (text[i] - '1' >= captures)
                luaL_error(L, "invalid capture index %%%d in replacement string",
                           text[i] - '0');
            push_capture(L, search, text[i] - '1', start, end);
            luaL_tolstring(L, -1, NULL); // a place is a number
            lua_remove(L, -2);
            luaL_addvalue(out);
        } else {
            luaL_error(L, "invalid use of '%%' in replacement string");
        }
    }
    scn_charge(L, (int64_t)length);
}

// Asks the table or function for what to put in place of a match; false and nil keep it.
static void add_replacement_value(lua_State *L, luaL_Buffer *out,
                                  const struct search *search, const char *start,
                                  const char *end)
{
    if (lua_type(L, 3) == LUA_TTABLE) {
        push_capture(L, search, 0, start, end);
        lua_gettable(L, 3);
    } else {
        lua_pushvalue(L, 3);
        lua_call(L, push_captures(L, search, start, end), 1);
    }
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        luaL_addlstring(out, start, (size_t)(end - start));
    } else if (lua_isstring(L, -1)) {
        luaL_addvalue(out);
    } else {
        luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
    }
}

static void add_replacement(lua_State *L, luaL_Buffer *out, const struct search *search,
                            const char *start, const char *end)
{
    int type = lua_type(L, 3);
    if (type == LUA_TNUMBER || type == LUA_TSTRING)
        add_replacement_text(L, out, search, start, end);
    else
        add_replacement_value(L, out, search, start, end);
}

static lua_Integer replace_all(lua_State *L, luaL_Buffer *out, struct search *search,
                               lua_Integer most)
{
    const char *at = search->match.text, *last = NULL;
    lua_Integer count = 0;
    while (count < most) {
        const char *end = match_at(L, search, at);
        if (end && end != last) {
            count++;
            add_replacement(L, out, search, at, end);
            at = last = end;
        } else if (at < search->match.end) {
            luaL_addchar(out, *at++);
        } else {
            break;
        }
        if (search->pattern.is_anchored)
            break;
    }
    luaL_addlstring(out, at, (size_t)(search->match.end - at));
    return count;
}

static int string_gsub(lua_State *L)
{
    size_t length;
    luaL_checklstring(L, 1, &length);
    luaL_checkstring(L, 2);
    int type = lua_type(L, 3);
    luaL_argexpected(L,
                     type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TTABLE ||
                         type == LUA_TFUNCTION,
                     3, "string/function/table");
    lua_Integer most = luaL_optinteger(L, 4, (lua_Integer)length + 1);
    struct search *search = lua_newuserdatauv(L, sizeof *search, 0);
    set_subject(L, search, 1);
    read_pattern(L, search, 2, true);
    luaL_Buffer out;
    luaL_buffinit(L, &out);
    lua_Integer count = replace_all(L, &out, search, most);
    luaL_pushresult(&out);
    lua_pushinteger(L, count);
    return 2;
}

// --- rep, byte, format

static int string_rep(lua_State *L)
{
    size_t length, gap_length;
    const char *text = luaL_checklstring(L, 1, &length);
    lua_Integer times = luaL_checkinteger(L, 2);
    const char *gap = luaL_optlstring(L, 3, "", &gap_length);
    size_t limit = sandbox_of(L)->def.text_bytes;
    if (times <= 0 || length + gap_length == 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    if ((lua_Unsigned)times > limit / (length + gap_length))
        scn_raise(L, here, NULL, "string.rep would make a text of more than %zu KiB",
                  limit / 1024);
    scn_charge(L, times);
    luaL_Buffer out;
    luaL_buffinit(L, &out);
    for (lua_Integer i = 0; i < times; i++) {
        if (i > 0)
            luaL_addlstring(&out, gap, gap_length);
        luaL_addlstring(&out, text, length);
    }
    luaL_pushresult(&out);
    return 1;
}

// An offset as string.sub counts them: from 1, or from the end where negative.
static lua_Integer resolve(lua_Integer at, size_t length)
{
    return at >= 0 ? at : at < -(lua_Integer)length ? 0 : (lua_Integer)length + at + 1;
}

static int string_byte(lua_State *L)
{
    size_t length;
    const char *text = luaL_checklstring(L, 1, &length);
    lua_Integer first = resolve(luaL_optinteger(L, 2, 1), length);
    lua_Integer last = resolve(luaL_optinteger(L, 3, first), length);
    if (first < 1)
        first = 1;
    if (last > (lua_Integer)length)
        last = (lua_Integer)length;
    if (first > last)
        return 0;
    if (last - first >= BYTES_AT_ONCE)
        return luaL_error(L, "string slice too long");
    int count = (int)(last - first) + 1;
    luaL_checkstack(L, count, "string slice too long");
    for (lua_Integer i = first; i <= last; i++)
        lua_pushinteger(L, (unsigned char)text[i - 1]);
    return count;
}

// Finds the next conversion at or after `at`; returns its letter's place, or NULL.
static const char *next_conversion(const char *at, const char *end)
{
    for (; at < end; at++) {
        if (*at != '%')
            continue;
        at++;
        if (at < end && *at == '%')
            continue;
        while (at < end && *at != '\0' && strchr("-+ #0123456789.", *at))
            at++;
        return at < end ? at : NULL;
    }
    return NULL;
}

// Lua's own format does the work, after the arguments of %s were made texts without
// addresses and %p was refused.
static int string_format(lua_State *L)
{
    size_t length;
    const char *format = luaL_checklstring(L, 1, &length);
    const char *end = format + length;
    int top = lua_gettop(L);
    scn_charge(L, (int64_t)length);
    int arg = 2;
    for (const char *at = next_conversion(format, end); at;
         at = next_conversion(at + 1, end), arg++) {
        if (*at == 'p')
            return luaL_error(L, "%%p is not there: an address says nothing here");
        if (*at == 's' && arg <= top) {
            scn_library_tostring(L, arg);
            lua_replace(L, arg);
        }
    }
    lua_CFunction original = lua_tocfunction(L, lua_upvalueindex(1));
    return original(L);
}

void scn_library_open_string(lua_State *L)
{
    static const luaL_Reg own[] = {
        { "byte", string_byte }, { "find", string_find },   { "gmatch", string_gmatch },
        { "gsub", string_gsub }, { "match", string_match }, { "rep", string_rep },
        { NULL, NULL },
    };
    static const char *const kept[] = { "char", "len",   "lower", "reverse",
                                        "sub",  "upper", NULL };
    lua_pushcfunction(L, luaopen_string);
    lua_call(L, 0, 1);
    int original = lua_gettop(L);
    scn_library_table(L, "string", own);
    for (const char *const *name = kept; *name; name++) {
        lua_getfield(L, original, *name);
        lua_setfield(L, -2, *name);
    }
    lua_getfield(L, original, "format");
    lua_pushcclosure(L, string_format, 1);
    lua_setfield(L, -2, "format");

    // What makes ("x"):rep(3) work looks into the new table; the rest of what luaopen_string
    // gave to texts, arithmetic on those that are numbers, stays.
    lua_pushliteral(L, "");
    lua_getmetatable(L, -1);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "__index");
    lua_settop(L, original - 1);
}
