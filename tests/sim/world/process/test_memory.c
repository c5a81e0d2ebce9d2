#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/worlds.h"

// Memory of processes, requests and workers, and what a host does that has none left. Works
// take constant times, so every figure is worked out by hand.

#define MS (sim_time) SIM_MS
#define MB 1000000.0

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

static uint32_t windows_of(const struct sim_run *run)
{
    uint32_t windows;
    sim_run_window_edges(run, &windows);
    return windows;
}

static double most(const struct sim_run *run, uint32_t service)
{
    return (double)sim_meter_memory_max(sim_run_replica_meter(run, service, 0), 0,
                                        windows_of(run));
}

// Byte seconds over the run.
static double area(const struct sim_run *run, uint32_t service)
{
    return sim_meter_area(sim_run_replica_meter(run, service, 0), 0, windows_of(run),
                          SIM_MEMORY_AREA) /
           SIM_S;
}

static uint32_t box(struct sim_model *m, double memory)
{
    struct sim_host_def h;
    sim_host_default(&h);
    h.cores = 8;
    h.memory = (int64_t)memory;
    h.restart = 500 * MS;
    return sim_model_host(m, &h);
}

static struct sim_service_def api_on(uint32_t host, uint32_t threads)
{
    struct sim_service_def api = service_def("api", threads);
    api.host = host;
    return api;
}

static struct sim_runtime sized(void)
{
    struct sim_runtime r = ideal_gil(5 * MS);
    r.process_memory = 20 * MB;
    r.thread_memory = 1 * MB;
    r.interpreter_memory = 2 * MB;
    r.fork_memory = 2 * MB;
    r.spawn_memory = 12 * MB;
    r.forkserver_memory = 10 * MB;
    r.forks = true;
    return r;
}

