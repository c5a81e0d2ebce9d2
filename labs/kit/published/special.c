#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "labs/kit/published/family.h"

// Rows whose figure is not one mean: distributions, orders, ratios, shares of runs, states.

// ---- backoff-formula: "[1,2) [2,3) ...; mean 1.5 2.5 ..." ----

static double percent_of(const char *text)
{
    double x[6];
    return lab_text_scan(text, "mean %lf%", x) == 1 ? x[0] / 100 : NAN;
}

// The waits lie within their bounds and come close to both, and have the mean.
static void judge_wait(const struct lab_family *f, const struct lab_row *r, uint32_t n,
                       const double bounds[2], double mean, struct lab_outcome *o)
{
    struct lab_experiment e;
    struct lab_samples s = { 0 };
    char what[64];
    if (!lab_family_read(f, r, &e, o))
        return;
    lab_experiment_set(&e, "n", n);
    lab_experiment_figure(&e, "mean");
    lab_experiment_figure(&e, "least");
    lab_experiment_figure(&e, "most");
    snprintf(what, sizeof what, "mean wait %u", n);
    lab_judge_interval(f, &e, &s, 0, mean, percent_of(r->tolerance) * mean, what, o);
    double least = INFINITY, most = 0, near = (bounds[1] - bounds[0]) / 1000;
    for (uint32_t i = 0; i < s.count && !s.error[0]; i++) {
        least = fmin(least, s.at[1][i]);
        most = fmax(most, s.at[2][i]);
    }
    // Clocks count nanoseconds, and the difference of two times is not exact.
    bool within = least >= bounds[0] - 2e-9 && most <= bounds[1] + 2e-9;
    bool filled = least <= bounds[0] + near && most >= bounds[1] - near;
    snprintf(what, sizeof what, "bounds of wait %u", n);
    struct lab_line *l =
        lab_outcome_add(o, within && filled ? LAB_AGREE : LAB_DIFFER, what);
    l->runs = s.count;
    snprintf(l->measured, sizeof l->measured, "[%.6g, %.6g]", least, most);
    snprintf(l->wanted, sizeof l->wanted, "[%.6g, %.6g)", bounds[0], bounds[1]);
    lab_samples_free(&s);
}

void lab_judge_waits(const struct lab_family *f, const struct lab_row *r,
                     struct lab_outcome *o)
{
    const char *p = r->expected;
    const char *means = strstr(p, "mean ");
    double bounds[6];
    if (!means) {
        lab_outcome_wrong(o, r->metric, "no means are expected");
        return;
    }
    means += strlen("mean ");
    for (uint32_t n = 0; (p = strchr(p, '[')) && p < means; n++, p++) {
        char *end;
        double mean = strtod(means, &end);
        if (end == means || lab_text_scan(p, "[%lf,%lf)", bounds) != 2) {
            lab_outcome_wrong(o, r->metric, "bounds and means do not match");
            return;
        }
        means = end;
        judge_wait(f, r, n, bounds, mean, o);
    }
}

// ---- balls-in-bins: "4:0.37 5:0.49 6:0.12" ----

static double share_of(const struct lab_samples *s, double value, struct sim_share *share)
{
    uint32_t hits = 0;
    for (uint32_t i = 0; i < s->count; i++)
        hits += s->at[0][i] == value;
    *share = sim_interval_share(hits, s->count, LAB_CONFIDENCE);
    return share->share;
}

static void judge_cell(const struct lab_family *f, const struct lab_experiment *e,
                       struct lab_samples *s, double value, double expected, double width,
                       struct lab_outcome *o)
{
    struct sim_share share;
    enum lab_verdict v = LAB_UNDECIDED;
    char what[64];
    snprintf(what, sizeof what, "maximum load %g", value);
    for (uint32_t n = s->count > f->first ? s->count : f->first;; n *= 2) {
        if (!lab_experiment_run(e, s, n)) {
            lab_outcome_wrong(o, what, s->error);
            return;
        }
        share_of(s, value, &share);
        if (share.low >= expected - width && share.high <= expected + width)
            v = LAB_AGREE;
        else if (share.low > expected + width || share.high < expected - width)
            v = LAB_DIFFER;
        if (v == LAB_AGREE || 2 * n > f->most || (v == LAB_DIFFER && n >= 4 * f->first))
            break;
    }
    struct lab_line *l = lab_outcome_add(o, v, what);
    l->runs = s->count;
    lab_line_ours(l, share.share, (share.high - share.low) / 2);
    lab_line_published(l, expected, width);
    snprintf(l->measured, sizeof l->measured, "%.4g (%.4g to %.4g)", share.share, share.low,
             share.high);
}

void lab_judge_bins(const struct lab_family *f, const struct lab_row *r,
                    struct lab_outcome *o)
{
    struct lab_experiment e;
    struct lab_samples s = { 0 };
    struct lab_tolerance t;
    if (!lab_family_read(f, r, &e, o))
        return;
    lab_experiment_figure(&e, r->metric);
    if (!lab_tolerance_read(r->tolerance, &t)) {
        lab_outcome_wrong(o, r->metric, "no tolerance");
        return;
    }
    for (const char *p = r->expected; *p;) {
        char *end;
        double value = strtod(p, &end), expected;
        if (end == p || *end != ':') {
            lab_outcome_wrong(o, p, "expected load:share");
            break;
        }
        expected = strtod(end + 1, &end);
        judge_cell(f, &e, &s, value, expected, t.absolute, o);
        p = end + strspn(end, " ");
    }
    lab_samples_free(&s);
}

