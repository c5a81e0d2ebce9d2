#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/worlds.h"

// Several event loops at one socket. Nothing costs anything here but the work itself.

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

// So many processes of one server, on a machine with as many cores.
static struct sim_service_def server(uint32_t processes)
{
    struct sim_service_def def = loop_def("api");
    def.replicas = def.cores = processes;
    def.executor.processes = processes;
    def.executor.backlog = 100;
    def.has_runtime = true;
    def.runtime = ideal_gil(5 * MS);
    return def;
}

// A request of 100 ms of bytecode at each of these times.
static struct sim_run *run_at(struct sim_model *m, const struct sim_service_def *def,
                              const double *at, uint32_t n)
{
    add_service(m, def, do_python(m, 0.100));
    add_client(m, "users", replay(m, at, n), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    assert_true(sim_run_books(run).balanced);
    return run;
}

static int64_t ok_of(const struct sim_run *run, uint32_t replica)
{
    return replica_total(run, 0, replica, SIM_ENDED + SIM_OK);
}

static sim_time longest(const struct sim_run *run)
{
    struct sim_hist *h = client_latencies(run, 0);
    sim_time d = sim_hist_max(h);
    free(h);
    return d;
}

static void the_first_that_is_awake_accepts_all_that_stands_there(void **state)
{
    const double at[] = { 1, 1, 1 };
    struct sim_service_def def = server(2);
    def.runtime.wake = 1 * MS;
    struct sim_run *run = run_at(*state, &def, at, 3);
    assert_int_equal(ok_of(run, 0) + ok_of(run, 1), 3);
    assert_int_equal(ok_of(run, 0) * ok_of(run, 1), 0);
    assert_int_equal(longest(run), 301 * MS);
    sim_run_close(run);
}

static void a_loop_that_computes_leaves_what_comes_to_others(void **state)
{
    const double at[] = { 1, 1.010, 1.020 };
    struct sim_service_def def = server(3);
    struct sim_run *run = run_at(*state, &def, at, 3);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(ok_of(run, i), 1);
    assert_int_equal(longest(run), 100 * MS);
    sim_run_close(run);
}

static void who_comes_back_to_its_poll_first_accepts(void **state)
{
    const double at[] = { 1, 1.010, 1.020, 1.030 };
    struct sim_service_def def = server(2);
    struct sim_run *run = run_at(*state, &def, at, 4);
    // The one that is back at 1.100 takes both that stand there, one after the other.
    assert_int_equal(longest(run), 270 * MS);
    assert_int_equal(ok_of(run, 0) * ok_of(run, 1), 3);
    sim_run_close(run);
}

static void a_backlog_has_an_end(void **state)
{
    const double at[] = { 1, 1.010, 1.020 };
    struct sim_service_def def = server(1);
    def.executor.backlog = 1;
    struct sim_run *run = run_at(*state, &def, at, 3);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 2);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_REJECTED), 1);
    sim_run_close(run);
}

static void a_worker_refuses_what_is_beyond_its_limit(void **state)
{
    const double at[] = { 1, 1, 1 };
    struct sim_service_def def = server(1);
    def.runtime.wake = 1 * MS;
    def.executor.workers = 2;
    def.executor.capacity = 0;
    struct sim_run *run = run_at(*state, &def, at, 3);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 2);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_REJECTED), 1);
    sim_run_close(run);
}

static void the_workers_share_the_cores_of_their_host(void **state)
{
    const double at[] = { 1, 1.010 };
    struct sim_service_def def = server(2);
    def.cores = 1;
    struct sim_run *run = run_at(*state, &def, at, 2);
    assert_int_equal(ok_of(run, 0) * ok_of(run, 1), 1);
    // The second has half a core for 180 ms, while the first has its other half.
    assert_in_range(longest(run), 190 * MS, 191 * MS); // switches take the rest
    sim_run_close(run);
}

