#include "sim/engine/dist.h"

#include <float.h>
#include <math.h>
#include <stddef.h>

#include "sim/engine/math.h"

// What p holds, a kind at a time.
enum {
    UNIFORM_LOW = 0,
    UNIFORM_HIGH = 1,
    NORMAL_MEAN = 0,
    NORMAL_SD = 1,
    LOGNORMAL_SIGMA = 0,
    SHAPE = 0,         // pareto, gamma, weibull
    SHAPE_INVERSE = 1, // pareto, weibull
    GAMMA_D = 1,       // Marsaglia and Tsang's d and c
    GAMMA_C = 2,
    ZIPF_N = 0,
    ZIPF_S = 1,
    ZIPF_LOW = 2,  // the integral of the hat at the left end, with all of k = 1
    ZIPF_HIGH = 3, // and at the right end
    ZIPF_SURE = 4, // a point this close below its k is accepted without a look
};

static struct sim_dist make(enum sim_dist_kind kind, double scale)
{
    return (struct sim_dist){ .kind = kind, .scale = scale };
}

struct sim_dist sim_dist_constant(double value)
{
    return make(SIM_DIST_CONSTANT, value);
}

struct sim_dist sim_dist_exponential(double mean)
{
    return make(SIM_DIST_EXPONENTIAL, mean);
}

struct sim_dist sim_dist_uniform(double low, double high)
{
    struct sim_dist d = make(SIM_DIST_UNIFORM, 1.0);
    d.p[UNIFORM_LOW] = low;
    d.p[UNIFORM_HIGH] = high;
    return d;
}

struct sim_dist sim_dist_normal(double mean, double sd)
{
    struct sim_dist d = make(SIM_DIST_NORMAL, 1.0);
    d.p[NORMAL_MEAN] = mean;
    d.p[NORMAL_SD] = sd;
    return d;
}

struct sim_dist sim_dist_lognormal(double median, double p99)
{
    const double z99 = 2.326347874040841; // the standard normal quantile at 0.99
    struct sim_dist d = make(SIM_DIST_LOGNORMAL, median);
    d.p[LOGNORMAL_SIGMA] = sim_log(p99 / median) / z99;
    return d;
}

struct sim_dist sim_dist_lognormal_log(double mu, double sigma)
{
    struct sim_dist d = make(SIM_DIST_LOGNORMAL, sim_exp(mu));
    d.p[LOGNORMAL_SIGMA] = sigma;
    return d;
}

static struct sim_dist make_shaped(enum sim_dist_kind kind, double shape, double scale)
{
    struct sim_dist d = make(kind, scale);
    d.p[SHAPE] = shape;
    d.p[SHAPE_INVERSE] = 1.0 / shape;
    return d;
}

struct sim_dist sim_dist_pareto(double shape, double scale)
{
    return make_shaped(SIM_DIST_PARETO, shape, scale);
}

struct sim_dist sim_dist_weibull(double shape, double scale)
{
    return make_shaped(SIM_DIST_WEIBULL, shape, scale);
}

// The method wants a shape of at least 1; a smaller one is drawn as shape + 1 and then
// multiplied by a power of a uniform.
struct sim_dist sim_dist_gamma(double shape, double scale)
{
    struct sim_dist d = make(SIM_DIST_GAMMA, scale);
    d.p[SHAPE] = shape;
    d.p[GAMMA_D] = (shape < 1.0 ? shape + 1.0 : shape) - 1.0 / 3.0;
    d.p[GAMMA_C] = 1.0 / sqrt(9.0 * d.p[GAMMA_D]);
    return d;
}

struct sim_dist sim_dist_erlang(uint32_t stages, double mean)
{
    return sim_dist_gamma(stages, mean / stages);
}

// The hat of zipf: h(x) = x^-s, its integral from 1 to x, and the inverse of that. Written
// so that s = 1 is no special case.
static double zipf_hat(double s, double x)
{
    return sim_exp(-s * sim_log(x));
}

static double zipf_area(double s, double x)
{
    double log_x = sim_log(x);
    return log_x * sim_expm1_over((1.0 - s) * log_x);
}

static double zipf_area_inverse(double s, double area)
{
    double t = area * (1.0 - s);
    // Rounding may carry t below the least value that the area takes.
    if (t < -1.0)
        t = -1.0;
    return sim_exp(area * sim_log1p_over(t));
}

