#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/worlds.h"

// Pools of threads: when they grow, in which order they work, and what is left of a call whose
// caller has gone. Works take constant times, so every figure is worked out by hand.

#define MS (sim_time) SIM_MS
#define US (sim_time) SIM_US

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

static uint32_t threads_pool(struct sim_model *m, uint32_t most)
{
    const struct sim_pool_def p = sim_pool_default(SIM_POOL_THREADS, most);
    return sim_model_pool(m, &p);
}

static struct sim_run *whole(struct sim_model *m)
{
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    assert_true(sim_run_books(run).balanced);
    return run;
}

static int64_t api_time(const struct sim_run *run, enum sim_cause cause)
{
    return replica_total(run, 0, 0, SIM_TIME + (uint32_t)cause);
}

static sim_time longest(const struct sim_run *run, uint32_t client)
{
    struct sim_hist *h = client_latencies(run, client);
    sim_time d = sim_hist_max(h);
    free(h);
    return d;
}

// Five visits at once, each sending 10 ms of I/O to a pool of two: three rounds.
static void a_pool_works_in_rounds_of_its_threads(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 5, do_offload(m, threads_pool(m, 2), do_io(m, 0.010)));
    add_client(m, "users", burst(5, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(longest(run, 0), 30 * MS);
    assert_int_equal(api_time(run, SIM_IN_IO), 50 * MS);
    assert_int_equal(api_time(run, SIM_IN_POOL), (10 + 10 + 20) * MS);
    sim_run_close(run);
}

// So many calls of 10 ms at once, on so many cores.
static sim_time default_pool_takes(uint32_t cores, uint32_t calls)
{
    struct sim_model *m = world_open(10);
    struct sim_service_def api = service_def("api", calls);
    api.cores = cores;
    add_service(m, &api, do_offload(m, 0, do_io(m, 0.010)));
    add_client(m, "users", burst(calls, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    sim_time d = longest(run, 0);
    sim_run_close(run);
    sim_model_close(m);
    return d;
}

static void the_default_pool_has_four_threads_more_than_cores(void **state)
{
    (void)state;
    assert_int_equal(default_pool_takes(3, 7), 10 * MS);
    assert_int_equal(default_pool_takes(3, 8), 20 * MS);
    assert_int_equal(default_pool_takes(27, 32), 20 * MS);
    assert_int_equal(default_pool_takes(28, 32), 10 * MS);
    assert_int_equal(default_pool_takes(40, 33), 20 * MS); // no more than 32
}

// Each submit that finds the idle semaphore at nought pays for a thread.
static struct sim_runtime paying(void)
{
    struct sim_runtime r = ideal_gil(5 * MS);
    r.thread_start = 1 * MS;
    r.executor_burst = 200 * US;
    r.executor_round_trip = 400 * US;
    return r;
}

// One visit after the other: the first starts a thread, which is idle when the second comes.
static void a_thread_that_is_idle_saves_starting_one(void **state)
{
    struct sim_model *m = *state;
    const double at[] = { 1, 2 };
    struct sim_service_def api = service_def("api", 5);
    api.has_runtime = true;
    api.runtime = paying();
    add_service(m, &api, do_offload(m, threads_pool(m, 4), do_io(m, 0.010)));
    add_client(m, "users", replay(m, at, 2), do_call(m, "api"));
    struct sim_run *run = whole(m);
    struct sim_hist *h = client_latencies(run, 0);
    // Half a burst to submit and half in the thread; a thread that starts needs no waking.
    sim_time first = 1 * MS + 100 * US + 100 * US + 10 * MS + 100 * US;
    sim_time second = 100 * US + 100 * US + 100 * US + 10 * MS + 100 * US;
    assert_int_equal(sim_hist_max(h), first);
    assert_int_equal(h->head.sum, first + second);
    free(h);
    sim_run_close(run);
}

// Two calls at once start two threads, and afterwards the semaphore is at two: two more at
// once start none, a third does.
static void a_pool_grows_only_when_nobody_is_idle(void **state)
{
    struct sim_model *m = *state;
    const double at[] = { 1, 1, 2, 2, 3, 3, 3 };
    struct sim_service_def api = service_def("api", 8);
    api.has_runtime = true;
    api.runtime = paying();
    api.runtime.executor_burst = api.runtime.executor_round_trip = 0;
    add_service(m, &api, do_offload(m, threads_pool(m, 4), do_io(m, 0.010)));
    add_client(m, "users", replay(m, at, 7), do_call(m, "api"));
    struct sim_run *run = whole(m);
    // All submits run bytecode, the starts of three threads, and nothing else does.
    assert_int_equal(api_time(run, SIM_IN_PYTHON), 3 * MS);
    sim_run_close(run);
}

// One of two threads sleeps. The third call comes 50 us before the other is done with its own, and
// waking takes 100 us, of a thread as of who awaits.
static sim_time of_a_call_that_two_could_take(struct sim_model *m, bool hands_over)
{
    const double at[] = { 1, 1.005, 1.01495 };
    struct sim_service_def api = service_def("api", 3);
    api.has_runtime = true;
    api.runtime = ideal_gil(5 * MS);
    api.runtime.executor_round_trip = 200 * US;
    api.runtime.hands_over = hands_over;
    add_service(m, &api, do_offload(m, threads_pool(m, 2), do_io(m, 0.010)));
    add_client(m, "users", replay(m, at, 3), do_call(m, "api"));
    struct sim_run *run = whole(m);
    sim_time d = longest(run, 0);
    sim_run_close(run);
    return d;
}

static void who_comes_first_has_the_call_until_3_12(void **state)
{
    assert_int_equal(of_a_call_that_two_could_take(*state, false),
                     50 * US + 10 * MS + 100 * US);
}

static void who_sleeps_longest_is_given_the_call_since_3_13(void **state)
{
    assert_int_equal(of_a_call_that_two_could_take(*state, true),
                     100 * US + 10 * MS + 100 * US);
}

// The bytecode of five calls shares one GIL however many threads there are.
static void threads_of_a_pool_share_the_gil(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def api = service_def("api", 5);
    api.has_runtime = true;
    api.cores = 8;
    api.runtime = ideal_gil(5 * MS);
    add_service(m, &api, do_offload(m, threads_pool(m, 5), do_python(m, 0.010)));
    add_client(m, "users", burst(5, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(longest(run, 0), 50 * MS);
    assert_int_equal(api_time(run, SIM_IN_PYTHON), 50 * MS);
    sim_run_close(run);
}

// ---- Who awaits gives up ----

static void a_call_that_runs_keeps_its_thread_when_nobody_awaits_it(void **state)
{
    struct sim_model *m = *state;
    const double at[] = { 0, 0.006 };
    uint32_t pool = threads_pool(m, 1);
    add_plain(m, "api", 5, with_timeout(m, 0.005, do_offload(m, pool, do_io(m, 0.010))));
    add_client(m, "users", replay(m, at, 2), do_call(m, "api"));
    struct sim_run *run = whole(m);
    // The second waits behind a call that is for nobody, until its own time is up.
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_TIMEOUT), 2);
    assert_int_equal(api_time(run, SIM_IN_POOL), 4 * MS);
    sim_run_close(run);
}

// What was given up in line is never worked on.
static void nothing_is_done_for_those_who_left_the_line(void **state)
{
    struct sim_model *m = *state;
    const double at[] = { 0, 0.001, 0.002, 0.009 };
    uint32_t pool = threads_pool(m, 1);
    add_plain(m, "api", 5, with_timeout(m, 0.012, do_offload(m, pool, do_io(m, 0.010))));
    add_client(m, "users", replay(m, at, 4), do_call(m, "api"));
    struct sim_run *run = whole(m);
    // At 10 the second begins, gives up at 13, runs to 20. The third gave up at 14, so the
    // fourth begins at 20 and gives up at 21.
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 1);
    assert_int_equal(api_time(run, SIM_IN_POOL), (9 + 12 + 11) * MS);
    sim_run_close(run);
}

// ---- Failures, nesting, crashes ----

static void a_failure_is_raised_where_it_is_awaited(void **state)
{
    struct sim_model *m = *state;
    uint32_t call = do_offload(m, threads_pool(m, 1), do_fail(m, 503));
    add_plain(m, "api", 1, do_try(m, call, SIM_ERROR, do_io(m, 0.020)));
    add_plain(m, "bare", 1, do_offload(m, 0, do_fail(m, 503)));
    add_client(m, "users", burst(1, 0), do_call(m, "api"));
    add_client(m, "others", burst(1, 0), do_call(m, "bare"));
    struct sim_run *run = whole(m);
    assert_int_equal(longest(run, 0), 20 * MS);
    assert_int_equal(client_total(run, 1, SIM_ENDED + SIM_ERROR), 1);
    sim_run_close(run);
}

static void a_thread_of_a_pool_may_send_to_another(void **state)
{
    struct sim_model *m = *state;
    uint32_t inner = do_offload(m, threads_pool(m, 1), do_io(m, 0.010));
    uint32_t outer = do_list(m, STEPS(do_io(m, 0.001), inner, do_io(m, 0.002)));
    add_plain(m, "api", 1, do_offload(m, threads_pool(m, 1), outer));
    add_client(m, "users", burst(1, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(longest(run, 0), 13 * MS);
    assert_int_equal(api_time(run, SIM_IN_IO), 13 * MS);
    sim_run_close(run);
}

// Deadlock by exhaustion, as with the real thing: the pool's only thread waits for itself.
static void a_pool_that_waits_for_itself_waits_for_ever(void **state)
{
    struct sim_model *m = *state;
    uint32_t pool = threads_pool(m, 1);
    add_plain(m, "api", 1, do_offload(m, pool, do_offload(m, pool, do_io(m, 0.001))));
    add_client(m, "users", burst(1, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(sim_run_books(run).inside, 1);
    sim_run_close(run);
}

static void a_crash_ends_calls_and_the_pool_begins_anew(void **state)
{
    struct sim_model *m = *state;
    const double at[] = { 0, 0.001, 0.050 };
    add_plain(m, "api", 5, do_offload(m, threads_pool(m, 1), do_io(m, 0.010)));
    add_client(m, "users", replay(m, at, 3), do_call(m, "api"));
    world_seal(m);
    struct sim_fault f = { .kind = SIM_FAULT_RESTART, .begin = 5 * MS, .end = SIM_NEVER };
    f.target.replica = f.target.route = SIM_NONE;
    struct sim_run *run = run_faulted(m, 1, &f, 1);
    assert_true(sim_run_books(run).balanced);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_ERROR), 2);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 1);
    assert_int_equal(longest(run, 0), 10 * MS);
    sim_run_close(run);
}

static void each_replica_has_its_own(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def api = service_def("api", 5);
    api.replicas = 2;
    add_service(m, &api, do_offload(m, threads_pool(m, 1), do_io(m, 0.010)));
    add_client(m, "users", burst(4, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(longest(run, 0), 20 * MS);
    sim_run_close(run);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
    const struct CMUnitTest tests[] = {
        T(a_pool_works_in_rounds_of_its_threads),
        T(the_default_pool_has_four_threads_more_than_cores),
        T(a_thread_that_is_idle_saves_starting_one),
        T(a_pool_grows_only_when_nobody_is_idle),
        T(who_comes_first_has_the_call_until_3_12),
        T(who_sleeps_longest_is_given_the_call_since_3_13),
        T(threads_of_a_pool_share_the_gil),
        T(a_call_that_runs_keeps_its_thread_when_nobody_awaits_it),
        T(nothing_is_done_for_those_who_left_the_line),
        T(a_failure_is_raised_where_it_is_awaited),
        T(a_thread_of_a_pool_may_send_to_another),
        T(a_pool_that_waits_for_itself_waits_for_ever),
        T(a_crash_ends_calls_and_the_pool_begins_anew),
        T(each_replica_has_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
