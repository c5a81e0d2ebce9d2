#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/worlds.h"

// How calls end, and what goes on behind the caller's back. All figures are worked out by
// hand: works take constant times, so every instant is known.

#define MS (sim_time) SIM_MS

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

static struct sim_run *whole(struct sim_model *m)
{
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    assert_true(sim_run_books(run).balanced);
    return run;
}

static int64_t time_of(const struct sim_run *run, uint32_t client, enum sim_cause cause)
{
    return client_total(run, client, SIM_TIME + (uint32_t)cause);
}

static int64_t ended(const struct sim_run *run, enum sim_outcome outcome)
{
    return client_total(run, 0, SIM_ENDED + (uint32_t)outcome);
}

// ---- A completion at the instant of its timeout ----

static void expect_close_race(struct sim_model *m, uint32_t step, double seconds,
                              enum sim_outcome want)
{
    add_client(m, "users", burst(1, 0), with_timeout(m, seconds, step));
    struct sim_run *run = whole(m);
    assert_int_equal(ended(run, want), 1);
    sim_run_close(run);
}

static void io_done_at_the_instant_of_the_timeout_wins(void **state)
{
    add_plain(*state, "api", 1, do_io(*state, 0.010));
    expect_close_race(*state, do_call(*state, "api"), 0.010, SIM_OK);
}

static void io_done_a_nanosecond_later_loses(void **state)
{
    add_plain(*state, "api", 1, do_io(*state, 0.010));
    expect_close_race(*state, do_call(*state, "api"), 0.009999999, SIM_TIMEOUT);
}

static void native_done_at_the_instant_of_the_timeout_wins(void **state)
{
    add_plain(*state, "api", 1, do_native(*state, 0.010));
    expect_close_race(*state, do_call(*state, "api"), 0.010, SIM_OK);
}

static void native_done_a_nanosecond_later_loses(void **state)
{
    add_plain(*state, "api", 1, do_native(*state, 0.010));
    expect_close_race(*state, do_call(*state, "api"), 0.009999999, SIM_TIMEOUT);
}

static void answer_through_two_services_at_the_instant_wins(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "db", 1, do_io(m, 0.004));
    add_plain(m, "api", 1,
              do_list(m, STEPS(do_io(m, 0.003), do_call(m, "db"), do_io(m, 0.003))));
    expect_close_race(m, do_call(m, "api"), 0.010, SIM_OK);
}

static void answer_over_slow_links_at_the_instant_wins(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 1, do_io(m, 0.008));
    struct sim_link_def link = { .to = "api", .latency = number(m, 0.001) };
    sim_model_link(m, &link);
    expect_close_race(m, do_call(m, "api"), 0.010, SIM_OK);
}

// Both timeouts are due when the answer comes.
static void nested_timeouts_of_one_instant_both_lose(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 1, do_io(m, 0.010));
    expect_close_race(m, with_timeout(m, 0.010, do_call(m, "api")), 0.010, SIM_OK);
}

static void own_io_at_the_instant_of_the_timeout_wins(void **state)
{
    struct sim_model *m = *state;
    expect_close_race(m, do_io(m, 0.010), 0.010, SIM_OK);
}

// ---- Retries and timeouts, one around the other ----

static void failing_api(struct sim_model *m)
{
    add_plain(m, "api", 10, do_list(m, STEPS(do_io(m, 0.040), do_fail(m, 503))));
}

static void timeout_outside_retry_is_for_all_attempts(void **state)
{
    struct sim_model *m = *state;
    failing_api(m);
    struct sim_retry r = fixed_retry(5, 0.010);
    add_client(m, "users", burst(1, 0),
               with_timeout(m, 0.095, with_retry(m, &r, do_call(m, "api"))));
    struct sim_run *run = whole(m);
    const struct sim_meter *edge = sim_run_edge_meter(run, 0, 0);
    assert_int_equal(ended(run, SIM_TIMEOUT), 1);
    assert_int_equal(edge->counts[SIM_ARRIVED], 1);
    assert_int_equal(edge->counts[SIM_ATTEMPTED], 2);
    assert_int_equal(edge->counts[SIM_ENDED + SIM_ERROR], 2);
    assert_int_equal(time_of(run, 0, SIM_IN_BACKOFF), 15 * MS);
    assert_int_equal(time_of(run, 0, SIM_IN_DEPENDENCY), 80 * MS);
    assert_int_equal(replica_total(run, 0, 0, SIM_ARRIVED), 2);
    sim_run_close(run);
}

