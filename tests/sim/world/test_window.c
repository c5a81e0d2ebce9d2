#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/statistics.h"
#include "tests/support/worlds.h"

// The windows in which a run keeps its counts: they cover the run without a gap, add up, and
// stay few however long it is.

// An arrival each second, from the start, answered after 0.25 s.
static struct sim_model *steady_world(double seconds)
{
    struct sim_model *m = world_open(seconds);
    add_plain(m, "api", 4, do_io(m, 0.25));
    add_client(m, "users", steady(m, 1), do_call(m, "api"));
    world_seal(m);
    return m;
}

static const sim_time *edges_of(const struct sim_run *run, uint32_t *windows)
{
    const sim_time *edges = sim_run_window_edges(run, windows);
    assert_true(*windows > 0);
    assert_int_equal(edges[0], 0);
    assert_int_equal(edges[*windows], sim_run_now(run));
    for (uint32_t i = 0; i < *windows; i++)
        assert_true(edges[i] < edges[i + 1]);
    return edges;
}

// Each window holds what happened from its first instant to before its last.
static void expect_counts(const struct sim_run *run)
{
    uint32_t n;
    const sim_time *edges = edges_of(run, &n);
    const struct sim_meter *m = sim_run_client_meter(run, 0);
    for (uint32_t i = 0; i < n; i++) {
        sim_time from = edges[i], to = edges[i + 1];
        int64_t arrived = (to + SIM_S - 1) / SIM_S - (from + SIM_S - 1) / SIM_S;
        const sim_time quarter = SIM_S / 4;
        int64_t answered = (to - quarter + SIM_S - 1) / SIM_S -
                           (from < quarter ? 0 : (from - quarter + SIM_S - 1) / SIM_S);
        assert_int_equal(sim_meter_count(m, i, i + 1, SIM_ARRIVED), arrived);
        assert_int_equal(sim_meter_count(m, i, i + 1, SIM_ENDED + SIM_OK), answered);
    }
}

static void windows_hold_what_happened_in_them(void **state)
{
    (void)state;
    struct sim_model *m = steady_world(20.5);
    struct sim_run *run = run_whole(m, 1);
    expect_counts(run);
    uint32_t n;
    edges_of(run, &n);
    assert_int_equal(n, 21); // a second each, and what is left
    sim_run_close(run);
    sim_model_close(m);
}

