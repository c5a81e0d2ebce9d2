#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/fault/fault.h"
#include "tests/support/worlds.h"

// Caches in a world: who loads, who waits and what they get, whose a cache is, when it forgets.
// The decisions themselves are those of tests/sim/policy.

#define MS (sim_time) SIM_MS
#define S  (sim_time) SIM_S

enum {
    API, // services by number
    DB
};

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

static struct sim_run *whole(struct sim_model *m)
{
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    assert_true(sim_run_books(run).balanced);
    return run;
}

// A cache without limit for one key.
static struct sim_cached_def use_of(struct sim_model *m, bool is_local, double ttl,
                                    bool single_flight)
{
    struct sim_cache_def c = { .name = "cache",
                               .entries = SIM_CACHE_UNLIMITED,
                               .latency = SIM_NONE,
                               .is_local = is_local };
    return (struct sim_cached_def){ .cache = sim_model_cache(m, &c),
                                    .key = SIM_NONE,
                                    .ttl = number(m, ttl),
                                    .single_flight = single_flight };
}

static int64_t counted(const struct sim_run *run, enum sim_cache_count what)
{
    return sim_meter_count(sim_run_cache_meter(run, 0), 0, 100, (enum sim_count)what);
}

static void expect_counts(const struct sim_run *run, int64_t hits, int64_t misses,
                          int64_t joined)
{
    assert_int_equal(counted(run, SIM_CACHE_HIT), hits);
    assert_int_equal(counted(run, SIM_CACHE_MISS), misses);
    assert_int_equal(counted(run, SIM_CACHE_JOINED), joined);
}

// An api that asks a db which takes a second, through the cache.
static void add_api(struct sim_model *m, const struct sim_cached_def *use)
{
    add_plain(m, "api", SIM_UNLIMITED, do_cached(m, use, do_call(m, "db")));
    add_plain(m, "db", SIM_UNLIMITED, do_io(m, 1));
}

static void all_who_miss_load_or_one_does(void **state)
{
    (void)state;
    for (int single = 0; single < 2; single++) {
        struct sim_model *m = world_open(100);
        struct sim_cached_def use = use_of(m, false, 50, single);
        double at[] = { 1, 1.5, 1.9, 2, 2.5 };
        add_api(m, &use);
        add_client(m, "users", replay(m, at, 5), do_call(m, "api"));
        struct sim_run *run = whole(m);
        // The load that ends at 2 s began before anybody set out for 2 s.
        expect_counts(run, 2, single ? 1 : 3, single ? 2 : 0);
        assert_int_equal(replica_total(run, DB, 0, SIM_ARRIVED), single ? 1 : 3);
        assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 5);
        assert_int_equal(client_total(run, 0, SIM_TIME + SIM_IN_DEPENDENCY),
                         single ? 1000 * MS + 500 * MS + 100 * MS : 3 * S);
        sim_run_close(run);
        sim_model_close(m);
    }
}

static void a_value_is_loaded_again_when_it_is_too_old(void **state)
{
    struct sim_model *m = *state;
    struct sim_cached_def use = use_of(m, false, 10, false);
    double at[] = { 1, 11.5, 12, 12.5 };
    add_api(m, &use);
    add_client(m, "users", replay(m, at, 4), do_call(m, "api"));
    struct sim_run *run = whole(m);
    // Loaded at 2 s, so it is too old at 12 s.
    expect_counts(run, 1, 3, 0);
    sim_run_close(run);
}

static void who_waits_is_told_of_a_failure(void **state)
{
    struct sim_model *m = *state;
    struct sim_cached_def use = use_of(m, false, 50, true);
    double at[] = { 1, 1.5, 3 };
    uint32_t fails = do_list(m, STEPS(do_io(m, 1), do_fail(m, 503)));
    add_plain(m, "api", SIM_UNLIMITED, do_cached(m, &use, fails));
    add_client(m, "users", replay(m, at, 3), do_call(m, "api"));
    struct sim_run *run = whole(m);
    expect_counts(run, 0, 2, 1);
    assert_int_equal(counted(run, SIM_CACHE_FAILED), 2);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_ERROR), 3);
    assert_int_equal(client_total(run, 0, SIM_TIME + SIM_IN_DEPENDENCY), 2500 * MS);
    sim_run_close(run);
}

