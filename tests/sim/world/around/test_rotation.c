#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/worlds.h"

// Balancers with a memory in a world: what they see, what they are told, and what happens when
// nobody is left. The decisions themselves are those of tests/sim/policy.

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

// A hundred requests, one each 10 ms, to so many replicas with a worker each.
static struct sim_run *hundred(struct sim_model *m, const struct sim_balance *rule,
                               uint32_t replicas, uint32_t step,
                               const struct sim_fault *faults, uint32_t n)
{
    double at[100];
    struct sim_service_def def = service_def("api", 1);
    def.replicas = replicas;
    def.balance = *rule;
    for (int i = 0; i < 100; i++)
        at[i] = 1 + i * 0.010;
    add_service(m, &def, step);
    add_client(m, "users", replay(m, at, 100), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_faulted(m, 1, faults, n);
    assert_true(sim_run_books(run).balanced);
    return run;
}

static int64_t arrived(const struct sim_run *run, uint32_t replica)
{
    return replica_total(run, 0, replica, SIM_ARRIVED);
}

static int64_t edge_total(const struct sim_run *run, enum sim_count count)
{
    uint32_t windows;
    sim_run_window_edges(run, &windows);
    return sim_meter_count(sim_run_edge_meter(run, 0, 0), 0, windows, count);
}

static void weights_share_out_what_comes(void **state)
{
    struct sim_model *m = *state;
    struct sim_balance rule = sim_balance_default(SIM_BALANCE_ROUND_ROBIN);
    rule.weights = 2;
    rule.first_weight = sim_model_point(m, (struct sim_point){ 1, 3 });
    sim_model_point(m, (struct sim_point){ 2, 1 });
    struct sim_run *run = hundred(m, &rule, 2, do_io(m, 0.001), NULL, 0);
    assert_int_equal(arrived(run, 0), 75);
    assert_int_equal(arrived(run, 1), 25);
    sim_run_close(run);
}

// Each takes 100 ms, ten times what is between two of them.
static void loads_are_as_old_as_the_last_look(void **state)
{
    struct sim_model *m = *state;
    struct sim_balance rule = sim_balance_default(SIM_BALANCE_POWER);
    rule.refresh = 500 * MS;
    rule.choices = 1000; // as good as all of them, and of equals the first drawn
    struct sim_run *run = hundred(m, &rule, 2, do_io(m, 0.100), NULL, 0);
    // At 1.5 s it looks again, and for half a second the one with less gets all of 50.
    int64_t more = arrived(run, 0) > arrived(run, 1) ? arrived(run, 0) : arrived(run, 1);
    assert_true(more >= 50 + 10);
    sim_run_close(run);
}

static struct sim_fault fails(uint32_t replica, double share)
{
    return (struct sim_fault){ .kind = SIM_FAULT_FAIL,
                               .begin = 0,
                               .end = SIM_NEVER,
                               .amount = share,
                               .target = { 0, replica, SIM_NONE } };
}

static void who_fails_five_times_is_ejected(void **state)
{
    struct sim_model *m = *state;
    struct sim_balance rule = sim_balance_default(SIM_BALANCE_ROUND_ROBIN);
    struct sim_fault fault = fails(1, 1);
    rule.outlier = sim_outlier_default();
    struct sim_run *run = hundred(m, &rule, 2, do_io(m, 0.001), &fault, 1);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_ERROR), 5);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 95);
    assert_int_equal(edge_total(run, SIM_EJECTED), 1);
    sim_run_close(run);
}

static void what_took_too_long_is_an_error_and_a_404_is_none(void **state)
{
    struct sim_model *m = *state;
    struct sim_balance rule = sim_balance_default(SIM_BALANCE_ROUND_ROBIN);
    rule.outlier = sim_outlier_default();
    struct sim_service_def def = service_def("api", SIM_UNLIMITED);
    def.balance = rule;
    add_service(m, &def, do_io(m, 1));
    def = service_def("shop", SIM_UNLIMITED);
    def.balance = rule;
    add_service(m, &def, do_fail(m, 404));
    add_client(m, "users", steady(m, 10), with_timeout(m, 0.05, do_call(m, "api")));
    add_client(m, "buyers", steady(m, 10), do_call(m, "shop"));
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    assert_int_equal(edge_total(run, SIM_EJECTED), 1);
    uint32_t windows;
    sim_run_window_edges(run, &windows);
    assert_int_equal(
        sim_meter_count(sim_run_edge_meter(run, 1, 1), 0, windows, SIM_EJECTED), 0);
    sim_run_close(run);
}

