#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "labs/kit/published/family.h"
#include "sim/engine/random.h"
#include "sim/policy/limit.h"

// Rows about rate limiters. They are exact and about decisions, so they are asked of the
// decisions themselves, with the row's numbers.

struct key {
    struct sim_limit limit;
    struct sim_limit_state state;
    struct sim_limit_node *nodes;
    struct sim_limit_log log;
    sim_time wait;
};

static bool take(struct key *k, sim_time now)
{
    return sim_limit_take(&k->limit, &k->state, &k->log, now, 1, &k->wait) ==
           SIM_LIMIT_PASSES;
}

static double seconds(sim_time t)
{
    return t < 0 ? -1 : (double)t / SIM_S;
}

static void judge_text(struct lab_outcome *o, const char *what, const char *measured,
                       const char *wanted)
{
    bool same = strncmp(measured, wanted, strlen(wanted)) == 0 && measured[0] != '\0' &&
                strlen(measured) == strlen(wanted);
    struct lab_line *l = lab_outcome_add(o, same ? LAB_AGREE : LAB_DIFFER, what);
    l->runs = 1;
    snprintf(l->measured, sizeof l->measured, "%.95s", measured);
    snprintf(l->wanted, sizeof l->wanted, "%.95s", wanted);
}

// ---- gcra: redis-cell's answers ----

static void first_reply(struct key *k, const struct lab_row *r, struct lab_outcome *o)
{
    char text[160];
    struct sim_limit_reply a = sim_limit_throttle(&k->limit, &k->state, 0, 1);
    snprintf(text, sizeof text, "limited=%d limit=%.0f remaining=%.0f retry=%g reset=%g",
             a.limited, (double)a.limit, (double)a.remaining, seconds(a.retry_after),
             seconds(a.reset_after));
    judge_text(o, r->metric, text, r->expected);
}

static void many_calls(struct key *k, const struct lab_row *r, uint32_t n,
                       struct lab_outcome *o)
{
    char text[160];
    struct sim_limit_reply a = { 0 };
    uint32_t refused = 0;
    for (uint32_t i = 0; i < n; i++) {
        a = sim_limit_throttle(&k->limit, &k->state, 0, 1);
        refused += a.limited;
    }
    snprintf(text, sizeof text, "%u ; %u (retry_after %g s, remaining %.0f, reset %g s)",
             n - refused, refused, seconds(a.retry_after), (double)a.remaining,
             seconds(a.reset_after));
    judge_text(o, r->metric, text, r->expected);
}

void lab_judge_gcra(const struct lab_family *f, const struct lab_row *r,
                    struct lab_outcome *o)
{
    (void)f;
    double burst[6], x[6], n[6];
    if (lab_text_scan(r->context, "max_burst %lf", burst) != 1 ||
        lab_text_scan(r->context, "%lf per %lf s", x) != 2) {
        lab_outcome_wrong(o, r->metric, "the row does not say max_burst, count and period");
        return;
    }
    struct key k = {
        .limit = {.kind = SIM_LIMIT_GCRA,
                  .limit = (uint32_t)x[0],
                  .window = (sim_time)(x[1] * SIM_S + 0.5),
                  .burst = (uint32_t)burst[0]}
    };
    sim_limit_begin(&k.limit, &k.state, 0);
    if (lab_text_scan(r->params, "%lf calls at t=0", n) == 1)
        many_calls(&k, r, (uint32_t)n[0], o);
    else
        first_reply(&k, r, o);
}

// ---- sliding-log: never more than L in any span of W, and L in some ----

#define CALLS 20000

// The most calls in one span of the window that ends with a call, its beginning left out.
static uint32_t most_in_a_window(const sim_time *at, uint32_t n, sim_time window)
{
    uint32_t most = 0, first = 0;
    for (uint32_t i = 0; i < n; i++) {
        while (at[i] - at[first] >= window)
            first++;
        most = i - first + 1 > most ? i - first + 1 : most;
    }
    return most;
}

static uint32_t most_passed(struct key *k, struct sim_random *r, sim_time *at)
{
    uint32_t passed = 0;
    sim_time now = 0;
    sim_limit_begin(&k->limit, &k->state, now);
    for (uint32_t i = 0; i < CALLS; i++) {
        now += (sim_time)sim_random_below(
            r, 2 * (uint64_t)k->limit.window / (3 * k->limit.limit) + 1);
        if (take(k, now))
            at[passed++] = now;
    }
    return most_in_a_window(at, passed, k->limit.window);
}

