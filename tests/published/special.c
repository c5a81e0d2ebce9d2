#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/published/family.h"

// Rows whose figure is not one mean: distributions, orders, ratios, shares of runs, states.

// ---- backoff-formula: "[1,2) [2,3) ...; mean 1.5 2.5 ..." ----

static double percent_of(const char *text)
{
    double x[6];
    return text_scan(text, "mean %lf%", x) == 1 ? x[0] / 100 : NAN;
}

// The waits lie within their bounds and come close to both, and have the mean.
static void judge_wait(const struct family *f, const struct row *r, uint32_t n,
                       const double bounds[2], double mean, struct outcome *o)
{
    struct experiment e;
    struct samples s = { 0 };
    char what[64];
    if (!family_read(f, r, &e, o))
        return;
    experiment_set(&e, "n", n);
    experiment_figure(&e, "mean");
    experiment_figure(&e, "least");
    experiment_figure(&e, "most");
    snprintf(what, sizeof what, "mean wait %u", n);
    judge_interval(f, &e, &s, 0, mean, percent_of(r->tolerance) * mean, what, o);
    double least = INFINITY, most = 0, near = (bounds[1] - bounds[0]) / 1000;
    for (uint32_t i = 0; i < s.count && !s.error[0]; i++) {
        least = fmin(least, s.at[1][i]);
        most = fmax(most, s.at[2][i]);
    }
    // Clocks count nanoseconds, and the difference of two times is not exact.
    bool within = least >= bounds[0] - 2e-9 && most <= bounds[1] + 2e-9;
    bool filled = least <= bounds[0] + near && most >= bounds[1] - near;
    snprintf(what, sizeof what, "bounds of wait %u", n);
    struct line *l = outcome_add(o, within && filled ? PASSED : FAILED, what);
    l->runs = s.count;
    snprintf(l->measured, sizeof l->measured, "[%.6g, %.6g]", least, most);
    snprintf(l->wanted, sizeof l->wanted, "[%.6g, %.6g)", bounds[0], bounds[1]);
    samples_free(&s);
}

void judge_waits(const struct family *f, const struct row *r, struct outcome *o)
{
    const char *p = r->expected;
    const char *means = strstr(p, "mean ");
    double bounds[6];
    if (!means) {
        outcome_wrong(o, r->metric, "no means are expected");
        return;
    }
    means += strlen("mean ");
    for (uint32_t n = 0; (p = strchr(p, '[')) && p < means; n++, p++) {
        char *end;
        double mean = strtod(means, &end);
        if (end == means || text_scan(p, "[%lf,%lf)", bounds) != 2) {
            outcome_wrong(o, r->metric, "bounds and means do not match");
            return;
        }
        means = end;
        judge_wait(f, r, n, bounds, mean, o);
    }
}

// ---- balls-in-bins: "4:0.37 5:0.49 6:0.12" ----

static double share_of(const struct samples *s, double value, struct sim_share *share)
{
    uint32_t hits = 0;
    for (uint32_t i = 0; i < s->count; i++)
        hits += s->at[0][i] == value;
    *share = sim_interval_share(hits, s->count, CONFIDENCE);
    return share->share;
}

static void judge_cell(const struct family *f, const struct experiment *e,
                       struct samples *s, double value, double expected, double width,
                       struct outcome *o)
{
    struct sim_share share;
    enum verdict v = UNDECIDED;
    char what[64];
    snprintf(what, sizeof what, "maximum load %g", value);
    for (uint32_t n = s->count > f->first ? s->count : f->first;; n *= 2) {
        if (!experiment_run(e, s, n)) {
            outcome_wrong(o, what, s->error);
            return;
        }
        share_of(s, value, &share);
        if (share.low >= expected - width && share.high <= expected + width)
            v = PASSED;
        else if (share.low > expected + width || share.high < expected - width)
            v = FAILED;
        if (v == PASSED || 2 * n > f->most || (v == FAILED && n >= 4 * f->first))
            break;
    }
    struct line *l = outcome_add(o, v, what);
    l->runs = s->count;
    snprintf(l->measured, sizeof l->measured, "%.4g (%.4g to %.4g)", share.share, share.low,
             share.high);
    snprintf(l->wanted, sizeof l->wanted, "%g +- %g", expected, width);
}

