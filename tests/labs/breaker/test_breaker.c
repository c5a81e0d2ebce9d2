#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "labs/breaker/breaker.h"

// What is expected here is worked out by hand from the rules and never from a run.

#define MS   ((int64_t)1000000)
#define S    (1000 * MS)
#define OK   LAB_BREAKER_SUCCESS
#define FAIL LAB_BREAKER_FAILURE

static struct lab_breaker begin(struct lab_breaker_def def)
{
    struct lab_breaker b;
    assert_true(lab_breaker_init(&b, &def));
    return b;
}

static void record(struct lab_breaker *b, enum lab_breaker_outcome outcome, int times,
                   int64_t at)
{
    for (int i = 0; i < times; i++)
        lab_breaker_record(b, outcome, 0, at);
}

static void is_now(struct lab_breaker *b, enum lab_breaker_state state, int64_t at)
{
    assert_int_equal(lab_breaker_state(b, at), state);
}

static int allowed_at(struct lab_breaker *b, int64_t at)
{
    int n = 0;
    while (n < 1000 && lab_breaker_allows(b, at))
        n++;
    return n;
}

// ---- Plain and pybreaker ----

static void failures_in_a_row_open_and_any_success_begins_anew(void **state)
{
    struct lab_breaker b = begin(lab_breaker_pybreaker());
    (void)state;
    record(&b, FAIL, 4, 0);
    record(&b, OK, 1, 0);
    record(&b, FAIL, 4, 0);
    is_now(&b, LAB_BREAKER_CLOSED, 0);
    assert_true(lab_breaker_record(&b, FAIL, 0, 10)); // this one gets the breaker's error
    is_now(&b, LAB_BREAKER_OPEN, 10);
    assert_false(lab_breaker_record(&b, FAIL, 0, 10));
    lab_breaker_fini(&b);
}

static void the_call_that_finds_the_time_up_is_the_trial(void **state)
{
    struct lab_breaker b = begin(lab_breaker_pybreaker());
    (void)state;
    record(&b, FAIL, 5, 10);
    assert_false(lab_breaker_allows(&b, 10 + 60 * S - 1));
    is_now(&b, LAB_BREAKER_OPEN, 10 + 60 * S); // nobody has called
    assert_int_equal(allowed_at(&b, 10 + 60 * S), 1);
    is_now(&b, LAB_BREAKER_HALF_OPEN, 10 + 60 * S);
    assert_true(lab_breaker_record(&b, FAIL, 0, 70 * S));
    assert_false(lab_breaker_allows(&b, 130 * S - 1));
    assert_true(lab_breaker_allows(&b, 130 * S));
    record(&b, OK, 1, 131 * S);
    is_now(&b, LAB_BREAKER_CLOSED, 131 * S);
    record(&b, FAIL, 4, 131 * S); // it counts anew
    is_now(&b, LAB_BREAKER_CLOSED, 131 * S);
    lab_breaker_fini(&b);
}

static void several_successes_can_be_asked_for_one_by_one(void **state)
{
    struct lab_breaker_def def = lab_breaker_plain();
    def.successes = 2;
    struct lab_breaker b = begin(def);
    (void)state;
    record(&b, FAIL, 5, 0);
    assert_int_equal(allowed_at(&b, 30 * S), 1);
    record(&b, OK, 1, 31 * S);
    is_now(&b, LAB_BREAKER_HALF_OPEN, 31 * S);
    assert_int_equal(allowed_at(&b, 31 * S), 1);
    record(&b, OK, 1, 32 * S);
    is_now(&b, LAB_BREAKER_CLOSED, 32 * S);
    lab_breaker_fini(&b);
}

// ---- resilience4j ----

static struct lab_breaker_def small(uint32_t window, uint32_t min_calls, uint32_t probes)
{
    struct lab_breaker_def def = lab_breaker_resilience4j();
    def.window = window;
    def.min_calls = min_calls;
    def.probes = probes;
    return def;
}

