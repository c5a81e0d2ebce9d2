#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/worlds.h"

// Bulkheads and pools of connections in a world: whose they are, what waiting is charged to, and
// who has a place when somebody gives up or dies. The decisions are those of tests/sim/policy.

#define MS (sim_time) SIM_MS
#define S  (sim_time) SIM_S

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

static struct sim_bulkhead_def bulkhead(uint32_t most, sim_time wait)
{
    struct sim_bulkhead_def def = { .rule = sim_bulkhead_of(SIM_BULKHEAD_PLAIN),
                                    .status = 503,
                                    .connect = SIM_NONE };
    def.rule.most = most;
    def.rule.wait = wait;
    return def;
}

static struct sim_bulkhead_def pool(uint32_t kept, sim_time wait, uint32_t connect)
{
    struct sim_bulkhead_def def = { .rule = sim_connections_of(SIM_CONNECTIONS_PLAIN),
                                    .status = 503,
                                    .connect = connect };
    def.rule.most = def.rule.kept = kept;
    def.rule.wait = wait;
    return def;
}

static int64_t counted(const struct sim_run *run, uint32_t number,
                       enum sim_bulkhead_count what)
{
    uint32_t windows;
    sim_run_window_edges(run, &windows);
    return sim_meter_count(sim_run_bulkhead_meter(run, number), 0, windows,
                           (enum sim_count)what);
}

static double area(const struct sim_run *run, uint32_t number, enum sim_area what)
{
    uint32_t windows;
    sim_run_window_edges(run, &windows);
    return sim_meter_area(sim_run_bulkhead_meter(run, number), 0, windows, what);
}

// Five come at once, two are inside for 100 ms.
static struct sim_run *five_at_once(struct sim_model *m, const struct sim_bulkhead_def *def)
{
    add_plain(m, "db", SIM_UNLIMITED, do_io(m, 0.1));
    add_plain(m, "api", SIM_UNLIMITED, with_bulkhead(m, def, do_call(m, "db")));
    add_client(m, "users", burst(5, 1 * S), do_call(m, "api"));
    return whole(m);
}

static void a_full_bulkhead_rejects_at_once(void **state)
{
    struct sim_bulkhead_def def = bulkhead(2, 0);
    struct sim_run *run = five_at_once(*state, &def);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 2);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_REJECTED), 3);
    assert_int_equal(replica_total(run, 1, 0, SIM_REFUSED + SIM_BY_BULKHEAD), 3);
    assert_int_equal(replica_total(run, 1, 0, SIM_TIME + SIM_IN_BULKHEAD), 0);
    assert_int_equal(counted(run, 0, SIM_BULKHEAD_ASKED), 5);
    assert_int_equal(counted(run, 0, SIM_BULKHEAD_WAITED), 0);
    assert_int_equal(counted(run, 0, SIM_BULKHEAD_REFUSED), 3);
    assert_true(area(run, 0, SIM_BUSY_AREA) == 2.0 * 100 * MS);
    sim_run_close(run);
}

// Two go in at once, two after 100 ms, and the fifth has given up after 150 ms.
static void who_waits_is_charged_and_refused_when_the_wait_is_over(void **state)
{
    struct sim_bulkhead_def def = bulkhead(2, 150 * MS);
    struct sim_run *run = five_at_once(*state, &def);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 4);
    assert_int_equal(replica_total(run, 1, 0, SIM_REFUSED + SIM_BY_BULKHEAD), 1);
    assert_int_equal(replica_total(run, 1, 0, SIM_TIME + SIM_IN_BULKHEAD),
                     (2 * 100 + 150) * MS);
    assert_int_equal(counted(run, 0, SIM_BULKHEAD_WAITED), 3);
    assert_true(area(run, 0, SIM_QUEUED_AREA) == (2.0 * 100 + 150) * MS);
    assert_true(area(run, 0, SIM_BUSY_AREA) == 4.0 * 100 * MS);
    sim_run_close(run);
}

