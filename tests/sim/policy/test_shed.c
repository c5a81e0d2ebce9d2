#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/policy/shed.h"

#define MS (sim_time) SIM_MS

static const struct sim_codel rule = { 5 * SIM_MS, 100 * SIM_MS };

// Who stood there for so long, with others behind.
static bool drops(struct sim_codel_state *s, sim_time now, sim_time waited)
{
    return sim_codel_drops(&rule, s, now, now - waited, false);
}

static void defaults_are_those_of_the_rfc(void **state)
{
    (void)state;
    struct sim_codel c = sim_codel_default();
    assert_int_equal(c.target, 5 * MS);
    assert_int_equal(c.interval, 100 * MS);
}

static void nobody_is_dropped_before_a_whole_interval(void **state)
{
    (void)state;
    struct sim_codel_state s = { 0 };
    for (sim_time now = 50; now < 150; now++)
        assert_false(drops(&s, now * MS, 5 * MS));
    assert_true(drops(&s, 150 * MS, 5 * MS));
}

static void one_that_was_quick_begins_the_interval_anew(void **state)
{
    (void)state;
    struct sim_codel_state s = { 0 };
    assert_false(drops(&s, 10 * MS, 9 * MS));
    assert_false(drops(&s, 90 * MS, 5 * MS - 1));
    assert_false(drops(&s, 110 * MS, 9 * MS));
    assert_false(drops(&s, 210 * MS - 1, 9 * MS));
    assert_true(drops(&s, 210 * MS, 9 * MS));
}

static void last_in_line_is_never_dropped_and_counts_as_quick(void **state)
{
    (void)state;
    struct sim_codel_state s = { 0 };
    assert_false(drops(&s, 10 * MS, 9 * MS));
    assert_false(sim_codel_drops(&rule, &s, 500 * MS, 0, true));
    assert_false(drops(&s, 510 * MS, 9 * MS));
}

// 100, then 100 / sqrt(2) and 100 / sqrt(3) ms on.
static void drops_come_faster_as_the_root_of_their_number(void **state)
{
    (void)state;
    struct sim_codel_state s = { 0 };
    drops(&s, 0, 9 * MS);
    assert_true(drops(&s, 100 * MS, 9 * MS));
    assert_false(drops(&s, 100 * MS, 9 * MS)); // the one behind it is served
    assert_false(drops(&s, 200 * MS - 1, 9 * MS));
    assert_true(drops(&s, 200 * MS, 9 * MS));
    assert_false(drops(&s, 200 * MS, 9 * MS));
    assert_false(drops(&s, 200 * MS + 70710677, 9 * MS));
    assert_true(drops(&s, 200 * MS + 70710678, 9 * MS));
    assert_false(drops(&s, 200 * MS + 70710678, 9 * MS));
    assert_true(drops(&s, 200 * MS + 70710678 + 57735027, 9 * MS));
}

// After a long pause several are due, and go in a row at one turn.
static void what_is_due_goes_at_one_turn(void **state)
{
    (void)state;
    struct sim_codel_state s = { 0 };
    drops(&s, 0, 9 * MS);
    drops(&s, 100 * MS, 9 * MS);
    drops(&s, 100 * MS, 9 * MS);
    assert_true(drops(&s, 280 * MS, 9 * MS));  // was due at 200
    assert_true(drops(&s, 280 * MS, 9 * MS));  // and at 270.7
    assert_false(drops(&s, 280 * MS, 9 * MS)); // at 328.4
}

static void spell_ends_with_one_that_was_quick(void **state)
{
    (void)state;
    struct sim_codel_state s = { 0 };
    drops(&s, 0, 9 * MS);
    drops(&s, 100 * MS, 9 * MS);
    drops(&s, 100 * MS, 9 * MS);
    assert_false(drops(&s, 250 * MS, 1 * MS));
    assert_false(drops(&s, 251 * MS, 9 * MS));
    assert_false(drops(&s, 351 * MS - 1, 9 * MS));
    assert_true(drops(&s, 351 * MS, 9 * MS));
}

// Up to the fourth drop, which the one behind ends.
static struct sim_codel_state after_a_spell(void)
{
    struct sim_codel_state s = { 0 };
    drops(&s, 0, 9 * MS);
    assert_true(drops(&s, 100 * MS, 9 * MS));
    drops(&s, 100 * MS, 9 * MS);
    for (int i = 0; i < 3; i++)
        assert_true(drops(&s, 400 * MS, 9 * MS));
    assert_false(drops(&s, 400 * MS, 1 * MS));
    return s;
}

static void spell_soon_after_another_goes_on_at_its_rate(void **state)
{
    (void)state;
    struct sim_codel_state s = after_a_spell();
    drops(&s, 500 * MS, 9 * MS);
    assert_true(drops(&s, 600 * MS, 9 * MS));
    drops(&s, 600 * MS, 9 * MS);
    assert_false(drops(&s, 600 * MS + 57735026, 9 * MS)); // 100 ms / sqrt(3)
    assert_true(drops(&s, 600 * MS + 57735027, 9 * MS));
}

static void spell_long_after_another_begins_anew(void **state)
{
    (void)state;
    struct sim_codel_state s = after_a_spell();
    drops(&s, 2500 * MS, 9 * MS);
    assert_true(drops(&s, 2600 * MS, 9 * MS));
    drops(&s, 2600 * MS, 9 * MS);
    assert_false(drops(&s, 2700 * MS - 1, 9 * MS));
    assert_true(drops(&s, 2700 * MS, 9 * MS));
}

static void clock_near_its_end_does_not_turn_round(void **state)
{
    (void)state;
    struct sim_codel_state s = { 0 };
    drops(&s, INT64_MAX - 150 * MS, 9 * MS);
    assert_true(drops(&s, INT64_MAX - 50 * MS, 9 * MS));
    drops(&s, INT64_MAX - 50 * MS, 9 * MS);
    assert_false(drops(&s, INT64_MAX - 1, 9 * MS));
}

static void patience_is_short_once_the_line_stood_for_an_interval(void **state)
{
    (void)state;
    assert_int_equal(sim_codel_patience(&rule, 100 * MS, 0), 100 * MS);
    assert_int_equal(sim_codel_patience(&rule, 100 * MS + 1, 0), 5 * MS);
    assert_int_equal(sim_codel_patience(&rule, 900 * MS, 900 * MS), 100 * MS);
}

static void newest_is_next_from_that_length_on(void **state)
{
    (void)state;
    assert_false(sim_shed_newest_first(3, 2));
    assert_true(sim_shed_newest_first(3, 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_of_the_rfc),
        cmocka_unit_test(nobody_is_dropped_before_a_whole_interval),
        cmocka_unit_test(one_that_was_quick_begins_the_interval_anew),
        cmocka_unit_test(last_in_line_is_never_dropped_and_counts_as_quick),
        cmocka_unit_test(drops_come_faster_as_the_root_of_their_number),
        cmocka_unit_test(what_is_due_goes_at_one_turn),
        cmocka_unit_test(spell_ends_with_one_that_was_quick),
        cmocka_unit_test(spell_soon_after_another_goes_on_at_its_rate),
        cmocka_unit_test(spell_long_after_another_begins_anew),
        cmocka_unit_test(clock_near_its_end_does_not_turn_round),
        cmocka_unit_test(patience_is_short_once_the_line_stood_for_an_interval),
        cmocka_unit_test(newest_is_next_from_that_length_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
