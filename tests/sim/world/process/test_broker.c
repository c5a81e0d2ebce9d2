#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/worlds.h"

// Celery workers before one broker. A task waits for 100 ms, or, where it is a long one, for
// a second; nothing else takes any time.

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

// So many workers of one thread each, which may have one message that they have not acked.
static struct sim_service_def workers(uint32_t replicas)
{
    struct sim_service_def def = service_def("worker", 1);
    def.replicas = replicas;
    def.executor.broker = (struct sim_broker_def){ .is_used = true, .prefetch = 1 };
    return def;
}

static void add_sender(struct sim_model *m, const char *name, double is_long,
                       const double *at, uint32_t n)
{
    const struct sim_field_set set = { sim_model_field(m, "long"), number(m, is_long) };
    struct sim_client_def client = { .arrivals = replay(m, at, n) };
    strcpy(client.name, name);
    client.step = do_call(m, "worker");
    client.first_field = sim_model_field_set(m, set);
    client.fields = 1;
    sim_model_client(m, &client);
}

// One long task at 1 s, and short ones.
struct tasks {
    const double *at;
    uint32_t n;
};

static void build(struct sim_model *m, const struct sim_service_def *def,
                  struct tasks shorts)
{
    static const double at = 1;
    uint32_t field = sim_model_field(m, "long");
    uint32_t step = do_switch(m, field, 1, do_io(m, 1.0), do_io(m, 0.100));
    if (def->executor.pool > 0)
        step = do_served(m, def->executor.pool, step);
    add_service(m, def, step);
    add_sender(m, "long", 1, &at, 1);
    add_sender(m, "short", 0, shorts.at, shorts.n);
    world_seal(m);
}

static struct sim_run *run_with(struct sim_model *m, const struct sim_service_def *def,
                                struct tasks shorts, const struct sim_fault *fault)
{
    build(m, def, shorts);
    struct sim_run *run = run_faulted(m, 1, fault, fault ? 1 : 0);
    assert_true(sim_run_books(run).balanced);
    return run;
}

static sim_time longest(const struct sim_run *run, uint32_t client)
{
    struct sim_hist *h = client_latencies(run, client);
    sim_time d = sim_hist_max(h);
    free(h);
    return d;
}

static int64_t done(const struct sim_run *run, uint32_t client)
{
    return client_total(run, client, SIM_ENDED + SIM_OK);
}

static int64_t again(const struct sim_run *run)
{
    return service_total(run, 0, SIM_REDELIVERED);
}

static struct sim_fault fault_at(enum sim_fault_kind kind, sim_time begin, sim_time end,
                                 uint32_t replica)
{
    return (struct sim_fault){
        .kind = kind, .begin = begin, .end = end, .target = { 0, replica, SIM_NONE }
    };
}

// The second worker takes the first short task, and the first has the second in reserve.
static const double two[] = { 1.001, 1.002 };
#define TWO ((struct tasks){ two, 2 })

static void what_is_in_reserve_waits_behind_a_long_task_while_others_are_idle(void **state)
{
    struct sim_service_def def = workers(2);
    struct sim_run *run = run_with(*state, &def, TWO, NULL);
    assert_int_equal(longest(run, 1), 1098 * MS); // from 1.002 until 2.100
    assert_int_equal(replica_total(run, 0, 0, SIM_ENDED + SIM_OK), 2);
    sim_run_close(run);
}

static void with_late_acks_what_runs_counts_as_not_acked(void **state)
{
    struct sim_service_def def = workers(2);
    def.executor.broker.acks_late = true;
    struct sim_run *run = run_with(*state, &def, TWO, NULL);
    assert_int_equal(longest(run, 1), 199 * MS); // the second worker takes it at 1.101
    sim_run_close(run);
}

static void a_worker_without_a_limit_takes_its_turn_of_all(void **state)
{
    const double at[] = { 1.001, 1.002, 1.003, 1.004 };
    struct sim_service_def def = workers(2);
    def.executor.broker.prefetch = 0;
    struct sim_run *run = run_with(*state, &def, (struct tasks){ at, 4 }, NULL);
    assert_int_equal(replica_total(run, 0, 0, SIM_ENDED + SIM_OK), 3);
    assert_int_equal(longest(run, 1),
                     1196 * MS); // the last but one at 1.002, second in line
    sim_run_close(run);
}

static void messages_beyond_the_prefetch_stay_with_the_broker_in_order(void **state)
{
    const double at[] = { 1.001, 1.002, 1.003, 1.004 };
    struct sim_service_def def = workers(1);
    struct sim_run *run = run_with(*state, &def, (struct tasks){ at, 4 }, NULL);
    assert_int_equal(done(run, 1), 4);
    assert_int_equal(longest(run, 1), 1396 * MS); // the last one, at 2.400
    assert_int_equal(service_total(run, 0, SIM_WAITED), 4);
    sim_run_close(run);
}

