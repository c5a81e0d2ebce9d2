#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/policy/hedge.h"

// Hedges: when the next goes out, what a failure does, who is cancelled.

#define MS (sim_time) SIM_MS

static struct sim_hedge_state s;

static struct sim_hedge every(uint32_t attempts, sim_time after)
{
    return (struct sim_hedge){ .max_attempts = attempts, .after = after };
}

// As many as it wants go out.
static sim_time begins(const struct sim_hedge *h, uint32_t wanted)
{
    assert_int_equal(sim_hedge_begin(h, &s), wanted);
    return sim_hedge_sent(h, &s, wanted, 0);
}

static void the_next_goes_out_after_each_wait(void **state)
{
    (void)state;
    struct sim_hedge h = every(3, 10 * MS);
    assert_int_equal(begins(&h, 1), 10 * MS);
    assert_int_equal(sim_hedge_due(&h, &s), 1);
    assert_int_equal(sim_hedge_sent(&h, &s, 1, 10 * MS), 20 * MS);
    assert_int_equal(sim_hedge_due(&h, &s), 1);
    assert_int_equal(sim_hedge_sent(&h, &s, 1, 20 * MS), SIM_NEVER);
    assert_int_equal(sim_hedge_due(&h, &s), 0);
    assert_int_equal(sim_hedge_won(&s), 2);
}

static void without_a_wait_all_go_out_at_once(void **state)
{
    (void)state;
    struct sim_hedge h = every(4, 0);
    assert_int_equal(begins(&h, 4), SIM_NEVER);
    h = every(1, 0);
    assert_int_equal(begins(&h, 1), SIM_NEVER);
}

static void a_failure_sends_the_next_at_once(void **state)
{
    (void)state;
    struct sim_hedge h = every(2, 10 * MS);
    begins(&h, 1);
    assert_int_equal(sim_hedge_failed(&h, &s, false), 1);
    assert_int_equal(sim_hedge_sent(&h, &s, 1, 3 * MS), SIM_NEVER);
    assert_false(sim_hedge_is_lost(&s));
    assert_int_equal(sim_hedge_failed(&h, &s, false), 0);
    assert_true(sim_hedge_is_lost(&s));
}

static void a_fatal_failure_ends_it(void **state)
{
    (void)state;
    struct sim_hedge h = every(3, 10 * MS);
    begins(&h, 1);
    sim_hedge_sent(&h, &s, 1, 10 * MS);
    assert_int_equal(sim_hedge_failed(&h, &s, true), 0);
    assert_true(sim_hedge_is_lost(&s));
    assert_int_equal(sim_hedge_due(&h, &s), 0);
}

static void what_was_refused_is_asked_for_after_another_wait(void **state)
{
    (void)state;
    struct sim_hedge h = every(2, 10 * MS);
    begins(&h, 1);
    assert_int_equal(sim_hedge_sent(&h, &s, 0, 10 * MS), 20 * MS);
    assert_int_equal(sim_hedge_due(&h, &s), 1);
    // Refused at a failure that leaves nothing under way, it is lost.
    assert_int_equal(sim_hedge_failed(&h, &s, false), 1);
    assert_true(sim_hedge_is_lost(&s));
}

static void it_may_wait_for_a_failure_only(void **state)
{
    (void)state;
    struct sim_hedge h = { .max_attempts = 2, .on_failure = true };
    assert_int_equal(begins(&h, 1), SIM_NEVER);
    assert_int_equal(sim_hedge_failed(&h, &s, false), 1);
}

static void of_tied_ones_the_first_that_begins_is_left(void **state)
{
    (void)state;
    struct sim_hedge h = { .max_attempts = 3, .after = 5 * MS, .is_tied = true };
    assert_int_equal(begins(&h, 3), SIM_NEVER);
    assert_int_equal(sim_hedge_started(&h, &s), 2);
    assert_int_equal(sim_hedge_started(&h, &s), 0);
    assert_int_equal(sim_hedge_failed(&h, &s, false), 0);
    assert_true(sim_hedge_is_lost(&s));
    h.is_tied = false;
    begins(&h, 1);
    sim_hedge_sent(&h, &s, 1, 5 * MS);
    assert_int_equal(sim_hedge_started(&h, &s), 0);
}

static void time_does_not_go_beyond_its_end(void **state)
{
    (void)state;
    struct sim_hedge h = every(2, 10 * MS);
    sim_hedge_begin(&h, &s);
    assert_int_equal(sim_hedge_sent(&h, &s, 1, SIM_NEVER - 1), SIM_NEVER);
}

static void names_bring_defaults(void **state)
{
    (void)state;
    assert_string_equal(sim_hedge_name(SIM_HEDGE_POLLY), "polly");
    assert_int_equal(sim_hedge_of(SIM_HEDGE_POLLY).max_attempts, 2);
    assert_int_equal(sim_hedge_of(SIM_HEDGE_POLLY).after, 2000 * MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_goes_out_after_each_wait),
        cmocka_unit_test(without_a_wait_all_go_out_at_once),
        cmocka_unit_test(a_failure_sends_the_next_at_once),
        cmocka_unit_test(a_fatal_failure_ends_it),
        cmocka_unit_test(what_was_refused_is_asked_for_after_another_wait),
        cmocka_unit_test(it_may_wait_for_a_failure_only),
        cmocka_unit_test(of_tied_ones_the_first_that_begins_is_left),
        cmocka_unit_test(time_does_not_go_beyond_its_end),
        cmocka_unit_test(names_bring_defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
