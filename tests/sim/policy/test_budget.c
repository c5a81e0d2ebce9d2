#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/policy/budget.h"

// Retry budgets, each by the rule of the system that it is named after.

#define S (sim_time) SIM_S

struct bench {
    struct sim_budget b;
    struct sim_budget_state s;
    struct sim_budget_node nodes[4001];
    struct sim_budget_log log;
};

static struct bench bench;

static struct bench *begin(const struct sim_budget *b)
{
    bench = (struct bench){ .b = *b, .log = { .cap = 4000 } };
    bench.log.nodes = bench.nodes;
    sim_budget_begin(b, &bench.s);
    return &bench;
}

static struct bench *begin_as(enum sim_budget_kind kind)
{
    struct sim_budget b = sim_budget_of(kind);
    return begin(&b);
}

static void call(struct bench *k, sim_time now)
{
    assert_true(sim_budget_call(&k->b, &k->s, &k->log, now));
}

static bool asks_after(struct bench *k, sim_time now, enum sim_outcome outcome,
                       int64_t *taken)
{
    return sim_budget_allows(&k->b, &k->s, &k->log, now, outcome, taken);
}

// An attempt fails, and the call asks for another.
static bool fails_and_asks(struct bench *k, sim_time now, int64_t *taken)
{
    sim_budget_ended(&k->b, &k->s, SIM_ERROR, taken);
    return asks_after(k, now, SIM_ERROR, taken);
}

// A call that fails until it may not go on: its retries.
static uint32_t retries_of_a_call(struct bench *k, sim_time now, uint32_t most)
{
    int64_t taken = 0;
    uint32_t n = 0;
    call(k, now);
    while (n < most && fails_and_asks(k, now, &taken))
        n++;
    if (n == most)
        sim_budget_ended(&k->b, &k->s, SIM_OK, &taken);
    sim_budget_closed(&k->b, &k->s, taken);
    return n;
}

// ---- Plain ----

static void a_plain_bucket_begins_full_and_pays_until_it_is_empty(void **state)
{
    (void)state;
    struct sim_budget b = sim_budget_of(SIM_BUDGET_TOKENS);
    b.size = 3 * SIM_TOKEN;
    b.per_call = 0;
    assert_int_equal(retries_of_a_call(begin(&b), 0, 99), 3);
    assert_int_equal(retries_of_a_call(&bench, 0, 99), 0);
}

static void calls_and_successes_bring_tokens_up_to_the_size(void **state)
{
    (void)state;
    struct sim_budget b = sim_budget_of(SIM_BUDGET_TOKENS);
    b.size = 2 * SIM_TOKEN;
    b.per_call = SIM_TOKEN / 4;
    b.per_success = SIM_TOKEN / 2;
    struct bench *k = begin(&b);
    int64_t none = 0;
    assert_int_equal(retries_of_a_call(k, 0, 99), 2);
    call(k, 0); // a quarter
    assert_false(asks_after(k, 0, SIM_ERROR, &none));
    sim_budget_ended(&k->b, &k->s, SIM_OK, &none); // three quarters
    assert_false(asks_after(k, 0, SIM_ERROR, &none));
    call(k, 0); // one exactly
    assert_true(asks_after(k, 0, SIM_ERROR, &none));
    for (uint32_t i = 0; i < 100; i++)
        call(k, 0);
    assert_int_equal(k->s.tokens, b.size);
}

// ---- gRPC, A6 ----

static void grpc_stops_at_the_fifth_failure_of_ten_tokens(void **state)
{
    (void)state;
    struct bench *k = begin_as(SIM_BUDGET_GRPC);
    int64_t taken = 0;
    call(k, 0);
    for (uint32_t i = 0; i < 4; i++)
        assert_true(fails_and_asks(k, 0, &taken));
    assert_false(fails_and_asks(k, 0, &taken)); // 5 tokens are not more than half of 10
}

static void
grpc_gives_back_a_tenth_for_a_success_and_takes_nothing_for_a_retry(void **state)
{
    (void)state;
    struct bench *k = begin_as(SIM_BUDGET_GRPC);
    int64_t taken = 0;
    for (uint32_t i = 0; i < 5; i++)
        fails_and_asks(k, 0, &taken);
    assert_int_equal(k->s.tokens, 5 * SIM_TOKEN);
    sim_budget_ended(&k->b, &k->s, SIM_OK, &taken);
    assert_int_equal(k->s.tokens, 5 * SIM_TOKEN + SIM_TOKEN / 10);
    assert_true(asks_after(k, 0, SIM_ERROR, &taken));
    assert_int_equal(k->s.tokens, 5 * SIM_TOKEN + SIM_TOKEN / 10);
}

static void grpc_halves_an_odd_size_exactly(void **state)
{
    (void)state;
    struct sim_budget b = sim_budget_of(SIM_BUDGET_GRPC);
    b.size = 5 * SIM_TOKEN;
    struct bench *k = begin(&b);
    int64_t taken = 0;
    assert_true(fails_and_asks(k, 0, &taken));  // 4
    assert_true(fails_and_asks(k, 0, &taken));  // 3 is above 2.5
    assert_false(fails_and_asks(k, 0, &taken)); // 2
}

