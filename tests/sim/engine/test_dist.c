#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/engine/dist.h"
#include "tests/support/statistics.h"

enum {
    draws = 200000
};

static struct sim_random stream(const char *purpose)
{
    struct sim_random r;
    sim_random_init(&r, 1, "dist", purpose);
    return r;
}

// Draws, compares with the distribution function, and the mean with the mean that d claims
// and the one that theory gives. sd is the distribution's deviation.
static void follows(struct sim_dist d, double (*below)(double), double mean, double sd)
{
    assert_null(sim_dist_check(&d));
    double *values = malloc(draws * sizeof *values);
    struct sim_random r = stream(sim_dist_name(&d));
    double sum = 0;
    for (int i = 0; i < draws; i++)
        sum += values[i] = sim_dist_draw(&d, &r);
    expect_near(sim_dist_mean(&d), mean, 1e-12 * fabs(mean));
    expect_near((sum / draws - mean) / sd * sqrt(draws), 0, 3.9);
    expect_near(kolmogorov(values, draws, below), 0, 2.23);
    free(values);
}

static double exponential_below(double x)
{
    return -expm1(-x / 3);
}

static void exponential_has_its_mean_and_shape(void **state)
{
    (void)state;
    follows(sim_dist_exponential(3), exponential_below, 3, 3);
}

static double uniform_below(double x)
{
    return (x - 2) / 5;
}

static void uniform_fills_its_range(void **state)
{
    (void)state;
    follows(sim_dist_uniform(2, 7), uniform_below, 4.5, 5 / sqrt(12));
}

static double normal_below(double x)
{
    return 0.5 * erfc(-(x - 10) / 3 / sqrt(2));
}

static void normal_has_its_mean_and_deviation(void **state)
{
    (void)state;
    follows(sim_dist_normal(10, 3), normal_below, 10, 3);
}

// By the definition of p99, with 2.326... the normal quantile at 0.99 of printed tables.
static double sigma(void)
{
    return log(30.0 / 6) / 2.326347874040841;
}

static double lognormal_below(double x)
{
    return 0.5 * erfc(-log(x / 6) / sigma() / sqrt(2));
}

static void lognormal_is_told_by_median_and_p99(void **state)
{
    (void)state;
    expect_near(lognormal_below(30), 0.99, 1e-11);
    double mean = 6 * exp(sigma() * sigma() / 2);
    follows(sim_dist_lognormal(6, 30), lognormal_below, mean,
            mean * sqrt(expm1(sigma() * sigma())));
}

static void lognormal_is_told_by_its_logarithm_too(void **state)
{
    (void)state;
    struct sim_dist a = sim_dist_lognormal_log(log(6), sigma()),
                    b = sim_dist_lognormal(6, 30);
    for (uint64_t i = 1; i < 1000; i++) {
        uint64_t bits = i << 54;
        expect_near(sim_dist_at(&a, bits) / sim_dist_at(&b, bits), 1, 1e-11);
    }
}

static double pareto_below(double x)
{
    return 1 - pow(2 / x, 3.5);
}

static void pareto_has_its_tail(void **state)
{
    (void)state;
    follows(sim_dist_pareto(3.5, 2), pareto_below, 2.8, sqrt(3.5 / 1.5) * 2 / 2.5);
}

static void pareto_of_shape_one_has_no_mean(void **state)
{
    (void)state;
    struct sim_dist d = sim_dist_pareto(1, 2);
    assert_null(sim_dist_check(&d));
    assert_true(sim_dist_mean(&d) == INFINITY);
}

static double weibull_below(double x)
{
    return -expm1(-pow(x / 2, 0.7));
}

static void weibull_has_its_shape(void **state)
{
    (void)state;
    double mean = 2 * tgamma(1 + 1 / 0.7);
    double square = 4 * tgamma(1 + 2 / 0.7);
    follows(sim_dist_weibull(0.7, 2), weibull_below, mean, sqrt(square - mean * mean));
}

