#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/worlds.h"

// Planned stops. Requests wait 100 ms, and nothing else takes any time.

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

static struct sim_fault stop(sim_time begin, sim_time end, uint32_t replica)
{
    return (struct sim_fault){ .kind = SIM_FAULT_STOP,
                               .begin = begin,
                               .end = end,
                               .target = { 0, replica, SIM_NONE } };
}

static struct sim_run *run_at(struct sim_model *m, const struct sim_service_def *def,
                              const double *at, uint32_t n, struct sim_fault fault)
{
    uint32_t step = do_io(m, 0.100);
    if (def->executor.pool > 0)
        step = do_served(m, def->executor.pool, step);
    add_service(m, def, step);
    add_client(m, "users", replay(m, at, n), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_faulted(m, 1, &fault, 1);
    assert_true(sim_run_books(run).balanced);
    return run;
}

static void expect_ends(struct sim_run *run, int64_t ok, int64_t errors)
{
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), ok);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_ERROR), errors);
    sim_run_close(run);
}

static void what_is_inside_is_done_and_nothing_new_is_taken(void **state)
{
    const double at[] = { 1, 1.010, 1.030 };
    struct sim_service_def def = service_def("api", 1);
    // The second is in line, which is the process' own; the third is refused.
    expect_ends(run_at(*state, &def, at, 3, stop(1020 * MS, SIM_NEVER, SIM_NONE)), 2, 1);
}

static void a_grace_has_an_end(void **state)
{
    const double at[] = { 1, 1.050 };
    struct sim_service_def def = service_def("api", 2);
    def.executor.grace = 60 * MS;
    // At 1.120 the second has 30 ms to go.
    expect_ends(run_at(*state, &def, at, 2, stop(1060 * MS, SIM_NEVER, SIM_NONE)), 1, 1);
}

static void undone_it_starts_when_the_old_process_has_ended(void **state)
{
    const double at[] = { 1, 1.050, 1.110 };
    struct sim_service_def def = service_def("api", 2);
    // Undone at 1.020; until 1.100 the old one is busy, and takes nothing.
    expect_ends(run_at(*state, &def, at, 3, stop(1010 * MS, 1020 * MS, SIM_NONE)), 2, 1);
}

static void an_idle_process_ends_at_once(void **state)
{
    const double at[] = { 1, 1.050, 1.110 };
    struct sim_service_def def = service_def("api", 2);
    expect_ends(run_at(*state, &def, at, 3, stop(500 * MS, 1100 * MS, SIM_NONE)), 1, 2);
}

static void the_grace_of_one_stop_is_not_that_of_the_next(void **state)
{
    const double at[] = { 1, 1.120, 1.200, 1.300 };
    struct sim_service_def def = service_def("api", 2);
    struct sim_fault twice = stop(1010 * MS, 1110 * MS, SIM_NONE);
    def.executor.grace = 150 * MS;
    twice.every = 120 * MS;
    // Stopped at 1.010 and, with the second inside, at 1.130: the first grace, to 1.160, is over.
    struct sim_run *run = run_at(*state, &def, at, 2, twice);
    expect_ends(run, 2, 0);
}

// One is accepted by each worker; the first worker stops, and the other takes what comes.
static void workers_of_one_socket_take_over(void **state)
{
    const double at[] = { 1, 1.200, 1.400, 1.600 };
    struct sim_service_def def = loop_def("api");
    def.replicas = def.cores = def.executor.processes = 2;
    def.executor.backlog = 10;
    expect_ends(run_at(*state, &def, at, 4, stop(1010 * MS, SIM_NEVER, 0)), 4, 0);
}

static void a_closed_socket_resets_who_was_not_accepted(void **state)
{
    struct sim_model *m = *state;
    const double at[] = { 1, 1.010 };
    struct sim_pool_def p = sim_pool_default(SIM_POOL_PROCESSES, 1);
    p.serves = p.is_server = true;
    struct sim_service_def def = service_def("api", 1);
    def.executor.pool = sim_model_pool(m, &p);
    expect_ends(run_at(m, &def, at, 2, stop(1020 * MS, SIM_NEVER, SIM_NONE)), 1, 1);
}

// ---- With a drain: two replicas, and the first is told at 1 s ----

static struct sim_run *drained(struct sim_model *m, struct sim_service_def *def,
                               const double *at, uint32_t n)
{
    def->replicas = 2;
    def->drain.is_used = true;
    return run_at(m, def, at, n, stop(1000 * MS, SIM_NEVER, 0));
}

static int64_t lost(const struct sim_run *run, enum sim_count what)
{
    return replica_total(run, 0, 0, what);
}

