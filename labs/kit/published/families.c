#include <math.h>
#include <string.h>

#include "labs/kit/published/family.h"
#include "labs/kit/published/formulas.h"

// ---- Closed forms, by the row's own numbers ----

static double mm1(const struct lab_row *r, const char *figure)
{
    double x[6];
    if (lab_text_scan(r->context, "rho=%lf, S=%lf", x) != 2)
        return NAN;
    double w = x[1] / (1 - x[0]);
    if (strcmp(figure, "L") == 0)
        return x[0] / (1 - x[0]);
    if (strcmp(figure, "W") == 0)
        return w;
    if (strcmp(figure, "p50") == 0)
        return w * log(2);
    if (strcmp(figure, "p99") == 0)
        return w * log(100);
    return strcmp(figure, "p99.9 of response") == 0 ? w * log(1000) : NAN;
}

static double erlang_b(const struct lab_row *r, const char *figure)
{
    double c[6], a[6];
    if (lab_text_scan(r->context, "M/G/%lf/%lf", c) != 2 || c[0] != c[1] ||
        lab_text_scan(r->context, "a=%lf", a) != 1 ||
        strcmp(figure, "blocking probability") != 0)
        return NAN;
    return lab_formula_erlang_b((int)c[0], a[0]);
}

static double erlang_c(const struct lab_row *r, const char *figure)
{
    double c[6], a[6];
    if (lab_text_scan(r->context, "M/M/%lf", c) != 1 ||
        lab_text_scan(r->context, "a=%lf", a) != 1 || strcmp(figure, "P(wait>0)") != 0)
        return NAN;
    return lab_formula_erlang_c((int)c[0], a[0]);
}

static double usl(const struct lab_row *r, const char *figure)
{
    double p[6], n[6];
    if (lab_text_scan(r->context, "sigma=%lf, kappa=%lf", p) != 2)
        return NAN;
    double peak = sqrt((1 - p[0]) / p[1]);
    if (strcmp(figure, "peak N") == 0)
        return peak;
    if (strcmp(figure, "C at peak") == 0)
        return lab_formula_usl(p[0], p[1], peak);
    return lab_text_scan(figure, "C(%lf)", n) == 1 ? lab_formula_usl(p[0], p[1], n[0])
                                                   : NAN;
}

static double power_of_d(const struct lab_row *r, const char *figure)
{
    double x[6];
    if (lab_text_scan(r->context, "d=%lf uniform choices, lambda=%lf", x) != 2 ||
        strcmp(figure, "mean time in system") != 0)
        return NAN;
    return lab_formula_power_of_d(x[0], x[1]);
}

static double fanout(const struct lab_row *r, const char *figure)
{
    double x[6];
    if (lab_text_scan(r->context, "slow probability %lf, fan-out %lf", x) != 2 ||
        strcmp(figure, "P(request slow)") != 0)
        return NAN;
    return lab_formula_fanout(x[0], x[1]);
}

// ---- The families ----

#define OCC                                                                           \
    { 'p', '!', "N=%lf", { "N" } }, { 'p', '!', "Normal(%lf,%lf)", { "hop", "sd" } }, \
        { 'p', '!', "base=%lf cap=%lf", { "base", "cap" } },                          \
    {                                                                                 \
        'p', '!', "first backoff uses 2^%lf",                                         \
        {                                                                             \
            "power"                                                                   \
        }                                                                             \
    }

