#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/policy/breaker.h"

// Circuit breakers, each by the rules of the library that it is named after.

#define S  (sim_time) SIM_S
#define MS (sim_time) SIM_MS

enum {
    ROOM = 200
};

static struct {
    struct sim_breaker b;
    struct sim_breaker_memory m;
    struct sim_breaker_bucket buckets[ROOM];
} k;

static void begin(const struct sim_breaker *b)
{
    memset(&k, 0, sizeof k);
    k.b = *b;
    sim_breaker_begin(b, &k.m, 0);
}

static void begin_as(enum sim_breaker_scheme scheme)
{
    struct sim_breaker b = sim_breaker_of(scheme);
    begin(&b);
}

static bool asks(sim_time now)
{
    return sim_breaker_allows(&k.b, &k.m, k.buckets, now);
}

// The result of a call that began in the state that is.
static void ends_after(sim_time now, enum sim_breaker_result result, sim_time took)
{
    sim_breaker_record(&k.b, &k.m, k.buckets, now, result, took);
}

// Results in a row: S a success, F a failure, I neither.
static void ends(sim_time now, const char *results)
{
    for (; *results; results++)
        ends_after(now,
                   *results == 'S'   ? SIM_BREAKER_OK
                   : *results == 'F' ? SIM_BREAKER_FAILED
                                     : SIM_BREAKER_IGNORED,
                   0);
}

static void many(sim_time now, uint32_t n, const char *result)
{
    while (n-- > 0)
        ends(now, result);
}

#define EXPECT(s) assert_int_equal(k.m.state, SIM_BREAKER_##s)

// ---- resilience4j ----

static struct sim_breaker r4j(uint32_t window, uint32_t min_calls)
{
    struct sim_breaker b = sim_breaker_of(SIM_BREAKER_R4J);
    b.window = window;
    b.min_calls = min_calls;
    return b;
}

static void opens_at_half_of_its_window_and_not_before(void **state)
{
    (void)state;
    struct sim_breaker b = r4j(10, 10);
    begin(&b);
    ends(0, "SSSSSFFFF");
    EXPECT(CLOSED);
    ends(0, "F");
    EXPECT(OPEN);
    assert_int_equal(k.m.cause.calls, 10);
    assert_int_equal(k.m.cause.failed, 5);
}

static void knows_no_rate_below_its_minimum(void **state)
{
    (void)state;
    struct sim_breaker b = r4j(10, 10);
    begin(&b);
    ends(0, "FFFF");
    EXPECT(CLOSED);
    ends(0, "FFFFFF");
    EXPECT(OPEN);
}

// The last success may be what brings the calls to the minimum: it is asked after each result.
static void a_success_may_open_it(void **state)
{
    (void)state;
    struct sim_breaker b = r4j(10, 2);
    begin(&b);
    ends(0, "F");
    EXPECT(CLOSED);
    ends(0, "S");
    EXPECT(OPEN);
}

static void a_window_of_calls_is_never_below_the_minimum(void **state)
{
    (void)state;
    struct sim_breaker b = r4j(10, 100);
    assert_int_equal(sim_breaker_least(&b), 10);
    b.bucket = S;
    assert_int_equal(sim_breaker_least(&b), 100);
}

static void the_oldest_call_leaves_the_window(void **state)
{
    (void)state;
    struct sim_breaker b = r4j(4, 4);
    begin(&b);
    ends(0, "FSSS"); // 1 of 4
    ends(0, "F");    // the first has left: 1 of 4 again
    EXPECT(CLOSED);
    ends(0, "SSSF"); // 1 of 4
    EXPECT(CLOSED);
    ends(0, "F");
    EXPECT(OPEN);
}

static void a_window_of_time_forgets_whole_seconds(void **state)
{
    (void)state;
    struct sim_breaker b = r4j(3, 2);
    b.bucket = S;
    begin(&b);
    ends(900 * MS, "F"); // second 0, which is in view until second 2 is over
    ends(2999 * MS, "S");
    EXPECT(OPEN);
    begin(&b);
    ends(900 * MS, "F");
    ends(3 * S, "S");
    EXPECT(CLOSED);
    ends(3 * S, "S");
    assert_int_equal(k.m.sum.calls, 2);
}

static void a_window_of_time_that_was_idle_is_empty(void **state)
{
    (void)state;
    struct sim_breaker b = r4j(3, 2);
    b.bucket = S;
    begin(&b);
    ends(S, "F");
    ends(INT64_C(9000000000) * S, "S");
    assert_int_equal(k.m.sum.calls, 1);
    ends(INT64_MAX, "S");
    assert_int_equal(k.m.sum.calls, 1);
    EXPECT(CLOSED);
}

