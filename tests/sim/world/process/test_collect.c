#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/worlds.h"

// Collections, with a GIL and without, and threads that share objects. Works take constant
// times, so every figure is worked out by hand.

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

// A collection of 30 ms after each 20 ms of bytecode.
static struct sim_runtime collecting(bool has_gil)
{
    struct sim_runtime r = ideal_gil(5 * MS);
    r.has_gil = has_gil;
    r.gc_every = 20 * MS;
    r.gc_object = 30;
    r.gc_live = 1e6;
    return r;
}

static void add_api(struct sim_model *m, uint32_t threads, struct sim_runtime r,
                    uint32_t step)
{
    struct sim_service_def api = service_def("api", threads);
    api.has_runtime = true;
    api.cores = 4;
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

static void a_collection_comes_after_so_much_bytecode(void **state)
{
    struct sim_model *m = *state;
    add_api(m, 1, collecting(true), do_python(m, 0.010));
    add_client(m, "users", burst(5, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    // Before the third and the fifth.
    assert_int_equal(longest(run, 0), (5 * 10 + 2 * 30) * MS);
    assert_int_equal(api_time(run, SIM_IN_NATIVE), 2 * 30 * MS);
    sim_run_close(run);
}

// The other thread asks for the GIL after 5 ms, and gets it when the collection is over.
static void it_keeps_the_gil_beyond_the_interval(void **state)
{
    struct sim_model *m = *state;
    const double at[] = { 0, 0.001, 0.021 };
    struct sim_runtime r = collecting(true);
    r.switch_interval = 5 * MS;
    uint32_t kind = sim_model_field(m, "kind");
    add_api(m, 2, r, do_switch(m, kind, 1, do_python(m, 0.001), do_python(m, 0.010)));
    add_client(m, "users", replay(m, at, 2), do_call(m, "api"));
    add_client(m, "later", replay(m, at + 2, 1), do_call(m, "api"));
    struct sim_client_def quick = { .name = "quick", .arrivals = burst(1, 22 * MS) };
    quick.step = do_call(m, "api");
    quick.first_field =
        sim_model_field_set(m, (struct sim_field_set){ kind, number(m, 1) });
    quick.fields = 1;
    sim_model_client(m, &quick);
    struct sim_run *run = whole(m);
    assert_int_equal(longest(run, 2), (21 + 30 + 1 - 22) * MS);
    sim_run_close(run);
}

static void without_a_gil_the_world_stops(void **state)
{
    struct sim_model *m = *state;
    add_api(m, 2, collecting(false), do_python(m, 0.010));
    add_client(m, "users", burst(4, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    // Two at 10 ms; the next two begin, stand still, and go on.
    assert_int_equal(longest(run, 0), (10 + 30 + 10) * MS);
    assert_int_equal(api_time(run, SIM_IN_PAUSE), 2 * 30 * MS);
    sim_run_close(run);
}

static void native_code_goes_on_while_the_world_stands_still(void **state)
{
    struct sim_model *m = *state;
    uint32_t kind = sim_model_field(m, "kind");
    uint32_t native = do_list(m, STEPS(do_native(m, 0.015), do_io(m, 0.001)));
    uint32_t mixed = do_list(m, STEPS(do_native(m, 0.015), do_python(m, 0.001)));
    uint32_t other = do_switch(m, kind, 2, mixed, do_python(m, 0.010));
    add_api(m, 4, collecting(false), do_switch(m, kind, 1, native, other));
    add_client(m, "users", replay(m, (const double[]){ 0, 0, 0.010 }, 3),
               do_call(m, "api"));
    for (uint32_t i = 1; i <= 2; i++) {
        struct sim_client_def c = { .name = "native", .arrivals = burst(1, 5 * MS) };
        c.name[0] = (char)('a' + i);
        c.step = do_call(m, "api");
        c.first_field =
            sim_model_field_set(m, (struct sim_field_set){ kind, number(m, i) });
        c.fields = 1;
        sim_model_client(m, &c);
    }
    struct sim_run *run = whole(m);
    // The third of the users stands still from 10 to 40 ms. Native code ends at 20 ms all the
    // same; what comes behind it, also behind a system call, needs the world.
    assert_int_equal(longest(run, 0), 40 * MS);
    assert_int_equal(longest(run, 1), (40 - 5) * MS);
    assert_int_equal(longest(run, 2), (40 - 5 + 1) * MS);
    sim_run_close(run);
}

static void a_pause_of_somebody_else_outlasts_it(void **state)
{
    struct sim_model *m = *state;
    add_api(m, 2, collecting(false), do_python(m, 0.010));
    add_client(m, "users", burst(4, 0), do_call(m, "api"));
    world_seal(m);
    struct sim_fault f = { .kind = SIM_FAULT_PAUSE, .begin = 20 * MS, .end = 120 * MS };
    f.target.replica = f.target.route = SIM_NONE;
    struct sim_run *run = run_faulted(m, 1, &f, 1);
    assert_int_equal(longest(run, 0), (120 + 10) * MS);
    sim_run_close(run);
}

// The second finds one at work, the third two.
static void threads_that_share_objects_slow_one_another(void **state)
{
    struct sim_model *m = *state;
    struct sim_runtime r = ideal_gil(5 * MS);
    r.has_gil = false;
    r.contention = 0.5;
    r.coherence = 0.1;
    add_api(m, 3, r, do_python(m, 0.010));
    add_client(m, "users", burst(3, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    struct sim_hist *h = client_latencies(run, 0);
    assert_int_equal(h->head.sum, (10 + 17 + 26) * MS);
    free(h);
    sim_run_close(run);
}

static void with_a_gil_they_do_not(void **state)
{
    struct sim_model *m = *state;
    struct sim_runtime r = ideal_gil(100 * MS);
    r.contention = 0.5;
    add_api(m, 3, r, do_python(m, 0.010));
    add_client(m, "users", burst(3, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(longest(run, 0), 30 * MS);
    sim_run_close(run);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
    const struct CMUnitTest tests[] = {
        T(a_collection_comes_after_so_much_bytecode),
        T(it_keeps_the_gil_beyond_the_interval),
        T(without_a_gil_the_world_stops),
        T(native_code_goes_on_while_the_world_stands_still),
        T(a_pause_of_somebody_else_outlasts_it),
        T(threads_that_share_objects_slow_one_another),
        T(with_a_gil_they_do_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
