#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "scenarios/host/build.h"

// What can happen to services, and to replicas of them.

static void read_only(lua_State *L, int index, const char *what, struct sim_fault *f)
{
    struct scn_args a;
    char route[64];
    scn_args_open(L, index, what, &a);
    if (scn_args_string(&a, "only", route, sizeof route)) {
        f->target.route = sim_model_find_route(scn_of(L)->model, f->target.service, route);
        if (f->target.route == SIM_NONE)
            scn_args_fail(&a, "the service has no route \"%s\"", route);
    }
    scn_args_close(&a);
}

// ---- Methods of services and replicas ----

// The object, a number, options; these, where there are none, must not be the fault itself.
void scn_three_at_most(lua_State *L)
{
    if (lua_gettop(L) > 3)
        scn_fail(L, "what happens takes a number and options at most: db:slow(8, {only = "
                    "\"GET /\"})");
    lua_settop(L, 3);
}

static struct sim_fault *on_service(lua_State *L, enum sim_fault_kind kind)
{
    struct scn_box *s = scn_box_check(L, 1, SCN_SERVICE);
    scn_three_at_most(L);
    struct sim_fault *f = scn_push_fault(L, kind);
    f->target.service = s->u.service.id;
    f->target.replica = s->u.service.replica;
    return f;
}

void scn_fault_label(lua_State *L, struct sim_fault *f, const char *format, double x)
{
    char name[80], what[32];
    snprintf(name, sizeof name, "%s",
             sim_model_service_name(scn_of(L)->model, f->target.service));
    if (f->target.replica != SIM_NONE)
        snprintf(name + strlen(name), sizeof name - strlen(name), "[%u]",
                 f->target.replica + 1);
    snprintf(what, sizeof what, format, x);
    snprintf(f->label, sizeof f->label, "%.63s %s", name, what);
}

static int method_slow(lua_State *L)
{
    double x = scn_check_number(L, 2, "slow", 0, 1e9);
    struct sim_fault *f = on_service(L, SIM_FAULT_SLOW);
    f->amount = x;
    scn_fault_label(L, f, "slow x%.4g", x);
    read_only(L, 3, "slow", f);
    return 1;
}

static int method_fail(lua_State *L)
{
    double x = scn_check_number(L, 2, "fail", 0, 1);
    struct sim_fault *f = on_service(L, SIM_FAULT_FAIL);
    f->amount = x;
    scn_fault_label(L, f, "fails %.4g%%", x * 100);
    read_only(L, 3, "fail", f);
    return 1;
}

static int simple(lua_State *L, enum sim_fault_kind kind, const char *what)
{
    struct sim_fault *f = on_service(L, kind);
    struct scn_args a;
    scn_fault_label(L, f, what, 0);
    if (!lua_isnil(L, 3))
        return scn_fail(L, "%s takes no argument: db:%s()", what, what);
    scn_args_open(L, 2, what, &a);
    scn_args_close(&a);
    return 1;
}

static int method_crash(lua_State *L)
{
    return simple(L, SIM_FAULT_CRASH, "crash");
}

static int method_restart(lua_State *L)
{
    return simple(L, SIM_FAULT_RESTART, "restart");
}

static int method_pause(lua_State *L)
{
    return simple(L, SIM_FAULT_PAUSE, "pause");
}

static int method_stop(lua_State *L)
{
    return simple(L, SIM_FAULT_STOP, "stop");
}

static int method_oom(lua_State *L)
{
    return simple(L, SIM_FAULT_OOM, "oom");
}

static int method_leak(lua_State *L)
{
    double rate = scn_check_number(L, 2, "leak", 1, 1e12);
    struct sim_fault *f = on_service(L, SIM_FAULT_LEAK);
    if (!lua_isnil(L, 3))
        return scn_fail(L, "leak takes bytes per second: db:leak(5*MB)");
    f->amount = rate;
    scn_fault_label(L, f, "leaks %.4g MB/s", rate / 1e6);
    return 1;
}

static int method_failover(lua_State *L)
{
    struct sim_fault *f = on_service(L, SIM_FAULT_FAILOVER);
    const struct sim_service_def *s =
        sim_model_service_at(scn_of(L)->model, f->target.service);
    if (!lua_isnil(L, 2) || !lua_isnil(L, 3))
        return scn_fail(L, "failover takes no argument: redis:failover()");
    if (!s->is_store)
        return scn_fail(L, "failover is of a store, such as store(\"redis\", {failover = "
                           "5*s}); a service has replicas");
    if (s->failover == 0)
        return scn_fail(L,
                        "failover: nothing is there to take its place: store(\"%s\", "
                        "{failover = 5*s})",
                        s->name);
    f->target.replica = SIM_NONE;
    scn_fault_label(L, f, "failover", 0);
    return 1;
}

static int method_poison(lua_State *L)
{
    double n = scn_check_number(L, 2, "poison", 1, 1000);
    struct sim_fault *f = on_service(L, SIM_FAULT_POISON);
    if (n != (double)(uint32_t)n)
        return scn_fail(L, "poison: expected a whole number of requests, got %.14g", n);
    if (f->target.replica != SIM_NONE)
        return scn_fail(
            L, "poison is of a whole service: whoever works on it dies: api:poison(1)");
    f->amount = n;
    scn_fault_label(L, f, n == 1 ? "poison %.0f request" : "poison %.0f requests", n);
    read_only(L, 3, "poison", f);
    return 1;
}

