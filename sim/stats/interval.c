#include "sim/stats/interval.h"

#include <math.h>

#include "sim/engine/math.h"

void sim_tally_add(struct sim_tally *t, double value)
{
    double off = value - t->mean;
    t->n++;
    t->mean += off / (double)t->n;
    t->squares += off * (value - t->mean);
}

double sim_tally_variance(const struct sim_tally *t)
{
    return t->n > 1 ? t->squares / (double)(t->n - 1) : NAN;
}

struct sim_interval sim_tally_interval(const struct sim_tally *t, double confidence)
{
    struct sim_interval interval = { .mean = t->n ? t->mean : NAN,
                                     .half = INFINITY,
                                     .n = (uint32_t)t->n };
    if (t->n < 2)
        return interval;
    double quantile = sim_student_quantile(0.5 + confidence / 2, (double)(t->n - 1));
    interval.half = quantile * sqrt(sim_tally_variance(t) / (double)t->n);
    return interval;
}

struct sim_interval sim_interval_of(const double *values, uint32_t n, double confidence)
{
    struct sim_tally t = { 0 };
    for (uint32_t i = 0; i < n; i++)
        sim_tally_add(&t, values[i]);
    return sim_tally_interval(&t, confidence);
}

// Mean of batch i; the batches end where the series does.
static double batch_mean(const double *series, uint32_t n, uint32_t batches, uint32_t i)
{
    uint32_t length = n / batches;
    const double *batch = series + (n - length * batches) + i * length;
    double sum = 0;
    for (uint32_t k = 0; k < length; k++)
        sum += batch[k];
    return sum / length;
}

struct sim_interval sim_interval_batches(const double *series, uint32_t n, uint32_t batches,
                                         double confidence)
{
    struct sim_tally t = { 0 };
    for (uint32_t i = 0; n >= batches && i < batches; i++)
        sim_tally_add(&t, batch_mean(series, n, batches, i));
    return sim_tally_interval(&t, confidence);
}

double sim_interval_lag_one(const double *series, uint32_t n, uint32_t batches)
{
    if (batches < 2 || n < batches)
        return 0;
    struct sim_tally t = { 0 };
    for (uint32_t i = 0; i < batches; i++)
        sim_tally_add(&t, batch_mean(series, n, batches, i));
    if (!(t.squares > 0))
        return 0;
    double sum = 0;
    double before = batch_mean(series, n, batches, 0) - t.mean;
    for (uint32_t i = 1; i < batches; i++) {
        double off = batch_mean(series, n, batches, i) - t.mean;
        sum += before * off;
        before = off;
    }
    return sum / t.squares;
}

struct sim_share sim_interval_share(uint64_t hits, uint64_t trials, double confidence)
{
    if (trials == 0)
        return (struct sim_share){ .share = NAN, .low = 0, .high = 1 };
    double z = sim_normal_quantile(0.5 + confidence / 2);
    double n = (double)trials;
    double share = (double)hits / n;
    double middle = share + z * z / (2 * n);
    double spread = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n));
    double below = 1 + z * z / n;
    struct sim_share result = { share, (middle - spread) / below,
                                (middle + spread) / below };
    // At the ends the limit is the end itself; rounding must not carry it past.
    if (hits == 0)
        result.low = 0;
    if (hits == trials)
        result.high = 1;
    return result;
}

// Keeps Lentz's quotients away from 0.
static double not_zero(double x)
{
    const double tiny = 1e-300;
    return x > -tiny && x < tiny ? tiny : x;
}

// The continued fraction of the incomplete beta function (Abramowitz and Stegun 26.5.8),
// evaluated from the front by the method of W. J. Lentz (Applied Optics 15, 1976). Settles
// within about sqrt(max(a, b)) steps for x below the mean of the distribution.
static double beta_fraction(double a, double b, double x)
{
    double c = 1;
    double d = 1 / not_zero(1 - (a + b) * x / (a + 1));
    double value = d;
    for (double m = 1; m < 10000; m += 1) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        d = 1 / not_zero(1 + even * d);
        c = not_zero(1 + even / c);
        value *= d * c;
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 / not_zero(1 + odd * d);
        c = not_zero(1 + odd / c);
        double step = d * c;
        value *= step;
        if (step > 1 - 1e-15 && step < 1 + 1e-15)
            break;
    }
    return value;
}

// The regularised incomplete beta function; y is 1 - x, given apart so that neither is
// rounded away.
static double beta_below(double a, double b, double x, double y)
{
    if (x <= 0)
        return 0;
    if (y <= 0)
        return 1;
    double log_front =
        sim_lgamma(a + b) - sim_lgamma(a) - sim_lgamma(b) + a * sim_log(x) + b * sim_log(y);
    double front = sim_exp(log_front);
    if (x < (a + 1) / (a + b + 2))
        return front * beta_fraction(a, b, x) / a;
    return 1 - front * beta_fraction(b, a, y) / b;
}

// P(T > t) for t >= 0.
static double student_above(double t, double df)
{
    double below = df + t * t;
    return 0.5 * beta_below(df / 2, 0.5, df / below, t * t / below);
}

double sim_student_below(double t, double df)
{
    return t < 0 ? student_above(-t, df) : 1 - student_above(t, df);
}

// By halving, on the smaller tail, where no digits are lost. Called once a figure, so plain
// beats fast.
double sim_student_quantile(double p, double df)
{
    double tail = p < 0.5 ? p : 1 - p;
    double low = 0, high = 1;
    while (student_above(high, df) > tail && high < 1e300)
        high *= 2;
    for (int i = 0; i < 200; i++) {
        double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high)
            break;
        if (student_above(middle, df) > tail)
            low = middle;
        else
            high = middle;
    }
    double t = low + (high - low) / 2;
    return p < 0.5 ? -t : t;
}
