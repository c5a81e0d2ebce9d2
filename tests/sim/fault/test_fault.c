#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/statistics.h"
#include "tests/support/worlds.h"

// What goes wrong, when, and what is as before once it is over. Works take constant times;
// a request a moment, so that each tells how it was then.

#define MS (sim_time) SIM_MS

static int open_world(void **state)
{
    *state = world_open(2);
    return 0;
}

static int close_world(void **state)
{
    sim_model_close(*state);
    return 0;
}

static struct sim_fault fault(enum sim_fault_kind kind, double amount, sim_time begin,
                              sim_time end)
{
    return (struct sim_fault){ .kind = kind,
                               .target = { 0, SIM_NONE, SIM_NONE },
                               .amount = amount,
                               .begin = begin,
                               .end = end };
}

// A service "api" whose handler waits 10 ms, and clients c0, c1, ... each asking once.
static void ask_at(struct sim_model *m, const sim_time *times, uint32_t n)
{
    char name[] = "c0";
    for (uint32_t i = 0; i < n; i++) {
        name[1] = (char)('0' + i);
        add_client(m, name, burst(1, times[i]), do_call(m, "api"));
    }
}

static enum sim_outcome outcome_of(const struct sim_run *run, uint32_t client)
{
    for (uint32_t o = 0; o < SIM_OUTCOMES; o++)
        if (client_total(run, client, SIM_ENDED + o))
            return (enum sim_outcome)o;
    return SIM_OUTCOMES;
}

static sim_time time_of(const struct sim_run *run, uint32_t client)
{
    sim_time sum = 0;
    for (uint32_t cause = 0; cause < SIM_CAUSES; cause++)
        sum += client_total(run, client, SIM_TIME + cause);
    return sum;
}

// ---- Slow ----

static void work_that_begins_during_slow_takes_longer(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 9, do_io(m, 0.010));
    // Before; begun before it and ended during it; at its first instant; at its end.
    ask_at(m, (const sim_time[]){ 0, 95 * MS, 100 * MS, 150 * MS, 200 * MS }, 5);
    struct sim_run *run = run_under(m, fault(SIM_FAULT_SLOW, 8, 100 * MS, 200 * MS));
    const sim_time want[] = { 10, 10, 80, 80, 10 };
    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(only_latency(run, i), want[i] * MS);
    sim_run_close(run);
}

static void slow_of_one_replica_leaves_the_others(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def api = service_def("api", 9);
    api.replicas = 2; // in turn: even requests go to the first
    add_service(m, &api, do_io(m, 0.010));
    add_client(m, "even", burst(1, 100 * MS), do_call(m, "api"));
    world_seal(m);
    for (uint32_t replica = 0; replica < 2; replica++) {
        struct sim_fault f = fault(SIM_FAULT_SLOW, 3, 0, SIM_NEVER);
        f.target.replica = replica;
        struct sim_run *run = run_faulted(m, 1, &f, 1);
        assert_int_equal(only_latency(run, 0), replica == 0 ? 30 * MS : 10 * MS);
        sim_run_close(run);
    }
}

static void slow_of_one_route_leaves_the_others(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def api = service_def("api", 9);
    uint32_t step = do_io(m, 0.010);
    api.first_route = sim_model_route(m, &(struct sim_route_def){ "pay", step });
    uint32_t other = sim_model_route(m, &(struct sim_route_def){ "see", step });
    api.routes = 2;
    sim_model_service(m, &api);
    struct sim_call_def pay = call_def("api"), see = call_def("api");
    strcpy(pay.route, "pay");
    strcpy(see.route, "see");
    add_client(m, "a", burst(1, 0), do_call_as(m, &pay));
    add_client(m, "b", burst(1, 0), do_call_as(m, &see));
    struct sim_fault f = fault(SIM_FAULT_SLOW, 3, 0, SIM_NEVER);
    f.target.route = other;
    struct sim_run *run = run_under(m, f);
    assert_int_equal(only_latency(run, 0), 10 * MS);
    assert_int_equal(only_latency(run, 1), 30 * MS);
    sim_run_close(run);
}

// ---- Fail ----

