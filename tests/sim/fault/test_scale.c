#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/worlds.h"

// A service that is told how many replicas there are to be. Works take constant times, so that it is
// known which replica each request comes to.

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

static struct sim_fault scale(uint32_t replicas, sim_time begin, sim_time end)
{
    return (struct sim_fault){ .kind = SIM_FAULT_SCALE,
                               .target = { 0, SIM_NONE, SIM_NONE },
                               .amount = replicas,
                               .begin = begin,
                               .end = end };
}

// A service "api" of so many replicas, which answers in 10 ms.
static void add_api(struct sim_model *m, uint32_t replicas)
{
    struct sim_service_def api = service_def("api", 1);
    api.replicas = replicas;
    add_service(m, &api, do_io(m, 0.010));
}

static struct sim_run *run_with(struct sim_model *m, const struct sim_fault *f, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (f[i].kind == SIM_FAULT_SCALE)
            assert_true(sim_model_scale(m, 0, (uint32_t)f[i].amount));
    return run_under_all(m, f, n);
}

static int64_t arrived(const struct sim_run *run, uint32_t replica)
{
    return replica_total(run, 0, replica, SIM_ARRIVED);
}

// A hundred a second for two seconds: the first second in turn to two, the second to four.
static void those_that_come_get_requests(void **state)
{
    struct sim_model *m = *state;
    add_api(m, 2);
    add_client(m, "users", steady(m, 100), do_call(m, "api"));
    struct sim_fault f = scale(4, 1000 * MS, SIM_NEVER);
    struct sim_run *run = run_with(m, &f, 1);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_ERROR), 0);
    for (uint32_t i = 0; i < 4; i++)
        assert_in_range(arrived(run, i), i < 2 ? 74 : 24, i < 2 ? 76 : 26);
    sim_run_close(run);
}

// Nobody is told no: who goes does what is inside, and its callers know at once.
static void those_that_go_finish_what_is_inside(void **state)
{
    struct sim_model *m = *state;
    add_api(m, 4);
    add_client(m, "users", steady(m, 300), do_call(m, "api"));
    struct sim_fault f = scale(2, 1000 * MS, SIM_NEVER);
    struct sim_run *run = run_with(m, &f, 1);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_ERROR), 0);
    assert_in_range(arrived(run, 3), 74, 76);
    assert_true(arrived(run, 0) > 150);
    sim_run_close(run);
}

static void undone_there_are_as_many_as_at_first(void **state)
{
    struct sim_model *m = *state;
    add_api(m, 2);
    add_client(m, "users", steady(m, 100), do_call(m, "api"));
    struct sim_fault f[] = { scale(1, 200 * MS, 600 * MS), scale(3, 1000 * MS, 1500 * MS) };
    struct sim_run *run = run_with(m, f, 2);
    // 20 + 40 of one alone + 20 + 50 / 3 + 25; of the third only its half second.
    assert_in_range(arrived(run, 0), 20 / 2 + 40 + 40 / 2 + 16 + 25 - 1,
                    20 / 2 + 40 + 40 / 2 + 16 + 25 + 2);
    assert_in_range(arrived(run, 2), 16, 17);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_ERROR), 0);
    sim_run_close(run);
}

// Whatever would start it again, a replica that is not to be there is not.
static void nothing_else_brings_back_who_is_not_to_be_there(void **state)
{
    struct sim_model *m = *state;
    add_api(m, 2);
    add_client(m, "users", steady(m, 100), do_call(m, "api"));
    struct sim_fault crash = scale(0, 400 * MS, 600 * MS);
    crash.kind = SIM_FAULT_CRASH;
    struct sim_fault restart = scale(0, 800 * MS, SIM_NEVER);
    restart.kind = SIM_FAULT_RESTART;
    restart.target.replica = 1;
    struct sim_fault f[] = { scale(1, 200 * MS, SIM_NEVER), crash, restart };
    struct sim_run *run = run_with(m, f, 3);
    assert_in_range(arrived(run, 1), 9, 11);
    sim_run_close(run);
}

// How busy it is is said of the replicas that are there: two that work half of their time for a
// second, then four for a quarter.
static void busy_is_said_of_those_that_are_there(void **state)
{
    struct sim_model *m = *state;
    add_api(m, 2);
    add_client(m, "users", steady(m, 100), do_call(m, "api"));
    struct sim_fault f = scale(4, 1000 * MS, SIM_NEVER);
    struct sim_run *run = run_with(m, &f, 1);
    double absent = 0;
    uint32_t windows;
    sim_run_window_edges(run, &windows);
    for (uint32_t i = 0; i < 4; i++)
        absent +=
            sim_meter_area(sim_run_replica_meter(run, 0, i), 0, windows, SIM_ABSENT_AREA);
    assert_true(absent == 2.0 * SIM_S);
    assert_int_equal(sim_model_replicas(m, 0), 4);
    assert_int_equal(sim_model_replicas_at_first(m, 0), 2);
    sim_run_close(run);
}

static void weights_leave_no_room(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def api = service_def("api", 1);
    api.replicas = 2;
    api.balance.weights = 2;
    add_service(m, &api, do_io(m, 0.010));
    assert_true(sim_model_scale(m, 0, 2));
    assert_false(sim_model_scale(m, 0, 3));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
    const struct CMUnitTest tests[] = {
        T(those_that_come_get_requests),
        T(those_that_go_finish_what_is_inside),
        T(undone_there_are_as_many_as_at_first),
        T(nothing_else_brings_back_who_is_not_to_be_there),
        T(busy_is_said_of_those_that_are_there),
        T(weights_leave_no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
