#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/labs/kit/wrong_balance.h"

// The checks of balancers: both sides agree, scripts get everywhere, and wrong turns are found and
// made short.

#define SCRIPTS 3000
#define KINDS   8
#define OUTLIER 7

enum {
    PICKS,
    ENDS_WELL,
    ENDS_BADLY,
    GOES,
    COMES
};

static void verify(const struct lab_steps_side *side, struct lab_report *report)
{
    struct lab_verify_def def;
    lab_verify_default(&def);
    *report = (struct lab_report){ .count = 0 };
    lab_verify_steps(&def, &lab_balance_pattern, side, report);
    assert_int_equal(report->count, KINDS);
}

static void all_agree(const struct lab_steps_side *side)
{
    struct lab_report report;
    verify(side, &report);
    for (uint32_t i = 0; i < report.count; i++) {
        assert_true(report.checks[i].real >= 100000);
        if (report.checks[i].verdict != LAB_AGREE)
            fail_msg("%s: %s", report.checks[i].name, report.checks[i].detail);
    }
}

static void real_and_model_decide_alike_on_a_hundred_thousand_steps(void **state)
{
    (void)state;
    all_agree(&lab_balance_pattern.real);
}

static void the_implementation_that_will_err_is_right_at_first(void **state)
{
    (void)state;
    wrong_balance = 0;
    all_agree(&wrong_balance_side);
}

static uint32_t steps_in(const char *detail)
{
    uint32_t n = 0;
    for (const char *p = detail; (p = strstr(p, " at ")); p++)
        n++;
    return n;
}

static void every_wrong_turn_is_found_and_made_short(void **state)
{
    (void)state;
    for (wrong_balance = 1; wrong_balance <= WRONG_BALANCES; wrong_balance++) {
        struct lab_report report;
        verify(&wrong_balance_side, &report);
        for (uint32_t k = 0; k < report.count; k++) {
            const struct lab_check *c = &report.checks[k];
            if (c->verdict != LAB_DIFFER)
                fail_msg("%s: wrong turn %d is not found", c->name, wrong_balance);
            if (steps_in(c->detail) > 12 || !strstr(c->detail, ": model "))
                fail_msg("%s, wrong turn %d: %s", c->name, wrong_balance, c->detail);
        }
    }
    wrong_balance = 0;
}

static void expect_reached(uint32_t kind, const char *what, uint64_t n, uint64_t least)
{
    if (n < least)
        fail_msg("%s: %s only %u times", lab_balance_pattern.kinds[kind], what,
                 (unsigned)n);
}

// What the first scripts reach, by the model.
struct reached {
    uint64_t picked[LAB_BALANCE_HOSTS], nobody, ended, idle, gone, come;
    uint64_t by_errors, by_rate, back; // ejections, and their ends
    uint64_t edges[LAB_STEP_EDGES], at_zero, at_end;
};

static void look_at_outliers(struct reached *r, const struct lab_step *one, int64_t answer,
                             uint64_t *out)
{
    if (one->word != PICKS) {
        r->by_errors += answer > 0;
        *out |= answer > 0 ? (uint64_t)1 << 63 : 0; // somebody, and not by a sweep
        return;
    }
    uint64_t now = (uint64_t)answer - 1, before = *out & ~((uint64_t)1 << 63);
    r->back += (before & ~now) != 0;
    r->by_rate += (now & ~before) != 0 && !(*out >> 63);
    *out = now;
}

static void look_at_balancer(struct reached *r, const struct lab_step *one, int64_t answer)
{
    if (one->word == PICKS && answer == 0)
        r->nobody++;
    else if (one->word == PICKS)
        r->picked[answer - 1]++;
    r->ended += one->word == ENDS_WELL && answer > 0;
    r->idle += one->word == ENDS_WELL && answer == 0;
    r->gone += one->word == GOES;
    r->come += one->word == COMES;
}

static void reach(uint32_t kind, struct reached *r)
{
    struct lab_steps s;
    *r = (struct reached){ 0 };
    for (uint64_t seed = 1; seed <= SCRIPTS; seed++) {
        uint64_t out = 0;
        lab_balance_pattern.make(kind, seed, &s);
        void *m = lab_balance_pattern.model.open(&s);
        assert_non_null(m);
        for (uint32_t i = 0; i < s.count; i++) {
            int64_t answer = lab_balance_pattern.model.step(m, &s, &s.at[i]);
            if (kind == OUTLIER)
                look_at_outliers(r, &s.at[i], answer, &out);
            else
                look_at_balancer(r, &s.at[i], answer);
            r->edges[s.at[i].edge] += s.at[i].word == PICKS;
            r->at_zero += s.at[i].at_ns == 0;
            r->at_end += s.at[i].at_ns > INT64_MAX - 1000;
        }
        lab_balance_pattern.model.close(m);
    }
}

static void every_host_is_picked_and_nobody_at_every_edge(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < KINDS; kind++) {
        struct reached r;
        reach(kind, &r);
        for (uint32_t edge = 0; edge < LAB_STEP_EDGES; edge++)
            expect_reached(kind, "an edge", r.edges[edge], 100);
        expect_reached(kind, "the clock's beginning", r.at_zero, 500);
        expect_reached(kind, "the clock's end", r.at_end, 500);
        if (kind == OUTLIER)
            continue;
        for (uint32_t host = 0; host < LAB_BALANCE_HOSTS; host++)
            expect_reached(kind, "a host", r.picked[host], 500);
        expect_reached(kind, "an end", r.ended, 1000);
        expect_reached(kind, "an end of nothing", r.idle, 1000);
        if (kind == OUTLIER - 1)
            continue; // a ring has no rotation
        expect_reached(kind, "nobody", r.nobody, 500);
        expect_reached(kind, "a host that goes", r.gone, 1000);
        expect_reached(kind, "a host that comes", r.come, 1000);
    }
}

static void outliers_are_ejected_for_errors_and_rates_and_return(void **state)
{
    struct reached r;
    (void)state;
    reach(OUTLIER, &r);
    expect_reached(OUTLIER, "an ejection for errors in a row", r.by_errors, 1000);
    expect_reached(OUTLIER, "an ejection for a rate", r.by_rate, 500);
    expect_reached(OUTLIER, "a return", r.back, 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_and_model_decide_alike_on_a_hundred_thousand_steps),
        cmocka_unit_test(the_implementation_that_will_err_is_right_at_first),
        cmocka_unit_test(every_wrong_turn_is_found_and_made_short),
        cmocka_unit_test(every_host_is_picked_and_nobody_at_every_edge),
        cmocka_unit_test(outliers_are_ejected_for_errors_and_rates_and_return),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