static void share_of_the_visits_fails_at_once(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", SIM_UNLIMITED, do_io(m, 0.010));
    add_client(m, "users", steady(m, 10000), do_call(m, "api"));
    struct sim_run *run = run_under(m, fault(SIM_FAULT_FAIL, 0.3, 500 * MS, 1500 * MS));
    uint64_t failed = (uint64_t)client_total(run, 0, SIM_ENDED + SIM_ERROR);
    assert_true(fabs(binomial_z(failed, 10000, 0.3)) < 3.9);
    // They took no time.
    int64_t ok = client_total(run, 0, SIM_ENDED + SIM_OK);
    struct sim_hist *h = client_latencies(run, 0);
    assert_int_equal(sim_hist_max(h), 10 * MS);
    assert_int_equal(sim_hist_count(h), ok);
    free(h);
    sim_run_close(run);
}

static void nothing_fails_before_or_behind(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 9, do_io(m, 0.010));
    ask_at(m, (const sim_time[]){ 99 * MS, 100 * MS, 199 * MS, 200 * MS }, 4);
    struct sim_run *run = run_under(m, fault(SIM_FAULT_FAIL, 1, 100 * MS, 200 * MS));
    const enum sim_outcome want[] = { SIM_OK, SIM_ERROR, SIM_ERROR, SIM_OK };
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(outcome_of(run, i), want[i]);
    sim_run_close(run);
}

// ---- Crash and restart ----

static void crash_ends_what_is_inside_and_refuses_what_comes(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 1, do_io(m, 0.010));
    // At work, in line, while it is down, and when it is up again.
    ask_at(m, (const sim_time[]){ 95 * MS, 96 * MS, 150 * MS, 200 * MS }, 4);
    struct sim_run *run = run_under(m, fault(SIM_FAULT_CRASH, 0, 100 * MS, 200 * MS));
    const enum sim_outcome want[] = { SIM_ERROR, SIM_ERROR, SIM_ERROR, SIM_OK };
    const sim_time after[] = { 5 * MS, 4 * MS, 0, 10 * MS };
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(outcome_of(run, i), want[i]);
        assert_int_equal(time_of(run, i), after[i]);
    }
    assert_true(sim_run_replica_meter(run, 0, 0)->areas[SIM_BUSY_AREA] ==
                (sim_wide)(15 * MS));
    sim_run_close(run);
}

static void crash_without_an_end_is_for_good(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 1, do_io(m, 0.010));
    ask_at(m, (const sim_time[]){ 0, 1900 * MS }, 2);
    struct sim_run *run = run_under(m, fault(SIM_FAULT_CRASH, 0, 100 * MS, SIM_NEVER));
    assert_int_equal(outcome_of(run, 0), SIM_OK);
    assert_int_equal(outcome_of(run, 1), SIM_ERROR);
    sim_run_close(run);
}

static void restart_loses_what_is_inside_and_takes_what_comes(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 1, do_io(m, 0.010));
    ask_at(m, (const sim_time[]){ 95 * MS, 96 * MS, 100 * MS }, 3);
    struct sim_run *run = run_under(m, fault(SIM_FAULT_RESTART, 0, 100 * MS, SIM_NEVER));
    assert_int_equal(outcome_of(run, 0), SIM_ERROR);
    assert_int_equal(outcome_of(run, 1), SIM_ERROR);
    assert_int_equal(outcome_of(run, 2), SIM_OK);
    assert_int_equal(time_of(run, 2), 10 * MS);
    sim_run_close(run);
}

static void crash_frees_gil_cores_and_semaphores(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def api = service_def("api", 9);
    api.has_runtime = true;
    api.runtime = ideal_gil(5 * MS);
    uint32_t gate = sim_model_semaphore(m, "gate", 1);
    uint32_t body = do_list(m, STEPS(do_python(m, 0.010), do_native(m, 0.010)));
    add_service(m, &api, with_semaphore(m, gate, body));
    ask_at(m, (const sim_time[]){ 95 * MS, 96 * MS, 97 * MS, 300 * MS }, 4);
    struct sim_run *run = run_under(m, fault(SIM_FAULT_CRASH, 0, 100 * MS, 200 * MS));
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(outcome_of(run, i), SIM_ERROR);
    assert_int_equal(outcome_of(run, 3), SIM_OK);
    assert_int_equal(time_of(run, 3), 20 * MS);
    sim_run_close(run);
}

