#include "sim/policy/balancer.h"

#include <math.h>

#include "sim/engine/math.h"

// ---- Who is in the rotation ----

static void list(struct sim_balancer *b, bool all)
{
    b->in_count = 0;
    for (uint32_t i = 0; i < b->count; i++)
        if (all || !b->hosts[i].is_out)
            b->in[b->in_count++] = i;
}

// Where fewer are in than the panic share, being out is not believed any more.
static void list_rotation(struct sim_balancer *b)
{
    list(b, false);
    if ((uint64_t)b->in_count * 1000 < (uint64_t)b->rule.panic * b->count)
        list(b, true);
}

void sim_balancer_init(struct sim_balancer *b, const struct sim_balance *rule,
                       struct sim_balanced *hosts, uint32_t *in, uint32_t count)
{
    *b = (struct sim_balancer){ .rule = *rule, .hosts = hosts, .in = in, .count = count };
    b->is_smooth = rule->weights > 0 || rule->slow_start > 0;
    list_rotation(b);
}

void sim_balancer_set_out(struct sim_balancer *b, uint32_t host, bool is_out, sim_time now)
{
    struct sim_balanced *h = &b->hosts[host];
    if (h->is_out == is_out)
        return;
    h->is_out = is_out;
    if (!is_out) {
        h->has_come = true;
        h->up = now;
    }
    list_rotation(b);
}

// ---- What is known of a host ----

static double weight(const struct sim_balancer *b, const struct sim_balanced *h,
                     sim_time now)
{
    if (!h->has_come || now - h->up >= b->rule.slow_start)
        return h->weight;
    double share = (double)(now - h->up) / (double)b->rule.slow_start;
    return h->weight * (share > b->rule.slow_least ? share : b->rule.slow_least);
}

// Everyday biases take exact operations, so that loads which are equal by the rule are equal.
static double biased(double x, double bias)
{
    if (bias == 0)
        return 1;
    if (bias == 0.5)
        return sqrt(x);
    if (bias == 1)
        return x;
    return bias == 2 ? x * x : sim_pow(x, bias);
}

// Finagle's: more than the average replaces it at once, less lets it decay. To look at it is to
// observe nothing, so that who was slow once is tried again in the end.
static void observe(const struct sim_balancer *b, struct sim_balanced *h, double ns,
                    sim_time now)
{
    double kept = sim_exp(-(double)(now - h->observed) / (double)b->rule.tau);
    h->latency = ns > h->latency ? ns : h->latency * kept + ns * (1 - kept);
    h->observed = now;
}

void sim_balancer_took(struct sim_balancer *b, uint32_t host, sim_time took, sim_time now)
{
    if (b->rule.kind == SIM_BALANCE_PEAK_EWMA)
        observe(b, &b->hosts[host], (double)took, now);
}

// Finagle's penalty for one that has work and has never answered: Long.MaxValue >> 16 ns.
#define PENALTY 140737488355327.0

static double latency_cost(struct sim_balancer *b, struct sim_balanced *h, uint32_t load,
                           sim_time now)
{
    observe(b, h, 0, now);
    if (h->latency == 0 && load > 0)
        return PENALTY + load;
    return h->latency * (load + 1.0);
}

static uint32_t load_of(const struct sim_balancer *b, const uint32_t *loads, uint32_t host)
{
    return b->rule.refresh > 0 ? b->hosts[host].seen : loads[host];
}

static double cost(struct sim_balancer *b, const uint32_t *loads, uint32_t host,
                   sim_time now)
{
    struct sim_balanced *h = &b->hosts[host];
    uint32_t load = load_of(b, loads, host);
    if (b->rule.kind == SIM_BALANCE_PEAK_EWMA)
        return latency_cost(b, h, load, now);
    return biased(load + 1.0, b->rule.bias) / weight(b, h, now);
}

// ---- Choosing ----

// The place in the rotation from which to go round: the first behind the last one chosen.
static uint32_t start(const struct sim_balancer *b)
{
    for (uint32_t i = 0; i < b->in_count; i++)
        if (b->in[i] >= b->turn)
            return i;
    return 0;
}

static uint32_t in_turn(struct sim_balancer *b)
{
    uint32_t host = b->in[start(b)];
    b->turn = host + 1;
    return host;
}

