#include "sim/policy/concurrency.h"

#include <math.h>

#define WARM_UP 10 // samples of which the usual time is the plain mean

struct sim_concurrency sim_concurrency_of(enum sim_concurrency_kind kind)
{
    static const struct sim_concurrency of[SIM_CONCURRENCIES] = {
        [SIM_CONCURRENCY_FIXED] = { .initial = 20, .min = 1, .max = UINT32_MAX },
        [SIM_CONCURRENCY_AIMD] = { .initial = 20,
                                   .min = 20,
                                   .max = 200,
                                   .backoff = 0.9,
                                   .timeout = 5 * (sim_time)SIM_S },
        [SIM_CONCURRENCY_VEGAS] = { .initial = 20,
                                    .min = 1,
                                    .max = 1000,
                                    .smoothing = 1,
                                    .probe = 30 },
        [SIM_CONCURRENCY_GRADIENT2] = { .initial = 20,
                                        .min = 20,
                                        .max = 200,
                                        .smoothing = 0.2,
                                        .queue = 4,
                                        .tolerance = 1.5,
                                        .window = 600 },
    };
    struct sim_concurrency c = of[kind];
    c.kind = kind;
    return c;
}

const char *sim_concurrency_name(enum sim_concurrency_kind kind)
{
    static const char *const names[SIM_CONCURRENCIES] = { "fixed", "aimd", "vegas",
                                                          "gradient2" };
    return names[kind];
}

static double between(double x, double least, double most)
{
    return x < least ? least : x > most ? most : x;
}

static double part_of_the_way(double from, double to, double share)
{
    return (1 - share) * from + share * to;
}

// ---- AIMD ----

static double aimd(const struct sim_concurrency *c, double limit,
                   const struct sim_concurrency_sample *one)
{
    if (one->is_dropped || one->took > c->timeout)
        limit = floor(limit * c->backoff);
    else if (2.0 * one->under_way >= limit)
        limit = limit + 1;
    return between(limit, c->min, c->max);
}

// ---- Vegas ----

static double whole_log10(double limit)
{
    double log = 1;
    for (double power = 100; power <= floor(limit); power *= 10)
        log++;
    return log;
}

static void draw_jitter(struct sim_concurrency_state *s, struct sim_random *rng)
{
    s->jitter = 0.5 + 0.5 * sim_random_unit(rng);
}

// Where the limit should be, by how many queue.
static double vegas_wants(double limit, double queued, bool is_dropped)
{
    double log = whole_log10(limit);
    if (is_dropped || queued > 6 * log)
        return limit - log;
    if (queued <= log)
        return limit + 6 * log;
    return queued < 3 * log ? limit + log : limit;
}

static double vegas(const struct sim_concurrency *c, const struct sim_concurrency_state *s,
                    const struct sim_concurrency_sample *one)
{
    double queued = ceil(s->limit * (1 - (double)s->shortest / (double)one->took));
    if (!one->is_dropped && 2.0 * one->under_way < s->limit)
        return s->limit;
    double wanted = vegas_wants(s->limit, queued, one->is_dropped);
    return part_of_the_way(s->limit, between(wanted, c->min, c->max), c->smoothing);
}

static void vegas_sample(const struct sim_concurrency *c, struct sim_concurrency_state *s,
                         const struct sim_concurrency_sample *one, struct sim_random *rng)
{
    s->samples++;
    bool is_anew = s->jitter * c->probe * s->limit <= s->samples;
    if (is_anew) {
        draw_jitter(s, rng);
        s->samples = 0;
    }
    if (is_anew || s->shortest == 0 || one->took < s->shortest)
        s->shortest = one->took;
    else
        s->limit = vegas(c, s, one);
}

// ---- Gradient2 ----

static void average(const struct sim_concurrency *c, struct sim_concurrency_state *s,
                    double took)
{
    if (s->samples < WARM_UP) {
        s->usual = (s->usual * s->samples + took) / (s->samples + 1);
        s->samples++;
        return;
    }
    double share = 2.0 / (c->window + 1.0);
    s->usual = s->usual * (1 - share) + took * share;
}

// A usual time that is far too long, as after an overload, is brought down faster.
static void gradient_sample(const struct sim_concurrency *c,
                            struct sim_concurrency_state *s,
                            const struct sim_concurrency_sample *one)
{
    double took = (double)one->took;
    average(c, s, took);
    double usual = s->usual;
    if (usual / took > 2)
        s->usual *= 0.95;
    if (one->under_way < s->limit / 2)
        return;
    double gradient = between(c->tolerance * usual / took, 0.5, 1);
    double wanted = s->limit * gradient + c->queue;
    s->limit = between(part_of_the_way(s->limit, wanted, c->smoothing), c->min, c->max);
}

// ---- All ----

void sim_concurrency_begin(const struct sim_concurrency *c, struct sim_concurrency_state *s,
                           struct sim_random *rng)
{
    *s = (struct sim_concurrency_state){ .limit = c->initial };
    if (c->kind == SIM_CONCURRENCY_VEGAS)
        draw_jitter(s, rng);
}

void sim_concurrency_record(const struct sim_concurrency *c,
                            struct sim_concurrency_state *s,
                            const struct sim_concurrency_sample *one,
                            struct sim_random *rng)
{
    struct sim_concurrency_sample timed = *one;
    timed.took = one->took > 0 ? one->took : 1;
    switch (c->kind) {
    case SIM_CONCURRENCY_AIMD:
        s->limit = aimd(c, s->limit, &timed);
        break;
    case SIM_CONCURRENCY_VEGAS:
        vegas_sample(c, s, &timed, rng);
        break;
    case SIM_CONCURRENCY_GRADIENT2:
        gradient_sample(c, s, &timed);
        break;
    default:
        break;
    }
}
