#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/support/worlds.h"

// Rate limiters in a world: whose calls they count, how a refusal ends, what a held call waits.
// The decisions themselves are those of tests/sim/policy.

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

static struct sim_run *whole(struct sim_model *m)
{
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    assert_true(sim_run_books(run).balanced);
    return run;
}

static struct sim_limiter_def limiter(struct sim_model *m, enum sim_limit_kind kind,
                                      double limit)
{
    return (struct sim_limiter_def){ .kind = kind,
                                     .limit = number(m, limit),
                                     .window = SIM_S,
                                     .burst = SIM_NONE,
                                     .status = 429 };
}

static uint32_t limited(struct sim_model *m, enum sim_limit_kind kind, double limit,
                        uint32_t step)
{
    struct sim_limiter_def def = limiter(m, kind, limit);
    return with_limiter(m, sim_model_limiter(m, &def), step);
}

static void every_algorithm_lets_its_limit_through_at_once(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < SIM_LIMITS; kind++) {
        struct sim_model *m = world_open(10);
        add_plain(m, "api", SIM_UNLIMITED,
                  limited(m, (enum sim_limit_kind)kind, 3, do_io(m, 0.010)));
        add_client(m, "users", burst(5, 0), do_call(m, "api"));
        struct sim_run *run = whole(m);
        assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 3);
        assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_REJECTED), 2);
        assert_int_equal(replica_total(run, 0, 0, SIM_REFUSED + SIM_BY_RATE_LIMIT), 2);
        assert_int_equal(replica_total(run, 0, 0, SIM_ENDED + SIM_REJECTED), 2);
        sim_run_close(run);
        sim_model_close(m);
    }
}

static void a_queue_charges_what_it_holds_back_to_the_limit(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", SIM_UNLIMITED,
              limited(m, SIM_LIMIT_LEAKY_QUEUE, 4, do_io(m, 0.010)));
    add_client(m, "users", burst(5, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(replica_total(run, 0, 0, SIM_TIME + SIM_IN_LIMIT),
                     (250 + 500 + 750 + 1000) * MS);
    assert_int_equal(replica_total(run, 0, 0, SIM_TIME + SIM_IN_IO), 4 * 10 * MS);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 4);
    sim_run_close(run);
}

static void a_timeout_takes_a_held_call_out(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", SIM_UNLIMITED,
              with_timeout(m, 0.6, limited(m, SIM_LIMIT_LEAKY_QUEUE, 4, do_io(m, 0.010))));
    add_client(m, "users", burst(4, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 2);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_TIMEOUT), 2);
    assert_int_equal(replica_total(run, 0, 0, SIM_TIME + SIM_IN_LIMIT),
                     (250 + 500 + 600 + 600) * MS);
    sim_run_close(run);
}

