#include "sim/policy/balance.h"

struct sim_balance sim_balance_default(enum sim_balance_kind kind)
{
    return (struct sim_balance){
        .kind = kind,
        .choices = 2,
        .bias = 1,
        .tau = 10 * (sim_time)SIM_S,
        .slow_least = 0.1,
        .points = 1024,
    };
}

// Without weights any bias but 0 leaves the order of loads as it is.
static bool ignores_loads(const struct sim_balance *b)
{
    return (b->kind == SIM_BALANCE_LEAST || b->kind == SIM_BALANCE_POWER) && b->bias == 0;
}

bool sim_balance_is_plain(const struct sim_balance *b)
{
    return b->kind <= SIM_BALANCE_POWER && b->refresh == 0 && b->slow_start == 0 &&
           b->weights == 0 && b->outlier.interval == 0 && !ignores_loads(b);
}

static uint32_t in_turn(uint32_t n, uint32_t *turn)
{
    uint32_t pick = *turn < n ? *turn : 0;
    *turn = pick + 1;
    return pick;
}

// Scans from where the last scan ended, so that equals take turns.
static uint32_t least(const uint32_t *loads, uint32_t n, uint32_t *turn)
{
    uint32_t start = *turn < n ? *turn : 0;
    uint32_t best = start;
    for (uint32_t k = 1; k < n; k++) {
        uint32_t i = start + k < n ? start + k : start + k - n;
        if (loads[i] < loads[best])
            best = i;
    }
    *turn = best + 1;
    return best;
}

static uint32_t power(const struct sim_balance *b, const uint32_t *loads, uint32_t n,
                      struct sim_random *rng)
{
    uint32_t best = (uint32_t)sim_random_below(rng, n);
    for (uint32_t k = 1; k < b->choices; k++) {
        uint32_t other = (uint32_t)sim_random_below(rng, n);
        if (loads[other] < loads[best])
            best = other;
    }
    return best;
}

uint32_t sim_balance_pick(const struct sim_balance *b, const uint32_t *loads, uint32_t n,
                          uint32_t *turn, struct sim_random *rng)
{
    if (n == 1)
        return 0;
    switch (b->kind) {
    case SIM_BALANCE_RANDOM:
        return (uint32_t)sim_random_below(rng, n);
    case SIM_BALANCE_LEAST:
        return least(loads, n, turn);
    case SIM_BALANCE_POWER:
        return power(b, loads, n, rng);
    default:
        return in_turn(n, turn);
    }
}

const char *sim_balance_name(enum sim_balance_kind kind)
{
    static const char *const names[SIM_BALANCES] = {
        [SIM_BALANCE_ROUND_ROBIN] = "round_robin", [SIM_BALANCE_RANDOM] = "random",
        [SIM_BALANCE_LEAST] = "least_requests",    [SIM_BALANCE_POWER] = "p2c",
        [SIM_BALANCE_PEAK_EWMA] = "peak_ewma",     [SIM_BALANCE_RING_HASH] = "ring_hash",
    };
    return names[kind];
}
