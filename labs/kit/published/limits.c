#include <math.h>
#include <stdio.h>
#include <string.h>

#include "labs/kit/published/family.h"
#include "sim/policy/limit.h"

// Rows about rate limiters. They are exact and about decisions: each is one run of a scenario with the
// row's numbers. Of redis-cell's answer the language shows only whether a call passes, so its
// other fields are asked of the decision itself.

static double seconds(sim_time t)
{
    return t < 0 ? -1 : (double)t / SIM_S;
}

static void judge_text(struct lab_outcome *o, const char *what, const char *measured,
                       const char *wanted)
{
    bool same = strcmp(measured, wanted) == 0;
    struct lab_line *l = lab_outcome_add(o, same ? LAB_AGREE : LAB_DIFFER, what);
    l->runs = 1;
    snprintf(l->measured, sizeof l->measured, "%.95s", measured);
    snprintf(l->wanted, sizeof l->wanted, "%.95s", wanted);
}

// ---- gcra: redis-cell's answers ----

static void first_reply(struct sim_limit *limit, const struct lab_row *r,
                        struct lab_outcome *o)
{
    char text[160];
    struct sim_limit_state state;
    sim_limit_begin(limit, &state, 0);
    struct sim_limit_reply a = sim_limit_throttle(limit, &state, 0, 1);
    snprintf(text, sizeof text, "limited=%d limit=%.0f remaining=%.0f retry=%g reset=%g",
             a.limited, (double)a.limit, (double)a.remaining, seconds(a.retry_after),
             seconds(a.reset_after));
    judge_text(o, r->metric, text, r->expected);
}

static void last_reply(struct sim_limit *limit, const struct lab_row *r, uint32_t calls,
                       struct lab_outcome *o)
{
    char text[160];
    struct sim_limit_state state;
    struct sim_limit_reply a = { 0 };
    uint32_t refused = 0;
    sim_limit_begin(limit, &state, 0);
    for (uint32_t i = 0; i < calls; i++) {
        a = sim_limit_throttle(limit, &state, 0, 1);
        refused += a.limited;
    }
    snprintf(text, sizeof text, "%u ; %u (retry_after %g s, remaining %.0f, reset %g s)",
             calls - refused, refused, seconds(a.retry_after), (double)a.remaining,
             seconds(a.reset_after));
    judge_text(o, "last reply", text, r->expected);
}

static void judge_calls(const struct lab_family *f, const struct lab_row *r, double calls,
                        struct lab_outcome *o)
{
    struct lab_experiment e;
    double x[2], wanted[6];
    if (!lab_family_read(f, r, &e, o))
        return;
    if (lab_text_scan(r->expected, "%lf ; %lf", wanted) != 2) {
        lab_outcome_wrong(o, r->metric, "expected is not \"N ; N\"");
        return;
    }
    lab_experiment_set(&e, "calls", calls);
    lab_experiment_figure(&e, "allowed");
    lab_experiment_figure(&e, "refused");
    if (!lab_judge_once(&e, x, r->metric, o))
        return;
    for (uint32_t i = 0; i < 2; i++) {
        enum lab_verdict v = x[i] == wanted[i] ? LAB_AGREE : LAB_DIFFER;
        struct lab_line *l = lab_outcome_add(o, v, e.figures[i]);
        l->runs = 1;
        lab_line_ours(l, x[i], 0);
        lab_line_published(l, wanted[i], 0);
    }
}

#define MOST_CALLS 1e6

