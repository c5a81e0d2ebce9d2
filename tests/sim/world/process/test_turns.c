#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/world/process/turns.h"

// Linux' EEVDF for threads of equal weight on one core. The figures are worked out by hand from its
// rules: eligible is who has had no more than the mean, next the eligible one with the earliest
// deadline.

#define MS     (sim_time) SIM_MS
#define NOBODY UINT32_MAX

struct core {
    struct sim_turns turns;
    struct sim_turn of[8];
};

static struct core core_of(uint32_t threads)
{
    struct core c = { .turns = { .at = NULL } };
    for (uint32_t t = 0; t < threads; t++)
        assert_true(sim_turns_add(&c.turns, c.of, t));
    return c;
}

static uint32_t next(const struct core *c, uint32_t current, bool is_kept)
{
    return sim_turns_next(&c->turns, c->of, current, is_kept);
}

static bool ran(struct core *c, uint32_t t, sim_time d)
{
    return sim_turns_ran(&c->turns, c->of, t, d);
}

static void who_has_had_more_than_the_mean_is_not_next(void **state)
{
    (void)state;
    struct core c = core_of(2);
    ran(&c, 0, 1 * MS);
    assert_int_equal(next(&c, 0, true), 1);
    assert_int_equal(next(&c, NOBODY, false), 1);
    sim_turns_fini(&c.turns);
}

// 0 has had 3 ms, 1 none, 2 one: the mean is 4/3, and 1's deadline is a slice earlier than 2's.
static void of_those_who_are_owed_the_earliest_deadline_is_next(void **state)
{
    (void)state;
    struct core c = core_of(3);
    ran(&c, 2, 1 * MS);
    ran(&c, 0, 3 * MS);
    c.of[2].deadline = 2 * SIM_SLICE;
    assert_int_equal(next(&c, 0, false), 1);
    c.of[1].deadline = 3 * SIM_SLICE;
    assert_int_equal(next(&c, 0, false), 2);
    sim_turns_fini(&c.turns);
}

static void who_runs_and_is_owed_service_keeps_the_core_for_a_slice(void **state)
{
    (void)state;
    struct core c = core_of(2);
    ran(&c, 1, 3 * MS); // so that 0 is far behind
    c.of[1].had = 2 * MS;
    c.turns.sum = 2 * MS;
    c.of[1].deadline = 1; // and 1, at the mean by then, would have the earlier deadline
    c.turns.kept = SIM_SLICE;
    ran(&c, 0, 2 * MS);
    c.of[0].deadline = 9 * MS;
    assert_int_equal(next(&c, 0, false), 1);
    c.turns.kept = 3 * MS;
    assert_int_equal(next(&c, 0, true), 0);
    sim_turns_fini(&c.turns);
}

// A slice that ends with nobody else there ends nothing.
static void a_slice_is_over_for_others_only(void **state)
{
    (void)state;
    struct core c = core_of(1);
    c.turns.kept = SIM_SLICE;
    assert_false(ran(&c, 0, 2 * MS));
    assert_int_equal(c.turns.kept, 2 * MS + SIM_SLICE);
    assert_true(sim_turns_add(&c.turns, c.of, 1));
    assert_false(ran(&c, 0, SIM_SLICE - 1));
    assert_true(ran(&c, 0, 1));
    sim_turns_fini(&c.turns);
}

// 0 has had 4 ms more than 1, which is owed 2 ms: so much less than the mean. As 1 sleeps, 0 has
// 3 ms more. As 1 wakes it is owed 2 ms still, of the mean with itself.
static void a_sleeper_keeps_what_it_is_owed(void **state)
{
    (void)state;
    struct core c = core_of(2);
    ran(&c, 0, 4 * MS);
    sim_turns_remove(&c.turns, c.of, 1);
    assert_int_equal(c.of[1].owed, 2 * MS);
    ran(&c, 0, 3 * MS);
    sim_turns_add(&c.turns, c.of, 1);
    assert_int_equal(c.of[0].had, 7 * MS);
    assert_int_equal(c.of[1].had, 3 * MS);
    assert_int_equal(c.turns.sum, 10 * MS);
    assert_int_equal(next(&c, 0, true), 1);
    sim_turns_fini(&c.turns);
}