// What is raised inside is caught around it, by each for itself.
static void a_failure_can_be_caught_by_who_waits(void **state)
{
    struct sim_model *m = *state;
    struct sim_cached_def use = use_of(m, false, 50, true);
    double at[] = { 1, 1.5 };
    uint32_t fails = do_list(m, STEPS(do_io(m, 1), do_fail(m, 503)));
    add_plain(m, "api", SIM_UNLIMITED,
              do_try(m, do_cached(m, &use, fails), SIM_ERROR, do_io(m, 2)));
    add_client(m, "users", replay(m, at, 2), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 2);
    assert_int_equal(client_total(run, 0, SIM_TIME + SIM_IN_DEPENDENCY), 5500 * MS);
    sim_run_close(run);
}

// The first gives up at 1.7 s; the second, which has waited since 1.2 s, loads then, and gives
// up at 1.9 s; the third loads, and has it at 2.9 s.
static void a_load_that_is_given_up_is_taken_over(void **state)
{
    struct sim_model *m = *state;
    struct sim_cached_def use = use_of(m, false, 50, true);
    double at[] = { 1, 1.2, 1.3 };
    uint32_t cached = do_cached(m, &use, do_call(m, "db"));
    uint32_t field = sim_model_field(m, "n");
    uint32_t ways = do_switch(m, field, 0, with_timeout(m, 0.7, cached), cached);
    add_plain(m, "api", SIM_UNLIMITED, ways);
    add_plain(m, "db", SIM_UNLIMITED, do_io(m, 1));
    add_client(m, "users", replay(m, at, 2), do_call(m, "api"));
    uint32_t plain = do_cached(m, &use, do_call(m, "db"));
    add_plain(m, "patient", SIM_UNLIMITED, plain);
    add_client(m, "others", replay(m, at + 2, 1), do_call(m, "patient"));
    struct sim_run *run = whole(m);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_TIMEOUT), 2);
    assert_int_equal(client_total(run, 1, SIM_ENDED + SIM_OK), 1);
    assert_int_equal(only_latency(run, 1), 1600 * MS);
    assert_int_equal(replica_total(run, DB, 0, SIM_ARRIVED), 3);
    assert_int_equal(counted(run, SIM_CACHE_FAILED), 2);
    sim_run_close(run);
}

static void who_waits_may_lose_patience(void **state)
{
    struct sim_model *m = *state;
    struct sim_cached_def use = use_of(m, false, 50, true);
    double at[] = { 1.5 }, first[] = { 1 }, last[] = { 1.6 };
    add_plain(m, "api", SIM_UNLIMITED,
              with_timeout(m, 0.2, do_cached(m, &use, do_call(m, "db"))));
    add_plain(m, "db", SIM_UNLIMITED, do_io(m, 1));
    add_plain(m, "patient", SIM_UNLIMITED, do_cached(m, &use, do_call(m, "db")));
    add_client(m, "users", replay(m, at, 1), do_call(m, "api"));
    add_client(m, "first", replay(m, first, 1), do_call(m, "patient"));
    add_client(m, "last", replay(m, last, 1), do_call(m, "patient"));
    struct sim_run *run = whole(m);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_TIMEOUT), 1);
    assert_int_equal(only_latency(run, 2), 400 * MS);
    assert_int_equal(counted(run, SIM_CACHE_FAILED), 0);
    sim_run_close(run);
}

static void a_cache_is_one_for_all_or_one_for_each_process(void **state)
{
    (void)state;
    for (int local = 0; local < 2; local++) {
        struct sim_model *m = world_open(100);
        struct sim_cached_def use = use_of(m, local, 1000, true);
        struct sim_service_def api = service_def("api", SIM_UNLIMITED);
        api.replicas = 3;
        add_service(m, &api, do_cached(m, &use, do_call(m, "db")));
        add_plain(m, "db", SIM_UNLIMITED, do_io(m, 0.1));
        add_client(m, "users", steady(m, 1), do_call(m, "api"));
        struct sim_run *run = whole(m);
        assert_int_equal(replica_total(run, DB, 0, SIM_ARRIVED), local ? 3 : 1);
        sim_run_close(run);
        sim_model_close(m);
    }
}

