#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/engine/math.h"
#include "sim/engine/random.h"
#include "tests/support/statistics.h"

// Distance in units in the last place of want.
static double ulps(double got, long double want)
{
    if ((long double)got == want)
        return 0;
    double size = fabs((double)want);
    return (double)(fabsl(got - want) / (nextafter(size, INFINITY) - size));
}

// The greatest distance from libm's function of long doubles, which is nearly exact where
// these are longer than doubles.
static double worst(double (*ours)(double), long double (*theirs)(long double), double low,
                    double high)
{
    struct sim_random r;
    sim_random_init(&r, 1, "math", "arguments");
    double most = 0;
    for (int i = 0; i < 300000; i++) {
        double x = low + sim_random_unit(&r) * (high - low);
        most = fmax(most, ulps(ours(x), theirs(x)));
    }
    return most;
}

static void log_is_right_within_one_ulp(void **state)
{
    (void)state;
    assert_true(worst(sim_log, logl, 1e-300, 1e-290) < 0.95);
    assert_true(worst(sim_log, logl, 0x1p-1074, 0x1p-1022) < 0.95);
    assert_true(worst(sim_log, logl, 0, 1) < 0.95);
    assert_true(worst(sim_log, logl, 0.70, 1.42) < 0.95);
    assert_true(worst(sim_log, logl, 1 - 1e-9, 1 + 1e-9) < 0.95);
    assert_true(worst(sim_log, logl, 1, 1e6) < 0.95);
    assert_true(worst(sim_log, logl, 1e307, 1.7e308) < 0.95);
}

static void exp_is_right_within_one_ulp(void **state)
{
    (void)state;
    assert_true(worst(sim_exp, expl, -0.4, 0.4) < 0.95);
    assert_true(worst(sim_exp, expl, -1e-9, 1e-9) < 0.95);
    assert_true(worst(sim_exp, expl, -40, 40) < 0.95);
    assert_true(worst(sim_exp, expl, -708, 709) < 0.95);
    assert_true(worst(sim_exp, expl, 709, 709.78) < 0.95);
    assert_true(worst(sim_exp, expl, -745, -708) < 0.95);
}

static void ends_of_the_range_are_answered(void **state)
{
    (void)state;
    assert_true(sim_log(1) == 0 && sim_exp(0) == 1);
    assert_true(sim_log(0) == -INFINITY && sim_log(INFINITY) == INFINITY);
    assert_true(isnan(sim_log(-1)) && isnan(sim_log(NAN)) && isnan(sim_exp(NAN)));
    assert_true(sim_exp(INFINITY) == INFINITY && sim_exp(-INFINITY) == 0);
    assert_true(sim_exp(709.8) == INFINITY && sim_exp(-745.2) == 0);
    assert_true(sim_exp(-745.1) == 0x1p-1074);
}

static double pow_bound(double x, double y)
{
    return 2 + 3 * fabs(y * log(x));
}

static void pow_keeps_the_error_it_promises(void **state)
{
    (void)state;
    struct sim_random r;
    sim_random_init(&r, 2, "math", "arguments");
    for (int i = 0; i < 300000; i++) {
        double x = exp((sim_random_unit(&r) - 0.5) * 60);
        double y = (sim_random_unit(&r) - 0.5) * 20;
        assert_true(ulps(sim_pow(x, y), powl(x, y)) < pow_bound(x, y));
    }
    assert_true(sim_pow(0, 2) == 0 && sim_pow(0, -2) == INFINITY && sim_pow(0, 0) == 1);
    assert_true(isnan(sim_pow(-2, 2)) && sim_pow(7, 0) == 1);
}

static long double log1p_over(long double x)
{
    return x == 0 ? 1 : log1pl(x) / x;
}

static long double expm1_over(long double x)
{
    return x == 0 ? 1 : expm1l(x) / x;
}

static void quotients_keep_their_digits_near_zero(void **state)
{
    (void)state;
    static const double reach[] = { 1e-18, 1e-12, 1e-7, 1e-3, 0.5, 0.999 };
    for (size_t i = 0; i < sizeof reach / sizeof *reach; i++) {
        assert_true(worst(sim_log1p_over, log1p_over, -reach[i], reach[i]) < 4);
        assert_true(worst(sim_expm1_over, expm1_over, -reach[i], reach[i]) < 4);
    }
    assert_true(worst(sim_log1p_over, log1p_over, 1, 1e9) < 4);
    assert_true(worst(sim_expm1_over, expm1_over, 1, 600) < 4);
    assert_true(worst(sim_expm1_over, expm1_over, -600, -1) < 4);
}

static void lgamma_agrees_with_libm_s(void **state)
{
    (void)state;
    for (double x = 1e-3; x < 1e4; x *= 1.0007) {
        double want = lgamma(x);
        expect_near(sim_lgamma(x), want, 3e-14 * fmax(1, fabs(want)));
    }
    // Factorials: the gamma function itself at whole numbers.
    double factorial = 1;
    for (int n = 1; n < 20; factorial *= n++)
        expect_near(sim_exp(sim_lgamma(n)), factorial, 2e-13 * factorial);
}

// P(Z <= z) by libm's complementary error function, exact to the last digits on this side.
static double normal_below(double z)
{
    return 0.5 * erfc(-z / sqrt(2));
}

// A relative error of e in z moves the probability by about e z^2 of itself.
static void normal_quantile_inverts_the_normal_distribution(void **state)
{
    (void)state;
    for (double p = 0x1p-53; p < 0.5; p *= 1.003) {
        double z = sim_normal_quantile(p);
        expect_near(normal_below(z) / p, 1, 3e-15 * (1 + z * z));
        if (p > 1e-3)
            expect_near(sim_normal_quantile(1 - p), -z, 1e-12);
    }
    assert_true(sim_normal_quantile(0.5) == 0);
    // Tables of the normal distribution.
    expect_near(sim_normal_quantile(0.975), 1.959963984540054, 3e-15);
    expect_near(sim_normal_quantile(0.99), 2.326347874040841, 3e-15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(log_is_right_within_one_ulp),
        cmocka_unit_test(exp_is_right_within_one_ulp),
        cmocka_unit_test(ends_of_the_range_are_answered),
        cmocka_unit_test(pow_keeps_the_error_it_promises),
        cmocka_unit_test(quotients_keep_their_digits_near_zero),
        cmocka_unit_test(lgamma_agrees_with_libm_s),
        cmocka_unit_test(normal_quantile_inverts_the_normal_distribution),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