static void half_of_the_last_hundred_opens_and_ninety_nine_are_no_share(void **state)
{
    struct lab_breaker b = begin(lab_breaker_resilience4j());
    (void)state;
    record(&b, FAIL, 99, 0);
    is_now(&b, LAB_BREAKER_CLOSED, 0);
    lab_breaker_force(&b, LAB_BREAKER_CLOSED, 0);
    record(&b, FAIL, 49, 0);
    record(&b, OK, 51, 0); // 49 %
    is_now(&b, LAB_BREAKER_CLOSED, 0);
    record(&b, FAIL, 49, 0); // each in the place of a failure: still 49
    is_now(&b, LAB_BREAKER_CLOSED, 0);
    record(&b, FAIL, 1, 0); // in the place of a success
    is_now(&b, LAB_BREAKER_OPEN, 0);
    lab_breaker_fini(&b);
}

static void a_success_can_complete_the_least_number_and_open(void **state)
{
    struct lab_breaker b = begin(small(10, 4, 2));
    (void)state;
    record(&b, FAIL, 2, 0);
    record(&b, OK, 1, 0);
    is_now(&b, LAB_BREAKER_CLOSED, 0);
    assert_true(lab_breaker_record(&b, OK, 0, 0)); // 2 of 4
    lab_breaker_fini(&b);
}

static void a_window_that_is_smaller_than_the_least_number_rules(void **state)
{
    struct lab_breaker b = begin(small(4, 100, 2));
    (void)state;
    record(&b, FAIL, 3, 0);
    is_now(&b, LAB_BREAKER_CLOSED, 0);
    record(&b, FAIL, 1, 0);
    is_now(&b, LAB_BREAKER_OPEN, 0);
    lab_breaker_fini(&b);
}

static void slow_is_slower_and_all_slow_opens(void **state)
{
    struct lab_breaker b = begin(small(4, 4, 2));
    (void)state;
    for (int i = 0; i < 4; i++)
        lab_breaker_record(&b, OK, 60 * S, 0);
    is_now(&b, LAB_BREAKER_CLOSED, 0);
    for (int i = 0; i < 3; i++)
        lab_breaker_record(&b, OK, 60 * S + 1, 0);
    is_now(&b, LAB_BREAKER_CLOSED, 0);
    lab_breaker_record(&b, OK, 60 * S + 1, 0);
    is_now(&b, LAB_BREAKER_OPEN, 0);
    lab_breaker_fini(&b);
}

static void the_share_of_all_probes_decides(void **state)
{
    struct lab_breaker b = begin(small(4, 4, 4));
    (void)state;
    record(&b, FAIL, 4, 0);
    assert_int_equal(allowed_at(&b, 60 * S), 4);
    record(&b, FAIL, 1, 60 * S);
    record(&b, OK, 2, 60 * S);
    is_now(&b, LAB_BREAKER_HALF_OPEN, 60 * S);
    assert_false(lab_breaker_allows(&b, 60 * S)); // results give no permits back
    record(&b, OK, 1, 61 * S);
    is_now(&b, LAB_BREAKER_CLOSED, 61 * S); // 1 of 4
    record(&b, FAIL, 3, 61 * S);            // fresh: no share yet
    is_now(&b, LAB_BREAKER_CLOSED, 61 * S);
    record(&b, FAIL, 1, 61 * S);
    assert_int_equal(allowed_at(&b, 121 * S), 4);
    record(&b, FAIL, 2, 121 * S);
    record(&b, OK, 2, 122 * S);
    is_now(&b, LAB_BREAKER_OPEN, 122 * S); // 2 of 4
    assert_int_equal(allowed_at(&b, 182 * S - 1), 0);
    lab_breaker_fini(&b);
}

static void an_ignored_result_gives_its_permit_back(void **state)
{
    struct lab_breaker b = begin(small(4, 4, 2));
    (void)state;
    record(&b, FAIL, 4, 0);
    assert_int_equal(allowed_at(&b, 60 * S), 2);
    record(&b, LAB_BREAKER_IGNORED, 1, 60 * S);
    assert_int_equal(allowed_at(&b, 60 * S), 1);
    lab_breaker_force(&b, LAB_BREAKER_CLOSED, 60 * S);
    record(&b, LAB_BREAKER_IGNORED, 9, 60 * S);
    record(&b, FAIL, 3, 60 * S); // and counts for nothing
    is_now(&b, LAB_BREAKER_CLOSED, 60 * S);
    lab_breaker_fini(&b);
}

