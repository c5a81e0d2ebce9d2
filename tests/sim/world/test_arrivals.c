#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/worlds.h"

// When requests come. That random ones come as often as they should is for test_theory.

static struct sim_model *
world_of(struct sim_arrivals_def (*arrivals)(struct sim_model *m, double rate), double rate)
{
    struct sim_model *m = world_open(60);
    add_plain(m, "api", SIM_UNLIMITED, do_io(m, 0.001));
    add_client(m, "users", arrivals(m, rate), do_call(m, "api"));
    world_seal(m);
    return m;
}

// ---- A rate that somebody turns ----

static struct sim_arrivals_def always_on(struct sim_model *m, double rate)
{
    struct sim_arrivals_def a = poisson(m, rate);
    a.kind = SIM_ARRIVE_BURSTY;
    a.on = 1e6;
    a.off = 0.001;
    return a;
}

static int64_t arrived_until(struct sim_run *run, sim_time t)
{
    assert_int_equal(sim_run_until(run, t), SIM_GOING);
    return sim_run_client_meter(run, 0)->counts[SIM_ARRIVED];
}

// 20 seconds at 50 a second, as many at nought, as many at 50 again: 1,000 of them, within four
// standard deviations.
static void expect_to_come_back(struct sim_arrivals_def (*arrivals)(struct sim_model *m,
                                                                    double rate))
{
    // A run turns its own model.
    struct sim_model *own = world_of(arrivals, 50), *some = world_of(arrivals, 50);
    struct sim_model *none = world_of(arrivals, 0);
    struct sim_run *run = run_open(own, 1, 0);
    int64_t first = arrived_until(run, 20 * (sim_time)SIM_S);
    sim_run_turn(run, none);
    // The gap that had begun has an arrival at its end.
    int64_t pause = arrived_until(run, 40 * (sim_time)SIM_S) - first;
    sim_run_turn(run, some);
    int64_t last = arrived_until(run, 60 * (sim_time)SIM_S - 1) - pause - first;
    assert_in_range(first, 1000 - 126, 1000 + 126);
    assert_in_range(pause, 0, 1);
    assert_in_range(last, 1000 - 126, 1000 + 126);
    sim_run_close(run);
    sim_model_close(own);
    sim_model_close(some);
    sim_model_close(none);
}

static void a_rate_that_was_turned_to_nought_comes_back(void **state)
{
    (void)state;
    expect_to_come_back(poisson);
    expect_to_come_back(always_on);
    expect_to_come_back(steady);
}

// The first arrivals after 20 seconds at nought.
static void a_rate_of_nought_is_turned_up(void **state)
{
    (void)state;
    struct sim_arrivals_def (*const kinds[])(struct sim_model *,
                                             double) = { poisson, always_on, steady };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct sim_model *some = world_of(kinds[i], 50), *none = world_of(kinds[i], 0);
        struct sim_run *run = run_open(none, 1, 0);
        assert_int_equal(arrived_until(run, 20 * (sim_time)SIM_S), 0);
        sim_run_turn(run, some);
        assert_in_range(arrived_until(run, 40 * (sim_time)SIM_S), 1000 - 126, 1000 + 126);
        sim_run_close(run);
        sim_model_close(some);
        sim_model_close(none);
    }
}

// ---- Evenly spaced ----

// 60 s times the rate, whether a gap is a whole number of ns or not: the next one would come as
// the run ends.
static void constant_arrivals_do_not_drift(void **state)
{
    (void)state;
    const double rates[] = { 3, 7, 8, 10, 600, 1024, 7919 };
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        struct sim_model *m = world_of(steady, rates[i]);
        struct sim_run *run = run_whole(m, 1);
        assert_int_equal(client_total(run, 0, SIM_ARRIVED), (int64_t)(60 * rates[i]));
        sim_run_close(run);
        sim_model_close(m);
    }
}

static struct sim_arrivals_def three_with_a_pause(struct sim_model *m, double rate)
{
    struct sim_arrivals_def a = { .kind = SIM_ARRIVE_CONSTANT };
    struct sim_value curve = { .kind = SIM_VALUE_CURVE, .count = 6 };
    const struct sim_point points[] = { { 0, rate }, { 1.5, rate }, { 1.5, 0 },
                                        { 4, 0 },    { 4, rate },   { 60, rate } };
    curve.first = sim_model_point(m, points[0]);
    for (int i = 1; i < 6; i++)
        sim_model_point(m, points[i]);
    a.rate = sim_model_value(m, &curve);
    return a;
}

// 5 before the pause, from 0 on; the sixth gap ends in it, and from 4 s on it is looked at afresh.
static void constant_arrivals_are_counted_afresh_after_a_pause(void **state)
{
    (void)state;
    struct sim_model *m = world_of(three_with_a_pause, 3);
    struct sim_run *run = run_whole(m, 1);
    assert_int_equal(client_total(run, 0, SIM_ARRIVED), 5 + 56 * 3);
    sim_run_close(run);
    sim_model_close(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rate_that_was_turned_to_nought_comes_back),
        cmocka_unit_test(a_rate_of_nought_is_turned_up),
        cmocka_unit_test(constant_arrivals_do_not_drift),
        cmocka_unit_test(constant_arrivals_are_counted_afresh_after_a_pause),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