// Gamma of whole shape is a sum of exponentials, of half-odd shape it goes back to the
// error function: both have a distribution function in closed form.
static double gamma3_below(double x)
{
    x /= 2;
    return 1 - exp(-x) * (1 + x + x * x / 2);
}

static double gamma_half_below(double x)
{
    return erf(sqrt(x / 2));
}

static double gamma_five_halves_below(double x)
{
    x /= 2;
    double first = erf(sqrt(x)) - sqrt(x) * exp(-x) / tgamma(1.5);
    return first - x * sqrt(x) * exp(-x) / tgamma(2.5);
}

static void gamma_has_its_shape(void **state)
{
    (void)state;
    follows(sim_dist_gamma(3, 2), gamma3_below, 6, 2 * sqrt(3));
    follows(sim_dist_gamma(2.5, 2), gamma_five_halves_below, 5, 2 * sqrt(2.5));
}

static void gamma_of_small_shape_has_its_shape(void **state)
{
    (void)state;
    follows(sim_dist_gamma(0.5, 2), gamma_half_below, 1, 2 * sqrt(0.5));
}

static void erlang_is_a_sum_of_exponentials(void **state)
{
    (void)state;
    follows(sim_dist_erlang(3, 6), gamma3_below, 6, 2 * sqrt(3));
}

static void zipf_follows(double n, double s)
{
    struct sim_dist d = sim_dist_zipf(n, s);
    assert_null(sim_dist_check(&d));
    size_t cells = (size_t)n;
    double *expected = malloc(cells * sizeof *expected);
    uint64_t *seen = calloc(cells, sizeof *seen);
    double sum = 0, mean = 0;
    for (size_t k = 1; k <= cells; k++)
        sum += pow((double)k, -s);
    for (size_t k = 1; k <= cells; k++) {
        expected[k - 1] = draws * pow((double)k, -s) / sum;
        mean += (double)k * pow((double)k, -s) / sum;
    }
    struct sim_random r = stream("zipf");
    for (int i = 0; i < draws; i++) {
        double k = sim_dist_draw(&d, &r);
        assert_true(k >= 1 && k <= n && k == floor(k));
        seen[(size_t)k - 1]++;
    }
    expect_near(chi_square_z(seen, expected, cells), 0, 3.9);
    expect_near(sim_dist_mean(&d) / mean, 1, 1e-9);
    free(expected);
    free(seen);
}

static void zipf_has_its_exact_probabilities(void **state)
{
    (void)state;
    zipf_follows(50, 1.2);
    zipf_follows(100, 1);
    zipf_follows(2, 0.3);
    zipf_follows(10, 0);
    zipf_follows(20, 2.5);
    zipf_follows(1000, 0.5);
}

// Where a table would not fit: the shares of the first numbers, and the mean by the zeta
// function (zeta(2) and the sum of 1/k).
static void zipf_of_a_huge_range_costs_no_table(void **state)
{
    (void)state;
    struct sim_dist d = sim_dist_zipf(1e12, 2);
    const double zeta2 = 1.6449340668482264, euler = 0.5772156649015329;
    expect_near(sim_dist_mean(&d), (log(1e12) + euler) / zeta2, 1e-8);
    struct sim_random r = stream("huge");
    uint64_t ones = 0, twos = 0, beyond = 0;
    for (int i = 0; i < draws; i++) {
        double k = sim_dist_draw(&d, &r);
        ones += k == 1;
        twos += k == 2;
        beyond += k > 100;
    }
    expect_near(binomial_z(ones, draws, 1 / zeta2), 0, 3.9);
    expect_near(binomial_z(twos, draws, 0.25 / zeta2), 0, 3.9);
    // The sum of 1/k^2 beyond 100 is 1/100.5 to five digits.
    expect_near(binomial_z(beyond, draws, 1 / 100.5 / zeta2), 0, 3.9);
}

static void zipf_of_one_is_always_one(void **state)
{
    (void)state;
    struct sim_dist d = sim_dist_zipf(1, 1.5);
    struct sim_random r = stream("one");
    assert_null(sim_dist_check(&d));
    for (int i = 0; i < 1000; i++)
        assert_true(sim_dist_draw(&d, &r) == 1);
}

