#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "labs/rate_limit/limit.h"

// What is wanted follows by hand from the rules, never from a run.

#define MS ((int64_t)1000000)
#define S  (1000 * MS)

static struct lab_limit_answer take(struct lab_limit *l, const struct lab_limit_def *def,
                                    int64_t at)
{
    return lab_limit_take(l, def, 1, at);
}

// Calls of cost 1 at the same instant until one is refused.
static uint32_t burst_at(struct lab_limit *l, const struct lab_limit_def *def, int64_t at)
{
    uint32_t n = 0;
    while (n < 1000 && take(l, def, at).is_allowed)
        n++;
    return n;
}

static void tokens_come_back_at_their_instant_and_not_before(void **state)
{
    const struct lab_limit_def def = { LAB_TOKEN_BUCKET, 10, S, 5, false };
    struct lab_limit l;
    (void)state;
    assert_true(lab_limit_init(&l, &def));
    assert_int_equal(burst_at(&l, &def, 0), 5);
    assert_int_equal(take(&l, &def, 0).retry_after_ns, 100 * MS);
    assert_false(take(&l, &def, 100 * MS - 1).is_allowed);
    assert_true(take(&l, &def, 100 * MS).is_allowed);
    assert_false(take(&l, &def, 100 * MS).is_allowed);
}

static void a_refill_that_is_no_whole_ns_is_not_rounded(void **state)
{
    // A token each 1/3 ns and a bit: three in 10 ns, so one at 3.33, 6.67 and 10 ns.
    const struct lab_limit_def def = { LAB_TOKEN_BUCKET, 3, 10, 1, false };
    struct lab_limit l;
    (void)state;
    assert_true(lab_limit_init(&l, &def));
    assert_true(take(&l, &def, 0).is_allowed);
    assert_false(take(&l, &def, 3).is_allowed);
    assert_true(take(&l, &def, 4).is_allowed);
    // Empty at 4 with 2/3 ns gone by since 3.33: the next is full a whole 3.33 after 4.
    assert_false(take(&l, &def, 7).is_allowed);
    assert_true(take(&l, &def, 8).is_allowed);
}

static void a_long_idle_time_fills_a_bucket_and_no_more(void **state)
{
    const struct lab_limit_def def = { LAB_TOKEN_BUCKET, 1000000, S, 7, false };
    struct lab_limit l;
    (void)state;
    assert_true(lab_limit_init(&l, &def));
    assert_int_equal(burst_at(&l, &def, 0), 7);
    assert_int_equal(burst_at(&l, &def, INT64_MAX), 7);
}

static void both_buckets_decide_alike(void **state)
{
    const struct lab_limit_def tokens = { LAB_TOKEN_BUCKET, 7, 13, 4, false };
    const struct lab_limit_def water = { LAB_LEAKY_BUCKET, 7, 13, 4, false };
    struct lab_limit a, b;
    int64_t at = 0;
    (void)state;
    srand(1);
    assert_true(lab_limit_init(&a, &tokens) && lab_limit_init(&b, &water));
    for (int i = 0; i < 10000; i++) {
        uint32_t cost = (uint32_t)rand() % 6;
        at += rand() % 5;
        assert_int_equal(lab_limit_take(&a, &tokens, cost, at).is_allowed,
                         lab_limit_take(&b, &water, cost, at).is_allowed);
    }
}

// The first reply in redis-cell's README, and what its rules say of 18 calls at once.
static void gcra_answers_as_redis_cell_does(void **state)
{
    const struct lab_limit_def def = { LAB_GCRA, 30, 60 * S, 15, false };
    struct lab_limit l;
    (void)state;
    assert_true(lab_limit_init(&l, &def));
    struct lab_limit_answer a = take(&l, &def, 0);
    assert_true(a.is_allowed);
    assert_int_equal(a.remaining, 15);
    assert_int_equal(a.retry_after_ns, LAB_LIMIT_NEVER);
    assert_int_equal(a.reset_after_ns, 2 * S);
    assert_int_equal(burst_at(&l, &def, 0), 15);
    a = take(&l, &def, 0);
    assert_false(a.is_allowed);
    assert_int_equal(a.remaining, 0);
    assert_int_equal(a.retry_after_ns, 2 * S);
    assert_int_equal(a.reset_after_ns, 32 * S);
    // A refused call does not move the theoretical arrival time.
    assert_false(take(&l, &def, 2 * S - 1).is_allowed);
    assert_true(take(&l, &def, 2 * S).is_allowed);
}

