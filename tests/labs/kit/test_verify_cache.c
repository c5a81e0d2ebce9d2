#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/labs/kit/wrong_cache.h"

// The check of caches: both sides agree, scripts get everywhere, and wrong turns are found and made
// short.

#define SCRIPTS 3000
#define KINDS   2

static void verify(const struct lab_steps_side *side, struct lab_report *report)
{
    struct lab_verify_def def;
    lab_verify_default(&def);
    *report = (struct lab_report){ .count = 0 };
    lab_verify_steps(&def, &lab_cache_pattern, side, report);
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
    all_agree(&lab_cache_pattern.real);
}

static void the_implementation_that_will_err_is_right_at_first(void **state)
{
    (void)state;
    wrong_cache_turn = 0;
    all_agree(&wrong_cache);
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
    for (wrong_cache_turn = 1; wrong_cache_turn <= WRONG_CACHE_TURNS; wrong_cache_turn++) {
        struct lab_report report;
        verify(&wrong_cache, &report);
        for (uint32_t k = 0; k < report.count; k++) {
            const struct lab_check *c = &report.checks[k];
            if (c->verdict != LAB_DIFFER)
                fail_msg("%s: wrong turn %d is not found", c->name, wrong_cache_turn);
            if (steps_in(c->detail) > 12 || !strstr(c->detail, ": model "))
                fail_msg("%s, wrong turn %d: %s", c->name, wrong_cache_turn, c->detail);
        }
    }
    wrong_cache_turn = 0;
}

// How often what comes of asking at an edge: no place, loads, waits, hits.
static void count_answers(uint32_t kind, uint64_t answers[LAB_STEP_EDGES][4])
{
    const struct lab_steps_pattern *p = &lab_cache_pattern;
    struct lab_steps s;
    for (uint64_t seed = 1; seed <= SCRIPTS; seed++) {
        p->make(kind, seed, &s);
        void *m = p->model.open(&s);
        assert_non_null(m);
        for (uint32_t i = 0; i < s.count; i++) {
            int64_t answer = p->model.step(m, &s, &s.at[i]);
            if (s.at[i].word == 0)
                answers[s.at[i].edge][answer > 3 ? 3 : answer]++;
        }
        p->model.close(m);
    }
}

static void expect_reached(uint32_t kind, const char *what, uint64_t n, uint64_t least)
{
    if (n < least)
        fail_msg("%s: %s only %u times", lab_cache_pattern.kinds[kind], what, (unsigned)n);
}

static void caches_are_asked_at_every_edge_and_answer_all(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < KINDS; kind++) {
        uint64_t answers[LAB_STEP_EDGES][4] = { 0 };
        count_answers(kind, answers);
        for (uint32_t edge = 0; edge < 3; edge++)
            for (uint32_t answer = 0; answer < 4; answer++)
                if (answer != 2 || kind == 1) // only of single flights somebody waits
                    expect_reached(kind, "an answer at an edge", answers[edge][answer],
                                   500);
        expect_reached(kind, "a load after a long time", answers[3][1], 100);
        assert_int_equal(kind == 0 ? answers[0][2] + answers[1][2] + answers[2][2] : 0, 0);
    }
}

static void loads_end_in_every_way(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < KINDS; kind++) {
        struct lab_steps_reached r;
        lab_steps_reach(&lab_cache_pattern, kind, SCRIPTS, &r);
        expect_reached(kind, "a load is kept", r.of[1][1], 1000);
        expect_reached(kind, "a load is not kept", r.of[1][0], 1000);
        expect_reached(kind, "a load fails", r.of[2][0], 1000);
        expect_reached(kind, "a flush", r.of[3][1], 1000);
        expect_reached(kind, "the clock's beginning", r.at_zero, 500);
        expect_reached(kind, "the clock's end", r.at_end, 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_and_model_decide_alike_on_a_hundred_thousand_steps),
        cmocka_unit_test(the_implementation_that_will_err_is_right_at_first),
        cmocka_unit_test(every_wrong_turn_is_found_and_made_short),
        cmocka_unit_test(caches_are_asked_at_every_edge_and_answer_all),
        cmocka_unit_test(loads_end_in_every_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
