#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/model/lint.h"
#include "tests/support/worlds.h"

// The event loop: its turns, its timers, its tasks, and what cancelling does to them. The loop
// costs nothing here unless a test says so, so instants are known.

#define MS (sim_time) SIM_MS
#define US (sim_time) SIM_US

static int open_world(void **state)
{
    *state = world_open(10);
    return 0;
}

static int close_world(void **state)
{
    sim_model_close(*state);
    return 0;
}

// ---- One request ----

struct end {
    enum sim_outcome outcome;
    sim_time after;
};

static struct end end_of(const struct sim_run *run, uint32_t client)
{
    struct end end = { SIM_OUTCOMES, 0 };
    for (uint32_t o = 0; o < SIM_OUTCOMES; o++)
        if (client_total(run, client, SIM_ENDED + o) == 1)
            end.outcome = (enum sim_outcome)o;
    for (uint32_t cause = 0; cause < SIM_CAUSES; cause++)
        end.after += client_total(run, client, SIM_TIME + cause);
    return end;
}

// Runs the world, in which "api" is service 0; the caller closes the run.
static struct sim_run *run_api(struct sim_model *m)
{
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    assert_true(sim_run_books(run).balanced);
    return run;
}

static struct end end_with(struct sim_model *m, const struct sim_service_def *def,
                           uint32_t handler)
{
    add_service(m, def, handler);
    add_client(m, "users", burst(1, 0), do_call(m, "api"));
    struct sim_run *run = run_api(m);
    struct end end = end_of(run, 0);
    sim_run_close(run);
    return end;
}

static void expect_end(struct sim_model *m, uint32_t handler, enum sim_outcome outcome,
                       sim_time after)
{
    struct sim_service_def def = loop_def("api");
    struct end end = end_with(m, &def, handler);
    assert_int_equal(end.outcome, outcome);
    assert_int_equal(end.after, after);
}

static int64_t api_total(const struct sim_run *run, uint32_t count)
{
    return replica_total(run, 0, 0, count);
}

static int64_t api_time(const struct sim_run *run, enum sim_cause cause)
{
    return api_total(run, SIM_TIME + cause);
}

// ---- Turns ----

static void steps_follow_one_another(void **state)
{
    struct sim_model *m = *state;
    expect_end(m,
               do_list(m, STEPS(do_python(m, 0.001), do_io(m, 0.002), do_native(m, 0.003))),
               SIM_OK, 6 * MS);
}

static void task_runs_until_it_waits(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def def = loop_def("api");
    add_service(
        m, &def,
        do_list(m, STEPS(do_python(m, 0.005), do_python(m, 0.005), do_io(m, 0.001))));
    add_client(m, "users", burst(3, 0), do_call(m, "api"));
    struct sim_run *run = run_api(m);
    // One turn takes all three, 10 ms of work each: 0, 10 and 20 ms they wait for it. The next
    // poll is at 30 ms, when the waits of the first two have been over for 19 and 9 ms.
    struct sim_hist *h = client_latencies(run, 0);
    assert_in_range(sim_hist_max(h), 31 * MS, 31 * MS + 200 * US);
    free(h);
    assert_int_equal(api_time(run, SIM_IN_PYTHON), 30 * MS);
    assert_int_equal(api_time(run, SIM_IN_IO), 3 * MS);
    assert_int_equal(api_time(run, SIM_IN_LOOP), (10 + 20 + 19 + 9) * MS);
    sim_run_close(run);
}

static void awaits_overlap(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def def = loop_def("api");
    add_service(m, &def, do_io(m, 0.010));
    add_client(m, "users", burst(50, 0), do_call(m, "api"));
    struct sim_run *run = run_api(m);
    struct sim_hist *h = client_latencies(run, 0);
    assert_int_equal(sim_hist_max(h), 10 * MS);
    free(h);
    sim_run_close(run);
}

static void blocking_step_stops_the_loop(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def def = loop_def("api");
    add_service(m, &def, do_blocking(m, do_io(m, 0.010)));
    add_client(m, "users", burst(5, 0), do_call(m, "api"));
    struct sim_run *run = run_api(m);
    struct sim_hist *h = client_latencies(run, 0);
    assert_in_range(sim_hist_max(h), 50 * MS, 50 * MS + 400 * US);
    free(h);
    assert_int_equal(api_time(run, SIM_IN_IO), 50 * MS);
    assert_int_equal(api_time(run, SIM_IN_LOOP), (10 + 20 + 30 + 40) * MS);
    sim_run_close(run);
}

static void blocking_call_stops_the_loop(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def def = loop_def("api");
    add_service(m, &def, do_blocking(m, do_call(m, "db")));
    add_plain(m, "db", 10, do_io(m, 0.010));
    add_client(m, "users", burst(3, 0), do_call(m, "api"));
    struct sim_run *run = run_api(m);
    assert_int_equal(api_time(run, SIM_IN_DEPENDENCY), 30 * MS);
    assert_int_equal(api_time(run, SIM_IN_LOOP), (10 + 20) * MS);
    sim_run_close(run);
}

// An event takes two turns: one sets the future, the next goes on with the task. With a turn of
// 20 us a poll costs 10 and so does a callback.
static struct sim_service_def costly(void)
{
    struct sim_service_def def = loop_def("api");
    def.has_runtime = true;
    def.runtime = ideal_gil(5 * MS);
    def.runtime.loop_iteration = 20 * US;
    def.runtime.task_switch = 10 * US;
    def.runtime.poll_step = MS;
    return def;
}

