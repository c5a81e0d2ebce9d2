#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "labs/kit/published/family.h"

// Rows that compare algorithms on the same experiment: aws-backoff-occ-order and -ratio.

static const char *const algorithms[] = { "none", "Exponential", "FullJitter",
                                          "EqualJitter", "Decorr" };
#define ALGORITHMS 5
#define CALLS      "server write calls to finish (mean)"
#define TIME       "completion time (mean)"

struct contest {
    struct lab_experiment e[ALGORITHMS];
    struct lab_samples s[ALGORITHMS];
    bool is_open[ALGORITHMS];
};

static bool contest_run(struct contest *c, const struct lab_family *f,
                        const struct lab_row *r, uint32_t a, uint32_t n,
                        struct lab_outcome *o)
{
    if (!c->is_open[a]) {
        if (!lab_family_read(f, r, &c->e[a], o))
            return false;
        lab_experiment_choose(&c->e[a], "algorithm", algorithms[a]);
        lab_experiment_figure(&c->e[a], CALLS);
        lab_experiment_figure(&c->e[a], TIME);
        c->is_open[a] = true;
    }
    if (lab_experiment_run(&c->e[a], &c->s[a], n))
        return true;
    lab_outcome_wrong(o, algorithms[a], c->s[a].error);
    return false;
}

static struct sim_interval contest_mean(const struct contest *c, uint32_t a,
                                        uint32_t figure)
{
    return sim_interval_of(c->s[a].at[figure], c->s[a].count, LAB_CONFIDENCE);
}

static void contest_close(struct contest *c)
{
    for (uint32_t a = 0; a < ALGORITHMS; a++)
        lab_samples_free(&c->s[a]);
    free(c);
}

static uint32_t algorithm_of(const char *name)
{
    for (uint32_t a = 0; a < ALGORITHMS; a++)
        if (strcmp(algorithms[a], name) == 0)
            return a;
    return ALGORITHMS;
}

// Whether a is surely before b; also how the two stand, for the report.
static enum lab_verdict before(const struct contest *c, uint32_t a, uint32_t b,
                               uint32_t figure, struct lab_line *l)
{
    struct sim_interval x = contest_mean(c, a, figure), y = contest_mean(c, b, figure);
    snprintf(l->measured, sizeof l->measured, "%.5g +- %.2g, %.5g +- %.2g", x.mean, x.half,
             y.mean, y.half);
    l->runs = c->s[a].count;
    if (x.mean + x.half < y.mean - y.half)
        return LAB_AGREE;
    return x.mean - x.half > y.mean + y.half ? LAB_DIFFER : LAB_UNDECIDED;
}

// Whether the two surely differ by no more than a share.
static enum lab_verdict alike(const struct contest *c, uint32_t a, uint32_t b,
                              uint32_t figure, double share, struct lab_line *l)
{
    struct sim_interval x = contest_mean(c, a, figure), y = contest_mean(c, b, figure);
    double off = fabs(x.mean - y.mean), half = x.half + y.half, width = share * y.mean;
    snprintf(l->measured, sizeof l->measured, "%.5g +- %.2g, %.5g +- %.2g", x.mean, x.half,
             y.mean, y.half);
    l->runs = c->s[a].count;
    if (off + half <= width)
        return LAB_AGREE;
    return off - half > width ? LAB_DIFFER : LAB_UNDECIDED;
}

static void judge_pair(struct contest *c, const struct lab_family *f,
                       const struct lab_row *r, uint32_t a, uint32_t b, uint32_t figure,
                       double share, struct lab_outcome *o)
{
    enum lab_verdict v;
    struct lab_line seen = { 0 };
    char what[128];
    for (uint32_t n = f->first;; n *= 2) {
        if (!contest_run(c, f, r, a, n, o) || !contest_run(c, f, r, b, n, o))
            return;
        v = share > 0 ? alike(c, a, b, figure, share, &seen)
                      : before(c, a, b, figure, &seen);
        if (v != LAB_UNDECIDED || 2 * n > f->most)
            break;
    }
    snprintf(what, sizeof what, "%s %s %s (%s)", algorithms[a], share > 0 ? "~" : "<",
             algorithms[b], figure ? "time" : "calls");
    struct lab_line *l = lab_outcome_add(o, v, what);
    memcpy(l->measured, seen.measured, sizeof l->measured);
    snprintf(l->wanted, sizeof l->wanted, share > 0 ? "within %g %%" : "surely less",
             share * 100);
    l->runs = seen.runs;
}