static void each_replica_counts_for_itself(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def api = service_def("api", SIM_UNLIMITED);
    api.replicas = 3;
    add_service(m, &api, limited(m, SIM_LIMIT_FIXED_WINDOW, 2, do_io(m, 0.010)));
    add_client(m, "users", burst(12, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 3 * 2);
    assert_int_equal(replica_total(run, 0, 2, SIM_REFUSED + SIM_BY_RATE_LIMIT), 2);
    sim_run_close(run);
}

static void a_client_counts_its_own_calls(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", SIM_UNLIMITED, do_io(m, 0.010));
    add_client(m, "a", burst(5, 0),
               limited(m, SIM_LIMIT_TOKEN_BUCKET, 2, do_call(m, "api")));
    add_client(m, "b", burst(5, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 2);
    assert_int_equal(client_total(run, 0, SIM_REFUSED + SIM_BY_RATE_LIMIT), 3);
    assert_int_equal(client_total(run, 1, SIM_ENDED + SIM_OK), 5);
    assert_int_equal(replica_total(run, 0, 0, SIM_ARRIVED), 2 + 5);
    sim_run_close(run);
}

// A worker process has no figures that anybody reads: they are those of its service.
static void what_worker_processes_refuse_is_their_services(void **state)
{
    struct sim_model *m = *state;
    const struct sim_pool_def p = sim_pool_default(SIM_POOL_PROCESSES, 1);
    struct sim_service_def api = service_def("api", 5);
    api.has_runtime = true;
    api.runtime = ideal_gil(5 * MS);
    uint32_t step = limited(m, SIM_LIMIT_FIXED_WINDOW, 2, do_io(m, 0.010));
    add_service(m, &api, do_offload(m, sim_model_pool(m, &p), step));
    add_client(m, "users", burst(5, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 2);
    assert_int_equal(replica_total(run, 0, 0, SIM_REFUSED + SIM_BY_RATE_LIMIT), 3);
    sim_run_close(run);
}

static void one_limiter_at_two_places_counts_both(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", SIM_UNLIMITED, do_io(m, 0.010));
    struct sim_limiter_def def = limiter(m, SIM_LIMIT_SLIDING_LOG, 3);
    uint32_t shared = sim_model_limiter(m, &def);
    uint32_t both = do_list(m, STEPS(with_limiter(m, shared, do_call(m, "api")),
                                     with_limiter(m, shared, do_call(m, "api"))));
    add_client(m, "users", burst(2, 0), both);
    struct sim_run *run = whole(m);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 1);
    assert_int_equal(client_total(run, 0, SIM_REFUSED + SIM_BY_RATE_LIMIT), 1);
    sim_run_close(run);
}

static void two_limiters_at_one_place_count_apart(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", SIM_UNLIMITED, do_io(m, 0.010));
    uint32_t each =
        do_list(m, STEPS(limited(m, SIM_LIMIT_FIXED_WINDOW, 1, do_call(m, "api")),
                         limited(m, SIM_LIMIT_FIXED_WINDOW, 1, do_call(m, "api"))));
    add_client(m, "users", burst(1, 0), each);
    struct sim_run *run = whole(m);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 1);
    assert_int_equal(client_total(run, 0, SIM_REFUSED + SIM_BY_RATE_LIMIT), 0);
    sim_run_close(run);
}

static void a_retry_around_it_tries_again_and_is_counted_again(void **state)
{
    struct sim_model *m = *state;
    struct sim_retry r = fixed_retry(3, 0.4);
    add_plain(m, "api", SIM_UNLIMITED, do_io(m, 0.010));
    add_client(m, "users", burst(2, 0),
               with_retry(m, &r, limited(m, SIM_LIMIT_FIXED_WINDOW, 1, do_call(m, "api"))));
    struct sim_run *run = whole(m);
    // The second is refused at 0 and at 0.4 s, and at 0.8 s: a window begins at 1 s.
    assert_int_equal(client_total(run, 0, SIM_REFUSED + SIM_BY_RATE_LIMIT), 3);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_REJECTED), 1);
    assert_int_equal(client_total(run, 0, SIM_TIME + SIM_IN_BACKOFF), 800 * MS);
    sim_run_close(run);
}

// Clients whose requests have that value of a field, all of them at once.
static void add_tenant(struct sim_model *m, const char *name, uint32_t n, uint32_t field,
                       double value, uint32_t step)
{
    struct sim_client_def c = { .arrivals = burst(n, 0), .step = step, .fields = 1 };
    snprintf(c.name, sizeof c.name, "%s", name);
    c.first_field =
        sim_model_field_set(m, (struct sim_field_set){ field, number(m, value) });
    sim_model_client(m, &c);
}

static void each_value_of_its_fields_has_counts_of_its_own(void **state)
{
    struct sim_model *m = *state;
    struct sim_limiter_def def = limiter(m, SIM_LIMIT_GCRA, 2);
    uint32_t tenant = sim_model_field(m, "tenant");
    def.per[def.per_count++] = tenant;
    add_plain(m, "api", SIM_UNLIMITED,
              with_limiter(m, sim_model_limiter(m, &def), do_io(m, 0.010)));
    uint32_t call = do_call(m, "api");
    add_tenant(m, "a", 4, tenant, 1, call);
    add_tenant(m, "b", 3, tenant, 2, call);
    add_tenant(m, "c", 2, tenant, 1, call);
    struct sim_run *run = whole(m);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK) +
                         client_total(run, 2, SIM_ENDED + SIM_OK),
                     2);
    assert_int_equal(client_total(run, 1, SIM_ENDED + SIM_OK), 2);
    sim_run_close(run);
}