// What the crashed process had asked of others goes on there.
static void work_for_a_crashed_caller_is_ghost_work(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 9, do_call(m, "db"));
    add_plain(m, "db", 9, do_io(m, 0.010));
    ask_at(m, (const sim_time[]){ 95 * MS }, 1);
    struct sim_run *run = run_under(m, fault(SIM_FAULT_CRASH, 0, 100 * MS, 200 * MS));
    assert_int_equal(outcome_of(run, 0), SIM_ERROR);
    assert_int_equal(time_of(run, 0), 5 * MS);
    assert_int_equal(replica_total(run, 1, 0, SIM_ENDED + SIM_OK), 1);
    assert_int_equal(replica_total(run, 1, 0, SIM_GHOSTS), 1);
    sim_run_close(run);
}

// ---- Pause ----

static void expect_paused(struct sim_model *m, uint32_t handler, sim_time pause_cause)
{
    struct sim_service_def api = service_def("api", 1);
    api.has_runtime = true;
    api.runtime = ideal_gil(5 * MS);
    add_service(m, &api, handler);
    // At work when it comes; behind it in line.
    ask_at(m, (const sim_time[]){ 95 * MS, 150 * MS }, 2);
    struct sim_run *run = run_under(m, fault(SIM_FAULT_PAUSE, 0, 100 * MS, 200 * MS));
    assert_int_equal(outcome_of(run, 0), SIM_OK);
    assert_int_equal(time_of(run, 0), 110 * MS);
    assert_int_equal(time_of(run, 1), 65 * MS);
    assert_int_equal(replica_total(run, 0, 0, SIM_TIME + SIM_IN_PAUSE), pause_cause);
    sim_run_close(run);
}

static void bytecode_stops_while_its_process_is_paused(void **state)
{
    expect_paused(*state, do_python(*state, 0.010), 100 * MS);
}

static void native_code_stops_while_its_process_is_paused(void **state)
{
    expect_paused(*state, do_native(*state, 0.010), 100 * MS);
}

// The wait itself goes on outside; the process notices its end when it runs again.
static void wait_that_ends_during_a_pause_is_noticed_behind_it(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 9, do_list(m, STEPS(do_io(m, 0.010), do_io(m, 0.005))));
    ask_at(m, (const sim_time[]){ 95 * MS }, 1);
    struct sim_run *run = run_under(m, fault(SIM_FAULT_PAUSE, 0, 100 * MS, 200 * MS));
    assert_int_equal(time_of(run, 0), 110 * MS);
    assert_int_equal(replica_total(run, 0, 0, SIM_TIME + SIM_IN_IO), 15 * MS);
    assert_int_equal(replica_total(run, 0, 0, SIM_TIME + SIM_IN_PAUSE), 95 * MS);
    sim_run_close(run);
}

static void pause_takes_no_core_from_others(void **state)
{
    struct sim_model *m = *state;
    struct sim_host_def h = { .name = "host", .cores = 1 };
    struct sim_service_def api = service_def("api", 9), other = service_def("other", 9);
    api.host = other.host = sim_model_host(m, &h);
    add_service(m, &api, do_native(m, 0.100));
    add_service(m, &other, do_native(m, 0.010));
    add_client(m, "a", burst(1, 0), do_call(m, "api"));
    add_client(m, "b", burst(1, 60 * MS), do_call(m, "other"));
    struct sim_run *run = run_under(m, fault(SIM_FAULT_PAUSE, 0, 50 * MS, 150 * MS));
    assert_int_equal(only_latency(run, 1), 10 * MS);
    assert_int_equal(only_latency(run, 0), 200 * MS);
    sim_run_close(run);
}

// ---- Links ----

