#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/labs/kit/wrong_hedge.h"

// The check of hedges: both sides agree, scripts get everywhere, and wrong turns are found and made
// short.

#define SCRIPTS 3000
#define KINDS   5

static void verify(const struct lab_steps_side *side, struct lab_report *report)
{
    struct lab_verify_def def;
    lab_verify_default(&def);
    *report = (struct lab_report){ .count = 0 };
    lab_verify_steps(&def, &lab_hedge_pattern, side, report);
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
    all_agree(&lab_hedge_pattern.real);
}

static void the_implementation_that_will_err_is_right_at_first(void **state)
{
    (void)state;
    wrong_hedge_turn = 0;
    all_agree(&wrong_hedge);
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
    for (wrong_hedge_turn = 1; wrong_hedge_turn <= WRONG_HEDGE_TURNS; wrong_hedge_turn++) {
        struct lab_report report;
        verify(&wrong_hedge, &report);
        for (uint32_t k = 0; k < report.count; k++) {
            const struct lab_check *c = &report.checks[k];
            if (c->verdict != LAB_DIFFER)
                fail_msg("%s: wrong turn %d is not found", c->name, wrong_hedge_turn);
            if (steps_in(c->detail) > 12 || !strstr(c->detail, ": model "))
                fail_msg("%s, wrong turn %d: %s", c->name, wrong_hedge_turn, c->detail);
        }
    }
    wrong_hedge_turn = 0;
}

static void expect_reached(uint32_t kind, const char *what, uint64_t n, uint64_t least)
{
    if (n < least)
        fail_msg("%s: %s only %u times", lab_hedge_pattern.kinds[kind], what, (unsigned)n);
}

static void attempts_end_in_every_way(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < KINDS; kind++) {
        struct lab_steps_reached r;
        bool has_timer = kind == 0 || kind == 3;
        lab_steps_reach(&lab_hedge_pattern, kind, SCRIPTS, &r);
        for (uint32_t edge = 0; has_timer && edge < 3; edge++) {
            expect_reached(kind, "a timer that is due", r.edges[edge][1], 300);
            expect_reached(kind, "one that is not", r.edges[edge][0], 300);
        }
        for (uint32_t word = 1; word < 5; word++) {
            expect_reached(kind, "an end of one under way", r.of[word][1], 500);
            expect_reached(kind, "one of no more", r.of[word][0], 500);
        }
        expect_reached(kind, "a call begins", r.of[5][1], 1000);
        expect_reached(kind, "the clock's beginning", r.at_zero, 500);
        expect_reached(kind, "the clock's end", r.at_end, 1000);
    }
}

// How often so many go out at one step, and a call ends well or badly.
static void calls_send_and_end_in_every_way(void **state)
{
    const struct lab_steps_pattern *p = &lab_hedge_pattern;
    struct lab_steps s;
    (void)state;
    for (uint32_t kind = 0; kind < KINDS; kind++) {
        uint64_t verdicts[3] = { 0 }, sent[3] = { 0 }, cancelled = 0;
        for (uint64_t seed = 1; seed <= SCRIPTS; seed++) {
            p->make(kind, seed, &s);
            void *m = p->model.open(&s);
            assert_non_null(m);
            for (uint32_t i = 0; i < s.count; i++) {
                int64_t answer = p->model.step(m, &s, &s.at[i]) - 1;
                if (answer < 0)
                    continue;
                verdicts[answer % 3]++;
                sent[answer / 3 % 10 > 2 ? 2 : answer / 3 % 10]++;
                cancelled += answer / 30 % 100 > 0;
            }
            p->model.close(m);
        }
        for (uint32_t i = 0; i < 3; i++)
            expect_reached(kind, "a verdict", verdicts[i], 500);
        expect_reached(kind, "none goes out", sent[0], 500);
        expect_reached(kind, "one goes out", sent[1], 500);
        if (kind == 1 || kind == 4)
            expect_reached(kind, "several go out", sent[2], 500);
        if (kind != 2) // there one is left at a time
            expect_reached(kind, "others are cancelled", cancelled, 500);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_and_model_decide_alike_on_a_hundred_thousand_steps),
        cmocka_unit_test(the_implementation_that_will_err_is_right_at_first),
        cmocka_unit_test(every_wrong_turn_is_found_and_made_short),
        cmocka_unit_test(attempts_end_in_every_way),
        cmocka_unit_test(calls_send_and_end_in_every_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