// Smooth weighted round robin, as nginx does it: everybody gains its weight, the richest is chosen
// and pays for all. Heavy hosts are not chosen in a row.
static uint32_t by_credit(struct sim_balancer *b, sim_time now)
{
    uint32_t best = b->in[0];
    double total = 0;
    for (uint32_t i = 0; i < b->in_count; i++) {
        struct sim_balanced *h = &b->hosts[b->in[i]];
        double w = weight(b, h, now);
        h->credit += w;
        total += w;
        if (h->credit > b->hosts[best].credit)
            best = b->in[i];
    }
    b->hosts[best].credit -= total;
    return best;
}

static uint32_t by_weight(struct sim_balancer *b, sim_time now, struct sim_random *rng)
{
    double total = 0;
    for (uint32_t i = 0; i < b->in_count; i++)
        total += weight(b, &b->hosts[b->in[i]], now);
    double left = sim_random_unit(rng) * total;
    uint32_t i = 0;
    for (; i + 1 < b->in_count; i++) {
        left -= weight(b, &b->hosts[b->in[i]], now);
        if (left < 0)
            break;
    }
    return b->in[i];
}

// Costs that are nearer than a billionth are equal: they come from the same figures by other
// roundings, such as a decay in two parts and in one.
static uint32_t better(struct sim_balancer *b, const uint32_t *loads, uint32_t best,
                       uint32_t other, sim_time now)
{
    double least = cost(b, loads, best, now);
    return cost(b, loads, other, now) < least * (1 - 1e-9) ? other : best;
}

static uint32_t best_of_all(struct sim_balancer *b, const uint32_t *loads, sim_time now)
{
    uint32_t first = start(b), best = b->in[first];
    for (uint32_t k = 1; k < b->in_count; k++) {
        uint32_t i = first + k < b->in_count ? first + k : first + k - b->in_count;
        best = better(b, loads, best, b->in[i], now);
    }
    b->turn = best + 1;
    return best;
}

static uint32_t best_of_some(struct sim_balancer *b, const uint32_t *loads, sim_time now,
                             struct sim_random *rng)
{
    uint32_t best = b->in[sim_random_below(rng, b->in_count)];
    for (uint32_t k = 1; k < b->rule.choices; k++)
        best = better(b, loads, best, b->in[sim_random_below(rng, b->in_count)], now);
    return best;
}

// Mirrokni et al.: nobody has more than ceil(bound * (all + 1) / hosts), with the one to come.
static double most_each(const struct sim_balancer *b, const uint32_t *loads)
{
    double all = 1;
    if (b->rule.bound == 0)
        return INFINITY;
    for (uint32_t i = 0; i < b->in_count; i++)
        all += load_of(b, loads, b->in[i]);
    return ceil(b->rule.bound * all / b->in_count);
}

static bool is_in(const struct sim_balancer *b, uint32_t host)
{
    return !b->hosts[host].is_out || b->in_count == b->count;
}

static uint32_t by_key(struct sim_balancer *b, const uint32_t *loads, uint64_t key_hash)
{
    double most = most_each(b, loads);
    uint32_t at = sim_hash_ring_find(&b->ring, key_hash), host = SIM_BALANCE_NOBODY;
    for (uint32_t k = 0; k < b->ring.count; k++) {
        host = b->ring.points[at].host;
        if (is_in(b, host) && load_of(b, loads, host) < most)
            return host;
        at = at + 1 < b->ring.count ? at + 1 : 0;
    }
    return host;
}

static void look(struct sim_balancer *b, const uint32_t *loads, sim_time now)
{
    if (b->rule.refresh == 0 || (b->has_looked && now - b->looked < b->rule.refresh))
        return;
    for (uint32_t i = 0; i < b->count; i++)
        b->hosts[i].seen = loads[i];
    b->has_looked = true;
    b->looked = now;
}

uint32_t sim_balancer_choose(struct sim_balancer *b, const uint32_t *loads,
                             uint64_t key_hash, sim_time now, struct sim_random *rng)
{
    if (b->in_count == 0)
        return SIM_BALANCE_NOBODY;
    look(b, loads, now);
    switch (b->rule.kind) {
    case SIM_BALANCE_RANDOM:
        return by_weight(b, now, rng);
    case SIM_BALANCE_LEAST:
        return best_of_all(b, loads, now);
    case SIM_BALANCE_POWER:
        return best_of_some(b, loads, now, rng);
    case SIM_BALANCE_PEAK_EWMA:
        return b->rule.choices ? best_of_some(b, loads, now, rng)
                               : best_of_all(b, loads, now);
    case SIM_BALANCE_RING_HASH:
        return by_key(b, loads, key_hash);
    default:
        return b->is_smooth ? by_credit(b, now) : in_turn(b);
    }
}
