#ifndef SIM_ENGINE_MATH_H
#define SIM_ENGINE_MATH_H

// Logarithm, exponential and what is built from them, with the same bits on every machine.
//
// IEEE 754 fixes the bits of + - * / and of the square root and of nothing else: two
// versions of a C library, or one with and without fused multiplication, may differ in the
// last bit of log(x). One such bit can round a service time to another nanosecond, and then
// the whole run is another. So these functions use the exact operations only. They expect
// round-to-nearest, doubles that are evaluated as doubles, and no contraction of a product
// into a sum (-ffp-contract=off), which the build sets.
//
// An error is given in ulp, units in the last place of the result; tests compare with libm.

// Natural logarithm, error below 0.95 ulp. -INFINITY at 0, NaN below it.
double sim_log(double x);

// e^x, error below 0.95 ulp. INFINITY from about 709.78 on, 0 below about -745.13.
double sim_exp(double x);

// x^y for x >= 0, as exp(y log x): the exponent's own rounding error is multiplied by its
// size, so the error is below 2 + 3 |y log x| ulp. Good for the moderate powers that a
// distribution needs. NaN for x < 0; 1 where y is 0.
double sim_pow(double x, double y);

// log(1 + x) / x and (e^x - 1) / x without the loss of digits near 0, where both are 1
// (W. Kahan's device: the rounding errors of 1 + x and of e^x cancel in the quotient).
// Error below 4 ulp. The first wants x > -1; the second |x| < 700.
double sim_log1p_over(double x);
double sim_expm1_over(double x);

// The logarithm of the gamma function for x > 0: the recurrence up to 16, then Stirling's
// series with the Bernoulli numbers B2 to B10. Relative error below 3e-14 away from its
// zeros at 1 and 2, absolute error below 3e-14 near them.
double sim_lgamma(double x);

// The standard normal quantile: z with P(Z <= z) = p, for 0 < p < 1. Relative error about
// 1e-15. M. J. Wichura, Algorithm AS 241 (PPND16), Applied Statistics 37 (1988).
double sim_normal_quantile(double p);

#endif
