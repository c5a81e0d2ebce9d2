#ifndef TESTS_SUPPORT_STATISTICS_H
#define TESTS_SUPPORT_STATISTICS_H

// What tests of random draws have in common. Seeds are fixed, so a test gives the same
// answer every time; the bounds are such that a right program fails for about one seed in
// ten thousand, and a wrong one by a wide margin. Include after cmocka.h.
//
// cmocka 1.1 compares doubles as floats only, hence expect_near.

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline void expect_near_at(double got, double want, double tolerance,
                                  const char *what, const char *file, int line)
{
    if (got == want || fabs(got - want) <= tolerance)
        return;
    char text[256];
    snprintf(text, sizeof text, "%s is %.17g, wanted %.17g within %g", what, got, want,
             tolerance);
    print_error("%s\n", text);
    _fail(file, line);
}

// Fails unless got and want are at most tolerance apart, or are the same infinity.
#define expect_near(got, want, tolerance) \
    expect_near_at((got), (want), (tolerance), #got, __FILE__, __LINE__)

static inline int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// The statistic of Kolmogorov and Smirnov, times sqrt(n): values is sorted in place. Above
// 2.23 in one case of ten thousand.
static inline double kolmogorov(double *values, size_t n, double (*below)(double))
{
    qsort(values, n, sizeof *values, compare_doubles);
    double worst = 0;
    for (size_t i = 0; i < n; i++) {
        double p = below(values[i]);
        worst =
            fmax(worst, fmax(p - (double)i / (double)n, (double)(i + 1) / (double)n - p));
    }
    return worst * sqrt((double)n);
}

// Pearson's chi-square of counts against expected counts, as a distance in standard normal
// deviations (Wilson and Hilferty's cube root). Above 3.72 in one case of ten thousand.
static inline double chi_square_z(const uint64_t *seen, const double *expected,
                                  size_t cells)
{
    double sum = 0;
    for (size_t i = 0; i < cells; i++)
        sum +=
            ((double)seen[i] - expected[i]) * ((double)seen[i] - expected[i]) / expected[i];
    double df = (double)cells - 1;
    return (cbrt(sum / df) - (1 - 2 / (9 * df))) / sqrt(2 / (9 * df));
}

// How many standard deviations hits lie from trials * p.
static inline double binomial_z(uint64_t hits, uint64_t trials, double p)
{
    double n = (double)trials;
    return ((double)hits - n * p) / sqrt(n * p * (1 - p));
}

#endif
