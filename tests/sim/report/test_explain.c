#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "sim/report/explain.h"
#include "sim/report/story.h"
#include "tests/sim/report/stories.h"
#include "tests/support/statistics.h"

// Each rule on a small world in which it holds, and on one in which it does not. What a
// sentence says is looked for in a few words, so that it can be put better without a test
// failing; what was found is asked of the story, in figures that follow from the world.

struct told {
    struct sim_story found;
    char text[SIM_EXPLAIN_ROOM];
};

static struct told tell_and_close(struct story *s)
{
    struct told t;
    sim_story_read(&t.found, &s->report);
    sim_explain(&s->report, t.text, sizeof t.text);
    story_close(s);
    return t;
}

static void expect_said(const struct told *t, const char *words)
{
    if (strstr(t->text, words))
        return;
    print_error("\"%s\" is not in: %s\n", words, t->text);
    fail();
}

static void expect_unsaid(const struct told *t, const char *words)
{
    if (!strstr(t->text, words))
        return;
    print_error("\"%s\" is in: %s\n", words, t->text);
    fail();
}

static void light_load_keeps_up(void **state)
{
    (void)state;
    struct story s;
    story_queue(&s, 300, 20);
    struct told t = tell_and_close(&s);
    assert_true(t.found.kept_up);
    assert_false(t.found.fell);
    assert_int_equal(t.found.bottleneck, SIM_NONE);
    expect_near(t.found.busiest_share, 0.3, 0.02);
    expect_said(&t, "kept up: all of ");
    expect_said(&t, "Nothing was full: the busiest was server");
    expect_unsaid(&t, "bottleneck");
    expect_unsaid(&t, "Goodput fell");
    expect_unsaid(&t, "backlog");
    expect_unsaid(&t, "expectation");
}

// 1300 a second where 1000 can be served: 300 a second are left over.
static void overload_grows_a_backlog(void **state)
{
    (void)state;
    struct story s;
    story_queue(&s, 1300, 20);
    struct told t = tell_and_close(&s);
    assert_false(t.found.kept_up);
    assert_false(t.found.fell); // goodput is 77 % of what is offered
    assert_true(t.found.is_growing);
    expect_near(t.found.grown, 6000, 600);
    assert_int_equal(t.found.bottleneck, 0);
    expect_near(t.found.utilisation, 1, 0.01);
    assert_int_equal(t.found.cause, SIM_IN_NATIVE);
    expect_near(t.found.cause_share, 1, 1e-9);
    expect_said(&t, "The backlog grew");
    expect_said(&t, "the bottleneck was server");
    expect_said(&t, "running native code");
}

static void three_times_too_much_is_down_without_any_fault(void **state)
{
    (void)state;
    struct story s;
    story_queue(&s, 3000, 10);
    struct told t = tell_and_close(&s);
    assert_true(t.found.fell && t.found.is_down);
    assert_true(t.found.fell_at == 0 && t.found.back_at == 10);
    assert_int_equal(t.found.fault, SIM_NONE);
    expect_said(&t, "without any fault");
    expect_said(&t, "stayed there to the end");
}

static void a_storm_stays_when_its_cause_is_gone(void **state)
{
    (void)state;
    struct story s;
    story_storm(&s, 4);
    struct told t = tell_and_close(&s);
    assert_true(t.found.fell && t.found.is_down && t.found.is_fault_over);
    assert_int_equal(t.found.fault, 0);
    expect_near(t.found.fell_at, 20, 1.01);
    assert_true(t.found.fault_from == 20 && t.found.fault_to == 30);
    assert_int_equal(t.found.bottleneck, 0); // db; api is full, too, but waits for it
    assert_int_equal(t.found.waiting, 1);
    assert_int_equal(t.found.cause, SIM_IN_CORE); // 16 threads on 4 cores
    expect_near(t.found.attempts, 4, 0.2);
    assert_true(t.found.ghost_share > 0.5);
    expect_said(&t, "With \"db slow x8\" at 20 s, goodput fell at once");
    expect_said(&t, "did not come back by itself");
    expect_said(&t, "30 s later");
    expect_said(&t, "the bottleneck was db");
    expect_said(&t, "waiting for a core");
    expect_said(&t, "api was full too");
    expect_said(&t, "api sent");
    expect_said(&t, "nobody waiting");
}