// ---- littles-law ----

void lab_judge_little(const struct lab_family *f, const struct lab_row *r,
                      struct lab_outcome *o)
{
    static const char *const disciplines[] = { "fifo", "lifo", "priority" };
    struct lab_tolerance t;
    if (!lab_tolerance_read(r->tolerance, &t)) {
        lab_outcome_wrong(o, r->metric, "no tolerance");
        return;
    }
    for (uint32_t i = 0; i < 6; i++) {
        struct lab_experiment e;
        struct lab_samples s = { 0 };
        char what[64];
        if (!lab_family_read(f, r, &e, o))
            return;
        lab_experiment_choose(&e, "discipline", disciplines[i / 2]);
        lab_experiment_choose(&e, "patience", i % 2 ? "true" : "false");
        lab_experiment_figure(&e, r->metric);
        snprintf(what, sizeof what, "L - X W as a share of L [%s%s]", disciplines[i / 2],
                 i % 2 ? ", timeouts" : "");
        lab_judge_interval(f, &e, &s, 0, 0, t.relative, what, o);
        lab_samples_free(&s);
    }
}

// ---- retry-amplification: "m^k: 3^5=243, 4^3=64" ----

void lab_judge_layers(const struct lab_family *f, const struct lab_row *r,
                      struct lab_outcome *o)
{
    double x[6];
    for (const char *p = r->expected; (p = strpbrk(p, "0123456789"));) {
        struct lab_experiment e;
        struct lab_samples s = { 0 };
        char what[64];
        if (lab_text_scan(p, "%lf^%lf=%lf", x) != 3)
            break;
        if (!lab_family_read(f, r, &e, o))
            return;
        lab_experiment_set(&e, "m", x[0]);
        lab_experiment_set(&e, "k", x[1]);
        lab_experiment_figure(&e, "attempts at the bottom");
        snprintf(what, sizeof what, "%g layers of %g attempts", x[1], x[0]);
        if (!lab_experiment_run(&e, &s, 1)) {
            lab_outcome_wrong(o, what, s.error);
        } else {
            struct lab_line *l =
                lab_outcome_add(o, s.at[0][0] == x[2] ? LAB_AGREE : LAB_DIFFER, what);
            l->runs = 1;
            lab_line_ours(l, s.at[0][0], 0);
            lab_line_published(l, x[2], 0);
        }
        lab_samples_free(&s);
        const char *next = strchr(p, ',');
        if (!next)
            break;
        p = next;
    }
}

// ---- usl: the law's figures, as a formula and from workers that obey it ----

static double speedup(const struct lab_family *f, const struct lab_row *r, double n,
                      const char *what, struct lab_outcome *o)
{
    struct lab_experiment e;
    double x;
    if (!lab_family_read(f, r, &e, o))
        return NAN;
    lab_experiment_set(&e, "N", n);
    lab_experiment_figure(&e, "C");
    return lab_judge_once(&e, &x, what, o) ? x : NAN;
}

static void judge_run(struct lab_outcome *o, const char *what, double ours,
                      double published, double width)
{
    bool agrees = fabs(ours - published) <= width;
    struct lab_line *l = lab_outcome_add(o, agrees ? LAB_AGREE : LAB_DIFFER, what);
    l->runs = 1;
    lab_line_ours(l, ours, 0);
    lab_line_published(l, published, width);
}

// Of whole workers the peak is next to the formula's, and a little lower.
static bool judge_peak(const struct lab_family *f, const struct lab_row *r,
                       const double peak[2], struct lab_outcome *o)
{
    double best = 0, at = 0, first = floor(peak[0]) - 2;
    for (double n = first > 1 ? first : 1; n <= peak[0] + 3; n++) {
        double x = speedup(f, r, n, "peak N", o);
        if (isnan(x))
            return false;
        if (x > best) {
            best = x;
            at = n;
        }
    }
    judge_run(o, "peak N, of whole workers", at, peak[0], 1);
    judge_run(o, "C at peak, of whole workers", best, peak[1], 1e-3 * peak[1]);
    return true;
}

// A run is exact but for nanoseconds, and so the row's digits are what can be asked of it.
void lab_judge_usl(const struct lab_family *f, const struct lab_row *r,
                   struct lab_outcome *o)
{
    struct lab_family by_formula = *f;
    struct lab_pieces names, values;
    double x, half_digit, n[6], peak[2] = { NAN, NAN };
    by_formula.judge = NULL;
    by_formula.file = NULL;
    lab_family_judge(&by_formula, r, o);
    if (o->lines[0].verdict == LAB_ABSENT)
        return;
    lab_text_cut(r->metric, &names);
    lab_text_cut(r->expected, &values);
    for (uint32_t i = 0; i < names.count && names.count == values.count; i++) {
        if (!lab_text_number(values.at[i], &x, &half_digit))
            return;
        if (strcmp(names.at[i], "peak N") == 0)
            peak[0] = x;
        else if (strcmp(names.at[i], "C at peak") == 0)
            peak[1] = x;
        if (lab_text_scan(names.at[i], "C(%lf)", n) != 1)
            continue;
        double ours = speedup(f, r, n[0], names.at[i], o);
        if (isnan(ours))
            return;
        judge_run(o, names.at[i], ours, x, half_digit + 1e-6 * x);
    }
    if (peak[0] >= 1 && peak[0] <= 10000 && isfinite(peak[1]))
        judge_peak(f, r, peak, o);
}