static void what_can_never_fit_says_so(void **state)
{
    const struct lab_limit_def def = { LAB_GCRA, 30, 60 * S, 15, false };
    struct lab_limit l;
    (void)state;
    assert_true(lab_limit_init(&l, &def));
    struct lab_limit_answer a = lab_limit_take(&l, &def, 17, 0);
    assert_false(a.is_allowed);
    assert_int_equal(a.retry_after_ns, LAB_LIMIT_NEVER);
    assert_true(lab_limit_take(&l, &def, 16, 0).is_allowed);
}

static void a_queue_lets_one_go_each_interval(void **state)
{
    const struct lab_limit_def def = { LAB_LEAKY_QUEUE, 10, S, 4, false };
    struct lab_limit l;
    (void)state;
    assert_true(lab_limit_init(&l, &def));
    for (int64_t i = 1; i <= 4; i++)
        assert_int_equal(take(&l, &def, 0).wait_ns, i * 100 * MS);
    assert_false(take(&l, &def, 0).is_allowed);
    assert_false(take(&l, &def, 100 * MS - 1).is_allowed);
    // One leaves at 100 ms and makes room; who takes it leaves last, at 500 ms.
    assert_int_equal(take(&l, &def, 100 * MS).wait_ns, 400 * MS);
}

static void a_fixed_window_lets_twice_its_limit_through_at_its_edge(void **state)
{
    const struct lab_limit_def def = { LAB_FIXED_WINDOW, 10, S, 0, false };
    struct lab_limit l;
    (void)state;
    assert_true(lab_limit_init(&l, &def));
    assert_int_equal(burst_at(&l, &def, S - 1), 10);
    assert_int_equal(take(&l, &def, S - 1).retry_after_ns, 1);
    assert_int_equal(burst_at(&l, &def, S), 10);
    assert_int_equal(burst_at(&l, &def, 2 * S - 1), 0);
}

static void a_log_forgets_a_call_at_the_age_of_a_window(void **state)
{
    const struct lab_limit_def def = { LAB_SLIDING_LOG, 2, S, 0, false };
    struct lab_limit l;
    (void)state;
    assert_true(lab_limit_init(&l, &def));
    assert_true(take(&l, &def, 100 * MS).is_allowed);
    assert_true(take(&l, &def, 300 * MS).is_allowed);
    assert_int_equal(take(&l, &def, 600 * MS).retry_after_ns, 500 * MS);
    assert_false(take(&l, &def, S + 100 * MS - 1).is_allowed);
    assert_true(take(&l, &def, S + 100 * MS).is_allowed);
    assert_false(take(&l, &def, S + 100 * MS).is_allowed);
    lab_limit_fini(&l, &def);
}

static void a_log_of_refused_calls_keeps_an_impatient_caller_out(void **state)
{
    const struct lab_limit_def def = { LAB_SLIDING_LOG, 2, S, 0, true };
    struct lab_limit l;
    (void)state;
    assert_true(lab_limit_init(&l, &def));
    assert_int_equal(burst_at(&l, &def, 0), 2);
    for (int64_t at = 400 * MS; at < 10 * S; at += 400 * MS)
        assert_false(take(&l, &def, at).is_allowed);
    // The last two were at 9.6 s and, counted by this call itself, at 10 s.
    assert_int_equal(take(&l, &def, 10 * S).retry_after_ns, 600 * MS);
    assert_true(take(&l, &def, 11 * S).is_allowed);
    lab_limit_fini(&l, &def);
}