void judge_bins(const struct family *f, const struct row *r, struct outcome *o)
{
    struct experiment e;
    struct samples s = { 0 };
    struct tolerance t;
    if (!family_read(f, r, &e, o))
        return;
    experiment_figure(&e, r->metric);
    if (!tolerance_read(r->tolerance, &t)) {
        outcome_wrong(o, r->metric, "no tolerance");
        return;
    }
    for (const char *p = r->expected; *p;) {
        char *end;
        double value = strtod(p, &end), expected;
        if (end == p || *end != ':') {
            outcome_wrong(o, p, "expected load:share");
            break;
        }
        expected = strtod(end + 1, &end);
        judge_cell(f, &e, &s, value, expected, t.absolute, o);
        p = end + strspn(end, " ");
    }
    samples_free(&s);
}

// ---- littles-law ----

void judge_little(const struct family *f, const struct row *r, struct outcome *o)
{
    static const char *const disciplines[] = { "fifo", "lifo", "priority" };
    struct tolerance t;
    if (!tolerance_read(r->tolerance, &t)) {
        outcome_wrong(o, r->metric, "no tolerance");
        return;
    }
    for (uint32_t i = 0; i < 6; i++) {
        struct experiment e;
        struct samples s = { 0 };
        char what[64];
        if (!family_read(f, r, &e, o))
            return;
        experiment_choose(&e, "discipline", disciplines[i / 2]);
        experiment_choose(&e, "patience", i % 2 ? "true" : "false");
        experiment_figure(&e, r->metric);
        snprintf(what, sizeof what, "L - X W as a share of L [%s%s]", disciplines[i / 2],
                 i % 2 ? ", timeouts" : "");
        judge_interval(f, &e, &s, 0, 0, t.relative, what, o);
        samples_free(&s);
    }
}

// ---- retry-amplification: "m^k: 3^5=243, 4^3=64" ----

void judge_layers(const struct family *f, const struct row *r, struct outcome *o)
{
    double x[6];
    for (const char *p = r->expected; (p = strpbrk(p, "0123456789"));) {
        struct experiment e;
        struct samples s = { 0 };
        char what[64];
        if (text_scan(p, "%lf^%lf=%lf", x) != 3)
            break;
        if (!family_read(f, r, &e, o))
            return;
        experiment_set(&e, "m", x[0]);
        experiment_set(&e, "k", x[1]);
        experiment_figure(&e, "attempts at the bottom");
        snprintf(what, sizeof what, "%g layers of %g attempts", x[1], x[0]);
        if (!experiment_run(&e, &s, 1)) {
            outcome_wrong(o, what, s.error);
        } else {
            struct line *l = outcome_add(o, s.at[0][0] == x[2] ? PASSED : FAILED, what);
            l->runs = 1;
            snprintf(l->measured, sizeof l->measured, "%.9g", s.at[0][0]);
            snprintf(l->wanted, sizeof l->wanted, "%.9g", x[2]);
        }
        samples_free(&s);
        const char *next = strchr(p, ',');
        if (!next)
            break;
        p = next;
    }
}

// ---- aws-backoff-occ-order and -ratio: several algorithms on the same row ----

static const char *const algorithms[] = { "none", "Exponential", "FullJitter",
                                          "EqualJitter", "Decorr" };
#define ALGORITHMS 5
#define CALLS      "server write calls to finish (mean)"
#define TIME       "completion time (mean)"

struct contest {
    struct experiment e[ALGORITHMS];
    struct samples s[ALGORITHMS];
    bool is_open[ALGORITHMS];
};

