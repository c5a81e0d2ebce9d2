#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/statistics.h"
#include "tests/support/worlds.h"

// Cores shared by processor sharing: n runnable tasks on c cores each go on at the rate
// min(1, c / n), less what switching costs while n > c.

#define MS (sim_time) SIM_MS

static int open_world(void **state)
{
    *state = world_open(100);
    return 0;
}

static int close_world(void **state)
{
    sim_model_close(*state);
    return 0;
}

// A piece of work, asked for at its moment by a client of its own from a service of its own
// on the host that all share.
struct job {
    sim_time at, work, latency; // latency: expected
};

static uint32_t host_of(struct sim_model *m, uint32_t cores, sim_time slice, sim_time cost)
{
    struct sim_host_def h = {
        .name = "host", .cores = cores, .slice = slice, .switch_cost = cost
    };
    return sim_model_host(m, &h);
}

static void add_jobs(struct sim_model *m, uint32_t host, const struct job *jobs, uint32_t n)
{
    char name[] = "s0";
    for (uint32_t i = 0; i < n; i++) {
        name[0] = 's';
        name[1] = (char)('0' + i);
        struct sim_service_def s = service_def(name, 1);
        s.host = host;
        add_service(m, &s, do_native(m, (double)jobs[i].work / SIM_S));
        uint32_t call = do_call(m, name);
        name[0] = 'c';
        add_client(m, name, burst(1, jobs[i].at), call);
    }
    world_seal(m);
}

static struct sim_run *run_jobs(struct sim_model *m, uint32_t host, const struct job *jobs,
                                uint32_t n)
{
    add_jobs(m, host, jobs, n);
    return run_whole(m, 1);
}

static void expect_jobs(struct sim_model *m, uint32_t host, const struct job *jobs,
                        uint32_t n)
{
    struct sim_run *run = run_jobs(m, host, jobs, n);
    for (uint32_t i = 0; i < n; i++) {
        sim_time got = only_latency(run, i);
        expect_near((double)got, (double)jobs[i].latency, 2);
        int64_t core = replica_total(run, i, 0, SIM_TIME + SIM_IN_CORE);
        int64_t native = replica_total(run, i, 0, SIM_TIME + SIM_IN_NATIVE);
        assert_int_equal(core + native, got);
        expect_near((double)native, (double)jobs[i].work, 2);
    }
    sim_run_close(run);
}

static void one_task_runs_at_full_speed(void **state)
{
    const struct job jobs[] = { { 3 * MS, 10 * MS, 10 * MS } };
    expect_jobs(*state, host_of(*state, 1, 0, 0), jobs, 1);
}

static void two_tasks_share_one_core_equally(void **state)
{
    const struct job jobs[] = { { 0, 10 * MS, 20 * MS }, { 0, 10 * MS, 20 * MS } };
    expect_jobs(*state, host_of(*state, 1, 0, 0), jobs, 2);
}

static void two_tasks_have_a_core_each(void **state)
{
    const struct job jobs[] = { { 0, 10 * MS, 10 * MS }, { 0, 4 * MS, 4 * MS } };
    expect_jobs(*state, host_of(*state, 2, 0, 0), jobs, 2);
}

// Until 3 w1 all three run at a third, then two at a half, then one alone.
static void shorter_tasks_leave_first_and_free_their_share(void **state)
{
    const struct job jobs[] = { { 0, 1 * MS, 3 * MS },
                                { 0, 2 * MS, 5 * MS },
                                { 0, 6 * MS, 9 * MS } };
    expect_jobs(*state, host_of(*state, 1, 0, 0), jobs, 3);
}

static void five_tasks_share_two_cores(void **state)
{
    const struct job jobs[] = {
        { 0, 2 * MS, 5 * MS }, { 0, 2 * MS, 5 * MS }, { 0, 2 * MS, 5 * MS },
        { 0, 2 * MS, 5 * MS }, { 0, 2 * MS, 5 * MS },
    };
    expect_jobs(*state, host_of(*state, 2, 0, 0), jobs, 5);
}

// The first has had 4 ms when the second comes; they share until the second has its 3 ms, at
// 10 ms; the first then needs 3 more.
static void task_that_comes_later_takes_its_share(void **state)
{
    const struct job jobs[] = { { 0, 10 * MS, 13 * MS }, { 4 * MS, 3 * MS, 6 * MS } };
    expect_jobs(*state, host_of(*state, 1, 0, 0), jobs, 2);
}

// Works that do not divide evenly: exact to the rounding of a nanosecond, and no time is lost
// however often tasks come and go.
static void thirds_of_a_nanosecond_are_kept(void **state)
{
    struct sim_model *m = *state;
    enum {
        N = 9
    };
    struct job jobs[N];
    for (uint32_t i = 0; i < N; i++)
        jobs[i] = (struct job){ 0, 1000003 + 7 * (sim_time)i, 0 };
    // Whoever is i-th leaves when i have had all of theirs and the rest as much as i.
    for (uint32_t i = 0; i < N; i++) {
        sim_time sum = (N - i) * jobs[i].work;
        for (uint32_t j = 0; j < i; j++)
            sum += jobs[j].work;
        jobs[i].latency = (sum + 2) / 3;
        if (N - i < 3) // fewer than cores
            jobs[i].latency = jobs[i - 1].latency + jobs[i].work - jobs[i - 1].work;
    }
    expect_jobs(m, host_of(m, 3, 0, 0), jobs, N);
}

