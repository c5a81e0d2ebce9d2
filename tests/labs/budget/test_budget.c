#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "labs/budget/shared_budget.h"
#include "tests/support/stress.h"

// What is expected here is worked out by hand from the rules and never from a run.

#define S       ((int64_t)1000000000)
#define THREADS 4

static struct stress stress;

static uint32_t retries_at(struct lab_budget *b, int64_t at)
{
    uint32_t n = 0;
    while (n < 1000 && lab_budget_allows(b, at))
        n++;
    return n;
}

static void answered(struct lab_budget *b, enum lab_budget_outcome outcome, int times)
{
    for (int i = 0; i < times; i++)
        lab_budget_answered(b, outcome);
}

static void a_bucket_pays_retries_with_successes(void **state)
{
    struct lab_budget_def def = lab_budget_default(LAB_BUDGET_BUCKET);
    struct lab_budget b;
    (void)state;
    lab_budget_init(&b, &def);
    answered(&b, LAB_BUDGET_SUCCESS, 100); // no more than full
    assert_int_equal(retries_at(&b, 0), 5);
    lab_budget_began(&b, 0);
    answered(&b, LAB_BUDGET_FAILURE, 3);
    answered(&b, LAB_BUDGET_SUCCESS, 9);
    assert_int_equal(retries_at(&b, 0), 0);
    answered(&b, LAB_BUDGET_SUCCESS, 1);
    assert_int_equal(retries_at(&b, 0), 1);
    lab_budget_fini(&b);
}

// From 5: at 5, 4, 3 and 2 there is more than one token, at 1 there is not.
static void the_program_deposits_at_first_tries_and_wants_more_than_one(void **state)
{
    struct lab_budget_def def = lab_budget_brooker_program();
    struct lab_budget b;
    (void)state;
    lab_budget_init(&b, &def);
    assert_int_equal(retries_at(&b, 0), 4);
    answered(&b, LAB_BUDGET_SUCCESS, 50);
    assert_int_equal(retries_at(&b, 0), 0);
    lab_budget_began(&b, 0);
    assert_int_equal(retries_at(&b, 0), 1); // at 1.1
    for (int i = 0; i < 9; i++)
        lab_budget_began(&b, 0);
    assert_int_equal(retries_at(&b, 0), 0); // at 1.0
    lab_budget_fini(&b);
}

// Of ten tokens: 6 are more than half, 5 are not.
static void grpc_retries_while_more_than_half_is_left(void **state)
{
    struct lab_budget_def def = lab_budget_default(LAB_BUDGET_GRPC);
    struct lab_budget b;
    (void)state;
    lab_budget_init(&b, &def);
    answered(&b, LAB_BUDGET_FAILURE, 4);
    assert_int_equal(retries_at(&b, 0), 1000); // a retry by itself costs nothing
    answered(&b, LAB_BUDGET_FAILURE, 1);
    assert_false(lab_budget_allows(&b, 0));
    answered(&b, LAB_BUDGET_OTHER, 3);
    answered(&b, LAB_BUDGET_SUCCESS, 1);
    assert_true(lab_budget_allows(&b, 0)); // at 5.1
    lab_budget_fini(&b);
}

static void grpc_knows_no_less_than_none_and_no_more_than_all(void **state)
{
    struct lab_budget_def def = lab_budget_default(LAB_BUDGET_GRPC);
    struct lab_budget b;
    (void)state;
    lab_budget_init(&b, &def);
    answered(&b, LAB_BUDGET_FAILURE, 30);
    answered(&b, LAB_BUDGET_SUCCESS, 50);
    assert_false(lab_budget_allows(&b, 0)); // at 5.0
    answered(&b, LAB_BUDGET_SUCCESS, 1);
    assert_true(lab_budget_allows(&b, 0));
    answered(&b, LAB_BUDGET_SUCCESS, 500);
    answered(&b, LAB_BUDGET_FAILURE, 5);
    assert_false(lab_budget_allows(&b, 0)); // from 10.0
    lab_budget_fini(&b);
}