static bool contest_run(struct contest *c, const struct family *f, const struct row *r,
                        uint32_t a, uint32_t n, struct outcome *o)
{
    if (!c->is_open[a]) {
        if (!family_read(f, r, &c->e[a], o))
            return false;
        experiment_choose(&c->e[a], "algorithm", algorithms[a]);
        experiment_figure(&c->e[a], CALLS);
        experiment_figure(&c->e[a], TIME);
        c->is_open[a] = true;
    }
    if (experiment_run(&c->e[a], &c->s[a], n))
        return true;
    outcome_wrong(o, algorithms[a], c->s[a].error);
    return false;
}

static struct sim_interval contest_mean(const struct contest *c, uint32_t a,
                                        uint32_t figure)
{
    return sim_interval_of(c->s[a].at[figure], c->s[a].count, CONFIDENCE);
}

static void contest_close(struct contest *c)
{
    for (uint32_t a = 0; a < ALGORITHMS; a++)
        samples_free(&c->s[a]);
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
static enum verdict before(const struct contest *c, uint32_t a, uint32_t b, uint32_t figure,
                           struct line *l)
{
    struct sim_interval x = contest_mean(c, a, figure), y = contest_mean(c, b, figure);
    snprintf(l->measured, sizeof l->measured, "%.5g +- %.2g, %.5g +- %.2g", x.mean, x.half,
             y.mean, y.half);
    l->runs = c->s[a].count;
    if (x.mean + x.half < y.mean - y.half)
        return PASSED;
    return x.mean - x.half > y.mean + y.half ? FAILED : UNDECIDED;
}

// Whether the two surely differ by no more than a share.
static enum verdict alike(const struct contest *c, uint32_t a, uint32_t b, uint32_t figure,
                          double share, struct line *l)
{
    struct sim_interval x = contest_mean(c, a, figure), y = contest_mean(c, b, figure);
    double off = fabs(x.mean - y.mean), half = x.half + y.half, width = share * y.mean;
    snprintf(l->measured, sizeof l->measured, "%.5g +- %.2g, %.5g +- %.2g", x.mean, x.half,
             y.mean, y.half);
    l->runs = c->s[a].count;
    if (off + half <= width)
        return PASSED;
    return off - half > width ? FAILED : UNDECIDED;
}

static void judge_pair(struct contest *c, const struct family *f, const struct row *r,
                       uint32_t a, uint32_t b, uint32_t figure, double share,
                       struct outcome *o)
{
    enum verdict v;
    struct line seen = { 0 };
    char what[128];
    for (uint32_t n = f->first;; n *= 2) {
        if (!contest_run(c, f, r, a, n, o) || !contest_run(c, f, r, b, n, o))
            return;
        v = share > 0 ? alike(c, a, b, figure, share, &seen)
                      : before(c, a, b, figure, &seen);
        if (v != UNDECIDED || 2 * n > f->most)
            break;
    }
    snprintf(what, sizeof what, "%s %s %s (%s)", algorithms[a], share > 0 ? "~" : "<",
             algorithms[b], figure ? "time" : "calls");
    struct line *l = outcome_add(o, v, what);
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

void judge_order(const struct family *f, const struct row *r, struct outcome *o)
{
    uint32_t order[ALGORITHMS], place[ALGORITHMS], n;
    uint32_t figure = strstr(r->metric, "completion time") ? 1 : 0;
    double x[6], share = text_scan(r->tolerance, "within %lf%", x) == 1 ? x[0] / 100 : 0;
    struct contest *c = calloc(1, sizeof *c);
    if (!c || !read_order(r->expected, order, place, &n)) {
        outcome_wrong(o, r->metric, "the order is not understood");
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

void judge_ratio(const struct family *f, const struct row *r, struct outcome *o)
{
    uint32_t a, b;
    double expected, half_digit;
    struct tolerance t;
    if (!read_ratio(r->metric, &a, &b) ||
        !text_number(r->expected, &expected, &half_digit) ||
        !tolerance_read(r->tolerance, &t)) {
        outcome_wrong(o, r->metric, "the ratio is not understood");
        return;
    }
    struct contest *c = calloc(1, sizeof *c);
    double ratio = NAN, half = INFINITY, width = tolerance_width(t, expected);
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
    struct line *l = outcome_add(o,
                                 off + half <= width  ? PASSED
                                 : off - half > width ? FAILED
                                                      : UNDECIDED,
                                 r->metric);
    l->runs = c ? c->s[a].count : 0;
    snprintf(l->measured, sizeof l->measured, "%.5g +- %.2g", ratio, half);
    snprintf(l->wanted, sizeof l->wanted, "%.5g +- %.2g", expected, width);
    if (c)
        contest_close(c);
}

// ---- Shares of runs ----

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double setting_of(const struct experiment *e, const char *knob)
{
    for (uint32_t i = 0; i < e->setting_count; i++)
        if (strcmp(e->settings[i].knob, knob) == 0)
            return strtod(e->settings[i].value, NULL);
    return NAN;
}

// The limits between which the median lies are order statistics, by the binomial's normal
// limit.
static void judge_median(const struct row *r, struct samples *s, struct outcome *o)
{
    double expected, half_digit, width;
    struct tolerance t;
    uint32_t n = s->count;
    if (!text_number(r->expected, &expected, &half_digit) ||
        !tolerance_read(r->tolerance, &t)) {
        outcome_wrong(o, r->metric, "neither a number nor a tolerance");
        return;
    }
    width = tolerance_width(t, expected);
    qsort(s->at[0], n, sizeof *s->at[0], by_size);
    uint32_t aside = (uint32_t)ceil(2.576 * sqrt(n) / 2) + 1;
    double low = s->at[0][n / 2 - aside], high = s->at[0][n / 2 + aside];
    bool inside = low >= expected - width && high <= expected + width;
    bool outside = low > expected + width || high < expected - width;
    struct line *l = outcome_add(o,
                                 inside    ? PASSED
                                 : outside ? FAILED
                                           : UNDECIDED,
                                 r->metric);
    l->runs = n;
    snprintf(l->measured, sizeof l->measured, "%.4g (%.4g to %.4g)", s->at[0][n / 2], low,
             high);
    snprintf(l->wanted, sizeof l->wanted, "%.4g +- %.2g", expected, width);
}

// "at most 2 of 100 runs"
static bool read_share(const char *text, uint32_t *most, uint32_t *runs)
{
    double x[6];
    if (text_scan(text, "at most %lf of %lf", x) != 2)
        return false;
    *most = (uint32_t)x[0];
    *runs = (uint32_t)x[1];
    return *runs > 0 && *runs <= 1000;
}

// expected and within count runs; a row that expects k of n allows the tolerance around k.
static void judge_count(const struct row *r, uint32_t hits, uint32_t runs, uint32_t most,
                        struct outcome *o)
{
    double expected = strtod(r->expected, NULL);
    bool good = fabs((double)hits - expected) <= most;
    struct line *l = outcome_add(o, good ? PASSED : FAILED, r->metric);
    l->runs = runs;
    snprintf(l->measured, sizeof l->measured, "%u of %u", hits, runs);
    snprintf(l->wanted, sizeof l->wanted, "%g, %.40s", expected, r->tolerance);
}

#define SPIKE_RUNS 100

void judge_spike(const struct family *f, const struct row *r, struct outcome *o)
{
    struct experiment e;
    struct samples s = { 0 };
    uint32_t most = 0, runs = SPIKE_RUNS, hits = 0;
    bool is_share = strstr(r->metric, "share of runs collapsed") != NULL;
    if (!family_read(f, r, &e, o))
        return;
    experiment_figure(&e, "goodput late");
    if (is_share && !read_share(r->tolerance, &most, &runs)) {
        outcome_wrong(o, r->metric, "the tolerance is not understood");
    } else if (!experiment_run(&e, &s, runs)) {
        outcome_wrong(o, r->metric, s.error);
    } else if (is_share) {
        // Collapsed: less than half of what is asked for is answered in time.
        for (uint32_t i = 0; i < runs; i++)
            hits += s.at[0][i] < setting_of(&e, "rate") / 2;
        judge_count(r, hits, runs, most, o);
    } else {
        judge_median(r, &s, o);
    }
    samples_free(&s);
}

// "66.7 in flight; response 1.667 s + 2 hops": the response is that of the server.
void judge_equilibrium(const struct family *f, const struct row *r, struct outcome *o)
{
    struct experiment e;
    struct samples s = { 0 };
    struct tolerance t;
    double inside[6], response[6];
    if (!family_read(f, r, &e, o))
        return;
    if (text_scan(r->expected, "%lf in flight", inside) != 1 ||
        text_scan(r->expected, "response %lf s", response) != 1 ||
        !tolerance_read(r->tolerance, &t)) {
        outcome_wrong(o, r->metric, "the expected figures are not understood");
        return;
    }
    experiment_choose(&e, "patient", "true");
    experiment_set(&e, "length", 1000);
    experiment_figure(&e, "in flight");
    experiment_figure(&e, "response");
    judge_interval(f, &e, &s, 0, inside[0], tolerance_width(t, inside[0]), "in flight", o);
    judge_interval(f, &e, &s, 1, response[0], tolerance_width(t, response[0]), "response",
                   o);
    samples_free(&s);
}

// "runs with final queue > 1000": "0 of 20", at most 1 of 20.
void judge_final_queue(const struct family *f, const struct row *r, struct outcome *o)
{
    struct experiment e;
    struct samples s = { 0 };
    uint32_t most = 0, runs = 0, hits = 0;
    double limit[6], expected[6];
    if (!family_read(f, r, &e, o))
        return;
    experiment_figure(&e, "final queue");
    bool known = text_scan(r->metric, "final queue > %lf", limit) == 1;
    bool counted = text_scan(r->expected, "%lf of %lf", expected) == 2;
    if (!read_share(r->tolerance, &most, &runs) && counted) {
        // "at least 19 of 20" and the like: as far from what is expected as that allows.
        double least[6];
        if (text_scan(r->tolerance, "at least %lf of %lf", least) == 2) {
            runs = (uint32_t)least[1];
            most = (uint32_t)fabs(expected[0] - least[0]);
        }
    }
    if (!known || !counted || runs == 0 || runs > 1000)
        outcome_wrong(o, r->metric, "the row is not understood");
    else if (!experiment_run(&e, &s, runs))
        outcome_wrong(o, r->metric, s.error);
    else {
        for (uint32_t i = 0; i < runs; i++)
            hits += s.at[0][i] > limit[0];
        judge_count(r, hits, runs, most, o);
    }
    samples_free(&s);
}

// ---- hotos21-retry ----

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
static void judge_state(const struct family *f, const struct row *r, double rate,
                        double after, enum state wanted, struct outcome *o)
{
    struct experiment e;
    struct samples s = { 0 };
    double x[6] = { 19, 20 };
    uint32_t hits = 0;
    char what[96];
    if (!family_read(f, r, &e, o))
        return;
    text_scan(r->tolerance, ">= %lf of %lf seeds", x);
    experiment_set(&e, "rate", rate);
    experiment_set(&e, "after", after);
    experiment_figure(&e, "goodput late");
    snprintf(what, sizeof what, "%s at %g/s, %g s after",
             wanted == STUCK ? "stuck" : "recovers", rate, after);
    static const char *const laws[] = { "D", "Exp" };
    for (uint32_t k = 0; k < 2; k++) {
        struct experiment one = e;
        hits = 0;
        experiment_choose(&one, "law", laws[k]);
        if (!experiment_run(&one, &s, (uint32_t)x[1])) {
            outcome_wrong(o, what, s.error);
            samples_free(&s);
            return;
        }
        for (uint32_t i = 0; i < s.count; i++)
            hits += state_of(s.at[0][i], rate) == wanted;
        struct line *l = outcome_add(o, hits >= x[0] ? PASSED : FAILED, what);
        l->runs = s.count;
        snprintf(l->measured, sizeof l->measured, "%u of %u [%s]", hits, s.count, laws[k]);
        snprintf(l->wanted, sizeof l->wanted, "at least %g", x[0]);
        samples_free(&s);
    }
}

static void judge_load(const struct family *f, const struct row *r, double rate,
                       struct outcome *o)
{
    struct experiment e;
    struct samples s = { 0 };
    struct tolerance t;
    double expected, half_digit;
    if (!family_read(f, r, &e, o))
        return;
    if (!text_number(r->expected, &expected, &half_digit) ||
        !tolerance_read(r->tolerance, &t)) {
        outcome_wrong(o, r->metric, "neither a number nor a tolerance");
        return;
    }
    experiment_set(&e, "rate", rate);
    experiment_figure(&e, "database load in the stuck state");
    judge_interval(f, &e, &s, 0, expected, tolerance_width(t, expected), r->metric, o);
    samples_free(&s);
}

// "exact from 300/(1+retries); test at 140 and 160": the formula, and a state on each side.
// Near the limit the queue shrinks slowly: capacity less the load of both tries is all that
// drains it, so the state is looked at when it would have drained three times.
static void judge_capacity(const struct family *f, const struct row *r, struct outcome *o)
{
    struct experiment e;
    double expected, half_digit, x[6];
    if (!family_read(f, r, &e, o))
        return;
    double capacity = setting_of(&e, "capacity"), tries = 1 + setting_of(&e, "retries");
    if (!text_number(r->expected, &expected, &half_digit) ||
        text_scan(r->tolerance, "test at %lf and %lf", x) != 2) {
        outcome_wrong(o, r->metric, "the row is not understood");
        return;
    }
    struct line *l = outcome_add(
        o, fabs(capacity / tries - expected) < 1e-9 ? PASSED : FAILED, r->metric);
    l->by_formula = true;
    snprintf(l->measured, sizeof l->measured, "%.9g", capacity / tries);
    snprintf(l->wanted, sizeof l->wanted, "%.9g", expected);
    double outage = setting_of(&e, "outage"), backlog = tries * x[0] * outage;
    judge_state(f, r, x[0], 3 * backlog / (capacity - tries * x[0]), RECOVERS, o);
    judge_state(f, r, x[1], 3 * backlog / (capacity - tries * x[0]), STUCK, o);
}

void judge_hotos(const struct family *f, const struct row *r, struct outcome *o)
{
    double rate[6] = { 0 }, x[6];
    struct pieces parts;
    text_cut(r->params, &parts);
    for (uint32_t i = 0; i < parts.count; i++)
        if (strstr(parts.at[i], "user requests/s") || strlen(parts.at[i]) < 8)
            text_scan(parts.at[i], "%lf", rate);
    for (uint32_t i = 0; i < parts.count && rate[0] == 0; i++)
        if (strlen(parts.at[i]) < 8)
            text_scan(parts.at[i], "%lf/s", rate);
    if (strncmp(r->metric, "hidden capacity", 15) == 0)
        judge_capacity(f, r, o);
    else if (rate[0] <= 0)
        outcome_wrong(o, r->metric, "the row gives no rate of requests");
    else if (strncmp(r->metric, "database load", 13) == 0)
        judge_load(f, r, rate[0], o);
    else if (text_scan(r->metric, "state %lf s after", x) == 1)
        judge_state(f, r, rate[0], x[0],
                    strncmp(r->expected, "stuck", 5) ? RECOVERS : STUCK, o);
    else if (text_scan(r->expected, "yes, within %lf s", x) == 1)
        judge_state(f, r, rate[0], 2 * x[0], RECOVERS, o); // seen in its last half
    else
        outcome_wrong(o, r->metric, "the row is not understood");
}