static void slow_calls_open_it_as_failures_do(void **state)
{
    (void)state;
    struct sim_breaker b = r4j(4, 4);
    begin(&b);
    for (uint32_t i = 0; i < 4; i++)
        ends_after(0, SIM_BREAKER_OK, 60 * S); // slow is longer than that
    EXPECT(CLOSED);
    for (uint32_t i = 0; i < 3; i++)
        ends_after(0, SIM_BREAKER_OK, 60 * S + 1);
    EXPECT(CLOSED); // three of four, and all have to be
    ends_after(0, SIM_BREAKER_OK, 60 * S + 1);
    EXPECT(OPEN);
    assert_int_equal(k.m.cause.slow, 4);
}

static void is_left_by_the_next_call_after_its_wait(void **state)
{
    (void)state;
    struct sim_breaker b = r4j(2, 2);
    begin(&b);
    ends(5 * S, "FF");
    assert_false(asks(65 * S - 1));
    EXPECT(OPEN);
    assert_true(asks(65 * S));
    EXPECT(HALF_OPEN);
}

static void stays_open_while_nobody_asks_unless_it_is_automatic(void **state)
{
    (void)state;
    for (uint32_t automatic = 0; automatic < 2; automatic++) {
        struct sim_breaker b = r4j(2, 2);
        b.automatic = automatic;
        begin(&b);
        ends(0, "FF");
        many(70 * S, 10, "S"); // late results, which only a half open one counts
        assert_int_equal(k.m.state, automatic ? SIM_BREAKER_CLOSED : SIM_BREAKER_OPEN);
    }
}

static void half_open_lets_ten_through_and_decides_by_all_of_them(void **state)
{
    (void)state;
    static const struct {
        const char *results;
        enum sim_breaker_state then;
    } cases[] = { { "FFFFSSSSS", SIM_BREAKER_HALF_OPEN },
                  { "FFFFSSSSSS", SIM_BREAKER_CLOSED },
                  { "FFFFFSSSSS", SIM_BREAKER_OPEN },
                  { "FFFFFFFFF", SIM_BREAKER_HALF_OPEN } };
    for (uint32_t i = 0; i < 4; i++) {
        struct sim_breaker b = r4j(2, 2);
        begin(&b);
        ends(0, "FF");
        for (uint32_t n = 0; n < 12; n++)
            assert_int_equal(asks(60 * S), n < 10);
        ends(60 * S, cases[i].results);
        assert_int_equal(k.m.state, cases[i].then);
    }
}

static void a_fresh_window_begins_when_it_closes(void **state)
{
    (void)state;
    struct sim_breaker b = r4j(4, 4);
    b.probes = 1;
    begin(&b);
    ends(0, "FFFF");
    assert_true(asks(60 * S));
    ends(60 * S, "S");
    EXPECT(CLOSED);
    ends(60 * S, "FFF");
    EXPECT(CLOSED);
    ends(60 * S, "F");
    EXPECT(OPEN);
}

static void an_ignored_result_gives_its_permit_back(void **state)
{
    (void)state;
    struct sim_breaker b = r4j(2, 2);
    b.probes = 1;
    begin(&b);
    ends(0, "FF");
    assert_true(asks(60 * S));
    assert_false(asks(60 * S));
    ends(61 * S, "I");
    EXPECT(HALF_OPEN);
    assert_true(asks(61 * S));
}

// It began before, and counts as one of the trials all the same; ignored it gives a permit that it
// never had, as resilience4j does.
static void a_late_result_counts_in_the_state_that_it_meets(void **state)
{
    (void)state;
    struct sim_breaker b = r4j(2, 2);
    b.probes = 2;
    begin(&b);
    ends(0, "FF");
    ends(S, "S");
    EXPECT(OPEN);
    assert_true(asks(60 * S));
    assert_true(asks(60 * S));
    assert_false(asks(60 * S));
    ends(60 * S, "S"); // of a call that began while it was closed
    EXPECT(HALF_OPEN);
    ends(60 * S, "S");
    EXPECT(CLOSED);
    ends(60 * S, "FF");
    assert_true(asks(120 * S));
    ends(120 * S, "I");
    assert_true(asks(120 * S));
    assert_true(asks(120 * S));
    assert_false(asks(120 * S));
}

