#include "sim/engine/dist.h"

#include <float.h>
#include <stddef.h>

// A NaN fails each of these comparisons.
static bool is_finite(double x)
{
    return x >= -DBL_MAX && x <= DBL_MAX;
}

static bool is_positive(double x)
{
    return x > 0 && is_finite(x);
}

static const char *check_lognormal(const struct sim_dist *d)
{
    if (!is_positive(d->scale))
        return "the median must be above 0 and finite";
    // Also what p99 <= median and a negative p99 come to.
    if (!is_positive(d->p[0]))
        return "p99 must be above the median and finite (or sigma above 0)";
    return NULL;
}

static const char *check_shaped(const struct sim_dist *d)
{
    if (!is_positive(d->p[0]))
        return "the shape must be above 0 and finite";
    return is_positive(d->scale) ? NULL : "the scale must be above 0 and finite";
}

static const char *check_zipf(const struct sim_dist *d)
{
    double n = d->p[0], s = d->p[1];
    // Beyond 2^52 neighbouring whole numbers and their halves run together.
    if (!(n >= 1 && n <= 0x1p52) || n != (double)(int64_t)n)
        return "n must be a whole number from 1 to 2^52";
    if (!(s >= 0 && s <= 20))
        return "s must be from 0 to 20";
    return is_positive(d->scale) ? NULL : "the scale must be above 0 and finite";
}

static const char *check_empirical(const struct sim_dist *d)
{
    if (!d->points || d->count < 2)
        return "there must be at least one value";
    for (uint32_t i = 0; i < d->count; i++) {
        if (!is_finite(d->points[i].value))
            return "every value must be finite";
        if (!is_finite(d->points[i].share))
            return "the weights must be 0 or more, not all of them 0, and finite";
        if (i > 0 && !(d->points[i].value >= d->points[i - 1].value))
            return "the values must be in rising order";
        if (i > 0 && !(d->points[i].share >= d->points[i - 1].share))
            return "the weights must be 0 or more";
    }
    if (d->points[0].share != 0 || d->points[d->count - 1].share != 1)
        return "the shares must begin with 0 and end with 1";
    return is_positive(d->scale) ? NULL : "the scale must be above 0 and finite";
}

static const char *check_kind(const struct sim_dist *d)
{
    const double *p = d->p;
    switch ((enum sim_dist_kind)d->kind) {
    case SIM_DIST_CONSTANT:
        return is_finite(d->scale) ? NULL : "the value must be finite";
    case SIM_DIST_EXPONENTIAL:
        return is_positive(d->scale) ? NULL : "the mean must be above 0 and finite";
    case SIM_DIST_UNIFORM:
        if (!is_finite(p[0]) || !is_finite(p[1]))
            return "both ends must be finite";
        return p[0] <= p[1] ? NULL : "the low end must not be above the high end";
    case SIM_DIST_NORMAL:
        if (!is_finite(p[0]))
            return "the mean must be finite";
        return p[1] >= 0 && is_finite(p[1]) ? NULL
                                            : "the deviation must be 0 or more and finite";
    case SIM_DIST_LOGNORMAL:
        return check_lognormal(d);
    case SIM_DIST_PARETO:
    case SIM_DIST_GAMMA:
    case SIM_DIST_WEIBULL:
        return check_shaped(d);
    case SIM_DIST_ZIPF:
        return check_zipf(d);
    case SIM_DIST_EMPIRICAL:
        return check_empirical(d);
    }
    return "there is no such kind of distribution";
}

const char *sim_dist_check(const struct sim_dist *d)
{
    const char *wrong = check_kind(d);
    if (wrong)
        return wrong;
    if (!is_finite(d->scale))
        return "the scale must be finite";
    // A pareto may lack a mean; any other that does has parameters beyond all measure.
    if (d->kind != SIM_DIST_PARETO && !is_finite(sim_dist_mean(d)))
        return "these parameters give a mean beyond all numbers";
    return NULL;
}

const char *sim_dist_name(const struct sim_dist *d)
{
    static const char *const names[] = {
        "constant", "exponential", "uniform", "normal", "lognormal",
        "pareto",   "gamma",       "weibull", "zipf",   "empirical",
    };
    return d->kind < sizeof names / sizeof *names ? names[d->kind] : "unknown";
}