static void without_retries_nothing_is_said_of_them(void **state)
{
    (void)state;
    struct story s;
    story_storm(&s, 1);
    struct told t = tell_and_close(&s);
    assert_false(t.found.is_down);
    assert_int_equal(t.found.edge, SIM_NONE);
    expect_unsaid(&t, "attempts");
    expect_unsaid(&t, "did not come back");
}

static void what_fails_outright_comes_back_with_the_fault(void **state)
{
    (void)state;
    struct story s;
    story_fault(&s, story_trouble(SIM_FAULT_FAIL, 1, 10, 20));
    struct told t = tell_and_close(&s);
    assert_true(t.found.fell && !t.found.is_down && t.found.is_back);
    expect_near(t.found.fell_at, 10, 0);
    expect_near(t.found.back_at, 20, 0);
    assert_int_equal(t.found.loss, SIM_ERROR);
    expect_said(&t, "got an error");
    expect_said(&t, "came back when the fault was gone, at 20 s");
    expect_unsaid(&t, "bottleneck"); // it answers with errors at once
}

// From 20 s on 3000 of 5000 end well.
static void up_again_is_not_back(void **state)
{
    (void)state;
    struct story s;
    story_half_back(&s);
    struct told t = tell_and_close(&s);
    assert_true(t.found.fell && !t.found.is_down && !t.found.is_back);
    expect_near(t.found.share_after, 0.6, 0.001);
    expect_said(&t,
                "From 20 s on goodput was above half of what was offered again, at 60 %");
    expect_unsaid(&t, "came back");
}

static void a_line_that_was_full_is_told_where_workers_are_idle(void **state)
{
    (void)state;
    struct story s;
    story_crowd(&s);
    struct told t = tell_and_close(&s);
    assert_int_equal(t.found.bottleneck, SIM_NONE);
    assert_int_equal(t.found.full_line, 0);
    expect_near(t.found.turned_away, 19, 0);
    expect_said(&t, "the line of server was full at times: it turned away 19 visits");
    expect_unsaid(&t, "Nothing was full");
}

// Each is blocked ten times a second, for 30 ms.
static void an_event_loop_is_among_the_busiest(void **state)
{
    (void)state;
    struct story s;
    story_loop(&s);
    struct told t = tell_and_close(&s);
    assert_true(t.found.is_busiest_loop);
    expect_near(t.found.busiest_share, 0.3, 0.03);
    expect_said(&t, "the busiest was the event loop of");
}

static void a_fault_without_end_is_named_as_such(void **state)
{
    (void)state;
    struct story s;
    story_fault(&s, story_trouble(SIM_FAULT_FAIL, 1, 10, 0));
    struct told t = tell_and_close(&s);
    assert_true(t.found.is_down && !t.found.is_fault_over);
    expect_said(&t, "to the end, as did the fault");
    expect_unsaid(&t, "by itself");
}

static void two_seconds_are_too_few_to_tell(void **state)
{
    (void)state;
    struct story s;
    story_fault(&s, story_trouble(SIM_FAULT_SLOW, 400, 10, 29));
    struct told t = tell_and_close(&s);
    assert_true(t.found.is_down && t.found.is_fault_over);
    expect_said(&t, "too soon");
    expect_unsaid(&t, "by itself");
}

