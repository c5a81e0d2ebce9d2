#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>

#include "scenarios/sandbox/sandbox_private.h"
#include "scenarios/sandbox/suggest.h"

// Two tables: the script's own globals, which are what _ENV stands for, and the words behind
// them. A name is looked up in the first, then in the second, and if it is in neither, `lack`
// tells why. All of that but the last is plain table access.

static const char words_key;

struct absent {
    const char *name, *because;
};

#define NO_FILES "a script has no way to files, processes, the clock or the environment"
#define NO_CODE  "a script is one text; include \"lib/x.lua\" brings in another"
#define NO_META  "a function that returns a table does what it is mostly used for"

// Names of Lua that a reader may look for.
static const struct absent absent_names[] = {
    { "os", NO_FILES },
    { "io", NO_FILES },
    { "debug", "it reaches behind the sandbox" },
    { "package", NO_CODE },
    { "require", NO_CODE },
    { "load", NO_CODE },
    { "loadstring", NO_CODE },
    { "loadfile", NO_CODE },
    { "dofile", NO_CODE },
    { "coroutine", "a handler waits with await, and create_task goes on beside it" },
    { "collectgarbage", "memory is collected by itself" },
    { "setmetatable", NO_META },
    { "getmetatable", NO_META },
    { "rawset", "t[k] = v does the same here" },
    { "rawget", "t[k] does the same here" },
    { "rawequal", "a == b does the same here" },
    { "rawlen", "#t does the same here" },
    { "xpcall", "pcall catches, and errors say where they come from" },
    { "warn", "print writes" },
    { "unpack", "it is called table.unpack" },
    { "_G", "globals are read by their names" },
};

#define LUAS_WORDS \
    "Lua's words are true, false and nil; an option is left out by leaving out its key"

// Units by other names, and what other languages have.
static const struct absent other_names[] = {
    { "True", LUAS_WORDS },
    { "False", LUAS_WORDS },
    { "None", LUAS_WORDS },
    { "null", LUAS_WORDS },
    { "sec", "a second is s: 30*s" },
    { "secs", "a second is s: 30*s" },
    { "second", "a second is s: 30*s" },
    { "seconds", "a second is s: 30*s" },
    { "msec", "a millisecond is ms: 5*ms" },
    { "millis", "a millisecond is ms: 5*ms" },
    { "milliseconds", "a millisecond is ms: 5*ms" },
    { "usec", "a microsecond is us: 5*us" },
    { "min", "a minute is minute: 2*minute" },
    { "mins", "a minute is minute: 2*minute" },
    { "minutes", "a minute is minute: 2*minute" },
    { "h", "an hour is hour: 2*hour" },
    { "hours", "an hour is hour: 2*hour" },
    { "kb", "a thousand bytes are KB: 20*KB" },
    { "mb", "a million bytes are MB: 20*MB" },
};

static const char *other_name(const char *name)
{
    for (size_t i = 0; i < sizeof other_names / sizeof *other_names; i++)
        if (strcmp(other_names[i].name, name) == 0)
            return other_names[i].because;
    return NULL;
}

static bool is_later(lua_State *L, const char *name)
{
    const char *const *later = sandbox_of(L)->later;
    for (size_t i = 0; later && later[i]; i++)
        if (strcmp(later[i], name) == 0)
            return true;
    return false;
}

static const char *why_absent(const char *name)
{
    for (size_t i = 0; i < sizeof absent_names / sizeof *absent_names; i++)
        if (strcmp(absent_names[i].name, name) == 0)
            return absent_names[i].because;
    return NULL;
}

// Offers every key of the table at index that is a text.
static void offer_keys(lua_State *L, int index, struct scn_suggestion *s)
{
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        scn_charge(L, 20);
        if (lua_type(L, -2) == LUA_TSTRING)
            scn_suggest_offer(s, lua_tostring(L, -2));
    }
}

static const struct scn_place here = { NULL, 0 };

// __index of the words: called with the words and a name that nobody knows.
static int lack_word(lua_State *L)
{
    const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : NULL;
    if (!name)
        scn_raise(L, here, NULL, "a global has a name, not a %s", luaL_typename(L, 2));
    if (is_later(L, name))
        scn_raise(L, here, NULL, "\"%s\" is not there yet", name);
    if (why_absent(name))
        scn_raise(L, here, why_absent(name), "%s is not there", name);
    if (other_name(name))
        scn_raise(L, here, other_name(name), "there is no word or variable \"%s\"", name);

    struct scn_suggestion s;
    char hint[SCN_SUGGEST_LENGTH + 32];
    scn_suggest_init(&s, name);
    offer_keys(L, 1, &s);
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    offer_keys(L, lua_gettop(L), &s);
    scn_suggest_text(&s, hint, sizeof hint);
    scn_raise(L, here, NULL, "there is no word or variable \"%.60s\"%s", name, hint);
}

// __newindex of the globals: called with the globals, a name that is none yet, and a value.
static int make_global(lua_State *L)
{
    const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : NULL;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &words_key);
    lua_pushvalue(L, 2);
    bool is_word = lua_rawget(L, -2) != LUA_TNIL;
    if (name && (is_word || is_later(L, name)))
        scn_raise(L, here, NULL,
                  "%s is a word of the language; give your variable another name", name);
    lua_settop(L, 3);
    lua_rawset(L, 1);
    return 0;
}

void scn_names_open(lua_State *L)
{
    lua_newtable(L); // the globals
    lua_newtable(L); // their metatable
    lua_newtable(L); // the words
    lua_newtable(L); // theirs
    lua_pushcfunction(L, lack_word);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &words_key);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, make_global);
    lua_setfield(L, -2, "__newindex");
    lua_setmetatable(L, -2);
    lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
}

void scn_word_set(lua_State *L, const char *name)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &words_key);
    lua_insert(L, -2);
    lua_pushstring(L, name);
    lua_insert(L, -2);
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

void scn_words_later(lua_State *L, const char *const *names)
{
    sandbox_of(L)->later = names;
}
