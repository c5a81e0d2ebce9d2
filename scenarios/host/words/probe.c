#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "scenarios/host/build.h"
#include "sim/model/frame.h"

// The keys readiness, liveness and startup of a service: Kubernetes' probes, with its keys in
// snake_case. What a probe asks for is one of the service's routes, or steps of its own. With them
// drain and grace: how a replica is stopped.

static uint32_t route_named(struct scn_args *p, const struct sim_service_def *s,
                            const char *name)
{
    const struct sim_model *m = scn_of(p->L)->model;
    for (uint32_t i = 0; i < s->routes; i++)
        if (strcmp(sim_model_route_name(m, s->first_route + i), name) == 0)
            return s->first_route + i;
    scn_args_fail(p,
                  "route: the service has no route \"%s\"; handler = {...} gives the "
                  "probe steps of its own",
                  name);
    return SIM_NONE;
}

static uint32_t read_route(struct scn_args *p, struct sim_service_def *s, const char *kind)
{
    char name[64];
    struct sim_step nothing;
    bool has_route = scn_args_string(p, "route", name, sizeof name);
    bool has_steps = scn_args_push(p, "handler");
    if (has_route && has_steps)
        scn_args_fail(p, "give one of \"route\" and \"handler\"");
    if (has_route)
        return route_named(p, s, name);
    uint32_t step = has_steps
                        ? scn_to_step(p->L, -1)
                        : scn_add_step(p->L, scn_blank_step(&nothing, SIM_STEP_NOTHING));
    if (has_steps)
        lua_pop(p->L, 1);
    scn_add_route(p->L, s, kind, step);
    return s->first_route + s->routes - 1;
}

static void read_probe(struct scn_args *a, struct sim_service_def *s,
                       enum sim_probe_kind kind)
{
    struct scn_args p;
    char what[128];
    lua_State *L = a->L;
    struct sim_probe d = sim_probe_default();
    if (!scn_args_push(a, sim_probe_name(kind)))
        return;
    if (!lua_istable(L, -1) && !lua_isboolean(L, -1))
        scn_args_fail(a, "%s: expected true or a table: %s = {period_seconds = 5}",
                      sim_probe_name(kind), sim_probe_name(kind));
    snprintf(what, sizeof what, "%s: %s", a->what, sim_probe_name(kind));
    scn_args_open(L, lua_istable(L, -1) ? lua_gettop(L) : lua_gettop(L) + 1, what, &p);
    scn_args_duration(&p, "initial_delay_seconds", &d.delay);
    scn_args_duration(&p, "period_seconds", &d.period);
    scn_args_duration(&p, "timeout_seconds", &d.timeout);
    scn_args_integer(&p, "failure_threshold", &d.failures, 1, 1000000);
    scn_args_integer(&p, "success_threshold", &d.successes, 1, 1000000);
    s->probes[kind].route = read_route(&p, s, sim_probe_name(kind));
    scn_args_close(&p);
    if (d.period < SIM_MS || d.timeout < SIM_MS)
        scn_args_fail(&p, "period_seconds and timeout_seconds: a millisecond at least");
    if (kind != SIM_READINESS && d.successes != 1)
        scn_args_fail(&p, "success_threshold: 1 is all that Kubernetes takes for %s",
                      sim_probe_name(kind));
    s->probes[kind].rule = d;
    lua_pop(L, 1);
}

static void read_drain(struct scn_args *a, struct sim_drain *drain)
{
    struct scn_args p;
    char what[128];
    lua_State *L = a->L;
    if (!scn_args_push(a, "drain"))
        return;
    if (!lua_istable(L, -1) && !lua_isboolean(L, -1))
        scn_args_fail(a, "drain: expected true or a table: drain = {pre_stop = 5*s}");
    *drain = sim_probe_drain_default();
    snprintf(what, sizeof what, "%s: drain", a->what);
    scn_args_open(L, lua_istable(L, -1) ? lua_gettop(L) : lua_gettop(L) + 1, what, &p);
    scn_args_duration(&p, "pre_stop", &drain->pre_stop);
    scn_args_duration(&p, "endpoint_lag", &drain->endpoint_lag);
    scn_args_close(&p);
    lua_pop(L, 1);
}

bool scn_is_probed(const struct sim_service_def *s)
{
    bool is_probed = false;
    for (int kind = 0; kind < SIM_PROBES; kind++)
        is_probed = is_probed || s->probes[kind].rule.failures > 0;
    return is_probed;
}

// terminationGracePeriodSeconds is 30 where Kubernetes is at work.
void scn_read_probes(struct scn_args *a, struct sim_service_def *s)
{
    for (int kind = 0; kind < SIM_PROBES; kind++)
        read_probe(a, s, (enum sim_probe_kind)kind);
    read_drain(a, &s->drain);
    s->termination = scn_is_probed(s) || s->drain.is_used ? 30 * (sim_time)SIM_S : 0;
    scn_args_duration(a, "grace", &s->termination);
}