static void what_comes_by_the_poll_takes_two_turns(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def def = costly();
    struct end end =
        end_with(m, &def, do_list(m, STEPS(do_python(m, 0.001), do_io(m, 0.002))));
    // To arrive, and to go on behind the io, two turns of 20 us each.
    assert_int_equal(end.after, 3 * MS + 80 * US);
}

static void making_a_task_costs(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def def = costly();
    def.runtime.task_create =
        47 * US; // 40 of them are the two turns that were measured with it
    struct end end = end_with(m, &def, do_list(m, 0, NULL));
    assert_int_equal(end.after, 47 * US);
}

static void callbacks_cost_more_among_many_tasks(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def def = costly();
    def.runtime.task_switch = 110 * US;
    add_service(m, &def, do_sleep(m, 1));
    add_client(m, "users", burst(2000, 0), do_call(m, "api"));
    struct sim_run *run = run_api(m);
    // From a thousand tasks on each callback costs 110 us; a request has 4.
    int64_t busy = sim_run_loop_meter(run, 0, 0)->counts[SIM_LOOP_BUSY_NS];
    assert_in_range(busy, 2000 * 4 * 110 * US - 80 * MS, 2000 * 4 * 110 * US + MS);
    sim_run_close(run);
}

// ---- Timers ----

static void sleep_is_rounded_up_by_the_poll(void **state)
{
    struct sim_model *m = *state;
    expect_end(m, do_sleep(m, 0.0103), SIM_OK, 11 * MS);
}

static void short_sleep_takes_a_millisecond(void **state)
{
    struct sim_model *m = *state;
    expect_end(m, do_sleep(m, 0.0001), SIM_OK, 1 * MS);
}

static void whole_milliseconds_stay(void **state)
{
    struct sim_model *m = *state;
    expect_end(m, do_sleep(m, 0.010), SIM_OK, 10 * MS);
}

static void socket_ends_the_poll_at_once(void **state)
{
    struct sim_model *m = *state;
    expect_end(m, do_io(m, 0.0103), SIM_OK, 10300 * US);
}

// The poll begins again after each of them, so that rounding begins anew.
static void rounding_counts_from_the_poll(void **state)
{
    struct sim_model *m = *state;
    uint32_t sleeps = do_sleep(m, 0.0052), waits = do_io(m, 0.0011);
    // From 1.1 ms on the poll waits for another 4.1, rounded up to 5: 6.1 ms.
    expect_end(m, do_gather(m, 0, STEPS(sleeps, waits)), SIM_OK, 6100 * US);
}

static void timer_waits_for_a_busy_loop_without_rounding(void **state)
{
    struct sim_model *m = *state;
    uint32_t sleeps = do_sleep(m, 0.0005), works = do_python(m, 0.0033);
    expect_end(m, do_gather(m, 0, STEPS(sleeps, works)), SIM_OK, 3300 * US);
}

static void poll_with_a_timeout_is_late_by_its_slack(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def def = costly();
    def.runtime.loop_iteration = 0;
    def.runtime.task_switch = 0;
    def.runtime.poll_slack = 157 * US;
    struct end end = end_with(m, &def, do_sleep(m, 0.001));
    assert_int_equal(end.after, 1157 * US);
}

// Of 1 ms by 100 us, of 10 by 370: of 4 ms by a third of the way more.
static void a_long_poll_is_late_by_more(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def def = costly();
    def.runtime.loop_iteration = 0;
    def.runtime.task_switch = 0;
    def.runtime.poll_slack = 100 * US;
    def.runtime.poll_slack_long = 370 * US;
    uint32_t sleeps = do_list(m, STEPS(do_sleep(m, 0.001), do_sleep(m, 0.004)));
    sleeps = do_list(m, STEPS(sleeps, do_sleep(m, 0.010), do_sleep(m, 0.050)));
    struct end end = end_with(m, &def, sleeps);
    assert_int_equal(end.after, (1100 + 4190 + 10370 + 50370) * US);
}

// ---- Timeouts ----

static void timeout_cancels_what_waits(void **state)
{
    struct sim_model *m = *state;
    expect_end(m, with_timeout(m, 0.005, do_io(m, 1)), SIM_TIMEOUT, 5 * MS);
}

static void timeout_is_a_timer_too(void **state)
{
    struct sim_model *m = *state;
    expect_end(m, with_timeout(m, 0.0052, do_io(m, 1)), SIM_TIMEOUT, 6 * MS);
}

static void timeout_is_late_on_a_blocked_loop(void **state)
{
    struct sim_model *m = *state;
    uint32_t waits = with_timeout(m, 0.005, do_io(m, 1)), works = do_python(m, 0.050);
    expect_end(m, do_gather(m, 0, STEPS(waits, works)), SIM_TIMEOUT, 50 * MS);
}

static void what_ended_before_the_loop_came_round_still_times_out(void **state)
{
    // The io ends at 6 ms and the timeout at 5; the loop sees both at 50: the socket comes first
    // into line, but the task has not gone on when the timeout cancels it.
    struct sim_model *m = *state;
    uint32_t waits = with_timeout(m, 0.005, do_io(m, 0.006)), works = do_python(m, 0.050);
    expect_end(m, do_gather(m, 0, STEPS(waits, works)), SIM_TIMEOUT, 50 * MS);
}