static int method_scale(lua_State *L)
{
    double n = scn_check_number(L, 2, "scale", 1, 1000);
    struct sim_fault *f = on_service(L, SIM_FAULT_SCALE);
    if (n != (double)(uint32_t)n)
        return scn_fail(L, "scale: expected a whole number of replicas, got %.14g", n);
    if (!lua_isnil(L, 3))
        return scn_fail(L, "scale takes how many replicas there are to be: api:scale(5)");
    if (f->target.replica != SIM_NONE)
        return scn_fail(L,
                        "scale is of a whole service: api:scale(5), not api[1]:scale(5)");
    f->amount = n;
    scn_fault_label(L, f, n == 1 ? "scale to %.0f replica" : "scale to %.0f replicas", n);
    return 1;
}

// So many, or, in quotes, a share of the replicas: "25%".
static uint32_t count_or_share(struct scn_args *a, const char *key, const char *usual,
                               uint32_t replicas, bool up)
{
    double share = 0;
    char sign, more;
    const char *text = usual;
    if (scn_args_push(a, key)) {
        if (lua_type(a->L, -1) == LUA_TNUMBER) {
            double n = scn_check_number(a->L, -1, key, 0, 1000);
            lua_pop(a->L, 1);
            if (n != (double)(uint32_t)n)
                scn_args_fail(a, "%s: expected a whole number, or a share such as \"25%%\"",
                              key);
            return (uint32_t)n;
        }
        text = lua_tostring(a->L, -1);
        lua_pop(a->L, 1); // the table keeps it
    }
    if (!text || sscanf(text, "%lf%c%c", &share, &sign, &more) != 2 || sign != '%' ||
        !(share >= 0 && share <= 100))
        scn_args_fail(a, "%s: expected a whole number, or a share such as \"25%%\"", key);
    double n = share / 100 * replicas;
    return (uint32_t)(up ? n + 0.999999 : n + 0.000001);
}

static uint32_t own_replicas(const struct sim_model *m, uint32_t service)
{
    return sim_model_replicas_at_first(m, service) / sim_model_processes(m, service);
}

static int method_deploy(lua_State *L)
{
    struct sim_fault *f = on_service(L, SIM_FAULT_DEPLOY);
    struct sim_rollout *r = &f->rollout;
    struct scn_args a;
    if (!lua_isnil(L, 3))
        return scn_fail(L, "deploy takes options only: api:deploy {max_surge = 1}");
    if (f->target.replica != SIM_NONE)
        return scn_fail(
            L, "deploy is of a whole service: api:deploy {}, not api[1]:deploy {}");
    uint32_t n = own_replicas(scn_of(L)->model, f->target.service);
    scn_args_open(L, 2, "deploy", &a);
    r->surge = count_or_share(&a, "max_surge", "25%", n, true);
    r->unavailable = count_or_share(&a, "max_unavailable", "25%", n, false);
    scn_args_duration(&a, "min_ready_seconds", &r->min_ready);
    scn_args_duration(&a, "startup", &r->startup);
    scn_args_close(&a);
    if (r->surge == 0 && r->unavailable == 0)
        scn_args_fail(
            &a, "max_surge and max_unavailable are both 0: nothing could be replaced");
    f->amount = n + r->surge;
    scn_fault_label(L, f, "deploy", 0);
    return 1;
}

static const luaL_Reg service_methods[] = {
    { "slow", method_slow },
    { "fail", method_fail },
    { "crash", method_crash },
    { "restart", method_restart },
    { "stop", method_stop },
    { "pause", method_pause },
    { "oom", method_oom },
    { "leak", method_leak },
    { "failover", method_failover },
    { "poison", method_poison },
    { "scale", method_scale },
    { "deploy", method_deploy },
    { "steal", scn_fault_steal },
    { "latency", scn_fault_latency },
    { "drop", scn_fault_drop },
    { "bandwidth", scn_fault_bandwidth },
    { "partition", scn_fault_partition },
    { "refuse", scn_fault_refuse },
    { NULL, NULL },
};

static int index_service(lua_State *L)
{
    struct scn_box *s = scn_box_check(L, 1, SCN_SERVICE);
    if (lua_type(L, 2) != LUA_TNUMBER)
        return scn_push_method(L, service_methods, "a service");
    uint32_t replicas = sim_model_replicas(scn_of(L)->model, s->u.service.id);
    double n = lua_tonumber(L, 2);
    if (!(n >= 1 && n <= replicas) || n != (double)(uint32_t)n)
        return scn_fail(L, "the service \"%s\" has replicas 1 to %d, not %.14g",
                        sim_model_service_name(scn_of(L)->model, s->u.service.id),
                        (int)replicas, n);
    uint32_t id = s->u.service.id;
    struct scn_box *b = scn_box_push(L, SCN_SERVICE);
    b->u.service.id = id;
    b->u.service.replica = (uint32_t)n - 1;
    return 1;
}

void scn_open_service_faults(lua_State *L)
{
    lua_pushcfunction(L, index_service);
    scn_box_method(L, SCN_SERVICE, "__index");
}