static void grpc_goes_neither_below_nought_nor_above_its_size(void **state)
{
    (void)state;
    struct bench *k = begin_as(SIM_BUDGET_GRPC);
    int64_t taken = 0;
    for (uint32_t i = 0; i < 30; i++)
        sim_budget_ended(&k->b, &k->s, SIM_ERROR, &taken);
    assert_int_equal(k->s.tokens, 0);
    for (uint32_t i = 0; i < 300; i++)
        sim_budget_ended(&k->b, &k->s, SIM_OK, &taken);
    assert_int_equal(k->s.tokens, 10 * SIM_TOKEN);
}

static void a_cancellation_is_neither_success_nor_failure(void **state)
{
    (void)state;
    struct bench *k = begin_as(SIM_BUDGET_GRPC);
    int64_t taken = 0;
    sim_budget_ended(&k->b, &k->s, SIM_ERROR, &taken);
    sim_budget_ended(&k->b, &k->s, SIM_CANCELLED, &taken);
    assert_int_equal(k->s.tokens, 9 * SIM_TOKEN);
}

// ---- Brooker ----

static void brooker_needs_more_than_one_token(void **state)
{
    (void)state;
    struct bench *k = begin_as(SIM_BUDGET_BROOKER);
    assert_int_equal(retries_of_a_call(k, 0, 99), 4); // 5, 4, 3, 2: one is not enough
    assert_int_equal(retries_of_a_call(k, 0, 99), 1); // 1.1
    for (uint32_t i = 0; i < 9; i++)                  // 0.2 to 1.0
        assert_int_equal(retries_of_a_call(k, 0, 99), 0);
    assert_int_equal(retries_of_a_call(k, 0, 99), 1); // 1.1
}

// ---- AWS ----

static void aws_takes_five_after_an_error_and_ten_after_a_timeout(void **state)
{
    (void)state;
    struct bench *k = begin_as(SIM_BUDGET_AWS);
    int64_t taken = 0;
    assert_true(asks_after(k, 0, SIM_ERROR, &taken));
    assert_int_equal(k->s.tokens, 495 * (int64_t)SIM_TOKEN);
    assert_true(asks_after(k, 0, SIM_TIMEOUT, &taken));
    assert_int_equal(k->s.tokens, 485 * (int64_t)SIM_TOKEN);
}

static void aws_gets_back_what_the_last_retry_took(void **state)
{
    (void)state;
    struct bench *k = begin_as(SIM_BUDGET_AWS);
    int64_t taken = 0;
    assert_true(fails_and_asks(k, 0, &taken));
    sim_budget_ended(&k->b, &k->s, SIM_TIMEOUT, &taken);
    assert_true(asks_after(k, 0, SIM_TIMEOUT, &taken));
    sim_budget_ended(&k->b, &k->s, SIM_OK, &taken);
    assert_int_equal(k->s.tokens, (500 - 5) * (int64_t)SIM_TOKEN);
    sim_budget_ended(&k->b, &k->s, SIM_OK, &taken); // of a call that needed none
    assert_int_equal(k->s.tokens, (500 - 5 + 1) * (int64_t)SIM_TOKEN);
}

// ---- Finagle ----

static void finagle_always_has_its_reserve(void **state)
{
    (void)state;
    struct sim_budget b = sim_budget_of(SIM_BUDGET_FINAGLE);
    b.per_call = 0;
    struct bench *k = begin(&b);
    assert_int_equal(retries_of_a_call(k, 0, 999), 100);
    assert_int_equal(retries_of_a_call(k, 10 * S - 1, 999), 0);
    assert_int_equal(retries_of_a_call(k, 10 * S, 999),
                     100); // what was taken is forgotten too
}

static void finagle_lets_a_fifth_of_the_calls_be_retried(void **state)
{
    (void)state;
    struct sim_budget b = sim_budget_of(SIM_BUDGET_FINAGLE);
    b.least = 0;
    struct bench *k = begin(&b);
    for (uint32_t i = 1; i <= 20; i++)
        assert_int_equal(retries_of_a_call(k, i, 1), i % 5 == 0);
}

static void finagles_deposits_age_out_at_ttl(void **state)
{
    (void)state;
    for (uint32_t late = 0; late < 2; late++) {
        struct sim_budget b = sim_budget_of(SIM_BUDGET_FINAGLE);
        b.least = 0;
        struct bench *k = begin(&b);
        int64_t taken = 0;
        for (uint32_t i = 0; i < 5; i++)
            call(k, 100);
        assert_int_equal(asks_after(k, 100 + 10 * S - 1 + late, SIM_ERROR, &taken), !late);
    }
}

static void finagle_forgets_in_the_order_in_which_it_came(void **state)
{
    (void)state;
    struct sim_budget b = sim_budget_of(SIM_BUDGET_FINAGLE);
    b.least = 0;
    struct bench *k = begin(&b);
    for (sim_time t = 0; t < 40; t++) // one call a second: never more than ten in view
        call(k, t * S);
    assert_int_equal(k->s.tokens, 10 * (SIM_TOKEN / 5));
    assert_in_range(k->log.used, 10, 11);
}