// While paused 4000 requests pile up. The line shrinks by 200 a second, and is served in time
// when less than 1000 stand in it: 15 s later.
static void a_backlog_outlives_its_fault_and_ends(void **state)
{
    (void)state;
    struct story s;
    story_pause(&s);
    struct told t = tell_and_close(&s);
    assert_true(t.found.fell && !t.found.is_down);
    expect_near(t.found.back_at, 30, 3);
    assert_int_equal(t.found.loss, SIM_TIMEOUT);
    assert_int_equal(t.found.ghost_service, 0);
    expect_said(&t, "after the fault was gone");
    expect_said(&t, "timed out");
}

// Down from 5 s, 13 s and 21 s for 4 s each.
static void falls_again_and_again_are_counted(void **state)
{
    (void)state;
    struct story s;
    struct sim_fault fault = story_trouble(SIM_FAULT_FAIL, 1, 5, 9);
    fault.every = 8 * (sim_time)SIM_S;
    story_fault(&s, fault);
    struct told t = tell_and_close(&s);
    assert_true(t.found.fell && !t.found.is_down);
    assert_true(t.found.fell_at == 5 && t.found.back_at == 9);
    assert_int_equal(t.found.other_falls, 2);
    expect_said(&t, "the longest of 3 such times");
}

static void a_small_fault_is_hardly_felt(void **state)
{
    (void)state;
    struct story s;
    story_fault(&s, story_trouble(SIM_FAULT_SLOW, 1.05, 10, 20));
    struct told t = tell_and_close(&s);
    assert_false(t.found.fell);
    expect_said(&t, "\"server slow\" was hardly felt");
}

static void a_slow_server_is_felt_in_the_tail(void **state)
{
    (void)state;
    struct story s;
    story_fault(&s, story_trouble(SIM_FAULT_SLOW, 3, 10, 20));
    struct told t = tell_and_close(&s);
    assert_false(t.found.fell);
    assert_true(t.found.p99_during > 2 * t.found.p99_before);
    expect_said(&t, "While \"server slow\" lasted, p99 rose from");
    expect_unsaid(&t, "goodput fell");
}

static void a_third_of_errors_is_felt_in_goodput(void **state)
{
    (void)state;
    struct story s;
    story_fault(&s, story_trouble(SIM_FAULT_FAIL, 0.3, 10, 20));
    struct told t = tell_and_close(&s);
    assert_false(t.found.fell);
    expect_near(t.found.good_before, 300, 15);
    expect_near(t.found.good_during, 210, 15);
    expect_said(&t, "goodput fell from");
    expect_unsaid(&t, "p99 rose");
}

static void a_twentieth_of_errors_is_felt_too(void **state)
{
    (void)state;
    struct story s;
    story_fault(&s, story_trouble(SIM_FAULT_FAIL, 0.05, 10, 20));
    struct told t = tell_and_close(&s);
    expect_near(t.found.lost_during, 0.05, 0.02);
    assert_true(t.found.lost_before == 0);
    expect_said(&t, "of what ended did not end well, 0 % before.");
    expect_unsaid(&t, "goodput fell");
    expect_unsaid(&t, "hardly felt");
}

static void threads_that_compute_wait_for_the_gil(void **state)
{
    (void)state;
    struct story s;
    story_gil(&s);
    struct told t = tell_and_close(&s);
    assert_int_equal(t.found.bottleneck, 0);
    assert_int_equal(t.found.cause, SIM_IN_GIL);
    expect_near(t.found.cause_share, 7.0 / 8, 0.02);
    expect_said(&t, "waiting for the GIL");
    expect_unsaid(&t, "stood in line");
}

