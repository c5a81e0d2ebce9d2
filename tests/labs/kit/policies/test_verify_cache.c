#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/labs/kit/policies/step_checks.h"
#include "tests/labs/kit/policies/wrong_cache.h"

// The check of caches: both sides agree, scripts get everywhere, and wrong turns are found and made
// short.

#define SCRIPTS 3000
#define KINDS   2

static void real_and_model_decide_alike_on_a_hundred_thousand_steps(void **state)
{
    (void)state;
    step_checks_agree_at_length(&lab_cache_pattern, &lab_cache_pattern.real);
}

static void the_implementation_that_will_err_is_right_at_first(void **state)
{
    (void)state;
    wrong_cache_turn = 0;
    step_checks_agree_at_length(&lab_cache_pattern, &wrong_cache);
}

static void every_wrong_turn_is_found_and_made_short(void **state)
{
    (void)state;
    const struct wrong_side w = { .pattern = &lab_cache_pattern,
                                  .side = &wrong_cache,
                                  .turn = &wrong_cache_turn,
                                  .turns = WRONG_CACHE_TURNS,
                                  .longest = 12 };
    step_checks_find(&w);
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

static void caches_are_asked_at_every_edge_and_answer_all(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < KINDS; kind++) {
        uint64_t answers[LAB_STEP_EDGES][4] = { 0 };
        count_answers(kind, answers);
        for (uint32_t edge = 0; edge < 3; edge++)
            for (uint32_t answer = 0; answer < 4; answer++)
                if (answer != 2 || kind == 1) // only of single flights somebody waits
                    step_checks_reached(lab_cache_pattern.kinds[kind],
                                        "an answer at an edge", answers[edge][answer], 500);
        step_checks_reached(lab_cache_pattern.kinds[kind], "a load after a long time",
                            answers[3][1], 100);
        assert_int_equal(kind == 0 ? answers[0][2] + answers[1][2] + answers[2][2] : 0, 0);
    }
}

static void loads_end_in_every_way(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < KINDS; kind++) {
        struct lab_steps_reached r;
        lab_steps_reach(&lab_cache_pattern, kind, SCRIPTS, &r);
        step_checks_reached(lab_cache_pattern.kinds[kind], "a load is kept", r.of[1][1],
                            1000);
        step_checks_reached(lab_cache_pattern.kinds[kind], "a load is not kept", r.of[1][0],
                            1000);
        step_checks_reached(lab_cache_pattern.kinds[kind], "a load fails", r.of[2][0],
                            1000);
        step_checks_reached(lab_cache_pattern.kinds[kind], "a flush", r.of[3][1], 1000);
        step_checks_reached(lab_cache_pattern.kinds[kind], "the clock's beginning",
                            r.at_zero, 500);
        step_checks_reached(lab_cache_pattern.kinds[kind], "the clock's end", r.at_end,
                            1000);
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