// Ten requests of 100 ms, one after the other, each with 5 MB.
static void what_a_request_holds_goes_with_it(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 1, do_list(m, STEPS(do_alloc(m, 5 * MB), do_io(m, 0.1))));
    add_client(m, "users", burst(10, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_true(most(run, 0) == 5 * MB);
    assert_true(area(run, 0) == 5 * MB);
    sim_run_close(run);
}

static void branches_hold_for_their_request(void **state)
{
    struct sim_model *m = *state;
    uint32_t branch = do_list(m, STEPS(do_alloc(m, 1 * MB), do_io(m, 0.1)));
    uint32_t both = do_gather(m, 0, STEPS(branch, branch));
    add_plain(m, "api", 1, do_list(m, STEPS(both, do_io(m, 0.4))));
    add_client(m, "users", burst(1, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_true(area(run, 0) == 2 * MB * 0.5);
    sim_run_close(run);
}

static void what_leaks_stays(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 1, do_list(m, STEPS(do_leak(m, 3 * MB), do_io(m, 0.1))));
    add_client(m, "users", burst(4, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_true(most(run, 0) == 12 * MB);
    assert_true(fabs(area(run, 0) - 3 * MB * (10 + 9.9 + 9.8 + 9.7)) < 1);
    sim_run_close(run);
}

static void an_interpreter_and_its_threads_take_memory(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def api = api_on(SIM_NONE, 4);
    api.has_runtime = true;
    api.runtime = sized();
    add_service(m, &api, do_io(m, 0.1));
    add_client(m, "users", burst(1, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_true(most(run, 0) == 24 * MB);
    assert_true(area(run, 0) == 24 * MB * 10);
    sim_run_close(run);
}

// A hundred requests at once on one loop, each with a task of 2 kB of its own, and another
// of a branch.
static void a_task_of_a_loop_takes_memory(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def api = service_def("api", SIM_UNLIMITED);
    api.has_runtime = true;
    api.runtime = sized();
    api.runtime.task_memory = 2000;
    api.executor.kind = SIM_ASYNCIO;
    add_service(m, &api, do_gather(m, 0, STEPS(do_io(m, 0.1))));
    add_client(m, "users", burst(100, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_true(most(run, 0) == 20 * MB + 2 * 100 * 2000);
    assert_true(area(run, 0) < 20 * MB * 10 + 2 * 100 * 2000 * 0.11);
    sim_run_close(run);
}

static double with_workers(enum sim_pool_kind kind, enum sim_start start, uint32_t calls,
                           double memory)
{
    struct sim_model *m = world_open(10);
    struct sim_pool_def p = sim_pool_default(kind, 2);
    p.start = start;
    p.memory = (int64_t)memory;
    struct sim_service_def api = api_on(SIM_NONE, 2);
    api.has_runtime = true;
    api.runtime = sized();
    add_service(m, &api, do_offload(m, sim_model_pool(m, &p), do_io(m, 0.1)));
    add_client(m, "users", burst(calls, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    double x = most(run, 0);
    sim_run_close(run);
    sim_model_close(m);
    return x;
}

static void a_worker_takes_what_its_start_makes_its_own(void **state)
{
    (void)state;
    double own = 22 * MB;
    assert_true(with_workers(SIM_POOL_PROCESSES, SIM_START_SPAWN, 2, 0) == own + 24 * MB);
    assert_true(with_workers(SIM_POOL_PROCESSES, SIM_START_FORKSERVER, 2, 7 * MB) ==
                own + 34 * MB);
    assert_true(with_workers(SIM_POOL_INTERPRETERS, SIM_START_USUAL, 2, 0) ==
                own + 2 * 3 * MB);
    assert_true(with_workers(SIM_POOL_THREADS, SIM_START_USUAL, 2, 0) == own + 2 * MB);
}

// A forked worker shares 18 MB of its parent's and 14 MB of the program, and a call makes a
// 32nd of what is left its own.
static void a_forked_worker_comes_to_own_what_it_touches(void **state)
{
    (void)state;
    double begin = 22 * MB + 2 * 2 * MB;
    double one = with_workers(SIM_POOL_PROCESSES, SIM_START_FORK, 2, 14 * MB);
    double many = with_workers(SIM_POOL_PROCESSES, SIM_START_FORK, 180, 14 * MB);
    assert_true(one == begin + 2 * 1 * MB);
    assert_true(many > begin + 2 * 29 * MB && many < begin + 2 * 32 * MB);
}

// ---- A host that has none left ----

// Each request leaks 10 MB of 64: the seventh is one too many.
static void the_largest_process_is_killed_and_comes_back(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def api = api_on(box(m, 64 * MB), 1);
    add_service(m, &api, do_list(m, STEPS(do_leak(m, 10 * MB), do_io(m, 0.01))));
    struct sim_service_def small = api_on(0, 1);
    small.name[0] = 'x';
    add_service(m, &small, do_list(m, STEPS(do_leak(m, 1), do_io(m, 0.01))));
    add_client(m, "users", steady(m, 10), do_call(m, "api"));
    add_client(m, "others", steady(m, 10), do_call(m, "xpi"));
    struct sim_run *run = whole(m);
    // Seven steps of 100 ms from one start to the kill, then half a second until it is back.
    int64_t kills = replica_total(run, 0, 0, SIM_OOM_KILLS);
    assert_in_range(kills, 8, 9);
    assert_int_equal(replica_total(run, 1, 0, SIM_OOM_KILLS), 0);
    assert_int_equal(client_total(run, 1, SIM_ENDED + SIM_OK), 100);
    assert_in_range(client_total(run, 0, SIM_ENDED + SIM_ERROR), 5 * kills, 6 * kills);
    assert_true(most(run, 0) <= 70 * MB);
    sim_run_close(run);
}

static void a_worker_that_is_killed_has_crashed(void **state)
{
    struct sim_model *m = *state;
    struct sim_pool_def p = sim_pool_default(SIM_POOL_PROCESSES, 1);
    p.isolates = true;
    uint32_t pool = sim_model_pool(m, &p);
    struct sim_service_def api = api_on(box(m, 64 * MB), 1);
    add_service(
        m, &api,
        do_offload(m, pool, do_list(m, STEPS(do_leak(m, 30 * MB), do_io(m, 0.01)))));
    add_client(m, "users", steady(m, 10), do_call(m, "api"));
    struct sim_run *run = whole(m);
    // Every third call is killed, and nobody else.
    assert_int_equal(replica_total(run, 0, 0, SIM_OOM_KILLS), 33);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_ERROR), 33);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 67);
    sim_run_close(run);
}

static void memory_that_is_given_back_kills_nobody(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def api = api_on(box(m, 64 * MB), 6);
    add_service(m, &api, do_list(m, STEPS(do_alloc(m, 10 * MB), do_io(m, 0.01))));
    add_client(m, "users", burst(100, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(replica_total(run, 0, 0, SIM_OOM_KILLS), 0);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 100);
    sim_run_close(run);
}

static void seven_at_once_are_one_too_many(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def api = api_on(box(m, 64 * MB), 7);
    add_service(m, &api, do_list(m, STEPS(do_alloc(m, 10 * MB), do_io(m, 0.01))));
    add_client(m, "users", burst(7, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(replica_total(run, 0, 0, SIM_OOM_KILLS), 1);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_ERROR), 7);
    sim_run_close(run);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
    const struct CMUnitTest tests[] = {
        T(what_a_request_holds_goes_with_it),
        T(branches_hold_for_their_request),
        T(what_leaks_stays),
        T(an_interpreter_and_its_threads_take_memory),
        T(a_task_of_a_loop_takes_memory),
        T(a_worker_takes_what_its_start_makes_its_own),
        T(a_forked_worker_comes_to_own_what_it_touches),
        T(the_largest_process_is_killed_and_comes_back),
        T(a_worker_that_is_killed_has_crashed),
        T(memory_that_is_given_back_kills_nobody),
        T(seven_at_once_are_one_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