static void link_takes_longer_each_way(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 9, do_io(m, 0.010));
    ask_at(m, (const sim_time[]){ 0, 100 * MS, 194 * MS, 200 * MS }, 4);
    struct sim_fault f = fault(SIM_FAULT_LATENCY, 0, 100 * MS, 200 * MS);
    f.value = number(m, 0.005);
    struct sim_run *run = run_under(m, f);
    assert_int_equal(only_latency(run, 0), 10 * MS);
    assert_int_equal(only_latency(run, 1), 20 * MS);
    assert_int_equal(only_latency(run, 2), 15 * MS); // mended before the way back
    assert_int_equal(only_latency(run, 3), 10 * MS);
    assert_int_equal(client_total(run, 1, SIM_TIME + SIM_IN_NETWORK), 10 * MS);
    assert_int_equal(client_total(run, 1, SIM_TIME + SIM_IN_DEPENDENCY), 10 * MS);
    sim_run_close(run);
}

static void link_of_one_caller_leaves_the_others(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 9, do_io(m, 0.010));
    ask_at(m, (const sim_time[]){ 100 * MS, 100 * MS }, 2);
    struct sim_fault f = fault(SIM_FAULT_LATENCY, 0, 0, SIM_NEVER);
    f.value = number(m, 0.005);
    strcpy(f.from, "c1");
    struct sim_run *run = run_under(m, f);
    assert_int_equal(only_latency(run, 0), 10 * MS);
    assert_int_equal(only_latency(run, 1), 20 * MS);
    sim_run_close(run);
}

static void message_that_is_dropped_is_lost_until_a_timeout(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 9, do_io(m, 0.010));
    add_client(m, "a", burst(1, 100 * MS), with_timeout(m, 0.050, do_call(m, "api")));
    add_client(m, "b", burst(1, 100 * MS), do_call(m, "api"));
    struct sim_run *run = run_under(m, fault(SIM_FAULT_DROP, 1, 100 * MS, 200 * MS));
    assert_int_equal(outcome_of(run, 0), SIM_TIMEOUT);
    assert_int_equal(time_of(run, 0), 50 * MS);
    assert_int_equal(sim_run_client_inside(run, 1), 1); // for ever
    assert_int_equal(replica_total(run, 0, 0, SIM_ARRIVED), 0);
    assert_int_equal(sim_run_edge_meter(run, 0, 0)->counts[SIM_ENDED + SIM_LOST], 1);
    sim_run_close(run);
}

static void answer_that_is_dropped_was_worked_for(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 9, do_io(m, 0.010));
    add_client(m, "a", burst(1, 95 * MS), with_timeout(m, 0.050, do_call(m, "api")));
    struct sim_run *run = run_under(m, fault(SIM_FAULT_DROP, 1, 100 * MS, 200 * MS));
    assert_int_equal(outcome_of(run, 0), SIM_TIMEOUT);
    assert_int_equal(replica_total(run, 0, 0, SIM_ENDED + SIM_OK), 1);
    const struct sim_meter *edge = sim_run_edge_meter(run, 0, 0);
    assert_int_equal(edge->counts[SIM_ENDED + SIM_LOST], 1);
    assert_int_equal(edge->counts[SIM_ENDED + SIM_TIMEOUT], 0);
    sim_run_close(run);
}

static void share_of_the_messages_is_dropped_each_way(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", SIM_UNLIMITED, do_io(m, 0.001));
    add_client(m, "users", steady(m, 10000), with_timeout(m, 0.010, do_call(m, "api")));
    struct sim_run *run = run_under(m, fault(SIM_FAULT_DROP, 0.2, 500 * MS, 1500 * MS));
    // 36 in 100 lose one of two messages.
    uint64_t lost = (uint64_t)client_total(run, 0, SIM_ENDED + SIM_TIMEOUT);
    assert_true(fabs(binomial_z(lost, 10000, 0.36)) < 3.9);
    sim_run_close(run);
}

// ---- Partition and refusal ----

