#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "labs/kit/verify.h"

// Where the model is known to decide otherwise, and docs/runtime.md says so. Whoever mends one
// takes it out of both.
static const char *const known[] = { "gil/who asked goes to the end of the line" };

static bool is_known(const char *name)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i], name) == 0)
            return true;
    return false;
}

static void verify_gil(double interval_factor, struct lab_report *report)
{
    const char *const names[] = { "gil" };
    struct lab_verify_def def;
    lab_verify_default(&def);
    def.names = names;
    def.count = 1;
    def.interval_factor = interval_factor;
    lab_verify(&def, report);
}

static void both_sides_decide_alike(void **state)
{
    struct lab_report r;
    (void)state;
    verify_gil(1, &r);
    assert_true(r.count >= 15);
    for (uint32_t i = 0; i < r.count; i++) {
        enum lab_verdict wanted = is_known(r.checks[i].name) ? LAB_DIFFER : LAB_AGREE;
        if (r.checks[i].verdict != wanted)
            fail_msg("%s: %s: %s", r.checks[i].name, lab_verdict_name(r.checks[i].verdict),
                     r.checks[i].detail);
    }
}

static void wrong_switch_interval_is_seen(void **state)
{
    struct lab_report r;
    (void)state;
    verify_gil(1.2, &r);
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
    verify_gil(1, &r);
    for (uint32_t v = 0; v < LAB_VERDICTS; v++)
        sum += r.verdicts[v];
    assert_int_equal(sum, r.count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_sides_decide_alike),
        cmocka_unit_test(wrong_switch_interval_is_seen),
        cmocka_unit_test(mechanism_without_an_implementation_is_absent),
        cmocka_unit_test(every_check_is_counted_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
