#include "scenarios/host/box.h"

#include <lauxlib.h>
#include <string.h>

static const char *const names[SCN_KINDS] = {
    [SCN_VALUE] = "a number or a distribution",
    [SCN_STEP] = "a step",
    [SCN_POLICY] = "a policy",
    [SCN_SERVICE] = "a service",
    [SCN_CLIENT] = "a client",
    [SCN_HOST] = "a host",
    [SCN_LINK] = "a link",
    [SCN_RUNTIME] = "a runtime",
    [SCN_EXECUTOR] = "an executor",
    [SCN_POOL] = "a pool",
    [SCN_ARRIVALS] = "an arrival process",
    [SCN_SEMAPHORE] = "a semaphore",
    [SCN_BUDGET] = "a budget",
    [SCN_CACHE] = "a cache",
    [SCN_FAULT] = "something that happens",
    [SCN_REQ] = "req",
    [SCN_REQUEST] = "a request",
    [SCN_TASK] = "a task",
};

// How one is written, for those who gave something else.
static const char *const examples[SCN_KINDS] = {
    [SCN_POLICY] = ", such as timeout(1*s)",
    [SCN_SERVICE] = ", such as service(\"api\", {...})",
    [SCN_CACHE] = ", such as cache(\"hot\")",
    [SCN_HOST] = ", such as host(\"h\", {cores = 4})",
    [SCN_RUNTIME] = ", such as cpython \"3.12\"",
    [SCN_EXECUTOR] = ", such as threads(4)",
    [SCN_ARRIVALS] = ", such as poisson(100)",
    [SCN_FAULT] = ", such as db:slow(8)",
};

const char *scn_kind_name(enum scn_kind kind)
{
    return names[kind];
}

struct scn_box *scn_box_push(lua_State *L, enum scn_kind kind)
{
    struct scn_box *b = lua_newuserdatauv(L, sizeof *b, 0);
    memset(b, 0, sizeof *b);
    b->kind = kind;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &names[kind]);
    lua_setmetatable(L, -2);
    return b;
}

// Userdata are made here only, so any that is found is a box.
static struct scn_box *any(lua_State *L, int index)
{
    return lua_type(L, index) == LUA_TUSERDATA ? lua_touserdata(L, index) : NULL;
}

struct scn_box *scn_box_test(lua_State *L, int index, enum scn_kind kind)
{
    struct scn_box *b = any(L, index);
    return b && b->kind == kind ? b : NULL;
}

const char *scn_what_is(lua_State *L, int index)
{
    const struct scn_box *b = any(L, index);
    switch (lua_type(L, index)) {
    case LUA_TNONE:
    case LUA_TNIL:
        return "nothing";
    case LUA_TBOOLEAN:
        return lua_toboolean(L, index) ? "true" : "false";
    case LUA_TNUMBER:
        return "a number";
    case LUA_TSTRING:
        return "a text";
    case LUA_TTABLE:
        return "a table";
    case LUA_TFUNCTION:
        return "a function";
    default:
        return b ? names[b->kind] : "something else";
    }
}

struct scn_box *scn_box_check(lua_State *L, int index, enum scn_kind kind)
{
    struct scn_box *b = scn_box_test(L, index, kind);
    if (!b)
        scn_fail(L, "expected %s%s, got %s", names[kind],
                 examples[kind] ? examples[kind] : "", scn_what_is(L, index));
    return b;
}

static int as_text(lua_State *L)
{
    lua_pushstring(L, scn_what_is(L, 1));
    return 1;
}

void scn_box_open(lua_State *L)
{
    for (int k = 0; k < SCN_KINDS; k++) {
        lua_newtable(L);
        lua_pushcfunction(L, as_text);
        lua_setfield(L, -2, "__tostring");
        lua_pushstring(L, names[k]);
        lua_setfield(L, -2, "__name");
        lua_pushboolean(L, 0);
        lua_setfield(L, -2, "__metatable");
        lua_rawsetp(L, LUA_REGISTRYINDEX, &names[k]);
    }
}

void scn_box_method(lua_State *L, enum scn_kind kind, const char *name)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &names[kind]);
    lua_insert(L, -2);
    lua_setfield(L, -2, name);
    lua_pop(L, 1);
}