static void slices_cost_a_switch_each_while_the_host_is_full(void **state)
{
    struct sim_model *m = *state;
    // 1 in 11 is lost: two tasks of 10 ms take 22 ms. Rates are in units of 2^-16.
    const struct job jobs[] = { { 0, 10 * MS, 0 }, { 0, 10 * MS, 0 } };
    struct sim_run *run = run_jobs(m, host_of(m, 1, 1 * MS, 100 * SIM_US), jobs, 2);
    for (uint32_t i = 0; i < 2; i++)
        expect_near((double)only_latency(run, i), 22e6, 22e6 / 65536);
    sim_run_close(run);
}

// At 11 ms two have had 5 each; three then share what is left of the core: 15 ms in 16.5.
static void switches_cost_also_those_who_came_before(void **state)
{
    struct sim_model *m = *state;
    const struct job jobs[] = { { 0, 10 * MS, 0 },
                                { 0, 10 * MS, 0 },
                                { 11 * MS, 5 * MS, 0 } };
    struct sim_run *run = run_jobs(m, host_of(m, 1, 1 * MS, 100 * SIM_US), jobs, 3);
    for (uint32_t i = 0; i < 3; i++)
        expect_near((double)only_latency(run, i), 27.5e6 - (double)jobs[i].at,
                    27.5e6 / 65536);
    sim_run_close(run);
}

static void host_that_is_not_full_does_not_switch(void **state)
{
    const struct job jobs[] = { { 0, 10 * MS, 10 * MS }, { 0, 10 * MS, 10 * MS } };
    expect_jobs(*state, host_of(*state, 2, 1 * MS, 100 * SIM_US), jobs, 2);
}

static void task_taken_away_gives_its_share_back(void **state)
{
    struct sim_model *m = *state;
    uint32_t host = host_of(m, 1, 0, 0);
    struct sim_service_def a = service_def("a", 1), b = service_def("b", 1);
    a.host = b.host = host;
    add_service(m, &a, do_native(m, 0.010));
    add_service(m, &b, do_native(m, 0.010));
    add_client(m, "ca", burst(1, 0), do_call(m, "a"));
    add_client(m, "cb", burst(1, 0), do_call(m, "b"));
    world_seal(m);
    // At 4 ms both have had 2; then a is alone: 2 + 8 = 12.
    struct sim_fault crash = { .kind = SIM_FAULT_CRASH,
                               .target = { 1, SIM_NONE, SIM_NONE },
                               .begin = 4 * MS,
                               .end = SIM_NEVER };
    struct sim_run *run = run_faulted(m, 1, &crash, 1);
    expect_near((double)only_latency(run, 0), 12e6, 2);
    assert_int_equal(client_total(run, 1, SIM_ENDED + SIM_ERROR), 1);
    sim_run_close(run);
}

// What n tasks get done in all is what the cores can do, whatever comes and goes.
static void cores_are_never_idle_while_tasks_wait(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def s = service_def("s", SIM_UNLIMITED);
    s.host = host_of(m, 2, 0, 0);
    add_service(m, &s, do_work(m, SIM_STEP_NATIVE, drawn(m, sim_dist_exponential(0.010))));
    add_client(m, "c", closed(m, 40, sim_dist_constant(0)), do_call(m, "s"));
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    // Charges are made when a task ends: 40 of them are still inside.
    double native = (double)replica_total(run, 0, 0, SIM_TIME + SIM_IN_NATIVE);
    assert_true(native <= 200e9 && native > 200e9 - 40 * 0.2e9);
    sim_run_close(run);
}

// Two of the longest steps share a core; and one that is longer ends the run with a reason.
static void the_longest_work_takes_as_long_as_it_is(void **state)
{
    (void)state;
    struct sim_model *m = world_open(5 * 3600);
    const struct job jobs[] = {
        { 3 * MS, SIM_WORK_MAX, 2 * SIM_WORK_MAX - MS },
        { 4 * MS, SIM_WORK_MAX, 2 * SIM_WORK_MAX - MS },
    };
    struct sim_run *run = run_jobs(m, host_of(m, 1, 0, 0), jobs, 2);
    for (uint32_t i = 0; i < 2; i++)
        expect_near((double)only_latency(run, i), (double)jobs[i].latency, 2);
    sim_run_close(run);
    sim_model_close(m);
}

static void longer_work_stops_the_run(void **state)
{
    (void)state;
    for (uint32_t beside = 0; beside < 2; beside++) {
        struct sim_model *m = world_open(5 * 3600);
        const struct job jobs[] = {
            { 1 * MS, 1 * MS, 0 },
            { 2 * MS, 10000 * MS, 0 },
            { 3 * MS, SIM_WORK_MAX + 1, 0 },
        };
        add_jobs(m, host_of(m, 1, 0, 0), beside ? jobs : jobs + 2, beside ? 3 : 1);
        struct sim_run *run = run_open(m, 1, 0);
        assert_int_equal(sim_run_until(run, 10 * MS), SIM_AT_LIMIT);
        assert_non_null(strstr(sim_run_reason(run), "two hours"));
        assert_int_equal(sim_run_now(run), 3 * MS);
        sim_run_close(run);
        sim_model_close(m);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_task_runs_at_full_speed),
        TEST(two_tasks_share_one_core_equally),
        TEST(two_tasks_have_a_core_each),
        TEST(shorter_tasks_leave_first_and_free_their_share),
        TEST(five_tasks_share_two_cores),
        TEST(task_that_comes_later_takes_its_share),
        TEST(thirds_of_a_nanosecond_are_kept),
        TEST(slices_cost_a_switch_each_while_the_host_is_full),
        TEST(switches_cost_also_those_who_came_before),
        TEST(host_that_is_not_full_does_not_switch),
        TEST(task_taken_away_gives_its_share_back),
        TEST(cores_are_never_idle_while_tasks_wait),
        cmocka_unit_test(the_longest_work_takes_as_long_as_it_is),
        cmocka_unit_test(longer_work_stops_the_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
