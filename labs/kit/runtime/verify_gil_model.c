#include <stdio.h>

#include "labs/kit/verify_private.h"
#include "sim/model/cause.h"
#include "sim/world/world.h"

// The model's side: one service with a worker and a core for each thread, and one client a
// thread that asks once.

#define RECORDS 4096

static uint32_t step_of(struct sim_model *m, struct lab_gil_act act)
{
    static const enum sim_step_kind kinds[] = {
        [LAB_GIL_SPIN] = SIM_STEP_PYTHON,
        [LAB_GIL_CALL] = SIM_STEP_NATIVE,
        [LAB_GIL_HOLD] = SIM_STEP_NATIVE,
        [LAB_GIL_IO] = SIM_STEP_IO,
    };
    struct sim_step s = { .kind = kinds[act.kind] };
    s.flags = kinds[act.kind] == SIM_STEP_NATIVE ? SIM_HOLDS_GIL : 0;
    s.value = sim_model_const(m, (double)act.ns / SIM_S);
    return sim_model_step(m, &s);
}

// Children must stand in a row, so all steps come before the first of them.
static uint32_t handler_of(struct sim_model *m, const struct lab_gil_part *part)
{
    uint32_t steps[64], first = SIM_NONE;
    uint32_t n = part->count < 64 ? part->count : 64;
    for (uint32_t i = 0; i < n; i++)
        steps[i] = step_of(m, part->acts[i]);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t child = sim_model_child(m, steps[i]);
        first = i == 0 ? child : first;
    }
    struct sim_step list = { .kind = SIM_STEP_LIST, .first = first, .count = n };
    list.value = SIM_NONE;
    return sim_model_step(m, &list);
}

static void add_service(struct sim_model *m, const struct lab_gil_script *script)
{
    struct sim_service_def s = { .name = "python", .replicas = 1, .host = SIM_NONE };
    s.cores = script->count;
    s.executor = (struct sim_executor_def){ .workers = script->count,
                                            .capacity = SIM_UNLIMITED,
                                            .max_wait = SIM_NONE };
    s.has_runtime = true;
    s.runtime = (struct sim_runtime){ .has_gil = true,
                                      .switch_interval = script->interval_ns,
                                      .timer_slack = script->slack_ns,
                                      .wake = script->wake_ns,
                                      .resume = script->resume_ns,
                                      .fifo_share = 1,
                                      .bytecode_factor = 1,
                                      .native_factor = 1 };
    s.routes = script->count;
    for (uint32_t i = 0; i < script->count; i++) {
        struct sim_route_def route = { .step = handler_of(m, &script->parts[i]) };
        snprintf(route.name, sizeof route.name, "thread%u", i);
        uint32_t number = sim_model_route(m, &route);
        s.first_route = i == 0 ? number : s.first_route;
    }
    sim_model_service(m, &s);
}

static void add_client(struct sim_model *m, uint32_t i, int64_t start_ns)
{
    struct sim_call_def call = { .service = SIM_NONE, .deadline = SIM_NONE };
    snprintf(call.target, sizeof call.target, "python");
    snprintf(call.route, sizeof call.route, "thread%u", i);
    struct sim_step step = { .kind = SIM_STEP_CALL, .value = SIM_NONE };
    step.a = sim_model_call(m, &call);
    struct sim_client_def c = { .step = sim_model_step(m, &step) };
    c.arrivals =
        (struct sim_arrivals_def){ .kind = SIM_ARRIVE_BURST, .n = 1, .at = start_ns };
    snprintf(c.name, sizeof c.name, "thread%u", i);
    sim_model_client(m, &c);
}

static struct sim_model *model_of(const struct lab_gil_script *script)
{
    struct sim_model_def about = { .name = "gil",
                                   .duration = (sim_time)SIM_S * 100,
                                   .latency = SIM_NONE };
    struct sim_model *m = sim_model_open(&about);
    if (!m)
        return NULL;
    add_service(m, script);
    for (uint32_t i = 0; i < script->count; i++)
        add_client(m, i, script->parts[i].start_ns);
    if (sim_model_seal(m))
        return m;
    sim_model_close(m);
    return NULL;
}

static bool holds(const struct sim_trace_record *r)
{
    return r->kind == SIM_TRACE_SPAN &&
           (r->code == SIM_IN_PYTHON || r->code == SIM_IN_NATIVE) && r->end > r->begin;
}

// Requests are numbered as they arrive, and the scripts' threads begin in their order. A
// thread that goes on computing where it stopped has not let go meanwhile.
static int64_t slices_of(const struct sim_trace *t, struct lab_slice *out, uint32_t cap)
{
    uint32_t first = UINT32_MAX, n = 0;
    for (uint64_t i = sim_trace_first(t); i < t->count; i++) {
        const struct sim_trace_record *r = sim_trace_at(t, i);
        first = holds(r) && r->request < first ? r->request : first;
    }
    for (uint64_t i = sim_trace_first(t); i < t->count; i++) {
        const struct sim_trace_record *r = sim_trace_at(t, i);
        if (!holds(r))
            continue;
        uint32_t thread = r->request - first;
        bool goes_on =
            n > 0 && out[n - 1].thread == thread && out[n - 1].end_ns == r->begin;
        if (goes_on)
            out[n - 1].end_ns = r->end;
        else if (n == cap)
            return -1;
        else
            out[n++] = (struct lab_slice){ r->begin, r->end, thread };
    }
    return n;
}

int64_t lab_gil_model_play(const struct lab_gil_script *script, struct lab_slice *out,
                           uint32_t cap)
{
    int64_t n = -1;
    struct sim_run_def def;
    struct sim_model *m = model_of(script);
    if (!m)
        return -1;
    sim_run_default(&def);
    def.model = m;
    def.seed = 1;
    def.trace_records = RECORDS;
    struct sim_run *run = sim_run_open(&def);
    if (run && sim_run_until(run, SIM_NEVER) == SIM_FINISHED) {
        sim_run_finish(run);
        n = slices_of(sim_run_trace(run), out, cap);
    }
    if (run)
        sim_run_close(run);
    sim_model_close(m);
    return n;
}