void lab_judge_gcra(const struct lab_family *f, const struct lab_row *r,
                    struct lab_outcome *o)
{
    double burst[6], x[6], n[6];
    if (lab_text_scan(r->context, "max_burst %lf", burst) != 1 ||
        lab_text_scan(r->context, "%lf per %lf s", x) != 2 ||
        !(burst[0] >= 0 && burst[0] <= 1e6 && x[0] >= 1 && x[0] <= 1e6 && x[1] > 0 &&
          x[1] <= 1e6)) {
        lab_outcome_wrong(o, r->metric,
                          "the parameters do not say max_burst, count and period");
        return;
    }
    struct sim_limit limit = { .kind = SIM_LIMIT_GCRA,
                               .limit = (uint32_t)x[0],
                               .window = (sim_time)(x[1] * SIM_S + 0.5),
                               .burst = (uint32_t)burst[0] };
    if (strstr(r->params, "fresh key at t=0")) {
        first_reply(&limit, r, o);
    } else if (lab_text_scan(r->params, "%lf calls at t=0", n) != 1) {
        lab_outcome_wrong(o, r->metric, "neither a fresh key nor \"N calls at t=0\"");
    } else if (!(n[0] >= 1 && n[0] <= MOST_CALLS)) {
        lab_outcome_wrong(o, r->metric, "1 to 1,000,000 calls can be made");
    } else {
        last_reply(&limit, r, (uint32_t)n[0], o);
        judge_calls(f, r, n[0], o);
    }
}

// ---- sliding-log: never more than L in any span of W, and L in some ----

static bool judge_window(const struct lab_family *f, const struct lab_row *r, double limit,
                         double window, struct lab_outcome *o)
{
    struct lab_experiment e;
    char what[96];
    double x;
    if (!lab_family_read(f, r, &e, o))
        return false;
    lab_experiment_set(&e, "L", limit);
    lab_experiment_set(&e, "W", window);
    lab_experiment_figure(&e, "allowed inside any span of length W");
    snprintf(what, sizeof what, "L=%g, W=%g s", limit, window);
    if (!lab_judge_once(&e, &x, what, o))
        return false;
    struct lab_line *l = lab_outcome_add(o, x == limit ? LAB_AGREE : LAB_DIFFER, what);
    l->runs = 1;
    lab_line_ours(l, x, 0);
    lab_line_published(l, limit, 0);
    return true;
}

