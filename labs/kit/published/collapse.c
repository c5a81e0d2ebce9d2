#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "labs/kit/published/family.h"

// Rows about what collapses, whose figures are shares of runs, medians and equilibria.

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

// The limits between which the median lies are order statistics, by the binomial's normal
// limit.
static void judge_median(const struct lab_row *r, struct lab_samples *s,
                         struct lab_outcome *o)
{
    double expected, half_digit, width;
    struct lab_tolerance t;
    uint32_t n = s->count;
    if (!lab_text_number(r->expected, &expected, &half_digit) ||
        !lab_tolerance_read(r->tolerance, &t)) {
        lab_outcome_wrong(o, r->metric, "neither a number nor a tolerance");
        return;
    }
    width = lab_tolerance_width(t, expected);
    qsort(s->at[0], n, sizeof *s->at[0], by_size);
    uint32_t aside = (uint32_t)ceil(2.576 * sqrt(n) / 2) + 1;
    double low = s->at[0][n / 2 - aside], high = s->at[0][n / 2 + aside];
    bool inside = low >= expected - width && high <= expected + width;
    bool outside = low > expected + width || high < expected - width;
    struct lab_line *l = lab_outcome_add(o,
                                         inside    ? LAB_AGREE
                                         : outside ? LAB_DIFFER
                                                   : LAB_UNDECIDED,
                                         r->metric);
    l->runs = n;
    lab_line_ours(l, s->at[0][n / 2], (high - low) / 2);
    lab_line_published(l, expected, width);
    snprintf(l->measured, sizeof l->measured, "%.4g (%.4g to %.4g)", s->at[0][n / 2], low,
             high);
}

// "at most 2 of 100 runs" allows as many more than expected, "at least 98 of 100" as many fewer: how
// many runs are looked at, and by how many they may be off.
static bool read_share(const char *text, double expected, uint32_t *off, uint32_t *runs)
{
    double x[6];
    bool most = lab_text_scan(text, "at most %lf of %lf", x) == 2;
    if (!most && lab_text_scan(text, "at least %lf of %lf", x) != 2)
        return false;
    if (!(x[0] >= 0 && x[0] <= x[1] && x[1] >= 1 && x[1] <= 1000))
        return false;
    double allowed = most ? x[0] - expected : expected - x[0];
    if (allowed < 0)
        return false;
    *off = (uint32_t)allowed;
    *runs = (uint32_t)x[1];
    return true;
}

static void judge_count(const struct lab_row *r, uint32_t hits, double expected,
                        uint32_t runs, uint32_t off, struct lab_outcome *o)
{
    bool good = fabs((double)hits - expected) <= off;
    struct lab_line *l = lab_outcome_add(o, good ? LAB_AGREE : LAB_DIFFER, r->metric);
    l->runs = runs;
    snprintf(l->measured, sizeof l->measured, "%u of %u", hits, runs);
    snprintf(l->wanted, sizeof l->wanted, "%g of %u, %.40s", expected, runs, r->tolerance);
}

#define SPIKE_RUNS 100

// "0", "1" and "0.5" are shares of the runs that the tolerance speaks of; "3 of 100" says so itself.
static void judge_share(const struct lab_row *r, struct lab_experiment *e,
                        struct lab_outcome *o)
{
    struct lab_samples s = { 0 };
    uint32_t off = 0, runs = SPIKE_RUNS, hits = 0;
    double x[6], expected = NAN, half_digit;
    const char *of = strstr(r->tolerance, " of ");
    if (lab_text_scan(r->expected, "%lf of %lf", x) == 2)
        expected = x[0];
    else if (of && lab_text_number(r->expected, &expected, &half_digit))
        expected *= strtod(of + strlen(" of "), NULL);
    if (!(expected >= 0) || !read_share(r->tolerance, expected, &off, &runs)) {
        lab_outcome_wrong(o, r->metric, "share and tolerance are not understood");
        return;
    }
    if (!lab_experiment_run(e, &s, runs)) {
        lab_outcome_wrong(o, r->metric, s.error);
    } else {
        // Collapsed: less than half of what is asked for is answered in time.
        for (uint32_t i = 0; i < runs; i++)
            hits += s.at[0][i] < lab_experiment_setting(e, "rate") / 2;
        judge_count(r, hits, expected, runs, off, o);
    }
    lab_samples_free(&s);
}

void lab_judge_spike(const struct lab_family *f, const struct lab_row *r,
                     struct lab_outcome *o)
{
    struct lab_experiment e;
    struct lab_samples s = { 0 };
    if (!lab_family_read(f, r, &e, o))
        return;
    lab_experiment_figure(&e, "goodput late");
    if (strstr(r->metric, "share of runs collapsed"))
        judge_share(r, &e, o);
    else if (!lab_experiment_run(&e, &s, SPIKE_RUNS))
        lab_outcome_wrong(o, r->metric, s.error);
    else
        judge_median(r, &s, o);
    lab_samples_free(&s);
}

// "66.7 in flight; response 1.667 s + 2 hops": the response is that of the server.
void lab_judge_equilibrium(const struct lab_family *f, const struct lab_row *r,
                           struct lab_outcome *o)
{
    struct lab_experiment e;
    struct lab_samples s = { 0 };
    struct lab_tolerance t;
    double inside[6], response[6];
    if (!lab_family_read(f, r, &e, o))
        return;
    if (lab_text_scan(r->expected, "%lf in flight", inside) != 1 ||
        lab_text_scan(r->expected, "response %lf s", response) != 1 ||
        !lab_tolerance_read(r->tolerance, &t)) {
        lab_outcome_wrong(o, r->metric, "the expected figures are not understood");
        return;
    }
    lab_experiment_choose(&e, "patient", "true");
    lab_experiment_set(&e, "length", 1000);
    lab_experiment_figure(&e, "in flight");
    lab_experiment_figure(&e, "response");
    lab_judge_interval(f, &e, &s, 0, inside[0], lab_tolerance_width(t, inside[0]),
                       "in flight", o);
    lab_judge_interval(f, &e, &s, 1, response[0], lab_tolerance_width(t, response[0]),
                       "response", o);
    lab_samples_free(&s);
}

// "runs with final queue > 1000": "0 of 20", at most 1 of 20; or "20 of 20", at least 19.
void lab_judge_final_queue(const struct lab_family *f, const struct lab_row *r,
                           struct lab_outcome *o)
{
    struct lab_experiment e;
    struct lab_samples s = { 0 };
    uint32_t off = 0, runs = 0, hits = 0;
    double limit[6], expected[6];
    if (!lab_family_read(f, r, &e, o))
        return;
    lab_experiment_figure(&e, "final queue");
    bool known = lab_text_scan(r->metric, "final queue > %lf", limit) == 1 &&
                 lab_text_scan(r->expected, "%lf of %lf", expected) == 2 &&
                 read_share(r->tolerance, expected[0], &off, &runs);
    if (!known)
        lab_outcome_wrong(o, r->metric, "figure and tolerance are not understood");
    else if (!lab_experiment_run(&e, &s, runs))
        lab_outcome_wrong(o, r->metric, s.error);
    else {
        for (uint32_t i = 0; i < runs; i++)
            hits += s.at[0][i] > limit[0];
        judge_count(r, hits, expected[0], runs, off, o);
    }
    lab_samples_free(&s);
}
