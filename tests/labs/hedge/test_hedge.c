#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "labs/hedge/hedge.h"

#define NEVER LAB_HEDGE_NEVER

static void is_answer(struct lab_hedge_answer a, enum lab_hedge_verdict verdict,
                      uint32_t send, uint32_t cancel)
{
    assert_int_equal(a.verdict, verdict);
    assert_int_equal(a.send, send);
    assert_int_equal(a.cancel, cancel);
}

static void the_next_is_sent_when_no_answer_came_for_the_delay(void **state)
{
    struct lab_hedge_def def = lab_hedge_grpc(3, 100);
    struct lab_hedge h;
    (void)state;
    is_answer(lab_hedge_begin(&h, &def, 1000), LAB_HEDGE_WAITS, 1, 0);
    assert_int_equal(h.next_ns, 1100);
    is_answer(lab_hedge_timer(&h, &def, 1099), LAB_HEDGE_WAITS, 0, 0);
    is_answer(lab_hedge_timer(&h, &def, 1100), LAB_HEDGE_WAITS, 1, 0);
    assert_int_equal(h.next_ns, 1200);
    is_answer(lab_hedge_timer(&h, &def, 1200), LAB_HEDGE_WAITS, 1, 0);
    assert_int_equal(h.next_ns, NEVER); // all are out
    is_answer(lab_hedge_succeeded(&h, 1), LAB_HEDGE_SUCCEEDED, 0, 5);
    is_answer(lab_hedge_succeeded(&h, 0), LAB_HEDGE_WAITS, 0, 0); // too late
    is_answer(lab_hedge_failed(&h, &def, 2, false, 1300), LAB_HEDGE_WAITS, 0, 0);
    assert_true(h.is_over);
}

static void a_success_before_the_delay_sends_nothing_more(void **state)
{
    struct lab_hedge_def def = lab_hedge_polly();
    struct lab_hedge h;
    (void)state;
    lab_hedge_begin(&h, &def, 0);
    assert_int_equal(h.next_ns, 2000000000);
    is_answer(lab_hedge_succeeded(&h, 0), LAB_HEDGE_SUCCEEDED, 0, 0);
    assert_int_equal(h.next_ns, NEVER);
    is_answer(lab_hedge_timer(&h, &def, 2000000000), LAB_HEDGE_WAITS, 0, 0);
}

static void grpc_takes_more_than_five_for_five(void **state)
{
    struct lab_hedge_def def = lab_hedge_grpc(6, 0);
    struct lab_hedge h;
    (void)state;
    is_answer(lab_hedge_begin(&h, &def, 0), LAB_HEDGE_WAITS, 5, 0);
    is_answer(lab_hedge_succeeded(&h, 4), LAB_HEDGE_SUCCEEDED, 0, 15);
    def.is_grpc = false;
    is_answer(lab_hedge_begin(&h, &def, 0), LAB_HEDGE_WAITS, 6, 0);
    def.max_attempts = 100;
    is_answer(lab_hedge_begin(&h, &def, 0), LAB_HEDGE_WAITS, LAB_HEDGE_MOST, 0);
    is_answer(lab_hedge_succeeded(&h, 31), LAB_HEDGE_SUCCEEDED, 0, 0x7fffffff);
}

static void a_failure_sends_the_next_at_once_and_the_delay_begins_anew(void **state)
{
    struct lab_hedge_def def = lab_hedge_grpc(3, 100);
    struct lab_hedge h;
    (void)state;
    lab_hedge_begin(&h, &def, 0);
    is_answer(lab_hedge_failed(&h, &def, 0, false, 30), LAB_HEDGE_WAITS, 1, 0);
    assert_int_equal(h.next_ns, 130);
    lab_hedge_timer(&h, &def, 130);
    is_answer(lab_hedge_failed(&h, &def, 1, false, 140), LAB_HEDGE_WAITS, 0, 0);
    is_answer(lab_hedge_failed(&h, &def, 1, false, 141), LAB_HEDGE_WAITS, 0, 0); // twice
    is_answer(lab_hedge_failed(&h, &def, 2, false, 150), LAB_HEDGE_FAILED, 0, 0);
}

static void a_fatal_failure_ends_the_call(void **state)
{
    struct lab_hedge_def def = lab_hedge_grpc(4, 100);
    struct lab_hedge h;
    (void)state;
    lab_hedge_begin(&h, &def, 0);
    lab_hedge_timer(&h, &def, 100);
    is_answer(lab_hedge_failed(&h, &def, 0, true, 110), LAB_HEDGE_FAILED, 0, 2);
    is_answer(lab_hedge_timer(&h, &def, 200), LAB_HEDGE_WAITS, 0, 0);
    is_answer(lab_hedge_succeeded(&h, 1), LAB_HEDGE_WAITS, 0, 0);
}

