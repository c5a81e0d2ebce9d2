#ifndef SIM_ENGINE_DIST_H
#define SIM_ENGINE_DIST_H

// Distributions as values: a kind and its parameters, built once and drawn from many times.
//
// Every draw of every kind takes exactly one number of its stream. Two variants of a
// scenario that differ in a distribution, even in its kind, therefore stay in step: the
// n-th request has the same random number behind it in both (common random numbers). All
// kinds but exponential and gamma turn that number into a draw by the inverse of their
// distribution function, or nearly (zipf), so that a larger number gives a larger draw.
// Where one number is not enough, more come from a generator seeded by it, for that draw.
//
// The bits of a draw are the same on every machine (see math.h). Constant and exponential
// draws are inlined, because they sit on the hot path of every simulated request.
//
// A distribution is built without checks; ask sim_dist_check before the first draw from
// parameters that somebody typed. Drawing from one that the check refuses is an error.

#include <stdint.h>

#include "sim/engine/random.h"
#include "sim/engine/time.h"
#include "sim/engine/ziggurat.h"

enum sim_dist_kind {
    SIM_DIST_CONSTANT,
    SIM_DIST_EXPONENTIAL,
    SIM_DIST_UNIFORM,
    SIM_DIST_NORMAL,
    SIM_DIST_LOGNORMAL,
    SIM_DIST_PARETO,
    SIM_DIST_GAMMA,
    SIM_DIST_WEIBULL,
    SIM_DIST_ZIPF,
    SIM_DIST_EMPIRICAL,
};

// A corner of an empirical distribution's quantile function: this share of the draws is at
// most this value.
struct sim_dist_point {
    double share; // 0 to 1
    double value;
};

// The draw is scale times a draw of the kind's standard form, which p describes. Treat the
// fields as private; they are here so that draws can be inlined and values embedded.
struct sim_dist {
    uint32_t kind;  // enum sim_dist_kind
    uint32_t count; // empirical: corners in points
    double scale;
    double p[5];
    const struct sim_dist_point *points; // empirical: borrowed for the value's whole life
};

struct sim_dist sim_dist_constant(double value);
struct sim_dist sim_dist_exponential(double mean);

// Between low and high, low <= high.
struct sim_dist sim_dist_uniform(double low, double high);

// A draw may be negative; sim_dist_draw_time makes those 0, and sim_dist_mean knows nothing
// of that.
struct sim_dist sim_dist_normal(double mean, double sd);

// By what people measure: half of the draws are below median, 99 in 100 below p99.
struct sim_dist sim_dist_lognormal(double median, double p99);
// By mean and standard deviation of the logarithm.
struct sim_dist sim_dist_lognormal_log(double mu, double sigma);

// The smallest draw is scale; P(X > x) = (scale / x)^shape. The mean is infinite for a
// shape of 1 or less, which is allowed.
struct sim_dist sim_dist_pareto(double shape, double scale);

// Mean shape * scale. G. Marsaglia and W. W. Tsang, A simple method for generating gamma
// variables, ACM TOMS 26 (2000).
struct sim_dist sim_dist_gamma(double shape, double scale);

// The sum of that many exponentials, with this mean in all: a gamma of whole shape.
struct sim_dist sim_dist_erlang(uint32_t stages, double mean);

// P(X > x) = exp(-(x / scale)^shape).
struct sim_dist sim_dist_weibull(double shape, double scale);

// Whole numbers 1 to n, P(k) proportional to k^-s, s >= 0. Costs the same for any n:
// W. Hoermann and G. Derflinger, Rejection-inversion to generate variates from monotone
// discrete distributions, ACM TOMACS 6 (1996).
struct sim_dist sim_dist_zipf(double n, double s);

// The quantile function is a line through the given corners: share 0 first, share 1 last,
// neither share nor value ever falling. Two corners of one value make an atom, two of one
// share a gap. Draws between corners are interpolated. A draw costs a binary search.
struct sim_dist sim_dist_empirical(const struct sim_dist_point *points, uint32_t count);

// Turns n sorted measurements, n >= 1, into the corners of an empirical distribution that
// runs through them: the smallest is the least draw, the largest the greatest. Fills n
// points (2 for n = 1) and returns how many.
uint32_t sim_dist_points_from_sorted(const double *values, uint32_t n,
                                     struct sim_dist_point *points);

// Turns n values in rising order and their weights, n >= 1, into the corners of a
// distribution that draws these values only, each as often as its weight says. Fills 2 n
// points and returns 2 n.
uint32_t sim_dist_points_from_weights(const double *values, const double *weights,
                                      uint32_t n, struct sim_dist_point *points);

// NULL when draws from d make sense, or else a constant string that says what is wrong with
// its parameters and reads on from "lognormal: ".
const char *sim_dist_check(const struct sim_dist *d);

// The kind's name as the scenario language spells it.
const char *sim_dist_name(const struct sim_dist *d);

// The exact mean, INFINITY where there is none. For zipf the cost is a few hundred powers.
double sim_dist_mean(const struct sim_dist *d);

// The same distribution with every draw multiplied by factor > 0. A service time given in
// seconds is scaled by SIM_S once, and then drawn in nanoseconds.
struct sim_dist sim_dist_scaled(struct sim_dist d, double factor);

// The draw that belongs to 64 random bits; sim_dist_draw is this and the hot kinds inline.
double sim_dist_at(const struct sim_dist *d, uint64_t bits);

static inline double sim_dist_draw(const struct sim_dist *d, struct sim_random *r)
{
    uint64_t bits = sim_random_next(r);
    if (d->kind == SIM_DIST_EXPONENTIAL)
        return d->scale * sim_ziggurat(bits);
    if (d->kind == SIM_DIST_CONSTANT)
        return d->scale;
    return sim_dist_at(d, bits);
}

// A duration as whole nanoseconds: rounded to nearest, at least 0 and below 2^62, so that
// it can be added to any time inside a run.
static inline sim_time sim_dist_to_time(double ns)
{
    if (!(ns > 0))
        return 0;
    return ns < 0x1p62 ? (sim_time)(ns + 0.5) : ((sim_time)1 << 62) - 1;
}

// A draw of a distribution that is in nanoseconds.
static inline sim_time sim_dist_draw_time(const struct sim_dist *d_ns, struct sim_random *r)
{
    return sim_dist_to_time(sim_dist_draw(d_ns, r));
}

#endif