// Who asks over a link that is cut waits for ever, or until its timeout, and no time of its waiting is
// work there; the other way it is, and the answer is lost.
static void partition_of_one_side_loses_what_goes_that_way(void **state)
{
    struct sim_model *m = *state;
    const int64_t works[] = {
        [SIM_BOTH_SIDES] = 0, [SIM_SIDE_REQUEST] = 0, [SIM_SIDE_REPLY] = 1
    };
    add_plain(m, "api", 9, do_io(m, 0.010));
    add_client(m, "a", burst(1, 100 * MS), with_timeout(m, 0.050, do_call(m, "api")));
    add_client(m, "b", burst(1, 300 * MS), with_timeout(m, 0.050, do_call(m, "api")));
    world_seal(m);
    for (uint32_t side = SIM_BOTH_SIDES; side <= SIM_SIDE_REPLY; side++) {
        struct sim_fault f = fault(SIM_FAULT_PARTITION, 0, 100 * MS, 200 * MS);
        f.side = (enum sim_side)side;
        struct sim_run *run = run_faulted(m, 1, &f, 1);
        assert_int_equal(outcome_of(run, 0), SIM_TIMEOUT);
        assert_int_equal(time_of(run, 0), 50 * MS);
        assert_int_equal(replica_total(run, 0, 0, SIM_ARRIVED), works[side] + 1);
        assert_int_equal(sim_run_edge_meter(run, 0, 0)->counts[SIM_ENDED + SIM_LOST], 1);
        assert_int_equal(outcome_of(run, 1), SIM_OK); // undone
        assert_true(sim_run_books(run).balanced);
        sim_run_close(run);
    }
}

// Of one caller: the others reach it.
static void partition_of_a_link_leaves_the_others(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 9, do_io(m, 0.010));
    add_client(m, "a", burst(1, 100 * MS), with_timeout(m, 0.050, do_call(m, "api")));
    add_client(m, "b", burst(1, 100 * MS), with_timeout(m, 0.050, do_call(m, "api")));
    struct sim_fault f = fault(SIM_FAULT_PARTITION, 0, 0, SIM_NEVER);
    strcpy(f.from, "b");
    struct sim_run *run = run_under(m, f);
    assert_int_equal(outcome_of(run, 0), SIM_OK);
    assert_int_equal(outcome_of(run, 1), SIM_TIMEOUT);
    sim_run_close(run);
}

// The one undone, the other is still there.
static void link_faults_do_not_undo_one_another(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 9, do_io(m, 0.010));
    ask_at(m, (const sim_time[]){ 150 * MS, 250 * MS }, 2);
    world_seal(m);
    struct sim_fault f[] = { fault(SIM_FAULT_PARTITION, 0, 100 * MS, 200 * MS),
                             fault(SIM_FAULT_DROP, 1, 100 * MS, 180 * MS),
                             fault(SIM_FAULT_REFUSE, 0, 100 * MS, SIM_NEVER) };
    struct sim_run *run = run_faulted(m, 1, f, 3);
    assert_int_equal(sim_run_client_inside(run, 0), 1); // lost, for ever
    assert_int_equal(outcome_of(run, 1), SIM_ERROR);
    sim_run_close(run);
}

static void refused_is_told_at_once_and_who_is_inside_stays(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 9, do_io(m, 0.010));
    ask_at(m, (const sim_time[]){ 95 * MS, 100 * MS, 199 * MS, 200 * MS }, 4);
    struct sim_run *run = run_under(m, fault(SIM_FAULT_REFUSE, 0, 100 * MS, 200 * MS));
    const enum sim_outcome want[] = { SIM_OK, SIM_ERROR, SIM_ERROR, SIM_OK };
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(outcome_of(run, i), want[i]);
    assert_int_equal(time_of(run, 1), 0);
    assert_int_equal(replica_total(run, 0, 0, SIM_ARRIVED), 2);
    assert_int_equal(sim_run_edge_meter(run, 1, 0)->counts[SIM_ENDED + SIM_ERROR], 1);
    sim_run_close(run);
}

// The word that a caller is gone does not come through a link that is cut.
static void cut_link_tells_nobody_that_a_caller_is_gone(void **state)
{
    struct sim_model *m = *state;
    struct sim_call_def call = call_def("api");
    call.cancel = true;
    add_plain(m, "api", 1, do_io(m, 0.100));
    add_client(m, "a", burst(2, 10 * MS), with_timeout(m, 0.050, do_call_as(m, &call)));
    world_seal(m);
    for (int cut = 0; cut < 2; cut++) {
        struct sim_fault f = fault(SIM_FAULT_PARTITION, 0, 20 * MS, SIM_NEVER);
        struct sim_run *run = run_faulted(m, 1, &f, (uint32_t)cut);
        assert_int_equal(replica_total(run, 0, 0, SIM_ENDED + SIM_OK), 1 + cut);
        assert_int_equal(replica_total(run, 0, 0, SIM_ENDED + SIM_CANCELLED), 1 - cut);
        sim_run_close(run);
    }
}

