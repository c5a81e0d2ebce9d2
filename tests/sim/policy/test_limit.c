#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/engine/random.h"
#include "sim/policy/limit.h"

#define S ((sim_time)SIM_S)

// One key under test, and when it is.
struct key {
    struct sim_limit limit;
    struct sim_limit_state state;
    struct sim_limit_node nodes[65];
    struct sim_limit_log log;
    sim_time wait;
};

static void open_at(struct key *k, enum sim_limit_kind kind, uint32_t limit,
                    sim_time window, uint32_t burst, sim_time now)
{
    memset(k, 0, sizeof *k);
    k->limit = (struct sim_limit){ kind, window, limit, burst };
    k->log = (struct sim_limit_log){ .nodes = k->nodes, .cap = 64 };
    sim_limit_begin(&k->limit, &k->state, now);
}

static bool take(struct key *k, sim_time now, uint32_t cost)
{
    return sim_limit_take(&k->limit, &k->state, &k->log, now, cost, &k->wait) ==
           SIM_LIMIT_PASSES;
}

// How many of n calls of cost 1 at one instant pass.
static uint32_t passing(struct key *k, sim_time now, uint32_t n)
{
    uint32_t passed = 0;
    while (n-- > 0)
        passed += take(k, now, 1);
    return passed;
}

// ---- Buckets ----

static void a_token_bucket_gives_its_burst_and_then_the_rate(void **state)
{
    (void)state;
    struct key k;
    open_at(&k, SIM_LIMIT_TOKEN_BUCKET, 10, S, 5, 0);
    assert_int_equal(passing(&k, 0, 9), 5);
    assert_int_equal(passing(&k, S / 10 - 1, 2), 0);
    assert_int_equal(passing(&k, S / 10, 2), 1);
    assert_int_equal(passing(&k, 100 * S, 9), 5); // never more than the burst
}

static void a_third_of_a_nanosecond_is_not_lost(void **state)
{
    (void)state;
    struct key k;
    open_at(&k, SIM_LIMIT_TOKEN_BUCKET, 3, 10, 1, 0);
    assert_int_equal(passing(&k, 0, 2), 1);
    assert_int_equal(passing(&k, 3, 1), 0); // 9 of 10 parts are back
    assert_int_equal(passing(&k, 4, 2), 1); // 12 of 10: full, the rest is lost
    assert_int_equal(passing(&k, 7, 1), 0);
    assert_int_equal(passing(&k, 8, 1), 1);
}

static void a_refused_call_costs_no_tokens(void **state)
{
    (void)state;
    struct key k;
    open_at(&k, SIM_LIMIT_TOKEN_BUCKET, 1, S, 4, 0);
    assert_false(take(&k, 0, 5));
    assert_true(take(&k, 0, 4));
    assert_false(take(&k, S / 2, 1));
    assert_true(take(&k, S, 1));
}

static void a_leaky_bucket_decides_as_a_token_bucket_does(void **state)
{
    (void)state;
    struct sim_random r;
    struct key tokens, level;
    sim_random_init(&r, 1, "test", "limit");
    open_at(&tokens, SIM_LIMIT_TOKEN_BUCKET, 7, 100, 3, 0);
    open_at(&level, SIM_LIMIT_LEAKY_BUCKET, 7, 100, 3, 0);
    uint32_t passed = 0;
    for (sim_time now = 0, i = 0; i < 10000; i++) {
        now += (sim_time)sim_random_below(&r, 30);
        uint32_t cost = 1 + (uint32_t)sim_random_below(&r, 3);
        bool passes = take(&tokens, now, cost);
        assert_int_equal(take(&level, now, cost), passes);
        passed += passes;
    }
    assert_in_range(passed, 1000, 9000);
}

static void a_leaky_bucket_is_full_at_its_burst_and_not_before(void **state)
{
    (void)state;
    struct key k;
    open_at(&k, SIM_LIMIT_LEAKY_BUCKET, 2, S, 3, 5 * S);
    assert_int_equal(passing(&k, 5 * S, 9), 3);
    assert_int_equal(passing(&k, 5 * S + S / 2 - 1, 1), 0);
    assert_int_equal(passing(&k, 5 * S + S / 2, 1), 1);
}

// ---- The queue ----

static void a_leaky_queue_lets_them_leave_an_interval_apart(void **state)
{
    (void)state;
    struct key k;
    open_at(&k, SIM_LIMIT_LEAKY_QUEUE, 10, S, 3, 0);
    for (uint32_t i = 1; i <= 3; i++) {
        assert_true(take(&k, 0, 1));
        assert_int_equal(k.wait, i * S / 10);
    }
    assert_false(take(&k, 0, 1));
    assert_false(take(&k, S / 10 - 1, 1));
    assert_true(take(&k, S / 10, 1)); // one leaves at that very instant
    assert_int_equal(k.wait, 3 * S / 10);
    assert_true(take(&k, 9 * S, 1));
    assert_int_equal(k.wait, S / 10);
}