// Left alone for long it is where it would be at that moment, however often it went round.
static void rounds_of_open_and_half_open_are_not_played(void **state)
{
    (void)state;
    struct sim_breaker b = r4j(2, 2);
    b.automatic = true;
    b.open_for = 6;
    b.half_open_for = 4;
    begin(&b);
    ends(0, "FF");
    assert_false(asks(INT64_C(1000000000000000005)));
    assert_true(asks(INT64_C(1000000000000000006)));
    assert_true(asks(INT64_C(9000000000000000009)));
    assert_false(asks(INT64_C(9000000000000000010)));
    // Once by its failures, and once at the end of each round of ten.
    assert_int_equal(k.m.opened, 1 + INT64_C(900000000000000001));
}

static void half_open_for_too_long_it_opens_again(void **state)
{
    (void)state;
    struct sim_breaker b = r4j(2, 2);
    b.half_open_for = 10 * S;
    begin(&b);
    ends(0, "FF");
    assert_true(asks(60 * S));
    assert_true(asks(70 * S - 1));
    assert_false(asks(70 * S));
    assert_false(asks(130 * S - 1));
    assert_true(asks(130 * S));
    assert_int_equal(k.m.opened, 2);
}

// ---- Hystrix ----

static void hystrix_opens_at_the_next_snapshot_after_twenty(void **state)
{
    (void)state;
    begin_as(SIM_BREAKER_AS_HYSTRIX);
    many(100 * MS, 19, "F");
    assert_true(asks(600 * MS)); // a snapshot of 19, the first
    ends(600 * MS, "F");
    assert_true(asks(1100 * MS - 1));
    assert_false(asks(1100 * MS));
}

static void hystrix_sleeps_strictly_longer_than_five_seconds(void **state)
{
    (void)state;
    begin_as(SIM_BREAKER_AS_HYSTRIX);
    many(0, 20, "F");
    assert_false(asks(S)); // the first snapshot
    assert_false(asks(6 * S));
    assert_true(asks(6 * S + 1));
    assert_false(asks(6 * S + 1)); // exactly one
    ends(7 * S, "F");
    EXPECT(OPEN);
    assert_false(asks(12 * S));
    assert_true(asks(12 * S + 1));
    ends(12 * S + 1, "S");
    EXPECT(CLOSED);
    assert_int_equal(k.m.sum.calls, 0);
}

static void hystrix_forgets_after_ten_seconds(void **state)
{
    (void)state;
    begin_as(SIM_BREAKER_AS_HYSTRIX);
    many(500 * MS, 20, "F");
    assert_true(asks(10 * S));
}

// ---- Polly ----

static void polly_is_asked_by_failures_only(void **state)
{
    (void)state;
    begin_as(SIM_BREAKER_AS_POLLY);
    many(0, 50, "F");
    many(0, 50, "S");
    EXPECT(CLOSED);
    ends(0, "F");
    EXPECT(OPEN);
    assert_false(asks(5 * S - 1));
    assert_true(asks(5 * S));
    assert_false(asks(5 * S));
    ends(6 * S, "S");
    EXPECT(CLOSED);
}

static void polly_opens_at_a_tenth_of_a_hundred(void **state)
{
    (void)state;
    begin_as(SIM_BREAKER_AS_POLLY);
    many(0, 90, "S");
    many(0, 9, "F");
    EXPECT(CLOSED);
    ends(0, "F");
    EXPECT(OPEN);
    begin_as(SIM_BREAKER_AS_POLLY);
    many(0, 91, "S");
    many(0, 10, "F");
    EXPECT(CLOSED); // 10 of 101
}

// ---- pybreaker ----

static void pybreaker_counts_failures_in_a_row(void **state)
{
    (void)state;
    begin_as(SIM_BREAKER_PYBREAKER);
    ends(0, "FFFFSFFFF");
    EXPECT(CLOSED);
    ends(0, "IF");
    EXPECT(OPEN);
    assert_false(asks(60 * S - 1));
    assert_true(asks(60 * S));
    assert_false(asks(60 * S));
    ends(60 * S, "F");
    EXPECT(OPEN);
    assert_true(asks(120 * S));
    ends(120 * S, "S");
    EXPECT(CLOSED);
    ends(120 * S, "FFFF");
    EXPECT(CLOSED);
}

