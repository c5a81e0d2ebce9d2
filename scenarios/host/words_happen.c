#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "scenarios/host/advice.h"
#include "scenarios/host/build.h"

// What happens: methods of what it happens to give a fault without a time, and at, between
// and every give it one.

static struct sim_fault *push_fault(lua_State *L, enum sim_fault_kind kind)
{
    struct scn_box *b = scn_box_push(L, SCN_FAULT);
    b->u.fault.kind = kind;
    b->u.fault.value = SIM_NONE;
    b->u.fault.end = SIM_NEVER;
    b->u.fault.target.replica = b->u.fault.target.route = SIM_NONE;
    b->u.fault.line = scn_line(L);
    return &b->u.fault;
}

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
static void three_at_most(lua_State *L)
{
    if (lua_gettop(L) > 3)
        scn_fail(L, "what happens takes a number and options at most: db:slow(8, {only = "
                    "\"GET /\"})");
    lua_settop(L, 3);
}

static struct sim_fault *on_service(lua_State *L, enum sim_fault_kind kind)
{
    struct scn_box *s = scn_box_check(L, 1, SCN_SERVICE);
    three_at_most(L);
    struct sim_fault *f = push_fault(L, kind);
    f->target.service = s->u.service.id;
    f->target.replica = s->u.service.replica;
    return f;
}

static void label(lua_State *L, struct sim_fault *f, const char *format, double x)
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
    label(L, f, "slow x%.4g", x);
    read_only(L, 3, "slow", f);
    return 1;
}

static int method_fail(lua_State *L)
{
    double x = scn_check_number(L, 2, "fail", 0, 1);
    struct sim_fault *f = on_service(L, SIM_FAULT_FAIL);
    f->amount = x;
    label(L, f, "fails %.4g%%", x * 100);
    read_only(L, 3, "fail", f);
    return 1;
}

static int simple(lua_State *L, enum sim_fault_kind kind, const char *what)
{
    struct sim_fault *f = on_service(L, kind);
    struct scn_args a;
    label(L, f, what, 0);
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
    label(L, f, "leaks %.4g MB/s", rate / 1e6);
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
    label(L, f, n == 1 ? "scale to %.0f replica" : "scale to %.0f replicas", n);
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
    label(L, f, "deploy", 0);
    return 1;
}

// ---- Methods of links; those of a service stand for all links to it ----

static struct sim_fault *on_link(lua_State *L, enum sim_fault_kind kind, const char *what)
{
    struct scn_box *link = scn_box_test(L, 1, SCN_LINK);
    struct scn_box *service = link ? NULL : scn_box_check(L, 1, SCN_SERVICE);
    three_at_most(L);
    if (service && service->u.service.replica != SIM_NONE)
        scn_fail(L, "%s is of links, and these of a whole service: db:%s, not db[1]:%s",
                 what, what, what);
    struct sim_fault *f = push_fault(L, kind);
    struct sim_model *m = scn_of(L)->model;
    if (service) {
        f->target.service = service->u.service.id;
        snprintf(f->label, sizeof f->label, "%.60s %s",
                 sim_model_service_name(m, service->u.service.id), what);
        return f;
    }
    memcpy(f->from, link->u.link.from, sizeof f->from);
    f->target.service = sim_model_find_service(m, link->u.link.to_name);
    if (f->target.service == SIM_NONE)
        scn_fail(L, "%s: there is no service \"%s\" above this line", what,
                 link->u.link.to_name);
    snprintf(f->label, sizeof f->label, "%.40s>%.40s %s", f->from, link->u.link.to_name,
             what);
    return f;
}

static void read_side(lua_State *L, int index, const char *what, struct sim_fault *f)
{
    static const char *const sides[] = { "both", "request", "reply", NULL };
    struct scn_args a;
    uint32_t side = SIM_BOTH_SIDES;
    scn_args_open(L, index, what, &a);
    scn_args_choice(&a, "side", sides, &side);
    scn_args_close(&a);
    f->side = (enum sim_side)side;
    if (side == SIM_BOTH_SIDES)
        return;
    size_t n = strlen(f->label);
    snprintf(f->label + n, sizeof f->label - n, " of %s",
             side == SIM_SIDE_REQUEST ? "requests" : "replies");
}