struct sim_dist sim_dist_zipf(double n, double s)
{
    struct sim_dist d = make(SIM_DIST_ZIPF, 1.0);
    d.p[ZIPF_N] = n;
    d.p[ZIPF_S] = s;
    d.p[ZIPF_LOW] = zipf_area(s, 1.5) - 1.0;
    d.p[ZIPF_HIGH] = zipf_area(s, n + 0.5);
    d.p[ZIPF_SURE] = 2.0 - zipf_area_inverse(s, zipf_area(s, 2.5) - zipf_hat(s, 2.0));
    return d;
}

struct sim_dist sim_dist_empirical(const struct sim_dist_point *points, uint32_t count)
{
    struct sim_dist d = make(SIM_DIST_EMPIRICAL, 1.0);
    d.points = points;
    d.count = count;
    return d;
}

uint32_t sim_dist_points_from_sorted(const double *values, uint32_t n,
                                     struct sim_dist_point *points)
{
    if (n == 1) {
        points[0] = (struct sim_dist_point){ 0.0, values[0] };
        points[1] = (struct sim_dist_point){ 1.0, values[0] };
        return 2;
    }
    for (uint32_t i = 0; i < n; i++)
        points[i] = (struct sim_dist_point){ (double)i / (double)(n - 1), values[i] };
    return n;
}

uint32_t sim_dist_points_from_weights(const double *values, const double *weights,
                                      uint32_t n, struct sim_dist_point *points)
{
    double total = 0;
    for (uint32_t i = 0; i < n; i++)
        total += weights[i];
    double below = 0;
    for (uint32_t i = 0; i < n; i++) {
        points[2 * i] = (struct sim_dist_point){ below / total, values[i] };
        below += weights[i];
        points[2 * i + 1] = (struct sim_dist_point){ below / total, values[i] };
    }
    return 2 * n;
}

struct sim_dist sim_dist_scaled(struct sim_dist d, double factor)
{
    d.scale *= factor;
    return d;
}

// A generator for the rest of one draw (see ziggurat.c).
static double more_unit(uint64_t *state)
{
    return sim_random_to_unit(sim_random_mix(*state += 0x9e3779b97f4a7c15u));
}

// The first normal comes from the draw's own number, and 95 in 100 are accepted: nearly
// always a larger number gives a larger draw.
static double draw_gamma(const struct sim_dist *d, uint64_t bits)
{
    uint64_t state = bits;
    double unit = sim_random_to_unit(bits);
    for (;; unit = more_unit(&state)) {
        double z = sim_normal_quantile(unit);
        double v = 1.0 + d->p[GAMMA_C] * z;
        if (v <= 0)
            continue;
        v = v * v * v;
        double u = more_unit(&state);
        double z2 = z * z;
        if (u >= 1.0 - 0.0331 * z2 * z2 &&
            sim_log(u) >= 0.5 * z2 + d->p[GAMMA_D] * (1.0 - v + sim_log(v)))
            continue;
        double shape = d->p[SHAPE];
        double boost = shape < 1.0 ? sim_pow(more_unit(&state), 1.0 / shape) : 1.0;
        return d->p[GAMMA_D] * v * boost;
    }
}

static double draw_zipf(const struct sim_dist *d, uint64_t bits)
{
    double n = d->p[ZIPF_N], s = d->p[ZIPF_S];
    double low = d->p[ZIPF_LOW], high = d->p[ZIPF_HIGH];
    uint64_t state = bits;
    double unit = sim_random_to_unit(bits);
    for (;; unit = more_unit(&state)) {
        double area = low + unit * (high - low);
        double x = zipf_area_inverse(s, area);
        double k = x < n ? (double)(int64_t)(x + 0.5) : n;
        if (k < 1.0)
            k = 1.0;
        if (k - x <= d->p[ZIPF_SURE] || area >= zipf_area(s, k + 0.5) - zipf_hat(s, k))
            return k;
    }
}

// Finds the last corner whose share is at most unit; the next one is beyond it.
static double draw_empirical(const struct sim_dist *d, double unit)
{
    uint32_t low = 0, high = d->count - 1;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (d->points[middle].share <= unit)
            low = middle;
        else
            high = middle;
    }
    struct sim_dist_point a = d->points[low], b = d->points[high];
    return a.value + (b.value - a.value) * ((unit - a.share) / (b.share - a.share));
}

