#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "labs/kit/verify.h"

// The check of limits in a Redis finds a model that lets one call more through, in each algorithm
// and in either way of asking, and shows where. Where there is no server it says so.

static void verify(uint32_t wrong, struct lab_report *report)
{
    static const char *const names[] = { "redis_limit" };
    struct lab_verify_def def;
    lab_verify_default(&def);
    def.names = names;
    def.count = 1;
    def.random_scripts = 30;
    def.wrong_limit = wrong;
    lab_verify(&def, report);
}

static bool is_absent(const struct lab_report *report)
{
    if (report->verdicts[LAB_ABSENT] == 0)
        return false;
    assert_int_equal(report->count, 1);
    assert_non_null(strstr(report->checks[0].detail, "Debian's"));
    return true;
}

static void the_store_and_the_model_agree(void **state)
{
    struct lab_report report;
    (void)state;
    verify(0, &report);
    if (is_absent(&report))
        skip();
    assert_int_equal(report.count, 20);
    for (uint32_t i = 0; i < report.count; i++)
        if (report.checks[i].verdict != LAB_AGREE)
            fail_msg("%s: %s", report.checks[i].name, report.checks[i].detail);
}

static void a_limit_that_is_one_too_high_is_found(void **state)
{
    struct lab_report report;
    uint32_t found = 0;
    (void)state;
    verify(1, &report);
    if (is_absent(&report))
        skip();
    for (uint32_t i = 0; i < report.count; i++) {
        const char *detail = report.checks[i].detail;
        found += report.checks[i].verdict == LAB_DIFFER;
        if (report.checks[i].verdict == LAB_DIFFER)
            if (!strstr(detail, "model lets it through, Redis does otherwise"))
                fail_msg("%s: %s", report.checks[i].name, detail);
    }
    assert_int_equal(found, 10); // the crowds ask the store alone
}

// The race in real time; on a busy machine nothing is decided, which is no agreement either.
static void race_agrees_with_no_higher_limit(void **state)
{
    static const char *const names[] = { "redis_limit" };
    struct lab_verify_def def;
    struct lab_report report;
    uint32_t races = 0;
    (void)state;
    lab_verify_default(&def);
    def.names = names;
    def.count = 1;
    def.random_scripts = 1;
    def.wrong_limit = 10;
    def.labs = LABS;
    lab_verify(&def, &report);
    if (is_absent(&report))
        skip();
    for (uint32_t i = 0; i < report.count; i++) {
        races += report.checks[i].kind == LAB_STATISTIC;
        if (report.checks[i].kind == LAB_STATISTIC && report.checks[i].verdict == LAB_AGREE)
            fail_msg("%s agrees", report.checks[i].name);
    }
    assert_int_equal(races, 3);
}

// With an argument: the slow one.
int main(int argc, char **argv)
{
    const struct CMUnitTest slow[] = { cmocka_unit_test(race_agrees_with_no_higher_limit) };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_store_and_the_model_agree),
        cmocka_unit_test(a_limit_that_is_one_too_high_is_found),
    };
    (void)argv;
    return argc > 1 ? cmocka_run_group_tests(slow, NULL, NULL)
                    : cmocka_run_group_tests(tests, NULL, NULL);
}