// All ends well, and with 31 threads idle; the lesson is that one of two clients waits.
static void who_waits_for_the_gil_is_told_though_all_ends_well(void **state)
{
    (void)state;
    struct story s;
    story_convoy(&s);
    struct told t = tell_and_close(&s);
    assert_true(t.found.kept_up);
    assert_int_equal(t.found.bottleneck, SIM_NONE);
    assert_int_equal(t.found.gil, 0);
    // The echo waits 5 of its 6.1 ms, the other hardly ever: 5 / 6.1 of one of two threads.
    expect_near(t.found.gil_share, 0.41, 0.02);
    expect_near(t.found.gil_held, 0.99, 0.01);
    assert_true(t.found.are_apart);
    assert_int_equal(t.found.quickest, 0);
    assert_int_equal(t.found.slowest, 1);
    expect_said(&t, "of peer half within 6.");
    expect_said(&t, "of batch half within 10");
    expect_said(&t, "waiting for its GIL, which was held 99 % of the time");
    expect_unsaid(&t, "kept up");
    expect_unsaid(&t, "Nothing was full");
}

static void a_long_line_is_told_where_nothing_is_full(void **state)
{
    (void)state;
    struct story s;
    story_queue(&s, 850, 60); // a line of 2.4 for 0.85 at work
    struct told t = tell_and_close(&s);
    assert_int_equal(t.found.slow, 0);
    assert_int_equal(t.found.slow_cause, SIM_IN_QUEUE);
    expect_near(t.found.slow_share, 2.41 / (2.41 + 0.85), 0.06);
    expect_said(&t, "The visits of server spent");
    expect_said(&t, "in line");
}

// It tries at 7.4 and 9.4 s in vain, and stays closed from 11.4 s on.
static void a_breaker_that_opened_is_told_with_what_it_opened_for(void **state)
{
    (void)state;
    struct story s;
    story_breaker(&s);
    struct told t = tell_and_close(&s);
    expect_said(&t, "The breaker of customers before server opened at 5.4 s because 5 of 5 "
                    "calls had failed.");
    expect_said(&t, "Breakers opened 3 times in all.");
}

static void what_happened_more_than_once_is_told(void **state)
{
    (void)state;
    struct story s;
    story_effect(&s);
    struct told t = tell_and_close(&s);
    expect_said(&t, "\"charge\" happened 20 times more than it should.");
}

static void answers_given_again_are_told(void **state)
{
    (void)state;
    struct story s;
    story_keys(&s);
    struct told t = tell_and_close(&s);
    expect_said(&t, "20 times pay knew the idempotency key");
}

static void what_limits_hedges_and_fallbacks_did_is_told(void **state)
{
    (void)state;
    struct story s;
    story_protected(&s);
    struct told t = tell_and_close(&s);
    expect_said(&t, "The concurrency limit of customers turned away 15 of 20.");
    expect_said(&t, "customers went to a fallback 15 times, in 20 requests.");
    expect_said(&t, "beside the first 5 times, in 20 requests; none won.");
    expect_unsaid(&t, "idempotency key");
    story_queue(&s, 300, 20);
    t = tell_and_close(&s);
    expect_unsaid(&t, "turned away");
    expect_unsaid(&t, "fallback");
    expect_unsaid(&t, "second attempt");
}

// Ten of a hundred pass in each of twenty seconds.
static void a_limit_that_refuses_is_no_collapse(void **state)
{
    (void)state;
    struct story s;
    story_limit(&s);
    struct told t = tell_and_close(&s);
    assert_non_null(t.found.limited_by);
    expect_said(&t,
                "the rate limit of server refused 1,800 of 2,003 requests, so goodput was "
                "below half of what was offered. It stayed there to the end.");
    expect_unsaid(&t, "without any fault");
    story_breaker(&s);
    t = tell_and_close(&s);
    assert_true(t.found.fell);
    assert_null(t.found.limited_by);
    expect_unsaid(&t, "rate limit");
}

// Two connections serve 13.3 of the 20 a second that come; the others wait for 200 ms and go.
static void places_that_are_too_few_are_told(void **state)
{
    (void)state;
    struct story s;
    story_pool(&s);
    struct told t = tell_and_close(&s);
    expect_said(&t, "At pool, with a limit of 2, ");
    expect_said(&t, " had to wait and ");
    expect_said(&t, " were refused.");
}