// ---- A worker that dies ----

static void
what_was_acked_is_lost_with_its_worker_and_the_rest_is_delivered_again(void **state)
{
    struct sim_service_def def = workers(2);
    const struct sim_fault crash = fault_at(SIM_FAULT_CRASH, 1050 * MS, SIM_NEVER, 0);
    struct sim_run *run = run_with(*state, &def, TWO, &crash);
    assert_int_equal(done(run, 0), 0);
    assert_int_equal(sim_run_books(run).inside, 1); // its sender waits for ever
    assert_int_equal(done(run, 1), 2);
    assert_int_equal(longest(run, 1), 199 * MS);
    assert_int_equal(again(run), 1);
    assert_int_equal(service_total(run, 0, SIM_ENDED + SIM_LOST), 2);
    sim_run_close(run);
}

static void with_late_acks_a_task_begins_anew_at_another_worker(void **state)
{
    struct sim_service_def def = workers(2);
    const struct sim_fault crash = fault_at(SIM_FAULT_CRASH, 1500 * MS, SIM_NEVER, 0);
    def.executor.broker.acks_late = true;
    struct sim_run *run = run_with(*state, &def, TWO, &crash);
    assert_int_equal(longest(run, 0),
                     1500 * MS); // from 1.000, again from 1.500 until 2.500
    assert_int_equal(again(run), 1);
    sim_run_close(run);
}

static void what_comes_back_has_its_old_place_in_line(void **state)
{
    const double at[] = { 1.001, 1.002, 1.003 };
    struct sim_service_def def = workers(2);
    const struct sim_fault crash = fault_at(SIM_FAULT_CRASH, 1050 * MS, SIM_NEVER, 0);
    def.executor.broker.acks_late = true;
    struct sim_run *run = run_with(*state, &def, (struct tasks){ at, 3 }, &crash);
    // At 1.101 the other worker takes the long task, which is the oldest, and then the short ones.
    assert_int_equal(longest(run, 0), 1101 * MS);
    assert_int_equal(longest(run, 1), 1298 * MS); // the last at 1.003, until 2.301
    sim_run_close(run);
}

static void with_no_worker_left_messages_wait_for_one(void **state)
{
    struct sim_service_def def = workers(1);
    const struct sim_fault crash = fault_at(SIM_FAULT_CRASH, 500 * MS, 3000 * MS, SIM_NONE);
    struct sim_run *run = run_with(*state, &def, TWO, &crash);
    assert_int_equal(longest(run, 0), 3000 * MS);
    assert_int_equal(longest(run, 1), 3198 * MS);
    assert_int_equal(client_total(run, 1, SIM_ENDED + SIM_ERROR), 0);
    sim_run_close(run);
}

static void a_planned_stop_gives_back_what_has_not_begun(void **state)
{
    struct sim_service_def def = workers(2);
    const struct sim_fault stop = fault_at(SIM_FAULT_STOP, 1050 * MS, SIM_NEVER, 0);
    struct sim_run *run = run_with(*state, &def, TWO, &stop);
    assert_int_equal(longest(run, 0), 1000 * MS);
    assert_int_equal(longest(run, 1), 199 * MS);
    assert_int_equal(again(run), 1);
    sim_run_close(run);
}

static void a_paused_worker_keeps_what_it_has_in_reserve(void **state)
{
    struct sim_service_def def = workers(2);
    const struct sim_fault pause = fault_at(SIM_FAULT_PAUSE, 500 * MS, 3000 * MS, 0);
    struct sim_run *run = run_with(*state, &def, TWO, &pause);
    // The long task is with the first, which has no room: the others go to the second.
    assert_int_equal(longest(run, 0), 3000 * MS);
    assert_int_equal(longest(run, 1), 199 * MS);
    sim_run_close(run);
}

// ---- A visibility timeout ----

static void
a_visibility_timeout_delivers_what_a_dead_worker_had_when_it_is_over(void **state)
{
    struct sim_service_def def = workers(2);
    const struct sim_fault crash = fault_at(SIM_FAULT_CRASH, 1050 * MS, SIM_NEVER, 0);
    def.executor.broker.acks_late = true;
    def.executor.broker.visibility = 3000 * MS;
    struct sim_run *run = run_with(*state, &def, TWO, &crash);
    assert_int_equal(longest(run, 0), 4000 * MS); // delivered again at 4.000
    assert_int_equal(longest(run, 1), 199 * MS);
    assert_int_equal(again(run), 1);
    sim_run_close(run);
}