static void scope_left_in_time_is_not_timed_out(void **state)
{
    struct sim_model *m = *state;
    uint32_t quick = with_timeout(m, 0.005, do_io(m, 0.004));
    expect_end(m, do_list(m, STEPS(quick, do_io(m, 0.020))), SIM_OK, 24 * MS);
}

// ---- The nine behaviours of cancelling ----

// A request whose caller leaves after so many seconds and tells; then everything ends.
static struct sim_run *leave_after(struct sim_model *m, double seconds, uint32_t handler)
{
    struct sim_service_def def = loop_def("api");
    struct sim_call_def call = call_def("api");
    call.cancel = true;
    add_service(m, &def, handler);
    add_plain(m, "log", 10, do_io(m, 0));
    add_client(m, "users", burst(1, 0), with_timeout(m, seconds, do_call_as(m, &call)));
    return run_api(m);
}

// How often a step has been reached that calls "log".
static int64_t logged(const struct sim_run *run)
{
    return replica_total(run, 1, 0, SIM_ARRIVED);
}

// 1.
static void block_that_runs_is_not_interrupted(void **state)
{
    struct sim_model *m = *state;
    uint32_t handler = do_list(
        m, STEPS(do_python(m, 0.020), do_python(m, 0.020), do_io(m, 1), do_call(m, "log")));
    struct sim_run *run = leave_after(m, 0.010, handler);
    assert_int_equal(api_total(run, SIM_ENDED + SIM_CANCELLED), 1);
    assert_int_equal(api_time(run, SIM_IN_PYTHON), 40 * MS);
    assert_int_equal(api_time(run, SIM_IN_IO), 0);
    assert_int_equal(logged(run), 0);
    sim_run_close(run);
}

// 2. The group hears of the failure in the turn in which the gathered task would begin, and before it.
static void cancelled_before_it_runs_it_never_does(void **state)
{
    struct sim_model *m = *state;
    uint32_t body = do_list(m, STEPS(do_call(m, "log"), do_io(m, 1)));
    uint32_t group = do_group(m, STEPS(do_fail(m, 500), do_gather(m, 0, STEPS(body))));
    struct sim_run *run = leave_after(m, 5, do_list(m, STEPS(group)));
    assert_int_equal(api_total(run, SIM_ENDED + SIM_ERROR), 1);
    assert_int_equal(logged(run), 0);
    sim_run_close(run);
}

// 3.
static void swallowed_inside_a_timeout_there_is_no_timeout(void **state)
{
    struct sim_model *m = *state;
    uint32_t swallows = do_try(m, do_io(m, 1), SIM_CANCELLED, do_io(m, 0.010));
    expect_end(m, do_list(m, STEPS(with_timeout(m, 0.005, swallows), do_io(m, 0.001))),
               SIM_OK, 16 * MS);
}

// 4.
static void shielded_work_goes_on(void **state)
{
    struct sim_model *m = *state;
    uint32_t inner = do_list(m, STEPS(do_io(m, 0.020), do_call(m, "log")));
    struct sim_run *run = leave_after(m, 0.010, do_shield(m, inner));
    assert_int_equal(api_total(run, SIM_ENDED + SIM_CANCELLED), 1);
    assert_int_equal(api_time(run, SIM_IN_DEPENDENCY), 10 * MS);
    assert_int_equal(logged(run), 1);
    sim_run_close(run);
}

// 5.
static void group_cancels_the_others_and_waits_for_them(void **state)
{
    struct sim_model *m = *state;
    uint32_t fails = do_list(m, STEPS(do_io(m, 0.005), do_fail(m, 503)));
    uint32_t cleans = do_finally(m, do_io(m, 1), do_io(m, 0.030));
    expect_end(m, do_group(m, STEPS(cleans, fails)), SIM_ERROR, 35 * MS);
}

// TaskGroup hears of it by Task.add_done_callback, which is called in the next turn.
static void who_is_about_to_run_when_one_fails_still_does(void **state)
{
    struct sim_model *m = *state;
    uint32_t body = do_list(m, STEPS(do_call(m, "log"), do_io(m, 1), do_call(m, "log")));
    uint32_t group = do_group(m, STEPS(do_io(m, 1), do_fail(m, 500), body));
    struct sim_run *run = leave_after(m, 5, do_list(m, STEPS(group)));
    assert_int_equal(api_total(run, SIM_ENDED + SIM_ERROR), 1);
    assert_int_equal(logged(run), 1);
    sim_run_close(run);
}

// Who waits in a group that is cancelled is woken in the next turn, and cancels its tasks then
// (TaskGroup.__aexit__): a sleep that was over before, behind a block, has been followed by then. The
// orders are those of CPython 3.11.
static void task_whose_sleep_is_over_goes_on_before_its_group_is_cancelled(void **state)
{
    struct sim_model *m = *state;
    uint32_t after = do_list(m, STEPS(do_sleep(m, 0.080), do_call(m, "log"), do_io(m, 1)));
    uint32_t blocks = do_list(m, STEPS(do_blocking(m, do_sleep(m, 0.150)), do_io(m, 1)));
    uint32_t group = do_group(m, STEPS(after, blocks));
    struct sim_run *run =
        leave_after(m, 5, do_list(m, STEPS(with_timeout(m, 0.100, group))));
    assert_int_equal(api_total(run, SIM_ENDED + SIM_TIMEOUT), 1);
    assert_int_equal(logged(run), 1);
    sim_run_close(run);
}

