#include "sim/engine/math.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

_Static_assert(FLT_EVAL_METHOD == 0, "doubles must be evaluated as doubles");
_Static_assert(sizeof(double) == 8 && DBL_MANT_DIG == 53, "doubles must be IEEE binary64");

// ln 2 in two parts. The first has 32 significant bits, so its product with any exponent
// of a double is exact.
static const double ln2_hi = 0x1.62e42feep-1;
static const double ln2_lo = 0x1.a39ef35793c76p-33;

static uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static double from_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

// 2^k for a k whose result is a normal number.
static double two_to(int64_t k)
{
    return from_bits((uint64_t)(k + 1023) << 52);
}

// (2 atanh(s) - 2 s) / s with z = s^2: the odd series of the logarithm after its first
// term. Coefficients: minimax fit (Remez) for the mantissas below; relative error 2^-58 of
// the leading term.
static double log_tail(double z)
{
    double w = z * z;
    double even =
        0x1.999999997fd7bp-2 + w * (0x1.c71c52061ce2cp-3 + w * 0x1.39a1a72e668d5p-3);
    double odd =
        0x1.5555555555592p-1 +
        w * (0x1.24924941f4d74p-2 + w * (0x1.74663f9f185c3p-3 + w * 0x1.2f063311e49fep-3));
    return z * odd + w * even;
}

// x = 2^k (1 + f) with 1 + f between sqrt(1/2) and sqrt(2). With s = f / (2 + f),
// log(1 + f) is 2 atanh(s); 2 s is written as f - f^2/2 + s f^2/2, whose first term is
// exact, so the rounding errors of the rest are small against the sum.
double sim_log(double x)
{
    if (!(x >= DBL_MIN && x <= DBL_MAX)) {
        if (x == 0)
            return -INFINITY;
        if (!(x > 0))
            return NAN;
        return x > DBL_MAX ? x : sim_log(x * 0x1p54) - 54 * (ln2_hi + ln2_lo);
    }
    const uint64_t sqrt_half = 0x3fe6a09e667f3bcd;
    uint64_t bits = bits_of(x);
    // The offset makes the exponent field step at sqrt(1/2) in place of 1.
    uint64_t stepped = bits + (0x3ff0000000000000 - sqrt_half);
    double k = (double)((int64_t)(stepped >> 52) - 1023);
    double f = from_bits((stepped & 0xfffffffffffff) + sqrt_half) - 1.0;

    double s = f / (2.0 + f);
    double half = 0.5 * f * f;
    double rest = s * (half + log_tail(s * s)) + k * ln2_lo;
    return k * ln2_hi - ((half - rest) - f);
}

// (e^r - 1 - r) / r^2 for |r| <= ln(2) / 2. Minimax fit (Remez), relative error 2^-64; the
// terms are paired so that a processor can work on several at once.
static double exp_tail(double r)
{
    double r2 = r * r;
    double r4 = r2 * r2;
    double p01 = 0.5 + r * 0.16666666666666685;
    double p23 = 0.04166666666666673 + r * 0.00833333333331674;
    double p45 = 0.0013888888888858666 + r * 0.0001984126989705818;
    double p67 = 2.480158737330387e-05 + r * 2.755723423599899e-06;
    double p89 = 2.755723371828218e-07 + r * 2.511224046812983e-08;
    double high = (p45 + r2 * p67) + r4 * (p89 + r2 * 2.092683818971205e-09);
    return (p01 + r2 * p23) + r4 * high;
}

// m 2^k, rounded once, also where 2^k or the result is not a normal number.
static double scaled(double m, int64_t k)
{
    if (k > 1023)
        return m * two_to(k - 1) * 2.0;
    return k < -1021 ? m * two_to(k + 64) * 0x1p-64 : m * two_to(k);
}

// x = k ln 2 + r, and e^x = 2^k e^r.
double sim_exp(double x)
{
    if (!(x > -746.0 && x < 710.0))
        return x < 0 ? 0.0 : x > 0 ? INFINITY : x;
    // Adding and taking away 1.5 * 2^52 rounds to the nearest whole number.
    double k = (x * 0x1.71547652b82fep+0 + 0x1.8p52) - 0x1.8p52;
    double hi = x - k * ln2_hi;
    double lo = k * ln2_lo;
    double r = hi - lo;
    // What r lost to rounding is put back with the small terms.
    double lost = (hi - r) - lo;
    return scaled(1.0 + (r + (r * r * exp_tail(r) + lost)), (int64_t)k);
}