static void a_place_that_comes_free_as_the_wait_ends_is_taken(void **state)
{
    struct sim_bulkhead_def def = bulkhead(2, 100 * MS);
    struct sim_run *run = five_at_once(*state, &def);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 4);
    assert_int_equal(replica_total(run, 1, 0, SIM_REFUSED + SIM_BY_BULKHEAD), 1);
    assert_int_equal(replica_total(run, 1, 0, SIM_TIME + SIM_IN_BULKHEAD), 3 * 100 * MS);
    sim_run_close(run);
}

// Each opens its own in 10 ms; the waiters are handed those of the first two.
static void connections_are_opened_once_and_handed_on(void **state)
{
    struct sim_model *m = *state;
    struct sim_bulkhead_def def = pool(2, 1 * S, number(m, 0.01));
    struct sim_run *run = five_at_once(m, &def);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 5);
    assert_int_equal(counted(run, 0, SIM_BULKHEAD_OPENED), 2);
    assert_int_equal(replica_total(run, 1, 0, SIM_TIME + SIM_IN_CONNECTIONS),
                     (2 * 10 + 2 * 110 + 210) * MS);
    sim_run_close(run);
}

static void a_pool_that_has_none_in_time_rejects(void **state)
{
    struct sim_model *m = *state;
    struct sim_bulkhead_def def = pool(2, 105 * MS, number(m, 0.01));
    struct sim_run *run = five_at_once(m, &def);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 2);
    assert_int_equal(replica_total(run, 1, 0, SIM_REFUSED + SIM_BY_CONNECTIONS), 3);
    sim_run_close(run);
}

// The caller gives up while its connection is being opened: the waiter opens one of its own.
static void who_gives_up_while_opening_leaves_the_place_and_nothing_else(void **state)
{
    struct sim_model *m = *state;
    struct sim_bulkhead_def def = pool(1, 1 * S, number(m, 0.05));
    struct sim_policy shared = { .kind = SIM_POLICY_BULKHEAD,
                                 .bulkhead = sim_model_bulkhead(m, &def) };
    struct sim_step with = { .kind = SIM_STEP_WITH, .value = SIM_NONE };
    with.a = sim_model_policy(m, &shared);
    with.b = do_io(m, 0.1);
    uint32_t step = sim_model_step(m, &with);
    uint32_t impatient = with_timeout(m, 0.02, step);
    add_plain(m, "api", SIM_UNLIMITED,
              do_gather(m, 1, STEPS(impatient, do_list(m, STEPS(do_io(m, 0.01), step)))));
    add_client(m, "users", burst(1, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(counted(run, 0, SIM_BULKHEAD_OPENED), 2);
    // From 20 ms on it is opened again, for 50, and used for 100.
    assert_int_equal(only_latency(run, 0), (20 + 50 + 100) * MS);
    sim_run_close(run);
}

// One waits for a place when its own timeout fires; the next in line is not left behind.
static void who_gives_up_in_line_lets_the_next_one_have_it(void **state)
{
    struct sim_model *m = *state;
    struct sim_bulkhead_def def = bulkhead(1, 10 * S);
    double at[] = { 0, 0.01, 0.02 };
    uint32_t inside = do_io(m, 0.1);
    add_plain(m, "api", SIM_UNLIMITED,
              with_timeout(m, 0.15, with_bulkhead(m, &def, inside)));
    add_client(m, "users", replay(m, at, 3), do_call(m, "api"));
    struct sim_run *run = whole(m);
    // The second has it from 100 ms to its end at 160, the third for 10 ms more.
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 1);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_TIMEOUT), 2);
    assert_true(area(run, 0, SIM_BUSY_AREA) == (100.0 + 60 + 10) * MS);
    assert_true(area(run, 0, SIM_QUEUED_AREA) == (90.0 + 140) * MS);
    sim_run_close(run);
}