static void gathered_task_does_not(void **state)
{
    struct sim_model *m = *state;
    uint32_t after = do_list(m, STEPS(do_sleep(m, 0.080), do_call(m, "log"), do_io(m, 1)));
    uint32_t blocks = do_list(m, STEPS(do_blocking(m, do_sleep(m, 0.150)), do_io(m, 1)));
    uint32_t both = do_gather(m, 0, STEPS(after, blocks));
    struct sim_run *run =
        leave_after(m, 5, do_list(m, STEPS(with_timeout(m, 0.100, both))));
    assert_int_equal(api_total(run, SIM_ENDED + SIM_TIMEOUT), 1);
    assert_int_equal(logged(run), 0);
    sim_run_close(run);
}

static void task_of_a_group_within_a_group_begins_before_it_is_cancelled(void **state)
{
    struct sim_model *m = *state;
    uint32_t body = do_list(m, STEPS(do_call(m, "log"), do_io(m, 1), do_call(m, "log")));
    uint32_t group = do_group(m, STEPS(do_fail(m, 500), do_group(m, STEPS(body))));
    struct sim_run *run = leave_after(m, 5, do_list(m, STEPS(group)));
    assert_int_equal(api_total(run, SIM_ENDED + SIM_ERROR), 1);
    assert_int_equal(logged(run), 1);
    sim_run_close(run);
}

static void group_of_which_none_fails_ends_with_the_last(void **state)
{
    struct sim_model *m = *state;
    expect_end(m, do_group(m, STEPS(do_io(m, 0.005), do_io(m, 0.009))), SIM_OK, 9 * MS);
}

// 6.
static void gather_raises_at_once_and_the_others_go_on(void **state)
{
    struct sim_model *m = *state;
    uint32_t fails = do_list(m, STEPS(do_io(m, 0.005), do_fail(m, 503)));
    uint32_t other = do_list(m, STEPS(do_io(m, 0.020), do_call(m, "log")));
    struct sim_run *run = leave_after(m, 5, do_gather(m, 0, STEPS(other, fails)));
    struct end end = end_of(run, 0);
    assert_int_equal(end.outcome, SIM_ERROR);
    assert_int_equal(end.after, 5 * MS);
    assert_int_equal(logged(run), 1);
    sim_run_close(run);
}

static void gather_that_is_cancelled_cancels_all(void **state)
{
    struct sim_model *m = *state;
    uint32_t gives_back = do_list(m, STEPS(do_io(m, 0.030), do_call(m, "log")));
    uint32_t cleans = do_finally(m, do_io(m, 1), gives_back);
    uint32_t other = do_list(m, STEPS(do_io(m, 1), do_call(m, "log")));
    struct sim_run *run = leave_after(m, 0.010, do_gather(m, 0, STEPS(cleans, other)));
    assert_int_equal(api_total(run, SIM_ENDED + SIM_CANCELLED), 1);
    assert_int_equal(api_time(run, SIM_IN_DEPENDENCY),
                     10 * MS);        // the other has no more to do
    assert_int_equal(logged(run), 1); // for nobody
    sim_run_close(run);
}

// As CPython 3.11 does it, with the same durations: a timeout of 50 ms around a gather whose branches take
// 100, 30 and 200 ms to end once they are cancelled.
static uint32_t cleans_for(struct sim_model *m, double s)
{
    return do_finally(m, do_io(m, 1), do_io(m, s));
}

static uint32_t swallows_for(struct sim_model *m, double s)
{
    return do_try(m, do_io(m, 1), SIM_CANCELLED, do_io(m, s));
}

static void gather_that_is_cancelled_ends_with_the_first_that_is(void **state)
{
    struct sim_model *m = *state;
    uint32_t branches =
        do_gather(m, 0, STEPS(cleans_for(m, 0.1), cleans_for(m, 0.03), cleans_for(m, 0.2)));
    expect_end(m, with_timeout(m, 0.050, branches), SIM_TIMEOUT, 80 * MS);
}

static void branch_that_swallows_a_cancellation_does_not_end_its_gather(void **state)
{
    struct sim_model *m = *state;
    uint32_t branches = do_gather(
        m, 0, STEPS(cleans_for(m, 0.1), swallows_for(m, 0.03), cleans_for(m, 0.2)));
    expect_end(m, with_timeout(m, 0.050, branches), SIM_TIMEOUT, 150 * MS);
}

static void gather_of_which_all_swallow_it_is_cancelled_at_the_end(void **state)
{
    struct sim_model *m = *state;
    uint32_t branches =
        do_gather(m, 0, STEPS(swallows_for(m, 0.1), swallows_for(m, 0.03), do_io(m, 0.01)));
    expect_end(m, with_timeout(m, 0.050, branches), SIM_TIMEOUT, 150 * MS);
}

static void error_of_a_branch_that_is_cancelled_is_that_of_its_gather(void **state)
{
    struct sim_model *m = *state;
    uint32_t breaks = do_list(m, STEPS(do_io(m, 0.03), do_fail(m, 503)));
    uint32_t fails = do_try(m, do_io(m, 1), SIM_CANCELLED, breaks);
    uint32_t branches = do_gather(m, 0, STEPS(cleans_for(m, 0.1), fails));
    expect_end(m, with_timeout(m, 0.050, branches), SIM_ERROR, 80 * MS);
}

// 7.
static void only_the_timeout_that_is_over_makes_one_of_it(void **state)
{
    struct sim_model *m = *state;
    uint32_t inner = with_timeout(m, 0.050, do_io(m, 1));
    uint32_t caught = do_try(m, inner, SIM_TIMEOUT, do_io(m, 0.500)); // not this one
    expect_end(m, with_timeout(m, 0.010, caught), SIM_TIMEOUT, 10 * MS);
}