static void a_leaky_queue_rounds_a_departure_up_and_loses_nothing_by_it(void **state)
{
    (void)state;
    struct key k;
    open_at(&k, SIM_LIMIT_LEAKY_QUEUE, 3, 10, 3, 0);
    const sim_time departs[] = { 4, 7, 10 }; // 10/3, 20/3, 30/3
    for (uint32_t i = 0; i < 3; i++) {
        assert_true(take(&k, 0, 1));
        assert_int_equal(k.wait, departs[i]);
    }
}

// ---- GCRA ----

static void redis_cells_own_example(void **state)
{
    (void)state;
    struct key k;
    open_at(&k, SIM_LIMIT_GCRA, 30, 60 * S, 15, 0);
    struct sim_limit_reply r = sim_limit_throttle(&k.limit, &k.state, 0, 1);
    assert_false(r.limited);
    assert_int_equal(r.limit, 16);
    assert_int_equal(r.remaining, 15);
    assert_int_equal(r.retry_after, -1);
    assert_int_equal(r.reset_after, 2 * S);
    assert_int_equal(passing(&k, 0, 15), 15);
    r = sim_limit_throttle(&k.limit, &k.state, 0, 1);
    assert_true(r.limited);
    assert_int_equal(r.remaining, 0);
    assert_int_equal(r.retry_after, 2 * S);
    assert_int_equal(r.reset_after, 32 * S);
}

static void gcra_allows_at_the_very_instant(void **state)
{
    (void)state;
    struct key k;
    open_at(&k, SIM_LIMIT_GCRA, 1, 2 * S, 1, 7 * S);
    assert_int_equal(passing(&k, 7 * S, 3), 2);
    assert_int_equal(passing(&k, 9 * S - 1, 1), 0);
    assert_int_equal(passing(&k, 9 * S, 2), 1);
}

static void what_never_fits_gcra_is_told_no_time_to_come_back(void **state)
{
    (void)state;
    struct key k;
    open_at(&k, SIM_LIMIT_GCRA, 10, S, 4, 0);
    struct sim_limit_reply r = sim_limit_throttle(&k.limit, &k.state, 0, 6);
    assert_true(r.limited);
    assert_int_equal(r.retry_after, -1);
    assert_int_equal(r.remaining, 5);
    assert_int_equal(r.reset_after, 0);
    assert_true(take(&k, 0, 5));
    r = sim_limit_throttle(&k.limit, &k.state, 0, 2);
    assert_int_equal(r.retry_after, 2 * S / 10);
}

// ---- Windows ----

static void a_fixed_window_lets_twice_its_limit_through_around_an_edge(void **state)
{
    (void)state;
    struct key k;
    open_at(&k, SIM_LIMIT_FIXED_WINDOW, 10, S, 0, 3 * S / 2);
    assert_int_equal(passing(&k, 2 * S - 1, 20), 10);
    assert_int_equal(passing(&k, 2 * S, 20), 10);
    assert_int_equal(passing(&k, 3 * S - 1, 1), 0);
    assert_int_equal(passing(&k, 9 * S, 20), 10);
}

static void a_fixed_window_takes_a_cost_that_just_fits(void **state)
{
    (void)state;
    struct key k;
    open_at(&k, SIM_LIMIT_FIXED_WINDOW, 10, S, 0, 0);
    assert_true(take(&k, 0, 7));
    assert_false(take(&k, 0, 4));
    assert_true(take(&k, 0, 3));
}

static void a_sliding_log_forgets_a_call_at_the_age_of_its_window(void **state)
{
    (void)state;
    struct key k;
    open_at(&k, SIM_LIMIT_SLIDING_LOG, 3, S, 0, 0);
    assert_true(take(&k, 10, 1));
    assert_true(take(&k, 20, 2));
    assert_false(take(&k, S + 9, 1));
    assert_true(take(&k, S + 10, 1));
    assert_false(take(&k, S + 10, 1));
    assert_false(take(&k, S + 20, 3));
    assert_true(take(&k, S + 20, 2));
}

static void a_sliding_log_gives_back_its_nodes(void **state)
{
    (void)state;
    struct key k;
    open_at(&k, SIM_LIMIT_SLIDING_LOG, 4, 100, 0, 0);
    for (sim_time now = 0; now < 100000; now += 10)
        take(&k, now, 1);
    assert_in_range(k.log.used, 4, 5);
}

