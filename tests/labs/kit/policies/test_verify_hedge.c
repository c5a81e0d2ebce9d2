#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/labs/kit/policies/step_checks.h"
#include "tests/labs/kit/policies/wrong_hedge.h"

// The check of hedges: both sides agree, scripts get everywhere, and wrong turns are found and made
// short.

#define SCRIPTS 3000
#define KINDS   5

static void real_and_model_decide_alike_on_a_hundred_thousand_steps(void **state)
{
    (void)state;
    step_checks_agree_at_length(&lab_hedge_pattern, &lab_hedge_pattern.real);
}

static void the_implementation_that_will_err_is_right_at_first(void **state)
{
    (void)state;
    wrong_hedge_turn = 0;
    step_checks_agree_at_length(&lab_hedge_pattern, &wrong_hedge);
}

static void every_wrong_turn_is_found_and_made_short(void **state)
{
    (void)state;
    const struct wrong_side w = { .pattern = &lab_hedge_pattern,
                                  .side = &wrong_hedge,
                                  .turn = &wrong_hedge_turn,
                                  .turns = WRONG_HEDGE_TURNS,
                                  .longest = 12 };
    step_checks_find(&w);
}

static void attempts_end_in_every_way(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < KINDS; kind++) {
        struct lab_steps_reached r;
        bool has_timer = kind == 0 || kind == 3;
        lab_steps_reach(&lab_hedge_pattern, kind, SCRIPTS, &r);
        for (uint32_t edge = 0; has_timer && edge < 3; edge++) {
            step_checks_reached(lab_hedge_pattern.kinds[kind], "a timer that is due",
                                r.edges[edge][1], 300);
            step_checks_reached(lab_hedge_pattern.kinds[kind], "one that is not",
                                r.edges[edge][0], 300);
        }
        for (uint32_t word = 1; word < 5; word++) {
            step_checks_reached(lab_hedge_pattern.kinds[kind], "an end of one under way",
                                r.of[word][1], 500);
            step_checks_reached(lab_hedge_pattern.kinds[kind], "one of no more",
                                r.of[word][0], 500);
        }
        step_checks_reached(lab_hedge_pattern.kinds[kind], "a call begins", r.of[5][1],
                            1000);
        step_checks_reached(lab_hedge_pattern.kinds[kind], "the clock's beginning",
                            r.at_zero, 500);
        step_checks_reached(lab_hedge_pattern.kinds[kind], "the clock's end", r.at_end,
                            1000);
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
            step_checks_reached(lab_hedge_pattern.kinds[kind], "a verdict", verdicts[i],
                                500);
        step_checks_reached(lab_hedge_pattern.kinds[kind], "none goes out", sent[0], 500);
        step_checks_reached(lab_hedge_pattern.kinds[kind], "one goes out", sent[1], 500);
        if (kind == 1 || kind == 4)
            step_checks_reached(lab_hedge_pattern.kinds[kind], "several go out", sent[2],
                                500);
        if (kind != 2) // there one is left at a time
            step_checks_reached(lab_hedge_pattern.kinds[kind], "others are cancelled",
                                cancelled, 500);
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