// ---- When ----

static void every_repeats_it(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 9, do_io(m, 0.010));
    ask_at(m,
           (const sim_time[]){ 90 * MS, 110 * MS, 290 * MS, 310 * MS, 390 * MS, 710 * MS },
           6);
    struct sim_fault f = fault(SIM_FAULT_SLOW, 3, 100 * MS, 150 * MS);
    f.every = 200 * MS;
    struct sim_run *run = run_under(m, f);
    const sim_time want[] = { 10, 30, 10, 30, 10, 30 };
    for (uint32_t i = 0; i < 6; i++)
        assert_int_equal(only_latency(run, i), want[i] * MS);
    sim_run_close(run);
}

static void fault_acts_before_what_else_happens_then(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 9, do_io(m, 0.010));
    ask_at(m, (const sim_time[]){ 90 * MS }, 1); // would end at 100
    struct sim_run *run = run_under(m, fault(SIM_FAULT_CRASH, 0, 100 * MS, SIM_NEVER));
    assert_int_equal(outcome_of(run, 0), SIM_ERROR);
    sim_run_close(run);
}

// Also the second of two, and also at the very start.
static void faults_of_one_moment_all_act_before_what_else_happens_then(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 9, do_io(m, 0.010));
    add_plain(m, "db", 9, do_io(m, 0.010));
    add_client(m, "a", burst(1, 0), do_call(m, "api"));
    add_client(m, "b", burst(1, 0), do_call(m, "db"));
    add_client(m, "c", burst(1, 50 * MS), do_call(m, "api"));
    add_client(m, "d", burst(1, 50 * MS), do_call(m, "db"));
    world_seal(m);
    struct sim_fault f[4];
    for (uint32_t i = 0; i < 4; i++) {
        f[i] = fault(SIM_FAULT_SLOW, i < 2 ? 3 : 5, i < 2 ? 0 : 50 * MS, SIM_NEVER);
        f[i].target.service = i % 2;
    }
    struct sim_run *run = run_faulted(m, 1, f, 4);
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(only_latency(run, i), i < 2 ? 30 * MS : 50 * MS);
    sim_run_close(run);
}

static bool two_have_asked(void *ctx, const struct sim_run *run, uint32_t number)
{
    uint32_t *looks = ctx;
    ++*looks;
    assert_int_equal(number, 0);
    return replica_total(run, 0, 0, SIM_ARRIVED) >= 2;
}

// Looked at when it begins and each second from then on, until it holds; it lasts from there.
static void fault_that_waits_begins_when_its_condition_holds(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 9, do_io(m, 0.010));
    ask_at(m, (const sim_time[]){ 50 * MS, 500 * MS, 1099 * MS, 1100 * MS, 1300 * MS }, 5);
    world_seal(m);
    struct sim_fault f = fault(SIM_FAULT_SLOW, 3, 100 * MS, 300 * MS);
    f.waits = true;
    const sim_time want[] = { 10, 10, 10, 30, 10 };
    for (sim_time cut = 1; cut <= 1000; cut += 333) {
        uint32_t looks = 0;
        struct sim_run *run = run_open(m, 1, 0);
        struct sim_schedule schedule;
        assert_true(sim_schedule_init(&schedule, &f, 1));
        schedule.holds = two_have_asked;
        schedule.ctx = &looks;
        assert_true(sim_schedule_began(&schedule, 0) == SIM_NEVER);
        for (sim_time t = 0; sim_schedule_run(&schedule, run, t) == SIM_GOING;)
            t += cut * MS;
        sim_run_finish(run);
        assert_true(sim_schedule_began(&schedule, 0) == 1100 * MS);
        assert_int_equal(looks, 2);
        for (uint32_t i = 0; i < 5; i++)
            assert_int_equal(only_latency(run, i), want[i] * MS);
        sim_schedule_fini(&schedule);
        sim_run_close(run);
    }
}

