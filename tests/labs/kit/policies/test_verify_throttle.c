#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/labs/kit/policies/step_checks.h"

// The check of client-side throttling: both sides agree, scripts get everywhere, and an
// implementation that errs is found. Its wrong turns, by number:
//
//   1  <= for <: a draw that is just the chance is rejected
//   2  what it rejects itself, or, where answers are counted, what was refused, is forgotten
//   3  a window that is stale: each slice a nanosecond too long

static int turn;

enum word {
    ASKS,
    IS_ACCEPTED,
    IS_REFUSED
};

static void *open_wrong(const struct lab_steps *s)
{
    struct lab_steps other = *s;
    if (turn == 3)
        other.def.throttle.window_ns += LAB_THROTTLE_SLICES;
    return lab_throttle_pattern.real.open(&other);
}

static int64_t step_wrong(void *side, const struct lab_steps *s, const struct lab_step *one)
{
    struct lab_throttle *t = side;
    struct lab_step other = *one;
    if (turn == 1 && one->word == ASKS && one->chance >= 1u << 11)
        other.chance -= 1u << 11;
    int64_t answer = lab_throttle_pattern.real.step(side, s, &other);
    bool asked = t->def.count == LAB_THROTTLE_WHEN_ASKED;
    bool is_forgotten = asked ? one->word == ASKS && answer == 0 : one->word == IS_REFUSED;
    if (turn == 2 && is_forgotten) {
        t->total.requests--;
        t->slices[t->at % LAB_THROTTLE_SLICES].requests--;
    }
    return answer;
}

static const struct lab_steps_side wrong = { open_wrong, step_wrong, free };

static void real_and_model_decide_alike_on_a_hundred_thousand_steps(void **state)
{
    (void)state;
    step_checks_agree_at_length(&lab_throttle_pattern, &lab_throttle_pattern.real);
}

static void the_implementation_that_will_err_is_right_at_first(void **state)
{
    (void)state;
    turn = 0;
    step_checks_agree_at_length(&lab_throttle_pattern, &wrong);
}

static void every_wrong_turn_is_found_and_made_short(void **state)
{
    (void)state;
    const struct wrong_side w = { .pattern = &lab_throttle_pattern,
                                  .side = &wrong,
                                  .turn = &turn,
                                  .turns = 3,
                                  .longest = 16 };
    step_checks_find(&w);
}

static void throttles_are_asked_at_every_edge_and_answer_both(void **state)
{
    (void)state;
    for (uint32_t kind = 0; lab_throttle_pattern.kinds[kind]; kind++) {
        struct lab_steps_reached r;
        const char *name = lab_throttle_pattern.kinds[kind];
        lab_steps_reach(&lab_throttle_pattern, kind, 3000, &r);
        for (uint32_t edge = 0; edge < 6; edge++)
            for (uint32_t yes = 0; yes < 2; yes++)
                step_checks_reached(name, "an edge", r.edges[edge][yes], 20);
        for (uint32_t yes = 0; yes < 2; yes++)
            step_checks_reached(name, "an answer", r.of[ASKS][yes], 5000);
        step_checks_reached(name, "accepted", r.of[IS_ACCEPTED][1], 5000);
        step_checks_reached(name, "refused", r.of[IS_REFUSED][1], 5000);
        step_checks_reached(name, "the clock's beginning", r.at_zero, 1000);
        step_checks_reached(name, "the clock's end", r.at_end, 1000);
    }
}

// Draws that are just as large as the chance, where < and <= part.
static void draws_are_often_just_the_chance(void **state)
{
    (void)state;
    for (uint32_t kind = 0; lab_throttle_pattern.kinds[kind]; kind++) {
        uint64_t equal = 0;
        for (uint64_t seed = 1; seed <= 3000; seed++) {
            struct lab_steps s;
            lab_throttle_pattern.make(kind, seed, &s);
            struct lab_throttle *t = lab_throttle_pattern.real.open(&s);
            assert_non_null(t);
            for (uint32_t i = 0; i < s.count; i++) {
                const struct lab_step *one = &s.at[i];
                double chance = lab_throttle_chance(t, one->at_ns);
                double draw = (double)(one->chance >> 11) * 0x1p-53;
                equal +=
                    one->word == ASKS && chance > 0 && draw <= chance && draw >= chance;
                lab_throttle_pattern.real.step(t, &s, one);
            }
            free(t);
        }
        step_checks_reached(lab_throttle_pattern.kinds[kind], "a draw that is the chance",
                            equal, 500);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_and_model_decide_alike_on_a_hundred_thousand_steps),
        cmocka_unit_test(the_implementation_that_will_err_is_right_at_first),
        cmocka_unit_test(every_wrong_turn_is_found_and_made_short),
        cmocka_unit_test(throttles_are_asked_at_every_edge_and_answer_both),
        cmocka_unit_test(draws_are_often_just_the_chance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
