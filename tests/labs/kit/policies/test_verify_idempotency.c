#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/labs/kit/policies/step_checks.h"
#include "tests/labs/kit/policies/wrong_keys.h"

// The check of idempotency keys: both sides agree, scripts get everywhere, and wrong turns are found
// and made short.

static void real_and_model_decide_alike_on_a_hundred_thousand_steps(void **state)
{
    (void)state;
    const struct lab_steps_pattern *p = &lab_idempotency_pattern;
    assert_true(step_checks_agree(p, &p->real, 0) >= 100000);
}

static void the_implementation_that_will_err_is_right_at_first(void **state)
{
    (void)state;
    wrong_key_turn = 0;
    step_checks_agree(&lab_idempotency_pattern, &wrong_keys, 10);
}

static void every_wrong_turn_is_found_and_made_short(void **state)
{
    (void)state;
    const struct wrong_side w = { .pattern = &lab_idempotency_pattern,
                                  .side = &wrong_keys,
                                  .turn = &wrong_key_turn,
                                  .turns = WRONG_KEY_TURNS,
                                  .scripts = 10,
                                  .longest = 8 };
    step_checks_find(&w);
}

// ---- What the scripts reach, by the model's answers ----

// As verify_idempotency.c says what they mean.
#define ASKS        0u
#define MISMATCH    -1
#define IN_PROGRESS 0
#define RUNS        1
#define REPLAYS     1000
#define NOBODY      9999
#define NOT_HEARD   500

struct reached {
    unsigned mismatch, in_progress, runs, replays, replays_error;
    unsigned ended, not_heard, twice, edges[5], at_zero, at_end;
};

static void count_asked(struct reached *r, int64_t answer)
{
    r->mismatch += answer == MISMATCH;
    r->in_progress += answer == IN_PROGRESS;
    r->runs += answer == RUNS;
    r->replays += answer == REPLAYS + 200;
    r->replays_error += answer == REPLAYS + 500;
}

static void count(struct reached *r, const struct lab_step *one, int64_t answer)
{
    r->at_zero += one->at_ns == 0;
    r->at_end += one->at_ns > INT64_MAX - 1000;
    if (answer == NOBODY)
        return;
    r->edges[one->edge]++;
    if (one->word == ASKS) {
        count_asked(r, answer);
        return;
    }
    r->ended++;
    r->not_heard += answer >= NOT_HEARD;
    r->twice += answer % NOT_HEARD > 2;
}

static struct reached reach(uint32_t kind)
{
    const struct lab_steps_pattern *p = &lab_idempotency_pattern;
    struct reached r = { 0 };
    struct lab_steps s;
    for (uint64_t seed = 1; seed <= 1000; seed++) {
        p->make(kind, seed, &s);
        void *m = p->model.open(&s);
        assert_non_null(m);
        for (uint32_t i = 0; i < s.count; i++)
            count(&r, &s.at[i], p->model.step(m, &s, &s.at[i]));
        p->model.close(m);
    }
    return r;
}

static void scripts_come_to_every_answer_and_edge(void **state)
{
    (void)state;
    for (uint32_t kind = 0; lab_idempotency_pattern.kinds[kind]; kind++) {
        struct reached r = reach(kind);
        bool is_before = strcmp(lab_idempotency_pattern.kinds[kind], "before") == 0;
        assert_true(r.mismatch > 500 && r.runs > 1000 && r.replays > 500);
        // What is written down before is never in progress, and never an error.
        assert_true(is_before ? r.in_progress == 0 : r.in_progress > 500);
        assert_true(is_before ? r.replays_error == 0 : r.replays_error > 100);
        assert_true(is_before ? r.not_heard == 0 : r.not_heard > 50);
        assert_true(r.ended > 1000 && r.twice > 50); // twice: a key that had expired, too
        for (uint32_t edge = 0; edge < 5; edge++)
            assert_true(r.edges[edge] > 100);
        assert_true(r.at_end > 500);
        assert_true(r.at_zero > 200); // where a quarter of the scripts begins
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_and_model_decide_alike_on_a_hundred_thousand_steps),
        cmocka_unit_test(the_implementation_that_will_err_is_right_at_first),
        cmocka_unit_test(every_wrong_turn_is_found_and_made_short),
        cmocka_unit_test(scripts_come_to_every_answer_and_edge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
