#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sim/model/cause.h"
#include "tests/support/worlds.h"

// The lock of an interpreter's threads, time.sleep, and threads that are started when needed. Threads are the branches of one gather;
// waking one takes 50 us, and each is known by how long it does what it does.

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

static struct sim_run *run_threads(struct sim_model *m, sim_time handoff, uint32_t n,
                                   const uint32_t *threads)
{
    struct sim_service_def s = service_def("api", 8);
    s.has_runtime = true;
    s.cores = 8;
    s.runtime = ideal_gil(5 * MS);
    s.runtime.wake = 50 * US;
    s.runtime.lock_handoff = handoff;
    s.runtime.sleep_slack = 120 * US;
    add_service(m, &s, do_gather(m, 0, n, threads));
    add_client(m, "users", burst(1, 0), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_traced(m, 1);
    assert_true(sim_run_books(run).balanced);
    return run;
}

// When the only span of that cause and length began.
static sim_time begin_of(const struct sim_run *run, enum sim_cause cause, sim_time length)
{
    const struct sim_trace *trace = sim_run_trace(run);
    sim_time begin = -1;
    for (uint64_t i = sim_trace_first(trace); i < trace->count; i++) {
        const struct sim_trace_record *r = sim_trace_at(trace, i);
        if (r->kind != SIM_TRACE_SPAN || r->code != cause || r->end - r->begin != length)
            continue;
        assert_true(begin == -1);
        begin = r->begin;
    }
    return begin;
}

static uint32_t woken_in_vain(const struct sim_run *run)
{
    const struct sim_trace *trace = sim_run_trace(run);
    uint32_t n = 0;
    for (uint64_t i = sim_trace_first(trace); i < trace->count; i++)
        n += sim_trace_at(trace, i)->kind == SIM_TRACE_VAIN;
    return n;
}

static void who_lets_go_and_comes_again_has_it_before_a_waiter_is_awake(void **state)
{
    struct sim_model *m = *state;
    uint32_t lock = sim_model_lock(m, "");
    uint32_t a = do_times(m, 3, with_semaphore(m, lock, do_python(m, 0.001)));
    uint32_t b =
        do_list(m, STEPS(do_io(m, 0.0005), with_semaphore(m, lock, do_python(m, 0.002))));
    struct sim_run *run = run_threads(m, 0, STEPS(a, b));
    assert_int_equal(begin_of(run, SIM_IN_PYTHON, 2 * MS), 3050 * US);
    sim_run_close(run);
}

static void a_later_version_gives_it_to_who_has_waited_long(void **state)
{
    struct sim_model *m = *state;
    uint32_t lock = sim_model_lock(m, "");
    uint32_t a = do_times(m, 3, with_semaphore(m, lock, do_python(m, 0.002)));
    uint32_t b =
        do_list(m, STEPS(do_io(m, 0.0005), with_semaphore(m, lock, do_python(m, 0.003))));
    struct sim_run *run = run_threads(m, 1 * MS, STEPS(a, b));
    assert_int_equal(begin_of(run, SIM_IN_PYTHON, 3 * MS), 2050 * US);
    sim_run_close(run);
}

static void a_later_version_lets_who_comes_again_in_before_that(void **state)
{
    struct sim_model *m = *state;
    uint32_t lock = sim_model_lock(m, "");
    uint32_t a = do_times(m, 2, with_semaphore(m, lock, do_python(m, 0.001)));
    uint32_t b =
        do_list(m, STEPS(do_io(m, 0.0005), with_semaphore(m, lock, do_python(m, 0.003))));
    struct sim_run *run = run_threads(m, 1 * MS, STEPS(a, b));
    assert_int_equal(begin_of(run, SIM_IN_PYTHON, 3 * MS), 2050 * US);
    sim_run_close(run);
}

// It was not running before, so the waiter that it wakes goes first.
static void who_has_just_slept_loses_it_to_the_waiter(void **state)
{
    struct sim_model *m = *state;
    uint32_t lock = sim_model_lock(m, "");
    uint32_t inside = do_list(m, STEPS(do_io(m, 0.001), do_python(m, 0.00001)));
    uint32_t a = do_times(m, 2, with_semaphore(m, lock, inside));
    uint32_t b =
        do_list(m, STEPS(do_io(m, 0.0005), with_semaphore(m, lock, do_io(m, 0.002))));
    struct sim_run *run = run_threads(m, 0, STEPS(a, b));
    assert_int_equal(begin_of(run, SIM_IN_IO, 2 * MS), 1060 * US);
    sim_run_close(run);
}

static void who_gives_up_passes_its_waking_on(void **state)
{
    struct sim_model *m = *state;
    uint32_t lock = sim_model_lock(m, "");
    uint32_t a = with_semaphore(m, lock, do_python(m, 0.001));
    uint32_t wants = with_timeout(m, 0.00052, with_semaphore(m, lock, do_io(m, 0.003)));
    uint32_t b = do_try_any(m, do_list(m, STEPS(do_io(m, 0.0005), wants)), do_io(m, 0));
    uint32_t c =
        do_list(m, STEPS(do_io(m, 0.0006), with_semaphore(m, lock, do_io(m, 0.002))));
    struct sim_run *run = run_threads(m, 0, STEPS(a, b, c));
    // Let go at 1 ms; the first is awake at 1.05 but goes at 1.02, and the other is then woken.
    assert_int_equal(begin_of(run, SIM_IN_IO, 2 * MS), 1070 * US);
    assert_int_equal(begin_of(run, SIM_IN_IO, 3 * MS), -1);
    sim_run_close(run);
}

static void a_free_lock_costs_no_gil(void **state)
{
    struct sim_model *m = *state;
    uint32_t lock = sim_model_lock(m, "");
    uint32_t a = do_list(
        m, STEPS(do_python(m, 0.001), with_semaphore(m, lock, do_python(m, 0.001))));
    uint32_t b = do_list(m, STEPS(do_io(m, 0.0005), do_python(m, 0.003)));
    struct sim_run *run = run_threads(m, 0, STEPS(a, b));
    assert_int_equal(begin_of(run, SIM_IN_PYTHON, 3 * MS), 2050 * US);
    assert_int_equal(woken_in_vain(run), 0);
    sim_run_close(run);
}

static void a_sleep_ends_late_and_other_waits_do_not(void **state)
{
    struct sim_model *m = *state;
    struct sim_step s = { .kind = SIM_STEP_IO, .flags = SIM_IS_TIMER };
    s.value = sim_model_const(m, 0.010);
    uint32_t sleep = sim_model_step(m, &s);
    struct sim_run *run = run_threads(m, 0, STEPS(sleep, do_io(m, 0.010)));
    assert_int_equal(begin_of(run, SIM_IN_IO, 10120 * US), 0);
    assert_int_equal(begin_of(run, SIM_IN_IO, 10 * MS), 0);
    sim_run_close(run);
}

// The rule of ThreadPoolExecutor: the first finds none and waits 100 us for a thread of its own; the
// second finds that one idle. Of three beside the second two get new ones and one has to wait.
static void threads_are_started_when_none_is_idle(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def s = service_def("api", 3);
    s.has_runtime = true;
    s.cores = 8;
    s.runtime = ideal_gil(5 * MS);
    s.runtime.thread_start = 100 * US;
    s.executor.grows = true;
    add_service(m, &s, do_io(m, 0.010));
    uint32_t first = add_client(m, "first", burst(1, 0), do_call(m, "api"));
    uint32_t idle = add_client(m, "idle", burst(1, 11 * MS), do_call(m, "api"));
    uint32_t rest = add_client(m, "rest", burst(3, 12 * MS), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_traced(m, 1);
    assert_int_equal(only_latency(run, first), 10100 * US);
    assert_int_equal(only_latency(run, idle), 10 * MS);
    struct sim_hist *h = client_latencies(run, rest);
    assert_int_equal(sim_hist_min(h), 10100 * US);
    assert_int_equal(sim_hist_max(h), 19 * MS); // in line for the one that is done at 21 ms
    free(h);
    sim_run_close(run);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
    const struct CMUnitTest tests[] = {
        TEST(who_lets_go_and_comes_again_has_it_before_a_waiter_is_awake),
        TEST(a_later_version_gives_it_to_who_has_waited_long),
        TEST(a_later_version_lets_who_comes_again_in_before_that),
        TEST(who_has_just_slept_loses_it_to_the_waiter),
        TEST(who_gives_up_passes_its_waking_on),
        TEST(a_free_lock_costs_no_gil),
        TEST(a_sleep_ends_late_and_other_waits_do_not),
        TEST(threads_are_started_when_none_is_idle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
