#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/worlds.h"

// Processes that grow, and processes that are killed for it. What happens takes whole steps of
// time, so that every figure is worked out by hand.

#define MS (sim_time) SIM_MS
#define MB 1000000.0

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

static double most(const struct sim_run *run)
{
    uint32_t windows;
    sim_run_window_edges(run, &windows);
    return (double)sim_meter_memory_max(sim_run_replica_meter(run, 0, 0), 0, windows);
}

// Byte seconds over the run.
static double area(const struct sim_run *run)
{
    uint32_t windows;
    sim_run_window_edges(run, &windows);
    return sim_meter_area(sim_run_replica_meter(run, 0, 0), 0, windows, SIM_MEMORY_AREA) /
           SIM_S;
}

static uint32_t box(struct sim_model *m, double memory)
{
    struct sim_host_def h;
    sim_host_default(&h);
    h.memory = (int64_t)memory;
    h.restart = 500 * MS;
    return sim_model_host(m, &h);
}

// 1 MB after 100 ms, another after 200, half a one at the end; all of it stays.
static void leak_grows_while_it_lasts_and_stays(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 1, do_io(m, 0.010));
    add_client(m, "users", burst(1, 0), do_call(m, "api"));
    struct sim_fault f = fault(SIM_FAULT_LEAK, 10 * MB, 100 * MS, 350 * MS);
    struct sim_run *run = run_under_all(m, &f, 1);
    assert_true(most(run) == 2.5 * MB);
    assert_true(fabs(area(run) - (1.8 + 1.7 + 0.5 * 1.65) * MB) < 1);
    sim_run_close(run);
}

// And comes again with every, from where it was.
static void leak_that_comes_again_adds_up(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 1, do_io(m, 0.010));
    add_client(m, "users", burst(1, 0), do_call(m, "api"));
    struct sim_fault f = fault(SIM_FAULT_LEAK, 10 * MB, 0, 250 * MS);
    f.every = 1000 * MS;
    struct sim_run *run = run_under_all(m, &f, 1);
    assert_true(most(run) == 5 * MB);
    sim_run_close(run);
}

static void leak_goes_with_its_process(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 1, do_io(m, 0.010));
    add_client(m, "users", burst(1, 0), do_call(m, "api"));
    struct sim_fault f[] = { fault(SIM_FAULT_LEAK, 10 * MB, 0, SIM_NEVER),
                             fault(SIM_FAULT_CRASH, 0, 1000 * MS, 1500 * MS) };
    struct sim_run *run = run_under_all(m, f, 2);
    // Ten steps up to the crash, none while it is down, and from 1.5 s four of them and one more that
    // is due when it is up again.
    assert_true(most(run) == 10 * MB);
    double before = (1.8 + 1.6 + 1.4 + 1.2 + 1.0 + 0.8 + 0.6 + 0.4 + 0.2) / 2 * MB;
    double after = (0.4 + 0.3 + 0.2 + 0.1) * MB;
    assert_true(fabs(area(run) - before - after) < 1);
    sim_run_close(run);
}

// 2 MB a step and room for 20: the eleventh step is one too many, half a second later it is back.
static void leak_ends_in_the_killer(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def api = service_def("api", 9);
    api.host = box(m, 20 * MB);
    add_service(m, &api, do_io(m, 0.010));
    add_client(m, "before", burst(1, 1095 * MS), do_call(m, "api"));
    add_client(m, "during", burst(1, 1590 * MS), do_call(m, "api"));
    add_client(m, "after", burst(1, 1610 * MS), do_call(m, "api"));
    struct sim_fault f = fault(SIM_FAULT_LEAK, 20 * MB, 0, SIM_NEVER);
    struct sim_run *run = run_under_all(m, &f, 1);
    assert_int_equal(replica_total(run, 0, 0, SIM_OOM_KILLS), 1);
    assert_true(most(run) == 22 * MB);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_ERROR), 1);
    assert_int_equal(client_total(run, 1, SIM_ENDED + SIM_ERROR), 1);
    assert_int_equal(client_total(run, 2, SIM_ENDED + SIM_OK), 1);
    sim_run_close(run);
}

