#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "labs/breaker/outlier.h"

// What is expected here is worked out by hand from the rules and never from a run.

#define S     ((int64_t)1000000000)
#define HOSTS 20

static struct lab_outlier_host hosts[HOSTS];

static struct lab_outlier begin(struct lab_outlier_def def, uint32_t count)
{
    struct lab_outlier o;
    lab_outlier_init(&o, &def, hosts, count);
    return o;
}

static bool give(struct lab_outlier *o, uint32_t host, enum lab_outlier_result result,
                 int times, int64_t at)
{
    bool is_out = false;
    for (int i = 0; i < times; i++)
        is_out = lab_outlier_record(o, host, result, at) || is_out;
    return is_out;
}

static void five_errors_in_a_row_eject_at_once(void **state)
{
    struct lab_outlier o = begin(lab_outlier_default(), HOSTS);
    (void)state;
    give(&o, 3, LAB_OUTLIER_ERROR, 4, 0);
    give(&o, 3, LAB_OUTLIER_SUCCESS, 1, 0);
    assert_false(give(&o, 3, LAB_OUTLIER_ERROR, 4, 0));
    assert_true(give(&o, 3, LAB_OUTLIER_ERROR, 1, 0));
    assert_true(hosts[3].is_ejected);
    // Late results do not eject it twice.
    assert_false(give(&o, 3, LAB_OUTLIER_ERROR, 9, 0));
    assert_int_equal(hosts[3].ejections, 1);
}

static void gateway_errors_are_errors_and_a_row_of_their_own(void **state)
{
    struct lab_outlier_def def = lab_outlier_default();
    def.consecutive_gateway = 3;
    struct lab_outlier o = begin(def, HOSTS);
    (void)state;
    give(&o, 0, LAB_OUTLIER_GATEWAY, 2, 0);
    give(&o, 0, LAB_OUTLIER_ERROR, 1, 0); // breaks the row of gateway errors
    assert_false(give(&o, 0, LAB_OUTLIER_GATEWAY, 1, 0));
    assert_true(give(&o, 0, LAB_OUTLIER_GATEWAY, 1, 0)); // the fifth error
    assert_true(give(&o, 1, LAB_OUTLIER_GATEWAY, 3, 0));
}

static void local_errors_are_errors_unless_they_are_split(void **state)
{
    struct lab_outlier_def def = lab_outlier_default();
    struct lab_outlier o = begin(def, HOSTS);
    (void)state;
    give(&o, 0, LAB_OUTLIER_ERROR, 2, 0);
    assert_true(give(&o, 0, LAB_OUTLIER_LOCAL, 3, 0));
    def.splits_local = true;
    o = begin(def, HOSTS);
    give(&o, 0, LAB_OUTLIER_ERROR, 4, 0);
    assert_false(give(&o, 0, LAB_OUTLIER_LOCAL, 4, 0));
    assert_true(give(&o, 0, LAB_OUTLIER_LOCAL, 1, 0));
}

static void each_time_takes_longer_up_to_the_cap(void **state)
{
    struct lab_outlier o = begin(lab_outlier_default(), HOSTS);
    int64_t at = 0;
    (void)state;
    for (int64_t time = 1; time <= 12; time++) {
        int64_t out_for = time < 10 ? time * 30 * S : 300 * S;
        assert_true(give(&o, 7, LAB_OUTLIER_ERROR, 5, at));
        lab_outlier_sweep(&o, at + out_for - 1);
        assert_true(hosts[7].is_ejected);
        lab_outlier_sweep(&o, at += out_for);
        assert_false(hosts[7].is_ejected);
        assert_int_equal(o.ejected, 0);
    }
}

// A tenth of twenty are two, and of five hosts one: the share is compared before.
static void no_more_than_a_tenth_is_out(void **state)
{
    struct lab_outlier o = begin(lab_outlier_default(), HOSTS);
    (void)state;
    assert_true(give(&o, 0, LAB_OUTLIER_ERROR, 5, 0));
    assert_true(give(&o, 1, LAB_OUTLIER_ERROR, 5, 0));
    assert_false(give(&o, 2, LAB_OUTLIER_ERROR, 5, 0));
    lab_outlier_sweep(&o, 30 * S);
    assert_false(give(&o, 2, LAB_OUTLIER_ERROR, 4, 30 * S)); // its row began anew
    assert_true(give(&o, 2, LAB_OUTLIER_ERROR, 1, 30 * S));
    o = begin(lab_outlier_default(), 5);
    assert_true(give(&o, 0, LAB_OUTLIER_ERROR, 5, 0));
    assert_false(give(&o, 1, LAB_OUTLIER_ERROR, 5, 0));
}

static void who_returns_begins_anew(void **state)
{
    struct lab_outlier o = begin(lab_outlier_default(), HOSTS);
    (void)state;
    assert_true(give(&o, 0, LAB_OUTLIER_ERROR, 5, 0));
    give(&o, 0, LAB_OUTLIER_ERROR, 4, 0); // on their way when it was ejected
    lab_outlier_sweep(&o, 30 * S);
    assert_false(give(&o, 0, LAB_OUTLIER_ERROR, 4, 30 * S));
    assert_true(give(&o, 0, LAB_OUTLIER_ERROR, 1, 30 * S));
}

