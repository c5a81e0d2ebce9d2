#include <lauxlib.h>
#include <stdio.h>

#include "scenarios/host/build.h"

// What can happen to hosts, pools, caches and breakers.

// ---- Methods of hosts; those of a service stand for all that it runs on ----

int scn_fault_steal(lua_State *L)
{
    const struct scn_box *host = scn_box_test(L, 1, SCN_HOST);
    const struct scn_box *service = host ? NULL : scn_box_check(L, 1, SCN_SERVICE);
    const struct sim_model *m = scn_of(L)->model;
    // A machine that runs no instruction at all is one that stands still.
    double share = scn_check_number(L, 2, "steal", 0, SIM_STEAL_MOST);
    if (lua_gettop(L) > 2)
        return scn_fail(L, "steal takes a share of the cores' time: box:steal(0.5)");
    struct sim_fault *f = scn_push_fault(L, SIM_FAULT_STEAL);
    f->amount = share;
    if (host) {
        f->target.service = SIM_NONE;
        f->value = host->u.id;
        snprintf(f->label, sizeof f->label, "%.63s steal %.4g%%",
                 sim_model_host_name(m, host->u.id), share * 100);
        return 1;
    }
    f->target.service = service->u.service.id;
    f->target.replica = service->u.service.replica;
    scn_fault_label(L, f, "steal %.4g%%", share * 100);
    return 1;
}

// ---- Methods of pools ----

static int method_crash_workers(lua_State *L)
{
    const struct scn_box *pool = scn_box_check(L, 1, SCN_POOL);
    struct scn_args a;
    uint32_t workers = 1;
    if (lua_gettop(L) > 2)
        return scn_fail(L, "crash takes options only: pool:crash {workers = 1}");
    scn_args_open(L, 2, "crash", &a);
    scn_args_integer(&a, "workers", &workers, 1, 1000);
    scn_args_close(&a);
    struct sim_fault *f = scn_push_fault(L, SIM_FAULT_POOL);
    f->value = pool->u.id;
    f->amount = workers;
    snprintf(f->label, sizeof f->label, "%u of a pool's workers crash", workers);
    return 1;
}

// ---- Methods of caches ----

static int method_flush(lua_State *L)
{
    uint32_t cache = scn_box_check(L, 1, SCN_CACHE)->u.id;
    if (lua_gettop(L) > 1)
        return scn_fail(L, "flush takes no argument: hot:flush()");
    struct sim_fault *f = scn_push_fault(L, SIM_FAULT_FLUSH);
    f->value = cache;
    snprintf(f->label, sizeof f->label, "%.63s flush",
             sim_model_cache_at(scn_of(L)->model, cache)->name);
    return 1;
}

// ---- Methods of breakers ----

static int force(lua_State *L, enum sim_breaker_state state, const char *word)
{
    const struct scn_box *b = scn_box_check(L, 1, SCN_POLICY);
    uint32_t policy = b->u.policy.id;
    if (lua_gettop(L) > 1)
        return scn_fail(L, "%s takes no argument: b:%s()", word, word);
    const struct sim_policy *p = sim_model_policy_at(scn_of(L)->model, policy);
    struct sim_fault *f = scn_push_fault(L, SIM_FAULT_BREAKER);
    f->value = p->breaker;
    f->amount = state;
    snprintf(f->label, sizeof f->label, "breaker %s",
             state == SIM_BREAKER_DISABLED ? "disabled" : "forced open");
    return 1;
}

static int method_force_open(lua_State *L)
{
    return force(L, SIM_BREAKER_FORCED_OPEN, "force_open");
}

static int method_disable(lua_State *L)
{
    return force(L, SIM_BREAKER_DISABLED, "disable");
}

static const luaL_Reg pool_methods[] = { { "crash", method_crash_workers },
                                         { NULL, NULL } };

static const luaL_Reg cache_methods[] = { { "flush", method_flush }, { NULL, NULL } };

static const luaL_Reg breaker_methods[] = { { "force_open", method_force_open },
                                            { "disable", method_disable },
                                            { NULL, NULL } };

static const luaL_Reg host_methods[] = { { "steal", scn_fault_steal }, { NULL, NULL } };

static int index_pool(lua_State *L)
{
    return scn_push_method(L, pool_methods, "a pool");
}

static int index_cache(lua_State *L)
{
    return scn_push_method(L, cache_methods, "a cache");
}

static int index_host(lua_State *L)
{
    return scn_push_method(L, host_methods, "a host");
}

static int index_policy(lua_State *L)
{
    const struct scn_box *b = scn_box_check(L, 1, SCN_POLICY);
    const struct sim_policy *p = sim_model_policy_at(scn_of(L)->model, b->u.policy.id);
    if (p->kind != SIM_POLICY_BREAKER)
        return scn_fail(L,
                        "nothing can happen to this policy: among them breakers alone have "
                        "something that can, b:force_open() and b:disable()");
    return scn_push_method(L, breaker_methods, "a breaker");
}

void scn_open_other_faults(lua_State *L)
{
    lua_pushcfunction(L, index_pool);
    scn_box_method(L, SCN_POOL, "__index");
    lua_pushcfunction(L, index_cache);
    scn_box_method(L, SCN_CACHE, "__index");
    lua_pushcfunction(L, index_host);
    scn_box_method(L, SCN_HOST, "__index");
    lua_pushcfunction(L, index_policy);
    scn_box_method(L, SCN_POLICY, "__index");
}