static void timeout_inside_retry_is_for_each_attempt(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 10, do_io(m, 0.040));
    struct sim_retry r = fixed_retry(3, 0.010);
    add_client(m, "users", burst(1, 0),
               with_retry(m, &r, with_timeout(m, 0.030, do_call(m, "api"))));
    struct sim_run *run = whole(m);
    const struct sim_meter *edge = sim_run_edge_meter(run, 0, 0);
    assert_int_equal(ended(run, SIM_TIMEOUT), 1);
    assert_int_equal(edge->counts[SIM_ARRIVED], 1);
    assert_int_equal(edge->counts[SIM_ATTEMPTED], 3);
    assert_int_equal(edge->counts[SIM_ENDED + SIM_TIMEOUT], 3);
    assert_int_equal(time_of(run, 0, SIM_IN_BACKOFF), 20 * MS);
    assert_int_equal(time_of(run, 0, SIM_IN_DEPENDENCY), 90 * MS);
    sim_run_close(run);
}

// Each attempt ends as exactly one thing, as its caller sees it.
static void attempts_end_as_their_caller_sees_them(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 10, do_io(m, 0.040));
    sim_model_link(m, &(struct sim_link_def){ .to = "api", .latency = number(m, 0.005) });
    // 47 ms: done at 45, but the answer needs until 50.
    add_client(m, "a", burst(1, 0), with_timeout(m, 0.047, do_call(m, "api")));
    add_client(m, "b", burst(1, 0), with_timeout(m, 0.050, do_call(m, "api")));
    add_client(m, "c", burst(1, 9970 * MS), do_call(m, "api"));
    struct sim_run *run = whole(m);
    const struct sim_meter *a = sim_run_edge_meter(run, 0, 0);
    const struct sim_meter *b = sim_run_edge_meter(run, 1, 0);
    const struct sim_meter *c = sim_run_edge_meter(run, 2, 0);
    assert_int_equal(a->counts[SIM_ENDED + SIM_TIMEOUT], 1);
    assert_int_equal(a->counts[SIM_ENDED + SIM_OK], 0);
    assert_int_equal(b->counts[SIM_ENDED + SIM_OK], 1);
    assert_int_equal(b->counts[SIM_ENDED + SIM_TIMEOUT], 0);
    for (uint32_t o = 0; o < SIM_OUTCOMES; o++)
        assert_int_equal(c->counts[SIM_ENDED + o], 0);
    sim_run_close(run);
}

static void retry_that_meets_success_stops(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 1, do_io(m, 0.040)); // the first attempt holds the only worker
    struct sim_retry r = fixed_retry(10, 0);
    add_client(m, "users", burst(1, 0),
               with_retry(m, &r, with_timeout(m, 0.050, do_call(m, "api"))));
    struct sim_run *run = whole(m);
    assert_int_equal(ended(run, SIM_OK), 1);
    assert_int_equal(sim_run_edge_meter(run, 0, 0)->counts[SIM_ATTEMPTED], 1);
    sim_run_close(run);
}

// ---- Abandoned work ----

static void abandoned_work_goes_on_as_a_ghost(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 1, do_io(m, 0.050));
    add_client(m, "users", burst(2, 0), with_timeout(m, 0.020, do_call(m, "api")));
    struct sim_run *run = whole(m);
    const struct sim_meter *api = sim_run_replica_meter(run, 0, 0);
    assert_int_equal(ended(run, SIM_TIMEOUT), 2);
    assert_int_equal(api->counts[SIM_ENDED + SIM_OK], 2);
    assert_int_equal(api->counts[SIM_GHOSTS], 2);
    assert_int_equal(api->counts[SIM_GHOST_NS], (50 + 100) * MS);
    assert_true(api->areas[SIM_BUSY_AREA] == (sim_wide)(100 * MS));
    assert_true(api->areas[SIM_QUEUED_AREA] == (sim_wide)(50 * MS));
    sim_run_close(run);
}

static void work_that_is_waited_for_is_no_ghost(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 1, do_io(m, 0.050));
    add_client(m, "users", burst(2, 0), with_timeout(m, 0.100, do_call(m, "api")));
    struct sim_run *run = whole(m);
    assert_int_equal(ended(run, SIM_OK), 2);
    assert_int_equal(replica_total(run, 0, 0, SIM_GHOSTS), 0);
    assert_int_equal(replica_total(run, 0, 0, SIM_GHOST_NS), 0);
    sim_run_close(run);
}

