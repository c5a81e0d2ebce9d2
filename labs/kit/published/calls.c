#include <math.h>
#include <stdio.h>
#include <string.h>

#include "labs/kit/published/family.h"

// Rows about retries, their budgets and breakers whose figures are decisions: which call is the first
// that is refused, which range waits fill.

static void judge_said(struct lab_outcome *o, const char *what, bool agrees,
                       const char *measured, const char *wanted)
{
    struct lab_line *l = lab_outcome_add(o, agrees ? LAB_AGREE : LAB_DIFFER, what);
    l->runs = 1;
    snprintf(l->measured, sizeof l->measured, "%.95s", measured);
    snprintf(l->wanted, sizeof l->wanted, "%.95s", wanted);
}

// ---- backoff-formula, gRPC: each wait fills the range that the row gives it ----

struct range {
    double low, high; // seconds
};

// Inside to the nanosecond, of which a wait is the difference of two, and at most a thousandth of
// the range off its ends.
static bool fills(const struct range *met, const struct range *wanted)
{
    double slack = (wanted->high - wanted->low) / 1000;
    return met->low >= wanted->low - 2e-9 && met->high <= wanted->high + 2e-9 &&
           met->low <= wanted->low + slack && met->high >= wanted->high - slack;
}

static bool judge_range(const struct lab_family *f, const struct lab_row *r, uint32_t n,
                        const struct range *wanted, struct lab_outcome *o)
{
    struct lab_experiment e;
    double x[2];
    char what[64], measured[64], said[64];
    if (!lab_family_read(f, r, &e, o))
        return false;
    lab_experiment_set(&e, "n", n);
    lab_experiment_figure(&e, "least");
    lab_experiment_figure(&e, "most");
    snprintf(what, sizeof what, "%.40s: %u", r->metric, n);
    if (!lab_judge_once(&e, x, what, o))
        return false;
    struct range met = { x[0], x[1] };
    snprintf(measured, sizeof measured, "[%.4f,%.4f]", met.low, met.high);
    snprintf(said, sizeof said, "[%g,%g]", wanted->low, wanted->high);
    judge_said(o, what, fills(&met, wanted), measured, said);
    return true;
}

void lab_judge_grpc_waits(const struct lab_family *f, const struct lab_row *r,
                          struct lab_outcome *o)
{
    uint32_t n = 0;
    for (const char *p = r->expected; (p = strchr(p, '[')); p++) {
        struct range wanted;
        if (sscanf(p, "[%lf,%lf]", &wanted.low, &wanted.high) != 2)
            break;
        if (!judge_range(f, r, ++n, &wanted, o))
            return;
    }
    if (n == 0)
        lab_outcome_wrong(o, r->metric, "expected is not \"[N,N] [N,N]...\"");
}

// ---- retry-throttle-grpc ----

// Whether tokens that have been taken from for long still let retries out, where an even share of
// attempts fails. Below 0 when it cannot be run.
static int lasts(const struct lab_experiment *e, double share, const char *what,
                 struct lab_outcome *o)
{
    struct lab_experiment own = *e;
    double x[2];
    lab_experiment_set(&own, "share", share);
    lab_experiment_set(&own, "calls", 60000);
    lab_experiment_figure(&own, "retries in the second half");
    return lab_judge_once(&own, x, what, o) ? x[0] > 0 : -1;
}

static void judge_share(const struct lab_experiment *e, const struct lab_row *r,
                        double share, double width, struct lab_outcome *o)
{
    double low = 0, high = 1;
    while (high - low > width / 20) {
        double middle = (low + high) / 2;
        int goes_on = lasts(e, middle, r->metric, o);
        if (goes_on < 0)
            return;
        if (goes_on)
            low = middle;
        else
            high = middle;
    }
    bool agrees = low >= share - width && high <= share + width;
    struct lab_line *l = lab_outcome_add(o, agrees ? LAB_AGREE : LAB_DIFFER, r->metric);
    l->runs = 1;
    lab_line_ours(l, (low + high) / 2, (high - low) / 2);
    lab_line_published(l, share, width);
}

