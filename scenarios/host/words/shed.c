#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "scenarios/host/build.h"

// Limits of how many at once, and who is turned away first.

// ---- concurrency_limit ----

static enum sim_concurrency_kind to_kind(lua_State *L)
{
    const char *names[SIM_CONCURRENCIES] = { NULL };
    for (int i = 1; i < SIM_CONCURRENCIES; i++)
        names[i - 1] = sim_concurrency_name((enum sim_concurrency_kind)i);
    return (enum sim_concurrency_kind)(
        scn_name_among(L, "concurrency_limit", lua_tostring(L, 1), names) + 1);
}

static void read_bounds(struct scn_args *a, struct sim_concurrency *c)
{
    scn_args_integer(a, "initial", &c->initial, 1, 1000000);
    scn_args_integer(a, "min", &c->min, 1, 1000000);
    scn_args_integer(a, "max", &c->max, 1, 1000000);
    if (c->min > c->initial || c->initial > c->max)
        scn_args_fail(a, "initial is %u, and not from min %u to max %u", c->initial, c->min,
                      c->max);
}

static void read_gradient(struct scn_args *a, struct sim_concurrency *c)
{
    scn_args_integer(a, "queue", &c->queue, 0, 1000000);
    scn_args_number(a, "tolerance", &c->tolerance, 1, 1000);
    scn_args_integer(a, "window", &c->window, 1, 1000000);
}

static void read_moving(struct scn_args *a, struct sim_concurrency *c)
{
    read_bounds(a, c);
    if (c->kind == SIM_CONCURRENCY_AIMD) {
        scn_args_number(a, "backoff", &c->backoff, 0.5, 0.999);
        scn_args_duration(a, "timeout", &c->timeout);
        return;
    }
    scn_args_number(a, "smoothing", &c->smoothing, 0.001, 1);
    if (c->kind == SIM_CONCURRENCY_VEGAS)
        scn_args_integer(a, "probe", &c->probe, 1, 1000000);
    else
        read_gradient(a, c);
}

// So many, or by which rule.
static void read_what(lua_State *L, struct sim_concurrency *c)
{
    if (lua_type(L, 1) == LUA_TSTRING) {
        *c = sim_concurrency_of(to_kind(L));
        return;
    }
    if (lua_type(L, 1) != LUA_TNUMBER)
        scn_fail(L,
                 "concurrency_limit: expected how many or a name in quotes, such as "
                 "concurrency_limit(20) or concurrency_limit \"vegas\", got %s",
                 scn_what_is(L, 1));
    double n = scn_check_number(L, 1, "concurrency_limit", 1, 1e6);
    if (n != (double)(uint32_t)n)
        scn_fail(L, "concurrency_limit(%.14g): expected a whole number", n);
    *c = sim_concurrency_of(SIM_CONCURRENCY_FIXED);
    c->initial = (uint32_t)n;
}

static int word_concurrency_limit(lua_State *L)
{
    struct scn_args a;
    struct sim_policy p;
    struct sim_concurrency_def def = { .on = 1u << SIM_TIMEOUT | 1u << SIM_REJECTED,
                                       .status = 503 };
    read_what(L, &def.rule);
    scn_args_open(L, 2, "concurrency_limit", &a);
    if (def.rule.kind != SIM_CONCURRENCY_FIXED) {
        read_moving(&a, &def.rule);
        scn_read_on(&a, &def.on);
    }
    scn_args_integer(&a, "status", &def.status, 400, 599);
    scn_args_close(&a);
    scn_blank_policy(&p, SIM_POLICY_CONCURRENCY_LIMIT)->concurrency =
        scn_added(L, sim_model_concurrency(scn_of(L)->model, &def));
    return scn_push_policy(L, &p);
}

// ---- shed ----

// True: by utilisation.
static bool read_name(lua_State *L)
{
    static const char *const names[] = { "criticality", "utilisation", NULL };
    const char *name = lua_type(L, 1) == LUA_TSTRING ? lua_tostring(L, 1) : NULL;
    if (!name)
        scn_fail(L,
                 "shed: expected a name in quotes, such as shed(\"criticality\", {limit = "
                 "100}), got %s",
                 scn_what_is(L, 1));
    return scn_name_among(L, "shed", name, names) == 1;
}

