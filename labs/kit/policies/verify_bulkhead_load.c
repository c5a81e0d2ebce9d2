#include <stdio.h>

#include "labs/bulkhead/gate.h"
#include "labs/kit/policies/crowd.h"
#include "labs/kit/policies/loads.h"

// The gate in real time: more users than it has places want to stay inside for a while, against
// labs/bulkhead/gate.lua. They stay so long that it hardly counts how late a thread is woken for its place, some
// tenths of a millisecond.

#define MS      ((int64_t)1000000)
#define USERS   64
#define PLACES  11
#define LINE    21
#define WAIT_NS (60 * MS)
#define HOLD_NS (40 * MS)

struct load {
    struct lab_crowd crowd;
    struct lab_gate gate;
};

enum {
    ENTERED
};

static void call(void *ctx, struct lab_crowd_call *c)
{
    struct load *load = ctx;
    if (!lab_gate_enter(&load->gate))
        return;
    lab_crowd_sleep_until(lab_crowd_now() + HOLD_NS);
    lab_gate_leave(&load->gate);
    c->says[ENTERED] = 1;
}

static bool batch(void *ctx, double *figures)
{
    const struct lab_bulkhead_def def = { PLACES, LINE, WAIT_NS };
    struct load *load = ctx;
    struct lab_crowd_sums sums;
    if (!lab_gate_init(&load->gate, &def))
        return false;
    bool is_played = lab_crowd_play(&load->crowd, &sums);
    lab_gate_fini(&load->gate);
    figures[0] = sums.of[ENTERED] / (double)sums.calls;
    figures[1] = (double)sums.calls * HOLD_NS /
                 (double)(load->crowd.lasts_ns - load->crowd.warmup_ns) / USERS;
    return is_played;
}

static void predict(const struct scn_script *script, uint32_t places, double *figures)
{
    char set[64];
    double hold_s = (double)HOLD_NS / 1e9;
    snprintf(set, sizeof set, "places=%u,hold=%.9f", places, hold_s);
    figures[0] = lab_scenario_measure(script, NULL, set, "users.ok") /
                 lab_scenario_measure(script, NULL, set, "users.offered");
    figures[1] =
        lab_scenario_measure(script, NULL, set, "users.offered_per_s") * hold_s / USERS;
}

void lab_verify_bulkhead_load(const struct lab_verify_def *def, struct lab_report *out)
{
    struct load load;
    struct scn_script script;
    struct lab_bench bench = { .name = "bulkhead/gate of threads",
                               .count = 2,
                               .figures = { "share let in", "calls of a user in a stay" },
                               .batch = batch,
                               .limit = LAB_LOAD_LIMIT,
                               .budget_s = LAB_LOAD_BUDGET_S,
                               .ctx = &load };
    load.crowd = (struct lab_crowd){ .users = USERS,
                                     .think_ns = 80 * MS,
                                     .warmup_ns = 300 * MS,
                                     .lasts_ns = 1300 * MS,
                                     .call = call,
                                     .ctx = &load };
    if (!lab_scenario_load(def, "bulkhead/gate.lua", &script))
        return;
    predict(&script, PLACES + def->wrong_limit, bench.model);
    scn_script_free(&script);
    lab_bench_verify(def, &bench, out);
}