// Half of the draws rise evenly from 1 to 2, a quarter are 2 exactly, and a quarter rise
// from 5 to 9.
static const struct sim_dist_point corners[] = {
    { 0, 1 }, { 0.5, 2 }, { 0.75, 2 }, { 0.75, 5 }, { 1, 9 },
};

static void empirical_runs_through_its_corners(void **state)
{
    (void)state;
    struct sim_dist d = sim_dist_empirical(corners, 5);
    assert_null(sim_dist_check(&d));
    expect_near(sim_dist_mean(&d), 0.5 * 1.5 + 0.25 * 2 + 0.25 * 7, 1e-15);
    expect_near(sim_dist_at(&d, 0), 1, 1e-12);
    expect_near(sim_dist_at(&d, UINT64_MAX), 9, 1e-12);
    expect_near(sim_dist_at(&d, (uint64_t)1 << 62), 1.5, 1e-12);
    expect_near(sim_dist_at(&d, (uint64_t)5 << 61), 2, 0);
    expect_near(sim_dist_at(&d, (uint64_t)7 << 61), 7, 1e-12);
    struct sim_random r = stream("empirical");
    for (int i = 0; i < draws; i++) {
        double x = sim_dist_draw(&d, &r);
        assert_true((x >= 1 && x <= 2) || (x >= 5 && x <= 9));
    }
}

static void measurements_become_a_distribution(void **state)
{
    (void)state;
    const double values[] = { 1, 2, 4, 8, 16 };
    struct sim_dist_point points[5];
    struct sim_dist d =
        sim_dist_empirical(points, sim_dist_points_from_sorted(values, 5, points));
    assert_null(sim_dist_check(&d));
    expect_near(sim_dist_at(&d, (uint64_t)1 << 63), 4, 1e-12);
    expect_near(sim_dist_at(&d, (uint64_t)7 << 61), 12, 1e-12);
    expect_near(sim_dist_mean(&d), (1.5 + 3 + 6 + 12) / 4, 1e-15);

    struct sim_dist_point pair[2];
    d = sim_dist_empirical(pair, sim_dist_points_from_sorted(values + 2, 1, pair));
    assert_null(sim_dist_check(&d));
    expect_near(sim_dist_at(&d, 12345), 4, 0);
}

static void weighted_values_are_drawn_as_often_as_they_weigh(void **state)
{
    (void)state;
    const double values[] = { 1, 10, 100 }, weights[] = { 3, 0, 1 };
    struct sim_dist_point points[6];
    struct sim_dist d = sim_dist_empirical(
        points, sim_dist_points_from_weights(values, weights, 3, points));
    assert_null(sim_dist_check(&d));
    expect_near(sim_dist_mean(&d), 25.75, 1e-13);
    struct sim_random r = stream("weights");
    uint64_t hundreds = 0;
    for (int i = 0; i < draws; i++) {
        double x = sim_dist_draw(&d, &r);
        assert_true(x == 1 || x == 100);
        hundreds += x == 100;
    }
    expect_near(binomial_z(hundreds, draws, 0.25), 0, 3.9);
}

// One of each kind, for what holds for all of them.
static const struct sim_dist *one_of_each(size_t *count)
{
    static struct sim_dist all[12];
    all[0] = sim_dist_constant(5);
    all[1] = sim_dist_exponential(3);
    all[2] = sim_dist_uniform(1, 2);
    all[3] = sim_dist_normal(10, 1);
    all[4] = sim_dist_lognormal(6, 30);
    all[5] = sim_dist_pareto(1.5, 2);
    all[6] = sim_dist_gamma(3, 2);
    all[7] = sim_dist_gamma(0.5, 2);
    all[8] = sim_dist_weibull(0.7, 2);
    all[9] = sim_dist_zipf(50, 1.2);
    all[10] = sim_dist_empirical(corners, 5);
    all[11] = sim_dist_erlang(4, 1);
    *count = sizeof all / sizeof *all;
    return all;
}