// Cloudflare's example: 42 in the minute before, 18 in this one, 15 s in: 49.5 of 50.
static void a_counter_weighs_the_window_before(void **state)
{
    const struct lab_limit_def def = { LAB_SLIDING_COUNTER, 50, 60 * S, 0, false };
    struct lab_limit l;
    (void)state;
    assert_true(lab_limit_init(&l, &def));
    assert_true(lab_limit_take(&l, &def, 42, 30 * S).is_allowed);
    assert_true(lab_limit_take(&l, &def, 8, 60 * S).is_allowed);
    assert_true(lab_limit_take(&l, &def, 10, 75 * S).is_allowed);
    assert_true(take(&l, &def, 75 * S).is_allowed); // at 49.5
    struct lab_limit_answer a = take(&l, &def, 75 * S);
    assert_false(a.is_allowed); // at 50.5
    // 42 * (60 - t) / 60 + 19 is below 50 from just behind t = 60 - 31 * 60 / 42.
    assert_int_equal(a.retry_after_ns, 60 * S - 31 * (60 * S) / 42 - 15 * S);
}

static void a_counter_that_slept_a_window_has_nothing_before(void **state)
{
    const struct lab_limit_def def = { LAB_SLIDING_COUNTER, 5, S, 0, false };
    struct lab_limit l;
    (void)state;
    assert_true(lab_limit_init(&l, &def));
    assert_int_equal(burst_at(&l, &def, 500 * MS), 5);
    assert_int_equal(burst_at(&l, &def, 2 * S), 5);
    assert_int_equal(burst_at(&l, &def, 3 * S), 0);
}

static void a_clock_that_goes_back_stands_still(void **state)
{
    const struct lab_limit_def def = { LAB_FIXED_WINDOW, 1, S, 0, false };
    struct lab_limit l;
    (void)state;
    assert_true(lab_limit_init(&l, &def));
    assert_true(take(&l, &def, S).is_allowed);
    assert_false(take(&l, &def, S - 1).is_allowed);
    assert_false(take(&l, &def, -5).is_allowed);
    assert_true(take(&l, &def, 2 * S).is_allowed);
}

// ---- For all of them ----

static const enum lab_limit_algorithm all[] = { LAB_TOKEN_BUCKET,   LAB_LEAKY_BUCKET,
                                                LAB_LEAKY_QUEUE,    LAB_GCRA,
                                                LAB_FIXED_WINDOW,   LAB_SLIDING_LOG,
                                                LAB_SLIDING_COUNTER };

static void clone(struct lab_limit *to, const struct lab_limit *from,
                  const struct lab_limit_def *def)
{
    *to = *from;
    if (def->algorithm != LAB_SLIDING_LOG)
        return;
    to->u.log.at = malloc(def->limit * sizeof *to->u.log.at);
    assert_non_null(to->u.log.at);
    memcpy(to->u.log.at, from->u.log.at, def->limit * sizeof *to->u.log.at);
}

static bool would(const struct lab_limit *l, const struct lab_limit_def *def, uint32_t cost,
                  int64_t at)
{
    struct lab_limit copy;
    clone(&copy, l, def);
    bool is_allowed = lab_limit_take(&copy, def, cost, at).is_allowed;
    lab_limit_fini(&copy, def);
    return is_allowed;
}

static void is_true_of(const struct lab_limit *l, const struct lab_limit_def *def,
                       uint32_t cost, int64_t at, const struct lab_limit_answer *a)
{
    struct lab_limit copy;
    if (!a->is_allowed && a->retry_after_ns != LAB_LIMIT_NEVER) {
        assert_true(a->retry_after_ns > 0);
        assert_false(would(l, def, cost, at + a->retry_after_ns - 1));
        assert_true(would(l, def, cost, at + a->retry_after_ns));
    }
    clone(&copy, l, def);
    assert_int_equal(burst_at(&copy, def, at), a->remaining);
    lab_limit_fini(&copy, def);
    clone(&copy, l, def);
    assert_int_equal(lab_limit_take(&copy, def, 0, at + a->reset_after_ns).reset_after_ns,
                     0);
    lab_limit_fini(&copy, def);
}