static void drop_expired_spares_the_work_nobody_waits_for(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def api = service_def("api", 1);
    api.executor.drop_expired = true;
    add_service(m, &api, do_io(m, 0.050));
    add_client(m, "users", burst(3, 0), with_timeout(m, 0.020, do_call(m, "api")));
    struct sim_run *run = whole(m);
    const struct sim_meter *meter = sim_run_replica_meter(run, 0, 0);
    assert_int_equal(ended(run, SIM_TIMEOUT), 3);
    assert_int_equal(meter->counts[SIM_ENDED + SIM_OK], 1);
    assert_true(meter->areas[SIM_BUSY_AREA] == (sim_wide)(50 * MS));
    int64_t all = 0;
    for (uint32_t o = 0; o < SIM_OUTCOMES; o++)
        all += meter->counts[SIM_ENDED + o];
    assert_int_equal(all, 3);
    sim_run_close(run);
}

// Two at once, one worker: the second stands in line when both callers give up at 20 ms.
static struct sim_run *run_cancelled(struct sim_model *m, sim_time delay, uint32_t max_wait)
{
    struct sim_service_def api = service_def("api", 1);
    api.executor.max_wait = max_wait;
    add_service(m, &api, do_io(m, 0.050));
    struct sim_call_def call = call_def("api");
    call.cancel = true;
    call.cancel_delay = delay;
    add_client(m, "users", burst(2, 0), with_timeout(m, 0.020, do_call_as(m, &call)));
    struct sim_run *run = whole(m);
    assert_int_equal(ended(run, SIM_TIMEOUT), 2);
    return run;
}

static void cancel_takes_the_call_out_of_the_line(void **state)
{
    struct sim_run *run = run_cancelled(*state, 0, SIM_NONE);
    const struct sim_meter *api = sim_run_replica_meter(run, 0, 0);
    assert_true(api->areas[SIM_QUEUED_AREA] == (sim_wide)(20 * MS));
    assert_true(api->areas[SIM_BUSY_AREA] == (sim_wide)(50 * MS));
    assert_int_equal(api->counts[SIM_ENDED + SIM_CANCELLED], 1);
    sim_run_close(run);
}

static void callee_is_told_after_the_delay(void **state)
{
    struct sim_run *run = run_cancelled(*state, 5 * MS, SIM_NONE);
    const struct sim_meter *api = sim_run_replica_meter(run, 0, 0);
    assert_true(api->areas[SIM_QUEUED_AREA] == (sim_wide)(25 * MS));
    assert_int_equal(api->counts[SIM_ENDED + SIM_CANCELLED], 1);
    sim_run_close(run);
}

static void callee_that_has_begun_when_told_goes_on(void **state)
{
    struct sim_run *run = run_cancelled(*state, 40 * MS, SIM_NONE);
    const struct sim_meter *api = sim_run_replica_meter(run, 0, 0);
    assert_true(api->areas[SIM_BUSY_AREA] == (sim_wide)(100 * MS));
    assert_int_equal(api->counts[SIM_ENDED + SIM_OK], 2);
    assert_int_equal(api->counts[SIM_GHOSTS], 2);
    sim_run_close(run);
}

static void patience_that_ends_before_the_callee_is_told_rejects(void **state)
{
    struct sim_run *run = run_cancelled(*state, 25 * MS, number(*state, 0.030));
    const struct sim_meter *api = sim_run_replica_meter(run, 0, 0);
    assert_true(api->areas[SIM_QUEUED_AREA] == (sim_wide)(30 * MS));
    assert_int_equal(api->kept->rare[SIM_REFUSED + SIM_BY_PATIENCE - SIM_HOT_COUNTS], 1);
    sim_run_close(run);
}

static void callee_that_is_told_before_its_patience_ends_is_cancelled(void **state)
{
    struct sim_run *run = run_cancelled(*state, 5 * MS, number(*state, 0.030));
    const struct sim_meter *api = sim_run_replica_meter(run, 0, 0);
    assert_true(api->areas[SIM_QUEUED_AREA] == (sim_wide)(25 * MS));
    assert_int_equal(api->counts[SIM_ENDED + SIM_CANCELLED], 1);
    assert_int_equal(api->kept->rare[SIM_REFUSED + SIM_BY_PATIENCE - SIM_HOT_COUNTS], 0);
    sim_run_close(run);
}