static void judge_windows(const struct lab_family *f, const struct lab_row *r,
                          struct lab_outcome *o)
{
    static const double limits[] = { 1, 2, 10, 100, 1000 };
    for (uint32_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (!judge_window(f, r, limits[i], i + 1, o))
            return;
}

// "limit L per W", and expected L: for whatever they are. Or with numbers, "limit 10 per 60 s".
void lab_judge_sliding_log(const struct lab_family *f, const struct lab_row *r,
                           struct lab_outcome *o)
{
    double x[6], wanted, half_digit;
    if (strstr(r->params, "limit L per W") && strcmp(r->expected, "L") == 0)
        judge_windows(f, r, o);
    else if (lab_text_scan(r->params, "limit %lf per %lf s", x) != 2)
        lab_outcome_wrong(o, r->metric, "the parameters do not say \"limit N per N s\"");
    else if (!lab_text_number(r->expected, &wanted, &half_digit) || wanted != x[0])
        lab_outcome_wrong(o, r->metric, "expected is not the limit");
    else
        judge_window(f, r, x[0], x[1], o);
}

// ---- leaky-bucket-queue: B of B + k are admitted, the last departs at B / r ----

struct burst {
    double capacity, rate, calls;
};

static bool judge_burst(const struct lab_family *f, const struct lab_row *r,
                        const struct burst *b, const double expected[2],
                        struct lab_outcome *o)
{
    struct lab_experiment e;
    char what[96], measured[64], wanted[64];
    double x[2];
    if (!lab_family_read(f, r, &e, o))
        return false;
    lab_experiment_set(&e, "B", b->capacity);
    lab_experiment_set(&e, "r", b->rate);
    lab_experiment_set(&e, "calls", b->calls);
    lab_experiment_figure(&e, "admitted");
    lab_experiment_figure(&e, "last departs at");
    snprintf(what, sizeof what, "B=%g, r=%g/s, %g calls", b->capacity, b->rate, b->calls);
    if (!lab_judge_once(&e, x, what, o))
        return false;
    snprintf(measured, sizeof measured, "%g ; %.5g", x[0], x[1]);
    snprintf(wanted, sizeof wanted, "%g ; %.5g", expected[0], expected[1]);
    judge_text(o, what, measured, wanted);
    return true;
}

void lab_judge_leaky_queue(const struct lab_family *f, const struct lab_row *r,
                           struct lab_outcome *o)
{
    static const struct burst bursts[] = {
        { 1, 1, 2 }, { 10, 5, 13 }, { 100, 1000, 150 }, { 7, 4, 7 }
    };
    double x[12], expected[6];
    if (strstr(r->params, "capacity B, drain r, burst of B+k at t=0")) {
        for (uint32_t i = 0; i < sizeof bursts / sizeof *bursts; i++) {
            const struct burst *b = &bursts[i];
            expected[0] = b->capacity;
            expected[1] = b->capacity / b->rate;
            if (!judge_burst(f, r, b, expected, o))
                return;
        }
    } else if (lab_text_scan(r->params, "capacity %lf, drain %lf", x) == 2 &&
               lab_text_scan(r->params, "burst of %lf at t=0", x + 2) == 1 &&
               lab_text_scan(r->expected, "%lf ; %lf", expected) == 2) {
        struct burst b = { x[0], x[1], x[2] };
        judge_burst(f, r, &b, expected, o);
    } else {
        lab_outcome_wrong(
            o, r->metric,
            "the row does not say \"capacity N, drain N, burst of N at t=0\"");
    }
}

// ---- redis-race: clients that GET, decide and INCR, in the row's order, and a script instead ----

#define CLIENTS 64

// The n-th GET is the n-th client's, and so is the n-th INCR. True when all clients come at equal
// distances and each INCR is as far behind its GET: the scenario's only order.
static bool read_steps(const char *steps, uint32_t *clients, double *apart, double *gap)
{
    int get[CLIENTS], incr[CLIENTS], at = 0;
    uint32_t gets = 0, incrs = 0;
    for (const char *p = steps; *p; p++) {
        if (strncmp(p, "GET", 3) == 0 && gets < CLIENTS)
            get[gets++] = at++;
        else if (strncmp(p, "INCR", 4) == 0 && incrs < CLIENTS)
            incr[incrs++] = at++;
    }
    if (gets == 0 || gets != incrs)
        return false;
    *clients = gets;
    *apart = gets > 1 ? get[1] - get[0] : 1;
    *gap = incr[0] - get[0];
    for (uint32_t i = 0; i < gets; i++)
        if (get[i] != (int)(*apart * i) || incr[i] != get[i] + (int)*gap)
            return false;
    return *gap > 0;
}

void lab_judge_redis_race(const struct lab_family *f, const struct lab_row *r,
                          struct lab_outcome *o)
{
    static const char *const words[] = { "false", "true" };
    double apart, gap, x[2];
    char measured[64];
    uint32_t clients;
    const char *steps = strstr(r->params, "GET");
    if (!steps || !read_steps(steps, &clients, &apart, &gap)) {
        lab_outcome_wrong(o, r->metric,
                          "the parameters do not say GET and INCR of all, evenly");
        return;
    }
    for (uint32_t i = 0; i < 2; i++) {
        struct lab_experiment e;
        if (!lab_family_read(f, r, &e, o))
            return;
        lab_experiment_set(&e, "many", clients);
        lab_experiment_set(&e, "apart", apart);
        lab_experiment_set(&e, "gap", gap);
        lab_experiment_choose(&e, "atomic", words[i]);
        lab_experiment_figure(&e, "allowed");
        if (!lab_judge_once(&e, &x[i], r->metric, o))
            return;
    }
    snprintf(measured, sizeof measured, "%g ; %g", x[0], x[1]);
    judge_text(o, r->metric, measured, r->expected);
}
