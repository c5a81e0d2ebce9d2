#include "sim/policy/retry.h"

#include "sim/engine/dist.h"

#define BIT(outcome) (1u << (outcome))

struct sim_retry sim_retry_default(void)
{
    return (struct sim_retry){
        .max_attempts = 3,
        .base = 100 * (sim_time)SIM_MS,
        .factor = 2,
        .cap = 10 * (sim_time)SIM_S,
        .jitter = SIM_JITTER_FULL,
        .on = BIT(SIM_ERROR) | BIT(SIM_TIMEOUT) | BIT(SIM_REJECTED) | BIT(SIM_LOST),
    };
}

// base * factor^n, not above cap. Multiplied out step by step: n is small before the cap
// is met, and plain products give the same bits everywhere.
static double exponential(const struct sim_retry *r, uint32_t n)
{
    double wait = (double)r->base;
    double cap = (double)r->cap;
    if (r->factor <= 1)
        return wait < cap ? wait : cap;
    while (n-- > 0 && wait < cap && wait > 0)
        wait *= r->factor;
    return wait < cap ? wait : cap;
}

static double decorrelated(const struct sim_retry *r, sim_time before, double u)
{
    double low = (double)r->base;
    double high = 3.0 * (double)(before ? before : r->base);
    double wait = low + (high - low) * u;
    return wait < (double)r->cap ? wait : (double)r->cap;
}

static double additive(const struct sim_retry *r, uint32_t n, double u)
{
    double wait = exponential(r, n) + (double)r->spread * u;
    return wait < (double)r->cap ? wait : (double)r->cap;
}

// Takes one number of the stream whatever the jitter is, so that two variants of a scenario
// stay in step.
static double next_wait(const struct sim_retry *r, const struct sim_retry_state *state,
                        struct sim_random *rng)
{
    uint32_t n = state->attempts - 1;
    double u = sim_random_unit(rng);
    switch (r->jitter) {
    case SIM_JITTER_FULL:
        return exponential(r, n) * u;
    case SIM_JITTER_EQUAL:
        return exponential(r, n) * (0.5 + 0.5 * u);
    case SIM_JITTER_DECORRELATED:
        return decorrelated(r, state->waited, u);
    case SIM_JITTER_ADDITIVE:
        return additive(r, n, u);
    default:
        return exponential(r, n);
    }
}

bool sim_retry_next(const struct sim_retry *r, struct sim_retry_state *state,
                    enum sim_outcome outcome, struct sim_random *rng, sim_time *wait)
{
    if (!(r->on & BIT(outcome)) || state->attempts >= r->max_attempts)
        return false;
    state->waited = sim_dist_to_time(next_wait(r, state, rng));
    state->attempts++;
    *wait = state->waited;
    return true;
}

const char *sim_jitter_name(enum sim_jitter jitter)
{
    static const char *const names[SIM_JITTERS] = {
        [SIM_JITTER_NONE] = "none",         [SIM_JITTER_FULL] = "full",
        [SIM_JITTER_EQUAL] = "equal",       [SIM_JITTER_DECORRELATED] = "decorrelated",
        [SIM_JITTER_ADDITIVE] = "additive",
    };
    return names[jitter];
}
