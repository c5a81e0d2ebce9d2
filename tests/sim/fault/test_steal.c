#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/statistics.h"
#include "tests/support/worlds.h"

// CPU time that goes to other machines. Works take constant times, so that each tells at what speed
// it went on.

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

static struct sim_fault steal(double share, sim_time begin, sim_time end)
{
    return (struct sim_fault){ .kind = SIM_FAULT_STEAL,
                               .target = { 0, SIM_NONE, SIM_NONE },
                               .amount = share,
                               .begin = begin,
                               .end = end };
}

// Clients c0, c1, ..., each with one request for "api" at its moment.
static void ask_at(struct sim_model *m, const sim_time *times, uint32_t n)
{
    char name[] = "c0";
    for (uint32_t i = 0; i < n; i++) {
        name[1] = (char)('0' + i);
        add_client(m, name, burst(1, times[i]), do_call(m, "api"));
    }
}

static void expect_latencies(const struct sim_run *run, const double *ms, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        expect_near((double)only_latency(run, i), ms[i] * SIM_MS, 2);
}

// Before; begun before it; all within; begun within and ended behind it; behind it.
static void work_goes_on_at_the_speed_that_is_left(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 9, do_native(m, 0.010));
    ask_at(m, (const sim_time[]){ 0, 95 * MS, 120 * MS, 195 * MS, 220 * MS }, 5);
    struct sim_run *run = run_under(m, steal(0.75, 100 * MS, 200 * MS));
    expect_latencies(run, (const double[]){ 10, 25, 40, 13.75, 10 }, 5);
    sim_run_close(run);
}

static void bytecode_takes_longer_too(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def api = service_def("api", 9);
    api.has_runtime = true;
    api.runtime = ideal_gil(5 * MS);
    add_service(m, &api, do_python(m, 0.010));
    ask_at(m, (const sim_time[]){ 0, 100 * MS }, 2);
    struct sim_run *run = run_under(m, steal(0.5, 100 * MS, 200 * MS));
    expect_latencies(run, (const double[]){ 10, 20 }, 2);
    sim_run_close(run);
}

static void who_waits_for_input_does_not_feel_it(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 9, do_io(m, 0.010));
    ask_at(m, (const sim_time[]){ 100 * MS }, 1);
    struct sim_run *run = run_under(m, steal(0.9, 0, SIM_NEVER));
    expect_latencies(run, (const double[]){ 10 }, 1);
    sim_run_close(run);
}

// Three on two cores, which together go on at half of two: each at a third.
static void cores_are_shared_as_before_at_what_is_left(void **state)
{
    struct sim_model *m = *state;
    struct sim_host_def h = { .name = "host", .cores = 2 };
    struct sim_service_def api = service_def("api", 9);
    api.host = sim_model_host(m, &h);
    add_service(m, &api, do_native(m, 0.010));
    ask_at(m, (const sim_time[]){ 0, 0, 0, 100 * MS, 100 * MS }, 5);
    struct sim_run *run = run_under(m, steal(0.5, 0, SIM_NEVER));
    expect_latencies(run, (const double[]){ 30, 30, 30, 20, 20 }, 5);
    sim_run_close(run);
}

// It could have run: that is how it looks from inside.
static void what_was_stolen_is_time_without_a_core(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 9, do_native(m, 0.010));
    ask_at(m, (const sim_time[]){ 0 }, 1);
    struct sim_run *run = run_under(m, steal(0.75, 0, SIM_NEVER));
    expect_near((double)replica_total(run, 0, 0, SIM_TIME + SIM_IN_NATIVE), 10 * SIM_MS, 2);
    expect_near((double)replica_total(run, 0, 0, SIM_TIME + SIM_IN_CORE), 30 * SIM_MS, 2);
    sim_run_close(run);
}

static void one_replica_has_a_host_of_its_own(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def api = service_def("api", 9);
    api.replicas = 2; // in turn
    add_service(m, &api, do_native(m, 0.010));
    add_client(m, "users", burst(2, 0), do_call(m, "api"));
    struct sim_fault f = steal(0.5, 0, SIM_NEVER);
    f.target.replica = 1;
    struct sim_run *run = run_under(m, f);
    expect_near((double)replica_total(run, 0, 0, SIM_TIME + SIM_IN_CORE), 0, 2);
    expect_near((double)replica_total(run, 0, 1, SIM_TIME + SIM_IN_CORE), 10 * SIM_MS, 2);
    sim_run_close(run);
}

// By its host or by one service on it; whoever runs elsewhere is as before.
static void all_on_a_host_go_on_more_slowly(void **state)
{
    struct sim_model *m = *state;
    struct sim_host_def h = { .name = "host", .cores = 4 };
    uint32_t host = sim_model_host(m, &h);
    for (uint32_t i = 0; i < 3; i++) {
        char name[] = "s0";
        name[1] = (char)('0' + i);
        struct sim_service_def s = service_def(name, 9);
        s.host = i < 2 ? host : SIM_NONE;
        add_service(m, &s, do_native(m, 0.010));
        add_client(m, (const char *[]){ "a", "b", "c" }[i], burst(1, 0), do_call(m, name));
    }
    world_seal(m);
    for (uint32_t by_host = 0; by_host < 2; by_host++) {
        struct sim_fault f = steal(0.5, 0, SIM_NEVER);
        if (by_host) {
            f.target.service = SIM_NONE;
            f.value = host;
        }
        struct sim_run *run = run_faulted(m, 1, &f, 1);
        expect_latencies(run, (const double[]){ 20, 20, 10 }, 3);
        sim_run_close(run);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(work_goes_on_at_the_speed_that_is_left),
        TEST(bytecode_takes_longer_too),
        TEST(who_waits_for_input_does_not_feel_it),
        TEST(cores_are_shared_as_before_at_what_is_left),
        TEST(what_was_stolen_is_time_without_a_core),
        TEST(one_replica_has_a_host_of_its_own),
        TEST(all_on_a_host_go_on_more_slowly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