static void workers_that_never_end_are_told_as_such(void **state)
{
    (void)state;
    struct story s;
    story_endless(&s);
    struct told t = tell_and_close(&s);
    expect_said(&t, "of the time with visits of which none ended, and ");
}

static void a_run_without_requests_says_so(void **state)
{
    (void)state;
    struct story s;
    story_nothing(&s);
    struct told t = tell_and_close(&s);
    expect_said(&t, "No request was offered");
    expect_unsaid(&t, "kept up");
}

static void failed_expectations_are_told_and_counted(void **state)
{
    (void)state;
    struct story s;
    story_queue(&s, 300, 5);
    const struct sim_verdict verdicts[] = {
        { .text = "good", .state = SIM_PASSED },
        { .text = "all is quick",
          .path = "customers.latency.p99",
          .state = SIM_FAILED,
          .measured = 0.991,
          .has_max = true,
          .max = 0.05 },
        { .text = "bad", .state = SIM_FAILED, .measured = NAN },
    };
    s.report.verdicts = verdicts;
    s.report.verdict_count = 3;
    struct told t = tell_and_close(&s);
    expect_said(&t, "\"all is quick\" failed: measured 991 ms, wanted at most 50 ms");
    expect_said(&t, "So did 1 more");
    expect_unsaid(&t, "\"good\"");
}

static void a_small_room_holds_whole_sentences(void **state)
{
    (void)state;
    struct story s;
    char text[SIM_EXPLAIN_ROOM];
    story_queue(&s, 300, 5);
    for (size_t room = 1; room < 260; room++) {
        sim_explain(&s.report, text, room);
        size_t n = strlen(text);
        assert_true(n < room);
        assert_true(n == 0 || text[n - 1] == '.');
    }
    story_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(light_load_keeps_up),
        cmocka_unit_test(overload_grows_a_backlog),
        cmocka_unit_test(three_times_too_much_is_down_without_any_fault),
        cmocka_unit_test(a_storm_stays_when_its_cause_is_gone),
        cmocka_unit_test(without_retries_nothing_is_said_of_them),
        cmocka_unit_test(what_fails_outright_comes_back_with_the_fault),
        cmocka_unit_test(up_again_is_not_back),
        cmocka_unit_test(a_line_that_was_full_is_told_where_workers_are_idle),
        cmocka_unit_test(an_event_loop_is_among_the_busiest),
        cmocka_unit_test(a_fault_without_end_is_named_as_such),
        cmocka_unit_test(two_seconds_are_too_few_to_tell),
        cmocka_unit_test(a_backlog_outlives_its_fault_and_ends),
        cmocka_unit_test(falls_again_and_again_are_counted),
        cmocka_unit_test(a_small_fault_is_hardly_felt),
        cmocka_unit_test(a_slow_server_is_felt_in_the_tail),
        cmocka_unit_test(a_third_of_errors_is_felt_in_goodput),
        cmocka_unit_test(a_twentieth_of_errors_is_felt_too),
        cmocka_unit_test(threads_that_compute_wait_for_the_gil),
        cmocka_unit_test(who_waits_for_the_gil_is_told_though_all_ends_well),
        cmocka_unit_test(a_long_line_is_told_where_nothing_is_full),
        cmocka_unit_test(a_breaker_that_opened_is_told_with_what_it_opened_for),
        cmocka_unit_test(what_happened_more_than_once_is_told),
        cmocka_unit_test(answers_given_again_are_told),
        cmocka_unit_test(what_limits_hedges_and_fallbacks_did_is_told),
        cmocka_unit_test(a_limit_that_refuses_is_no_collapse),
        cmocka_unit_test(places_that_are_too_few_are_told),
        cmocka_unit_test(workers_that_never_end_are_told_as_such),
        cmocka_unit_test(a_run_without_requests_says_so),
        cmocka_unit_test(failed_expectations_are_told_and_counted),
        cmocka_unit_test(a_small_room_holds_whole_sentences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
