#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sim/model/runtime.h"

static const struct sim_cost *cost(const char *key)
{
    uint32_t n;
    const struct sim_cost *costs = sim_runtime_costs(&n);
    for (uint32_t i = 0; i < n; i++)
        if (strcmp(costs[i].key, key) == 0)
            return &costs[i];
    fail_msg("no cost %s", key);
    return NULL;
}

static struct sim_runtime preset(const char *name)
{
    struct sim_runtime r;
    assert_true(sim_runtime_preset(name, &r));
    assert_string_equal(sim_runtime_names()[r.version], name);
    return r;
}

static void every_version_has_every_cost(void **state)
{
    uint32_t n;
    const struct sim_cost *costs = sim_runtime_costs(&n);
    (void)state;
    for (uint32_t v = 0; sim_runtime_names()[v]; v++) {
        struct sim_runtime r = preset(sim_runtime_names()[v]);
        for (uint32_t i = 0; i < n; i++) {
            double x = sim_runtime_get(&r, &costs[i]);
            if (!(x > 0) && strcmp(costs[i].key, "lock_handoff") != 0)
                fail_msg("%s of %s is %g", costs[i].key, sim_runtime_names()[v], x);
        }
    }
}

static void only_builds_without_a_t_have_a_gil(void **state)
{
    (void)state;
    assert_true(preset("3.12").has_gil);
    assert_true(preset("3.14").has_gil);
    assert_false(preset("3.13t").has_gil);
    assert_false(preset("3.14t").has_gil);
}

// multiprocessing's default on Linux, by its documentation.
static void forks_are_the_default_until_3_14(void **state)
{
    (void)state;
    assert_true(preset("3.13").forks);
    assert_true(preset("3.13t").forks);
    assert_false(preset("3.14").forks);
    assert_false(preset("3.14t").forks);
}

static void a_put_gives_its_item_away_since_3_13(void **state)
{
    (void)state;
    assert_false(preset("3.12").hands_over);
    assert_true(preset("3.13").hands_over);
    assert_true(preset("3.14t").hands_over);
}

static void a_version_that_was_not_measured_has_its_neighbours_cost(void **state)
{
    uint32_t from;
    const struct sim_cost *c = cost("thread_start");
    (void)state;
    assert_int_equal(preset("3.12").thread_start, preset("3.11").thread_start);
    assert_int_equal(preset("3.13").thread_start, preset("3.14").thread_start);
    assert_int_equal(preset("3.13t").thread_start, preset("3.14t").thread_start);
    assert_int_equal(sim_runtime_origin(c, preset("3.11").version, &from),
                     SIM_COST_MEASURED);
    assert_int_equal(sim_runtime_origin(c, preset("3.12").version, &from),
                     SIM_COST_NEIGHBOUR);
    assert_string_equal(sim_runtime_names()[from], "3.11");
    assert_int_equal(sim_runtime_origin(c, preset("3.13t").version, &from),
                     SIM_COST_NEIGHBOUR);
    assert_string_equal(sim_runtime_names()[from], "3.14t");
}

// What 3.11 has never had is that of the version that has.
static void what_only_later_versions_measured_goes_to_the_earlier(void **state)
{
    uint32_t from;
    (void)state;
    assert_int_equal(
        sim_runtime_origin(cost("interpreter_round_trip"), preset("3.12").version, &from),
        SIM_COST_NEIGHBOUR);
    assert_string_equal(sim_runtime_names()[from], "3.14");
}

static void factors_of_builds_with_a_gil_are_1_by_definition(void **state)
{
    uint32_t from;
    const struct sim_cost *c = cost("bytecode_factor");
    (void)state;
    assert_int_equal(sim_runtime_origin(c, preset("3.13").version, &from),
                     SIM_COST_DEFINED);
    assert_int_equal(sim_runtime_origin(c, preset("3.13t").version, &from),
                     SIM_COST_MEASURED);
}

static void what_is_set_is_got_in_its_unit(void **state)
{
    struct sim_runtime r = preset("3.12");
    (void)state;
    sim_runtime_set(&r, cost("wake"), 12e-6);
    sim_runtime_set(&r, cost("thread_memory"), 123456);
    assert_int_equal(r.wake, 12000);
    assert_true(r.thread_memory == 123456);
    assert_true(fabs(sim_runtime_get(&r, cost("wake")) - 12e-6) < 1e-15);
}

static void other_names_are_no_presets(void **state)
{
    struct sim_runtime r;
    (void)state;
    assert_false(sim_runtime_preset("3.9", &r));
    assert_false(sim_runtime_preset("", &r));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_version_has_every_cost),
        cmocka_unit_test(only_builds_without_a_t_have_a_gil),
        cmocka_unit_test(forks_are_the_default_until_3_14),
        cmocka_unit_test(a_put_gives_its_item_away_since_3_13),
        cmocka_unit_test(a_version_that_was_not_measured_has_its_neighbours_cost),
        cmocka_unit_test(what_only_later_versions_measured_goes_to_the_earlier),
        cmocka_unit_test(factors_of_builds_with_a_gil_are_1_by_definition),
        cmocka_unit_test(what_is_set_is_got_in_its_unit),
        cmocka_unit_test(other_names_are_no_presets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