static void who_was_ahead_has_nothing_to_make_up_for_when_it_wakes(void **state)
{
    (void)state;
    struct core c = core_of(2);
    ran(&c, 0, 4 * MS);
    sim_turns_remove(&c.turns, c.of, 0);
    assert_int_equal(c.of[0].owed, 0);
    sim_turns_add(&c.turns, c.of, 0);
    assert_int_equal(c.of[0].had, c.of[1].had);
    sim_turns_fini(&c.turns);
}

static void nobody_is_owed_more_than_a_tick(void **state)
{
    (void)state;
    struct core c = core_of(2);
    ran(&c, 0, 100 * MS);
    sim_turns_remove(&c.turns, c.of, 1);
    assert_int_equal(c.of[1].owed, 4 * MS);
    sim_turns_fini(&c.turns);
}

// 0 has had 4 ms more than 1, which goes to sleep and wakes 2 by that, owed nothing: 2 is put at the mean
// with 1 still there, 2 ms, and when 1 has gone it is owed 1 ms, half of what 0 has had more.
static void who_wakes_it_is_there_still_and_draws_the_mean(void **state)
{
    (void)state;
    struct core c = core_of(2);
    ran(&c, 0, 4 * MS);
    sim_turns_remove(&c.turns, c.of, 1);
    c.turns.waker = c.of[1].had;
    c.turns.has_waker = true;
    assert_true(sim_turns_add(&c.turns, c.of, 2));
    assert_int_equal(c.of[2].had, 2 * MS);
    assert_int_equal(sim_turns_owed_to_waker(&c.turns), 2 * MS);
    sim_turns_remove(&c.turns, c.of, 2);
    assert_int_equal(c.of[2].owed, 1 * MS);
    sim_turns_fini(&c.turns);
}

// 0 alone has had 3 ms and sleeps; 1 is owed 1 ms of the mean of both.
static void who_wakes_it_is_there_still_if_it_was_alone(void **state)
{
    (void)state;
    struct core c = core_of(1);
    ran(&c, 0, 3 * MS);
    sim_turns_remove(&c.turns, c.of, 0);
    c.turns.waker = c.of[0].had;
    c.turns.has_waker = true;
    c.of[1].owed = 1 * MS;
    assert_true(sim_turns_add(&c.turns, c.of, 1));
    assert_int_equal(c.of[1].had, 1 * MS);
    assert_true(sim_turns_restore(&c.turns, c.of, 0));
    assert_int_equal(c.turns.sum, 4 * MS);
    assert_int_equal(next(&c, 0, true), 1);
    sim_turns_fini(&c.turns);
}

static void an_empty_core_has_nobody_next(void **state)
{
    (void)state;
    struct core c = core_of(0);
    assert_int_equal(next(&c, NOBODY, false), NOBODY);
    for (uint32_t t = 0; t < 8; t++)
        sim_turns_add(&c.turns, c.of, t);
    for (uint32_t t = 0; t < 8; t++)
        sim_turns_remove(&c.turns, c.of, t);
    assert_int_equal(c.turns.count, 0);
    assert_int_equal(c.turns.sum, 0);
    sim_turns_fini(&c.turns);
}

#define TEST cmocka_unit_test

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_has_had_more_than_the_mean_is_not_next),
        TEST(of_those_who_are_owed_the_earliest_deadline_is_next),
        TEST(who_runs_and_is_owed_service_keeps_the_core_for_a_slice),
        TEST(a_slice_is_over_for_others_only),
        TEST(a_sleeper_keeps_what_it_is_owed),
        TEST(who_was_ahead_has_nothing_to_make_up_for_when_it_wakes),
        TEST(nobody_is_owed_more_than_a_tick),
        TEST(who_wakes_it_is_there_still_and_draws_the_mean),
        TEST(who_wakes_it_is_there_still_if_it_was_alone),
        TEST(an_empty_core_has_nobody_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
