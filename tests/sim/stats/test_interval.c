#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/engine/dist.h"
#include "sim/stats/interval.h"
#include "tests/support/statistics.h"

static struct sim_random stream(const char *purpose)
{
    struct sim_random r;
    sim_random_init(&r, 1, "interval", purpose);
    return r;
}

// The closed forms for one, two and four degrees of freedom (the Cauchy distribution first).
static double below1(double t)
{
    return 0.5 + atan(t) / acos(-1);
}

static double below2(double t)
{
    return 0.5 + t / (2 * sqrt(2 + t * t));
}

static double below4(double t)
{
    double u = t / sqrt(4 + t * t);
    return 0.5 + 0.75 * (u - u * u * u / 3);
}

static void student_matches_its_closed_forms(void **state)
{
    (void)state;
    for (double t = -30; t <= 30; t += 0.37) {
        expect_near(sim_student_below(t, 1), below1(t), 1e-13);
        expect_near(sim_student_below(t, 2), below2(t), 1e-13);
        expect_near(sim_student_below(t, 4), below4(t), 1e-13);
    }
}

// Printed tables give four to six digits.
static void student_quantiles_are_those_of_the_tables(void **state)
{
    (void)state;
    expect_near(sim_student_quantile(0.975, 1), 12.7062, 5e-5);
    expect_near(sim_student_quantile(0.975, 2), 4.302653, 5e-7);
    expect_near(sim_student_quantile(0.975, 5), 2.570582, 5e-7);
    expect_near(sim_student_quantile(0.975, 9), 2.262157, 5e-7);
    expect_near(sim_student_quantile(0.975, 19), 2.093024, 5e-7);
    expect_near(sim_student_quantile(0.975, 30), 2.042272, 5e-7);
    expect_near(sim_student_quantile(0.95, 10), 1.812461, 5e-7);
    expect_near(sim_student_quantile(0.995, 10), 3.169273, 5e-7);
    expect_near(sim_student_quantile(0.025, 9), -2.262157, 5e-7);
    expect_near(sim_student_quantile(0.975, 1e4), 1.960201, 5e-7);
}

static void student_quantile_inverts(void **state)
{
    (void)state;
    for (double df = 1; df < 2e4; df *= 1.7) {
        for (double p = 1e-6; p < 0.5; p *= 3.1) {
            double t = sim_student_quantile(p, df);
            expect_near(sim_student_below(t, df) / p, 1, 1e-9);
            expect_near(sim_student_quantile(1 - p, df), -t, 1e-7 * -t);
        }
        expect_near(sim_student_quantile(0.5, df), 0, 1e-12);
    }
}

static void tally_has_the_mean_and_variance_of_its_values(void **state)
{
    (void)state;
    struct sim_tally t = { 0 };
    assert_true(isnan(sim_tally_variance(&t)));
    // Far from 0, where a plain sum of squares has no digits left.
    static const double values[] = { 1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16 };
    for (size_t i = 0; i < 4; i++)
        sim_tally_add(&t, values[i]);
    expect_near(t.mean, 1e9 + 10, 0);
    expect_near(sim_tally_variance(&t), 30, 1e-12);
}

// Worked by hand: mean 6, deviation sqrt(10), so 2.776445 * sqrt(10) / sqrt(5).
static void interval_is_the_textbook_one(void **state)
{
    (void)state;
    static const double values[] = { 2, 4, 6, 8, 10 };
    struct sim_interval i = sim_interval_of(values, 5, 0.95);
    expect_near(i.mean, 6, 1e-15);
    expect_near(i.half, 2.776445 * sqrt(2), 1e-6);
    assert_int_equal(i.n, 5);
}

static void too_few_values_bound_nothing(void **state)
{
    (void)state;
    static const double one[] = { 3 };
    struct sim_interval i = sim_interval_of(one, 0, 0.95);
    assert_true(isnan(i.mean) && i.half == INFINITY && i.n == 0);
    i = sim_interval_of(one, 1, 0.95);
    assert_true(i.mean == 3 && i.half == INFINITY && i.n == 1);
    i = sim_interval_batches(one, 1, 10, 0.95);
    assert_true(i.half == INFINITY);
}

static uint32_t covered(struct sim_interval i, double truth)
{
    return fabs(i.mean - truth) <= i.half;
}

static void intervals_cover_the_truth_as_often_as_they_say(void **state)
{
    (void)state;
    static const double levels[] = { 0.8, 0.95, 0.99 };
    struct sim_dist d = sim_dist_normal(10, 3);
    struct sim_random r = stream("coverage");
    for (size_t level = 0; level < 3; level++) {
        uint32_t hits = 0;
        for (int k = 0; k < 4000; k++) {
            double values[5];
            for (int i = 0; i < 5; i++)
                values[i] = sim_dist_draw(&d, &r);
            hits += covered(sim_interval_of(values, 5, levels[level]), 10);
        }
        expect_near(binomial_z(hits, 4000, levels[level]), 0, 3.9);
    }
}