static void spans_add_up(void **state)
{
    (void)state;
    struct sim_model *m = world_open(30);
    add_plain(m, "api", 1, do_work(m, SIM_STEP_IO, drawn(m, sim_dist_exponential(0.008))));
    add_client(m, "users", poisson(m, 100), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    uint32_t n;
    edges_of(run, &n);
    const struct sim_meter *meter = sim_run_replica_meter(run, 0, 0);
    for (uint32_t what = 0; what < SIM_COUNTS; what++) {
        int64_t sum = 0;
        for (uint32_t i = 0; i < n; i++)
            sum += sim_meter_count(meter, i, i + 1, (enum sim_count)what);
        assert_int_equal(sum, sim_meter_count(meter, 0, n, (enum sim_count)what));
        if (what < SIM_HOT_COUNTS)
            assert_int_equal(sum, meter->counts[what]);
    }
    double area = 0;
    uint32_t longest = 0;
    for (uint32_t i = 0; i < n; i++) {
        area += sim_meter_area(meter, i, i + 1, SIM_QUEUED_AREA);
        uint32_t max = sim_meter_queue_max(meter, i, i + 1);
        longest = max > longest ? max : longest;
    }
    double whole = sim_meter_area(meter, 0, n, SIM_QUEUED_AREA);
    expect_near(area, whole, whole * 1e-12);
    assert_int_equal(longest, sim_meter_queue_max(meter, 0, n));
    assert_true(longest > 3);
    sim_run_close(run);
    sim_model_close(m);
}

static void histograms_of_windows_add_up(void **state)
{
    (void)state;
    struct sim_model *m = world_open(30);
    add_plain(m, "api", 1, do_work(m, SIM_STEP_IO, drawn(m, sim_dist_exponential(0.008))));
    add_client(m, "users", poisson(m, 100), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    uint32_t n;
    edges_of(run, &n);
    const struct sim_meter *meter = sim_run_client_meter(run, 0);
    struct sim_hist *parts = calloc(1, sizeof *parts), *whole = client_latencies(run, 0);
    for (uint32_t i = 0; i < n; i++)
        sim_meter_add_hist(meter, i, i + 1, parts);
    assert_int_equal(sim_hist_count(parts), sim_hist_count(whole));
    assert_int_equal(sim_hist_count(parts), meter->counts[SIM_ENDED + SIM_OK]);
    for (double q = 0; q <= 1; q += 0.01)
        assert_int_equal(sim_hist_quantile(parts, q), sim_hist_quantile(whole, q));
    free(parts);
    free(whole);
    sim_run_close(run);
    sim_model_close(m);
}

// ---- Folding ----

static void long_run_folds_its_windows_and_keeps_its_counts(void **state)
{
    (void)state;
    struct sim_model *m = steady_world(5000.5);
    struct sim_run *run = run_whole(m, 1);
    uint32_t n;
    edges_of(run, &n);
    assert_true(n <= 1026 && n >= 256);
    expect_counts(run);
    assert_int_equal(client_total(run, 0, SIM_ARRIVED), 5001);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 5001);
    sim_run_close(run);
    sim_model_close(m);
}

static void edges_asked_for_survive_folding(void **state)
{
    (void)state;
    const sim_time wanted[] = { SIM_S / 2, 100 * (sim_time)SIM_S + 1,
                                1733 * (sim_time)SIM_S + 7, 4999 * (sim_time)SIM_S };
    struct sim_model *m = steady_world(5000);
    struct sim_run *run = run_open(m, 1, 0);
    for (uint32_t i = 0; i < 4; i++)
        sim_run_edge(run, wanted[i]);
    assert_int_equal(sim_run_until(run, SIM_NEVER), SIM_FINISHED);
    sim_run_finish(run);
    uint32_t n, found = 0;
    const sim_time *edges = edges_of(run, &n);
    for (uint32_t i = 0; i <= n; i++)
        for (uint32_t j = 0; j < 4; j++)
            found += edges[i] == wanted[j];
    assert_int_equal(found, 4);
    expect_counts(run);
    sim_run_close(run);
    sim_model_close(m);
}

static void warmup_is_an_edge(void **state)
{
    (void)state;
    struct sim_model_def def = { .name = "test", .latency = SIM_NONE };
    def.duration = 3000 * (sim_time)SIM_S;
    def.warmup = 1234567890123;
    struct sim_model *m = sim_model_open(&def);
    add_plain(m, "api", 4, do_io(m, 0.25));
    add_client(m, "users", steady(m, 1), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    uint32_t n, found = 0;
    const sim_time *edges = edges_of(run, &n);
    for (uint32_t i = 0; i <= n; i++)
        found += edges[i] == def.warmup;
    assert_int_equal(found, 1);
    sim_run_close(run);
    sim_model_close(m);
}

// Latencies of known quantiles: each of 100 values equally often.
static void quantiles_survive_folding(void **state)
{
    (void)state;
    struct sim_model *m = world_open(3000);
    add_plain(m, "api", SIM_UNLIMITED,
              do_work(m, SIM_STEP_IO, drawn(m, sim_dist_uniform(0.1, 0.2))));
    add_client(m, "users", steady(m, 20), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    struct sim_hist *h = client_latencies(run, 0);
    assert_int_equal(sim_hist_count(h), client_total(run, 0, SIM_ENDED + SIM_OK));
    for (double q = 0.1; q < 0.95; q += 0.1) {
        double want = 0.1e9 + q * 0.1e9;
        // 0.4 % of the histogram and what 60,000 draws leave open.
        expect_near((double)sim_hist_quantile(h, q), want, want * 0.004 + 0.8e6);
    }
    free(h);
    sim_run_close(run);
    sim_model_close(m);
}

static void run_that_is_stopped_early_can_be_read(void **state)
{
    (void)state;
    struct sim_model *m = steady_world(100);
    struct sim_run *run = run_open(m, 1, 0);
    assert_int_equal(sim_run_until(run, 10 * (sim_time)SIM_S + 1), SIM_GOING);
    sim_run_finish(run);
    expect_counts(run);
    assert_int_equal(client_total(run, 0, SIM_ARRIVED), 11);
    sim_run_close(run);
    sim_model_close(m);
}

// What comes at the instant at which a run was halted is of the window that begins there, as where
// it was not.
static void a_halt_at_an_edge_moves_nothing_over_it(void **state)
{
    (void)state;
    struct sim_model *m = steady_world(20);
    struct sim_run *run = run_open(m, 1, 0);
    for (sim_time t = 3; t < 20; t += 3)
        assert_int_equal(sim_run_until(run, t * SIM_S), SIM_GOING);
    assert_int_equal(sim_run_until(run, SIM_NEVER), SIM_FINISHED);
    sim_run_finish(run);
    expect_counts(run);
    sim_run_close(run);
    sim_model_close(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_hold_what_happened_in_them),
        cmocka_unit_test(spans_add_up),
        cmocka_unit_test(histograms_of_windows_add_up),
        cmocka_unit_test(long_run_folds_its_windows_and_keeps_its_counts),
        cmocka_unit_test(edges_asked_for_survive_folding),
        cmocka_unit_test(warmup_is_an_edge),
        cmocka_unit_test(quantiles_survive_folding),
        cmocka_unit_test(run_that_is_stopped_early_can_be_read),
        cmocka_unit_test(a_halt_at_an_edge_moves_nothing_over_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