static void a_log_without_a_place_says_so(void **state)
{
    (void)state;
    struct key k;
    open_at(&k, SIM_LIMIT_SLIDING_LOG, 100, S, 0, 0);
    k.log.cap = 2;
    assert_true(take(&k, 0, 1));
    assert_true(take(&k, 0, 1)); // shares the first one's
    assert_true(take(&k, 1, 1));
    assert_int_equal(sim_limit_take(&k.limit, &k.state, &k.log, 2, 1, &k.wait),
                     SIM_LIMIT_LOG_IS_FULL);
}

// Cloudflare's example: 42 in the minute before, 18 in this one, 15 s of it are over.
static void the_sliding_counters_published_example(void **state)
{
    (void)state;
    struct key k;
    open_at(&k, SIM_LIMIT_SLIDING_COUNTER, 50, 60 * S, 0, 0);
    assert_int_equal(passing(&k, 0, 42), 42);
    assert_int_equal(passing(&k, 60 * S + 15 * S, 18), 18);
    assert_int_equal(passing(&k, 60 * S + 15 * S, 9), 1); // 49.5 is below 50, 50.5 is not
}

static void a_sliding_counter_at_exactly_its_limit_refuses(void **state)
{
    (void)state;
    struct key k;
    open_at(&k, SIM_LIMIT_SLIDING_COUNTER, 10, 100, 0, 0);
    assert_int_equal(passing(&k, 50, 20), 10);
    assert_int_equal(passing(&k, 100, 1), 0); // 10 of the window before, all in view
    assert_int_equal(passing(&k, 101, 5), 1); // 9.9, then 10.9
    assert_int_equal(passing(&k, 110, 5), 0); // 9 + 1 = 10
    assert_int_equal(passing(&k, 111, 5), 1); // 8.9 + 1
}

static void a_window_slept_through_leaves_nothing(void **state)
{
    (void)state;
    struct key k;
    open_at(&k, SIM_LIMIT_SLIDING_COUNTER, 10, 100, 0, 0);
    assert_int_equal(passing(&k, 99, 20), 10);
    assert_int_equal(passing(&k, 200, 20), 10);
}

// ---- What holds for all ----

static void a_limit_of_nothing_lets_nothing_through(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < SIM_LIMITS; kind++) {
        struct key k;
        open_at(&k, (enum sim_limit_kind)kind, 0, S, 5, 0);
        assert_int_equal(passing(&k, 0, 3) + passing(&k, 50 * S, 3), 0);
    }
}

static void a_clock_that_goes_back_stands_still(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < SIM_LIMITS; kind++) {
        struct key back, still;
        open_at(&back, (enum sim_limit_kind)kind, 4, S, 4, 0);
        open_at(&still, (enum sim_limit_kind)kind, 4, S, 4, 0);
        assert_int_equal(passing(&back, 5 * S, 2), passing(&still, 5 * S, 2));
        assert_int_equal(passing(&back, S, 9), passing(&still, 5 * S, 9));
        assert_int_equal(passing(&back, 6 * S, 9), passing(&still, 6 * S, 9));
    }
}

static void the_last_nanoseconds_of_the_clock_are_as_good_as_any(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < SIM_LIMITS; kind++) {
        struct key k;
        open_at(&k, (enum sim_limit_kind)kind, UINT32_MAX, INT64_MAX, 3, 0);
        uint32_t at_first = passing(&k, 0, 4);
        assert_int_equal(at_first, kind < SIM_LIMIT_GCRA ? 3 : 4);
        assert_true(take(&k, INT64_MAX - 1, 1));
        assert_true(take(&k, INT64_MAX, 1));
    }
}

// ---- Looking, deciding and writing apart ----

static bool take_by_hand(struct key *k, sim_time now, uint32_t cost)
{
    struct sim_limit_state seen;
    sim_limit_look(&k->limit, &k->state, &k->log, now, &seen);
    bool passes =
        sim_limit_decide(&k->limit, &seen, now, cost, &k->wait) == SIM_LIMIT_PASSES;
    if (passes)
        assert_true(sim_limit_write(&k->limit, &k->state, &k->log, &seen, now, cost));
    return passes;
}

static void by_hand_and_alone_it_is_the_same_as_at_once(void **state)
{
    (void)state;
    struct key one, other;
    struct sim_random r;
    sim_random_init(&r, 1, "limit", "by hand");
    for (uint32_t kind = 0; kind < SIM_LIMITS; kind++) {
        sim_time now = 0;
        open_at(&one, (enum sim_limit_kind)kind, 7, S, 5, now);
        open_at(&other, (enum sim_limit_kind)kind, 7, S, 5, now);
        for (uint32_t i = 0; i < 2000; i++) {
            uint32_t cost = 1 + (uint32_t)sim_random_below(&r, 2);
            now += (sim_time)sim_random_below(&r, SIM_S / 3);
            assert_int_equal(take(&one, now, cost), take_by_hand(&other, now, cost));
            assert_int_equal(one.wait, other.wait);
        }
        assert_int_equal(one.log.used, other.log.used);
    }
}