static int method_latency(lua_State *L)
{
    uint32_t value = scn_to_value(L, 2, "latency", 0, 1e7);
    struct sim_fault *f = on_link(L, SIM_FAULT_LATENCY, "latency");
    f->value = value;
    read_side(L, 3, "latency", f);
    return 1;
}

static int method_drop(lua_State *L)
{
    double share = scn_check_number(L, 2, "drop", 0, 1);
    struct sim_fault *f = on_link(L, SIM_FAULT_DROP, "drop");
    f->amount = share;
    read_side(L, 3, "drop", f);
    return 1;
}

static int method_partition(lua_State *L)
{
    struct sim_fault *f = on_link(L, SIM_FAULT_PARTITION, "partition");
    if (!lua_isnil(L, 3))
        return scn_fail(L, "partition takes options only: db:partition {side = \"reply\"}");
    read_side(L, 2, "partition", f);
    return 1;
}

static int method_refuse(lua_State *L)
{
    on_link(L, SIM_FAULT_REFUSE, "refuse");
    if (!lua_isnil(L, 2) || !lua_isnil(L, 3))
        return scn_fail(L, "refuse takes no argument: db:refuse()");
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
    struct sim_fault *f = push_fault(L, SIM_FAULT_POOL);
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
    struct sim_fault *f = push_fault(L, SIM_FAULT_FLUSH);
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
    struct sim_fault *f = push_fault(L, SIM_FAULT_BREAKER);
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

static int not_yet(lua_State *L)
{
    return scn_fail(L, "\"%s\" is a word of the language that is not there yet",
                    lua_tostring(L, lua_upvalueindex(1)));
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
    { "scale", method_scale },
    { "deploy", method_deploy },
    { "latency", method_latency },
    { "drop", method_drop },
    { "partition", method_partition },
    { "refuse", method_refuse },
    { NULL, NULL },
};

static const luaL_Reg link_methods[] = { { "latency", method_latency },
                                         { "drop", method_drop },
                                         { "partition", method_partition },
                                         { "refuse", method_refuse },
                                         { NULL, NULL } };

static const luaL_Reg pool_methods[] = { { "crash", method_crash_workers },
                                         { NULL, NULL } };

static const luaL_Reg cache_methods[] = { { "flush", method_flush }, { NULL, NULL } };

static const luaL_Reg breaker_methods[] = { { "force_open", method_force_open },
                                            { "disable", method_disable },
                                            { NULL, NULL } };

static const char *const later_methods[] = { "bandwidth", NULL };

static int push_method(lua_State *L, const luaL_Reg *methods, const char *what)
{
    const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "?";
    const char *known[16] = { 0 };
    for (uint32_t i = 0; methods[i].name; i++) {
        known[i] = methods[i].name;
        if (strcmp(methods[i].name, name) == 0) {
            lua_pushcfunction(L, methods[i].func);
            return 1;
        }
    }
    for (uint32_t i = 0; later_methods[i]; i++)
        if (strcmp(later_methods[i], name) == 0) {
            lua_pushvalue(L, 2);
            lua_pushcclosure(L, not_yet, 1);
            return 1;
        }
    char advice[300];
    scn_advice(advice, sizeof advice, name, known);
    return scn_fail(L, "nothing called \"%s\" can happen to %s%s", name, what, advice);
}

static int index_service(lua_State *L)
{
    struct scn_box *s = scn_box_check(L, 1, SCN_SERVICE);
    if (lua_type(L, 2) != LUA_TNUMBER)
        return push_method(L, service_methods, "a service");
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

static int index_link(lua_State *L)
{
    return push_method(L, link_methods, "a link");
}

static int index_pool(lua_State *L)
{
    return push_method(L, pool_methods, "a pool");
}

static int index_cache(lua_State *L)
{
    return push_method(L, cache_methods, "a cache");
}

static int index_policy(lua_State *L)
{
    const struct scn_box *b = scn_box_check(L, 1, SCN_POLICY);
    const struct sim_policy *p = sim_model_policy_at(scn_of(L)->model, b->u.policy.id);
    if (p->kind != SIM_POLICY_BREAKER)
        return scn_fail(L,
                        "nothing can happen to this policy: among them breakers alone have "
                        "something that can, b:force_open() and b:disable()");
    return push_method(L, breaker_methods, "a breaker");
}

// ---- Times ----

// Those that there will be at most are made when the run begins.
static void make_room(lua_State *L, const struct sim_fault *f)
{
    struct sim_model *m = scn_of(L)->model;
    if (!sim_model_scale(m, f->target.service, (uint32_t)f->amount))
        scn_fail(L,
                 "its balancer has weights for the replicas that there are, or more than "
                 "65,535 would be there in all");
}

struct sim_fault *scn_add_fault(lua_State *L, int index, sim_time begin, sim_time end,
                                sim_time every)
{
    struct scn_scenario *scn = scn_of(L);
    const struct scn_box *b = scn_box_check(L, index, SCN_FAULT);
    scn->faults = scn_grow(L, scn->faults, scn->fault_count, &scn->fault_room,
                           sizeof *scn->faults, "things that happen");
    struct sim_fault *f = &scn->faults[scn->fault_count++];
    *f = b->u.fault;
    if (f->kind == SIM_FAULT_SCALE || f->kind == SIM_FAULT_DEPLOY)
        make_room(L, f);
    f->begin = begin;
    f->end = end;
    f->every = every;
    return f;
}

static int add_fault(lua_State *L, int index, sim_time begin, sim_time end, sim_time every)
{
    scn_add_fault(L, index, begin, end, every);
    return 0;
}

static int word_at(lua_State *L)
{
    return add_fault(L, 2, scn_check_duration(L, 1, "at"), SIM_NEVER, 0);
}

static int word_between(lua_State *L)
{
    int64_t begin = scn_check_duration(L, 1, "between");
    int64_t end = scn_check_duration(L, 2, "between");
    if (end <= begin)
        return scn_fail(L, "between: the end must lie after the beginning");
    enum sim_fault_kind kind = scn_box_check(L, 3, SCN_FAULT)->u.fault.kind;
    if (kind == SIM_FAULT_DEPLOY)
        return scn_fail(L, "between: a deploy ends by itself: at(%.14g, api:deploy {})",
                        lua_tonumber(L, 1));
    if (kind == SIM_FAULT_OOM)
        return scn_fail(L, "between: what was killed is over at once: at(%.14g, db:oom())",
                        lua_tonumber(L, 1));
    if (kind == SIM_FAULT_FLUSH)
        return scn_fail(L,
                        "between: what a cache has forgotten does not come back: at(%.14g, "
                        "hot:flush())",
                        lua_tonumber(L, 1));
    return add_fault(L, 3, begin, end, 0);
}

static int word_every(lua_State *L)
{
    int64_t every = scn_check_duration(L, 1, "every");
    if (every < SIM_US)
        return scn_fail(L, "every: expected at least 1 us");
    if (scn_box_check(L, 2, SCN_FAULT)->u.fault.kind == SIM_FAULT_LEAK)
        return scn_fail(L, "every: a leak lasts: between(10*s, 20*s, db:leak(5*MB))");
    return add_fault(L, 2, every, SIM_NEVER, every);
}

void scn_open_happenings(lua_State *L)
{
    static const struct scn_entry words[] = { { "at", word_at, 2, SCN_BUILDS },
                                              { "between", word_between, 3, SCN_BUILDS },
                                              { "every", word_every, 2, SCN_BUILDS },
                                              { NULL, NULL, 0, SCN_ANY_TIME } };
    scn_register(L, words);
    lua_pushcfunction(L, index_service);
    scn_box_method(L, SCN_SERVICE, "__index");
    lua_pushcfunction(L, index_link);
    scn_box_method(L, SCN_LINK, "__index");
    lua_pushcfunction(L, index_pool);
    scn_box_method(L, SCN_POOL, "__index");
    lua_pushcfunction(L, index_cache);
    scn_box_method(L, SCN_CACHE, "__index");
    lua_pushcfunction(L, index_policy);
    scn_box_method(L, SCN_POLICY, "__index");
}