static uint32_t usual_field(lua_State *L)
{
    struct sim_model *m = scn_of(L)->model;
    struct sim_value v;
    if (scn_of(L)->criticality_line == 0)
        scn_of(L)->criticality_line = scn_line(L);
    memset(&v, 0, sizeof v);
    v.kind = SIM_VALUE_FIELD;
    v.a = scn_added(L, sim_model_field(m, "criticality"));
    return scn_added(L, sim_model_value(m, &v));
}

// A field that holds words, or a choice of such by another.
static uint32_t read_by(struct scn_args *a)
{
    if (!scn_args_push(a, "by"))
        return usual_field(a->L);
    const struct scn_box *b = scn_box_test(a->L, -1, SCN_VALUE);
    if (!b || !sim_model_value_is_fixed(scn_of(a->L)->model, b->u.id))
        scn_args_fail(a,
                      "by: expected a field of the request, such as req.criticality, or a "
                      "choice by one, got %s",
                      scn_what_is(a->L, -1));
    lua_pop(a->L, 1);
    return b->u.id;
}

// What is more critical may fill as much at least.
static void read_shares(struct scn_args *a, struct sim_shed *s)
{
    for (int i = 0; i < SIM_CRITICALITIES; i++) {
        double share;
        const char *name = sim_criticality_name((enum sim_criticality)i);
        if (scn_args_number(a, name, &share, 0, 1))
            s->millionths[i] = (uint32_t)(share * 1e6 + 0.5);
        if (i > 0 && s->millionths[i] < s->millionths[i - 1])
            scn_args_fail(a, "%s is more critical than %s, and may not fill less", name,
                          sim_criticality_name((enum sim_criticality)(i - 1)));
    }
}

static void read_limit(struct scn_args *a, struct sim_shed_def *def)
{
    uint32_t limit;
    if (!scn_args_integer(a, "limit", &limit, 1, 1000000000))
        scn_args_lack(a, (const char *const[]){ "limit", NULL },
                      "needs a limit: limit = 100, of requests inside a replica");
    def->rule = sim_shed_default(limit);
    read_shares(a, &def->rule);
}

static void read_load(struct scn_args *a, struct sim_shed_def *def)
{
    static const char *const of[] = { "workers", "cores", NULL };
    double share;
    uint32_t which = 0;
    int64_t ramp;
    def->load = sim_utilisation_default();
    if (scn_args_number(a, "threshold", &share, 0.01, 1))
        def->load.threshold = (uint32_t)(share * 1e6 + 0.5);
    if (scn_args_duration(a, "ramp", &ramp)) {
        if (ramp < (int64_t)SIM_MS || ramp > 3600 * (int64_t)SIM_S)
            scn_args_fail(a, "ramp: expected 1 ms to an hour");
        def->load.ramp = ramp;
    }
    scn_args_choice(a, "of", of, &which);
    def->of_cores = which == 1;
}

static int word_shed(lua_State *L)
{
    struct scn_args a;
    struct sim_policy p;
    struct sim_shed_def def = { .status = 503, .by_utilisation = read_name(L) };
    scn_args_open(L, 2, "shed", &a);
    if (def.by_utilisation)
        read_load(&a, &def);
    else
        read_limit(&a, &def);
    def.by = read_by(&a);
    scn_args_integer(&a, "status", &def.status, 400, 599);
    scn_args_close(&a);
    scn_blank_policy(&p, SIM_POLICY_SHED)->shed =
        scn_added(L, sim_model_shed(scn_of(L)->model, &def));
    return scn_push_policy(L, &p);
}

void scn_open_shedding(lua_State *L)
{
    static const struct scn_entry words[] = {
        { "concurrency_limit", word_concurrency_limit, 2, SCN_BUILDS },
        { "shed", word_shed, 2, SCN_BUILDS },
        { NULL, NULL, 0, SCN_ANY_TIME },
    };
    scn_register(L, words);
}
