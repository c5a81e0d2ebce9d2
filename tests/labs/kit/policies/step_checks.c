#include "tests/labs/kit/policies/step_checks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static uint32_t kinds_of(const struct lab_steps_pattern *p)
{
    uint32_t n = 0;
    while (p->kinds[n])
        n++;
    return n;
}

static void verify(const struct lab_steps_pattern *p, const struct lab_steps_side *side,
                   uint32_t scripts, struct lab_report *report)
{
    struct lab_verify_def def;
    lab_verify_default(&def);
    if (scripts > 0)
        def.random_scripts = scripts;
    *report = (struct lab_report){ .count = 0 };
    lab_verify_steps(&def, p, side, report);
    assert_int_equal(report->count, kinds_of(p));
}

static double agree(const struct lab_steps_pattern *p, const struct lab_steps_side *side,
                    uint32_t scripts, double least)
{
    double steps = 0;
    struct lab_report report;
    verify(p, side, scripts, &report);
    for (uint32_t i = 0; i < report.count; i++) {
        steps += report.checks[i].real;
        assert_true(report.checks[i].real >= least);
        if (report.checks[i].verdict != LAB_AGREE)
            fail_msg("%s: %s", report.checks[i].name, report.checks[i].detail);
    }
    return steps;
}

double step_checks_agree(const struct lab_steps_pattern *p,
                         const struct lab_steps_side *side, uint32_t scripts)
{
    return agree(p, side, scripts, 0);
}

void step_checks_agree_at_length(const struct lab_steps_pattern *p,
                                 const struct lab_steps_side *side)
{
    agree(p, side, 0, 100000);
}

// What a report tells of a step is "word at time".
static uint32_t steps_in(const char *detail)
{
    uint32_t n = 0;
    for (const char *p = detail; (p = strstr(p, " at ")); p++)
        n++;
    return n;
}

static void find(const struct wrong_side *w)
{
    struct lab_report report;
    verify(w->pattern, w->side, w->scripts, &report);
    for (uint32_t k = 0; k < report.count; k++) {
        const struct lab_check *c = &report.checks[k];
        if (c->verdict != LAB_DIFFER)
            fail_msg("%s: wrong turn %d is not found", c->name, *w->turn);
        if (steps_in(c->detail) > w->longest || !strstr(c->detail, ": model "))
            fail_msg("%s, wrong turn %d: %s", c->name, *w->turn, c->detail);
    }
}

void step_checks_find(const struct wrong_side *w)
{
    for (*w->turn = 1; *w->turn <= w->turns; ++*w->turn)
        find(w);
    *w->turn = 0;
}

void step_checks_reached(const char *name, const char *what, uint64_t n, uint64_t least)
{
    if (n < least)
        fail_msg("%s: %s only %u times", name, what, (unsigned)n);
}