static void without_a_delay_only_failures_send_more(void **state)
{
    struct lab_hedge_def def = lab_hedge_polly();
    struct lab_hedge h;
    (void)state;
    def.delay_ns = LAB_HEDGE_AFTER_FAILURE;
    is_answer(lab_hedge_begin(&h, &def, 0), LAB_HEDGE_WAITS, 1, 0);
    assert_int_equal(h.next_ns, NEVER);
    is_answer(lab_hedge_failed(&h, &def, 0, false, 5), LAB_HEDGE_WAITS, 1, 0);
    assert_int_equal(h.next_ns, NEVER);
    is_answer(lab_hedge_failed(&h, &def, 1, false, 5), LAB_HEDGE_FAILED, 0, 0);
}

struct budget {
    int asked, left;
};

static bool spend(void *ctx)
{
    struct budget *b = ctx;
    b->asked++;
    return b->left > 0 && b->left--;
}

static void each_but_the_first_is_paid_for(void **state)
{
    struct budget budget = { 0, 1 };
    struct lab_hedge_def def = lab_hedge_grpc(4, 100);
    struct lab_hedge h;
    (void)state;
    def.allows = spend;
    def.ctx = &budget;
    lab_hedge_begin(&h, &def, 0);
    assert_int_equal(budget.asked, 0);
    is_answer(lab_hedge_timer(&h, &def, 100), LAB_HEDGE_WAITS, 1, 0);
    is_answer(lab_hedge_timer(&h, &def, 200), LAB_HEDGE_WAITS, 0, 0);
    assert_int_equal(h.next_ns, 300); // and asked for again
    is_answer(lab_hedge_failed(&h, &def, 0, false, 250), LAB_HEDGE_WAITS, 0, 0);
    budget.left = 1;
    is_answer(lab_hedge_timer(&h, &def, 300), LAB_HEDGE_WAITS, 1, 0);
    is_answer(lab_hedge_failed(&h, &def, 1, false, 310), LAB_HEDGE_WAITS, 0, 0);
    is_answer(lab_hedge_failed(&h, &def, 2, false, 320), LAB_HEDGE_FAILED, 0, 0);
    assert_int_equal(budget.asked, 6);
    def.delay_ns = 0;
    budget.left = 2;
    is_answer(lab_hedge_begin(&h, &def, 0), LAB_HEDGE_WAITS, 3, 0);
    assert_int_equal(h.next_ns, NEVER); // at once or not at all
}

static void whoever_is_started_cancels_its_twin(void **state)
{
    struct lab_hedge_def def = lab_hedge_tied();
    struct lab_hedge h;
    (void)state;
    is_answer(lab_hedge_begin(&h, &def, 0), LAB_HEDGE_WAITS, 2, 0);
    is_answer(lab_hedge_started(&h, &def, 1), LAB_HEDGE_WAITS, 0, 1);
    is_answer(lab_hedge_started(&h, &def, 0), LAB_HEDGE_WAITS, 0, 0); // too late
    is_answer(lab_hedge_failed(&h, &def, 0, false, 5), LAB_HEDGE_WAITS, 0, 0);
    is_answer(lab_hedge_succeeded(&h, 1), LAB_HEDGE_SUCCEEDED, 0, 0);
    def.is_tied = false;
    lab_hedge_begin(&h, &def, 0);
    is_answer(lab_hedge_started(&h, &def, 1), LAB_HEDGE_WAITS, 0, 0);
}

static void the_end_of_the_clock_is_safe(void **state)
{
    struct lab_hedge_def def = lab_hedge_grpc(3, 100);
    struct lab_hedge h;
    (void)state;
    lab_hedge_begin(&h, &def, INT64_MAX - 50);
    assert_int_equal(h.next_ns, NEVER);
    is_answer(lab_hedge_timer(&h, &def, INT64_MAX), LAB_HEDGE_WAITS, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_is_sent_when_no_answer_came_for_the_delay),
        cmocka_unit_test(a_success_before_the_delay_sends_nothing_more),
        cmocka_unit_test(grpc_takes_more_than_five_for_five),
        cmocka_unit_test(a_failure_sends_the_next_at_once_and_the_delay_begins_anew),
        cmocka_unit_test(a_fatal_failure_ends_the_call),
        cmocka_unit_test(without_a_delay_only_failures_send_more),
        cmocka_unit_test(each_but_the_first_is_paid_for),
        cmocka_unit_test(whoever_is_started_cancels_its_twin),
        cmocka_unit_test(the_end_of_the_clock_is_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