// "none < Decorr ~ FullJitter < ..." as places, equal ones with ~.
static bool read_order(const char *text, uint32_t order[ALGORITHMS],
                       uint32_t place[ALGORITHMS], uint32_t *count)
{
    char copy[256];
    uint32_t at = 0;
    *count = 0;
    snprintf(copy, sizeof copy, "%s", text);
    for (char *w = strtok(copy, " "); w; w = strtok(NULL, " ")) {
        if (strcmp(w, "<") == 0) {
            at++;
        } else if (strcmp(w, "~") != 0) {
            uint32_t a = algorithm_of(w);
            if (a == ALGORITHMS || *count == ALGORITHMS)
                return false;
            order[*count] = a;
            place[(*count)++] = at;
        }
    }
    return *count > 1;
}

void lab_judge_order(const struct lab_family *f, const struct lab_row *r,
                     struct lab_outcome *o)
{
    uint32_t order[ALGORITHMS], place[ALGORITHMS], n;
    uint32_t figure = strstr(r->metric, "completion time") ? 1 : 0;
    double x[6],
        share = lab_text_scan(r->tolerance, "within %lf%", x) == 1 ? x[0] / 100 : 0;
    struct contest *c = calloc(1, sizeof *c);
    if (!c || !read_order(r->expected, order, place, &n)) {
        lab_outcome_wrong(o, r->metric, "the order is not understood");
        free(c);
        return;
    }
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = i + 1; k < n; k++) {
            if (place[k] == place[i] + 1)
                judge_pair(c, f, r, order[i], order[k], figure, 0, o);
            else if (place[k] == place[i] && share > 0)
                judge_pair(c, f, r, order[i], order[k], figure, share, o);
        }
    contest_close(c);
}

// "calls(none)/calls(FullJitter)"
static bool read_ratio(const char *text, uint32_t *a, uint32_t *b)
{
    char top[32] = "", bottom[32] = "";
    if (sscanf(text, "calls(%31[A-Za-z])/calls(%31[A-Za-z])", top, bottom) != 2)
        return false;
    *a = algorithm_of(top);
    *b = algorithm_of(bottom);
    return *a < ALGORITHMS && *b < ALGORITHMS;
}

void lab_judge_ratio(const struct lab_family *f, const struct lab_row *r,
                     struct lab_outcome *o)
{
    uint32_t a, b;
    double expected, half_digit;
    struct lab_tolerance t;
    if (!read_ratio(r->metric, &a, &b) ||
        !lab_text_number(r->expected, &expected, &half_digit) ||
        !lab_tolerance_read(r->tolerance, &t)) {
        lab_outcome_wrong(o, r->metric, "the ratio is not understood");
        return;
    }
    struct contest *c = calloc(1, sizeof *c);
    double ratio = NAN, half = INFINITY, width = lab_tolerance_width(t, expected);
    for (uint32_t n = f->first; c && n <= f->most; n *= 2) {
        if (!contest_run(c, f, r, a, n, o) || !contest_run(c, f, r, b, n, o)) {
            contest_close(c);
            return;
        }
        struct sim_interval x = contest_mean(c, a, 0), y = contest_mean(c, b, 0);
        ratio = x.mean / y.mean;
        // The relative errors of two independent means add up as squares.
        half = ratio * hypot(x.half / x.mean, y.half / y.mean);
        if (fabs(ratio - expected) + half <= width)
            break;
    }
    double off = fabs(ratio - expected);
    struct lab_line *l = lab_outcome_add(o,
                                         off + half <= width  ? LAB_AGREE
                                         : off - half > width ? LAB_DIFFER
                                                              : LAB_UNDECIDED,
                                         r->metric);
    l->runs = c ? c->s[a].count : 0;
    lab_line_ours(l, ratio, half);
    lab_line_published(l, expected, width);
    if (c)
        contest_close(c);
}
