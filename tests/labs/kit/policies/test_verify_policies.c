#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/labs/kit/policies/step_checks.h"
#include "tests/labs/kit/policies/wrong_policies.h"

// The checks of retries, budgets, breakers, lines, concurrency limits and bulkheads: both sides
// agree, scripts get everywhere, and wrong turns are found and made short.

#define SCRIPTS 3000

static const struct lab_steps_pattern *const patterns[] = { &lab_retry_pattern,
                                                            &lab_budget_pattern,
                                                            &lab_breaker_pattern,
                                                            &lab_shed_pattern,
                                                            &lab_concurrency_limit_pattern,
                                                            &lab_bulkhead_pattern };
#define PATTERNS 6

static void real_and_model_decide_alike_on_a_hundred_thousand_steps(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < PATTERNS; i++)
        step_checks_agree_at_length(patterns[i], &patterns[i]->real);
}

static void the_implementation_that_will_err_is_right_at_first(void **state)
{
    (void)state;
    wrong_turn = 0;
    for (uint32_t i = 0; i < PATTERNS; i++)
        step_checks_agree_at_length(patterns[i], wrong_side_of(patterns[i]));
}

static void every_wrong_turn_is_found_and_made_short(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < PATTERNS; i++) {
        const struct wrong_side w = { .pattern = patterns[i],
                                      .side = wrong_side_of(patterns[i]),
                                      .turn = &wrong_turn,
                                      .turns = WRONG_TURNS,
                                      .longest = 12 };
        step_checks_find(&w);
    }
}

static void budgets_are_asked_at_every_edge_and_answer_both(void **state)
{
    (void)state;
    for (uint32_t kind = 0; lab_budget_pattern.kinds[kind]; kind++) {
        struct lab_steps_reached r;
        const char *name = lab_budget_pattern.kinds[kind];
        lab_steps_reach(&lab_budget_pattern, kind, SCRIPTS, &r);
        for (uint32_t edge = 0; edge < 4; edge++)
            for (uint32_t yes = 0; yes < 2; yes++)
                step_checks_reached(name, "an edge", r.edges[edge][yes], 100);
        step_checks_reached(name, "the end of the clock, asked",
                            r.edges[4][0] + r.edges[4][1], 20);
        step_checks_reached(name, "a retry ended", r.of[5][1] + r.of[6][1], 1000);
        step_checks_reached(name, "a call ended", r.of[7][1], 1000);
        step_checks_reached(name, "the clock's beginning", r.at_zero, 500);
        step_checks_reached(name, "the clock's end", r.at_end, 1000);
    }
}

static void breakers_are_asked_at_every_edge_in_every_state(void **state)
{
    (void)state;
    for (uint32_t kind = 0; lab_breaker_pattern.kinds[kind]; kind++) {
        struct lab_steps_reached r;
        const char *name = lab_breaker_pattern.kinds[kind];
        lab_steps_reach(&lab_breaker_pattern, kind, SCRIPTS, &r);
        for (uint32_t edge = 0; edge < 7; edge++)
            for (uint32_t yes = 0; yes < 2; yes++)
                step_checks_reached(name, "an edge", r.edges[edge][yes], 50);
        for (uint32_t word = 1; word < 4; word++)
            step_checks_reached(name, "a result", r.of[word][1], 1000);
        step_checks_reached(name, "the clock's beginning", r.at_zero, 1000);
        step_checks_reached(name, "the clock's end", r.at_end, 1000);
    }
}

// Who asks is refused, goes in, opens a connection or waits; who leaves makes room for somebody or
// for nobody.
static void bulkheads_answer_in_every_way_at_every_edge(void **state)
{
    (void)state;
    const struct lab_steps_pattern *p = &lab_bulkhead_pattern;
    for (uint32_t kind = 0; p->kinds[kind]; kind++) {
        struct lab_steps s;
        uint64_t answers[6][4] = { { 0 } }, handed[2] = { 0 }, edges[5] = { 0 };
        for (uint64_t seed = 1; seed <= SCRIPTS; seed++) {
            p->make(kind, seed, &s);
            void *m = p->model.open(&s);
            assert_non_null(m);
            for (uint32_t i = 0; i < s.count; i++) {
                int64_t answer = p->model.step(m, &s, &s.at[i]);
                if (s.at[i].word == 0 && s.at[i].edge < 6)
                    answers[s.at[i].edge][answer]++;
                if (s.at[i].word == 1 && answer > 0)
                    handed[answer > 1]++;
                if (s.at[i].word < 5 && answer > 0)
                    edges[s.at[i].word]++;
            }
            p->model.close(m);
        }
        for (uint32_t edge = 0; edge < 5; edge++)
            for (uint32_t answer = 0; answer < 4; answer++)
                if (answer != 2 || kind == 1) // places are not opened
                    step_checks_reached(p->kinds[kind], "an answer at an edge",
                                        answers[edge][answer], 50);
        for (uint32_t i = 0; i < 2; i++)
            step_checks_reached(p->kinds[kind], "a place handed on, or free", handed[i],
                                1000);
        for (uint32_t word = 0; word < 5; word++)
            step_checks_reached(p->kinds[kind], "a word", edges[word], 100);
        struct lab_steps_reached r;
        lab_steps_reach(p, kind, SCRIPTS, &r);
        step_checks_reached(p->kinds[kind], "the clock's beginning", r.at_zero, 1000);
        step_checks_reached(p->kinds[kind], "the clock's end", r.at_end, 1000);
    }
}