// Both workers compute, a third request stands before the socket, and then this happens.
static struct sim_run *run_with_crash(struct sim_model *m, uint32_t replica)
{
    const double at[] = { 1, 1.010, 1.020, 1.040 };
    const struct sim_fault crash = { .kind = SIM_FAULT_CRASH,
                                     .begin = 1030 * MS,
                                     .end = SIM_NEVER,
                                     .target = { 0, replica, SIM_NONE } };
    struct sim_service_def def = server(2);
    add_service(m, &def, do_python(m, 0.100));
    add_client(m, "users", replay(m, at, 4), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_faulted(m, 1, &crash, 1);
    assert_true(sim_run_books(run).balanced);
    return run;
}

static void what_stands_before_a_socket_outlives_a_worker(void **state)
{
    struct sim_run *run = run_with_crash(*state, 0);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 3);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_ERROR), 1);
    sim_run_close(run);
}

static void when_all_workers_are_gone_so_is_the_socket(void **state)
{
    struct sim_run *run = run_with_crash(*state, SIM_NONE);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_ERROR), 4);
    sim_run_close(run);
}

// Its caller's time is up while it stands there: it is never accepted.
static void who_has_given_up_is_not_accepted(void **state)
{
    struct sim_model *m = *state;
    const double at[] = { 1, 1.010 };
    struct sim_service_def def = server(1);
    struct sim_call_def call = call_def("api");
    call.cancel = true;
    add_service(m, &def, do_python(m, 0.100));
    add_client(m, "users", replay(m, at, 2), with_timeout(m, 0.050, do_call_as(m, &call)));
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    assert_true(sim_run_books(run).balanced);
    assert_int_equal(service_total(run, 0, SIM_ENDED + SIM_CANCELLED), 1);
    assert_int_equal(service_total(run, 0, SIM_TIME + SIM_IN_PYTHON), 100 * MS);
    sim_run_close(run);
}

// It is given up while it travels: when it arrives nobody is there any more.
static void who_has_given_up_on_the_way_does_not_stand_there(void **state)
{
    struct sim_model *m = *state;
    const double at[] = { 1 };
    struct sim_service_def def = server(1);
    struct sim_call_def call = call_def("api");
    struct sim_link_def link = { .to = "api", .latency = number(m, 0.020) };
    call.cancel = true;
    add_service(m, &def, do_python(m, 0.100));
    sim_model_link(m, &link);
    add_client(m, "users", replay(m, at, 1), with_timeout(m, 0.010, do_call_as(m, &call)));
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    assert_true(sim_run_books(run).balanced);
    assert_int_equal(service_total(run, 0, SIM_ENDED + SIM_CANCELLED), 1);
    for (uint32_t cause = 0; cause < SIM_CAUSES; cause++)
        assert_int_equal(service_total(run, 0, SIM_TIME + cause), 0);
    sim_run_close(run);
}

// Two servers of two workers each: whole servers go round robin.
static void requests_go_round_from_server_to_server(void **state)
{
    const double at[] = { 1, 2, 3, 4 };
    struct sim_service_def def = server(2);
    def.replicas = 4;
    struct sim_run *run = run_at(*state, &def, at, 4);
    assert_int_equal(ok_of(run, 0) + ok_of(run, 1), 2);
    assert_int_equal(ok_of(run, 2) + ok_of(run, 3), 2);
    sim_run_close(run);
}

// Where all wait, each may be the first that is awake, for how long waking takes differs.
static void idle_workers_share_what_comes_unevenly(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def def = server(4);
    def.runtime = usual_gil();
    def.runtime.wake_spread = 2;
    add_service(m, &def, do_python(m, 0.001));
    add_client(m, "users", steady(m, 100), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    for (uint32_t i = 0; i < 4; i++)
        assert_in_range(ok_of(run, i), 190, 310);
    sim_run_close(run);
}

#define T(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_first_that_is_awake_accepts_all_that_stands_there),
        T(a_loop_that_computes_leaves_what_comes_to_others),
        T(who_comes_back_to_its_poll_first_accepts),
        T(a_backlog_has_an_end),
        T(a_worker_refuses_what_is_beyond_its_limit),
        T(the_workers_share_the_cores_of_their_host),
        T(what_stands_before_a_socket_outlives_a_worker),
        T(when_all_workers_are_gone_so_is_the_socket),
        T(who_has_given_up_is_not_accepted),
        T(who_has_given_up_on_the_way_does_not_stand_there),
        T(requests_go_round_from_server_to_server),
        T(idle_workers_share_what_comes_unevenly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
