#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "labs/kit/published/experiment.h"
#include "labs/kit/published/family.h"
#include "sim/policy/breaker.h"
#include "sim/policy/budget.h"
#include "sim/policy/retry.h"

// Rows about retries, their budgets and breakers that are exact and about decisions: they are asked
// of the decisions themselves, with the row's numbers.

static void judge_said(struct lab_outcome *o, const char *what, bool agrees,
                       const char *measured, const char *wanted)
{
    struct lab_line *l = lab_outcome_add(o, agrees ? LAB_AGREE : LAB_DIFFER, what);
    l->runs = 1;
    snprintf(l->measured, sizeof l->measured, "%.95s", measured);
    snprintf(l->wanted, sizeof l->wanted, "%.95s", wanted);
}

// ---- backoff-formula, gRPC: each wait fills the range that the row gives it ----

#define DRAWS 100000

struct range {
    double low, high; // seconds
};

// Each retry of many calls, all with the row's numbers.
static void waits_of(const struct sim_retry *r, struct range *met, uint32_t n)
{
    struct sim_random rng;
    sim_random_init(&rng, 1, "backoff-formula", "grpc");
    for (uint32_t i = 0; i < n; i++)
        met[i] = (struct range){ 1e9, 0 };
    for (uint32_t call = 0; call < DRAWS; call++) {
        struct sim_retry_state state = { .attempts = 1 };
        for (uint32_t i = 0; i < n; i++) {
            sim_time wait;
            sim_retry_next(r, &state, SIM_ERROR, &rng, &wait);
            double x = (double)wait / SIM_S;
            met[i].low = x < met[i].low ? x : met[i].low;
            met[i].high = x > met[i].high ? x : met[i].high;
        }
    }
}

// Inside to the nanosecond, and at most a thousandth of the range off its ends.
static bool fills(const struct range *met, const struct range *wanted)
{
    double slack = (wanted->high - wanted->low) / 1000;
    return met->low >= wanted->low - 1e-9 && met->high <= wanted->high + 1e-9 &&
           met->low <= wanted->low + slack && met->high >= wanted->high - slack;
}

void lab_judge_grpc_waits(const struct lab_family *f, const struct lab_row *r,
                          struct lab_outcome *o)
{
    (void)f;
    double x[6];
    struct range met[5];
    if (lab_text_scan(r->params, "initial %lf s max %lf s mult %lf", x) != 3) {
        lab_outcome_wrong(o, r->metric, "the row does not say initial, max and mult");
        return;
    }
    struct sim_retry policy = sim_retry_of(SIM_RETRY_GRPC);
    policy.base = (sim_time)(x[0] * SIM_S + 0.5);
    policy.cap = (sim_time)(x[1] * SIM_S + 0.5);
    policy.factor = x[2];
    policy.max_attempts = policy.most = 6; // to see as many waits as the row has
    waits_of(&policy, met, 5);
    const char *p = r->expected;
    for (uint32_t i = 0; i < 5; i++) {
        struct range wanted;
        char what[64], measured[64], said[64];
        p = p ? strchr(p, '[') : NULL;
        if (!p || sscanf(p, "[%lf,%lf]", &wanted.low, &wanted.high) != 2) {
            lab_outcome_wrong(o, r->metric, "the row has fewer ranges than waits");
            return;
        }
        p++;
        snprintf(what, sizeof what, "%.40s: %u", r->metric, i + 1);
        snprintf(measured, sizeof measured, "[%.4f,%.4f]", met[i].low, met[i].high);
        snprintf(said, sizeof said, "[%g,%g]", wanted.low, wanted.high);
        judge_said(o, what, fills(&met[i], &wanted), measured, said);
    }
}

// ---- retry-throttle-grpc ----