static void the_limit_may_be_a_choice_by_a_field(void **state)
{
    struct sim_model *m = *state;
    struct sim_limiter_def def = limiter(m, SIM_LIMIT_FIXED_WINDOW, 0);
    uint32_t plan = sim_model_field(m, "plan");
    struct sim_value v = { .kind = SIM_VALUE_FIELD, .a = plan };
    def.limit = sim_model_value(m, &v);
    add_plain(m, "api", SIM_UNLIMITED,
              with_limiter(m, sim_model_limiter(m, &def), do_io(m, 0.010)));
    uint32_t call = do_call(m, "api");
    add_tenant(m, "one", 9, plan, 1.9, call);
    add_tenant(m, "five", 9, plan, 5, call);
    add_tenant(m, "none", 9, plan, 0, call);
    struct sim_run *run = whole(m);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 1);
    assert_int_equal(client_total(run, 1, SIM_ENDED + SIM_OK), 5);
    assert_int_equal(client_total(run, 2, SIM_ENDED + SIM_OK), 0);
    sim_run_close(run);
}

static void what_a_process_counted_is_gone_with_it(void **state)
{
    struct sim_model *m = *state;
    const double at[] = { 0.1, 0.2, 0.7, 0.8 };
    add_plain(m, "api", SIM_UNLIMITED,
              limited(m, SIM_LIMIT_FIXED_WINDOW, 1, do_io(m, 0.010)));
    add_client(m, "users", replay(m, at, 4), do_call(m, "api"));
    world_seal(m);
    struct sim_fault crash = { .kind = SIM_FAULT_RESTART,
                               .begin = 500 * MS,
                               .end = SIM_NEVER };
    crash.target.replica = SIM_NONE;
    crash.target.route = SIM_NONE;
    struct sim_run *run = run_faulted(m, 1, &crash, 1);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 2);
    assert_int_equal(replica_total(run, 0, 0, SIM_REFUSED + SIM_BY_RATE_LIMIT), 2);
    sim_run_close(run);
}

static void many_keys_are_told_apart(void **state)
{
    struct sim_model *m = *state;
    struct sim_limiter_def def = limiter(m, SIM_LIMIT_TOKEN_BUCKET, 1);
    uint32_t user = sim_model_field(m, "user");
    def.window = 3600 * (sim_time)SIM_S;
    def.per[def.per_count++] = user;
    add_plain(m, "api", SIM_UNLIMITED,
              with_limiter(m, sim_model_limiter(m, &def), do_io(m, 0.001)));
    struct sim_client_def c = { .name = "users", .step = do_call(m, "api"), .fields = 1 };
    c.arrivals = steady(m, 10000);
    // The user is the time.
    struct sim_value curve = { .kind = SIM_VALUE_CURVE, .count = 2 };
    curve.first = sim_model_point(m, (struct sim_point){ 0, 0 });
    sim_model_point(m, (struct sim_point){ 10, 1e5 });
    c.first_field =
        sim_model_field_set(m, (struct sim_field_set){ user, sim_model_value(m, &curve) });
    sim_model_client(m, &c);
    struct sim_run *run = whole(m);
    // Each of 100,000 calls is a user of its own and passes.
    assert_int_equal(replica_total(run, 0, 0, SIM_REFUSED + SIM_BY_RATE_LIMIT), 0);
    assert_in_range(replica_total(run, 0, 0, SIM_ARRIVED), 99990, 100000);
    sim_run_close(run);
}

