#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "labs/kit/verify.h"

static void verify_gil(double interval_factor, bool has_statistics,
                       struct lab_report *report)
{
    const char *const names[] = { "gil" };
    struct lab_verify_def def;
    lab_verify_default(&def);
    def.names = names;
    def.count = 1;
    def.interval_factor = interval_factor;
    def.has_statistics = has_statistics;
    lab_verify(&def, report);
}

static void both_sides_decide_alike(void **state)
{
    struct lab_report r;
    (void)state;
    verify_gil(1, false, &r);
    assert_true(r.count >= 15);
    for (uint32_t i = 0; i < r.count; i++) {
        if (r.checks[i].verdict != LAB_AGREE)
            fail_msg("%s: %s: %s", r.checks[i].name, lab_verdict_name(r.checks[i].verdict),
                     r.checks[i].detail);
    }
}

static void wrong_switch_interval_is_seen(void **state)
{
    struct lab_report r;
    (void)state;
    verify_gil(1.2, false, &r);
    for (uint32_t i = 0; i < r.count; i++)
        if (strcmp(r.checks[i].name, "gil/waiter asks after a whole interval") == 0)
            assert_int_equal(r.checks[i].verdict, LAB_DIFFER);
    assert_true(r.verdicts[LAB_DIFFER] > r.count / 2);
}

static void mechanism_without_an_implementation_is_absent(void **state)
{
    const char *const names[] = { "event_loop" };
    struct lab_verify_def def;
    struct lab_report r;
    (void)state;
    lab_verify_default(&def);
    def.names = names;
    def.count = 1;
    lab_verify(&def, &r);
    assert_int_equal(r.count, 1);
    assert_int_equal(r.verdicts[LAB_ABSENT], 1);
}

static void every_check_is_counted_once(void **state)
{
    struct lab_report r;
    uint32_t sum = 0;
    (void)state;
    verify_gil(1, false, &r);
    for (uint32_t v = 0; v < LAB_VERDICTS; v++)
        sum += r.verdicts[v];
    assert_int_equal(sum, r.count);
}

// Whether the real lock is as fast as the model says is for `convoy verify` to tell: here no
// clock decides. On a busy machine all of them may be undecided.
static void verdict_follows_from_the_figures(void **state)
{
    struct lab_report r;
    uint32_t statistics = 0;
    (void)state;
    verify_gil(1, true, &r);
    for (uint32_t i = 0; i < r.count; i++) {
        const struct lab_check *c = &r.checks[i];
        if (c->kind != LAB_STATISTIC)
            continue;
        statistics++;
        assert_true(c->model > 0.9 && c->model < 1.2);
        bool is_within = fabs(c->error) + c->interval <= c->limit;
        bool is_beyond = fabs(c->error) - c->interval > c->limit;
        assert_int_equal(c->verdict, is_within   ? LAB_AGREE
                                     : is_beyond ? LAB_DIFFER
                                                 : LAB_UNDECIDED);
    }
    assert_int_equal(statistics, 6);
}

static void wrong_switch_interval_agrees_with_no_statistic(void **state)
{
    struct lab_report r;
    (void)state;
    verify_gil(0.5, true, &r);
    for (uint32_t i = 0; i < r.count; i++)
        if (r.checks[i].kind == LAB_STATISTIC)
            assert_int_not_equal(r.checks[i].verdict, LAB_AGREE);
}

// With an argument: the slow ones.
int main(int argc, char **argv)
{
    const struct CMUnitTest slow[] = {
        cmocka_unit_test(verdict_follows_from_the_figures),
        cmocka_unit_test(wrong_switch_interval_agrees_with_no_statistic),
    };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_sides_decide_alike),
        cmocka_unit_test(wrong_switch_interval_is_seen),
        cmocka_unit_test(mechanism_without_an_implementation_is_absent),
        cmocka_unit_test(every_check_is_counted_once),
    };
    (void)argv;
    return argc > 1 ? cmocka_run_group_tests(slow, NULL, NULL)
                    : cmocka_run_group_tests(tests, NULL, NULL);
}
