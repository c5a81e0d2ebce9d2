#include <math.h>
#include <stdio.h>
#include <string.h>

#include "labs/kit/published/family.h"

// Rows of hotos21-retry: whether a system recovers, and how much it can carry and still do so.

enum state {
    RECOVERS,
    STUCK,
    NEITHER
};

static enum state state_of(double goodput, double rate)
{
    if (goodput >= 0.9 * rate)
        return RECOVERS;
    return goodput <= 0.01 * rate ? STUCK : NEITHER;
}

// At least 19 of 20 seeds, unless the row says other numbers.
static void judge_state(const struct lab_family *f, const struct lab_row *r, double rate,
                        double after, enum state wanted, struct lab_outcome *o)
{
    struct lab_experiment e;
    struct lab_samples s = { 0 };
    double x[6] = { 19, 20 };
    uint32_t hits = 0;
    char what[96];
    if (!lab_family_read(f, r, &e, o))
        return;
    lab_text_scan(r->tolerance, ">= %lf of %lf seeds", x);
    if (!(x[1] >= 1 && x[1] <= 1000)) {
        lab_outcome_wrong(o, r->metric, "the tolerance is not understood");
        return;
    }
    lab_experiment_set(&e, "rate", rate);
    lab_experiment_set(&e, "after", after);
    lab_experiment_figure(&e, "goodput late");
    snprintf(what, sizeof what, "%s at %g/s, %g s after",
             wanted == STUCK ? "stuck" : "recovers", rate, after);
    static const char *const laws[] = { "D", "Exp" };
    for (uint32_t k = 0; k < 2; k++) {
        struct lab_experiment one = e;
        hits = 0;
        lab_experiment_choose(&one, "law", laws[k]);
        if (!lab_experiment_run(&one, &s, (uint32_t)x[1])) {
            lab_outcome_wrong(o, what, s.error);
            lab_samples_free(&s);
            return;
        }
        for (uint32_t i = 0; i < s.count; i++)
            hits += state_of(s.at[0][i], rate) == wanted;
        struct lab_line *l =
            lab_outcome_add(o, hits >= x[0] ? LAB_AGREE : LAB_DIFFER, what);
        l->runs = s.count;
        snprintf(l->measured, sizeof l->measured, "%u of %u [%s]", hits, s.count, laws[k]);
        snprintf(l->wanted, sizeof l->wanted, "at least %g", x[0]);
        lab_samples_free(&s);
    }
}

static void judge_load(const struct lab_family *f, const struct lab_row *r, double rate,
                       struct lab_outcome *o)
{
    struct lab_experiment e;
    struct lab_samples s = { 0 };
    struct lab_tolerance t;
    double expected, half_digit;
    if (!lab_family_read(f, r, &e, o))
        return;
    if (!lab_text_number(r->expected, &expected, &half_digit) ||
        !lab_tolerance_read(r->tolerance, &t)) {
        lab_outcome_wrong(o, r->metric, "neither a number nor a tolerance");
        return;
    }
    lab_experiment_set(&e, "rate", rate);
    lab_experiment_figure(&e, "database load in the stuck state");
    lab_judge_interval(f, &e, &s, 0, expected, lab_tolerance_width(t, expected), r->metric,
                       o);
    lab_samples_free(&s);
}

// "exact from 300/(1+retries); test at 140 and 160": the formula, and a state on each side.
// Near the limit the queue shrinks slowly: capacity less the load of both tries is all that
// drains it, so the state is looked at when it would have drained three times.
static void judge_capacity(const struct lab_family *f, const struct lab_row *r,
                           struct lab_outcome *o)
{
    struct lab_experiment e;
    double expected, half_digit, x[6];
    if (!lab_family_read(f, r, &e, o))
        return;
    double capacity = lab_experiment_setting(&e, "capacity"),
           tries = 1 + lab_experiment_setting(&e, "retries");
    if (!lab_text_number(r->expected, &expected, &half_digit) ||
        lab_text_scan(r->tolerance, "test at %lf and %lf", x) != 2) {
        lab_outcome_wrong(o, r->metric, "the row is not understood");
        return;
    }
    // "66.67" was rounded; a whole number was not.
    double width = half_digit < 0.5 ? half_digit : 1e-9;
    bool agrees = fabs(capacity / tries - expected) <= width;
    struct lab_line *l = lab_outcome_add(o, agrees ? LAB_AGREE : LAB_DIFFER, r->metric);
    l->by_formula = true;
    lab_line_ours(l, capacity / tries, 0);
    lab_line_published(l, expected, width);
    double outage = lab_experiment_setting(&e, "outage"), backlog = tries * x[0] * outage;
    judge_state(f, r, x[0], 3 * backlog / (capacity - tries * x[0]), RECOVERS, o);
    judge_state(f, r, x[1], 3 * backlog / (capacity - tries * x[0]), STUCK, o);
}

void lab_judge_hotos(const struct lab_family *f, const struct lab_row *r,
                     struct lab_outcome *o)
{
    double rate[6] = { 0 }, x[6];
    struct lab_pieces parts;
    lab_text_cut(r->params, &parts);
    for (uint32_t i = 0; i < parts.count; i++)
        if (strstr(parts.at[i], "user requests/s") || strlen(parts.at[i]) < 8)
            lab_text_scan(parts.at[i], "%lf", rate);
    for (uint32_t i = 0; i < parts.count && rate[0] == 0; i++)
        if (strlen(parts.at[i]) < 8)
            lab_text_scan(parts.at[i], "%lf/s", rate);
    if (strncmp(r->metric, "hidden capacity", 15) == 0)
        judge_capacity(f, r, o);
    else if (rate[0] <= 0)
        lab_outcome_wrong(o, r->metric, "the row gives no rate of requests");
    else if (strncmp(r->metric, "database load", 13) == 0)
        judge_load(f, r, rate[0], o);
    else if (lab_text_scan(r->metric, "state %lf s after", x) == 1)
        judge_state(f, r, rate[0], x[0],
                    strncmp(r->expected, "stuck", 5) ? RECOVERS : STUCK, o);
    else if (lab_text_scan(r->expected, "yes, within %lf s", x) == 1)
        judge_state(f, r, rate[0], 2 * x[0], RECOVERS, o); // seen in its last half
    else
        lab_outcome_wrong(o, r->metric, "the row is not understood");
}