// Without panic there is nobody left after the fifth error, and callers are told so at once.
static void where_nobody_is_left_the_answer_is_503(void **state)
{
    struct sim_model *m = *state;
    struct sim_balance rule = sim_balance_default(SIM_BALANCE_ROUND_ROBIN);
    struct sim_fault fault = fails(SIM_NONE, 1);
    rule.outlier = sim_outlier_default();
    struct sim_run *run = hundred(m, &rule, 1, do_io(m, 0.001), &fault, 1);
    assert_int_equal(arrived(run, 0), 5);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_ERROR), 100);
    assert_int_equal(edge_total(run, SIM_ENDED + SIM_ERROR), 100);
    assert_int_equal(edge_total(run, SIM_ATTEMPTED), 100);
    sim_run_close(run);
}

static void a_panic_sends_to_all(void **state)
{
    struct sim_model *m = *state;
    struct sim_balance rule = sim_balance_default(SIM_BALANCE_ROUND_ROBIN);
    struct sim_fault fault = fails(SIM_NONE, 1);
    rule.outlier = sim_outlier_default();
    rule.panic = 500;
    struct sim_run *run = hundred(m, &rule, 1, do_io(m, 0.001), &fault, 1);
    assert_int_equal(arrived(run, 0), 100);
    sim_run_close(run);
}

static void a_retry_finds_nobody_either_and_gives_up(void **state)
{
    struct sim_model *m = *state;
    struct sim_retry retry = fixed_retry(3, 0);
    struct sim_service_def def = service_def("api", 1);
    def.balance = sim_balance_default(SIM_BALANCE_RANDOM);
    def.balance.outlier = sim_outlier_default();
    def.balance.outlier.consecutive = 1;
    add_service(m, &def, do_fail(m, 500));
    add_client(m, "users", burst(10, SIM_S), with_retry(m, &retry, do_call(m, "api")));
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    assert_true(sim_run_books(run).balanced);
    assert_int_equal(edge_total(run, SIM_ATTEMPTED), 30);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_ERROR), 10);
    sim_run_close(run);
}

static void a_slow_replica_is_avoided_by_its_latency(void **state)
{
    struct sim_model *m = *state;
    struct sim_balance rule = sim_balance_default(SIM_BALANCE_PEAK_EWMA);
    struct sim_fault fault = {
        .kind = SIM_FAULT_SLOW, .end = SIM_NEVER, .amount = 8, .target = { 0, 1, SIM_NONE }
    };
    rule.choices = 0;
    struct sim_run *run = hundred(m, &rule, 2, do_io(m, 0.001), &fault, 1);
    assert_int_equal(arrived(run, 1), 1);
    sim_run_close(run);
}

// One replica takes ten times what is between two requests, so that loads tell the two apart.
static int64_t arrived_at_the_slow_one(struct sim_model *m, const struct sim_balance *rule)
{
    struct sim_fault fault = { .kind = SIM_FAULT_SLOW,
                               .end = SIM_NEVER,
                               .amount = 100,
                               .target = { 0, 1, SIM_NONE } };
    struct sim_run *run = hundred(m, rule, 2, do_io(m, 0.001), &fault, 1);
    int64_t n = arrived(run, 1);
    sim_run_close(run);
    return n;
}

// Without weights as with equal ones.
static void without_a_bias_the_least_loaded_are_all_alike(void **state)
{
    struct sim_balance rule = sim_balance_default(SIM_BALANCE_LEAST);
    rule.bias = 0;
    assert_int_equal(arrived_at_the_slow_one(*state, &rule), 50);
}

// The first of the two that are drawn; by load it would be a quarter.
static void without_a_bias_two_choices_are_one(void **state)
{
    struct sim_balance rule = sim_balance_default(SIM_BALANCE_POWER);
    rule.bias = 0;
    assert_in_range(arrived_at_the_slow_one(*state, &rule), 35, 65);
}

static void equal_keys_go_to_one_replica(void **state)
{
    struct sim_model *m = *state;
    struct sim_balance rule = sim_balance_default(SIM_BALANCE_RING_HASH);
    struct sim_run *run = hundred(m, &rule, 3, do_io(m, 0.001), NULL, 0);
    int64_t most = 0;
    for (uint32_t i = 0; i < 3; i++)
        most = arrived(run, i) > most ? arrived(run, i) : most;
    assert_int_equal(most, 100);
    sim_run_close(run);
}

#define T(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(weights_share_out_what_comes),
        T(loads_are_as_old_as_the_last_look),
        T(who_fails_five_times_is_ejected),
        T(what_took_too_long_is_an_error_and_a_404_is_none),
        T(where_nobody_is_left_the_answer_is_503),
        T(a_panic_sends_to_all),
        T(a_retry_finds_nobody_either_and_gives_up),
        T(a_slow_replica_is_avoided_by_its_latency),
        T(without_a_bias_the_least_loaded_are_all_alike),
        T(without_a_bias_two_choices_are_one),
        T(equal_keys_go_to_one_replica),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