static void a_task_longer_than_the_visibility_timeout_runs_again_and_again(void **state)
{
    struct sim_service_def def = workers(3);
    def.executor.broker.acks_late = true;
    def.executor.broker.visibility = 400 * MS;
    struct sim_run *run = run_with(*state, &def, (struct tasks){ two, 0 }, NULL);
    assert_int_equal(again(run), 2); // at 1.400 and 1.800
    assert_int_equal(longest(run, 0), 1000 * MS);
    assert_int_equal(service_total(run, 0, SIM_ENDED + SIM_OK), 3);
    assert_int_equal(service_total(run, 0, SIM_GHOSTS), 2);
    sim_run_close(run);
}

static void what_waits_in_reserve_past_the_visibility_timeout_runs_twice(void **state)
{
    struct sim_service_def def = workers(2);
    def.executor.broker.visibility = 600 * MS;
    struct sim_run *run = run_with(*state, &def, TWO, NULL);
    // The long task was acked when it began; the short one behind it at 1.602 had not been.
    assert_int_equal(again(run), 1);
    assert_int_equal(replica_total(run, 0, 1, SIM_ENDED + SIM_OK), 2);
    assert_int_equal(longest(run, 1), 1098 * MS); // the first delivery answers
    sim_run_close(run);
}

static void an_ack_in_time_stops_the_visibility_timeout(void **state)
{
    struct sim_service_def def = workers(2);
    def.executor.broker.acks_late = true;
    def.executor.broker.visibility = 1001 * MS;
    struct sim_run *run = run_with(*state, &def, TWO, NULL);
    assert_int_equal(again(run), 0);
    sim_run_close(run);
}

// ---- Children ----

static struct sim_service_def prefork(struct sim_model *m, bool rejects, uint32_t *pool)
{
    struct sim_service_def def = workers(2);
    struct sim_pool_def p = sim_pool_default(SIM_POOL_PROCESSES, 1);
    p.serves = p.is_server = true;
    p.startup = 0;
    def.executor.broker.acks_late = true;
    def.executor.broker.rejects_lost = p.broker.rejects_lost = rejects;
    def.executor.pool = *pool = sim_model_pool(m, &p);
    return def;
}

static struct sim_run *run_with_dead_children(struct sim_model *m, bool rejects)
{
    uint32_t pool;
    struct sim_service_def def = prefork(m, rejects, &pool);
    struct sim_fault kill = { .kind = SIM_FAULT_POOL,
                              .begin = 1500 * MS,
                              .end = SIM_NEVER,
                              .amount = 1,
                              .value = pool };
    return run_with(m, &def, TWO, &kill);
}

static void a_task_whose_child_dies_has_failed_although_acks_are_late(void **state)
{
    struct sim_run *run = run_with_dead_children(*state, false);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_ERROR), 1);
    assert_int_equal(again(run), 0);
    sim_run_close(run);
}

static void unless_it_is_rejected_which_delivers_it_again(void **state)
{
    struct sim_run *run = run_with_dead_children(*state, true);
    assert_int_equal(done(run, 0), 1);
    assert_int_equal(longest(run, 0), 1500 * MS);
    assert_int_equal(again(run), 1);
    sim_run_close(run);
}

static void a_child_killed_at_its_time_limit_has_failed_its_task_all_the_same(void **state)
{
    struct sim_model *m = *state;
    struct sim_pool_def p = sim_pool_default(SIM_POOL_PROCESSES, 1);
    struct sim_service_def def = workers(1);
    p.serves = p.is_server = true;
    p.timeout = 300 * MS;
    p.startup = 0;
    def.executor.broker.acks_late = true;
    def.executor.broker.rejects_lost = p.broker.rejects_lost = true;
    def.executor.pool = sim_model_pool(m, &p);
    struct sim_run *run = run_with(m, &def, TWO, NULL);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_ERROR), 1);
    assert_int_equal(done(run, 1), 2);
    assert_int_equal(again(run), 0);
    sim_run_close(run);
}

// ---- Senders ----

static void who_has_given_up_leaves_its_message_where_it_is(void **state)
{
    struct sim_model *m = *state;
    const double at[] = { 1, 1.001 };
    struct sim_service_def def = workers(1);
    add_service(m, &def, do_io(m, 0.100));
    add_client(m, "users", replay(m, at, 2), with_timeout(m, 0.050, do_call(m, "worker")));
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_TIMEOUT), 2);
    assert_int_equal(service_total(run, 0, SIM_GHOSTS), 2);
    sim_run_close(run);
}