static void a_late_result_counts_in_the_state_that_it_finds(void **state)
{
    struct lab_breaker b = begin(small(4, 4, 2));
    (void)state;
    for (int i = 0; i < 6; i++)
        assert_true(lab_breaker_allows(&b, 0));
    record(&b, FAIL, 4, 1);
    record(&b, OK, 1, 2); // open: nobody asks
    is_now(&b, LAB_BREAKER_OPEN, 2);
    assert_true(lab_breaker_allows(&b, 1 + 60 * S));
    record(&b, OK, 1, 61 * S); // of a call of before; with the probe's own it makes two
    is_now(&b, LAB_BREAKER_HALF_OPEN, 61 * S);
    record(&b, OK, 1, 62 * S);
    is_now(&b, LAB_BREAKER_CLOSED, 62 * S);
    lab_breaker_fini(&b);
}

static void half_open_can_come_by_itself_and_go_by_itself(void **state)
{
    struct lab_breaker_def def = small(4, 4, 2);
    def.half_open_ns = 5 * S;
    struct lab_breaker b = begin(def);
    (void)state;
    record(&b, FAIL, 4, 0);
    is_now(&b, LAB_BREAKER_OPEN, 90 * S);
    assert_true(lab_breaker_allows(&b, 90 * S));
    is_now(&b, LAB_BREAKER_HALF_OPEN, 95 * S - 1);
    is_now(&b, LAB_BREAKER_OPEN, 95 * S);
    assert_false(lab_breaker_allows(&b, 155 * S - 1)); // open from 95 s
    assert_true(lab_breaker_allows(&b, 160 * S));
    is_now(&b, LAB_BREAKER_OPEN, 170 * S); // and since 165 s, though nobody looked
    assert_true(lab_breaker_allows(&b, 225 * S));
    lab_breaker_fini(&b);
    def.is_automatic = true;
    b = begin(def);
    record(&b, FAIL, 4, 0);
    is_now(&b, LAB_BREAKER_HALF_OPEN, 60 * S);
    is_now(&b, LAB_BREAKER_OPEN, 65 * S);
    is_now(&b, LAB_BREAKER_OPEN, 125 * S - 1);
    is_now(&b, LAB_BREAKER_HALF_OPEN, 125 * S);
    record(&b, FAIL, 2, 126 * S);
    is_now(&b, LAB_BREAKER_OPEN, 126 * S);
    // A thousand rounds of 65 s later, and the end of the clock, which is far.
    is_now(&b, LAB_BREAKER_OPEN, 126 * S + 65000 * S + 59 * S);
    is_now(&b, LAB_BREAKER_HALF_OPEN, 126 * S + 65000 * S + 60 * S);
    lab_breaker_state(&b, INT64_MAX);
    lab_breaker_fini(&b);
}

// Rounds of 2 ns: played one by one, the years would take as many steps as there are.
static void years_pass_at_once_from_half_open_too(void **state)
{
    struct lab_breaker_def def = small(4, 4, 2);
    def.open_ns = def.half_open_ns = 1;
    def.is_automatic = true;
    struct lab_breaker b = begin(def);
    (void)state;
    record(&b, FAIL, 4, 0);
    is_now(&b, LAB_BREAKER_HALF_OPEN, 1);
    assert_true(lab_breaker_allows(&b, 1));
    is_now(&b, LAB_BREAKER_OPEN, S * 86400 * 365 * 200); // open at even instants
    lab_breaker_force(&b, LAB_BREAKER_HALF_OPEN, 1);
    assert_true(lab_breaker_allows(&b, 1));
    is_now(&b, LAB_BREAKER_HALF_OPEN, S * 86400 * 365 * 200 + 1);
    assert_int_equal(allowed_at(&b, S * 86400 * 365 * 200 + 1), 2); // anew
    lab_breaker_fini(&b);
}

static void slices_of_a_second_leave_one_by_one(void **state)
{
    struct lab_breaker_def def = lab_breaker_resilience4j_time();
    def.window = 3;
    def.min_calls = 4;
    struct lab_breaker b = begin(def);
    (void)state;
    record(&b, FAIL, 2, S - 1);
    record(&b, OK, 1, S);
    record(&b, OK, 1, 3 * S); // the slice of the failures has left: 2 calls
    is_now(&b, LAB_BREAKER_CLOSED, 3 * S);
    record(&b, FAIL, 1, 3 * S); // 1 of 3: no share
    is_now(&b, LAB_BREAKER_CLOSED, 3 * S);
    record(&b, FAIL, 1, 4 * S - 1); // 2 of 4
    is_now(&b, LAB_BREAKER_OPEN, 4 * S - 1);
    lab_breaker_fini(&b);
}