static void callers_go_on_until_they_hear(void **state)
{
    // In turns: every other comes to the first, until 1.2 s.
    const double at[] = { 0.9, 0.91, 1.05, 1.06, 1.15, 1.16, 1.25, 1.26 };
    struct sim_service_def def = service_def("api", 8);
    def.drain.endpoint_lag = 200 * MS;
    struct sim_run *run = drained(*state, &def, at, 8);
    assert_int_equal(lost(run, SIM_STOP_REFUSED), 2);
    assert_int_equal(lost(run, SIM_STOP_DROPPED), 0);
    expect_ends(run, 6, 2);
}

static void a_pre_stop_of_that_length_serves_them(void **state)
{
    const double at[] = { 0.9, 0.91, 1.05, 1.06, 1.15, 1.16, 1.25, 1.26 };
    struct sim_service_def def = service_def("api", 8);
    def.drain.endpoint_lag = 200 * MS;
    def.drain.pre_stop = 210 * MS;
    struct sim_run *run = drained(*state, &def, at, 8);
    assert_int_equal(lost(run, SIM_STOP_REFUSED), 0);
    assert_int_equal(replica_total(run, 0, 0, SIM_ARRIVED), 3);
    expect_ends(run, 8, 0);
}

static void one_that_is_shorter_refuses_the_rest(void **state)
{
    const double at[] = { 0.9, 0.91, 1.05, 1.06, 1.15, 1.16, 1.25, 1.26 };
    struct sim_service_def def = service_def("api", 8);
    def.drain.endpoint_lag = 200 * MS;
    def.drain.pre_stop = 100 * MS;
    struct sim_run *run = drained(*state, &def, at, 8);
    assert_int_equal(lost(run, SIM_STOP_REFUSED), 1);
    expect_ends(run, 7, 1);
}

// Told at 1 s, with two inside until 1.06 s; the grace ends at 1.05 s.
static void what_a_grace_leaves_inside_is_dropped(void **state)
{
    const double at[] = { 0.96, 0.961, 0.962, 0.963 };
    struct sim_service_def def = service_def("api", 8);
    def.termination = 50 * MS;
    struct sim_run *run = drained(*state, &def, at, 4);
    assert_int_equal(lost(run, SIM_STOP_DROPPED), 2);
    assert_int_equal(lost(run, SIM_STOP_REFUSED), 0);
    expect_ends(run, 2, 2);
}

// The grace is over before the pre-stop is: the process is told then, and has two seconds.
static void a_pre_stop_ends_with_the_grace(void **state)
{
    const double at[] = { 1.04, 1.041, 1.06, 1.061 };
    struct sim_service_def def = service_def("api", 8);
    def.termination = 50 * MS;
    def.drain.pre_stop = 9000 * MS;
    def.drain.endpoint_lag = 5000 * MS;
    struct sim_run *run = drained(*state, &def, at, 4);
    assert_int_equal(lost(run, SIM_STOP_REFUSED), 1);
    assert_int_equal(lost(run, SIM_STOP_DROPPED), 0);
    expect_ends(run, 3, 1);
}

static void an_undone_stop_is_heard_of_too(void **state)
{
    const double at[] = { 1.5, 1.51, 3.0, 3.01 };
    struct sim_model *m = *state;
    struct sim_service_def def = service_def("api", 8);
    def.replicas = 2;
    def.drain = (struct sim_drain){ .is_used = true, .endpoint_lag = 100 * MS };
    struct sim_run *run = run_at(m, &def, at, 4, stop(1000 * MS, 2000 * MS, 0));
    assert_int_equal(replica_total(run, 0, 0, SIM_ARRIVED), 1);
    assert_int_equal(replica_total(run, 0, 1, SIM_ARRIVED), 3);
    expect_ends(run, 4, 0);
}

static void without_a_drain_a_stop_is_counted_as_well(void **state)
{
    const double at[] = { 1, 1.050, 1.070 };
    struct sim_service_def def = service_def("api", 2);
    def.executor.grace = 60 * MS;
    struct sim_run *run = run_at(*state, &def, at, 3, stop(1060 * MS, SIM_NEVER, SIM_NONE));
    assert_int_equal(lost(run, SIM_STOP_DROPPED), 1);
    assert_int_equal(lost(run, SIM_STOP_REFUSED), 1);
    expect_ends(run, 1, 2);
}

#define T(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(what_is_inside_is_done_and_nothing_new_is_taken),
        T(a_grace_has_an_end),
        T(undone_it_starts_when_the_old_process_has_ended),
        T(an_idle_process_ends_at_once),
        T(the_grace_of_one_stop_is_not_that_of_the_next),
        T(workers_of_one_socket_take_over),
        T(a_closed_socket_resets_who_was_not_accepted),
        T(callers_go_on_until_they_hear),
        T(a_pre_stop_of_that_length_serves_them),
        T(one_that_is_shorter_refuses_the_rest),
        T(what_a_grace_leaves_inside_is_dropped),
        T(a_pre_stop_ends_with_the_grace),
        T(an_undone_stop_is_heard_of_too),
        T(without_a_drain_a_stop_is_counted_as_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