static void a_log_that_is_full_says_so(void **state)
{
    (void)state;
    struct bench *k = begin_as(SIM_BUDGET_FINAGLE);
    k->log.cap = 2;
    call(k, 1);
    call(k, 2);
    assert_false(sim_budget_call(&k->b, &k->s, &k->log, 3));
    call(k, 2 + 10 * S);
}

// ---- Envoy ----

static void envoy_lets_three_be_retried_at_once(void **state)
{
    (void)state;
    struct bench *k = begin_as(SIM_BUDGET_ENVOY);
    int64_t taken[4] = { 0 };
    for (uint32_t i = 0; i < 4; i++) {
        call(k, 0);
        assert_int_equal(asks_after(k, 0, SIM_ERROR, &taken[i]), i < 3);
    }
    sim_budget_ended(&k->b, &k->s, SIM_ERROR, &taken[0]);
    assert_true(asks_after(k, 0, SIM_ERROR, &taken[3]));
}

static void envoy_lets_a_fifth_of_the_calls_under_way_be_retried(void **state)
{
    (void)state;
    struct bench *k = begin_as(SIM_BUDGET_ENVOY);
    int64_t taken = 0;
    for (uint32_t i = 0; i < 24; i++)
        call(k, 0);
    for (uint32_t i = 0; i < 4; i++) // a fifth of 24, rounded down
        assert_true(asks_after(k, 0, SIM_ERROR, &taken));
    assert_false(asks_after(k, 0, SIM_ERROR, &taken));
    call(k, 0); // 25
    assert_true(asks_after(k, 0, SIM_ERROR, &taken));
}

static void envoy_counts_a_retry_until_its_call_is_over(void **state)
{
    (void)state;
    struct bench *k = begin_as(SIM_BUDGET_ENVOY);
    int64_t taken[3] = { 0 }, other = 0;
    for (uint32_t i = 0; i < 3; i++) {
        call(k, 0);
        assert_true(asks_after(k, 0, SIM_ERROR, &taken[i]));
    }
    assert_false(asks_after(k, 0, SIM_ERROR, &other));
    sim_budget_closed(&k->b, &k->s, taken[1]); // cancelled while it backed off
    assert_true(asks_after(k, 0, SIM_ERROR, &other));
    assert_int_equal(k->s.calls, 2);
}

// ---- By failure rate ----

static void a_failure_rate_above_its_share_refuses(void **state)
{
    (void)state;
    struct bench *k = begin_as(SIM_BUDGET_FAILURE_RATE);
    int64_t taken = 0;
    for (uint32_t i = 0; i < 10; i++) {
        call(k, 0);
        sim_budget_closed(&k->b, &k->s, 0);
    }
    assert_true(fails_and_asks(k, 0, &taken));  // 1 of 10
    assert_false(fails_and_asks(k, 0, &taken)); // 2 of 10
}

static void kinds_have_names(void **state)
{
    (void)state;
    assert_string_equal(sim_budget_name(SIM_BUDGET_TOKENS), "tokens");
    assert_string_equal(sim_budget_name(SIM_BUDGET_FINAGLE), "finagle");
    assert_string_equal(sim_budget_name(SIM_BUDGET_FAILURE_RATE), "failure_rate");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_bucket_begins_full_and_pays_until_it_is_empty),
        cmocka_unit_test(calls_and_successes_bring_tokens_up_to_the_size),
        cmocka_unit_test(grpc_stops_at_the_fifth_failure_of_ten_tokens),
        cmocka_unit_test(
            grpc_gives_back_a_tenth_for_a_success_and_takes_nothing_for_a_retry),
        cmocka_unit_test(grpc_halves_an_odd_size_exactly),
        cmocka_unit_test(grpc_goes_neither_below_nought_nor_above_its_size),
        cmocka_unit_test(a_cancellation_is_neither_success_nor_failure),
        cmocka_unit_test(brooker_needs_more_than_one_token),
        cmocka_unit_test(aws_takes_five_after_an_error_and_ten_after_a_timeout),
        cmocka_unit_test(aws_gets_back_what_the_last_retry_took),
        cmocka_unit_test(finagle_always_has_its_reserve),
        cmocka_unit_test(finagle_lets_a_fifth_of_the_calls_be_retried),
        cmocka_unit_test(finagles_deposits_age_out_at_ttl),
        cmocka_unit_test(finagle_forgets_in_the_order_in_which_it_came),
        cmocka_unit_test(a_log_that_is_full_says_so),
        cmocka_unit_test(envoy_lets_three_be_retried_at_once),
        cmocka_unit_test(envoy_lets_a_fifth_of_the_calls_under_way_be_retried),
        cmocka_unit_test(envoy_counts_a_retry_until_its_call_is_over),
        cmocka_unit_test(a_failure_rate_above_its_share_refuses),
        cmocka_unit_test(kinds_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