double sim_pow(double x, double y)
{
    if (y == 0)
        return 1.0;
    if (x == 0)
        return y > 0 ? 0.0 : INFINITY;
    return sim_exp(y * sim_log(x));
}

double sim_log1p_over(double x)
{
    double u = 1.0 + x;
    return u == 1.0 ? 1.0 : sim_log(u) / (u - 1.0);
}

double sim_expm1_over(double x)
{
    double u = sim_exp(x);
    if (u == 1.0)
        return 1.0;
    // Far from 0 the plain quotient loses nothing, and below -36 u - 1 is -1 exactly.
    return x > -1.0 && x < 1.0 ? (u - 1.0) / sim_log(u) : (u - 1.0) / x;
}

// Stirling's series beyond (x - 1/2) log x - x + log(2 pi) / 2. The n-th coefficient is
// B2n / (2n (2n - 1)); at x >= 16 the first one left out adds 1e-16, and the whole is 28 or
// more.
static double stirling_tail(double x)
{
    double w = 1.0 / (x * x);
    double p = 1.0 / 1188.0;
    p = -1.0 / 1680.0 + w * p;
    p = 1.0 / 1260.0 + w * p;
    p = -1.0 / 360.0 + w * p;
    p = 1.0 / 12.0 + w * p;
    return p / x;
}

double sim_lgamma(double x)
{
    if (!(x > 0))
        return x == 0 ? INFINITY : NAN;
    double product = 1.0;
    for (; x < 16.0; x += 1.0)
        product *= x;
    const double log_2pi_half = 0.9189385332046728;
    double big = (x - 0.5) * sim_log(x) - x + log_2pi_half;
    return big + (stirling_tail(x) - sim_log(product));
}

// A polynomial of degree 7, lowest coefficient first.
static double poly7(const double c[8], double x)
{
    double x2 = x * x;
    double low = (c[0] + x * c[1]) + x2 * (c[2] + x * c[3]);
    double high = (c[4] + x * c[5]) + x2 * (c[6] + x * c[7]);
    return low + x2 * x2 * high;
}

// The coefficients that AS 241 publishes, in the paper's order and with its letters.
static const double as241_a[8] = {
    3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
    1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
    3.3430575583588128105e4, 2.5090809287301226727e3,
};
static const double as241_b[8] = {
    1.0,
    4.2313330701600911252e1,
    6.8718700749205790830e2,
    5.3941960214247511077e3,
    2.1213794301586595867e4,
    3.9307895800092710610e4,
    2.8729085735721942674e4,
    5.2264952788528545610e3,
};
static const double as241_c[8] = {
    1.42343711074968357734e0,  4.63033784615654529590e0,  5.76949722146069140550e0,
    3.64784832476320460504e0,  1.27045825245236838258e0,  2.41780725177450611770e-1,
    2.27238449892691845833e-2, 7.74545014278341407640e-4,
};
static const double as241_d[8] = {
    1.0,
    2.05319162663775882187e0,
    1.67638483018380384940e0,
    6.89767334985100004550e-1,
    1.48103976427480074590e-1,
    1.51986665636164571966e-2,
    5.47593808499534494600e-4,
    1.05075007164441684324e-9,
};
static const double as241_e[8] = {
    6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,
    2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
    2.71155556874348757815e-5, 2.01033439929228813265e-7,
};
static const double as241_f[8] = {
    1.0,
    5.99832206555887937690e-1,
    1.36929880922735805310e-1,
    1.48753612908506148525e-2,
    7.86869131145613259100e-4,
    1.84631831751005468180e-5,
    1.42151175831644588870e-7,
    2.04426310338993978564e-15,
};

double sim_normal_quantile(double p)
{
    double q = p - 0.5;
    if (q >= -0.425 && q <= 0.425) {
        double r = 0.180625 - q * q;
        return q * poly7(as241_a, r) / poly7(as241_b, r);
    }
    double r = sqrt(-sim_log(q < 0 ? p : 1.0 - p));
    double z = r <= 5.0 ? poly7(as241_c, r - 1.6) / poly7(as241_d, r - 1.6)
                        : poly7(as241_e, r - 5.0) / poly7(as241_f, r - 5.0);
    return q < 0 ? -z : z;
}