static void a_long_silence_empties_the_window(void **state)
{
    struct lab_breaker_def def = lab_breaker_resilience4j_time();
    def.window = 3;
    def.min_calls = 4;
    struct lab_breaker b = begin(def);
    (void)state;
    for (int64_t idle = 3 * S; idle <= 30 * S; idle += S) {
        lab_breaker_force(&b, LAB_BREAKER_CLOSED, 0);
        record(&b, FAIL, 3, 1000 * idle);
        record(&b, FAIL, 3, 1001 * idle);
        is_now(&b, LAB_BREAKER_CLOSED, 1001 * idle);
    }
    record(&b, FAIL, 3, INT64_MAX - 4);
    is_now(&b, LAB_BREAKER_CLOSED, INT64_MAX - 4);
    record(&b, FAIL, 1, INT64_MAX);
    is_now(&b, LAB_BREAKER_OPEN, INT64_MAX);
    lab_breaker_fini(&b);
}

static void the_other_states_do_as_they_are_called(void **state)
{
    struct lab_breaker b = begin(small(4, 4, 2));
    (void)state;
    lab_breaker_force(&b, LAB_BREAKER_DISABLED, 0);
    record(&b, FAIL, 9, 0);
    assert_int_equal(allowed_at(&b, 0), 1000);
    assert_int_equal(lab_window_counts(&b.window, 0).calls, 0);
    lab_breaker_force(&b, LAB_BREAKER_METRICS_ONLY, 0);
    record(&b, FAIL, 3, 0);
    assert_int_equal(allowed_at(&b, 0), 1000);
    assert_int_equal(lab_window_counts(&b.window, 0).failures, 3);
    lab_breaker_force(&b, LAB_BREAKER_FORCED_OPEN, 0);
    record(&b, OK, 9, 0);
    assert_false(lab_breaker_allows(&b, INT64_MAX));
    lab_breaker_fini(&b);
}

// ---- Hystrix ----

static void hystrix_opens_at_a_picture_that_is_up_to_half_a_second_old(void **state)
{
    struct lab_breaker b = begin(lab_breaker_hystrix());
    (void)state;
    assert_true(lab_breaker_allows(&b, 0)); // a picture of nothing
    record(&b, FAIL, 20, 1);
    is_now(&b, LAB_BREAKER_CLOSED, 1);
    assert_true(lab_breaker_allows(&b, 500 * MS - 1));
    assert_false(lab_breaker_allows(&b, 500 * MS));
    is_now(&b, LAB_BREAKER_OPEN, 500 * MS);
    lab_breaker_fini(&b);
}

static void hystrix_needs_twenty_calls_of_ten_seconds_and_half(void **state)
{
    struct lab_breaker b = begin(lab_breaker_hystrix());
    (void)state;
    record(&b, FAIL, 9, 0);
    record(&b, OK, 10, 0);
    assert_true(lab_breaker_allows(&b, 0)); // 19
    record(&b, OK, 1, S);
    assert_true(lab_breaker_allows(&b, S)); // 9 of 20
    record(&b, FAIL, 1, 2 * S);
    record(&b, OK, 1, 2 * S);
    assert_true(lab_breaker_allows(&b, 2 * S)); // 10 of 22
    record(&b, FAIL, 2, 9 * S);
    // At 10 s the first slice leaves: 3 of 5.
    assert_true(lab_breaker_allows(&b, 10 * S));
    lab_breaker_force(&b, LAB_BREAKER_CLOSED, 20 * S);
    record(&b, FAIL, 10, 20 * S);
    record(&b, OK, 10, 29 * S);
    assert_false(lab_breaker_allows(&b, 30 * S - 1));
    lab_breaker_fini(&b);
}