static void inner_timeout_is_caught_inside(void **state)
{
    struct sim_model *m = *state;
    uint32_t inner = with_timeout(m, 0.010, do_io(m, 1));
    uint32_t caught = do_try(m, inner, SIM_TIMEOUT, do_io(m, 0.005));
    expect_end(m, with_timeout(m, 0.050, caught), SIM_OK, 15 * MS);
}

static void caller_that_leaves_is_no_timeout(void **state)
{
    // Both ask: the caller at 10 ms, the timeout at 20, while the task cleans up.
    struct sim_model *m = *state;
    uint32_t cleans = do_finally(m, do_io(m, 1), do_io(m, 0.030));
    struct sim_run *run = leave_after(m, 0.010, with_timeout(m, 0.020, cleans));
    assert_int_equal(api_total(run, SIM_ENDED + SIM_CANCELLED), 1);
    assert_int_equal(api_total(run, SIM_ENDED + SIM_TIMEOUT), 0);
    assert_int_equal(api_time(run, SIM_IN_IO), 20 * MS); // 9.
    sim_run_close(run);
}

// 8.
static void thread_that_is_abandoned_keeps_its_place(void **state)
{
    struct sim_model *m = *state;
    const struct sim_pool_def one = sim_pool_default(SIM_POOL_THREADS, 1);
    uint32_t pool = sim_model_pool(m, &one);
    uint32_t body = do_list(m, STEPS(do_io(m, 0.020), do_call(m, "log")));
    uint32_t given_up = with_timeout(m, 0.005, do_offload(m, pool, body));
    uint32_t next = do_offload(m, pool, do_io(m, 0.001));
    uint32_t caught = do_try(m, given_up, SIM_TIMEOUT, next);
    struct sim_run *run = leave_after(m, 5, caught);
    struct end end = end_of(run, 0);
    assert_int_equal(end.outcome, SIM_OK);
    assert_int_equal(end.after, 21 * MS); // the thread is free at 20
    assert_int_equal(logged(run), 1);
    sim_run_close(run);
}

// 9.
static void second_cancellation_interrupts_the_cleanup(void **state)
{
    struct sim_model *m = *state;
    uint32_t cleanup = do_list(m, STEPS(do_io(m, 1), do_call(m, "log")));
    uint32_t inner = with_timeout(m, 0.005, do_finally(m, do_io(m, 1), cleanup));
    struct sim_run *run = leave_after(m, 0.010, inner);
    assert_int_equal(api_total(run, SIM_ENDED + SIM_CANCELLED), 1);
    assert_int_equal(api_time(run, SIM_IN_IO), 10 * MS);
    assert_int_equal(logged(run), 0);
    sim_run_close(run);
}

// ---- What cancelling leaves behind ----

static void cancelled_visit_cleans_up_and_is_no_ghost(void **state)
{
    struct sim_model *m = *state;
    uint32_t handler = do_finally(m, do_io(m, 1), do_python(m, 0.003));
    struct sim_run *run = leave_after(m, 0.010, handler);
    assert_int_equal(api_total(run, SIM_ENDED + SIM_CANCELLED), 1);
    assert_int_equal(api_time(run, SIM_IN_PYTHON), 3 * MS);
    assert_int_equal(api_total(run, SIM_GHOSTS), 0);
    sim_run_close(run);
}

static void swallowed_cancellation_is_ghost_work(void **state)
{
    struct sim_model *m = *state;
    uint32_t handler = do_list(m, STEPS(do_try_any(m, do_io(m, 1), do_list(m, 0, NULL)),
                                        do_io(m, 0.020), do_call(m, "log")));
    struct sim_run *run = leave_after(m, 0.010, handler);
    assert_int_equal(api_total(run, SIM_ENDED + SIM_OK), 1);
    assert_int_equal(api_total(run, SIM_GHOSTS), 1);
    assert_int_equal(api_total(run, SIM_GHOST_NS), 30 * MS);
    assert_int_equal(logged(run), 1);
    sim_run_close(run);
}

static void word_of_the_caller_travels(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def def = loop_def("api");
    struct sim_call_def call = call_def("api");
    call.cancel = true;
    call.cancel_delay = 7 * MS;
    add_service(m, &def, do_io(m, 1));
    add_client(m, "users", burst(1, 0), with_timeout(m, 0.010, do_call_as(m, &call)));
    struct sim_run *run = run_api(m);
    assert_int_equal(api_total(run, SIM_ENDED + SIM_CANCELLED), 1);
    assert_int_equal(api_time(run, SIM_IN_IO), 17 * MS);
    sim_run_close(run);
}

static void word_for_who_has_ended_is_for_nobody(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def def = loop_def("api");
    struct sim_call_def call = call_def("api");
    call.cancel = true;
    call.cancel_delay = 20 * MS;
    add_service(m, &def, do_io(m, 0.015));
    uint32_t first = with_timeout(m, 0.010, do_call_as(m, &call));
    uint32_t again =
        do_list(m, STEPS(do_try_any(m, first, do_io(m, 0.010)), do_call(m, "api")));
    add_client(m, "users", burst(1, 0), again);
    struct sim_run *run = run_api(m);
    assert_int_equal(api_total(run, SIM_ENDED + SIM_OK), 2);
    sim_run_close(run);
}

