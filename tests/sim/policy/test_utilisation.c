#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/policy/utilisation.h"

#define S       (sim_time) SIM_S
#define RAMP    (120 * S)
#define NEVER   UINT64_MAX // the draw that is refused only with the whole class
#define EIGHTHS (UINT64_C(1) << 61)

static const struct sim_utilisation rule = { 800000, RAMP, S };

// So many of ten at work each second from a time on, and none refused meanwhile.
static void work(struct sim_utilisation_state *s, sim_time from, int seconds, uint32_t busy)
{
    for (int i = 1; i <= seconds; i++)
        assert_true(
            sim_utilisation_passes(&rule, s, from + i * S, busy, 10, SIM_CRITICAL_PLUS, 0));
}

static bool passes(struct sim_utilisation_state s, enum sim_criticality class,
                   uint64_t draw)
{
    return sim_utilisation_passes(&rule, &s, s.last, 0, 10, class, draw);
}

static void defaults_are_those_that_are_quoted(void **state)
{
    (void)state;
    struct sim_utilisation u = sim_utilisation_default();
    assert_int_equal(u.threshold, 800000);
    assert_int_equal(u.ramp, RAMP);
}

static void below_the_threshold_nobody_is_refused(void **state)
{
    (void)state;
    struct sim_utilisation_state s = { 0 };
    work(&s, 0, 1000, 7);
    assert_true(passes(s, SIM_SHEDDABLE, 0));
}

// After three eighths of a ramp three eighths of the class; a draw that is just that passes.
static void a_class_is_refused_in_step_with_time(void **state)
{
    (void)state;
    struct sim_utilisation_state s = { 0 };
    work(&s, 0, 45, 8);
    assert_false(passes(s, SIM_SHEDDABLE, 3 * EIGHTHS - 1));
    assert_true(passes(s, SIM_SHEDDABLE, 3 * EIGHTHS));
    assert_true(passes(s, SIM_SHEDDABLE_PLUS, 0));
}

static void the_next_class_begins_when_all_of_one_is_refused(void **state)
{
    (void)state;
    struct sim_utilisation_state s = { 0 };
    work(&s, 0, 120, 10);
    assert_false(passes(s, SIM_SHEDDABLE, NEVER));
    assert_true(passes(s, SIM_SHEDDABLE_PLUS, 0));
    work(&s, 120 * S, 15, 10);
    assert_false(passes(s, SIM_SHEDDABLE_PLUS, EIGHTHS - 1));
    assert_true(passes(s, SIM_SHEDDABLE_PLUS, EIGHTHS));
    assert_true(passes(s, SIM_CRITICAL, 0));
}

static void the_most_critical_are_never_refused(void **state)
{
    (void)state;
    struct sim_utilisation_state s = { 0 };
    work(&s, 0, 1000, 10);
    assert_int_equal(s.level, 3 * RAMP);
    assert_false(passes(s, SIM_CRITICAL, NEVER));
    assert_true(passes(s, SIM_CRITICAL_PLUS, 0));
}

static void it_falls_as_it_rose(void **state)
{
    (void)state;
    struct sim_utilisation_state s = { 0 };
    work(&s, 0, 60, 8);
    work(&s, 60 * S, 45, 7);
    assert_int_equal(s.level, 15 * S);
    work(&s, 105 * S, 1000, 0);
    assert_int_equal(s.level, 0);
}

// Nobody came for a long time: that one finds them busy says nothing of all of it.
static void a_long_silence_counts_as_a_gap(void **state)
{
    (void)state;
    struct sim_utilisation_state s = { 0 };
    sim_utilisation_passes(&rule, &s, 3600 * S, 10, 10, SIM_SHEDDABLE, NEVER);
    assert_int_equal(s.level, S);
    sim_utilisation_passes(&rule, &s, INT64_MAX, 0, 10, SIM_SHEDDABLE, NEVER);
    assert_int_equal(s.level, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_that_are_quoted),
        cmocka_unit_test(below_the_threshold_nobody_is_refused),
        cmocka_unit_test(a_class_is_refused_in_step_with_time),
        cmocka_unit_test(the_next_class_begins_when_all_of_one_is_refused),
        cmocka_unit_test(the_most_critical_are_never_refused),
        cmocka_unit_test(it_falls_as_it_rose),
        cmocka_unit_test(a_long_silence_counts_as_a_gap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
