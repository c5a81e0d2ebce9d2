#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/engine/random.h"
#include "sim/stats/average.h"
#include "tests/support/statistics.h"

static void area_is_level_times_time(void **state)
{
    (void)state;
    struct sim_average a;
    sim_average_init(&a, 2, 100);
    sim_average_set(&a, 5, 110);
    sim_average_add(&a, -4, 130);
    assert_true(sim_average_area(&a, 137) == 2 * 10 + 5 * 20 + 1 * 7);
    assert_int_equal(a.max, 5);
    expect_near(sim_average_mean(sim_average_area(&a, 137), 37), 127.0 / 37, 0);
}

static void reading_changes_nothing(void **state)
{
    (void)state;
    struct sim_average a;
    sim_average_init(&a, 3, 0);
    assert_true(sim_average_area(&a, 10) == 30);
    assert_true(sim_average_area(&a, 10) == 30);
    sim_average_set(&a, 1, 20);
    assert_true(sim_average_area(&a, 30) == 70);
}

static void several_changes_at_one_instant_leave_no_area(void **state)
{
    (void)state;
    struct sim_average a;
    sim_average_init(&a, 0, 5);
    sim_average_set(&a, 1000, 5);
    sim_average_set(&a, 1, 5);
    assert_true(sim_average_area(&a, 5) == 0);
    assert_true(sim_average_area(&a, 6) == 1);
    assert_int_equal(a.max, 1000);
}

// One nanosecond at a time, as the definition says.
static void area_equals_the_naive_sum(void **state)
{
    (void)state;
    struct sim_random r;
    sim_random_init(&r, 1, "test", "average");
    struct sim_average a;
    sim_average_init(&a, 0, 0);
    int64_t level = 0, highest = 0;
    uint64_t sum = 0;
    for (sim_time now = 0; now < 200000; now++) {
        if (sim_random_below(&r, 10) == 0) {
            level = (int64_t)sim_random_below(&r, 50);
            sim_average_set(&a, level, now);
        }
        highest = level > highest ? level : highest;
        assert_true(sim_average_area(&a, now) == sum);
        sum += (uint64_t)level;
    }
    assert_int_equal(a.max, highest);
}

static void windows_add_up_to_the_run(void **state)
{
    (void)state;
    struct sim_average a;
    sim_average_init(&a, 1, 0);
    sim_wide at_10 = sim_average_area(&a, 10);
    sim_average_set(&a, 4, 15);
    sim_wide at_20 = sim_average_area(&a, 20);
    assert_true(at_10 == 10 && at_20 - at_10 == 5 + 20);
}

// A million in line for ten years, past what 64 bits hold, and one nanosecond more.
static void long_runs_do_not_overflow(void **state)
{
    (void)state;
    const sim_time ten_years = (sim_time)315360000 * SIM_S;
    struct sim_average a;
    sim_average_init(&a, 1000000, 0);
    sim_average_set(&a, 1000001, ten_years);
    sim_wide want = (sim_wide)(uint64_t)ten_years * 1000000 + 1000001;
    assert_true(sim_average_area(&a, ten_years + 1) == want);
    assert_true(want >> 64 > 0);
}

static void restart_forgets_the_past_and_keeps_the_level(void **state)
{
    (void)state;
    struct sim_average a;
    sim_average_init(&a, 9, 0);
    sim_average_set(&a, 3, 10);
    sim_average_restart(&a, 20);
    assert_int_equal(a.max, 3);
    assert_true(sim_average_area(&a, 30) == 30);
}

static void mean_of_no_time_is_zero(void **state)
{
    (void)state;
    assert_true(sim_average_mean(0, 0) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(area_is_level_times_time),
        cmocka_unit_test(reading_changes_nothing),
        cmocka_unit_test(several_changes_at_one_instant_leave_no_area),
        cmocka_unit_test(area_equals_the_naive_sum),
        cmocka_unit_test(windows_add_up_to_the_run),
        cmocka_unit_test(long_runs_do_not_overflow),
        cmocka_unit_test(restart_forgets_the_past_and_keeps_the_level),
        cmocka_unit_test(mean_of_no_time_is_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
