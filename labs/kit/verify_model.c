#include <stdio.h>

#include "labs/kit/verify_private.h"

// What the models' sides have in common: small worlds in which each thread of a script is a
// client that asks once.

#define RECORDS (1u << 14)

struct sim_model *lab_model_open(const char *name)
{
    struct sim_model_def about = { .duration = (sim_time)SIM_S * 1000,
                                   .latency = SIM_NONE };
    snprintf(about.name, sizeof about.name, "%s", name);
    return sim_model_open(&about);
}

uint32_t lab_model_work(struct sim_model *m, enum sim_step_kind kind, int64_t ns)
{
    struct sim_step s = { .kind = kind };
    s.value = sim_model_const(m, (double)ns / SIM_S);
    return sim_model_step(m, &s);
}

uint32_t lab_model_list(struct sim_model *m, const uint32_t *steps, uint32_t count)
{
    uint32_t first = SIM_NONE;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t child = sim_model_child(m, steps[i]);
        first = i == 0 ? child : first;
    }
    struct sim_step list = { .kind = SIM_STEP_LIST, .first = first, .count = count };
    list.value = SIM_NONE;
    return sim_model_step(m, &list);
}

void lab_model_route(struct sim_model *m, struct sim_service_def *s, uint32_t number,
                     uint32_t step)
{
    struct sim_route_def route = { .step = step };
    snprintf(route.name, sizeof route.name, "%u", number);
    uint32_t added = sim_model_route(m, &route);
    if (s->routes++ == 0)
        s->first_route = added;
}

void lab_model_ask_once(struct sim_model *m, const char *service, uint32_t route,
                        int64_t at_ns)
{
    struct sim_call_def call = { .service = SIM_NONE, .deadline = SIM_NONE };
    snprintf(call.target, sizeof call.target, "%s", service);
    snprintf(call.route, sizeof call.route, "%u", route);
    struct sim_step step = { .kind = SIM_STEP_CALL, .value = SIM_NONE };
    step.a = sim_model_call(m, &call);
    struct sim_client_def c = { .step = sim_model_step(m, &step) };
    c.arrivals = (struct sim_arrivals_def){ .kind = SIM_ARRIVE_BURST, .n = 1, .at = at_ns };
    snprintf(c.name, sizeof c.name, "client %u", route);
    sim_model_client(m, &c);
}

bool lab_model_run(struct sim_model *m,
                   void (*read)(void *ctx, const struct sim_trace *trace), void *ctx)
{
    struct sim_run_def def;
    struct sim_run *run = NULL;
    bool is_whole = false;
    if (!sim_model_seal(m))
        goto model;
    sim_run_default(&def);
    def.model = m;
    def.seed = 1;
    def.trace_records = RECORDS;
    run = sim_run_open(&def);
    if (!run)
        goto model;
    is_whole = sim_run_until(run, SIM_NEVER) == SIM_FINISHED;
    sim_run_finish(run);
    is_whole = is_whole && sim_trace_first(sim_run_trace(run)) == 0;
    if (is_whole)
        read(ctx, sim_run_trace(run));
    sim_run_close(run);
model:
    sim_model_close(m);
    return is_whole;
}
