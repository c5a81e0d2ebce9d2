#include "labs/breaker/outlier.h"

#include <math.h>
#include <string.h>

#define S ((int64_t)1000000000)

// Hosts that are all alike have a mean that may be a little more than each of them.
#define ROUNDING 1e-9

struct lab_outlier_def lab_outlier_default(void)
{
    return (struct lab_outlier_def){ .consecutive_errors = 5,
                                     .consecutive_gateway = 5,
                                     .consecutive_local = 5,
                                     .base_ejection_ns = 30 * S,
                                     .max_ejection_ns = 300 * S,
                                     .max_ejection_milli = 100,
                                     .success_rate_hosts = 5,
                                     .success_rate_requests = 100,
                                     .success_rate_sigmas = 1.9,
                                     .failure_hosts = 5,
                                     .failure_requests = 50,
                                     .failure_milli = 850 };
}

void lab_outlier_init(struct lab_outlier *o, const struct lab_outlier_def *def,
                      struct lab_outlier_host *hosts, uint32_t count)
{
    *o = (struct lab_outlier){ .def = *def, .hosts = hosts, .count = count };
    memset(hosts, 0, count * sizeof *hosts);
}

// DOC(breaker-ejection-cap) When all are bad, nobody is an outlier: what is left must go on.
// As the share is compared before and not after, one host can go in a small cluster too.
static bool eject(struct lab_outlier *o, struct lab_outlier_host *h, int64_t now_ns)
{
    if (h->is_ejected ||
        (uint64_t)o->ejected * 1000 >= (uint64_t)o->def.max_ejection_milli * o->count)
        return false;
    h->is_ejected = true;
    h->ejected_ns = now_ns;
    h->ejections++;
    o->ejected++;
    return true;
}

// Whether this error is the last of so many in a row; they are counted anew then.
static bool completes(uint32_t *in_a_row, uint32_t many)
{
    if (many == 0 || ++*in_a_row < many)
        return false;
    *in_a_row = 0;
    return true;
}

bool lab_outlier_record(struct lab_outlier *o, uint32_t host,
                        enum lab_outlier_result result, int64_t now_ns)
{
    struct lab_outlier_host *h = &o->hosts[host];
    bool is_local = result == LAB_OUTLIER_LOCAL && o->def.splits_local;
    bool is_out = false;
    h->requests++;
    if (result == LAB_OUTLIER_SUCCESS) {
        h->successes++;
        h->errors = h->gateway = h->local = 0;
        return false;
    }
    if (is_local)
        return completes(&h->local, o->def.consecutive_local) && eject(o, h, now_ns);
    h->local = 0; // an answer came, if a bad one
    if (result == LAB_OUTLIER_ERROR)
        h->gateway = 0;
    else
        is_out = completes(&h->gateway, o->def.consecutive_gateway);
    is_out = completes(&h->errors, o->def.consecutive_errors) || is_out;
    return is_out && eject(o, h, now_ns);
}

// ---- The sweep ----

static void let_back(struct lab_outlier *o, int64_t now_ns)
{
    for (struct lab_outlier_host *h = o->hosts; h < o->hosts + o->count; h++) {
        int64_t out_for = h->ejections * o->def.base_ejection_ns;
        if (out_for > o->def.max_ejection_ns)
            out_for = o->def.max_ejection_ns;
        if (h->is_ejected && now_ns - h->ejected_ns >= out_for) {
            h->is_ejected = false;
            h->errors = h->gateway = h->local = 0;
            o->ejected--;
        }
    }
}

static double rate(const struct lab_outlier_host *h)
{
    return (double)h->successes / h->requests;
}

static bool counts(const struct lab_outlier_host *h, uint32_t requests)
{
    return !h->is_ejected && h->requests > 0 && h->requests >= requests;
}

static uint32_t that_count(const struct lab_outlier *o, uint32_t requests)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < o->count; i++)
        n += counts(&o->hosts[i], requests);
    return n;
}

// Below which a host stands out from the others. Who is worse than all is part of the mean too,
// and of the deviation: among few hosts nobody can be far from it.
static double least_rate(const struct lab_outlier *o, uint32_t n)
{
    double mean = 0, variance = 0;
    for (uint32_t i = 0; i < o->count; i++)
        if (counts(&o->hosts[i], o->def.success_rate_requests))
            mean += rate(&o->hosts[i]) / n;
    for (uint32_t i = 0; i < o->count; i++)
        if (counts(&o->hosts[i], o->def.success_rate_requests))
            variance += pow(rate(&o->hosts[i]) - mean, 2) / n;
    return mean - o->def.success_rate_sigmas * sqrt(variance);
}

// The figures are those of the beginning of the sweep, whoever is ejected meanwhile.
static void judge_success_rate(struct lab_outlier *o, int64_t now_ns)
{
    uint32_t n = that_count(o, o->def.success_rate_requests);
    if (n == 0 || n < o->def.success_rate_hosts)
        return;
    double least = least_rate(o, n);
    for (uint32_t i = 0; i < o->count; i++)
        if (counts(&o->hosts[i], o->def.success_rate_requests) &&
            rate(&o->hosts[i]) < least - ROUNDING)
            eject(o, &o->hosts[i], now_ns);
}

static void judge_failures(struct lab_outlier *o, int64_t now_ns)
{
    uint32_t n = that_count(o, o->def.failure_requests);
    if (o->def.failure_milli == 0 || n < o->def.failure_hosts)
        return;
    for (uint32_t i = 0; i < o->count; i++) {
        struct lab_outlier_host *h = &o->hosts[i];
        uint64_t failures = h->requests - h->successes;
        if (counts(h, o->def.failure_requests) &&
            failures * 1000 >= (uint64_t)o->def.failure_milli * h->requests)
            eject(o, h, now_ns);
    }
}

void lab_outlier_sweep(struct lab_outlier *o, int64_t now_ns)
{
    let_back(o, now_ns);
    judge_success_rate(o, now_ns);
    judge_failures(o, now_ns);
    for (uint32_t i = 0; i < o->count; i++)
        o->hosts[i].requests = o->hosts[i].successes = 0;
}