double sim_dist_at(const struct sim_dist *d, uint64_t bits)
{
    const double *p = d->p;
    double unit = sim_random_to_unit(bits);
    switch ((enum sim_dist_kind)d->kind) {
    case SIM_DIST_CONSTANT:
        return d->scale;
    case SIM_DIST_EXPONENTIAL:
        return d->scale * sim_ziggurat(bits);
    case SIM_DIST_UNIFORM:
        return d->scale * (p[UNIFORM_LOW] + unit * (p[UNIFORM_HIGH] - p[UNIFORM_LOW]));
    case SIM_DIST_NORMAL:
        return d->scale * (p[NORMAL_MEAN] + p[NORMAL_SD] * sim_normal_quantile(unit));
    case SIM_DIST_LOGNORMAL:
        return d->scale * sim_exp(p[LOGNORMAL_SIGMA] * sim_normal_quantile(unit));
    case SIM_DIST_PARETO:
        return d->scale * sim_exp(-p[SHAPE_INVERSE] * sim_log(1.0 - unit));
    case SIM_DIST_GAMMA:
        return d->scale * draw_gamma(d, bits);
    case SIM_DIST_WEIBULL:
        return d->scale * sim_pow(-sim_log(1.0 - unit), p[SHAPE_INVERSE]);
    case SIM_DIST_ZIPF:
        return d->scale * draw_zipf(d, bits);
    case SIM_DIST_EMPIRICAL:
        return d->scale * draw_empirical(d, unit);
    }
    return 0;
}

static double weibull_mean(double shape)
{
    return sim_exp(sim_lgamma(1.0 + 1.0 / shape));
}

// The sum of k^-s for k from 1 to n: the first terms one by one, the rest by the formula
// of Euler and Maclaurin, whose first term left out is below 1e-12 of the sum.
static double power_sum(double n, double s)
{
    enum {
        singly = 64
    };
    double sum = 0;
    for (double k = 1; k <= n && k < singly; k++)
        sum += zipf_hat(s, k);
    if (n < singly)
        return sum;
    double f0 = zipf_hat(s, singly), f1 = zipf_hat(s, n);
    double slope = s * (f0 / singly - f1 / n);
    return sum + (zipf_area(s, n) - zipf_area(s, singly)) + 0.5 * (f0 + f1) + slope / 12.0;
}

static double empirical_mean(const struct sim_dist *d)
{
    double sum = 0;
    for (uint32_t i = 1; i < d->count; i++) {
        struct sim_dist_point a = d->points[i - 1], b = d->points[i];
        sum += (b.share - a.share) * (a.value + (b.value - a.value) / 2);
    }
    return sum;
}

double sim_dist_mean(const struct sim_dist *d)
{
    const double *p = d->p;
    switch ((enum sim_dist_kind)d->kind) {
    case SIM_DIST_CONSTANT:
    case SIM_DIST_EXPONENTIAL:
        return d->scale;
    case SIM_DIST_UNIFORM:
        return d->scale * (p[UNIFORM_LOW] + (p[UNIFORM_HIGH] - p[UNIFORM_LOW]) / 2);
    case SIM_DIST_NORMAL:
        return d->scale * p[NORMAL_MEAN];
    case SIM_DIST_LOGNORMAL:
        return d->scale * sim_exp(p[LOGNORMAL_SIGMA] * p[LOGNORMAL_SIGMA] / 2);
    case SIM_DIST_PARETO:
        return p[SHAPE] > 1 ? d->scale * p[SHAPE] / (p[SHAPE] - 1) : INFINITY;
    case SIM_DIST_GAMMA:
        return d->scale * p[SHAPE];
    case SIM_DIST_WEIBULL:
        return d->scale * weibull_mean(p[SHAPE]);
    case SIM_DIST_ZIPF:
        return d->scale * power_sum(p[ZIPF_N], p[ZIPF_S] - 1) /
               power_sum(p[ZIPF_N], p[ZIPF_S]);
    case SIM_DIST_EMPIRICAL:
        return d->scale * empirical_mean(d);
    }
    return 0;
}
