#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "scenarios/host/advice.h"
#include "scenarios/host/build.h"

// Caches, and steps of which they keep what those bring.

static int word_cache(lua_State *L)
{
    struct scn_args a;
    char what[160];
    struct sim_cache_def c = { .entries = SIM_CACHE_UNLIMITED, .latency = SIM_NONE };
    scn_new_name(L, "cache", c.name, sizeof c.name);
    snprintf(what, sizeof what, "cache \"%s\"", c.name);
    scn_args_open(L, 2, what, &a);
    scn_args_integer(&a, "entries", &c.entries, 1, 4000000);
    if (scn_args_push(&a, "latency")) {
        snprintf(what, sizeof what, "%s: latency", a.what);
        c.latency = scn_to_value(L, -1, what, 0, 1e7);
        lua_pop(L, 1);
    }
    scn_args_boolean(&a, "per_process", &c.is_local);
    scn_args_close(&a);
    uint32_t id = scn_added(L, sim_model_cache(scn_of(L)->model, &c));
    scn_box_push(L, SCN_CACHE)->u.id = id;
    return 1;
}

static int no_such_cache(lua_State *L, const char *name)
{
    const struct sim_model *m = scn_of(L)->model;
    const char *known[SIM_KNOWN] = { NULL };
    char advice[400];
    for (uint32_t i = 0; i < sim_model_caches(m) && i + 1 < SIM_KNOWN; i++)
        known[i] = sim_model_cache_at(m, i)->name;
    scn_advice(advice, sizeof advice, name, known);
    return scn_fail(L, "cached: there is no cache \"%s\" above this line%s", name, advice);
}

static uint32_t to_cache(lua_State *L, int index)
{
    if (lua_type(L, index) != LUA_TSTRING)
        return scn_box_check(L, index, SCN_CACHE)->u.id;
    uint32_t found = sim_model_find_cache(scn_of(L)->model, lua_tostring(L, index));
    if (found == SIM_NONE)
        no_such_cache(L, lua_tostring(L, index));
    return found;
}

static uint32_t add_cached(lua_State *L, const struct sim_cached_def *c)
{
    uint32_t id = scn_known(L, 'k', c, sizeof *c);
    if (id == SIM_NONE) {
        id = scn_added(L, sim_model_cached(scn_of(L)->model, c));
        scn_remember(L, 'k', c, sizeof *c, id);
    }
    return id;
}

// Without a key there is one value for all.
static int word_cached(lua_State *L)
{
    struct scn_args a;
    struct sim_step s;
    struct sim_cached_def c;
    memset(&c, 0, sizeof c);
    c.key = c.ttl = SIM_NONE;
    if (lua_gettop(L) < 2)
        return scn_fail(L, "cached takes a cache and the steps that load: cached(hot, "
                           "call(db), {key = req.user, ttl = 60*s})");
    c.cache = to_cache(L, 1);
    scn_blank_step(&s, SIM_STEP_CACHED)->b = scn_to_step(L, 2);
    scn_args_open(L, 3, "cached", &a);
    if (scn_args_push(&a, "key")) {
        c.key = scn_to_value(L, -1, "cached: key", -1e15, 1e15);
        lua_pop(L, 1);
    }
    if (scn_args_push(&a, "ttl")) {
        c.ttl = scn_to_value(L, -1, "cached: ttl", 0, 1e9);
        lua_pop(L, 1);
    }
    scn_args_boolean(&a, "single_flight", &c.single_flight);
    scn_args_close(&a);
    s.a = add_cached(L, &c);
    return scn_push_step(L, &s);
}

void scn_open_caches(lua_State *L)
{
    static const struct scn_entry words[] = {
        { "cache", word_cache, 2, SCN_BUILDS },
        { "cached", word_cached, 3, SCN_ANY_TIME },
        { NULL, NULL, 0, SCN_ANY_TIME },
    };
    scn_register(L, words);
}