static void semaphore_waiter_that_is_cancelled_is_out_of_line(void **state)
{
    struct sim_model *m = *state;
    uint32_t gate = sim_model_semaphore(m, "gate", 1);
    uint32_t holds = with_semaphore(m, gate, do_io(m, 0.020));
    uint32_t gives_up =
        do_try(m, with_timeout(m, 0.005, with_semaphore(m, gate, do_io(m, 1))), SIM_TIMEOUT,
               do_io(m, 0.001));
    uint32_t waits =
        do_list(m, STEPS(do_io(m, 0.001), with_semaphore(m, gate, do_io(m, 0.010))));
    expect_end(m, do_gather(m, 0, STEPS(holds, gives_up, waits)), SIM_OK, 30 * MS);
}

static void retry_waits_by_the_clock(void **state)
{
    struct sim_model *m = *state;
    struct sim_retry twice = fixed_retry(2, 0.0015);
    uint32_t fails = do_list(m, STEPS(do_io(m, 0.001), do_fail(m, 500)));
    expect_end(m, with_retry(m, &twice, fails), SIM_ERROR, 4 * MS); // 1 + 2 + 1
}

// ---- Tasks beside ----

static void spawned_task_goes_on_beside(void **state)
{
    struct sim_model *m = *state;
    uint32_t beside = do_spawn(m, do_list(m, STEPS(do_io(m, 0.020), do_call(m, "log"))));
    struct sim_run *run = leave_after(m, 5, do_list(m, STEPS(beside, do_io(m, 0.001))));
    struct end end = end_of(run, 0);
    assert_int_equal(end.outcome, SIM_OK);
    assert_int_equal(end.after, 1 * MS);
    assert_int_equal(logged(run), 1);
    sim_run_close(run);
}

// ---- The GIL and cores ----

static void loop_has_one_core_at_most(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def def = loop_def("api");
    def.cores = 4;
    struct sim_service_def native = def;
    add_service(m, &native, do_native(m, 0.010));
    add_client(m, "users", burst(4, 0), do_call(m, "api"));
    struct sim_run *run = run_api(m);
    struct sim_hist *h = client_latencies(run, 0);
    assert_in_range(sim_hist_max(h), 40 * MS, 40 * MS + 400 * US);
    free(h);
    sim_run_close(run);
}

// A thread of the process computes; each turn of the loop gives the lock up, and waits an
// interval to have it again.
static void busy_threads_take_the_gil_at_the_poll(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def def = loop_def("api");
    def.cores = 2;
    def.has_runtime = true;
    def.runtime = ideal_gil(5 * MS);
    uint32_t computes = do_offload(m, 0, do_python(m, 0.100));
    uint32_t waits = do_times(m, 3, do_io(m, 0.001));
    add_service(m, &def, do_gather(m, 1, STEPS(computes, waits)));
    add_client(m, "users", burst(1, 0), do_call(m, "api"));
    struct sim_run *run = run_api(m);
    struct end end = end_of(run, 0);
    // Three waits of 1 ms, and each time an interval for the lock: not 3 ms and not 100.
    assert_in_range(end.after, 3 * 6 * MS, 3 * 6 * MS + 12 * MS);
    sim_run_close(run);
}

// ---- The probe, and what a loop counts ----

static sim_time lag(const struct sim_run *run, double q)
{
    struct sim_hist *h = calloc(1, sizeof *h);
    const struct sim_meter *meter = sim_run_loop_meter(run, 0, 0);
    uint32_t windows;
    sim_run_window_edges(run, &windows);
    sim_meter_add_hist(meter, 0, windows, h);
    sim_time x = q < 1 ? sim_hist_quantile(h, q) : sim_hist_max(h);
    free(h);
    return x;
}

static struct sim_run *run_probed(struct sim_model *m, uint32_t handler, double rate)
{
    struct sim_service_def def = loop_def("api");
    def.executor.probe = 10 * MS;
    add_service(m, &def, handler);
    add_client(m, "users", steady(m, rate), do_call(m, "api"));
    return run_api(m);
}

static void idle_loop_has_no_lag(void **state)
{
    struct sim_run *run = run_probed(*state, do_io(*state, 0.001), 1);
    assert_int_equal(lag(run, 1), 0);
    sim_run_close(run);
}

// 50 ms of each 500 are blocked: of the 50 beats in them four are late, by 40, 30, 20, 10 ms.
static void probe_sees_a_blocked_loop(void **state)
{
    struct sim_model *m = *state;
    struct sim_run *run = run_probed(m, do_blocking(m, do_io(m, 0.050)), 2);
    assert_int_equal(lag(run, 0.5), 0);
    assert_int_equal(lag(run, 0.91), 0);
    assert_in_range(lag(run, 0.93), 9900 * US, 10100 * US);
    assert_int_equal(lag(run, 1), 40 * MS);
    sim_run_close(run);
}

// Three requests of 50 ms, each of which comes while the one before it computes. The second runs
// while the beat of 1.010 waits, which is seen at 1.105. Then the third is brought by one turn and
// runs in the next, so that two more beats are seen before it, and that of 1.040 after it, at 1.155.
static void probe_makes_up_for_one_beat_a_turn(void **state)
{
    const double at[] = { 1.005, 1.015, 1.060 };
    struct sim_model *m = *state;
    struct sim_service_def def = loop_def("api");
    def.executor.probe = 10 * MS;
    add_service(m, &def, do_python(m, 0.050));
    add_client(m, "users", replay(m, at, 3), do_call(m, "api"));
    struct sim_run *run = run_api(m);
    assert_int_equal(lag(run, 1), 115 * MS);
    sim_run_close(run);
}

