#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/labs/kit/policies/step_checks.h"

// The check of shedding by utilisation. The wrong turns of its real side, by number:
//
//   1  > for >=: just at the threshold they are not too busy; and a draw just at the share is not
//      served
//   2  a level that does not fall is forgotten: the last class falls with the first
//   3  a silence that is too long: the gap is a nanosecond longer

static int turn;

static void *open_wrong(const struct lab_steps *s)
{
    struct lab_steps other = *s;
    if (turn == 1)
        other.def.utilisation.threshold += 1e-9;
    if (turn == 3)
        other.def.utilisation.gap_ns++;
    return lab_utilisation_pattern.real.open(&other);
}

static int64_t step_wrong(void *side, const struct lab_steps *s, const struct lab_step *one)
{
    struct lab_utilisation *u = side;
    int64_t before = u->refused_ns[0];
    int64_t answer = lab_utilisation_pattern.real.step(side, s, one);
    if (turn == 2 && u->refused_ns[0] < before)
        u->refused_ns[0] = before; // it is told of at the next
    return answer;
}

static const struct lab_steps_side wrong = { open_wrong, step_wrong, free };

static void real_and_model_decide_alike_on_a_hundred_thousand_steps(void **state)
{
    (void)state;
    step_checks_agree_at_length(&lab_utilisation_pattern, &lab_utilisation_pattern.real);
}

static void the_implementation_that_will_err_is_right_at_first(void **state)
{
    (void)state;
    turn = 0;
    step_checks_agree_at_length(&lab_utilisation_pattern, &wrong);
}

static void every_wrong_turn_is_found_and_made_short(void **state)
{
    (void)state;
    const struct wrong_side w = { .pattern = &lab_utilisation_pattern,
                                  .side = &wrong,
                                  .turn = &turn,
                                  .turns = 3,
                                  .longest = 8 };
    step_checks_find(&w);
}

static void all_classes_are_asked_at_every_edge(void **state)
{
    (void)state;
    struct lab_steps_reached r;
    lab_steps_reach(&lab_utilisation_pattern, 0, 3000, &r);
    for (uint32_t edge = 0; edge < 6; edge++)
        for (uint32_t yes = 0; yes < 2; yes++)
            step_checks_reached("utilisation", "an edge", r.edges[edge][yes], 20);
    for (uint32_t class = 0; class < 4; class ++)
        step_checks_reached("utilisation", "served", r.of[class][1], 3000);
    for (uint32_t class = 0; class < 3; class ++)
        step_checks_reached("utilisation", "refused", r.of[class][0], 1000);
    assert_int_equal(r.of[3][0], 0);
    step_checks_reached("utilisation", "the clock's beginning", r.at_zero, 500);
    step_checks_reached("utilisation", "the clock's end", r.at_end, 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_and_model_decide_alike_on_a_hundred_thousand_steps),
        cmocka_unit_test(the_implementation_that_will_err_is_right_at_first),
        cmocka_unit_test(every_wrong_turn_is_found_and_made_short),
        cmocka_unit_test(all_classes_are_asked_at_every_edge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
