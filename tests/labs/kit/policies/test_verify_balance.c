#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/labs/kit/policies/step_checks.h"
#include "tests/labs/kit/policies/wrong_balance.h"

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

static void real_and_model_decide_alike_on_a_hundred_thousand_steps(void **state)
{
    (void)state;
    step_checks_agree_at_length(&lab_balance_pattern, &lab_balance_pattern.real);
}

static void the_implementation_that_will_err_is_right_at_first(void **state)
{
    (void)state;
    wrong_balance = 0;
    step_checks_agree_at_length(&lab_balance_pattern, &wrong_balance_side);
}

static void every_wrong_turn_is_found_and_made_short(void **state)
{
    (void)state;
    const struct wrong_side w = { .pattern = &lab_balance_pattern,
                                  .side = &wrong_balance_side,
                                  .turn = &wrong_balance,
                                  .turns = WRONG_BALANCES,
                                  .longest = 12 };
    step_checks_find(&w);
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
            step_checks_reached(lab_balance_pattern.kinds[kind], "an edge", r.edges[edge],
                                100);
        step_checks_reached(lab_balance_pattern.kinds[kind], "the clock's beginning",
                            r.at_zero, 500);
        step_checks_reached(lab_balance_pattern.kinds[kind], "the clock's end", r.at_end,
                            500);
        if (kind == OUTLIER)
            continue;
        for (uint32_t host = 0; host < LAB_BALANCE_HOSTS; host++)
            step_checks_reached(lab_balance_pattern.kinds[kind], "a host", r.picked[host],
                                500);
        step_checks_reached(lab_balance_pattern.kinds[kind], "an end", r.ended, 1000);
        step_checks_reached(lab_balance_pattern.kinds[kind], "an end of nothing", r.idle,
                            1000);
        if (kind == OUTLIER - 1)
            continue; // a ring has no rotation
        step_checks_reached(lab_balance_pattern.kinds[kind], "nobody", r.nobody, 500);
        step_checks_reached(lab_balance_pattern.kinds[kind], "a host that goes", r.gone,
                            1000);
        step_checks_reached(lab_balance_pattern.kinds[kind], "a host that comes", r.come,
                            1000);
    }
}

static void outliers_are_ejected_for_errors_and_rates_and_return(void **state)
{
    struct reached r;
    (void)state;
    reach(OUTLIER, &r);
    step_checks_reached(lab_balance_pattern.kinds[OUTLIER],
                        "an ejection for errors in a row", r.by_errors, 1000);
    step_checks_reached(lab_balance_pattern.kinds[OUTLIER], "an ejection for a rate",
                        r.by_rate, 500);
    step_checks_reached(lab_balance_pattern.kinds[OUTLIER], "a return", r.back, 500);
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