// At 1.5 s one loads and one waits; at 4 s the process is new.
static void what_is_in_a_process_goes_with_it(void **state)
{
    (void)state;
    for (int local = 0; local < 2; local++) {
        struct sim_model *m = world_open(100);
        struct sim_cached_def use = use_of(m, local, 1000, true);
        double at[] = { 1, 1.2, 4, 6, 9 };
        struct sim_fault f[] = { { .kind = SIM_FAULT_RESTART,
                                   .target = { API, SIM_NONE, SIM_NONE },
                                   .begin = 1500 * MS,
                                   .end = SIM_NEVER },
                                 { .kind = SIM_FAULT_RESTART,
                                   .target = { API, SIM_NONE, SIM_NONE },
                                   .begin = 8 * S,
                                   .end = SIM_NEVER } };
        add_api(m, &use);
        add_client(m, "users", replay(m, at, 5), do_call(m, "api"));
        world_seal(m);
        struct sim_run *run = run_faulted(m, 1, f, 2);
        assert_true(sim_run_books(run).balanced);
        assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_ERROR), 2);
        expect_counts(run, local ? 1 : 2, local ? 3 : 2, 1);
        sim_run_close(run);
        sim_model_close(m);
    }
}

// A worker process that is replaced after each request, or one that is killed at 2 s.
static void what_is_in_a_worker_goes_with_it(void **state)
{
    (void)state;
    for (int killed = 0; killed < 2; killed++) {
        struct sim_model *m = world_open(100);
        struct sim_cached_def use = use_of(m, true, 1000, true);
        struct sim_service_def api = service_def("api", 1);
        struct sim_pool_def p = sim_pool_default(SIM_POOL_PROCESSES, 1);
        double at[] = { 1, 3, 5 };
        p.serves = p.isolates = true;
        p.startup = 0;
        p.max_tasks = killed ? 0 : 1;
        api.executor.pool = sim_model_pool(m, &p);
        struct sim_fault kill = { .kind = SIM_FAULT_POOL,
                                  .begin = 2 * S,
                                  .end = SIM_NEVER,
                                  .amount = 1,
                                  .value = api.executor.pool };
        add_service(m, &api,
                    do_served(m, api.executor.pool, do_cached(m, &use, do_io(m, 0.1))));
        add_client(m, "users", replay(m, at, 3), do_call(m, "api"));
        world_seal(m);
        struct sim_run *run = run_faulted(m, 1, &kill, killed ? 1 : 0);
        assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 3);
        expect_counts(run, killed ? 1 : 0, killed ? 2 : 3, 0);
        sim_run_close(run);
        sim_model_close(m);
    }
}

// The load that is under way at 1.5 s ends for those who wait for it and is not kept.
static void a_flush_forgets_and_who_waits_is_served(void **state)
{
    struct sim_model *m = *state;
    struct sim_cached_def use = use_of(m, false, 1000, true);
    double at[] = { 1, 1.2, 1.7, 5 };
    struct sim_fault f = {
        .kind = SIM_FAULT_FLUSH, .value = 0, .begin = 1500 * MS, .end = SIM_NEVER
    };
    add_api(m, &use);
    add_client(m, "users", replay(m, at, 4), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_faulted(m, 1, &f, 1);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 4);
    expect_counts(run, 1, 2, 1);
    assert_int_equal(counted(run, SIM_CACHE_FLUSHED), 1);
    assert_int_equal(client_total(run, 0, SIM_TIME + SIM_IN_DEPENDENCY), 2800 * MS);
    sim_run_close(run);
}

static void asking_takes_as_long_as_it_is_said_to(void **state)
{
    struct sim_model *m = *state;
    struct sim_cache_def c = { .name = "cache", .entries = 2, .latency = number(m, 0.01) };
    struct sim_cached_def use = {
        .cache = sim_model_cache(m, &c),
        .key = sim_model_value(m, &(struct sim_value){ .kind = SIM_VALUE_DIST,
                                                       .dist = sim_dist_uniform(0, 1) }),
        .ttl = SIM_NONE
    };
    add_api(m, &use);
    add_client(m, "users", steady(m, 1), do_call(m, "api"));
    struct sim_run *run = whole(m);
    // Each key is another.
    expect_counts(run, 0, client_total(run, 0, SIM_ARRIVED), 0);
    assert_int_equal(counted(run, SIM_CACHE_EVICTED),
                     client_total(run, 0, SIM_ARRIVED) - 2);
    struct sim_hist *h = client_latencies(run, 0);
    assert_in_range(sim_hist_quantile(h, 0.5), 1005 * MS, 1015 * MS);
    free(h);
    sim_run_close(run);
}