static void who_takes_a_task_back_is_heard_when_a_worker_comes_to_it(void **state)
{
    struct sim_model *m = *state;
    const double at[] = { 1, 1.001, 1.002 };
    struct sim_call_def call = call_def("worker");
    struct sim_service_def def = workers(1);
    call.cancel = true;
    add_service(m, &def, do_io(m, 0.100));
    add_client(m, "users", replay(m, at, 3), with_timeout(m, 0.050, do_call_as(m, &call)));
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    // The first had begun; the second was in reserve, the third with the broker.
    assert_int_equal(service_total(run, 0, SIM_ENDED + SIM_CANCELLED), 2);
    assert_int_equal(service_total(run, 0, SIM_GHOSTS), 1);
    assert_true(sim_run_books(run).balanced);
    sim_run_close(run);
}

// A request that needs no task of its own, and one that has one because it is traced.
static void a_lost_message_is_the_same_run_traced_or_not(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def def = workers(2);
    const struct sim_fault crash =
        fault_at(SIM_FAULT_CRASH, 1050 * MS, 2500 * MS, SIM_NONE);
    uint64_t digests[2];
    build(m, &def, TWO);
    for (uint32_t i = 0; i < 2; i++) {
        struct sim_schedule schedule;
        struct sim_run *run = run_open(m, 1, i << 16);
        assert_true(sim_schedule_init(&schedule, &crash, 1));
        sim_schedule_run(&schedule, run, SIM_NEVER);
        sim_schedule_fini(&schedule);
        sim_run_finish(run);
        digests[i] = sim_run_digest(run);
        sim_run_close(run);
    }
    assert_true(digests[0] == digests[1]);
}

// A delivery that its worker died with has ended then, and the next one has a time of its own.
static void on_record_each_delivery_has_its_own_time(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def def = workers(2);
    const struct sim_fault crash = fault_at(SIM_FAULT_CRASH, 1050 * MS, SIM_NEVER, 0);
    struct sim_schedule schedule;
    sim_time spans[64] = { 0 };
    uint32_t ends = 0;
    def.executor.broker.acks_late = true;
    build(m, &def, TWO);
    struct sim_run *run = run_open(m, 1, 1 << 16);
    assert_true(sim_schedule_init(&schedule, &crash, 1));
    sim_schedule_run(&schedule, run, SIM_NEVER);
    sim_schedule_fini(&schedule);
    for (uint64_t i = 0; i < sim_run_trace(run)->count; i++) {
        const struct sim_trace_record *r = sim_trace_at(sim_run_trace(run), i);
        if (r->kind == SIM_TRACE_BEGIN)
            spans[r->task] = 0;
        if (r->kind == SIM_TRACE_SPAN)
            spans[r->task] += r->end - r->begin;
        if (r->kind != SIM_TRACE_END)
            continue;
        assert_int_equal(spans[r->task], r->end - r->begin);
        ends++;
    }
    assert_int_equal(ends, 7); // of three requests, and of four deliveries
    sim_run_close(run);
}

#define T(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(what_is_in_reserve_waits_behind_a_long_task_while_others_are_idle),
        T(with_late_acks_what_runs_counts_as_not_acked),
        T(a_worker_without_a_limit_takes_its_turn_of_all),
        T(messages_beyond_the_prefetch_stay_with_the_broker_in_order),
        T(what_was_acked_is_lost_with_its_worker_and_the_rest_is_delivered_again),
        T(with_late_acks_a_task_begins_anew_at_another_worker),
        T(what_comes_back_has_its_old_place_in_line),
        T(with_no_worker_left_messages_wait_for_one),
        T(a_planned_stop_gives_back_what_has_not_begun),
        T(a_paused_worker_keeps_what_it_has_in_reserve),
        T(a_visibility_timeout_delivers_what_a_dead_worker_had_when_it_is_over),
        T(a_task_longer_than_the_visibility_timeout_runs_again_and_again),
        T(what_waits_in_reserve_past_the_visibility_timeout_runs_twice),
        T(an_ack_in_time_stops_the_visibility_timeout),
        T(a_task_whose_child_dies_has_failed_although_acks_are_late),
        T(unless_it_is_rejected_which_delivers_it_again),
        T(a_child_killed_at_its_time_limit_has_failed_its_task_all_the_same),
        T(who_has_given_up_leaves_its_message_where_it_is),
        T(who_takes_a_task_back_is_heard_when_a_worker_comes_to_it),
        T(a_lost_message_is_the_same_run_traced_or_not),
        T(on_record_each_delivery_has_its_own_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
