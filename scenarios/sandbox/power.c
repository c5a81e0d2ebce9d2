#include "scenarios/sandbox/power.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "sim/engine/math.h"

static bool is_whole(double y)
{
    return floor(y) == y;
}

static bool is_odd(double y)
{
    return is_whole(y) && fmod(y, 2) != 0;
}

// By squaring: exact as long as the result has 53 bits.
static double by_squaring(double x, double n)
{
    double power = 1;
    for (uint64_t k = (uint64_t)n; k > 0; k >>= 1) {
        if (k & 1)
            power *= x;
        x *= x;
    }
    return power;
}

// In two halves, because x^n may be too large a number where 1/x^n is not too small.
static double whole_power(double x, double y)
{
    double n = fabs(y), half = floor(n / 2);
    if (y >= 0)
        return by_squaring(x, n);
    double power = by_squaring(x, n);
    return isfinite(power) && power >= 0x1p-1022
               ? 1 / power
               : 1 / by_squaring(x, half) / by_squaring(x, n - half);
}

// Squaring doubles its error each time, so it is for few factors and for those powers that it
// gives exactly: of whole numbers and of powers of two.
static double power_of_positive(double x, double y)
{
    int exponent;
    if (is_whole(y) && fabs(y) <= 2000 &&
        (fabs(y) <= 32 || is_whole(x) || frexp(x, &exponent) == 0.5))
        return whole_power(x, y);
    if (y == 0.5)
        return sqrt(x);
    return sim_pow(x, y);
}

// What the standard fixes (C11, F.10.4.4): one of x and y is zero or infinite.
static double power_at_the_edge(double x, double y)
{
    double size = fabs(x);
    if (size == 1)
        return 1;
    double power = (size > 1) == (y > 0) ? INFINITY : 0;
    return signbit(x) && !isinf(y) && is_odd(y) ? -power : power;
}

double scn_power(double x, double y)
{
    if (y == 0 || x == 1)
        return 1;
    if (isnan(x) || isnan(y))
        return x + y;
    if (x == 0 || isinf(x) || isinf(y))
        return power_at_the_edge(x, y);
    if (x > 0)
        return power_of_positive(x, y);
    if (!is_whole(y))
        return NAN;
    return is_odd(y) ? -power_of_positive(-x, y) : power_of_positive(-x, y);
}

double pow(double x, double y)
{
    return scn_power(x, y);
}