// A share f of failures costs f and brings 0.1 (1 - f): retries last below f = 1 / 11.
static void grpc_stops_above_one_failure_in_eleven(void **state)
{
    struct lab_budget_def def = lab_budget_default(LAB_BUDGET_GRPC);
    struct lab_budget b;
    (void)state;
    for (int successes = 9; successes <= 10; successes++) {
        lab_budget_init(&b, &def);
        for (int i = 0; i < 1000; i++) {
            answered(&b, LAB_BUDGET_FAILURE, 1);
            answered(&b, LAB_BUDGET_SUCCESS, successes);
        }
        assert_int_equal(lab_budget_allows(&b, 0), successes == 10);
        lab_budget_fini(&b);
    }
}

static void finagle_has_a_reserve_and_a_fifth(void **state)
{
    struct lab_budget_def def = lab_budget_default(LAB_BUDGET_FINAGLE);
    struct lab_budget b;
    (void)state;
    lab_budget_init(&b, &def);
    assert_int_equal(retries_at(&b, 0), 100);
    for (int i = 0; i < 14; i++)
        lab_budget_began(&b, 0);
    assert_int_equal(retries_at(&b, 0), 2); // 2.8
    lab_budget_began(&b, 0);
    answered(&b, LAB_BUDGET_SUCCESS, 100); // which nobody asks about
    assert_int_equal(retries_at(&b, 0), 1);
    lab_budget_fini(&b);
}

static void finagle_forgets_at_the_age_of_its_ttl(void **state)
{
    struct lab_budget_def def = lab_budget_default(LAB_BUDGET_FINAGLE);
    struct lab_budget b;
    (void)state;
    def.reserve = 1;
    lab_budget_init(&b, &def);
    for (int i = 0; i < 10; i++)
        lab_budget_began(&b, 0);
    for (int i = 0; i < 5; i++)
        lab_budget_began(&b, 3 * S);
    assert_true(lab_budget_allows(&b, 5 * S)); // of 1 + 2 + 1
    assert_true(lab_budget_allows(&b, 10 * S - 1));
    // At 10 s the first ten are forgotten: 1 + 1 came, and 2 went.
    assert_false(lab_budget_allows(&b, 10 * S));
    assert_false(lab_budget_allows(&b, 13 * S)); // 1 came, 2 went
    assert_false(lab_budget_allows(&b, 15 * S)); // 1 came, 1 went
    assert_false(lab_budget_allows(&b, 20 * S - 2));
    assert_int_equal(retries_at(&b, 20 * S - 1), 1);
    assert_int_equal(retries_at(&b, 1000 * S), 1); // nothing was saved up
    lab_budget_fini(&b);
}

static void no_ttl_sees_more_retries_than_its_requests_allow(void **state)
{
    struct lab_budget_def def = lab_budget_default(LAB_BUDGET_FINAGLE);
    static int64_t began[6000], retried[6000];
    uint32_t requests = 0, retries = 0;
    struct lab_budget b;
    int64_t at = 0;
    (void)state;
    srand(5);
    def.reserve = 3;
    def.ttl_ns = 50;
    lab_budget_init(&b, &def);
    for (int i = 0; i < 6000; i++, at += rand() % 3) {
        if (rand() % 3 == 0) {
            lab_budget_began(&b, at);
            began[requests++] = at;
        } else if (lab_budget_allows(&b, at)) {
            retried[retries++] = at;
        }
    }
    assert_true(retries > 300);
    for (uint32_t i = 0; i < retries; i++) { // the ttl that ends with this retry
        uint32_t in = 0, out = 0;
        for (uint32_t k = 0; k <= i; k++)
            out += retried[k] > retried[i] - 50;
        for (uint32_t k = 0; k < requests; k++)
            in += began[k] > retried[i] - 50 && began[k] <= retried[i];
        assert_true(out * 5 <= in + 3 * 5);
    }
    lab_budget_fini(&b);
}

static void envoy_looks_at_what_is_under_way(void **state)
{
    struct lab_budget_def def = lab_budget_default(LAB_BUDGET_ENVOY);
    struct lab_budget b;
    (void)state;
    lab_budget_init(&b, &def);
    assert_int_equal(retries_at(&b, 0), 3);
    for (int i = 0; i < 19; i++)
        lab_budget_began(&b, 0);
    assert_int_equal(retries_at(&b, 0), 0); // 3.8 are 3
    lab_budget_began(&b, 0);
    assert_int_equal(retries_at(&b, 0), 1);
    lab_budget_request_ended(&b);
    assert_int_equal(retries_at(&b, S), 0);
    lab_budget_retry_ended(&b);
    assert_int_equal(retries_at(&b, S), 0); // three of 19
    lab_budget_retry_ended(&b);
    assert_int_equal(retries_at(&b, S), 1);
    lab_budget_fini(&b);
}