static void without_anybody_who_looks_no_condition_holds(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 9, do_io(m, 0.010));
    ask_at(m, (const sim_time[]){ 500 * MS }, 1);
    struct sim_fault f = fault(SIM_FAULT_SLOW, 3, 0, SIM_NEVER);
    f.waits = true;
    struct sim_run *run = run_under(m, f);
    assert_int_equal(only_latency(run, 0), 10 * MS);
    sim_run_close(run);
}

static void changes_are_on_record(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 9, do_io(m, 0.010));
    ask_at(m, (const sim_time[]){ 90 * MS }, 1);
    world_seal(m);
    struct sim_fault f = fault(SIM_FAULT_SLOW, 3, 100 * MS, 150 * MS);
    struct sim_run *run = run_open(m, 1, 1024);
    struct sim_schedule schedule;
    assert_true(sim_schedule_init(&schedule, &f, 1));
    assert_int_equal(sim_schedule_run(&schedule, run, SIM_NEVER), SIM_FINISHED);
    const struct sim_trace *trace = sim_run_trace(run);
    sim_time at[4] = { 0 };
    uint32_t n = 0;
    for (uint64_t i = 0; i < trace->count && n < 4; i++)
        if (sim_trace_at(trace, i)->kind == SIM_TRACE_FAULT)
            at[n++] = sim_trace_at(trace, i)->begin;
    assert_int_equal(n, 2);
    assert_int_equal(at[0], 100 * MS);
    assert_int_equal(at[1], 150 * MS);
    sim_schedule_fini(&schedule);
    sim_run_close(run);
}

static void names_are_those_of_the_language(void **state)
{
    (void)state;
    const char *const names[SIM_FAULTS] = { "slow",     "fail",    "crash",   "restart",
                                            "pause",    "latency", "drop",    "pool_crash",
                                            "stop",     "flush",   "breaker", "partition",
                                            "refuse",   "oom",     "leak",    "scale",
                                            "deploy",   "steal",   "poison",  "bandwidth",
                                            "failover", "turn",    "set" };
    for (int kind = 0; kind < SIM_FAULTS; kind++)
        assert_string_equal(sim_fault_name((enum sim_fault_kind)kind), names[kind]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(work_that_begins_during_slow_takes_longer),
        TEST(slow_of_one_replica_leaves_the_others),
        TEST(slow_of_one_route_leaves_the_others),
        TEST(share_of_the_visits_fails_at_once),
        TEST(nothing_fails_before_or_behind),
        TEST(crash_ends_what_is_inside_and_refuses_what_comes),
        TEST(crash_without_an_end_is_for_good),
        TEST(restart_loses_what_is_inside_and_takes_what_comes),
        TEST(crash_frees_gil_cores_and_semaphores),
        TEST(work_for_a_crashed_caller_is_ghost_work),
        TEST(bytecode_stops_while_its_process_is_paused),
        TEST(native_code_stops_while_its_process_is_paused),
        TEST(wait_that_ends_during_a_pause_is_noticed_behind_it),
        TEST(pause_takes_no_core_from_others),
        TEST(link_takes_longer_each_way),
        TEST(link_of_one_caller_leaves_the_others),
        TEST(message_that_is_dropped_is_lost_until_a_timeout),
        TEST(answer_that_is_dropped_was_worked_for),
        TEST(share_of_the_messages_is_dropped_each_way),
        TEST(partition_of_one_side_loses_what_goes_that_way),
        TEST(partition_of_a_link_leaves_the_others),
        TEST(link_faults_do_not_undo_one_another),
        TEST(refused_is_told_at_once_and_who_is_inside_stays),
        TEST(cut_link_tells_nobody_that_a_caller_is_gone),
        TEST(every_repeats_it),
        TEST(fault_acts_before_what_else_happens_then),
        TEST(faults_of_one_moment_all_act_before_what_else_happens_then),
        TEST(fault_that_waits_begins_when_its_condition_holds),
        TEST(without_anybody_who_looks_no_condition_holds),
        TEST(changes_are_on_record),
        TEST(names_are_those_of_the_language),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