// The message of the call is still under way when the one that takes it back is sent.
static void call_taken_back_on_its_way_is_not_begun(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 1, do_io(m, 0.050));
    sim_model_link(m, &(struct sim_link_def){ .to = "api", .latency = number(m, 0.030) });
    struct sim_call_def call = call_def("api");
    call.cancel = true;
    add_client(m, "users", burst(1, 0), with_timeout(m, 0.020, do_call_as(m, &call)));
    struct sim_run *run = whole(m);
    assert_true(sim_run_replica_meter(run, 0, 0)->areas[SIM_BUSY_AREA] == 0);
    sim_run_close(run);
}

// A thread cannot be stopped from outside: what it runs and what it calls go on.
static void thread_that_runs_does_not_notice_a_cancellation(void **state)
{
    struct sim_model *m = *state;
    struct sim_call_def to_api = call_def("api"), to_db = call_def("db");
    to_api.cancel = to_db.cancel = true;
    add_plain(m, "db", 1, do_io(m, 0.050));
    add_plain(m, "api", 1, do_list(m, STEPS(do_call_as(m, &to_db), do_io(m, 0.050))));
    add_client(m, "users", burst(1, 0), with_timeout(m, 0.020, do_call_as(m, &to_api)));
    struct sim_run *run = whole(m);
    assert_int_equal(ended(run, SIM_TIMEOUT), 1);
    for (uint32_t i = 0; i < 2; i++)
        assert_int_equal(replica_total(run, i, 0, SIM_ENDED + SIM_OK), 1);
    assert_int_equal(replica_total(run, 1, 0, SIM_GHOSTS), 1);
    assert_int_equal(replica_total(run, 0, 0, SIM_GHOSTS), 0);
    sim_run_close(run);
}

// ---- Lines that refuse ----

