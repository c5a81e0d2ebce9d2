#include <stdio.h>

#include "labs/hedge/race.h"
#include "labs/kit/draws.h"
#include "labs/kit/policies/crowd.h"
#include "labs/kit/policies/loads.h"

// The race in real time: one attempt in ten is slow, and another is sent after a while, on a thread of its own;
// against labs/hedge/race.lua.

#define MS       ((int64_t)1000000)
#define USERS    16
#define FAST_NS  (10 * MS)
#define SLOW_NS  (100 * MS)
#define AFTER_NS (20 * MS)
#define LOOKS_NS (1 * MS) // how often an attempt looks whether it is cancelled
#define ATTEMPTS 2

enum {
    SENT,
    TOOK_NS
};

struct race {
    int64_t lasts_ns[ATTEMPTS], ended_ns[ATTEMPTS];
    bool is_sent[ATTEMPTS]; // each attempt writes its own
};

static enum lab_race_result attempt(void *ctx, uint32_t number,
                                    const atomic_bool *is_cancelled)
{
    struct race *r = ctx;
    int64_t now = lab_crowd_now(), end = now + r->lasts_ns[number];
    r->is_sent[number] = true;
    while (now < end && !atomic_load(is_cancelled)) {
        lab_crowd_sleep_until(now + LOOKS_NS < end ? now + LOOKS_NS : end);
        now = lab_crowd_now();
    }
    r->ended_ns[number] = now;
    return now < end ? LAB_RACE_FAILED : LAB_RACE_WON;
}

// Answered when one has won: the others only have to notice it.
static void call(void *ctx, struct lab_crowd_call *c)
{
    (void)ctx;
    struct race r = { .is_sent = { false } };
    for (int i = 0; i < ATTEMPTS; i++)
        r.lasts_ns[i] = lab_draw_below(c->draws, 10) == 0 ? SLOW_NS : FAST_NS;
    const struct lab_race_def def = {
        .hedge = { .max_attempts = ATTEMPTS, .delay_ns = AFTER_NS },
        .attempt = attempt,
        .ctx = &r,
    };
    int winner = lab_race(&def);
    if (winner >= 0)
        c->answered_ns = r.ended_ns[winner];
    c->says[SENT] = r.is_sent[0] + r.is_sent[1];
    c->says[TOOK_NS] = (double)(c->answered_ns - c->begun_ns);
}

static bool batch(void *ctx, double *figures)
{
    struct lab_crowd_sums sums;
    if (!lab_crowd_play(ctx, &sums))
        return false;
    figures[0] = sums.of[SENT] / (double)sums.calls;
    figures[1] = sums.of[TOOK_NS] / (double)sums.calls / (double)FAST_NS;
    return true;
}

static void predict(const struct scn_script *script, uint32_t wrong_ms, double *figures)
{
    char set[64];
    double fast_s = (double)FAST_NS / 1e9;
    snprintf(set, sizeof set, "after=%.9f", (double)(AFTER_NS + wrong_ms * MS) / 1e9);
    figures[0] = 1 + lab_scenario_measure(script, NULL, set, "users.hedges") /
                         lab_scenario_measure(script, NULL, set, "users.offered");
    figures[1] = lab_scenario_measure(script, NULL, set, "users.latency.mean") / fast_s;
}

void lab_verify_hedge_load(const struct lab_verify_def *def, struct lab_report *out)
{
    struct scn_script script;
    struct lab_crowd crowd = { .users = USERS,
                               .think_ns = 10 * MS,
                               .warmup_ns = 200 * MS,
                               .lasts_ns = 800 * MS,
                               .call = call };
    struct lab_bench bench = { .name = "hedge/race of threads",
                               .count = 2,
                               .figures = { "attempts a call",
                                            "latency against a fast one" },
                               .batch = batch,
                               .limit = LAB_LOAD_LIMIT,
                               .budget_s = LAB_LOAD_BUDGET_S,
                               .ctx = &crowd };
    if (!lab_scenario_load(def, "hedge/race.lua", &script))
        return;
    predict(&script, def->wrong_limit, bench.model);
    scn_script_free(&script);
    lab_bench_verify(def, &bench, out);
}
