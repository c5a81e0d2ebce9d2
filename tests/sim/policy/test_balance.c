#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/policy/balance.h"
#include "tests/support/statistics.h"

enum {
    DRAWS = 100000
};

static struct sim_random stream(void)
{
    struct sim_random rng;
    sim_random_init(&rng, 1, "test", "balance");
    return rng;
}

static void round_robin_goes_in_turn_whatever_the_loads(void **state)
{
    (void)state;
    struct sim_random rng = stream();
    struct sim_balance b = { .kind = SIM_BALANCE_ROUND_ROBIN };
    const uint32_t loads[] = { 9, 0, 3 };
    uint32_t turn = 0;
    for (uint32_t i = 0; i < 10; i++)
        assert_int_equal(sim_balance_pick(&b, loads, 3, &turn, &rng), i % 3);
}

static void round_robin_survives_the_counter_wrapping(void **state)
{
    (void)state;
    struct sim_random rng = stream();
    struct sim_balance b = { .kind = SIM_BALANCE_ROUND_ROBIN };
    const uint32_t loads[3] = { 0 };
    uint32_t turn = UINT32_MAX - 4;
    uint32_t last = sim_balance_pick(&b, loads, 3, &turn, &rng);
    for (uint32_t i = 0; i < 20; i++) {
        uint32_t next = sim_balance_pick(&b, loads, 3, &turn, &rng);
        assert_int_equal(next, (last + 1) % 3);
        last = next;
    }
}

static void random_is_uniform_whatever_the_loads(void **state)
{
    (void)state;
    struct sim_random rng = stream();
    struct sim_balance b = { .kind = SIM_BALANCE_RANDOM };
    const uint32_t loads[] = { 1000, 0, 1, 2, 3, 4, 5 };
    uint64_t seen[7] = { 0 };
    double expected[7];
    uint32_t turn = 0;
    for (uint32_t i = 0; i < DRAWS; i++)
        seen[sim_balance_pick(&b, loads, 7, &turn, &rng)]++;
    for (uint32_t i = 0; i < 7; i++)
        expected[i] = DRAWS / 7.0;
    assert_true(fabs(chi_square_z(seen, expected, 7)) < 3.9);
}

static void least_takes_the_fewest_in_flight(void **state)
{
    (void)state;
    struct sim_random rng = stream();
    struct sim_balance b = { .kind = SIM_BALANCE_LEAST };
    uint32_t turn = 0;
    assert_int_equal(sim_balance_pick(&b, (uint32_t[]){ 3, 1, 2 }, 3, &turn, &rng), 1);
    assert_int_equal(sim_balance_pick(&b, (uint32_t[]){ 3, 1, 0 }, 3, &turn, &rng), 2);
    assert_int_equal(sim_balance_pick(&b, (uint32_t[]){ 0, 1, 2 }, 3, &turn, &rng), 0);
    assert_int_equal(sim_balance_pick(&b, (uint32_t[]){ 7 }, 1, &turn, &rng), 0);
}

static void least_takes_equals_in_turn(void **state)
{
    (void)state;
    struct sim_random rng = stream();
    struct sim_balance b = { .kind = SIM_BALANCE_LEAST };
    uint32_t turn = 0;
    const uint32_t idle[4] = { 0 };
    for (uint32_t i = 0; i < 9; i++)
        assert_int_equal(sim_balance_pick(&b, idle, 4, &turn, &rng), i % 4);
    // 0 was the last one chosen: of 1, 2 and 3, the equals, 1 is the first after it.
    const uint32_t loads[] = { 1, 0, 0, 0 };
    assert_int_equal(sim_balance_pick(&b, loads, 4, &turn, &rng), 1);
    const uint32_t ends[] = { 0, 5, 5, 0 };
    assert_int_equal(sim_balance_pick(&b, ends, 4, &turn, &rng), 3);
    assert_int_equal(sim_balance_pick(&b, ends, 4, &turn, &rng), 0);
}