// clang-format off
static const struct lab_family table[] = {
    { .name = "mm1", .file = "mm1.lua", .first = 5, .most = 320, .formula = mm1,
      .readings = { { 'p', '!', "rho=%lf, S=%lf", { "rho", "S" } } } },
    { .name = "mg1-pk", .file = "mg1-pk.lua", .first = 5, .most = 320,
      .readings = { { 'p', '!', "service mean %lf", { "S" } }, { 'p', '!', "rho=%lf", { "rho" } },
                    { 'p', '?', "(scv %lf", { "scv" } }, { 'p', '?', "Erlang-%lf", { "a" } },
                    { 'p', '?', "Uniform(%lf,%lf)", { "a", "b" } } },
      .words = { { ", D ", "law", "D" }, { "Erlang-", "law", "Erlang" },
                 { "Uniform(", "law", "Uniform" }, { "Exp (", "law", "Exp" },
                 { "H2 (", "law", "H2" }, { "lognormal (", "law", "lognormal" } } },
    { .name = "md1-wait-cdf", .file = "md1-wait-cdf.lua", .first = 5, .most = 320,
      .readings = { { 'p', '!', "rho=%lf, S=%lf", { "rho", "S" } },
                    { 'm', '!', "P(wait <= %lf)", { "x" } } } },
    { .name = "erlang-B", .file = "erlang-B.lua", .first = 5, .most = 320, .formula = erlang_b,
      .each_knob = "law", .each_word = { "Exp", "D", "H2" },
      .readings = { { 'p', '!', "M/G/%lf/", { "c" } }, { 'p', '!', "offered load a=%lf", { "a" } } } },
    { .name = "erlang-C", .file = "erlang-C.lua", .first = 5, .most = 640, .formula = erlang_c,
      .readings = { { 'p', '!', "M/M/%lf", { "c" } },
                    { 'p', '!', "offered load a=%lf, S=%lf", { "a", "S" } } } },
    { .name = "erlang-A", .file = "erlang-A.lua", .first = 5, .most = 320,
      .readings = { { 'p', '!', "M/M/%lf+M", { "c" } },
                    { 'p', '!', "lambda=%lf, mu=%lf", { "lambda", "mu" } },
                    { 'p', '!', "theta=%lf", { "theta" } } } },
    { .name = "mm1k", .file = "mmck.lua", .first = 5, .most = 320,
      .readings = { { 'p', '!', "M/M/%lf/%lf", { "c", "N" } }, { 'p', '!', "rho=%lf", { "a" } } } },
    { .name = "mmck", .file = "mmck.lua", .first = 5, .most = 320,
      .readings = { { 'p', '!', "M/M/%lf/%lf, a=%lf, S=%lf", { "c", "N", "a", "S" } } } },
    { .name = "mm1-ps", .file = "mm1-ps.lua", .first = 5, .most = 320,
      .each_knob = "law", .each_word = { "Exp", "D", "H2" },
      .readings = { { 'p', '!', "mean %lf, rho=%lf, job size %lf", { "S", "rho", "x" } } } },
    { .name = "priority", .file = "priority.lua", .first = 5, .most = 320,
      .readings = { { 'p', '!', "S=%lf, lambda_high=%lf, lambda_low=%lf", { "S", "high", "low" } } } },
    { .name = "machine-repairman", .file = "machine-repairman.lua", .first = 5, .most = 320,
      .readings = { { 'p', '!', "closed: %lf clients, think Exp(%lf s), %lf server(s), Exp(%lf s)",
                      { "N", "Z", "c", "S" } } } },
    { .name = "jackson-tandem", .file = "jackson-tandem.lua", .first = 5, .most = 320,
      .readings = { { 'p', '!', "Poisson %lf/s through mu=%lf then mu=%lf", { "lambda", "mu1", "mu2" } } } },
    { .name = "jackson-feedback", .file = "jackson-feedback.lua", .first = 5, .most = 320,
      .readings = { { 'p', '!', "Poisson %lf/s, mu=%lf, each completion returns with p=%lf",
                      { "lambda", "mu", "p" } } } },
    { .name = "round-robin", .file = "round-robin.lua", .first = 5, .most = 320,
      .readings = { { 'p', '!', "%lf Exp(%lf) FIFO servers, Poisson %lf/s", { "n", "S", "rate" } } } },
    { .name = "power-of-d", .formula = power_of_d },
    { .name = "power-of-d-n100", .file = "power-of-d.lua", .first = 5, .most = 640,
      .readings = { { 'p', '!', "n=%lf servers", { "n" } },
                    { 'p', '!', "d=%lf, lambda=%lf", { "d", "lambda" } } } },
    { .name = "balls-in-bins", .file = "balls-in-bins.lua", .first = 1000, .most = 16000,
      .judge = lab_judge_bins,
      .readings = { { 'p', '!', "n=%lf balls and bins, d=%lf", { "n", "d" } } } },
    { .name = "littles-law", .file = "littles-law.lua", .first = 5, .most = 20, .judge = lab_judge_little },
    { .name = "usl", .file = "usl.lua", .formula = usl, .judge = lab_judge_usl,
      .readings = { { 'p', '!', "sigma=%lf, kappa=%lf", { "sigma", "kappa" } } } },
    { .name = "tail-fanout", .file = "tail-fanout.lua", .first = 5, .most = 160, .formula = fanout,
      .readings = { { 'p', '!', "slow probability %lf, fan-out %lf", { "p", "n" } } } },
    { .name = "retry-amplification", .only = "k layers", .file = "layers.lua", .judge = lab_judge_layers },
    { .name = "retry-amplification", .file = "failures.lua", .first = 5, .most = 320,
      .readings = { { 'p', '!', "failure f=%lf, n=%lf retries", { "f", "retries" } } } },
    { .name = "brooker-retry-load", .file = "failures.lua", .first = 5, .most = 320,
      .readings = { { 'p', '!', "failure rate f=%lf", { "f" } } },
      .words = { { "; three retries", "retries", "3" }, { "; two retries", "retries", "2" },
                 { "; one retry", "retries", "1" }, { "; no retries", "retries", "0" } } },
    { .name = "brooker-collapse-spike", .file = "brooker-collapse.lua", .judge = lab_judge_spike,
      .readings = { { 'p', '!', "server latency = %lf + %lf*in_flight", { "base", "slope" } },
                    { 'p', '!', "hop Exp(mean %lf s); timeout %lf s per try; %lf tries",
                      { "hop", "timeout", "tries" } },
                    { 'p', '!', "Poisson %lf/s; spike to %lf/s from t=%lf to t=%lf; run to t=%lf",
                      { "rate", "peak", "from", "to", "length" } },
                    { 'p', '?', "doubles from %lf s, full jitter", { "wait" } },
                    { 'm', '?', "goodput over t=%lf..%lf", { "a", "b" } } },
      .words = { { "no backoff", "backoff", "false" }, { "without backoff", "backoff", "false" },
                 { "doubles from", "backoff", "true" } } },
    { .name = "brooker-collapse-equilibrium", .file = "brooker-collapse.lua", .first = 5, .most = 80,
      .judge = lab_judge_equilibrium,
      .readings = { { 'p', '!', "server latency = %lf + %lf*in_flight", { "base", "slope" } },
                    { 'p', '!', "hop Exp(mean %lf s)", { "hop" } },
                    { 'm', '!', "in-flight at %lf/s", { "rate" } } } },
    { .name = "brooker-open-closed", .only = "closed, ", .file = "machine-repairman.lua",
      .first = 5, .most = 320,
      .readings = { { 'p', '!', "service mean %lf s", { "S" } },
                    { 'p', '!', "closed, %lf clients, think Exp(mean %lf s)", { "N", "Z" } } } },
    { .name = "brooker-open-closed", .file = "mm1.lua", .first = 5, .most = 320,
      .readings = { { 'p', '!', "service mean %lf s", { "S" } }, { 'p', '!', "rho=%lf", { "rho" } } } },
    { .name = "brooker-timeout-collapse", .file = "timeout-collapse.lua", .judge = lab_judge_final_queue,
      .readings = { { 'p', '?', "rho=%lf", { "rho" } }, { 'p', '?', "timeout %lf s", { "timeout" } } },
      .words = { { "without the replacement rule", "replace", "false" }, { "", "replace", "true" } } },
    { .name = "hotos21-retry", .file = "hotos21-retry.lua", .first = 5, .most = 80,
      .judge = lab_judge_hotos,
      .readings = { { 'p', '!', "capacity %lf queries/s", { "capacity" } },
                    { 'p', '!', "%lf s timeout", { "timeout" } },
                    { 'p', '!', "%lf s outage", { "outage" } } },
      .words = { { "one immediate retry", "retries", "1" }, { "two immediate retries", "retries", "2" },
                 { "no retry", "retries", "0" },
                 { "queue drops entries whose caller gave up", "drop", "true" }, { "", "drop", "false" } } },
    { .name = "aws-backoff-occ", .file = "aws-backoff-occ.lua", .first = 100, .most = 12800,
      .readings = { OCC },
      .words = { { "algorithm=Exponential", "algorithm", "Exponential" },
                 { "algorithm=Decorr", "algorithm", "Decorr" },
                 { "algorithm=EqualJitter", "algorithm", "EqualJitter" },
                 { "algorithm=FullJitter", "algorithm", "FullJitter" },
                 { "algorithm=none", "algorithm", "none" } } },
    { .name = "aws-backoff-occ-order", .file = "aws-backoff-occ.lua", .first = 100, .most = 3200,
      .judge = lab_judge_order, .readings = { OCC } },
    { .name = "aws-backoff-occ-ratio", .file = "aws-backoff-occ.lua", .first = 100, .most = 3200,
      .judge = lab_judge_ratio, .readings = { OCC } },
    { .name = "backoff-formula", .only = "gRPC", .file = "backoff-grpc.lua", .judge = lab_judge_grpc_waits,
      .readings = { { 'p', '!', "initial %lf s max %lf s mult %lf", { "initial", "most", "factor" } } } },
    { .name = "backoff-formula", .file = "backoff-formula.lua", .first = 3, .most = 40,
      .judge = lab_judge_waits,
      .readings = { { 'p', '!', "d=%lf j=%lf", { "d", "j" } } } },
    { .name = "tail-hedge-bigtable", .file = "tail-hedge.lua", .first = 3, .judge = lab_judge_hedge,
      .readings = { { 'p', '!', "%lf keys over %lf servers, hedge after %lf ms", { "keys", "servers", "after" } } } },
    { .name = "sre-adaptive-throttle", .file = "sre-adaptive-throttle.lua", .first = 5, .most = 80,
      .readings = { { 'p', '!', "K=%lf; demand %lf/s; backend accepts at most %lf/s", { "K", "demand", "accepts" } } } },
    { .name = "brooker-retry-adaptive", .file = "clients.lua", .first = 5, .most = 320,
      .readings = { { 'p', '!', "f=%lf", { "f" } }, { 'p', '!', "bucket size %lf", { "size" } },
                    { 'p', '!', "+%lf token at each first try", { "deposit" } },
                    { 'p', '!', "%lf clients x %lf rps x %lf s", { "clients", "rate", "length" } } },
      .words = { { "token bucket", "rule", "bucket" } } },
    { .name = "brooker-retry-breaker", .file = "clients.lua", .first = 5, .most = 320,
      .readings = { { 'p', '!', "f=%lf", { "f" } }, { 'p', '!', "failures/calls > %lf", { "share" } },
                    { 'p', '!', "%lf retries otherwise", { "retries" } },
                    { 'p', '!', "%lf clients x %lf rps x %lf s", { "clients", "rate", "length" } } },
      .words = { { "breaker blocks retries", "rule", "breaker" } } },
    { .name = "brooker-retry-client-count", .only = " / ", .file = "clients.lua", .first = 5,
      .most = 320, .judge = lab_judge_clients,
      .readings = { { 'p', '!', "f=%lf", { "f" } }, { 'p', '?', "breaker %lf%", { "percent" } } },
      .words = { { "breaker", "rule", "breaker" } } },
    { .name = "brooker-retry-client-count", .file = "clients.lua", .first = 5, .most = 320,
      .readings = { { 'p', '!', "f=%lf", { "f" } }, { 'p', '?', "breaker %lf%", { "percent" } },
                    { 'p', '!', "total %lf rps x %lf s split over %lf clients", { "total", "length", "clients" } } },
      .words = { { "breaker", "rule", "breaker" }, { "adaptive bucket", "rule", "bucket" } } },
    { .name = "retry-throttle-grpc", .file = "retry-throttle-grpc.lua", .judge = lab_judge_grpc_throttle,
      .readings = { { 'p', '!', "maxTokens=%lf, tokenRatio=%lf", { "most", "ratio" } } } },
    { .name = "retry-budget-finagle", .file = "retry-budget-finagle.lua", .first = 5, .most = 80,
      .readings = { { 'p', '!', "ttl %lf s, minRetriesPerSec %lf, percentCanRetry %lf; %lf req/s all failing",
                      { "ttl", "least", "share", "rate" } } } },
    { .name = "breaker-r4j", .file = "breaker-r4j.lua", .judge = lab_judge_r4j,
      .readings = { { 'p', '!', "COUNT_BASED window %lf, minimumNumberOfCalls %lf", { "window", "least" } },
                    { 'p', '?', "threshold %lf", { "percent" } } } },
    { .name = "breaker-hystrix", .file = "breaker-hystrix.lua", .judge = lab_judge_hystrix,
      .readings = { { 'p', '!', "volume %lf, %lf%, %lf s window, sleep %lf s",
                      { "volume", "percent", "window", "sleep" } } } },
    { .name = "sliding-log", .file = "sliding-log.lua", .judge = lab_judge_sliding_log },
    { .name = "gcra", .file = "gcra.lua", .judge = lab_judge_gcra,
      .readings = { { 'p', '!', "max_burst %lf, %lf per %lf s", { "most", "count", "period" } } } },
    { .name = "leaky-bucket-queue", .file = "leaky-bucket-queue.lua", .judge = lab_judge_leaky_queue },
    { .name = "redis-race", .file = "redis-race.lua", .judge = lab_judge_redis_race,
      .readings = { { 'p', '!', "limit %lf left", { "left" } } } },
};
// clang-format on

const struct lab_family *lab_families(uint32_t *count)
{
    *count = sizeof table / sizeof *table;
    return table;
}

const struct lab_family *lab_family_of(const struct lab_row *r)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct lab_family *f = &table[i];
        if (strcmp(f->name, r->family) != 0)
            continue;
        if (!f->only || strstr(r->params, f->only))
            return f;
    }
    return NULL;
}