static void each_draw_takes_one_number_of_the_stream(void **state)
{
    (void)state;
    size_t n;
    const struct sim_dist *all = one_of_each(&n);
    for (size_t k = 0; k < n; k++) {
        struct sim_random a = stream("step"), b = a;
        for (int i = 0; i < 10000; i++) {
            double x = sim_dist_draw(&all[k], &a);
            assert_true(x == sim_dist_at(&all[k], sim_random_next(&b)));
        }
        assert_memory_equal(&a, &b, sizeof a);
    }
}

static void larger_numbers_give_larger_draws_by_inversion(void **state)
{
    (void)state;
    static const size_t inverted[] = { 2, 3, 4, 5, 8, 10 };
    size_t n;
    const struct sim_dist *all = one_of_each(&n);
    for (size_t k = 0; k < sizeof inverted / sizeof *inverted; k++) {
        const struct sim_dist *d = &all[inverted[k]];
        double before = sim_dist_at(d, 0);
        for (uint64_t i = 1; i < 4096; i++) {
            double x = sim_dist_at(d, i << 52);
            assert_true(x >= before);
            before = x;
        }
    }
}

static void scaling_multiplies_every_draw(void **state)
{
    (void)state;
    size_t n;
    const struct sim_dist *all = one_of_each(&n);
    for (size_t k = 0; k < n; k++) {
        struct sim_dist scaled = sim_dist_scaled(all[k], SIM_S);
        assert_null(sim_dist_check(&scaled));
        struct sim_random a = stream("scale"), b = a;
        for (int i = 0; i < 1000; i++) {
            double x = sim_dist_draw(&all[k], &a) * SIM_S;
            expect_near(sim_dist_draw(&scaled, &b), x, 1e-15 * fabs(x));
        }
        double mean = sim_dist_mean(&all[k]) * SIM_S;
        expect_near(sim_dist_mean(&scaled), mean, 1e-15 * fabs(mean));
    }
}

static void durations_are_rounded_and_held_in_range(void **state)
{
    (void)state;
    assert_true(sim_dist_to_time(2.4) == 2 && sim_dist_to_time(2.5) == 3);
    assert_true(sim_dist_to_time(0.4) == 0 && sim_dist_to_time(-7) == 0);
    assert_true(sim_dist_to_time(NAN) == 0);
    const sim_time most = ((sim_time)1 << 62) - 1;
    assert_true(sim_dist_to_time(0x1p62) == most && sim_dist_to_time(INFINITY) == most);
    assert_true(sim_dist_to_time(nextafter(0x1p62, 0)) < most);
    struct sim_random r = stream("time");
    struct sim_dist d = sim_dist_scaled(sim_dist_normal(0, 1), SIM_MS);
    for (int i = 0; i < 1000; i++)
        assert_true(sim_dist_draw_time(&d, &r) >= 0);
}

static void refused(struct sim_dist d, const char *because)
{
    const char *wrong = sim_dist_check(&d);
    assert_non_null(wrong);
    if (!strstr(wrong, because))
        fail_msg("%s: \"%s\" does not mention \"%s\"", sim_dist_name(&d), wrong, because);
}