// What a process remembers lies in its memory, and is gone with it or after a window.
static void keys_and_calls_in_a_log_take_memory(void **state)
{
    struct sim_model *m = *state;
    const double at[] = { 0, 0, 0, 0, 2 };
    add_plain(m, "api", SIM_UNLIMITED,
              limited(m, SIM_LIMIT_SLIDING_LOG, 3, do_io(m, 0.010)));
    add_plain(m, "plain", SIM_UNLIMITED, do_io(m, 0.010));
    add_client(m, "users", replay(m, at, 5), do_call(m, "api"));
    struct sim_run *run = whole(m);
    const struct sim_meter *with = sim_run_replica_meter(run, 0, 0);
    const struct sim_meter *without = sim_run_replica_meter(run, 1, 0);
    // A key and three calls for two seconds, then one call.
    uint32_t windows;
    sim_run_window_edges(run, &windows);
    assert_int_equal(sim_meter_memory_max(with, 0, windows) -
                         sim_meter_memory_max(without, 0, windows),
                     64 + 3 * 16);
    double mean = sim_meter_area(with, 0, windows, SIM_MEMORY_AREA) -
                  sim_meter_area(without, 0, windows, SIM_MEMORY_AREA);
    assert_int_equal((int64_t)(mean / SIM_S + 0.5), 64 * 10 + 2 * 48 + 8 * 16);
    sim_run_close(run);
}

// 24 bytes of state, 16 that stand for the key, and up to 16 of the table.
static void a_million_keys_take_at_most_64_bytes_each(void **state)
{
    uint64_t took[2];
    (void)state;
    for (int has_limit = 0; has_limit < 2; has_limit++) {
        struct sim_model *m = world_open(10);
        struct sim_limiter_def def = limiter(m, SIM_LIMIT_TOKEN_BUCKET, 1);
        uint32_t user = sim_model_field(m, "user"), step = do_io(m, 0.001);
        def.per[def.per_count++] = user;
        if (has_limit)
            step = with_limiter(m, sim_model_limiter(m, &def), step);
        add_plain(m, "api", SIM_UNLIMITED, step);
        struct sim_client_def c = { .name = "users", .fields = 1 };
        c.step = do_call(m, "api");
        c.arrivals = steady(m, 100000);
        struct sim_value curve = { .kind = SIM_VALUE_CURVE, .count = 2 };
        curve.first = sim_model_point(m, (struct sim_point){ 0, 0 });
        sim_model_point(m, (struct sim_point){ 10, 1e6 });
        c.first_field = sim_model_field_set(
            m, (struct sim_field_set){ user, sim_model_value(m, &curve) });
        sim_model_client(m, &c);
        struct sim_run *run = whole(m);
        assert_in_range(replica_total(run, 0, 0, SIM_ENDED + SIM_OK), 999000, 1000001);
        took[has_limit] = sim_run_memory(run);
        sim_run_close(run);
        sim_model_close(m);
    }
    assert_true(took[1] - took[0] <= 64 * 1000001);
    assert_true(took[1] - took[0] >= 40 * 999000); // they were there
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_algorithm_lets_its_limit_through_at_once),
        cmocka_unit_test_setup_teardown(a_queue_charges_what_it_holds_back_to_the_limit,
                                        open_world, close_world),
        cmocka_unit_test_setup_teardown(a_timeout_takes_a_held_call_out, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(each_replica_counts_for_itself, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(a_client_counts_its_own_calls, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(what_worker_processes_refuse_is_their_services,
                                        open_world, close_world),
        cmocka_unit_test_setup_teardown(one_limiter_at_two_places_counts_both, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(two_limiters_at_one_place_count_apart, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(a_retry_around_it_tries_again_and_is_counted_again,
                                        open_world, close_world),
        cmocka_unit_test_setup_teardown(each_value_of_its_fields_has_counts_of_its_own,
                                        open_world, close_world),
        cmocka_unit_test_setup_teardown(the_limit_may_be_a_choice_by_a_field, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(what_a_process_counted_is_gone_with_it, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(many_keys_are_told_apart, open_world, close_world),
        cmocka_unit_test_setup_teardown(keys_and_calls_in_a_log_take_memory, open_world,
                                        close_world),
        cmocka_unit_test(a_million_keys_take_at_most_64_bytes_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