static void retries_go_on_and_end_in_every_way(void **state)
{
    (void)state;
    for (uint32_t kind = 0; lab_retry_pattern.kinds[kind]; kind++) {
        struct lab_steps_reached r;
        const char *name = lab_retry_pattern.kinds[kind];
        lab_steps_reach(&lab_retry_pattern, kind, SCRIPTS, &r);
        for (uint32_t word = 0; word < 2; word++)
            for (uint32_t yes = 0; yes < 2; yes++)
                step_checks_reached(name, "an answer", r.of[word][yes], 1000);
        step_checks_reached(name, "another call", r.of[2][1], 1000);
        step_checks_reached(name, "a fatal error", r.of[3][0], 1000);
    }
}

// Of lines, how often so many were dropped at one turn: none, one, or more.
static void count_drops(uint32_t kind, uint64_t drops[3])
{
    const struct lab_steps_pattern *p = &lab_shed_pattern;
    struct lab_steps s;
    for (uint64_t seed = 1; seed <= SCRIPTS; seed++) {
        p->make(kind, seed, &s);
        void *m = p->model.open(&s);
        assert_non_null(m);
        for (uint32_t i = 0; i < s.count; i++) {
            int64_t answer = p->model.step(m, &s, &s.at[i]);
            uint64_t n = (uint64_t)(answer < 0 ? -answer : answer) / 100 % 100;
            if (s.at[i].word == 0)
                drops[n > 2 ? 2 : n]++;
        }
        p->model.close(m);
    }
}

static void lines_are_asked_at_every_edge_and_drop_none_one_and_many(void **state)
{
    (void)state;
    for (uint32_t kind = 0; lab_shed_pattern.kinds[kind]; kind++) {
        struct lab_steps_reached r;
        uint64_t drops[3] = { 0 };
        const char *name = lab_shed_pattern.kinds[kind];
        lab_steps_reach(&lab_shed_pattern, kind, SCRIPTS, &r);
        for (uint32_t edge = 0; edge < 6; edge++)
            for (uint32_t yes = 0; yes < 2; yes++)
                step_checks_reached(name, "an edge", r.edges[edge][yes], 100);
        step_checks_reached(name, "the clock's beginning", r.at_zero, 1000);
        step_checks_reached(name, "the clock's end", r.at_end, 1000);
        count_drops(kind, drops);
        for (uint32_t n = 0; n < 3; n++)
            if (kind != 1 || n == 0) // only order is the second's
                step_checks_reached(name, "so many dropped at once", drops[n], 500);
    }
}

// How often a limit rises, falls, stays, and stands at its least and its most.
enum {
    RISES,
    FALLS,
    STAYS,
    AT_LEAST,
    AT_MOST,
    WAYS
};

static void count_ways(uint32_t kind, uint64_t ways[WAYS])
{
    const struct lab_steps_pattern *p = &lab_concurrency_limit_pattern;
    struct lab_steps s;
    for (uint64_t seed = 1; seed <= SCRIPTS; seed++) {
        p->make(kind, seed, &s);
        const struct lab_concurrency_def *d = &s.def.concurrency;
        int64_t before = 1 + (int64_t)(d->initial * 1e6);
        void *m = p->model.open(&s);
        assert_non_null(m);
        for (uint32_t i = 0; i < s.count; i++) {
            int64_t answer = p->model.step(m, &s, &s.at[i]);
            if (s.at[i].word == 0)
                continue;
            ways[answer > before ? RISES : answer < before ? FALLS : STAYS]++;
            ways[AT_LEAST] += answer == 1 + (int64_t)(d->min * 1e6);
            ways[AT_MOST] += answer == 1 + (int64_t)(d->max * 1e6);
            before = answer;
        }
        p->model.close(m);
    }
}

static void concurrency_limits_move_in_every_way(void **state)
{
    (void)state;
    static const char *const names[WAYS] = { "rises", "falls", "stays", "the least",
                                             "the most" };
    for (uint32_t kind = 1; lab_concurrency_limit_pattern.kinds[kind]; kind++) {
        uint64_t ways[WAYS] = { 0 };
        count_ways(kind, ways);
        for (uint32_t way = 0; way < WAYS; way++)
            step_checks_reached(lab_concurrency_limit_pattern.kinds[kind], names[way],
                                ways[way], 200);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_and_model_decide_alike_on_a_hundred_thousand_steps),
        cmocka_unit_test(the_implementation_that_will_err_is_right_at_first),
        cmocka_unit_test(every_wrong_turn_is_found_and_made_short),
        cmocka_unit_test(budgets_are_asked_at_every_edge_and_answer_both),
        cmocka_unit_test(breakers_are_asked_at_every_edge_in_every_state),
        cmocka_unit_test(bulkheads_answer_in_every_way_at_every_edge),
        cmocka_unit_test(retries_go_on_and_end_in_every_way),
        cmocka_unit_test(lines_are_asked_at_every_edge_and_drop_none_one_and_many),
        cmocka_unit_test(concurrency_limits_move_in_every_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
