#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "labs/kit/verify.h"

// The loads of threads in real time do not agree with a model that has more places, more keys, or waits for longer
// before it sends another. On a busy machine nothing is decided, which is no agreement either.

static void verify(const char *name, uint32_t wrong, struct lab_report *report)
{
    struct lab_verify_def def;
    lab_verify_default(&def);
    def.names = &name;
    def.count = 1;
    def.random_scripts = 1;
    def.wrong_limit = wrong;
    def.labs = LABS;
    lab_verify(&def, report);
}

static void expect_apart(const char *name, const char *figure, uint32_t wrong)
{
    struct lab_report report;
    uint32_t loads = 0;
    verify(name, wrong, &report);
    for (uint32_t i = 0; i < report.count; i++) {
        const struct lab_check *c = &report.checks[i];
        loads += c->kind == LAB_STATISTIC;
        if (c->kind == LAB_STATISTIC && strstr(c->name, figure) && c->verdict == LAB_AGREE)
            fail_msg("%s agrees", c->name);
    }
    assert_int_equal(loads, 2);
}

static void more_places_are_found(void **state)
{
    (void)state;
    expect_apart("bulkhead", "share let in", 3);
}

static void more_keys_are_found(void **state)
{
    (void)state;
    expect_apart("cache", "share that loads", 8);
    expect_apart("cache", "latency against a load", 8);
}

static void later_hedge_is_found(void **state)
{
    (void)state;
    expect_apart("hedge", "latency", 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_places_are_found),
        cmocka_unit_test(more_keys_are_found),
        cmocka_unit_test(later_hedge_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