static void full_line_refuses_at_once(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def api = service_def("api", 1);
    api.executor.capacity = 1;
    add_service(m, &api, do_io(m, 0.050));
    add_client(m, "users", burst(4, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(ended(run, SIM_OK), 2);
    assert_int_equal(ended(run, SIM_REJECTED), 2);
    assert_int_equal(replica_total(run, 0, 0, SIM_REFUSED + SIM_BY_QUEUE), 2);
    assert_int_equal(replica_total(run, 0, 0, SIM_ENDED + SIM_REJECTED), 2);
    assert_int_equal(time_of(run, 0, SIM_IN_DEPENDENCY), (50 + 100) * MS);
    sim_run_close(run);
}

static void service_without_a_line_takes_what_its_workers_take(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def api = service_def("api", 2);
    api.executor.capacity = 0;
    add_service(m, &api, do_io(m, 0.050));
    add_client(m, "users", burst(5, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(ended(run, SIM_OK), 2);
    assert_int_equal(ended(run, SIM_REJECTED), 3);
    sim_run_close(run);
}

static void patience_ends_the_wait_in_line(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def api = service_def("api", 1);
    api.executor.max_wait = number(m, 0.030);
    add_service(m, &api, do_io(m, 0.050));
    add_client(m, "users", burst(2, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(ended(run, SIM_OK), 1);
    assert_int_equal(ended(run, SIM_REJECTED), 1);
    assert_int_equal(replica_total(run, 0, 0, SIM_REFUSED + SIM_BY_PATIENCE), 1);
    assert_int_equal(replica_total(run, 0, 0, SIM_TIME + SIM_IN_QUEUE), 30 * MS);
    assert_int_equal(time_of(run, 0, SIM_IN_DEPENDENCY), 80 * MS);
    sim_run_close(run);
}

// The worker is free at the instant at which the patience ends.
static void worker_free_at_the_last_instant_still_serves(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def api = service_def("api", 1);
    api.executor.max_wait = number(m, 0.050);
    add_service(m, &api, do_io(m, 0.050));
    add_client(m, "users", burst(2, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(ended(run, SIM_OK), 2);
    sim_run_close(run);
}

// ---- Order in line ----

static uint32_t lifo_from; // of the adaptive LIFO; the test's own

static void expect_order(struct sim_model *m, enum sim_discipline discipline,
                         const sim_time *latencies)
{
    struct sim_service_def api = service_def("api", 1);
    api.executor.discipline = discipline;
    api.executor.lifo_from = lifo_from;
    add_service(m, &api, do_io(m, 0.010));
    struct sim_client_def c = { .name = "c0", .step = do_call(m, "api") };
    const double priorities[] = { 0, 1, 3, 2 };
    for (uint32_t i = 0; i < 4; i++) {
        c.name[1] = (char)('0' + i);
        c.arrivals = burst(1, (sim_time)i * SIM_MS);
        c.first_field = sim_model_field_set(
            m, (struct sim_field_set){ SIM_FIELD_PRIORITY, number(m, priorities[i]) });
        c.fields = 1;
        sim_model_client(m, &c);
    }
    struct sim_run *run = whole(m);
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(only_latency(run, i), latencies[i]);
    sim_run_close(run);
}

static void first_come_is_first_served(void **state)
{
    expect_order(*state, SIM_FIFO,
                 (const sim_time[]){ 10 * MS, 19 * MS, 28 * MS, 37 * MS });
}

static void last_come_is_first_served(void **state)
{
    expect_order(*state, SIM_LIFO,
                 (const sim_time[]){ 10 * MS, 39 * MS, 28 * MS, 17 * MS });
}

// The first has the worker; three come to stand in line, so the newest of three is next, and then
// the older of two.
static void newest_is_served_first_while_the_line_is_long(void **state)
{
    lifo_from = 3;
    expect_order(*state, SIM_ADAPTIVE_LIFO,
                 (const sim_time[]){ 10 * MS, 29 * MS, 38 * MS, 17 * MS });
    lifo_from = 0;
}

// One worker, 10 ms each, one comes each 5 ms: from the second on all wait longer than the target.
// The interval is over at 40 ms + 20 ms; the first then is dropped, and the one behind it served.
static void codel_drops_when_all_were_late_for_an_interval(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def api = service_def("api", 1);
    api.executor.discipline = SIM_CODEL;
    api.executor.codel = (struct sim_codel){ 6 * SIM_MS, 20 * SIM_MS };
    add_service(m, &api, do_io(m, 0.010));
    struct sim_client_def c = { .step = do_call(m, "api") };
    for (uint32_t i = 0; i < 8; i++) {
        snprintf(c.name, sizeof c.name, "c%u", i);
        c.arrivals = burst(1, (sim_time)i * 5 * SIM_MS);
        sim_model_client(m, &c);
    }
    struct sim_run *run = whole(m);
    // Waits: 0, 5, 10 (late since 20 ms), 15, 20 (at 40 ms: dropped), 25 - 5 ...
    assert_int_equal(client_total(run, 4, SIM_ENDED + SIM_REJECTED), 1);
    assert_int_equal(only_latency(run, 3), 25 * MS);
    assert_int_equal(only_latency(run, 5), 25 * MS);
    assert_int_equal(replica_total(run, 0, 0, SIM_REFUSED + SIM_BY_CODEL), 1);
    sim_run_close(run);
}

// One worker, 50 ms each. The line is empty when the second comes, so that one waits for the
// interval, and the third too; the fourth comes when somebody stood there for all of it.
static void controlled_wait_is_short_in_a_line_that_stands(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def api = service_def("api", 1);
    api.executor.codel = (struct sim_codel){ 5 * SIM_MS, 30 * SIM_MS };
    api.executor.controls_wait = true;
    api.executor.max_wait = number(m, 0);
    add_service(m, &api, do_io(m, 0.050));
    const sim_time at[] = { 0, 1, 22, 35 };
    struct sim_client_def c = { .step = do_call(m, "api") };
    for (uint32_t i = 0; i < 4; i++) {
        snprintf(c.name, sizeof c.name, "c%u", i);
        c.arrivals = burst(1, at[i] * SIM_MS);
        sim_model_client(m, &c);
    }
    struct sim_run *run = whole(m);
    assert_int_equal(replica_total(run, 0, 0, SIM_REFUSED + SIM_BY_PATIENCE), 2);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 1);
    assert_int_equal(client_total(run, 1, SIM_ENDED + SIM_REJECTED), 1);
    assert_int_equal(client_total(run, 2, SIM_ENDED + SIM_OK), 1);
    assert_int_equal(client_total(run, 1, SIM_TIME + SIM_IN_DEPENDENCY), 30 * MS);
    assert_int_equal(client_total(run, 3, SIM_TIME + SIM_IN_DEPENDENCY), 5 * MS);
    sim_run_close(run);
}

// ---- Deadlines ----

static void passed_deadline_is_refused_when_its_turn_comes(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 1, do_io(m, 0.050));
    struct sim_call_def call = call_def("api");
    call.deadline = number(m, 0.060);
    add_client(m, "users", burst(3, 0), do_call_as(m, &call));
    struct sim_run *run = whole(m);
    assert_int_equal(replica_total(run, 0, 0, SIM_REFUSED + SIM_BY_DEADLINE), 1);
    assert_true(sim_run_replica_meter(run, 0, 0)->areas[SIM_BUSY_AREA] ==
                (sim_wide)(100 * MS));
    sim_run_close(run);
}

// The client allows 60 ms; 50 of them are gone when db is called, where the line takes 20.
static int64_t refused_by_deadline(struct sim_model *m, bool pass)
{
    struct sim_call_def to_api = call_def("api"), to_db = call_def("db");
    to_api.pass_deadline = to_db.pass_deadline = pass;
    add_plain(m, "db", 1, do_io(m, 0.030));
    add_plain(m, "api", 1, do_list(m, STEPS(do_io(m, 0.050), do_call_as(m, &to_db))));
    add_client(m, "users", burst(1, 0), with_timeout(m, 0.060, do_call_as(m, &to_api)));
    add_client(m, "other", burst(1, 40 * SIM_MS), do_call(m, "db"));
    struct sim_run *run = whole(m);
    assert_int_equal(ended(run, SIM_TIMEOUT), 1);
    int64_t refused = replica_total(run, 0, 0, SIM_REFUSED + SIM_BY_DEADLINE);
    assert_int_equal(replica_total(run, 0, 0, SIM_ENDED + SIM_OK), 2 - refused);
    sim_run_close(run);
    return refused;
}

static void time_left_shrinks_on_its_way(void **state)
{
    assert_int_equal(refused_by_deadline(*state, true), 1);
}

static void deadline_that_is_not_passed_on_refuses_nothing(void **state)
{
    assert_int_equal(refused_by_deadline(*state, false), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(io_done_at_the_instant_of_the_timeout_wins),
        TEST(io_done_a_nanosecond_later_loses),
        TEST(native_done_at_the_instant_of_the_timeout_wins),
        TEST(native_done_a_nanosecond_later_loses),
        TEST(answer_through_two_services_at_the_instant_wins),
        TEST(answer_over_slow_links_at_the_instant_wins),
        TEST(nested_timeouts_of_one_instant_both_lose),
        TEST(own_io_at_the_instant_of_the_timeout_wins),
        TEST(timeout_outside_retry_is_for_all_attempts),
        TEST(timeout_inside_retry_is_for_each_attempt),
        TEST(attempts_end_as_their_caller_sees_them),
        TEST(retry_that_meets_success_stops),
        TEST(abandoned_work_goes_on_as_a_ghost),
        TEST(work_that_is_waited_for_is_no_ghost),
        TEST(drop_expired_spares_the_work_nobody_waits_for),
        TEST(cancel_takes_the_call_out_of_the_line),
        TEST(callee_is_told_after_the_delay),
        TEST(callee_that_has_begun_when_told_goes_on),
        TEST(patience_that_ends_before_the_callee_is_told_rejects),
        TEST(callee_that_is_told_before_its_patience_ends_is_cancelled),
        TEST(call_taken_back_on_its_way_is_not_begun),
        TEST(thread_that_runs_does_not_notice_a_cancellation),
        TEST(full_line_refuses_at_once),
        TEST(service_without_a_line_takes_what_its_workers_take),
        TEST(patience_ends_the_wait_in_line),
        TEST(worker_free_at_the_last_instant_still_serves),
        TEST(first_come_is_first_served),
        TEST(last_come_is_first_served),
        TEST(newest_is_served_first_while_the_line_is_long),
        TEST(codel_drops_when_all_were_late_for_an_interval),
        TEST(controlled_wait_is_short_in_a_line_that_stands),
        TEST(passed_deadline_is_refused_when_its_turn_comes),
        TEST(time_left_shrinks_on_its_way),
        TEST(deadline_that_is_not_passed_on_refuses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