// ---- Threads: together they spend what there is, and no more ----

struct part {
    struct lab_shared_budget *shared;
    uint32_t allowed, successes, seed;
    bool gives_back;
};

// 500 tokens pay for a hundred retries, or fifty after timeouts; what went well comes back.
static void aws_lends_what_goes_well(void **state)
{
    struct lab_budget_def def = lab_budget_default(LAB_BUDGET_AWS);
    struct lab_budget b;
    uint32_t paid;
    (void)state;
    lab_budget_init(&b, &def);
    assert_int_equal(retries_at(&b, 0), 100);
    assert_false(lab_budget_allows_after(&b, true, 0, &paid));
    lab_budget_succeeded(&b, 5000);
    assert_false(lab_budget_allows_after(&b, true, 0, &paid)); // a timeout's costs 10
    assert_true(lab_budget_allows_after(&b, false, 0, &paid));
    assert_int_equal(paid, 5000);
    for (int i = 0; i < 9; i++)
        lab_budget_succeeded(&b, 0); // those that needed no retry bring 1 each
    assert_false(lab_budget_allows_after(&b, true, 0, &paid));
    lab_budget_succeeded(&b, 0);
    assert_true(lab_budget_allows_after(&b, true, 0, &paid));
    assert_int_equal(paid, 10000);
    for (int i = 0; i < 1000; i++)
        lab_budget_succeeded(&b, 10000); // never more than all
    assert_int_equal(retries_at(&b, 0), 100);
    lab_budget_fini(&b);
}

// A tenth of ten is one: with the second there are no more retries, until twenty have been asked.
static void the_failure_rate_counts_all_that_ever_was(void **state)
{
    struct lab_budget_def def = lab_budget_default(LAB_BUDGET_FAILURE_RATE);
    struct lab_budget b;
    (void)state;
    lab_budget_init(&b, &def);
    for (int i = 0; i < 10; i++)
        lab_budget_began(&b, 0);
    answered(&b, LAB_BUDGET_OTHER, 5);
    answered(&b, LAB_BUDGET_FAILURE, 1);
    assert_true(lab_budget_allows(&b, 0));
    answered(&b, LAB_BUDGET_FAILURE, 1);
    assert_false(lab_budget_allows(&b, 0));
    for (int i = 0; i < 10; i++) {
        lab_budget_request_ended(&b); // it was all the same
        assert_false(lab_budget_allows(&b, 1000 * S));
        lab_budget_began(&b, 0);
    }
    assert_true(lab_budget_allows(&b, 0));
    lab_budget_fini(&b);
}

static void *spend(void *arg)
{
    struct part *p = arg;
    for (int i = 0; i < 500; i++) {
        lab_shared_budget_began(p->shared, 0);
        lab_shared_budget_answered(p->shared, LAB_BUDGET_SUCCESS);
        bool is_allowed = lab_shared_budget_allows(p->shared, 0);
        p->allowed += is_allowed;
        if (is_allowed && p->gives_back)
            lab_shared_budget_retry_ended(p->shared);
        lab_shared_budget_request_ended(p->shared);
    }
    return NULL;
}

static void run(struct part *parts, void *(*body)(void *))
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, body, &parts[i]), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

static uint32_t spent(const struct lab_budget_def *def, bool gives_back)
{
    struct lab_shared_budget s;
    struct part parts[THREADS];
    uint32_t sum = 0;
    assert_true(lab_shared_budget_init(&s, def));
    for (int i = 0; i < THREADS; i++)
        parts[i] = (struct part){ .shared = &s, .gives_back = gives_back };
    run(parts, spend);
    for (int i = 0; i < THREADS; i++)
        sum += parts[i].allowed;
    assert_int_equal(s.budget.requests, 0);
    if (gives_back)
        assert_int_equal(s.budget.retries, 0);
    lab_shared_budget_fini(&s);
    return sum;
}