static uint32_t failures_until_refused(const struct sim_budget *b)
{
    struct sim_budget_state s;
    struct sim_budget_log none = { 0 };
    int64_t taken = 0;
    uint32_t n = 0;
    sim_budget_begin(b, &s);
    do {
        sim_budget_ended(b, &s, SIM_ERROR, &taken);
        n++;
    } while (sim_budget_allows(b, &s, &none, 0, SIM_ERROR, &taken));
    return n;
}

// Whether a bucket that has run for long still lets retries out, where attempts fail evenly with
// this share.
static bool lasts(const struct sim_budget *b, double share)
{
    struct sim_budget_state s;
    struct sim_budget_log none = { 0 };
    int64_t taken = 0;
    double failed = 0;
    bool allows = false;
    sim_budget_begin(b, &s);
    for (uint32_t i = 1; i <= 200000; i++) {
        bool fails = failed + 1 <= share * i;
        failed += fails;
        sim_budget_ended(b, &s, fails ? SIM_ERROR : SIM_OK, &taken);
        if (fails)
            allows = sim_budget_allows(b, &s, &none, 0, SIM_ERROR, &taken);
    }
    return allows;
}

static double highest_share(const struct sim_budget *b)
{
    double low = 0.001, high = 0.5;
    while (high - low > 1e-4) {
        double middle = (low + high) / 2;
        if (lasts(b, middle))
            low = middle;
        else
            high = middle;
    }
    return low;
}

void lab_judge_grpc_throttle(const struct lab_family *f, const struct lab_row *r,
                             struct lab_outcome *o)
{
    (void)f;
    double x[6], nth[6], share[6], width[6];
    char measured[64];
    struct sim_budget b = sim_budget_of(SIM_BUDGET_GRPC);
    if (lab_text_scan(r->context, "maxTokens=%lf, tokenRatio=%lf", x) != 2) {
        lab_outcome_wrong(o, r->metric, "the row does not say maxTokens and tokenRatio");
        return;
    }
    b.size = (int64_t)(x[0] * SIM_TOKEN + 0.5);
    b.per_success = (int64_t)(x[1] * SIM_TOKEN + 0.5);
    if (lab_text_scan(r->expected, "the %lfth failure is the first not retried", nth) ==
        1) {
        uint32_t n = failures_until_refused(&b);
        snprintf(measured, sizeof measured, "failure %u", n);
        judge_said(o, r->metric, n == (uint32_t)nth[0], measured, r->expected);
        return;
    }
    if (lab_text_scan(r->expected, "= %lf", share) != 1 ||
        lab_text_scan(r->tolerance, "%lf absolute", width) != 1) {
        lab_outcome_wrong(o, r->metric, "the row names no share and tolerance");
        return;
    }
    double met = highest_share(&b);
    snprintf(measured, sizeof measured, "%.4f", met);
    judge_said(o, r->metric, met >= share[0] - width[0] && met <= share[0] + width[0],
               measured, r->expected);
}

// ---- retry-budget-finagle: all calls fail and are tried again as long as they may ----

#define NODES 200000

static double retries_per_s(const struct sim_budget *b, double rate)
{
    struct sim_budget_node *nodes = calloc(NODES + 1, sizeof *nodes);
    if (!nodes)
        return NAN;
    struct sim_budget_log log = { .nodes = nodes, .cap = NODES };
    struct sim_budget_state s;
    uint32_t retries = 0;
    sim_time gap = (sim_time)(SIM_S / rate), end = 100 * (sim_time)SIM_S;
    sim_budget_begin(b, &s);
    for (sim_time now = 0; now < end; now += gap) {
        int64_t taken = 0;
        sim_budget_call(b, &s, &log, now);
        sim_budget_ended(b, &s, SIM_ERROR, &taken);
        while (sim_budget_allows(b, &s, &log, now, SIM_ERROR, &taken)) {
            retries += now >= end / 2;
            sim_budget_ended(b, &s, SIM_ERROR, &taken);
        }
        sim_budget_closed(b, &s, taken);
    }
    free(nodes);
    return retries / ((double)(end / 2) / SIM_S);
}