void lab_judge_sliding_log(const struct lab_family *f, const struct lab_row *r,
                           struct lab_outcome *o)
{
    (void)f;
    static const uint32_t limits[] = { 1, 2, 10, 100, 1000 };
    struct sim_random random;
    sim_time *at = calloc(CALLS, sizeof *at);
    struct key k = { .nodes = calloc(CALLS + 1, sizeof *k.nodes) };
    sim_random_init(&random, 1, "sliding-log", "calls");
    for (uint32_t i = 0; at && k.nodes && i < sizeof limits / sizeof *limits; i++) {
        char what[64], measured[32], wanted[32];
        memset(k.nodes, 0, (CALLS + 1) * sizeof *k.nodes);
        k.log = (struct sim_limit_log){ .nodes = k.nodes, .cap = CALLS };
        k.limit = (struct sim_limit){ .kind = SIM_LIMIT_SLIDING_LOG,
                                      .limit = limits[i],
                                      .window = (i + 1) * (sim_time)SIM_S };
        snprintf(what, sizeof what, "L=%u, %.40s", limits[i], r->metric);
        snprintf(measured, sizeof measured, "%u", most_passed(&k, &random, at));
        snprintf(wanted, sizeof wanted, "%u", limits[i]);
        judge_text(o, what, measured, wanted);
    }
    if (!at || !k.nodes)
        lab_outcome_wrong(o, r->metric, "no memory");
    free(k.nodes);
    free(at);
}

// ---- leaky-bucket-queue: B of B + k are admitted, the last departs at B / r ----

static void judge_burst(uint32_t capacity, uint32_t rate, uint32_t more,
                        struct lab_outcome *o)
{
    char what[96], measured[64], wanted[64];
    struct key k = {
        .limit = {SIM_LIMIT_LEAKY_QUEUE, SIM_S, rate, capacity}
    };
    uint32_t admitted = 0;
    sim_time last = 0;
    sim_limit_begin(&k.limit, &k.state, 0);
    for (uint32_t i = 0; i < capacity + more; i++) {
        if (!take(&k, 0))
            continue;
        admitted++;
        last = k.wait;
    }
    snprintf(what, sizeof what, "B=%u, r=%u/s, k=%u", capacity, rate, more);
    snprintf(measured, sizeof measured, "%u ; %g", admitted, seconds(last));
    snprintf(wanted, sizeof wanted, "%u ; %g", capacity, (double)capacity / rate);
    judge_text(o, what, measured, wanted);
}

void lab_judge_leaky_queue(const struct lab_family *f, const struct lab_row *r,
                           struct lab_outcome *o)
{
    (void)f;
    if (!strstr(r->params, "burst of B+k at t=0")) {
        lab_outcome_wrong(o, r->metric, "the row speaks of another burst");
        return;
    }
    judge_burst(1, 1, 1, o);
    judge_burst(10, 5, 3, o);
    judge_burst(100, 1000, 50, o);
    judge_burst(7, 4, 0, o);
}

// ---- redis-race: clients that GET, decide and INCR, in the row's order, and a script instead ----

#define CLIENTS 64

static struct key counter(uint32_t left)
{
    struct key k = {
        .limit = {.kind = SIM_LIMIT_FIXED_WINDOW, .window = SIM_S, .limit = left}
    };
    sim_limit_begin(&k.limit, &k.state, 0);
    return k;
}

// The n-th GET is the n-th client's, and so is the n-th INCR, which a client leaves out that has
// decided against itself. Returns how many passed, or -1 where the steps make no sense.
static int passed_by_hand(struct key *k, const char *steps, uint32_t *clients)
{
    struct sim_limit_state seen[CLIENTS];
    uint32_t gets = 0, incrs = 0;
    int passed = 0;
    for (const char *p = steps; *p != '\0'; p++) {
        if (strncmp(p, "GET", 3) == 0 && gets < CLIENTS) {
            sim_limit_look(&k->limit, &k->state, NULL, 0, &seen[gets++]);
        } else if (strncmp(p, "INCR", 4) == 0) {
            if (incrs == gets)
                return -1;
            struct sim_limit_state *s = &seen[incrs++];
            if (sim_limit_decide(&k->limit, s, 0, 1, &k->wait) != SIM_LIMIT_PASSES)
                continue;
            sim_limit_write(&k->limit, &k->state, NULL, s, 0, 1);
            passed++;
        }
    }
    *clients = gets;
    return gets == incrs && gets > 0 ? passed : -1;
}

void lab_judge_redis_race(const struct lab_family *f, const struct lab_row *r,
                          struct lab_outcome *o)
{
    (void)f;
    double left[6];
    char measured[64];
    uint32_t clients, by_script = 0;
    const char *steps = strstr(r->params, "GET");
    if (lab_text_scan(r->params, "limit %lf left", left) != 1 || !steps) {
        lab_outcome_wrong(o, r->metric,
                          "the row does not say what is left, and who does what");
        return;
    }
    struct key hand = counter((uint32_t)left[0]), script = counter((uint32_t)left[0]);
    int passed = passed_by_hand(&hand, steps, &clients);
    if (passed < 0) {
        lab_outcome_wrong(o, r->metric, "some client does not GET and INCR");
        return;
    }
    for (uint32_t i = 0; i < clients; i++)
        by_script += take(&script, 0);
    snprintf(measured, sizeof measured, "%d ; %u", passed, by_script);
    judge_text(o, r->metric, measured, r->expected);
}