static void pybreaker_may_want_more_successes_one_after_the_other(void **state)
{
    (void)state;
    struct sim_breaker b = sim_breaker_of(SIM_BREAKER_PYBREAKER);
    b.probes = 2;
    begin(&b);
    ends(0, "FFFFF");
    assert_true(asks(60 * S));
    assert_false(asks(60 * S));
    ends(60 * S, "S");
    EXPECT(HALF_OPEN);
    assert_true(asks(60 * S));
    assert_false(asks(60 * S));
    ends(60 * S, "S");
    EXPECT(CLOSED);
    k.b.probes = 3;
    ends(60 * S, "FFFFF");
    assert_true(asks(120 * S));
    ends(120 * S, "SSF"); // one failure is enough
    EXPECT(OPEN);
}

static void names_are_those_of_the_language(void **state)
{
    (void)state;
    assert_string_equal(sim_breaker_name(SIM_BREAKER_R4J), "resilience4j");
    assert_string_equal(sim_breaker_name(SIM_BREAKER_PYBREAKER), "pybreaker");
    assert_string_equal(sim_breaker_state_name(SIM_BREAKER_HALF_OPEN), "half open");
}

static void forced_open_it_refuses_whatever_comes(void **state)
{
    (void)state;
    begin_as(SIM_BREAKER_PLAIN);
    sim_breaker_force(&k.b, &k.m, k.buckets, SIM_BREAKER_FORCED_OPEN, 10);
    assert_false(asks(10));
    ends(10, "SSSSSSSSSSSS");
    assert_false(asks(3600 * S)); // no time is over for it
    assert_int_equal(sim_breaker_state_at(&k.b, &k.m, 3600 * S), SIM_BREAKER_FORCED_OPEN);
    sim_breaker_force(&k.b, &k.m, k.buckets, SIM_BREAKER_CLOSED, 3600 * S);
    assert_true(asks(3600 * S));
}

static void disabled_it_lets_all_through_and_counts_nothing(void **state)
{
    (void)state;
    begin_as(SIM_BREAKER_PLAIN);
    ends(0, "FFFFF");
    sim_breaker_force(&k.b, &k.m, k.buckets, SIM_BREAKER_DISABLED, 10);
    ends(10, "FFFFFFFFFFFFFFFFFFFF");
    assert_true(asks(10));
    sim_breaker_force(&k.b, &k.m, k.buckets, SIM_BREAKER_CLOSED, 20);
    ends(20, "SSSSSFFFF"); // nothing of before is known: nine calls are too few
    assert_true(asks(20));
    ends(20, "F");
    assert_false(asks(20));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_at_half_of_its_window_and_not_before),
        cmocka_unit_test(knows_no_rate_below_its_minimum),
        cmocka_unit_test(a_success_may_open_it),
        cmocka_unit_test(a_window_of_calls_is_never_below_the_minimum),
        cmocka_unit_test(the_oldest_call_leaves_the_window),
        cmocka_unit_test(a_window_of_time_forgets_whole_seconds),
        cmocka_unit_test(a_window_of_time_that_was_idle_is_empty),
        cmocka_unit_test(slow_calls_open_it_as_failures_do),
        cmocka_unit_test(is_left_by_the_next_call_after_its_wait),
        cmocka_unit_test(stays_open_while_nobody_asks_unless_it_is_automatic),
        cmocka_unit_test(half_open_lets_ten_through_and_decides_by_all_of_them),
        cmocka_unit_test(a_fresh_window_begins_when_it_closes),
        cmocka_unit_test(an_ignored_result_gives_its_permit_back),
        cmocka_unit_test(a_late_result_counts_in_the_state_that_it_meets),
        cmocka_unit_test(rounds_of_open_and_half_open_are_not_played),
        cmocka_unit_test(half_open_for_too_long_it_opens_again),
        cmocka_unit_test(hystrix_opens_at_the_next_snapshot_after_twenty),
        cmocka_unit_test(hystrix_sleeps_strictly_longer_than_five_seconds),
        cmocka_unit_test(hystrix_forgets_after_ten_seconds),
        cmocka_unit_test(polly_is_asked_by_failures_only),
        cmocka_unit_test(polly_opens_at_a_tenth_of_a_hundred),
        cmocka_unit_test(pybreaker_counts_failures_in_a_row),
        cmocka_unit_test(pybreaker_may_want_more_successes_one_after_the_other),
        cmocka_unit_test(forced_open_it_refuses_whatever_comes),
        cmocka_unit_test(disabled_it_lets_all_through_and_counts_nothing),
        cmocka_unit_test(names_are_those_of_the_language),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