void lab_judge_finagle(const struct lab_family *f, const struct lab_row *r,
                       struct lab_outcome *o)
{
    (void)f;
    double x[6], rate[6], wanted[6], width[6];
    char measured[64];
    struct sim_budget b = sim_budget_of(SIM_BUDGET_FINAGLE);
    if (lab_text_scan(r->params, "ttl %lf s, minRetriesPerSec %lf, percentCanRetry %lf",
                      x) != 3 ||
        lab_text_scan(r->params, "; %lf req/s all failing", rate) != 1 ||
        lab_text_scan(r->expected, "about %lf", wanted) != 1 ||
        lab_text_scan(r->tolerance, "%lf% relative", width) != 1) {
        lab_outcome_wrong(o, r->metric, "the row does not say what it is about");
        return;
    }
    b.ttl = (sim_time)(x[0] * SIM_S + 0.5);
    b.least = (uint32_t)x[1];
    b.per_call = (int64_t)(x[2] * SIM_TOKEN + 0.5);
    double met = retries_per_s(&b, rate[0]);
    snprintf(measured, sizeof measured, "%.4g", met);
    double off = met / wanted[0] - 1;
    judge_said(o, r->metric, off <= width[0] / 100 && off >= -width[0] / 100, measured,
               r->expected);
}

// ---- Breakers ----

struct bench {
    struct sim_breaker b;
    struct sim_breaker_memory m;
    struct sim_breaker_bucket buckets[1000];
};

static void begin(struct bench *k, const struct sim_breaker *b)
{
    memset(k, 0, sizeof *k);
    k->b = *b;
    sim_breaker_begin(b, &k->m, 0);
}

static void ends(struct bench *k, sim_time now, bool fails)
{
    sim_breaker_record(&k->b, &k->m, k->buckets, now,
                       fails ? SIM_BREAKER_FAILED : SIM_BREAKER_OK, 0);
}

static const char *said(const struct bench *k)
{
    return k->m.state == SIM_BREAKER_OPEN ? "OPEN" : "CLOSED";
}

static void minimum(struct sim_breaker *b, const struct lab_row *r, struct lab_outcome *o)
{
    char measured[64];
    uint32_t of_calls = sim_breaker_least(b);
    b->bucket = SIM_S;
    snprintf(measured, sizeof measured, "%u (min of both); TIME_BASED keeps %u", of_calls,
             sim_breaker_least(b));
    judge_said(o, r->metric, strcmp(measured, r->expected) == 0, measured, r->expected);
}

// "S S S S S F F F F F": the states after the last call but one, and after the last.
static void outcomes(const struct sim_breaker *b, const struct lab_row *r,
                     struct lab_outcome *o)
{
    struct bench k;
    char measured[64], before[8] = "";
    const char *p = strstr(r->params, "outcomes ");
    begin(&k, b);
    for (p = p ? p + strlen("outcomes ") : ""; *p; p++) {
        if (*p != 'S' && *p != 'F')
            continue;
        snprintf(before, sizeof before, "%s", said(&k));
        ends(&k, 0, *p == 'F');
    }
    snprintf(measured, sizeof measured, "%s ; %s", before, said(&k));
    judge_said(o, r->metric, strncmp(r->expected, measured, strlen(measured)) == 0,
               measured, r->expected);
}

static void failures_first(const struct sim_breaker *b, const struct lab_row *r, uint32_t n,
                           struct lab_outcome *o)
{
    struct bench k;
    begin(&k, b);
    for (uint32_t i = 0; i < n; i++)
        ends(&k, 0, true);
    judge_said(o, r->metric, strncmp(r->expected, said(&k), strlen(said(&k))) == 0,
               said(&k), r->expected);
}

