#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/policy/limit.h"
#include "tests/labs/kit/policies/wrong_limits.h"

#define SCRIPTS 5000

static void verify(const struct lab_limit_side *side, struct lab_report *report)
{
    struct lab_verify_def def;
    lab_verify_default(&def);
    *report = (struct lab_report){ .count = 0 };
    lab_verify_limits(&def, side, report);
    assert_int_equal(report->count, LAB_LIMIT_ALGORITHMS);
}

static void all_agree(const struct lab_limit_side *side)
{
    struct lab_report report;
    verify(side, &report);
    for (uint32_t a = 0; a < report.count; a++) {
        assert_true(report.checks[a].real >= 100000);
        if (report.checks[a].verdict != LAB_AGREE)
            fail_msg("%s: %s", report.checks[a].name, report.checks[a].detail);
    }
}

static void real_and_model_decide_alike_on_a_hundred_thousand_calls(void **state)
{
    (void)state;
    all_agree(&lab_limit_real);
}

static void the_implementation_that_will_err_is_right_at_first(void **state)
{
    (void)state;
    wrong_turn = 0;
    all_agree(&wrong_limits);
}

static void every_wrong_turn_is_found(void **state)
{
    (void)state;
    for (wrong_turn = 1; wrong_turn <= WRONG_TURNS; wrong_turn++) {
        struct lab_report report;
        verify(&wrong_limits, &report);
        for (uint32_t a = 0; a < report.count; a++)
            if (report.checks[a].verdict != LAB_DIFFER)
                fail_msg("%s: wrong turn %d is not found", report.checks[a].name,
                         wrong_turn);
    }
    wrong_turn = 0;
}

static uint32_t calls_in(const char *detail)
{
    uint32_t n = 0;
    for (const char *p = detail; (p = strstr(p, " cost ")); p++)
        n++;
    return n;
}

// Each of these turns shows with few calls; a bucket of up to six takes that many to empty.
static void what_is_found_is_made_short(void **state)
{
    (void)state;
    for (wrong_turn = 1; wrong_turn <= WRONG_TURNS; wrong_turn++) {
        struct lab_report report;
        verify(&wrong_limits, &report);
        for (uint32_t a = 0; a < report.count; a++) {
            assert_in_range(calls_in(report.checks[a].detail), 1, 8);
            assert_non_null(strstr(report.checks[a].detail, ": model "));
        }
    }
    wrong_turn = 0;
}

static void the_scripts_reach_every_outcome_at_every_edge(void **state)
{
    (void)state;
    for (uint32_t a = 0; a < LAB_LIMIT_ALGORITHMS; a++) {
        struct lab_limit_reached reached;
        lab_limit_reach((enum lab_limit_algorithm)a, SCRIPTS, &reached);
        assert_true(reached.calls >= 100000);
        for (uint32_t edge = 0; edge < LAB_EDGE_START; edge++)
            for (uint32_t passes = 0; passes < 2; passes++)
                if (reached.of[edge][passes] < 50)
                    fail_msg("algorithm %u, edge %u: %s %u times only", a, edge,
                             passes ? "passes" : "refuses",
                             (unsigned)reached.of[edge][passes]);
        assert_true(reached.of[LAB_EDGE_START][1] > 1000);
        assert_true(reached.at_zero > 1000);
        assert_int_equal(reached.held > 0, a == LAB_LEAKY_QUEUE);
    }
}

// Whether call i of the script passes, and would not have a nanosecond earlier.
static bool turns_at(const struct lab_limit_script *s, uint32_t i)
{
    bool passes[2];
    for (int64_t early = 0; early < 2; early++) {
        void *l = lab_limit_real.open(&s->def);
        for (uint32_t k = 0; k < i; k++)
            lab_limit_real.take(l, &s->def, s->calls[k].cost, s->calls[k].at_ns);
        passes[early] =
            lab_limit_real.take(l, &s->def, s->calls[i].cost, s->calls[i].at_ns - early)
                .is_allowed;
        lab_limit_real.close(l, &s->def);
    }
    return passes[0] && !passes[1];
}

static void the_scripts_stand_on_edges_to_the_nanosecond(void **state)
{
    (void)state;
    for (uint32_t a = 0; a < LAB_LIMIT_ALGORITHMS; a++) {
        uint32_t turned = 0;
        for (uint64_t seed = 1; seed <= SCRIPTS; seed++) {
            struct lab_limit_script s;
            lab_limit_make((enum lab_limit_algorithm)a, seed, &s);
            for (uint32_t i = 1; i < s.count; i++)
                turned += s.calls[i].at_ns > 0 && turns_at(&s, i);
        }
        if (turned < 500)
            fail_msg("algorithm %u stands on an edge %u times only", a, turned);
    }
}

// Beside the decision GCRA answers how many more, and when to come back.
static void both_sides_of_gcra_answer_alike(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SCRIPTS; seed++) {
        struct lab_limit_script s;
        struct sim_limit_state key;
        lab_limit_make(LAB_GCRA, seed, &s);
        struct sim_limit limit = { SIM_LIMIT_GCRA, s.def.window_ns, s.def.limit,
                                   s.def.burst };
        void *real = lab_limit_real.open(&s.def);
        sim_limit_begin(&limit, &key, s.calls[0].at_ns);
        for (uint32_t i = 0; i < s.count; i++) {
            struct lab_limit_answer a =
                lab_limit_real.take(real, &s.def, s.calls[i].cost, s.calls[i].at_ns);
            struct sim_limit_reply r =
                sim_limit_throttle(&limit, &key, s.calls[i].at_ns, s.calls[i].cost);
            assert_int_equal(a.is_allowed, !r.limited);
            assert_int_equal(a.remaining, r.remaining);
            assert_int_equal(a.retry_after_ns, r.retry_after);
            assert_int_equal(a.reset_after_ns, r.reset_after);
        }
        lab_limit_real.close(real, &s.def);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_and_model_decide_alike_on_a_hundred_thousand_calls),
        cmocka_unit_test(both_sides_of_gcra_answer_alike),
        cmocka_unit_test(the_implementation_that_will_err_is_right_at_first),
        cmocka_unit_test(every_wrong_turn_is_found),
        cmocka_unit_test(what_is_found_is_made_short),
        cmocka_unit_test(the_scripts_reach_every_outcome_at_every_edge),
        cmocka_unit_test(the_scripts_stand_on_edges_to_the_nanosecond),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
