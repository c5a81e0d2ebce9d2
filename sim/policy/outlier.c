#include "sim/policy/outlier.h"

#include <math.h>

// Per cent: who is just at the bound by other roundings is not below it.
#define ROUNDING 1e-7

struct sim_outlier sim_outlier_default(void)
{
    return (struct sim_outlier){
        .consecutive = 5,
        .interval = 10 * (sim_time)SIM_S,
        .base = 30 * (sim_time)SIM_S,
        .most = 300 * (sim_time)SIM_S,
        .share = 100,
        .hosts = 5,
        .requests = 100,
        .deviations = 1900,
    };
}

static sim_time after(sim_time now, sim_time d)
{
    return now > SIM_NEVER - d ? SIM_NEVER : now + d;
}

void sim_outliers_init(struct sim_outliers *o, const struct sim_outlier *rule,
                       struct sim_outlier_host *hosts, uint32_t count, sim_time now)
{
    *o = (struct sim_outliers){ .rule = *rule, .hosts = hosts, .count = count };
    o->next = after(now, rule->interval);
}

// The share is looked at before: with the first host it is 0, so one can always be ejected.
static bool eject(struct sim_outliers *o, uint32_t host, sim_time now)
{
    struct sim_outlier_host *h = &o->hosts[host];
    if (h->is_ejected || (uint64_t)o->out * 1000 >= (uint64_t)o->rule.share * o->count)
        return false;
    h->is_ejected = true;
    h->ejected = now;
    h->times++;
    o->out++;
    return true;
}

bool sim_outliers_record(struct sim_outliers *o, uint32_t host, bool is_good, sim_time now)
{
    struct sim_outlier_host *h = &o->hosts[host];
    h->requests++;
    h->good += is_good;
    h->errors = is_good ? 0 : h->errors + 1;
    if (o->rule.consecutive == 0 || h->errors < o->rule.consecutive)
        return false;
    h->errors = 0; // counted anew, whether it could be ejected or not
    return eject(o, host, now);
}

static bool is_over(const struct sim_outliers *o, const struct sim_outlier_host *h,
                    sim_time now)
{
    sim_time base = o->rule.base > 0 ? o->rule.base : 1, most = o->rule.most;
    return now - h->ejected >= (h->times <= most / base ? base * h->times : most);
}

static uint32_t let_back(struct sim_outliers *o, sim_time now)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < o->count; i++) {
        if (!o->hosts[i].is_ejected || !is_over(o, &o->hosts[i], now))
            continue;
        o->hosts[i].is_ejected = false;
        o->hosts[i].errors = 0;
        o->out--;
        n++;
    }
    return n;
}

// Who is out is no measure for the others.
static bool has_enough(const struct sim_outliers *o, const struct sim_outlier_host *h)
{
    return !h->is_ejected && h->requests > 0 && h->requests >= o->rule.requests;
}

static double rate(const struct sim_outlier_host *h)
{
    return 100.0 * h->good / h->requests;
}

// Of the hosts that had enough requests; below 0 where these are too few.
static double least_rate(const struct sim_outliers *o)
{
    double sum = 0, squares = 0;
    uint32_t n = 0;
    for (uint32_t i = 0; i < o->count; i++) {
        if (!has_enough(o, &o->hosts[i]))
            continue;
        sum += rate(&o->hosts[i]);
        n++;
    }
    if (o->rule.hosts == 0 || n < o->rule.hosts)
        return -1;
    double mean = sum / n;
    for (uint32_t i = 0; i < o->count; i++) {
        double apart = has_enough(o, &o->hosts[i]) ? rate(&o->hosts[i]) - mean : 0;
        squares += apart * apart;
    }
    return mean - o->rule.deviations / 1000.0 * sqrt(squares / n);
}

static uint32_t sweep(struct sim_outliers *o, sim_time now)
{
    uint32_t n = let_back(o, now);
    double least = least_rate(o);
    for (uint32_t i = 0; i < o->count; i++) {
        struct sim_outlier_host *h = &o->hosts[i];
        if (has_enough(o, h) && rate(h) < least - ROUNDING)
            n += eject(o, i, now);
        h->requests = h->good = 0;
    }
    return n;
}

// After the first sweep there is nothing left to count: of those behind it only the last one
// matters, for it lets in whoever any of them would have.
uint32_t sim_outliers_catch_up(struct sim_outliers *o, sim_time now)
{
    if (now < o->next || o->next == SIM_NEVER)
        return 0;
    uint32_t n = sweep(o, o->next);
    sim_time last = now - (now - o->next) % o->rule.interval;
    if (last > o->next)
        n += sweep(o, last);
    o->next = after(last, o->rule.interval);
    return n;
}
