#include "sim/policy/retry.h"

#include "sim/engine/dist.h"
#include "sim/engine/math.h"

#define BIT(outcome) (1u << (outcome))

struct sim_retry sim_retry_default(void)
{
    return (struct sim_retry){
        .base = 100 * (sim_time)SIM_MS,
        .factor = 2,
        .cap = 10 * (sim_time)SIM_S,
        .max_attempts = 3,
        .most = SIM_FOR_EVER,
        .jitter = SIM_JITTER_FULL,
        .on = BIT(SIM_ERROR) | BIT(SIM_TIMEOUT) | BIT(SIM_REJECTED) | BIT(SIM_LOST),
        .budget = SIM_NO_BUDGET,
        .heeds = 1,
    };
}

static struct sim_retry scheme(uint32_t max_attempts, sim_time base, double factor,
                               sim_time cap, enum sim_jitter jitter)
{
    struct sim_retry r = sim_retry_default();
    r.max_attempts = max_attempts;
    r.base = base;
    r.factor = factor;
    r.cap = cap;
    r.jitter = jitter;
    r.heeds = 0; // gRPC alone does so by itself
    return r;
}

static struct sim_retry grpc(enum sim_jitter jitter)
{
    struct sim_retry r = scheme(4, 100 * (sim_time)SIM_MS, 2, SIM_S, jitter);
    r.most = 5;
    r.share = 0.2;
    r.heeds = 1;
    return r;
}

static struct sim_retry tenacity(void)
{
    struct sim_retry r = scheme(SIM_FOR_EVER, SIM_S, 2, SIM_NO_CAP, SIM_JITTER_ADDITIVE);
    r.spread = SIM_S;
    return r;
}

// A fixed wait; the factor and the share are of what can be switched on.
static struct sim_retry fixed(uint32_t max_attempts, sim_time base, double share)
{
    struct sim_retry r = scheme(max_attempts, base, 1, SIM_NO_CAP, SIM_JITTER_NONE);
    r.share = share;
    return r;
}

struct sim_retry sim_retry_of(enum sim_retry_scheme which)
{
    switch (which) {
    case SIM_RETRY_TENACITY:
        return tenacity();
    case SIM_RETRY_GRPC:
        return grpc(SIM_JITTER_GRPC);
    case SIM_RETRY_GRPC_LEGACY:
        return grpc(SIM_JITTER_FULL);
    case SIM_RETRY_ENVOY:
        return scheme(2, 25 * (sim_time)SIM_MS, 2, 250 * (sim_time)SIM_MS,
                      SIM_JITTER_ENVOY);
    case SIM_RETRY_RESILIENCE4J:
        return fixed(3, 500 * (sim_time)SIM_MS, 0.5);
    case SIM_RETRY_POLLY:
        return fixed(4, 2 * (sim_time)SIM_S, 0.25);
    case SIM_RETRY_CELERY:
        return scheme(4, 180 * (sim_time)SIM_S, 1, 600 * (sim_time)SIM_S, SIM_JITTER_NONE);
    case SIM_RETRY_AWS:
        return scheme(3, SIM_S, 2, 20 * (sim_time)SIM_S, SIM_JITTER_FULL);
    default:
        return sim_retry_default();
    }
}

enum sim_jitter sim_retry_usual_jitter(enum sim_retry_scheme which, bool is_exponential)
{
    switch (which) {
    case SIM_RETRY_TENACITY:
        return SIM_JITTER_ADDITIVE;
    case SIM_RETRY_GRPC:
        return SIM_JITTER_GRPC;
    case SIM_RETRY_RESILIENCE4J:
        return SIM_JITTER_PROPORTIONAL;
    case SIM_RETRY_ENVOY:
        return SIM_JITTER_ENVOY;
    case SIM_RETRY_POLLY:
        return is_exponential ? SIM_JITTER_POLLY : SIM_JITTER_PROPORTIONAL;
    case SIM_RETRY_CELERY:
        return SIM_JITTER_WHOLE_SECONDS;
    default:
        return SIM_JITTER_FULL;
    }
}

static double capped(const struct sim_retry *r, double wait)
{
    return wait < (double)r->cap ? wait : (double)r->cap;
}

static double spread(const struct sim_retry *r, double wait, double u)
{
    return wait * (1 - r->share + 2 * r->share * u);
}

// base * factor^n, not above cap. Multiplied out step by step: n is small before the cap
// is met, and plain products give the same bits everywhere.
static double exponential(const struct sim_retry *r, uint32_t n)
{
    double wait = (double)r->base;
    double cap = (double)r->cap;
    if (r->factor <= 1)
        return capped(r, wait);
    while (n-- > 0 && wait < cap && wait > 0)
        wait *= r->factor;
    return capped(r, wait);
}

static double grown(const struct sim_retry *r, uint32_t n)
{
    if (r->growth == SIM_GROWTH_LINEAR)
        return capped(r, (double)r->base * ((double)n + 1));
    return exponential(r, n);
}

// The same without the cap, as far as a wait may be long at all.
static double bare(const struct sim_retry *r, uint32_t n)
{
    struct sim_retry wide = *r;
    wide.cap = SIM_NO_CAP;
    return grown(&wide, n);
}