// Threads of an interpreter: who waits for a load has let go of the GIL, and the others compute.
static void who_waits_holds_no_gil(void **state)
{
    struct sim_model *m = *state;
    struct sim_cached_def use = use_of(m, false, 50, true);
    struct sim_service_def api = service_def("api", 8);
    double at[] = { 1, 1.1 }, others[] = { 1.2 };
    api.has_runtime = true;
    api.runtime = ideal_gil(5 * MS);
    uint32_t gil = do_python(m, 0.01);
    add_service(m, &api,
                do_switch(m, sim_model_field(m, "n"), 0,
                          do_list(m, STEPS(gil, do_cached(m, &use, do_call(m, "db")))),
                          gil));
    add_plain(m, "db", SIM_UNLIMITED, do_io(m, 1));
    add_client(m, "users", replay(m, at, 2), do_call(m, "api"));
    struct sim_client_def c = { .name = "others", .step = do_call(m, "api"), .fields = 1 };
    c.arrivals = replay(m, others, 1);
    c.first_field = sim_model_field_set(
        m, (struct sim_field_set){ sim_model_field(m, "n"), number(m, 1) });
    sim_model_client(m, &c);
    struct sim_run *run = whole(m);
    expect_counts(run, 0, 1, 1);
    assert_int_equal(only_latency(run, 1), 10 * MS);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 2);
    sim_run_close(run);
}

// Tasks of an event loop wait in the same line, and a timeout takes one out of it.
static void tasks_of_a_loop_wait_for_one_of_them(void **state)
{
    struct sim_model *m = *state;
    struct sim_cached_def use = use_of(m, true, 50, true);
    struct sim_service_def api = loop_def("api");
    double at[] = { 1, 1.2, 1.3, 3 };
    uint32_t cached = do_cached(m, &use, do_call(m, "db"));
    add_service(m, &api, with_timeout(m, 0.75, cached));
    add_plain(m, "db", SIM_UNLIMITED, do_io(m, 0.5));
    add_client(m, "users", replay(m, at, 4), do_call(m, "api"));
    struct sim_run *run = whole(m);
    expect_counts(run, 1, 1, 2);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 4);
    sim_run_close(run);
}

static void a_task_of_a_loop_loads_when_the_first_is_cancelled(void **state)
{
    struct sim_model *m = *state;
    struct sim_cached_def use = use_of(m, true, 50, true);
    struct sim_service_def api = loop_def("api");
    double at[] = { 1, 1.2, 1.3 };
    add_service(m, &api, with_timeout(m, 0.7, do_cached(m, &use, do_call(m, "db"))));
    add_plain(m, "db", SIM_UNLIMITED, do_io(m, 1));
    add_client(m, "users", replay(m, at, 3), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_TIMEOUT), 3);
    assert_int_equal(replica_total(run, DB, 0, SIM_ARRIVED), 3);
    assert_int_equal(counted(run, SIM_CACHE_FAILED), 3);
    sim_run_close(run);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_who_miss_load_or_one_does),
        EACH(a_value_is_loaded_again_when_it_is_too_old),
        EACH(who_waits_is_told_of_a_failure),
        EACH(a_failure_can_be_caught_by_who_waits),
        EACH(a_load_that_is_given_up_is_taken_over),
        EACH(who_waits_may_lose_patience),
        cmocka_unit_test(a_cache_is_one_for_all_or_one_for_each_process),
        cmocka_unit_test(what_is_in_a_process_goes_with_it),
        cmocka_unit_test(what_is_in_a_worker_goes_with_it),
        EACH(a_flush_forgets_and_who_waits_is_served),
        EACH(asking_takes_as_long_as_it_is_said_to),
        EACH(who_waits_holds_no_gil),
        EACH(tasks_of_a_loop_wait_for_one_of_them),
        EACH(a_task_of_a_loop_loads_when_the_first_is_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