void lab_judge_grpc_throttle(const struct lab_family *f, const struct lab_row *r,
                             struct lab_outcome *o)
{
    double nth[6], share[6], width[6], x[2];
    char measured[64];
    struct lab_experiment e;
    if (!lab_family_read(f, r, &e, o))
        return;
    if (lab_text_scan(r->expected, "= %lf", share) == 1 &&
        lab_text_scan(r->tolerance, "%lf absolute", width) == 1) {
        judge_share(&e, r, share[0], width[0], o);
        return;
    }
    if (lab_text_scan(r->expected, "the %lfth failure is the first not retried", nth) !=
            1 &&
        lab_text_scan(r->expected, "the %lfrd failure is the first not retried", nth) !=
            1 &&
        lab_text_scan(r->expected, "the %lfnd failure is the first not retried", nth) !=
            1 &&
        lab_text_scan(r->expected, "the %lfst failure is the first not retried", nth) !=
            1) {
        lab_outcome_wrong(
            o, r->metric,
            "expected names neither a failure that is not retried nor a share");
        return;
    }
    lab_experiment_figure(&e, "failures of the first call");
    if (!lab_judge_once(&e, x, r->metric, o))
        return;
    snprintf(measured, sizeof measured, "failure %g", x[0]);
    judge_said(o, r->metric, x[0] == nth[0], measured, r->expected);
}

// ---- breaker-r4j ----

// After how many calls it opened; NAN when it cannot be run.
static double opened_after(struct lab_experiment *e, const struct lab_row *r,
                           struct lab_outcome *o)
{
    double x;
    lab_experiment_figure(e, "calls before it opened");
    return lab_judge_once(e, &x, r->metric, o) ? x : NAN;
}

static const char *state_after(double opened, uint32_t calls)
{
    return opened <= calls ? "OPEN" : "CLOSED";
}

static void minimum(struct lab_experiment *e, const struct lab_row *r,
                    struct lab_outcome *o)
{
    struct lab_experiment by_time = *e;
    char measured[64];
    lab_experiment_choose(e, "rest", "F");
    lab_experiment_choose(&by_time, "rest", "F");
    lab_experiment_choose(&by_time, "timed", "true");
    double of_calls = opened_after(e, r, o), of_time = opened_after(&by_time, r, o);
    if (isnan(of_calls) || isnan(of_time))
        return;
    snprintf(measured, sizeof measured, "%g (min of both); TIME_BASED keeps %g", of_calls,
             of_time);
    judge_said(o, r->metric, strcmp(measured, r->expected) == 0, measured, r->expected);
}

// "S S S S S F F F F F": the states after the last call but one, and after the last.
static void outcomes(struct lab_experiment *e, const struct lab_row *r, const char *list,
                     struct lab_outcome *o)
{
    char measured[64];
    double digits = 0;
    uint32_t n = 0;
    for (const char *p = list; *p && n < 52; p++)
        if (*p == 'S' || *p == 'F')
            digits += *p == 'F' ? ldexp(1, (int)n++) : (n++, 0);
    lab_experiment_set(e, "outcomes", digits);
    lab_experiment_set(e, "given", n);
    double opened = opened_after(e, r, o);
    if (isnan(opened))
        return;
    snprintf(measured, sizeof measured, "%s ; %s", state_after(opened, n - 1),
             state_after(opened, n));
    judge_said(o, r->metric, strncmp(r->expected, measured, strlen(measured)) == 0,
               measured, r->expected);
}

static void failures_first(struct lab_experiment *e, const struct lab_row *r, double n,
                           struct lab_outcome *o)
{
    if (!(n >= 1 && n <= 52)) {
        lab_outcome_wrong(o, r->metric, "1 to 52 failures can be given");
        return;
    }
    lab_experiment_set(e, "outcomes", ldexp(1, (int)n) - 1);
    lab_experiment_set(e, "given", n);
    double opened = opened_after(e, r, o);
    if (isnan(opened))
        return;
    const char *state = state_after(opened, (uint32_t)n);
    judge_said(o, r->metric, strncmp(r->expected, state, strlen(state)) == 0, state,
               r->expected);
}