static double full(const struct sim_retry *r, uint32_t n, double u)
{
    double low = (double)r->least, high = grown(r, n);
    return high > low ? low + (high - low) * u : low;
}

static double decorrelated(const struct sim_retry *r, struct sim_retry_state *state,
                           double u)
{
    double low = (double)r->base;
    double high = 3.0 * (state->last > 0 ? state->last : low);
    state->last = capped(r, low + (high - low) * u);
    return state->last;
}

// 2^60 times any base is beyond every cap.
static double envoy(const struct sim_retry *r, uint32_t n, double u)
{
    double most = (double)(((uint64_t)1 << (n < 60 ? n + 1 : 60)) - 1);
    return capped(r, (double)r->base * most) * u;
}

static double tanh_of(double x)
{
    double e = sim_exp(-2 * x);
    return (1 - e) / (1 + e);
}

static double polly(const struct sim_retry *r, struct sim_retry_state *state, uint32_t n,
                    double u)
{
    double t = (n < 500 ? (double)n : 500) + u;
    double f = sim_pow(2, t) * tanh_of(2 * sim_pow(t, 0.5));
    double step = f - state->last;
    state->last = f;
    return capped(r, step * (double)r->base / 1.4);
}

static double whole_seconds(const struct sim_retry *r, uint32_t n, double u)
{
    uint64_t most = (uint64_t)(grown(r, n) / SIM_S);
    return (double)(uint64_t)(u * (double)(most + 1)) * SIM_S;
}

// Takes one number of the stream whatever the jitter is, so that two variants of a scenario
// stay in step.
static double next_wait(const struct sim_retry *r, struct sim_retry_state *state,
                        struct sim_random *rng)
{
    uint32_t n = state->attempts - 1 - state->before;
    double u = sim_random_unit(rng);
    switch (r->jitter) {
    case SIM_JITTER_FULL:
        return full(r, n, u);
    case SIM_JITTER_EQUAL:
        return grown(r, n) * (0.5 + 0.5 * u);
    case SIM_JITTER_DECORRELATED:
        return decorrelated(r, state, u);
    case SIM_JITTER_ADDITIVE:
        return capped(r, grown(r, n) + (double)r->spread * u);
    case SIM_JITTER_PROPORTIONAL:
        return capped(r, spread(r, bare(r, n), u));
    case SIM_JITTER_GRPC:
        return spread(r, grown(r, n), u);
    case SIM_JITTER_ENVOY:
        return envoy(r, n, u);
    case SIM_JITTER_POLLY:
        return polly(r, state, n, u);
    case SIM_JITTER_WHOLE_SECONDS:
        return whole_seconds(r, n, u);
    default:
        return grown(r, n);
    }
}

static bool goes_on(const struct sim_retry *r, const struct sim_retry_state *state,
                    enum sim_outcome outcome)
{
    uint32_t most = r->max_attempts < r->most ? r->max_attempts : r->most;
    return r->on & BIT(outcome) && state->attempts < most;
}

bool sim_retry_next(const struct sim_retry *r, struct sim_retry_state *state,
                    enum sim_outcome outcome, struct sim_random *rng, sim_time *wait)
{
    if (!goes_on(r, state, outcome))
        return false;
    sim_time d = sim_dist_to_time(next_wait(r, state, rng));
    *wait = d > r->least ? d : r->least;
    state->attempts++;
    return true;
}

bool sim_retry_pushed_back(const struct sim_retry *r, struct sim_retry_state *state,
                           enum sim_outcome outcome, sim_time after, sim_time *wait)
{
    if (after < 0 || !goes_on(r, state, outcome))
        return false;
    *wait = after;
    state->before = state->attempts;
    state->last = 0;
    state->attempts++;
    return true;
}

const char *sim_jitter_name(enum sim_jitter jitter)
{
    static const char *const names[SIM_JITTERS] = {
        [SIM_JITTER_NONE] = "none",         [SIM_JITTER_FULL] = "full",
        [SIM_JITTER_EQUAL] = "equal",       [SIM_JITTER_DECORRELATED] = "decorrelated",
        [SIM_JITTER_ADDITIVE] = "additive", [SIM_JITTER_PROPORTIONAL] = "proportional",
        [SIM_JITTER_GRPC] = "grpc",         [SIM_JITTER_ENVOY] = "envoy",
        [SIM_JITTER_POLLY] = "polly",       [SIM_JITTER_WHOLE_SECONDS] = "whole_seconds",
    };
    return names[jitter];
}

const char *sim_retry_name(enum sim_retry_scheme which)
{
    static const char *const names[SIM_RETRY_SCHEMES] = {
        [SIM_RETRY_TENACITY] = "tenacity",
        [SIM_RETRY_GRPC] = "grpc",
        [SIM_RETRY_GRPC_LEGACY] = "grpc-legacy",
        [SIM_RETRY_ENVOY] = "envoy",
        [SIM_RETRY_RESILIENCE4J] = "resilience4j",
        [SIM_RETRY_POLLY] = "polly",
        [SIM_RETRY_CELERY] = "celery",
        [SIM_RETRY_AWS] = "aws",
    };
    return names[which];
}