static void slow_callbacks_are_counted(void **state)
{
    struct sim_model *m = *state;
    uint32_t route = do_mix(m, 0.5, do_python(m, 0.100), do_python(m, 0.0999));
    struct sim_run *run = run_probed(m, route, 5);
    const struct sim_meter *loop = sim_run_loop_meter(run, 0, 0);
    int64_t slow = loop->counts[SIM_LOOP_SLOW];
    int64_t python = api_time(run, SIM_IN_PYTHON);
    assert_int_equal(python - 50 * 99900 * US, slow * 100 * US);
    assert_true(slow > 5 && slow < 45);
    assert_int_equal(loop->counts[SIM_LOOP_BUSY_NS], python);
    sim_run_close(run);
}

static void thread_service_has_no_loop(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 1, do_io(m, 0.001));
    add_client(m, "users", burst(1, 0), do_call(m, "api"));
    struct sim_run *run = run_api(m);
    assert_null(sim_run_loop_meter(run, 0, 0));
    sim_run_close(run);
}

// ---- What the linter says ----

static void count_remark(void *ctx, int line, const char *text)
{
    (void)line;
    if (strstr(text, "a blocking step on the event loop of \"api\""))
        ++*(int *)ctx;
}

static void linter_remarks_on_blocking_steps_of_loops_only(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def def = loop_def("api");
    int remarks = 0;
    uint32_t blocks = do_blocking(m, do_io(m, 0.001));
    uint32_t deep = do_finally(m, do_mix(m, 0.5, blocks, do_io(m, 0.001)), do_io(m, 0.001));
    add_service(m, &def, do_list(m, STEPS(deep, do_offload(m, 0, blocks))));
    add_plain(m, "db", 1, blocks);
    add_client(m, "users", burst(1, 0), do_call(m, "api"));
    world_seal(m);
    sim_model_lint(m, count_remark, &remarks);
    assert_int_equal(remarks, 1);
}

// ---- Limits, crashes, pauses ----

static void limit_keeps_others_in_line(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def def = loop_def("api");
    def.executor.workers = 2;
    def.executor.capacity = 3;
    add_service(m, &def, do_io(m, 0.010));
    add_client(m, "users", burst(6, 0), do_call(m, "api"));
    struct sim_run *run = run_api(m);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 5);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_REJECTED), 1);
    assert_int_equal(api_time(run, SIM_IN_QUEUE), (10 + 10 + 20) * MS);
    sim_run_close(run);
}

static struct sim_run *with_fault(struct sim_model *m, enum sim_fault_kind kind,
                                  double from, double to)
{
    struct sim_service_def def = loop_def("api");
    struct sim_fault f = { .kind = kind,
                           .target = { 0, SIM_NONE, SIM_NONE },
                           .begin = (sim_time)(from * SIM_S),
                           .end = (sim_time)(to * SIM_S) };
    def.executor.probe = 10 * MS;
    uint32_t row =
        do_list(m, STEPS(do_python(m, 0.003), do_sleep(m, 0.004), do_python(m, 0.002)));
    add_service(m, &def, row);
    add_client(m, "users", burst(4, 0), do_call(m, "api"));
    add_client(m, "late", burst(1, 5 * (sim_time)SIM_S), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_faulted(m, 1, &f, 1);
    assert_true(sim_run_books(run).balanced);
    return run;
}

static void crash_ends_all_tasks_and_the_loop_begins_anew(void **state)
{
    struct sim_run *run = with_fault(*state, SIM_FAULT_CRASH, 0.005, 1);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_ERROR), 4);
    assert_int_equal(client_total(run, 1, SIM_ENDED + SIM_OK), 1);
    assert_int_equal(api_time(run, SIM_IN_PYTHON), 5 * MS + 5 * MS);
    sim_run_close(run);
}

static void pause_stops_the_loop_and_loses_nothing(void **state)
{
    struct sim_run *run = with_fault(*state, SIM_FAULT_PAUSE, 0.005, 1);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 4);
    assert_int_equal(client_total(run, 1, SIM_ENDED + SIM_OK), 1);
    assert_int_equal(api_time(run, SIM_IN_PYTHON), 25 * MS);
    sim_run_close(run);
}

// One request, and these faults from their begin on.
static struct sim_run *one_with(struct sim_model *m, uint32_t handler, uint32_t step,
                                const struct sim_fault *faults, uint32_t n)
{
    struct sim_service_def def = loop_def("api");
    add_service(m, &def, handler);
    add_client(m, "users", burst(1, 0), step);
    world_seal(m);
    struct sim_run *run = run_faulted(m, 1, faults, n);
    assert_true(sim_run_books(run).balanced);
    return run;
}

static struct sim_fault fault_at(enum sim_fault_kind kind, sim_time at)
{
    return (struct sim_fault){
        .kind = kind, .target = { 0, SIM_NONE, SIM_NONE }, .begin = at, .end = SIM_NEVER
    };
}

static sim_time all_time(const struct sim_run *run)
{
    sim_time sum = 0;
    for (uint32_t cause = 0; cause < SIM_CAUSES; cause++)
        sum += api_time(run, (enum sim_cause)cause);
    return sum;
}

