#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/worlds.h"

// Pools of processes and of interpreters: the way of a call to a worker and back, starting,
// cancelling, crashing. Works take constant times, so every figure is worked out by hand.

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

static uint32_t processes(struct sim_model *m, uint32_t n)
{
    const struct sim_pool_def p = sim_pool_default(SIM_POOL_PROCESSES, n);
    return sim_model_pool(m, &p);
}

// A service of so many threads and cores with that interpreter.
static void add_python(struct sim_model *m, uint32_t threads, uint32_t cores,
                       struct sim_runtime r, uint32_t step)
{
    struct sim_service_def api = service_def("api", threads);
    api.has_runtime = true;
    api.cores = cores;
    api.runtime = r;
    add_service(m, &api, step);
}

static struct sim_run *whole(struct sim_model *m)
{
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    assert_true(sim_run_books(run).balanced);
    return run;
}

static struct sim_run *crashed(struct sim_model *m, uint32_t pool, uint32_t workers,
                               sim_time at)
{
    world_seal(m);
    struct sim_fault f = { .kind = SIM_FAULT_POOL,
                           .value = pool,
                           .amount = workers,
                           .begin = at,
                           .end = SIM_NEVER };
    struct sim_run *run = run_faulted(m, 1, &f, 1);
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

static int64_t ended(const struct sim_run *run, enum sim_outcome outcome)
{
    return client_total(run, 0, SIM_ENDED + (uint32_t)outcome);
}

// ---- A GIL each ----

static void processes_run_bytecode_on_all_cores(void **state)
{
    struct sim_model *m = *state;
    add_python(m, 4, 4, ideal_gil(5 * MS),
               do_offload(m, processes(m, 4), do_python(m, 0.010)));
    add_client(m, "users", burst(4, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(longest(run, 0), 10 * MS);
    assert_int_equal(api_time(run, SIM_IN_PYTHON), 40 * MS);
    assert_int_equal(api_time(run, SIM_IN_GIL), 0);
    sim_run_close(run);
}

static void they_share_the_cores_of_their_host(void **state)
{
    struct sim_model *m = *state;
    struct sim_host_def h = { .name = "box", .cores = 2 };
    uint32_t host = sim_model_host(m, &h);
    struct sim_service_def api = service_def("api", 4);
    api.has_runtime = true;
    api.runtime = ideal_gil(5 * MS);
    api.host = host;
    add_service(m, &api, do_offload(m, processes(m, 4), do_python(m, 0.010)));
    add_client(m, "users", burst(4, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(longest(run, 0), 20 * MS);
    assert_int_equal(api_time(run, SIM_IN_CORE), 40 * MS);
    sim_run_close(run);
}

static void by_itself_a_pool_has_a_worker_a_core(void **state)
{
    struct sim_model *m = *state;
    add_python(m, 6, 3, ideal_gil(5 * MS),
               do_offload(m, processes(m, SIM_NONE), do_io(m, 0.010)));
    add_client(m, "users", burst(6, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(longest(run, 0), 20 * MS);
    sim_run_close(run);
}

// ---- The way there and back ----

// Each of the parent's four chores, and each of the worker's two, takes 100 us; each of the
// five wake-ups 100 us more.
static struct sim_runtime carrying(void)
{
    struct sim_runtime r = ideal_gil(5 * MS);
    r.pool_burst = 400 * US;
    r.pool_round_trip = 1100 * US;
    r.forks = true;
    return r;
}

static void a_call_takes_six_chores_and_five_wakings(void **state)
{
    struct sim_model *m = *state;
    add_python(m, 1, 2, carrying(), do_offload(m, processes(m, 1), do_python(m, 0.010)));
    add_client(m, "users", burst(1, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(longest(run, 0), 10 * MS + 1100 * US);
    // Submitting and the worker's own are bytecode; the rest is the pool's.
    assert_int_equal(api_time(run, SIM_IN_PYTHON), 10 * MS + 300 * US);
    assert_int_equal(api_time(run, SIM_IN_POOL), 800 * US);
    sim_run_close(run);
}

// 1 MB each way at 1 GB/s of pickling, half of that in the pipe, and 4 GB/s of unpickling.
static void bytes_are_pickled_sent_and_unpickled_each_way(void **state)
{
    struct sim_model *m = *state;
    struct sim_runtime r = ideal_gil(5 * MS);
    r.pickle_bytes = 1e9;
    r.pipe_bytes = 0.5e9;
    r.unpickle_bytes = 4e9;
    struct sim_offload_def o = { processes(m, 1), number(m, 1e6), number(m, 2e6) };
    add_python(m, 1, 2, r, do_sent(m, &o, do_io(m, 0.001)));
    add_client(m, "users", burst(1, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    sim_time there = 1000 * US + 2000 * US + 250 * US;
    assert_int_equal(longest(run, 0), there + 2 * there + 1 * MS);
    sim_run_close(run);
}

// How much longer a call takes that sends so much, and gets nothing back.
static sim_time sending(struct sim_model *m, struct sim_runtime r, double bytes)
{
    struct sim_offload_def o = { processes(m, 1), number(m, bytes), number(m, 0) };
    add_python(m, 1, 2, r, do_sent(m, &o, do_io(m, 0.001)));
    add_client(m, "users", burst(1, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    sim_time d = longest(run, 0) - 1 * MS;
    sim_run_close(run);
    return d;
}

#define PIPE 65536.0

// Five pipes full: the writer, who sleeps while it is full, is woken four times.
static void a_pipe_holds_64_kib_and_its_writer_is_woken_for_more(void **state)
{
    struct sim_model *m = *state;
    struct sim_runtime r = ideal_gil(5 * MS);
    r.wake = 50 * US;
    assert_int_equal(sending(m, r, 5 * PIPE), 4 * 50 * US);
}

static void what_a_pipe_holds_at_once_waits_for_nobody(void **state)
{
    struct sim_model *m = *state;
    struct sim_runtime r = ideal_gil(5 * MS);
    r.wake = 50 * US;
    assert_int_equal(sending(m, r, PIPE), 0);
}

// 1 MiB at one page in 4 us: 1024 us for the object; and each time that the pipe is filled again,
// 15 times, 64 us for the piece that is read and 64 us for its place in the reader's buffer.
static void large_messages_are_read_to_memory_that_is_new(void **state)
{
    struct sim_model *m = *state;
    struct sim_runtime r = ideal_gil(5 * MS);
    r.wake = 0;
    r.fresh_bytes = 1024e6;
    assert_int_equal(sending(m, r, 16 * PIPE), 1024 * US + 15 * 128 * US);
}

// 40 MiB, and 32 MiB: of a pickle the C library keeps no more than that.
static void very_large_ones_are_pickled_to_new_memory_too(void **state)
{
    struct sim_model *m = *state;
    struct sim_runtime r = ideal_gil(5 * MS);
    r.wake = 0;
    r.fresh_bytes = 1024e6;
    assert_int_equal(sending(m, r, 640 * PIPE), 2 * 40 * 1024 * US + 639 * 128 * US);
}

static void what_the_c_library_keeps_is_pickled_to_memory_in_use(void **state)
{
    struct sim_model *m = *state;
    struct sim_runtime r = ideal_gil(5 * MS);
    r.wake = 0;
    r.fresh_bytes = 1024e6;
    assert_int_equal(sending(m, r, 512 * PIPE), 32 * 1024 * US + 511 * 128 * US);
}

// The reader writes its buffer while the writer wakes: the longer of the two counts.
static void the_reader_works_while_the_writer_wakes(void **state)
{
    struct sim_model *m = *state;
    struct sim_runtime r = ideal_gil(5 * MS);
    r.wake = 200 * US;
    r.fresh_bytes = 1024e6;
    assert_int_equal(sending(m, r, 16 * PIPE), 1024 * US + 15 * 200 * US);
}

static void small_messages_are_written_to_memory_in_use(void **state)
{
    struct sim_model *m = *state;
    struct sim_runtime r = ideal_gil(5 * MS);
    r.wake = 0;
    r.fresh_bytes = 1e6;
    assert_int_equal(sending(m, r, 100e3), 0);
}

// Four times 1 MB are more than the cache holds: three copies at 0.5 GB/s.
static void what_no_cache_holds_is_copied_at_the_speed_of_memory(void **state)
{
    struct sim_model *m = *state;
    struct sim_runtime r = ideal_gil(5 * MS);
    r.wake = 0;
    r.pickle_bytes = r.pipe_bytes = r.unpickle_bytes = 2e9;
    r.memory_bytes = 0.5e9;
    r.cache_size = 3999999;
    assert_int_equal(sending(m, r, 1e6), 3 * 2 * MS);
}

static void what_a_cache_holds_is_not(void **state)
{
    struct sim_model *m = *state;
    struct sim_runtime r = ideal_gil(5 * MS);
    r.wake = 0;
    r.pickle_bytes = r.pipe_bytes = r.unpickle_bytes = 2e9;
    r.memory_bytes = 0.5e9;
    r.cache_size = 4000000;
    assert_int_equal(sending(m, r, 1e6), 3 * 500 * US);
}

// A thread of the parent that computes: each of the four chores there waits an interval for
// the GIL, and so does whoever awaits, for his own next step.
static void a_busy_parent_makes_each_chore_wait_for_the_gil(void **state)
{
    struct sim_model *m = *state;
    struct sim_runtime r = carrying();
    uint32_t sends = do_offload(m, processes(m, 1), do_io(m, 0.001));
    struct sim_service_def api = service_def("api", 2);
    api.has_runtime = true;
    api.cores = 4;
    api.runtime = r;
    uint32_t kind = sim_model_field(m, "kind");
    add_service(m, &api, do_switch(m, kind, 1, do_python(m, 1), sends));
    struct sim_client_def busy = { .name = "busy", .arrivals = burst(1, 0) };
    busy.step = do_call(m, "api");
    busy.first_field = sim_model_field_set(m, (struct sim_field_set){ kind, number(m, 1) });
    busy.fields = 1;
    sim_model_client(m, &busy);
    add_client(m, "users", burst(1, 10 * MS), do_call(m, "api"));
    struct sim_run *run = whole(m);
    sim_time d = longest(run, 1);
    assert_in_range(d, 4 * 5 * MS + 1 * MS, 4 * 5 * MS + 1 * MS + 1100 * US);
    sim_run_close(run);
}

// ---- Starting ----

static void fork_starts_all_at_the_first_submit(void **state)
{
    struct sim_model *m = *state;
    const double at[] = { 1, 2 };
    struct sim_runtime r = ideal_gil(5 * MS);
    r.forks = true;
    r.fork_first = 10 * MS;
    r.fork_start = 4 * MS;
    add_python(m, 1, 8, r, do_offload(m, processes(m, 3), do_io(m, 0.001)));
    add_client(m, "users", replay(m, at, 2), do_call(m, "api"));
    struct sim_run *run = whole(m);
    // 6 ms more for the first; half of each fork is the parent's, one after the other, and
    // half the child's.
    assert_int_equal(longest(run, 0), (6 + 3 * 2 + 2 + 1) * MS);
    assert_int_equal(api_time(run, SIM_IN_PYTHON), (6 + 3 * 2) * MS);
    sim_run_close(run);
}

// Three submit at once: the executor's lock lets one of them start all.
static void what_starting_costs_is_paid_once(void **state)
{
    struct sim_model *m = *state;
    struct sim_runtime r = ideal_gil(5 * MS);
    r.forks = true;
    r.fork_first = 10 * MS;
    r.fork_start = 4 * MS;
    add_python(m, 3, 8, r, do_offload(m, processes(m, 3), do_io(m, 0.001)));
    add_client(m, "users", burst(3, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(longest(run, 0), (6 + 3 * 2 + 2 + 1) * MS);
    assert_int_equal(api_time(run, SIM_IN_PYTHON), (6 + 3 * 2) * MS);
    sim_run_close(run);
}

// The one that submits first gives up in the midst of it, and lives on: the next one starts them.
static void a_submit_that_is_given_up_starts_nobody(void **state)
{
    struct sim_model *m = *state;
    struct sim_runtime r = ideal_gil(5 * MS);
    r.forks = true;
    r.fork_first = 10 * MS;
    r.fork_start = 4 * MS;
    uint32_t pool = processes(m, 3), kind = sim_model_field(m, "kind");
    uint32_t sends = do_offload(m, pool, do_io(m, 0.001));
    uint32_t hasty = with_timeout(m, 0.0001, do_offload(m, pool, do_io(m, 0.001)));
    uint32_t gives_up = do_try(m, hasty, SIM_TIMEOUT, do_io(m, 20));
    add_python(m, 4, 8, r, do_switch(m, kind, 1, gives_up, sends));
    struct sim_client_def first = { .name = "first", .arrivals = burst(1, 0) };
    first.step = do_call(m, "api");
    first.first_field =
        sim_model_field_set(m, (struct sim_field_set){ kind, number(m, 1) });
    first.fields = 1;
    sim_model_client(m, &first);
    add_client(m, "users", burst(3, SIM_S), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(client_total(run, 1, SIM_ENDED + SIM_OK), 3);
    sim_run_close(run);
}

static void others_start_when_nobody_is_idle(void **state)
{
    struct sim_model *m = *state;
    const double at[] = { 1, 2, 2.0001 };
    struct sim_runtime r = ideal_gil(5 * MS);
    r.fork_start = 2 * MS;
    r.spawn_first = 120 * MS;
    r.spawn_start = 100 * MS;
    struct sim_pool_def p = sim_pool_default(SIM_POOL_PROCESSES, 3);
    p.start = SIM_START_SPAWN;
    add_python(m, 3, 8, r, do_offload(m, sim_model_pool(m, &p), do_io(m, 0.500)));
    add_client(m, "users", replay(m, at, 3), do_call(m, "api"));
    struct sim_run *run = whole(m);
    // The first at 1 s starts one, the second finds it idle, the third starts another.
    assert_int_equal(longest(run, 0), (20 + 1 + 100 + 500) * MS);
    assert_int_equal(api_time(run, SIM_IN_PYTHON), (20 + 1 + 1) * MS);
    assert_int_equal(api_time(run, SIM_IN_POOL), 2 * 100 * MS);
    sim_run_close(run);
}

static void a_worker_that_has_done_its_share_is_replaced(void **state)
{
    struct sim_model *m = *state;
    const double at[] = { 1, 2, 3 };
    struct sim_pool_def p = sim_pool_default(SIM_POOL_PROCESSES, 1);
    p.startup = 50 * MS;
    p.max_tasks = 2;
    add_python(m, 3, 8, ideal_gil(5 * MS),
               do_offload(m, sim_model_pool(m, &p), do_io(m, 0.001)));
    add_client(m, "users", replay(m, at, 3), do_call(m, "api"));
    struct sim_run *run = whole(m);
    struct sim_hist *h = client_latencies(run, 0);
    // The first waits for its worker; the third finds the next one started meanwhile.
    assert_int_equal(h->head.sum, (51 + 1 + 1) * MS);
    free(h);
    sim_run_close(run);
}

static void calls_wait_for_the_next_worker_in_a_row(void **state)
{
    struct sim_model *m = *state;
    struct sim_pool_def p = sim_pool_default(SIM_POOL_PROCESSES, 1);
    p.startup = 50 * MS;
    p.max_tasks = 2;
    add_python(m, 5, 8, ideal_gil(5 * MS),
               do_offload(m, sim_model_pool(m, &p), do_io(m, 0.001)));
    add_client(m, "users", burst(5, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(longest(run, 0), (50 + 2 + 50 + 2 + 50 + 1) * MS);
    sim_run_close(run);
}

// ---- Who awaits gives up ----

// One worker: one call runs, two are sent on and beyond cancellation, the fourth is not.
static void what_is_sent_on_runs_though_nobody_awaits_it(void **state)
{
    struct sim_model *m = *state;
    uint32_t pool = processes(m, 1);
    uint32_t work = do_offload(m, pool, do_io(m, 0.010));
    struct sim_service_def api = service_def("api", 8);
    api.has_runtime = true;
    api.runtime = ideal_gil(5 * MS);
    uint32_t kind = sim_model_field(m, "kind");
    add_service(m, &api, do_switch(m, kind, 1, work, with_timeout(m, 0.005, work)));
    const double at[] = { 0, 0.001, 0.002, 0.003 };
    add_client(m, "hasty", replay(m, at, 4), do_call(m, "api"));
    struct sim_client_def last = { .name = "patient", .arrivals = burst(1, 15 * MS) };
    last.step = do_call(m, "api");
    last.first_field = sim_model_field_set(m, (struct sim_field_set){ kind, number(m, 1) });
    last.fields = 1;
    sim_model_client(m, &last);
    struct sim_run *run = whole(m);
    assert_int_equal(ended(run, SIM_TIMEOUT), 4);
    assert_int_equal(longest(run, 1), (30 + 10 - 15) * MS);
    sim_run_close(run);
}

// ---- Crashes ----

static void a_worker_that_dies_breaks_the_pool(void **state)
{
    struct sim_model *m = *state;
    const double at[] = { 1, 1, 1, 1, 1, 3 };
    uint32_t pool = processes(m, 2);
    add_python(m, 8, 8, carrying(), do_offload(m, pool, do_io(m, 0.100)));
    add_client(m, "users", replay(m, at, 6), do_call(m, "api"));
    struct sim_run *run = crashed(m, pool, 1, 1050 * MS);
    assert_int_equal(ended(run, SIM_ERROR), 6);
    sim_run_close(run);
}

static void an_isolated_worker_takes_only_its_call_with_it(void **state)
{
    struct sim_model *m = *state;
    const double at[] = { 1, 1, 1, 1, 1, 3 };
    struct sim_pool_def p = sim_pool_default(SIM_POOL_PROCESSES, 2);
    p.isolates = true;
    p.startup = 20 * MS;
    uint32_t pool = sim_model_pool(m, &p);
    add_python(m, 8, 8, ideal_gil(5 * MS), do_offload(m, pool, do_io(m, 0.100)));
    add_client(m, "users", replay(m, at, 6), do_call(m, "api"));
    struct sim_run *run = crashed(m, pool, 1, 1050 * MS);
    assert_int_equal(ended(run, SIM_ERROR), 1);
    assert_int_equal(ended(run, SIM_OK), 5);
    // Started at 20, dead at 50, back at 70: 3rd at 170, 5th at 270; the other at 120, 220.
    assert_int_equal(longest(run, 0), 270 * MS);
    sim_run_close(run);
}

static void a_restart_mends_a_broken_pool(void **state)
{
    struct sim_model *m = *state;
    const double at[] = { 1, 2, 4 };
    uint32_t pool = processes(m, 2);
    add_python(m, 8, 8, carrying(), do_offload(m, pool, do_io(m, 0.100)));
    add_client(m, "users", replay(m, at, 3), do_call(m, "api"));
    world_seal(m);
    struct sim_fault f[2] = {
        { .kind = SIM_FAULT_POOL,
          .value = pool,
          .amount = 1,
          .begin = 1050 * MS,
          .end = SIM_NEVER },
        { .kind = SIM_FAULT_RESTART, .begin = 3000 * MS, .end = SIM_NEVER }
    };
    f[1].target.replica = f[1].target.route = SIM_NONE;
    struct sim_run *run = run_faulted(m, 1, f, 2);
    assert_true(sim_run_books(run).balanced);
    assert_int_equal(ended(run, SIM_ERROR), 2);
    assert_int_equal(ended(run, SIM_OK), 1);
    sim_run_close(run);
}

// Its thread sets the future in the main interpreter from 1.020 to 1.030.
static void an_interpreter_that_dies_as_it_replies_takes_the_call_along(void **state)
{
    struct sim_model *m = *state;
    const double at[] = { 1, 2 };
    struct sim_pool_def p = sim_pool_default(SIM_POOL_INTERPRETERS, 1);
    p.startup = 0;
    p.isolates = true;
    uint32_t pool = sim_model_pool(m, &p);
    struct sim_runtime r = ideal_gil(5 * MS);
    r.executor_burst = 20 * MS;
    add_python(m, 1, 2, r, do_offload(m, pool, do_io(m, 0.010)));
    add_client(m, "users", replay(m, at, 2), do_call(m, "api"));
    struct sim_run *run = crashed(m, pool, 1, 1025 * MS);
    assert_int_equal(ended(run, SIM_ERROR), 1);
    assert_int_equal(ended(run, SIM_OK), 1);
    assert_int_equal(longest(run, 0), 30 * MS);
    sim_run_close(run);
}

static void a_crash_of_the_service_ends_its_workers_too(void **state)
{
    struct sim_model *m = *state;
    const double at[] = { 1, 2 };
    struct sim_pool_def p = sim_pool_default(SIM_POOL_PROCESSES, 1);
    p.startup = 20 * MS;
    add_python(m, 8, 8, ideal_gil(5 * MS),
               do_offload(m, sim_model_pool(m, &p), do_python(m, 0.100)));
    add_client(m, "users", replay(m, at, 2), do_call(m, "api"));
    world_seal(m);
    struct sim_fault f = { .kind = SIM_FAULT_RESTART,
                           .begin = 1050 * MS,
                           .end = SIM_NEVER };
    f.target.replica = f.target.route = SIM_NONE;
    struct sim_run *run = run_faulted(m, 1, &f, 1);
    assert_true(sim_run_books(run).balanced);
    assert_int_equal(ended(run, SIM_ERROR), 1);
    assert_int_equal(longest(run, 0), 120 * MS);
    sim_run_close(run);
}

// ---- Interpreters ----

static void interpreters_have_a_gil_each(void **state)
{
    struct sim_model *m = *state;
    const struct sim_pool_def p = sim_pool_default(SIM_POOL_INTERPRETERS, 4);
    add_python(m, 4, 4, ideal_gil(5 * MS),
               do_offload(m, sim_model_pool(m, &p), do_python(m, 0.010)));
    add_client(m, "users", burst(4, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(longest(run, 0), 10 * MS);
    sim_run_close(run);
}

static void an_interpreter_is_made_for_each_thread_when_it_starts(void **state)
{
    struct sim_model *m = *state;
    const double at[] = { 1, 2 };
    struct sim_runtime r = ideal_gil(5 * MS);
    r.executor_burst = 200 * US;
    r.executor_round_trip = 400 * US; // 100 us to wake, each way
    r.interpreter_round_trip = 700 * US;
    r.interpreter_pool_first = 80 * MS;
    const struct sim_pool_def p = sim_pool_default(SIM_POOL_INTERPRETERS, 2);
    add_python(m, 4, 4, r, do_offload(m, sim_model_pool(m, &p), do_python(m, 0.010)));
    add_client(m, "users", replay(m, at, 2), do_call(m, "api"));
    struct sim_run *run = whole(m);
    struct sim_hist *h = client_latencies(run, 0);
    sim_time each = 100 * US + 300 * US + 10 * MS + 100 * US + 100 * US;
    assert_int_equal(h->head.sum, 80 * MS + each + 100 * US + each);
    free(h);
    sim_run_close(run);
}

// ---- Services made of processes ----

// So many workers of so many threads each, and as many requests inside at most.
static void add_server(struct sim_model *m, const struct sim_pool_def *p, uint32_t cores,
                       uint32_t step)
{
    struct sim_pool_def serving = *p;
    serving.serves = true;
    uint32_t pool = sim_model_pool(m, &serving);
    uint32_t threads = p->threads ? p->threads : 1;
    struct sim_service_def api = service_def("api", p->workers * threads);
    api.has_runtime = true;
    api.cores = cores;
    api.runtime = ideal_gil(5 * MS);
    api.executor.pool = pool;
    add_service(m, &api, do_served(m, pool, step));
}

static void a_service_of_processes_has_a_gil_for_each(void **state)
{
    struct sim_model *m = *state;
    const struct sim_pool_def p = sim_pool_default(SIM_POOL_PROCESSES, 2);
    add_server(m, &p, 4, do_python(m, 0.010));
    add_client(m, "users", burst(4, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(longest(run, 0), 20 * MS);
    assert_int_equal(api_time(run, SIM_IN_QUEUE), 2 * 10 * MS);
    assert_int_equal(api_time(run, SIM_IN_PYTHON), 40 * MS);
    sim_run_close(run);
}

static void threads_of_one_worker_share_its_gil(void **state)
{
    struct sim_model *m = *state;
    struct sim_pool_def p = sim_pool_default(SIM_POOL_PROCESSES, 2);
    p.threads = 2;
    add_server(m, &p, 4, do_list(m, STEPS(do_io(m, 0.010), do_python(m, 0.004))));
    add_client(m, "users", burst(4, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(longest(run, 0), 18 * MS);
    assert_int_equal(api_time(run, SIM_IN_GIL), 2 * 4 * MS);
    sim_run_close(run);
}

static void its_answers_are_those_of_its_handler(void **state)
{
    struct sim_model *m = *state;
    const struct sim_pool_def p = sim_pool_default(SIM_POOL_PROCESSES, 1);
    add_server(m, &p, 1, do_mix(m, 0.5, do_reply(m, 201), do_fail(m, 409)));
    add_client(m, "users", burst(100, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(ended(run, SIM_OK) + ended(run, SIM_ERROR), 100);
    assert_in_range(ended(run, SIM_OK), 30, 70);
    sim_run_close(run);
}

static void a_worker_that_dies_ends_its_request_and_is_replaced(void **state)
{
    struct sim_model *m = *state;
    const double at[] = { 1, 1, 1, 1 };
    struct sim_pool_def p = sim_pool_default(SIM_POOL_PROCESSES, 2);
    p.startup = 30 * MS;
    add_server(m, &p, 4, do_io(m, 0.100));
    add_client(m, "users", replay(m, at, 4), do_call(m, "api"));
    struct sim_run *run = crashed(m, 1, 1, 1050 * MS);
    assert_int_equal(ended(run, SIM_ERROR), 1);
    // The other goes on at 100; the one that died is back at 80, and has the third till 180.
    assert_int_equal(longest(run, 0), 200 * MS);
    assert_int_equal(api_time(run, SIM_IN_POOL), 30 * MS);
    sim_run_close(run);
}

static void after_a_restart_its_workers_have_to_start(void **state)
{
    struct sim_model *m = *state;
    const double at[] = { 1, 2.010, 3 };
    struct sim_pool_def p = sim_pool_default(SIM_POOL_PROCESSES, 1);
    p.startup = 40 * MS;
    add_server(m, &p, 4, do_io(m, 0.010));
    add_client(m, "users", replay(m, at, 3), do_call(m, "api"));
    world_seal(m);
    struct sim_fault f = { .kind = SIM_FAULT_RESTART,
                           .begin = 2 * SIM_S,
                           .end = SIM_NEVER };
    f.target.replica = f.target.route = SIM_NONE;
    struct sim_run *run = run_faulted(m, 1, &f, 1);
    assert_true(sim_run_books(run).balanced);
    assert_int_equal(longest(run, 0), (30 + 10) * MS);
    assert_int_equal(api_time(run, SIM_IN_POOL), 30 * MS);
    sim_run_close(run);
}

static void a_worker_of_so_many_requests_is_replaced(void **state)
{
    struct sim_model *m = *state;
    struct sim_pool_def p = sim_pool_default(SIM_POOL_PROCESSES, 1);
    p.startup = 40 * MS;
    p.max_tasks = 2;
    add_server(m, &p, 4, do_io(m, 0.010));
    add_client(m, "users", burst(4, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(longest(run, 0), (20 + 40 + 20) * MS);
    sim_run_close(run);
}

// The watch of a sync worker: killed at the first whole second after a second and a half.
static void a_worker_that_is_not_heard_of_is_killed(void **state)
{
    struct sim_model *m = *state;
    const double at[] = { 1.2, 4 };
    struct sim_pool_def p = sim_pool_default(SIM_POOL_PROCESSES, 1);
    p.timeout = 1500 * MS;
    p.watch = SIM_S;
    p.startup = 100 * MS;
    add_server(m, &p, 1, do_io(m, 4));
    add_client(m, "users", replay(m, at, 2), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(ended(run, SIM_ERROR), 2);
    // From 1.2 to 3 s; from 4 s, after the next worker's start long ago, to 6 s.
    assert_int_equal(client_total(run, 0, SIM_TIME + SIM_IN_DEPENDENCY),
                     1800 * MS + 2000 * MS);
    sim_run_close(run);
}

static void a_request_in_time_calls_the_watch_off(void **state)
{
    struct sim_model *m = *state;
    struct sim_pool_def p = sim_pool_default(SIM_POOL_PROCESSES, 1);
    p.timeout = 50 * MS;
    add_server(m, &p, 1, do_io(m, 0.040));
    add_client(m, "users", burst(20, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(ended(run, SIM_OK), 20);
    sim_run_close(run);
}

static void a_worker_with_threads_is_not_watched(void **state)
{
    struct sim_model *m = *state;
    struct sim_pool_def p = sim_pool_default(SIM_POOL_PROCESSES, 1);
    p.timeout = 50 * MS;
    p.threads = 2;
    add_server(m, &p, 1, do_io(m, 0.400));
    add_client(m, "users", burst(2, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(ended(run, SIM_OK), 2);
    sim_run_close(run);
}

// 30 MB a request on top of nothing: with 40 MB allowed each worker does two.
static void a_worker_with_too_much_memory_is_replaced(void **state)
{
    struct sim_model *m = *state;
    struct sim_pool_def p = sim_pool_default(SIM_POOL_PROCESSES, 1);
    p.max_memory = 40000000;
    p.startup = 100 * MS;
    add_server(m, &p, 1, do_list(m, STEPS(do_leak(m, 3e7), do_io(m, 0.010))));
    add_client(m, "users", burst(6, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(longest(run, 0), 60 * MS + 2 * 100 * MS);
    assert_true(sim_run_replica_meter(run, 0, 0)->kept->windows[0].memory_max == 60000000);
    sim_run_close(run);
}

// ---- From an event loop ----

static void add_loop(struct sim_model *m, uint32_t step)
{
    struct sim_service_def api = service_def("api", SIM_UNLIMITED);
    api.has_runtime = true;
    api.cores = 4;
    api.runtime = ideal_gil(5 * MS);
    api.executor.kind = SIM_ASYNCIO;
    add_service(m, &api, step);
}

// What runs in a worker process runs on threads, its branches too, and not on the loop of the
// service that sent it.
static void a_loop_sends_to_processes_that_have_none(void **state)
{
    struct sim_model *m = *state;
    uint32_t both = do_gather(m, 0, STEPS(do_python(m, 0.010), do_io(m, 0.015)));
    add_loop(m,
             do_offload(m, processes(m, 2), do_list(m, STEPS(both, do_python(m, 0.005)))));
    add_client(m, "users", burst(2, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(longest(run, 0), 20 * MS);
    sim_run_close(run);
}

static void the_loop_goes_on_while_a_process_works(void **state)
{
    struct sim_model *m = *state;
    uint32_t kind = sim_model_field(m, "kind");
    add_loop(m, do_switch(m, kind, 1, do_python(m, 0.001),
                          do_offload(m, processes(m, 1), do_python(m, 0.100))));
    add_client(m, "users", burst(1, 0), do_call(m, "api"));
    struct sim_client_def quick = { .name = "quick", .arrivals = burst(1, 10 * MS) };
    quick.step = do_call(m, "api");
    quick.first_field =
        sim_model_field_set(m, (struct sim_field_set){ kind, number(m, 1) });
    quick.fields = 1;
    sim_model_client(m, &quick);
    struct sim_run *run = whole(m);
    assert_int_equal(longest(run, 0), 100 * MS);
    assert_int_equal(longest(run, 1), 1 * MS);
    sim_run_close(run);
}

// ---- What cannot be ----

static void a_worker_process_has_no_pool_of_processes(void **state)
{
    struct sim_model *m = *state;
    uint32_t inner = do_offload(m, processes(m, 1), do_io(m, 0.001));
    add_plain(m, "api", 1, do_offload(m, processes(m, 1), inner));
    add_client(m, "users", burst(1, 0), do_call(m, "api"));
    assert_false(sim_model_seal(m));
    assert_non_null(
        strstr(sim_model_error(m)->text, "cannot be sent to another such pool"));
}

static void a_worker_process_has_threads_of_its_own(void **state)
{
    struct sim_model *m = *state;
    uint32_t inner = do_offload(m, 0, do_python(m, 0.010));
    add_python(m, 4, 4, ideal_gil(5 * MS),
               do_offload(m, processes(m, 2), do_list(m, STEPS(inner, do_io(m, 0.001)))));
    add_client(m, "users", burst(2, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(longest(run, 0), 11 * MS);
    sim_run_close(run);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
    const struct CMUnitTest tests[] = {
        T(processes_run_bytecode_on_all_cores),
        T(they_share_the_cores_of_their_host),
        T(by_itself_a_pool_has_a_worker_a_core),
        T(a_call_takes_six_chores_and_five_wakings),
        T(bytes_are_pickled_sent_and_unpickled_each_way),
        T(a_pipe_holds_64_kib_and_its_writer_is_woken_for_more),
        T(what_a_pipe_holds_at_once_waits_for_nobody),
        T(large_messages_are_read_to_memory_that_is_new),
        T(very_large_ones_are_pickled_to_new_memory_too),
        T(what_the_c_library_keeps_is_pickled_to_memory_in_use),
        T(the_reader_works_while_the_writer_wakes),
        T(small_messages_are_written_to_memory_in_use),
        T(what_no_cache_holds_is_copied_at_the_speed_of_memory),
        T(what_a_cache_holds_is_not),
        T(a_busy_parent_makes_each_chore_wait_for_the_gil),
        T(fork_starts_all_at_the_first_submit),
        T(what_starting_costs_is_paid_once),
        T(a_submit_that_is_given_up_starts_nobody),
        T(others_start_when_nobody_is_idle),
        T(a_worker_that_has_done_its_share_is_replaced),
        T(calls_wait_for_the_next_worker_in_a_row),
        T(what_is_sent_on_runs_though_nobody_awaits_it),
        T(a_worker_that_dies_breaks_the_pool),
        T(an_isolated_worker_takes_only_its_call_with_it),
        T(a_restart_mends_a_broken_pool),
        T(an_interpreter_that_dies_as_it_replies_takes_the_call_along),
        T(a_crash_of_the_service_ends_its_workers_too),
        T(interpreters_have_a_gil_each),
        T(an_interpreter_is_made_for_each_thread_when_it_starts),
        T(a_service_of_processes_has_a_gil_for_each),
        T(threads_of_one_worker_share_its_gil),
        T(its_answers_are_those_of_its_handler),
        T(a_worker_that_dies_ends_its_request_and_is_replaced),
        T(after_a_restart_its_workers_have_to_start),
        T(a_worker_of_so_many_requests_is_replaced),
        T(a_worker_that_is_not_heard_of_is_killed),
        T(a_request_in_time_calls_the_watch_off),
        T(a_worker_with_threads_is_not_watched),
        T(a_worker_with_too_much_memory_is_replaced),
        T(a_loop_sends_to_processes_that_have_none),
        T(the_loop_goes_on_while_a_process_works),
        T(a_worker_process_has_no_pool_of_processes),
        T(a_worker_process_has_threads_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