void lab_judge_r4j(const struct lab_family *f, const struct lab_row *r,
                   struct lab_outcome *o)
{
    (void)f;
    double window[6], least[6], share[6], n[6];
    struct sim_breaker b = sim_breaker_of(SIM_BREAKER_R4J);
    if (lab_text_scan(r->context, "COUNT_BASED window %lf", window) != 1 ||
        lab_text_scan(r->context, "minimumNumberOfCalls %lf", least) != 1) {
        lab_outcome_wrong(o, r->metric, "the row does not say window and minimum");
        return;
    }
    b.window = (uint32_t)window[0];
    b.min_calls = (uint32_t)least[0];
    if (lab_text_scan(r->context, "threshold %lf", share) == 1)
        b.failure_rate = (uint32_t)(share[0] * 1e4 + 0.5);
    if (lab_text_scan(r->params, "outcomes %lf F first", n) == 1)
        failures_first(&b, r, (uint32_t)n[0], o);
    else if (strstr(r->params, "outcomes "))
        outcomes(&b, r, o);
    else
        minimum(&b, r, o);
}

// Failures a tenth of a second apart, so that a snapshot falls among them; then one more, and
// somebody who asks, each millisecond.
void lab_judge_hystrix(const struct lab_family *f, const struct lab_row *r,
                       struct lab_outcome *o)
{
    (void)f;
    double x[6], n[6], late[6];
    struct bench k;
    char measured[96];
    struct sim_breaker b = sim_breaker_of(SIM_BREAKER_AS_HYSTRIX);
    if (lab_text_scan(r->params, "volume %lf, %lf%, %lf s window, sleep %lf s", x) != 4 ||
        lab_text_scan(r->params, "; %lf failures ; %lfth failure", n) != 2 ||
        lab_text_scan(r->expected, "(<=%lf ms)", late) != 1) {
        lab_outcome_wrong(o, r->metric, "the row does not say what it is about");
        return;
    }
    b.min_calls = (uint32_t)x[0];
    b.failure_rate = (uint32_t)(x[1] * 1e4 + 0.5);
    b.bucket = (sim_time)(x[2] * SIM_S / b.window + 0.5);
    b.open_for = (sim_time)(x[3] * SIM_S + 0.5);
    begin(&k, &b);
    sim_time now = 0;
    bool allows = true;
    for (uint32_t i = 0; i < (uint32_t)n[0]; i++, now += 100 * (sim_time)SIM_MS) {
        allows = sim_breaker_allows(&b, &k.m, k.buckets, now) && allows;
        ends(&k, now, true);
    }
    bool closed = allows && k.m.state == SIM_BREAKER_CLOSED;
    ends(&k, now, true);
    sim_time since = now;
    while (sim_breaker_allows(&b, &k.m, k.buckets, now) && now < since + SIM_S)
        now += (sim_time)SIM_MS;
    double waited = (double)(now - since) / SIM_MS;
    snprintf(measured, sizeof measured, "%s ; OPEN after %g ms", closed ? "CLOSED" : "OPEN",
             waited);
    judge_said(o, r->metric, closed && k.m.state == SIM_BREAKER_OPEN && waited <= late[0],
               measured, r->expected);
}

// ---- brooker-retry-client-count: "10 / 100 / 1000 clients", an expected share for each ----

// Of all together 100 calls a second for 100 s, as the rows above it say.
void lab_judge_clients(const struct lab_family *f, const struct lab_row *r,
                       struct lab_outcome *o)
{
    struct lab_experiment e;
    struct lab_tolerance t;
    double n[6], wanted[6];
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
        lab_experiment_set(&e, "total", 100);
        lab_experiment_set(&e, "length", 100);
        lab_experiment_figure(&e, "success per first try");
        snprintf(what, sizeof what, "%g clients: %.60s", n[i], r->metric);
        lab_judge_interval(f, &e, &s, 0, wanted[i], lab_tolerance_width(t, wanted[i]), what,
                           o);
        lab_samples_free(&s);
    }
}