static void senseless_parameters_are_refused_by_name(void **state)
{
    (void)state;
    refused(sim_dist_constant(NAN), "value");
    refused(sim_dist_constant(INFINITY), "value");
    refused(sim_dist_exponential(0), "mean");
    refused(sim_dist_exponential(-1), "mean");
    refused(sim_dist_exponential(NAN), "mean");
    refused(sim_dist_exponential(INFINITY), "mean");
    refused(sim_dist_uniform(2, 1), "low end");
    refused(sim_dist_uniform(NAN, 1), "finite");
    refused(sim_dist_uniform(0, INFINITY), "finite");
    refused(sim_dist_normal(NAN, 1), "mean");
    refused(sim_dist_normal(1, -1), "deviation");
    refused(sim_dist_normal(1, NAN), "deviation");
    refused(sim_dist_lognormal(0, 1), "median");
    refused(sim_dist_lognormal(-1, 1), "median");
    refused(sim_dist_lognormal(2, 2), "p99");
    refused(sim_dist_lognormal(2, 1), "p99");
    refused(sim_dist_lognormal(2, -1), "p99");
    refused(sim_dist_lognormal(2, INFINITY), "p99");
    refused(sim_dist_lognormal(2, NAN), "p99");
    refused(sim_dist_lognormal_log(1, 0), "sigma");
    refused(sim_dist_lognormal_log(0, 100), "mean");
    refused(sim_dist_pareto(0, 1), "shape");
    refused(sim_dist_pareto(1, 0), "scale");
    refused(sim_dist_gamma(-1, 1), "shape");
    refused(sim_dist_gamma(1, NAN), "scale");
    refused(sim_dist_gamma(INFINITY, 1), "shape");
    refused(sim_dist_erlang(0, 1), "shape");
    refused(sim_dist_weibull(NAN, 1), "shape");
    refused(sim_dist_weibull(0.001, 1), "mean");
    refused(sim_dist_zipf(0, 1), "n must");
    refused(sim_dist_zipf(2.5, 1), "n must");
    refused(sim_dist_zipf(1e17, 1), "n must");
    refused(sim_dist_zipf(NAN, 1), "n must");
    refused(sim_dist_zipf(10, -1), "s must");
    refused(sim_dist_zipf(10, NAN), "s must");
    refused((struct sim_dist){ .kind = 99 }, "no such kind");
}

static void senseless_corners_are_refused(void **state)
{
    (void)state;
    refused(sim_dist_empirical(NULL, 0), "at least one");
    refused(sim_dist_empirical(corners, 1), "at least one");
    refused(sim_dist_empirical(corners, 4), "shares");
    refused(sim_dist_empirical(corners + 1, 4), "shares");
    refused(sim_dist_empirical((struct sim_dist_point[]){ { 0, 2 }, { 1, 1 } }, 2),
            "rising");
    refused(sim_dist_empirical((struct sim_dist_point[]){ { 0, 2 }, { 1, NAN } }, 2),
            "finite");
    const double values[] = { 1, 2, 3 };
    const double none[] = { 0, 0, 0 }, negative[] = { 2, -1, 1 };
    struct sim_dist_point points[6];
    refused(
        sim_dist_empirical(points, sim_dist_points_from_weights(values, none, 3, points)),
        "weights");
    refused(sim_dist_empirical(points,
                               sim_dist_points_from_weights(values, negative, 3, points)),
            "weights");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exponential_has_its_mean_and_shape),
        cmocka_unit_test(uniform_fills_its_range),
        cmocka_unit_test(normal_has_its_mean_and_deviation),
        cmocka_unit_test(lognormal_is_told_by_median_and_p99),
        cmocka_unit_test(lognormal_is_told_by_its_logarithm_too),
        cmocka_unit_test(pareto_has_its_tail),
        cmocka_unit_test(pareto_of_shape_one_has_no_mean),
        cmocka_unit_test(weibull_has_its_shape),
        cmocka_unit_test(gamma_has_its_shape),
        cmocka_unit_test(gamma_of_small_shape_has_its_shape),
        cmocka_unit_test(erlang_is_a_sum_of_exponentials),
        cmocka_unit_test(zipf_has_its_exact_probabilities),
        cmocka_unit_test(zipf_of_a_huge_range_costs_no_table),
        cmocka_unit_test(zipf_of_one_is_always_one),
        cmocka_unit_test(empirical_runs_through_its_corners),
        cmocka_unit_test(measurements_become_a_distribution),
        cmocka_unit_test(weighted_values_are_drawn_as_often_as_they_weigh),
        cmocka_unit_test(each_draw_takes_one_number_of_the_stream),
        cmocka_unit_test(larger_numbers_give_larger_draws_by_inversion),
        cmocka_unit_test(scaling_multiplies_every_draw),
        cmocka_unit_test(durations_are_rounded_and_held_in_range),
        cmocka_unit_test(senseless_parameters_are_refused_by_name),
        cmocka_unit_test(senseless_corners_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