static void what_is_said_of_later_comes_true(void **state)
{
    (void)state;
    srand(2);
    for (int run = 0; run < 700; run++) {
        const struct lab_limit_def def = { all[run % 7], 1 + (uint32_t)rand() % 6,
                                           1 + rand() % 40, 1 + (uint32_t)rand() % 5,
                                           false };
        struct lab_limit l;
        int64_t at = rand() % 3;
        assert_true(lab_limit_init(&l, &def));
        for (int i = 0; i < 100; i++) {
            uint32_t cost = 1 + (uint32_t)rand() % 3;
            struct lab_limit_answer a = lab_limit_take(&l, &def, cost, at);
            is_true_of(&l, &def, cost, at, &a);
            at += rand() % 20 == 0 ? rand() % 200 : rand() % 6;
        }
        lab_limit_fini(&l, &def);
    }
}

static void both_ends_of_the_clock_are_safe(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        const struct lab_limit_def def = { all[i], 3, S, 3, false };
        struct lab_limit l;
        assert_true(lab_limit_init(&l, &def));
        assert_true(burst_at(&l, &def, 0) >= 3);
        assert_true(burst_at(&l, &def, INT64_MAX - 5) >= 3);
        assert_false(take(&l, &def, INT64_MAX).is_allowed);
        lab_limit_fini(&l, &def);
    }
}

static void no_span_of_a_window_sees_more_than_a_log_allows(void **state)
{
    const struct lab_limit_def def = { LAB_SLIDING_LOG, 5, 50, 0, false };
    int64_t passed[4000], at = 0;
    uint32_t n = 0;
    struct lab_limit l;
    (void)state;
    srand(3);
    assert_true(lab_limit_init(&l, &def));
    for (int i = 0; i < 4000; i++, at += rand() % 4)
        if (take(&l, &def, at).is_allowed)
            passed[n++] = at;
    assert_true(n > 500);
    for (uint32_t i = 5; i < n; i++)
        assert_true(passed[i] - passed[i - 5] >= 50);
    lab_limit_fini(&l, &def);
}

static void unsound_definitions_are_told(void **state)
{
    const struct lab_limit_def bad[] = {
        { LAB_TOKEN_BUCKET, 0, S, 1, false },
        { LAB_TOKEN_BUCKET, 1, 0, 1, false },
        { LAB_TOKEN_BUCKET, 1, S, 0, false },
        { LAB_LEAKY_QUEUE, 1, S, 0, false },
        { LAB_SLIDING_COUNTER, UINT32_MAX, S, 0, false },
        { LAB_GCRA, 1, S * 86400, UINT32_MAX, false },
    };
    const struct lab_limit_def good = { LAB_GCRA, 1, S * 86400, 0, false };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(lab_limit_is_sound(&bad[i]));
    assert_true(lab_limit_is_sound(&good));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_come_back_at_their_instant_and_not_before),
        cmocka_unit_test(a_refill_that_is_no_whole_ns_is_not_rounded),
        cmocka_unit_test(a_long_idle_time_fills_a_bucket_and_no_more),
        cmocka_unit_test(both_buckets_decide_alike),
        cmocka_unit_test(gcra_answers_as_redis_cell_does),
        cmocka_unit_test(what_can_never_fit_says_so),
        cmocka_unit_test(a_queue_lets_one_go_each_interval),
        cmocka_unit_test(a_fixed_window_lets_twice_its_limit_through_at_its_edge),
        cmocka_unit_test(a_log_forgets_a_call_at_the_age_of_a_window),
        cmocka_unit_test(a_log_of_refused_calls_keeps_an_impatient_caller_out),
        cmocka_unit_test(a_counter_weighs_the_window_before),
        cmocka_unit_test(a_counter_that_slept_a_window_has_nothing_before),
        cmocka_unit_test(a_clock_that_goes_back_stands_still),
        cmocka_unit_test(what_is_said_of_later_comes_true),
        cmocka_unit_test(both_ends_of_the_clock_are_safe),
        cmocka_unit_test(no_span_of_a_window_sees_more_than_a_log_allows),
        cmocka_unit_test(unsound_definitions_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