static void what_is_written_late_belongs_to_the_window_that_it_passed_in(void **state)
{
    (void)state;
    struct sim_limit_state seen;
    struct key k;
    open_at(&k, SIM_LIMIT_SLIDING_COUNTER, 4, S, 0, 0);
    sim_limit_look(&k.limit, &k.state, &k.log, S - 1, &seen);
    assert_int_equal(sim_limit_decide(&k.limit, &seen, S - 1, 4, &k.wait),
                     SIM_LIMIT_PASSES);
    assert_true(sim_limit_write(&k.limit, &k.state, &k.log, &seen, S, 4));
    assert_int_equal(passing(&k, S, 9), 0); // all four are still in view
    // Written after two windows it is of none that counts.
    open_at(&k, SIM_LIMIT_FIXED_WINDOW, 4, S, 0, 0);
    sim_limit_look(&k.limit, &k.state, &k.log, 0, &seen);
    assert_int_equal(sim_limit_decide(&k.limit, &seen, 0, 4, &k.wait), SIM_LIMIT_PASSES);
    assert_true(sim_limit_write(&k.limit, &k.state, &k.log, &seen, 2 * S, 4));
    assert_int_equal(passing(&k, 2 * S, 9), 4);
}

static void a_full_log_cannot_be_written(void **state)
{
    (void)state;
    struct sim_limit_state seen;
    struct key k;
    open_at(&k, SIM_LIMIT_SLIDING_LOG, 100, S, 0, 0);
    k.log.cap = 1;
    assert_true(take_by_hand(&k, 0, 1));
    sim_limit_look(&k.limit, &k.state, &k.log, 1, &seen);
    assert_int_equal(sim_limit_decide(&k.limit, &seen, 1, 1, &k.wait), SIM_LIMIT_PASSES);
    assert_false(sim_limit_write(&k.limit, &k.state, &k.log, &seen, 1, 1));
}

static void names_are_those_of_the_language(void **state)
{
    (void)state;
    assert_string_equal(sim_limit_name(SIM_LIMIT_TOKEN_BUCKET), "token_bucket");
    assert_string_equal(sim_limit_name(SIM_LIMIT_SLIDING_COUNTER), "sliding_counter");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_bucket_gives_its_burst_and_then_the_rate),
        cmocka_unit_test(a_third_of_a_nanosecond_is_not_lost),
        cmocka_unit_test(a_refused_call_costs_no_tokens),
        cmocka_unit_test(a_leaky_bucket_decides_as_a_token_bucket_does),
        cmocka_unit_test(a_leaky_bucket_is_full_at_its_burst_and_not_before),
        cmocka_unit_test(a_leaky_queue_lets_them_leave_an_interval_apart),
        cmocka_unit_test(a_leaky_queue_rounds_a_departure_up_and_loses_nothing_by_it),
        cmocka_unit_test(redis_cells_own_example),
        cmocka_unit_test(gcra_allows_at_the_very_instant),
        cmocka_unit_test(what_never_fits_gcra_is_told_no_time_to_come_back),
        cmocka_unit_test(a_fixed_window_lets_twice_its_limit_through_around_an_edge),
        cmocka_unit_test(a_fixed_window_takes_a_cost_that_just_fits),
        cmocka_unit_test(a_sliding_log_forgets_a_call_at_the_age_of_its_window),
        cmocka_unit_test(a_sliding_log_gives_back_its_nodes),
        cmocka_unit_test(a_log_without_a_place_says_so),
        cmocka_unit_test(the_sliding_counters_published_example),
        cmocka_unit_test(a_sliding_counter_at_exactly_its_limit_refuses),
        cmocka_unit_test(a_window_slept_through_leaves_nothing),
        cmocka_unit_test(a_limit_of_nothing_lets_nothing_through),
        cmocka_unit_test(a_clock_that_goes_back_stands_still),
        cmocka_unit_test(the_last_nanoseconds_of_the_clock_are_as_good_as_any),
        cmocka_unit_test(by_hand_and_alone_it_is_the_same_as_at_once),
        cmocka_unit_test(what_is_written_late_belongs_to_the_window_that_it_passed_in),
        cmocka_unit_test(a_full_log_cannot_be_written),
        cmocka_unit_test(names_are_those_of_the_language),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