static void each_replica_has_its_own(void **state)
{
    struct sim_model *m = *state;
    struct sim_bulkhead_def def = bulkhead(1, 0);
    struct sim_service_def api = service_def("api", SIM_UNLIMITED);
    api.replicas = 2;
    add_service(m, &api, with_bulkhead(m, &def, do_io(m, 0.1)));
    add_client(m, "users", burst(4, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 2);
    sim_run_close(run);
}

// What was open is gone with the process; whoever was inside or in line too.
static void a_process_that_begins_anew_has_no_connections(void **state)
{
    struct sim_model *m = *state;
    struct sim_bulkhead_def def = pool(2, 1 * S, SIM_NONE);
    double at[] = { 1, 1, 1, 3, 3, 3 };
    struct sim_fault crash = { .kind = SIM_FAULT_CRASH,
                               .target = { 0, SIM_NONE, SIM_NONE },
                               .begin = 1 * S + 50 * MS,
                               .end = 2 * S };
    add_plain(m, "api", SIM_UNLIMITED, with_bulkhead(m, &def, do_io(m, 0.1)));
    add_client(m, "users", replay(m, at, 6), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_faulted(m, 1, &crash, 1);
    assert_true(sim_run_books(run).balanced);
    assert_int_equal(counted(run, 0, SIM_BULKHEAD_OPENED), 4);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 3);
    assert_true(area(run, 0, SIM_BUSY_AREA) == (2.0 * 50 + 3 * 100) * MS);
    sim_run_close(run);
}

// A thread that waits for a place does so without the GIL.
static void who_waits_lets_go_of_the_gil(void **state)
{
    struct sim_model *m = *state;
    struct sim_bulkhead_def def = bulkhead(1, 10 * S);
    struct sim_service_def api = service_def("api", 2);
    api.has_runtime = true;
    api.runtime = ideal_gil(5 * MS);
    api.cores = 2;
    add_service(m, &api,
                do_list(m, STEPS(do_python(m, 0.001),
                                 with_bulkhead(m, &def,
                                               do_list(m, STEPS(do_io(m, 0.01),
                                                                do_python(m, 0.001)))))));
    add_client(m, "users", burst(2, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    // The second waits for the GIL for 1 ms, and from 2 ms on for the place until 12 ms.
    assert_int_equal(service_total(run, 0, SIM_TIME + SIM_IN_GIL), 1 * MS);
    assert_int_equal(service_total(run, 0, SIM_TIME + SIM_IN_BULKHEAD), 10 * MS);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 2);
    sim_run_close(run);
}

// On an event loop, with the waits for places that end in each way.
static void tasks_of_a_loop_wait_for_places_too(void **state)
{
    struct sim_model *m = *state;
    struct sim_bulkhead_def def = bulkhead(2, 150 * MS);
    struct sim_service_def api = loop_def("api");
    add_service(m, &api, with_bulkhead(m, &def, do_io(m, 0.1)));
    add_client(m, "users", burst(5, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 4);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_REJECTED), 1);
    sim_run_close(run);
}

static void a_client_waits_for_a_place_as_well(void **state)
{
    struct sim_model *m = *state;
    struct sim_bulkhead_def def = bulkhead(1, SIM_NEVER);
    add_plain(m, "api", SIM_UNLIMITED, do_io(m, 0.1));
    add_client(m, "users", burst(3, 0), with_bulkhead(m, &def, do_call(m, "api")));
    struct sim_run *run = whole(m);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 3);
    assert_int_equal(client_total(run, 0, SIM_TIME + SIM_IN_BULKHEAD), (100 + 200) * MS);
    assert_int_equal(sim_meter_memory_max(sim_run_bulkhead_meter(run, 0), 0, 1), 1);
    assert_int_equal(sim_meter_queue_max(sim_run_bulkhead_meter(run, 0), 0, 1), 2);
    sim_run_close(run);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_world, close_world)
    const struct CMUnitTest tests[] = {
        TEST(a_full_bulkhead_rejects_at_once),
        TEST(who_waits_is_charged_and_refused_when_the_wait_is_over),
        TEST(a_place_that_comes_free_as_the_wait_ends_is_taken),
        TEST(connections_are_opened_once_and_handed_on),
        TEST(a_pool_that_has_none_in_time_rejects),
        TEST(who_gives_up_while_opening_leaves_the_place_and_nothing_else),
        TEST(who_gives_up_in_line_lets_the_next_one_have_it),
        TEST(each_replica_has_its_own),
        TEST(a_process_that_begins_anew_has_no_connections),
        TEST(who_waits_lets_go_of_the_gil),
        TEST(tasks_of_a_loop_wait_for_places_too),
        TEST(a_client_waits_for_a_place_as_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
