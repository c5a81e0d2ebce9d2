#include "scenarios/sandbox/library.h"

#include <string.h>

#include <lauxlib.h>
#include <lualib.h>

#include "scenarios/sandbox/sandbox_private.h"
#include "scenarios/sandbox/suggest.h"

#define PRINT_LINE 2048 // bytes of one line; the rest is cut

static const struct scn_place here = { NULL, 0 };

// --- Tables of functions

// __index of such a table; upvalue 1 is its name.
static int lack_function(lua_State *L)
{
    const char *library = lua_tostring(L, lua_upvalueindex(1));
    if (lua_type(L, 2) != LUA_TSTRING || lua_type(L, 1) != LUA_TTABLE)
        return 0;
    struct scn_suggestion s;
    char hint[SCN_SUGGEST_LENGTH + 32];
    scn_suggest_init(&s, lua_tostring(L, 2));
    for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1))
        if (lua_type(L, -2) == LUA_TSTRING)
            scn_suggest_offer(&s, lua_tostring(L, -2));
    scn_raise(L, here, NULL, "%s has no \"%.60s\"%s", library, s.word,
              scn_suggest_text(&s, hint, sizeof hint));
}

void scn_library_table(lua_State *L, const char *name, const struct luaL_Reg *functions)
{
    lua_newtable(L);
    luaL_setfuncs(L, functions, 0);
    lua_newtable(L);
    lua_pushstring(L, name);
    lua_pushcclosure(L, lack_function, 1);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    scn_word_set(L, name);
}

// --- tostring and print

void scn_library_tostring(lua_State *L, int index)
{
    index = lua_absindex(L, index);
    int type = lua_type(L, index);
    bool has_own_text = type == LUA_TUSERDATA && luaL_getmetafield(L, index, "__tostring");
    if (has_own_text)
        lua_pop(L, 1);
    bool has_address = !has_own_text && (type == LUA_TTABLE || type == LUA_TFUNCTION ||
                                         type == LUA_TUSERDATA || type == LUA_TTHREAD ||
                                         type == LUA_TLIGHTUSERDATA);
    if (has_address)
        lua_pushstring(L, lua_typename(L, type));
    else
        luaL_tolstring(L, index, NULL);
}

static int base_tostring(lua_State *L)
{
    luaL_checkany(L, 1);
    scn_library_tostring(L, 1);
    return 1;
}

static void write_line(struct scn_sandbox *sandbox, const char *text, size_t length)
{
    struct scn_kept *kept = sandbox->kept;
    char line[PRINT_LINE + 1];
    if (!sandbox->def.print || kept->printed > sandbox->def.print_bytes)
        return;
    length = scn_text_clean(line, PRINT_LINE, text, length, PRINT_LINE, 1000);
    line[length++] = '\n';
    kept->printed += length;
    if (kept->printed > sandbox->def.print_bytes) {
        static const char last[] =
            "(the script printed more than it may; the rest is left out)\n";
        sandbox->def.print(sandbox->def.print_data, last, sizeof last - 1);
        return;
    }
    sandbox->def.print(sandbox->def.print_data, line, length);
}

static int base_print(lua_State *L)
{
    int count = lua_gettop(L);
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    for (int i = 1; i <= count; i++) {
        if (i > 1)
            luaL_addchar(&buffer, '\t');
        scn_library_tostring(L, i);
        luaL_addvalue(&buffer);
    }
    luaL_pushresult(&buffer);
    size_t length;
    const char *text = lua_tolstring(L, -1, &length);
    scn_charge(L, 100 + (int64_t)(length / 4));
    write_line(sandbox_of(L), text, length);
    return 0;
}

// --- pcall

static int finish_pcall(lua_State *L, int status, lua_KContext context)
{
    (void)context;
    if (status == LUA_OK || status == LUA_YIELD)
        return lua_gettop(L);
    scn_pass_end_on(L, status);
    lua_pushboolean(L, 0);
    lua_insert(L, -2);
    return 2;
}

// A call that yields comes back through finish_pcall, so a handler may await inside.
static int base_pcall(lua_State *L)
{
    luaL_checkany(L, 1);
    lua_pushboolean(L, 1);
    lua_insert(L, 1);
    int status = lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, finish_pcall);
    return finish_pcall(L, status, 0);
}

// --- What is taken from Lua as it is

static const char *const base_kept[] = { "assert", "error",    "ipairs",   "select",
                                         "type",   "tonumber", "_VERSION", NULL };

static void open_base(lua_State *L)
{
    static const luaL_Reg own[] = {
        { "pcall", base_pcall },
        { "print", base_print },
        { "tostring", base_tostring },
        { NULL, NULL },
    };
    // luaopen_base puts everything into the globals; it is given a table of its own, which
    // is left behind.
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    lua_pushcfunction(L, luaopen_base);
    lua_call(L, 0, 0);
    for (const char *const *name = base_kept; *name; name++) {
        lua_getfield(L, -1, *name);
        scn_word_set(L, *name);
    }
    lua_pop(L, 1);
    lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    for (const luaL_Reg *f = own; f->name; f++) {
        lua_pushcfunction(L, f->func);
        scn_word_set(L, f->name);
    }
}

static void open_utf8(lua_State *L)
{
    static const luaL_Reg none[] = { { NULL, NULL } };
    static const char *const names[] = { "char", "charpattern", "codepoint", "codes",
                                         "len",  "offset",      NULL };
    lua_pushcfunction(L, luaopen_utf8);
    lua_call(L, 0, 1);
    scn_library_table(L, "utf8", none);
    for (const char *const *name = names; *name; name++) {
        lua_getfield(L, -2, *name);
        lua_setfield(L, -2, *name);
    }
    lua_pop(L, 2);
}

void scn_library_open(lua_State *L)
{
    open_base(L);
    open_utf8(L);
    scn_library_open_order(L);
    scn_library_open_string(L);
    scn_library_open_table(L);
    scn_library_open_math(L);
}