// A series with memory: each value keeps 0.9 of the last one's deviation.
static void fill_with_memory(double *series, uint32_t n, struct sim_random *r)
{
    struct sim_dist d = sim_dist_normal(0, 1);
    double deviation = sim_dist_draw(&d, r) / sqrt(1 - 0.81);
    for (uint32_t i = 0; i < n; i++) {
        series[i] = 5 + deviation;
        deviation = 0.9 * deviation + sim_dist_draw(&d, r);
    }
}

// Long batches forget; raw samples in their place do not, and the test would see it.
static void batch_means_cover_the_truth_of_a_series_with_memory(void **state)
{
    (void)state;
    enum {
        n = 6000,
        runs = 1000
    };
    double *series = malloc(n * sizeof *series);
    struct sim_random r = stream("batches");
    uint32_t hits = 0, hits_raw = 0, correlated = 0, correlated_raw = 0;
    for (int k = 0; k < runs; k++) {
        fill_with_memory(series, n, &r);
        hits += covered(sim_interval_batches(series, n, 15, 0.95), 5);
        hits_raw += covered(sim_interval_of(series, n, 0.95), 5);
        correlated += sim_interval_lag_one(series, n, 15) > 2 / sqrt(15);
        correlated_raw += sim_interval_lag_one(series, n, 1500) > 2 / sqrt(1500);
    }
    // Batches of 400 against a memory of about 10: what is left of it costs below 1 %.
    assert_true(binomial_z(hits, runs, 0.95) > -5 && binomial_z(hits, runs, 0.95) < 3.9);
    assert_true(hits_raw < runs / 2);
    assert_true(correlated < runs / 20 && correlated_raw == runs);
    free(series);
}

static void batches_leave_the_remainder_out_at_the_front(void **state)
{
    (void)state;
    static const double series[] = { 99, 1, 2, 3, 4 };
    struct sim_interval i = sim_interval_batches(series, 5, 2, 0.95);
    expect_near(i.mean, 2.5, 0);
    assert_int_equal(i.n, 2);
    expect_near(i.half, 12.7062, 1e-4);
}

static void lag_one_is_the_textbook_one(void **state)
{
    (void)state;
    static const double up_and_down[] = { 1, -1, 1, -1 }, flat[] = { 2, 2, 2 };
    expect_near(sim_interval_lag_one(up_and_down, 4, 4), -0.75, 1e-15);
    assert_true(sim_interval_lag_one(flat, 3, 3) == 0);
    assert_true(sim_interval_lag_one(flat, 3, 1) == 0);
}

// The example that is commonly printed: 10 hits of 20, and none of 10.
static void wilson_limits_are_the_textbook_ones(void **state)
{
    (void)state;
    struct sim_share s = sim_interval_share(10, 20, 0.95);
    expect_near(s.share, 0.5, 0);
    expect_near(s.low, 0.2993, 5e-5);
    expect_near(s.high, 0.7007, 5e-5);
    s = sim_interval_share(0, 10, 0.95);
    assert_true(s.low == 0);
    // z^2 / (n + z^2)
    expect_near(s.high, 3.841459 / 13.841459, 1e-6);
    s = sim_interval_share(10, 10, 0.95);
    assert_true(s.high == 1);
    s = sim_interval_share(0, 0, 0.95);
    assert_true(isnan(s.share) && s.low == 0 && s.high == 1);
}

// The exact coverage is a sum over the binomial distribution, without any draw; for
// Wilson's limits it wavers about 95 % and stays above 92 % except at the very ends.
static void wilson_limits_cover_the_truth(void **state)
{
    (void)state;
    enum {
        n = 50
    };
    for (double p = 0.1; p <= 0.9; p += 0.01) {
        double coverage = 0;
        for (int hits = 0; hits <= n; hits++) {
            struct sim_share s = sim_interval_share((uint64_t)hits, n, 0.95);
            double ways = lgamma(n + 1) - lgamma(hits + 1) - lgamma(n - hits + 1);
            if (s.low <= p && p <= s.high)
                coverage += exp(ways + hits * log(p) + (n - hits) * log(1 - p));
        }
        assert_true(coverage > 0.92 && coverage < 0.98);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(student_matches_its_closed_forms),
        cmocka_unit_test(student_quantiles_are_those_of_the_tables),
        cmocka_unit_test(student_quantile_inverts),
        cmocka_unit_test(tally_has_the_mean_and_variance_of_its_values),
        cmocka_unit_test(interval_is_the_textbook_one),
        cmocka_unit_test(too_few_values_bound_nothing),
        cmocka_unit_test(intervals_cover_the_truth_as_often_as_they_say),
        cmocka_unit_test(batch_means_cover_the_truth_of_a_series_with_memory),
        cmocka_unit_test(batches_leave_the_remainder_out_at_the_front),
        cmocka_unit_test(lag_one_is_the_textbook_one),
        cmocka_unit_test(wilson_limits_are_the_textbook_ones),
        cmocka_unit_test(wilson_limits_cover_the_truth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
