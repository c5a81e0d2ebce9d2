#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "labs/kit/others.h"
#include "labs/kit/verify_private.h"

// Half of the batches `spread` below the mean, half above it. The model says 1, so the error is
// the mean less 1.
static struct lab_check judged(double mean, double spread, uint32_t batches)
{
    struct lab_sample s = { .count = 0 };
    struct lab_check check = { .model = 1, .limit = 0.10 };
    for (uint32_t i = 0; i < batches; i++)
        lab_sample_add(&s, i % 2 ? mean + spread : mean - spread);
    lab_sample_judge(&s, &check);
    return check;
}

static void interval_within_the_limit_agrees(void **state)
{
    (void)state;
    assert_int_equal(judged(1.05, 0.01, 10).verdict, LAB_AGREE);
    assert_int_equal(judged(0.95, 0.01, 10).verdict, LAB_AGREE);
}

static void interval_beyond_the_limit_differs(void **state)
{
    (void)state;
    assert_int_equal(judged(1.20, 0.01, 10).verdict, LAB_DIFFER);
    assert_int_equal(judged(0.80, 0.01, 10).verdict, LAB_DIFFER);
}

// The limit, 0.10, is in the interval: the mean's side of it says nothing.
static void interval_across_the_limit_is_undecided(void **state)
{
    (void)state;
    assert_int_equal(judged(1.11, 0.05, 10).verdict, LAB_UNDECIDED);
    assert_int_equal(judged(1.09, 0.05, 10).verdict, LAB_UNDECIDED);
    assert_int_equal(judged(0.89, 0.05, 10).verdict, LAB_UNDECIDED);
}

static void interval_as_wide_as_the_error_is_undecided(void **state)
{
    struct lab_check check = judged(1.98, 0.75, 8);
    (void)state;
    assert_true(fabs(check.error - 0.98) < 1e-9);
    assert_true(check.error - check.interval > check.limit);
    assert_true(2 * check.interval > check.error);
    assert_int_equal(check.verdict, LAB_UNDECIDED);
}

// What is noisy and yet far beyond what noise could do is still found out.
static void interval_narrower_than_the_error_differs(void **state)
{
    struct lab_check check = judged(1.98, 0.40, 8);
    (void)state;
    assert_true(check.interval > check.limit);
    assert_true(2 * check.interval < check.error);
    assert_int_equal(check.verdict, LAB_DIFFER);
}

static void too_few_batches_are_undecided(void **state)
{
    (void)state;
    assert_int_equal(judged(1.00, 0, LAB_SAMPLE_LEAST - 1).verdict, LAB_UNDECIDED);
    assert_int_equal(judged(1.98, 0, LAB_SAMPLE_LEAST - 1).verdict, LAB_UNDECIDED);
    assert_int_equal(judged(1.00, 0, LAB_SAMPLE_LEAST).verdict, LAB_AGREE);
}

static void joined_samples_are_one(void **state)
{
    struct lab_sample s = { .count = 0 }, more = { .count = 0 }, all = { .count = 0 };
    (void)state;
    for (uint32_t i = 0; i < 12; i++) {
        lab_sample_add(i < 5 ? &s : &more, i);
        lab_sample_add(&all, i);
    }
    lab_sample_join(&s, &more);
    assert_int_equal(s.count, 12);
    assert_true(fabs(lab_sample_mean(&s) - 5.5) < 1e-9);
    assert_true(fabs(lab_sample_half(&s) - lab_sample_half(&all)) < 1e-9);
}

static void own_work_is_not_that_of_others(void **state)
{
    (void)state;
    assert_true(fabs(lab_others(100, 100.5, 0.4, 0.4) - 0.25) < 1e-9);
    assert_true(lab_others(100, 100.4, 0.4, 0.4) <= LAB_OTHERS_MOST);
    // One tick less than the own work.
    assert_true(lab_others(100, 100.39, 0.4, 0.4) == 0);
}

static void kernel_that_says_nothing_leaves_others_unknown(void **state)
{
    (void)state;
    assert_true(lab_others(-1, 100, 0.4, 0.4) < 0);
    assert_true(lab_others(100, -1, 0.4, 0.4) < 0);
    assert_true(lab_others(100, 100, 0, 0) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(interval_within_the_limit_agrees),
        cmocka_unit_test(interval_beyond_the_limit_differs),
        cmocka_unit_test(interval_across_the_limit_is_undecided),
        cmocka_unit_test(interval_as_wide_as_the_error_is_undecided),
        cmocka_unit_test(interval_narrower_than_the_error_differs),
        cmocka_unit_test(too_few_batches_are_undecided),
        cmocka_unit_test(joined_samples_are_one),
        cmocka_unit_test(own_work_is_not_that_of_others),
        cmocka_unit_test(kernel_that_says_nothing_leaves_others_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