// The process dies before the word arrives.
static void word_for_a_process_that_is_gone_is_no_work(void **state)
{
    struct sim_model *m = *state;
    const struct sim_fault f = fault_at(SIM_FAULT_CRASH, 15 * MS);
    struct sim_call_def call = call_def("api");
    call.cancel = true;
    call.cancel_delay = 20 * MS;
    struct sim_run *run =
        one_with(m, do_io(m, 1), with_timeout(m, 0.010, do_call_as(m, &call)), &f, 1);
    assert_int_equal(api_time(run, SIM_IN_IO), 15 * MS);
    assert_int_equal(all_time(run), 15 * MS);
    sim_run_close(run);
}

static void crash_in_a_blocking_step_ends_the_wait_for_what_it_was(void **state)
{
    struct sim_model *m = *state;
    const struct sim_fault f = fault_at(SIM_FAULT_CRASH, 5 * MS);
    struct sim_run *run =
        one_with(m, do_blocking(m, do_io(m, 0.010)), do_call(m, "api"), &f, 1);
    assert_int_equal(api_time(run, SIM_IN_IO), 5 * MS);
    assert_int_equal(all_time(run), 5 * MS);
    sim_run_close(run);
}

// What it waited for came while the process stood still.
static void crash_of_a_paused_loop_charges_no_time_twice(void **state)
{
    struct sim_model *m = *state;
    const struct sim_fault f[] = { fault_at(SIM_FAULT_PAUSE, 5 * MS),
                                   fault_at(SIM_FAULT_CRASH, 30 * MS) };
    struct sim_run *run =
        one_with(m, do_blocking(m, do_io(m, 0.010)), do_call(m, "api"), f, 2);
    assert_int_equal(api_time(run, SIM_IN_IO), 10 * MS);
    assert_int_equal(api_time(run, SIM_IN_PAUSE), 20 * MS);
    assert_int_equal(all_time(run), 30 * MS);
    sim_run_close(run);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(steps_follow_one_another),
        TEST(task_runs_until_it_waits),
        TEST(awaits_overlap),
        TEST(blocking_step_stops_the_loop),
        TEST(blocking_call_stops_the_loop),
        TEST(what_comes_by_the_poll_takes_two_turns),
        TEST(making_a_task_costs),
        TEST(callbacks_cost_more_among_many_tasks),
        TEST(sleep_is_rounded_up_by_the_poll),
        TEST(short_sleep_takes_a_millisecond),
        TEST(whole_milliseconds_stay),
        TEST(socket_ends_the_poll_at_once),
        TEST(rounding_counts_from_the_poll),
        TEST(timer_waits_for_a_busy_loop_without_rounding),
        TEST(poll_with_a_timeout_is_late_by_its_slack),
        TEST(a_long_poll_is_late_by_more),
        TEST(timeout_cancels_what_waits),
        TEST(timeout_is_a_timer_too),
        TEST(timeout_is_late_on_a_blocked_loop),
        TEST(what_ended_before_the_loop_came_round_still_times_out),
        TEST(scope_left_in_time_is_not_timed_out),
        TEST(block_that_runs_is_not_interrupted),
        TEST(cancelled_before_it_runs_it_never_does),
        TEST(swallowed_inside_a_timeout_there_is_no_timeout),
        TEST(shielded_work_goes_on),
        TEST(group_cancels_the_others_and_waits_for_them),
        TEST(who_is_about_to_run_when_one_fails_still_does),
        TEST(task_whose_sleep_is_over_goes_on_before_its_group_is_cancelled),
        TEST(gathered_task_does_not),
        TEST(task_of_a_group_within_a_group_begins_before_it_is_cancelled),
        TEST(group_of_which_none_fails_ends_with_the_last),
        TEST(gather_raises_at_once_and_the_others_go_on),
        TEST(gather_that_is_cancelled_cancels_all),
        TEST(gather_that_is_cancelled_ends_with_the_first_that_is),
        TEST(branch_that_swallows_a_cancellation_does_not_end_its_gather),
        TEST(gather_of_which_all_swallow_it_is_cancelled_at_the_end),
        TEST(error_of_a_branch_that_is_cancelled_is_that_of_its_gather),
        TEST(only_the_timeout_that_is_over_makes_one_of_it),
        TEST(inner_timeout_is_caught_inside),
        TEST(caller_that_leaves_is_no_timeout),
        TEST(second_cancellation_interrupts_the_cleanup),
        TEST(cancelled_visit_cleans_up_and_is_no_ghost),
        TEST(swallowed_cancellation_is_ghost_work),
        TEST(word_of_the_caller_travels),
        TEST(word_for_who_has_ended_is_for_nobody),
        TEST(semaphore_waiter_that_is_cancelled_is_out_of_line),
        TEST(retry_waits_by_the_clock),
        TEST(spawned_task_goes_on_beside),
        TEST(loop_has_one_core_at_most),
        TEST(idle_loop_has_no_lag),
        TEST(probe_sees_a_blocked_loop),
        TEST(probe_makes_up_for_one_beat_a_turn),
        TEST(slow_callbacks_are_counted),
        TEST(thread_service_has_no_loop),
        TEST(linter_remarks_on_blocking_steps_of_loops_only),
        TEST(thread_that_is_abandoned_keeps_its_place),
        TEST(busy_threads_take_the_gil_at_the_poll),
        TEST(limit_keeps_others_in_line),
        TEST(crash_ends_all_tasks_and_the_loop_begins_anew),
        TEST(pause_stops_the_loop_and_loses_nothing),
        TEST(word_for_a_process_that_is_gone_is_no_work),
        TEST(crash_in_a_blocking_step_ends_the_wait_for_what_it_was),
        TEST(crash_of_a_paused_loop_charges_no_time_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