static void mixed(struct lab_outlier *o, uint32_t host, int successes, int errors)
{
    for (int i = 0; i < errors; i++) {
        lab_outlier_record(o, host, LAB_OUTLIER_ERROR, 0);
        if (successes-- > 0)
            lab_outlier_record(o, host, LAB_OUTLIER_SUCCESS, 0);
    }
    while (successes-- > 0)
        lab_outlier_record(o, host, LAB_OUTLIER_SUCCESS, 0);
}

// Nine at 1.0 and one at 0.5: the mean is 0.95 and the deviation 0.15, so below 0.665 is out.
// One more at 0.7 is not: mean 0.9273, deviation 0.1543, below 0.634.
static void who_succeeds_less_than_the_others_is_out_at_the_sweep(void **state)
{
    struct lab_outlier o = begin(lab_outlier_default(), 11);
    (void)state;
    for (uint32_t i = 0; i < 9; i++)
        mixed(&o, i, 100, 0);
    mixed(&o, 9, 50, 50);
    mixed(&o, 10, 70, 30);
    assert_int_equal(o.ejected, 0);
    lab_outlier_sweep(&o, 10 * S);
    assert_true(hosts[9].is_ejected);
    assert_int_equal(o.ejected, 1);
    lab_outlier_sweep(&o, 20 * S); // counted anew: nobody was called
    assert_int_equal(o.ejected, 1);
}

static void success_rates_need_five_hosts_with_a_hundred_requests(void **state)
{
    struct lab_outlier_def def = lab_outlier_default();
    def.success_rate_sigmas = 1; // of five hosts nobody is 1.9 deviations off by much
    struct lab_outlier o = begin(def, 5);
    (void)state;
    for (uint32_t i = 0; i < 4; i++)
        mixed(&o, i, i == 3 ? 99 : 100, 0);
    mixed(&o, 4, 50, 50);
    lab_outlier_sweep(&o, 10 * S); // four hosts have enough
    assert_int_equal(o.ejected, 0);
    for (uint32_t i = 0; i < 4; i++)
        mixed(&o, i, 100, 0);
    mixed(&o, 4, 50, 50);
    lab_outlier_sweep(&o, 20 * S);
    assert_true(hosts[4].is_ejected);
}

static void who_is_out_is_no_measure_for_the_others(void **state)
{
    struct lab_outlier_def def = lab_outlier_default();
    def.success_rate_sigmas = 1;
    def.max_ejection_milli = 1000;
    struct lab_outlier o = begin(def, 5);
    (void)state;
    for (uint32_t i = 0; i < 4; i++)
        mixed(&o, i, i == 0 ? 50 : 100, i == 0 ? 50 : 0);
    mixed(&o, 4, 100, 0);
    assert_true(give(&o, 4, LAB_OUTLIER_ERROR, 5, 0));
    lab_outlier_sweep(&o, 10 * S); // four are left
    assert_int_equal(o.ejected, 1);
}

static void most_of_its_requests_failing_is_out_with_fewer_requests(void **state)
{
    struct lab_outlier o = begin(lab_outlier_default(), 5);
    (void)state;
    for (uint32_t i = 0; i < 4; i++)
        mixed(&o, i, 50, 0);
    for (int i = 0; i < 10; i++) {
        give(&o, 4, LAB_OUTLIER_ERROR, 4, 0);
        give(&o, 4, LAB_OUTLIER_SUCCESS, 1, 0);
    }
    lab_outlier_sweep(&o, 10 * S); // 80 %
    assert_int_equal(o.ejected, 0);
    for (uint32_t i = 0; i < 4; i++)
        mixed(&o, i, 50, 0);
    o.def.consecutive_errors = o.def.consecutive_gateway = 0;
    give(&o, 4, LAB_OUTLIER_SUCCESS, 9, 10 * S);
    give(&o, 4, LAB_OUTLIER_ERROR, 51, 10 * S); // 51 of 60
    lab_outlier_sweep(&o, 20 * S);
    assert_true(hosts[4].is_ejected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(five_errors_in_a_row_eject_at_once),
        cmocka_unit_test(gateway_errors_are_errors_and_a_row_of_their_own),
        cmocka_unit_test(local_errors_are_errors_unless_they_are_split),
        cmocka_unit_test(each_time_takes_longer_up_to_the_cap),
        cmocka_unit_test(no_more_than_a_tenth_is_out),
        cmocka_unit_test(who_succeeds_less_than_the_others_is_out_at_the_sweep),
        cmocka_unit_test(success_rates_need_five_hosts_with_a_hundred_requests),
        cmocka_unit_test(who_returns_begins_anew),
        cmocka_unit_test(who_is_out_is_no_measure_for_the_others),
        cmocka_unit_test(most_of_its_requests_failing_is_out_with_fewer_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