// With loads that all differ, the i-th least loaded of n (from 0) is the least of d choices
// with probability ((n - i)^d - (n - i - 1)^d) / n^d.
static void power_of_d_prefers_the_less_loaded(void **state)
{
    (void)state;
    const uint32_t loads[] = { 40, 0, 20, 10, 30 };
    const uint32_t rank[] = { 4, 0, 2, 1, 3 };
    for (uint32_t d = 1; d < 5; d++) {
        struct sim_random rng = stream();
        struct sim_balance b = { .kind = SIM_BALANCE_POWER, .choices = d };
        uint64_t seen[5] = { 0 };
        double expected[5];
        uint32_t turn = 0;
        for (uint32_t i = 0; i < DRAWS; i++)
            seen[rank[sim_balance_pick(&b, loads, 5, &turn, &rng)]]++;
        for (uint32_t i = 0; i < 5; i++)
            expected[i] = DRAWS * (pow(5 - i, d) - pow(4 - i, d)) / pow(5, d);
        assert_true(fabs(chi_square_z(seen, expected, 5)) < 3.9);
    }
}

static void power_of_d_is_uniform_among_equals(void **state)
{
    (void)state;
    struct sim_random rng = stream();
    struct sim_balance b = { .kind = SIM_BALANCE_POWER, .choices = 2 };
    const uint32_t loads[6] = { 3, 3, 3, 3, 3, 3 };
    uint64_t seen[6] = { 0 };
    double expected[6];
    uint32_t turn = 0;
    for (uint32_t i = 0; i < DRAWS; i++)
        seen[sim_balance_pick(&b, loads, 6, &turn, &rng)]++;
    for (uint32_t i = 0; i < 6; i++)
        expected[i] = DRAWS / 6.0;
    assert_true(fabs(chi_square_z(seen, expected, 6)) < 3.9);
}

static void power_of_d_takes_the_first_drawn_of_equals(void **state)
{
    (void)state;
    struct sim_random rng = stream();
    struct sim_balance b = { .kind = SIM_BALANCE_POWER, .choices = 3 };
    const uint32_t loads[6] = { 3, 3, 3, 3, 3, 3 };
    uint32_t turn = 0;
    for (uint32_t i = 0; i < 100; i++) {
        struct sim_random copy = rng;
        assert_int_equal(sim_balance_pick(&b, loads, 6, &turn, &rng),
                         sim_random_below(&copy, 6));
    }
}

// Of two choices drawn with replacement both are the most loaded in one case of n^2, so it
// is chosen sometimes, and of n alone always.
static void power_of_d_draws_with_replacement(void **state)
{
    (void)state;
    struct sim_random rng = stream();
    struct sim_balance b = { .kind = SIM_BALANCE_POWER, .choices = 2 };
    const uint32_t loads[] = { 0, 1 };
    uint64_t worse = 0;
    uint32_t turn = 0;
    for (uint32_t i = 0; i < DRAWS; i++)
        worse += sim_balance_pick(&b, loads, 2, &turn, &rng);
    assert_true(fabs(binomial_z(worse, DRAWS, 0.25)) < 3.9);
    assert_int_equal(sim_balance_pick(&b, loads, 1, &turn, &rng), 0);
}

// A pick draws equally often whatever the loads are: runs that differ stay in step.
static void loads_do_not_change_how_much_is_drawn(void **state)
{
    (void)state;
    for (int kind = 0; kind < SIM_BALANCES; kind++) {
        struct sim_balance b = { .kind = (enum sim_balance_kind)kind, .choices = 3 };
        struct sim_random ra = stream(), rb = stream();
        uint32_t ta = 0, tb = 0;
        for (uint32_t i = 0; i < 100; i++) {
            sim_balance_pick(&b, (uint32_t[]){ 0, 0, 0, 0 }, 4, &ta, &ra);
            sim_balance_pick(&b, (uint32_t[]){ i, 9, 2, 7 }, 4, &tb, &rb);
        }
        assert_memory_equal(&ra, &rb, sizeof ra);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_robin_goes_in_turn_whatever_the_loads),
        cmocka_unit_test(round_robin_survives_the_counter_wrapping),
        cmocka_unit_test(random_is_uniform_whatever_the_loads),
        cmocka_unit_test(least_takes_the_fewest_in_flight),
        cmocka_unit_test(least_takes_equals_in_turn),
        cmocka_unit_test(power_of_d_prefers_the_less_loaded),
        cmocka_unit_test(power_of_d_is_uniform_among_equals),
        cmocka_unit_test(power_of_d_takes_the_first_drawn_of_equals),
        cmocka_unit_test(power_of_d_draws_with_replacement),
        cmocka_unit_test(loads_do_not_change_how_much_is_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
