#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/worlds.h"

// Rolling updates. Works take constant times, and a controller looks each 100 ms, so that it is known
// which replicas are there when.

#define MS (sim_time) SIM_MS

static int open_world(void **state)
{
    *state = world_open(4);
    return 0;
}

static int close_world(void **state)
{
    sim_model_close(*state);
    return 0;
}

static struct sim_fault deploy(uint32_t surge, uint32_t unavailable, sim_time startup)
{
    return (struct sim_fault){ .kind = SIM_FAULT_DEPLOY,
                               .target = { 0, SIM_NONE, SIM_NONE },
                               .begin = 1000 * MS,
                               .end = SIM_NEVER,
                               .rollout = { surge, unavailable, 0, startup } };
}

// Four replicas that answer in 10 ms, and 200 requests a second.
static void add_api(struct sim_model *m, uint32_t surge)
{
    struct sim_service_def api = service_def("api", 1);
    api.replicas = 4;
    add_service(m, &api, do_io(m, 0.010));
    assert_true(sim_model_scale(m, 0, 4 + surge));
    add_client(m, "users", steady(m, 200), do_call(m, "api"));
    world_seal(m);
}

// Up to now, and not up to the last window's end.
static int64_t arrived(const struct sim_run *run, uint32_t replica)
{
    return sim_run_replica_meter(run, 0, replica)->counts[SIM_ARRIVED];
}

struct story {
    sim_time ended;
    uint32_t least, most; // replicas with requests in a tenth of a second
};

// How many of the replicas get requests in the 90 ms behind each of the controller's looks.
static struct story run_through(struct sim_model *m, struct sim_fault f,
                                struct sim_run **out)
{
    struct sim_run *run = run_open(m, 1, 0);
    struct sim_schedule schedule;
    struct story s = { .least = UINT32_MAX };
    uint32_t n = sim_model_replicas(m, 0);
    assert_true(sim_schedule_init(&schedule, &f, 1));
    for (sim_time t = 0; t < 3900 * MS; t += 100 * MS) {
        int64_t before[16];
        uint32_t busy = 0;
        assert_int_equal(sim_schedule_run(&schedule, run, t + 10 * MS), SIM_GOING);
        for (uint32_t i = 0; i < n; i++)
            before[i] = arrived(run, i);
        assert_int_equal(sim_schedule_run(&schedule, run, t + 95 * MS), SIM_GOING);
        for (uint32_t i = 0; i < n; i++)
            busy += arrived(run, i) > before[i];
        s.least = busy < s.least ? busy : s.least;
        s.most = busy > s.most ? busy : s.most;
    }
    sim_schedule_run(&schedule, run, SIM_NEVER);
    s.ended = sim_schedule_ended(&schedule, 0);
    sim_schedule_fini(&schedule);
    sim_run_finish(run);
    assert_true(sim_run_books(run).balanced);
    *out = run;
    return s;
}

// With a surge of one and nobody missing there are never fewer than four, at most five, and a
// new one of 500 ms makes room for the next: four times that.
static void surge_alone_keeps_all(void **state)
{
    struct sim_run *run;
    add_api(*state, 1);
    struct story s = run_through(*state, deploy(1, 0, 500 * MS), &run);
    assert_int_equal(s.least, 4);
    assert_int_equal(s.most, 5);
    assert_in_range(s.ended, 1000 * MS + 4 * 500 * MS, 1000 * MS + 4 * 700 * MS);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_ERROR), 0);
    sim_run_close(run);
}

// Without a surge one is missing all the while.
static void unavailable_alone_does_with_fewer(void **state)
{
    struct sim_run *run;
    add_api(*state, 0);
    struct story s = run_through(*state, deploy(0, 1, 500 * MS), &run);
    assert_int_equal(s.least, 3);
    assert_int_equal(s.most, 4);
    assert_in_range(s.ended, 1000 * MS + 4 * 500 * MS, 1000 * MS + 4 * 800 * MS);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_ERROR), 0);
    sim_run_close(run);
}

// Four at once: nobody is left for as long as they take to start.
static void all_at_once_are_a_gap(void **state)
{
    struct sim_run *run;
    add_api(*state, 0);
    struct story s = run_through(*state, deploy(0, 4, 500 * MS), &run);
    assert_int_equal(s.least, 0);
    assert_in_range(client_total(run, 0, SIM_ENDED + SIM_ERROR), 100, 130);
    assert_in_range(s.ended, 1500 * MS, 1800 * MS);
    sim_run_close(run);
}

// Each replica that was there is another process afterwards, and as many are there.
static void afterwards_all_are_new(void **state)
{
    struct sim_model *m = *state;
    struct sim_run *run;
    add_api(m, 2);
    struct story s = run_through(m, deploy(2, 0, 0), &run);
    assert_true(s.ended != SIM_NEVER);
    assert_int_equal(sim_run_rollout(run, 0), 4);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_ERROR), 0);
    sim_run_close(run);
}

// Who is not ready for long enough does not count, and the next one waits for it.
static void new_ones_are_to_be_ready_for_a_while(void **state)
{
    struct sim_run *run;
    add_api(*state, 1);
    struct sim_fault f = deploy(1, 0, 0);
    f.rollout.min_ready = 500 * MS;
    struct story s = run_through(*state, f, &run);
    assert_in_range(s.ended, 1000 * MS + 4 * 500 * MS, 1000 * MS + 4 * 700 * MS);
    sim_run_close(run);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
    const struct CMUnitTest tests[] = {
        T(surge_alone_keeps_all),
        T(unavailable_alone_does_with_fewer),
        T(all_at_once_are_a_gap),
        T(afterwards_all_are_new),
        T(new_ones_are_to_be_ready_for_a_while),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