static void threads_together_spend_what_there_is(void **state)
{
    struct lab_budget_def finagle = lab_budget_default(LAB_BUDGET_FINAGLE);
    struct lab_budget_def envoy = lab_budget_default(LAB_BUDGET_ENVOY);
    struct lab_budget_def bucket = lab_budget_default(LAB_BUDGET_BUCKET);
    struct stress part = stress_part(&stress, 0, 2);
    (void)state;
    // Each thread asks after its own deposit, 2000 times in all; what is there at the end is
    // refused to nobody, for more is asked for than there is.
    bucket.most_milli = 1000000;
    bucket.deposit_milli = 100;
    for (uint32_t i = 0; stress_goes_on(&part, i); i++) {
        assert_int_equal(spent(&finagle, false), 100 + 2000 / 5);
        assert_int_equal(spent(&envoy, false), 3); // never more than 4 under way
        assert_true(spent(&envoy, true) <= 2000);  // and all are given back
        // 2000 tenths come in; the first of each thread may find the bucket full.
        assert_int_equal(spent(&bucket, false), 1000 + 199);
    }
}

// Draws what it does: calls that go well or fail, retries that are paid for, quotas given back.
static void *spend_at_random(void *arg)
{
    struct part *p = arg;
    for (int i = 0; i < 500; i++) {
        p->seed = p->seed * 1664525u + 1013904223u;
        lab_shared_budget_began(p->shared, 0);
        if (p->seed >> 30 == 0) {
            lab_shared_budget_answered(p->shared, LAB_BUDGET_SUCCESS);
            p->successes++;
        } else {
            lab_shared_budget_answered(p->shared, LAB_BUDGET_FAILURE);
        }
        if (p->seed >> 29 & 1 && lab_shared_budget_allows(p->shared, 0)) {
            p->allowed++;
            lab_shared_budget_retry_ended(p->shared);
        }
        lab_shared_budget_request_ended(p->shared);
    }
    return NULL;
}

static void whatever_threads_do_no_more_is_spent_than_came_in(void **state)
{
    struct stress part = stress_part(&stress, 1, 2);
    struct lab_budget_def def = lab_budget_default(LAB_BUDGET_BUCKET);
    (void)state;
    for (uint32_t i = 0; stress_goes_on(&part, i); i++) {
        struct lab_shared_budget s;
        struct part parts[THREADS] = { 0 };
        uint32_t allowed = 0, successes = 0;
        assert_true(lab_shared_budget_init(&s, &def));
        for (uint32_t n = 0; n < THREADS; n++) {
            parts[n].shared = &s;
            parts[n].seed = ((uint32_t)stress.seed + i) * THREADS + n;
        }
        run(parts, spend_at_random);
        for (int n = 0; n < THREADS; n++) {
            allowed += parts[n].allowed;
            successes += parts[n].successes;
        }
        int64_t left = s.budget.level_milli;
        assert_true(left >= 0 && left <= def.most_milli);
        assert_true(left + (int64_t)allowed * def.price_milli <=
                    def.most_milli + (int64_t)successes * def.deposit_milli);
        assert_true(allowed >= def.most_milli / def.price_milli);
        assert_int_equal(s.budget.requests, 0);
        lab_shared_budget_fini(&s);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bucket_pays_retries_with_successes),
        cmocka_unit_test(the_program_deposits_at_first_tries_and_wants_more_than_one),
        cmocka_unit_test(grpc_retries_while_more_than_half_is_left),
        cmocka_unit_test(grpc_knows_no_less_than_none_and_no_more_than_all),
        cmocka_unit_test(grpc_stops_above_one_failure_in_eleven),
        cmocka_unit_test(finagle_has_a_reserve_and_a_fifth),
        cmocka_unit_test(finagle_forgets_at_the_age_of_its_ttl),
        cmocka_unit_test(no_ttl_sees_more_retries_than_its_requests_allow),
        cmocka_unit_test(envoy_looks_at_what_is_under_way),
        cmocka_unit_test(aws_lends_what_goes_well),
        cmocka_unit_test(the_failure_rate_counts_all_that_ever_was),
        cmocka_unit_test(threads_together_spend_what_there_is),
        cmocka_unit_test(whatever_threads_do_no_more_is_spent_than_came_in),
    };
    stress = stress_read(argc, argv, 3);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