void lab_judge_r4j(const struct lab_family *f, const struct lab_row *r,
                   struct lab_outcome *o)
{
    double n[6];
    struct lab_experiment e;
    const char *list = strstr(r->params, "outcomes ");
    if (!lab_family_read(f, r, &e, o))
        return;
    if (lab_text_scan(r->params, "outcomes %lf F first", n) == 1)
        failures_first(&e, r, n[0], o);
    else if (list)
        outcomes(&e, r, list + strlen("outcomes "), o);
    else if (strcmp(r->metric, "effective minimum") == 0)
        minimum(&e, r, o);
    else
        lab_outcome_wrong(o, r->metric, "neither outcomes nor an effective minimum");
}

// ---- breaker-hystrix ----

static bool hystrix_run(const struct lab_family *f, const struct lab_row *r,
                        double failures, double x[2], struct lab_outcome *o)
{
    struct lab_experiment e;
    if (!lab_family_read(f, r, &e, o))
        return false;
    lab_experiment_set(&e, "failures", failures);
    lab_experiment_figure(&e, "failures refused");
    lab_experiment_figure(&e, "ms until it refuses");
    return lab_judge_once(&e, x, r->metric, o);
}

// With so many failures it stays closed; with the one more it opens within the row's time.
void lab_judge_hystrix(const struct lab_family *f, const struct lab_row *r,
                       struct lab_outcome *o)
{
    double n[6], late[6], few[2], all[2];
    char measured[96];
    if (lab_text_scan(r->params, "; %lf failures ; %lf", n) != 2 ||
        lab_text_scan(r->expected, "(<=%lf ms)", late) != 1) {
        lab_outcome_wrong(o, r->metric,
                          "the row does not say how many failures, and how late");
        return;
    }
    if (!hystrix_run(f, r, n[0], few, o) || !hystrix_run(f, r, n[1], all, o))
        return;
    bool closed = few[1] < 0, opens = all[1] >= 0;
    snprintf(measured, sizeof measured, "%s ; %s", closed ? "CLOSED" : "OPEN",
             opens ? "OPEN after " : "CLOSED");
    if (opens)
        snprintf(measured + strlen(measured), 32, "%.4g ms", all[1]);
    judge_said(o, r->metric, closed && all[0] == 0 && opens && all[1] <= late[0] + 1e-6,
               measured, r->expected);
}

// ---- brooker-retry-client-count: "10 / 100 / 1000 clients", an expected share for each ----

// Of all together 100 calls a second for 100 s, as the rows above it say, unless it says another.
void lab_judge_clients(const struct lab_family *f, const struct lab_row *r,
                       struct lab_outcome *o)
{
    struct lab_experiment e;
    struct lab_tolerance t;
    double n[6], wanted[6], total[6] = { 100, 100 };
    lab_text_scan(r->params, "total %lf rps x %lf s", total);
    if (lab_text_scan(r->params, "%lf / %lf / %lf clients", n) != 3 ||
        lab_text_scan(r->expected, "%lf / %lf / %lf", wanted) != 3 ||
        !lab_tolerance_read(r->tolerance, &t)) {
        lab_outcome_wrong(o, r->metric, "the row does not say clients and shares");
        return;
    }
    for (uint32_t i = 0; i < 3; i++) {
        struct lab_samples s = { 0 };
        char what[96];
        if (!lab_family_read(f, r, &e, o))
            return;
        lab_experiment_set(&e, "clients", n[i]);
        lab_experiment_set(&e, "total", total[0]);
        lab_experiment_set(&e, "length", total[1]);
        lab_experiment_figure(&e, "success per first try");
        snprintf(what, sizeof what, "%g clients: %.60s", n[i], r->metric);
        lab_judge_interval(f, &e, &s, 0, wanted[i], lab_tolerance_width(t, wanted[i]), what,
                           o);
        lab_samples_free(&s);
    }
}