static void leak_of_one_replica_leaves_the_others(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def api = service_def("api", 1);
    api.replicas = 2;
    add_service(m, &api, do_io(m, 0.010));
    add_client(m, "users", burst(1, 0), do_call(m, "api"));
    struct sim_fault f = fault(SIM_FAULT_LEAK, 10 * MB, 0, 1000 * MS);
    f.target.replica = 1;
    struct sim_run *run = run_under_all(m, &f, 1);
    assert_true(most(run) == 0);
    sim_run_close(run);
}

// Without any memory on its books, too: what is inside ends, new ones are refused until its host
// has started it again.
static void oom_kills_and_the_host_starts_again(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def api = service_def("api", 9);
    api.host = box(m, 0);
    add_service(m, &api, do_io(m, 0.010));
    add_client(m, "inside", burst(1, 95 * MS), do_call(m, "api"));
    add_client(m, "during", burst(1, 590 * MS), do_call(m, "api"));
    add_client(m, "after", burst(1, 601 * MS), do_call(m, "api"));
    struct sim_fault f = fault(SIM_FAULT_OOM, 0, 100 * MS, SIM_NEVER);
    struct sim_run *run = run_under_all(m, &f, 1);
    assert_int_equal(replica_total(run, 0, 0, SIM_OOM_KILLS), 1);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_ERROR), 1);
    assert_int_equal(client_total(run, 1, SIM_ENDED + SIM_ERROR), 1);
    assert_int_equal(client_total(run, 2, SIM_ENDED + SIM_OK), 1);
    sim_run_close(run);
}

// It is the largest of a replica's processes: here the worker that holds 30 MB, and its parent
// lives on.
static void oom_kills_the_largest_process(void **state)
{
    struct sim_model *m = *state;
    struct sim_pool_def p = sim_pool_default(SIM_POOL_PROCESSES, 1);
    p.isolates = true;
    struct sim_service_def api = service_def("api", 1);
    uint32_t steps = do_list(m, STEPS(do_alloc(m, 30 * MB), do_io(m, 0.5)));
    add_service(m, &api, do_offload(m, sim_model_pool(m, &p), steps));
    add_client(m, "users", burst(1, 0), do_call(m, "api"));
    add_client(m, "later", burst(1, 200 * MS), do_call(m, "api"));
    struct sim_fault f = fault(SIM_FAULT_OOM, 0, 100 * MS, SIM_NEVER);
    struct sim_run *run = run_under_all(m, &f, 1);
    assert_int_equal(replica_total(run, 0, 0, SIM_OOM_KILLS), 1);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_ERROR), 1);
    assert_int_equal(client_total(run, 1, SIM_ENDED + SIM_OK), 1);
    sim_run_close(run);
}

static void who_is_down_is_not_killed_again(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 1, do_io(m, 0.010));
    add_client(m, "users", burst(1, 0), do_call(m, "api"));
    struct sim_fault f[] = { fault(SIM_FAULT_CRASH, 0, 50 * MS, 300 * MS),
                             fault(SIM_FAULT_OOM, 0, 100 * MS, SIM_NEVER) };
    struct sim_run *run = run_under_all(m, f, 2);
    assert_int_equal(replica_total(run, 0, 0, SIM_OOM_KILLS), 0);
    sim_run_close(run);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
    const struct CMUnitTest tests[] = {
        T(leak_grows_while_it_lasts_and_stays),
        T(leak_that_comes_again_adds_up),
        T(leak_goes_with_its_process),
        T(leak_ends_in_the_killer),
        T(leak_of_one_replica_leaves_the_others),
        T(oom_kills_and_the_host_starts_again),
        T(oom_kills_the_largest_process),
        T(who_is_down_is_not_killed_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
