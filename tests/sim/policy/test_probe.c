#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/policy/probe.h"

#define S (sim_time) SIM_S

static void defaults_are_those_of_kubernetes(void **state)
{
    struct sim_probe p = sim_probe_default();
    (void)state;
    assert_int_equal(p.delay, 0);
    assert_int_equal(p.period, 10 * S);
    assert_int_equal(p.timeout, S);
    assert_int_equal(p.failures, 3);
    assert_int_equal(p.successes, 1);
}

// Answers as '+' and '-'; what is believed after each as 'w' and 'i'.
static void expect(const struct sim_probe *p, const char *answers, const char *believed)
{
    struct sim_probe_state s = { .is_well = true };
    for (; *answers; answers++, believed++) {
        bool before = s.is_well;
        bool changed = sim_probe_record(p, &s, *answers == '+');
        assert_int_equal(s.is_well, *believed == 'w');
        assert_int_equal(changed, before != s.is_well);
    }
}

static void so_many_in_a_row_are_believed(void **state)
{
    struct sim_probe p = sim_probe_default();
    (void)state;
    expect(&p, "--+---+----", "wwwwwiwwwii");
    p.successes = 2;
    expect(&p, "---+-++-", "wwiiiiww");
    p.failures = 1;
    expect(&p, "-++-", "iiwi");
}

static void pauses_double_up_to_five_minutes(void **state)
{
    const int seconds[] = { 0, 10, 20, 40, 80, 160, 300, 300 };
    (void)state;
    for (uint32_t i = 0; i < 8; i++)
        assert_int_equal(sim_probe_back_off(i), seconds[i] * S);
    assert_int_equal(sim_probe_back_off(UINT32_MAX), 300 * S);
}

static void a_drain_has_no_pre_stop_and_callers_that_hear_after_a_second(void **state)
{
    struct sim_drain d = sim_probe_drain_default();
    (void)state;
    assert_true(d.is_used);
    assert_int_equal(d.pre_stop, 0);
    assert_int_equal(d.endpoint_lag, S);
}

static void a_pre_stop_counts_inside_the_grace_but_leaves_two_seconds(void **state)
{
    static const int cases[][4] = {
        { 0, 30, 0, 30 }, // pre-stop, grace, told after, killed after that
        { 0, 1, 0, 1 },    { 5, 30, 5, 25 },  { 28, 30, 28, 2 }, { 29, 30, 29, 2 },
        { 30, 30, 30, 2 }, { 60, 30, 30, 2 }, { 60, 0, 60, 0 }, // without an end
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sim_drain d = { .is_used = true, .pre_stop = cases[i][0] * S };
        assert_int_equal(sim_probe_told_after(&d, cases[i][1] * S), cases[i][2] * S);
        assert_int_equal(sim_probe_killed_after(&d, cases[i][1] * S), cases[i][3] * S);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_of_kubernetes),
        cmocka_unit_test(so_many_in_a_row_are_believed),
        cmocka_unit_test(pauses_double_up_to_five_minutes),
        cmocka_unit_test(a_drain_has_no_pre_stop_and_callers_that_hear_after_a_second),
        cmocka_unit_test(a_pre_stop_counts_inside_the_grace_but_leaves_two_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