static void hystrix_stays_open_for_more_than_its_window(void **state)
{
    struct lab_breaker b = begin(lab_breaker_hystrix());
    (void)state;
    record(&b, FAIL, 20, 0);
    assert_false(lab_breaker_allows(&b, 0));
    assert_false(lab_breaker_allows(&b, 5 * S));
    assert_int_equal(allowed_at(&b, 5 * S + 1), 1);
    record(&b, FAIL, 1, 6 * S);
    assert_false(lab_breaker_allows(&b, 11 * S));
    assert_true(lab_breaker_allows(&b, 11 * S + 1));
    record(&b, OK, 1, 12 * S);
    assert_true(lab_breaker_allows(&b, 12 * S)); // with a window that is empty
    lab_breaker_fini(&b);
}

static void hystrix_looks_anew_when_it_has_closed(void **state)
{
    struct lab_breaker_def def = lab_breaker_hystrix();
    def.open_ns = 100 * MS;
    struct lab_breaker b = begin(def);
    (void)state;
    record(&b, FAIL, 20, 0);
    assert_false(lab_breaker_allows(&b, 0));
    assert_true(lab_breaker_allows(&b, 100 * MS + 1));
    record(&b, OK, 1, 101 * MS);
    assert_true(lab_breaker_allows(&b, 102 * MS)); // the picture of failures is not its own
    lab_breaker_fini(&b);
}

// ---- Polly ----

static void polly_opens_at_a_tenth_and_only_with_a_failure(void **state)
{
    struct lab_breaker b = begin(lab_breaker_polly());
    (void)state;
    record(&b, FAIL, 12, 0);
    record(&b, OK, 88, 0); // the hundredth is a success
    is_now(&b, LAB_BREAKER_CLOSED, 0);
    record(&b, OK, 29, 0);
    record(&b, FAIL, 1, 0); // 13 of 130
    is_now(&b, LAB_BREAKER_OPEN, 0);
    assert_false(lab_breaker_allows(&b, 5 * S - 1));
    assert_int_equal(allowed_at(&b, 5 * S), 1);
    record(&b, OK, 1, 5 * S);
    record(&b, FAIL, 99, 5 * S);
    is_now(&b, LAB_BREAKER_CLOSED, 5 * S);
    lab_breaker_fini(&b);
}

static void polly_looks_at_thirty_seconds(void **state)
{
    struct lab_breaker b = begin(lab_breaker_polly());
    (void)state;
    record(&b, OK, 99, 0);
    record(&b, FAIL, 1, 30 * S - 1); // 1 of 100
    is_now(&b, LAB_BREAKER_CLOSED, 30 * S - 1);
    record(&b, FAIL, 20, 30 * S); // 21 of 21: too few
    is_now(&b, LAB_BREAKER_CLOSED, 30 * S);
    lab_breaker_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failures_in_a_row_open_and_any_success_begins_anew),
        cmocka_unit_test(the_call_that_finds_the_time_up_is_the_trial),
        cmocka_unit_test(several_successes_can_be_asked_for_one_by_one),
        cmocka_unit_test(half_of_the_last_hundred_opens_and_ninety_nine_are_no_share),
        cmocka_unit_test(a_success_can_complete_the_least_number_and_open),
        cmocka_unit_test(a_window_that_is_smaller_than_the_least_number_rules),
        cmocka_unit_test(slow_is_slower_and_all_slow_opens),
        cmocka_unit_test(the_share_of_all_probes_decides),
        cmocka_unit_test(an_ignored_result_gives_its_permit_back),
        cmocka_unit_test(a_late_result_counts_in_the_state_that_it_finds),
        cmocka_unit_test(half_open_can_come_by_itself_and_go_by_itself),
        cmocka_unit_test(years_pass_at_once_from_half_open_too),
        cmocka_unit_test(slices_of_a_second_leave_one_by_one),
        cmocka_unit_test(a_long_silence_empties_the_window),
        cmocka_unit_test(the_other_states_do_as_they_are_called),
        cmocka_unit_test(hystrix_opens_at_a_picture_that_is_up_to_half_a_second_old),
        cmocka_unit_test(hystrix_needs_twenty_calls_of_ten_seconds_and_half),
        cmocka_unit_test(hystrix_stays_open_for_more_than_its_window),
        cmocka_unit_test(hystrix_looks_anew_when_it_has_closed),
        cmocka_unit_test(polly_opens_at_a_tenth_and_only_with_a_failure),
        cmocka_unit_test(polly_looks_at_thirty_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
