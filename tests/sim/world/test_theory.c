#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/statistics.h"
#include "tests/support/worlds.h"

// Queues whose answers are known. Eight runs each, whose mean must agree with theory within
// four of its standard errors, and whose spread must be small enough to say something.

enum {
    SEEDS = 8
};

static void expect_theory(struct sim_model *m, double (*measure)(const struct sim_run *run),
                          double theory)
{
    double sum = 0, squares = 0;
    world_seal(m);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct sim_run *run = run_whole(m, seed);
        double x = measure(run);
        sum += x;
        squares += x * x;
        sim_run_close(run);
    }
    double mean = sum / SEEDS;
    double error = sqrt((squares / SEEDS - mean * mean) / (SEEDS - 1));
    assert_true(error < 0.03 * theory);
    expect_near(mean, theory, 4 * error + 1e-9);
    sim_model_close(m);
}

static double mean_latency(const struct sim_run *run)
{
    struct sim_hist *h = client_latencies(run, 0);
    double mean = sim_hist_mean(h) / SIM_S;
    free(h);
    return mean;
}

static double share_rejected(const struct sim_run *run)
{
    return (double)client_total(run, 0, SIM_ENDED + SIM_REJECTED) /
           (double)client_total(run, 0, SIM_ARRIVED);
}

static double utilisation(const struct sim_run *run)
{
    return (double)sim_run_replica_meter(run, 0, 0)->areas[SIM_BUSY_AREA] /
           (double)sim_run_now(run);
}

static uint32_t exponential_io(struct sim_model *m, double mean)
{
    return do_work(m, SIM_STEP_IO, drawn(m, sim_dist_exponential(mean)));
}

// W = 1 / (mu - lambda).
static void mm1(void **state)
{
    (void)state;
    struct sim_model *m = world_open(30000);
    add_plain(m, "api", 1, exponential_io(m, 1));
    add_client(m, "users", poisson(m, 0.7), do_call(m, "api"));
    expect_theory(m, mean_latency, 1 / (1 - 0.7));
}

// Pollaczek and Khinchine: half of the waiting.
static void md1(void **state)
{
    (void)state;
    struct sim_model *m = world_open(30000);
    add_plain(m, "api", 1, do_io(m, 1));
    add_client(m, "users", poisson(m, 0.7), do_call(m, "api"));
    expect_theory(m, mean_latency, 1 + 0.7 / (2 * (1 - 0.7)));
}

// Erlang's C formula: three workers, offered load 2.1.
static void mmc(void **state)
{
    (void)state;
    struct sim_model *m = world_open(10000);
    add_plain(m, "api", 3, exponential_io(m, 1));
    add_client(m, "users", poisson(m, 2.1), do_call(m, "api"));
    const double a = 2.1;
    double last = a * a * a / 6 * 3 / (3 - a);
    double waits = last / (1 + a + a * a / 2 + last);
    expect_theory(m, mean_latency, 1 + waits / (3 - a));
}

// A core that is shared: E(T) = E(S) / (1 - rho), whatever the distribution of S is.
static void mg1_processor_sharing(void **state)
{
    (void)state;
    struct sim_model *m = world_open(30000);
    struct sim_host_def h = { .name = "host", .cores = 1 };
    struct sim_service_def api = service_def("api", SIM_UNLIMITED);
    struct sim_dist s = sim_dist_lognormal_log(-0.5, 1); // mean 1, squared variation 1.7
    api.host = sim_model_host(m, &h);
    add_service(m, &api, do_work(m, SIM_STEP_NATIVE, drawn(m, s)));
    add_client(m, "users", poisson(m, 0.6), do_call(m, "api"));
    expect_theory(m, mean_latency, 1 / (1 - 0.6));
}

// At most 5 inside: P(full) = (1 - rho) rho^5 / (1 - rho^6).
static void mm1k(void **state)
{
    (void)state;
    struct sim_model *m = world_open(30000);
    struct sim_service_def api = service_def("api", 1);
    api.executor.capacity = 4;
    add_service(m, &api, exponential_io(m, 1));
    add_client(m, "users", poisson(m, 0.8), do_call(m, "api"));
    expect_theory(m, share_rejected, 0.2 * pow(0.8, 5) / (1 - pow(0.8, 6)));
}

// Five users who think for 10 s, one worker: P(idle) = 1 / sum of 5! / (5 - k)! r^k.
static void machine_repairman(void **state)
{
    (void)state;
    struct sim_model *m = world_open(30000);
    add_plain(m, "api", 1, exponential_io(m, 2));
    add_client(m, "users", closed(m, 5, sim_dist_exponential(10)), do_call(m, "api"));
    double sum = 0, term = 1;
    for (int k = 0; k <= 5; k++) {
        sum += term;
        term *= (5 - k) * 0.2;
    }
    expect_theory(m, utilisation, 1 - 1 / sum);
}

static double arrivals_per_s(const struct sim_run *run)
{
    return (double)client_total(run, 0, SIM_ARRIVED) * SIM_S / (double)sim_run_now(run);
}

// A rate that is low for half of ten seconds and high for the other half.
static struct sim_arrivals_def by_turns(struct sim_model *m, double low, double high)
{
    struct sim_arrivals_def a = { .kind = SIM_ARRIVE_BURSTY };
    struct sim_value curve = { .kind = SIM_VALUE_CURVE, .count = 4, .x = 10 };
    curve.first = sim_model_point(m, (struct sim_point){ 0, low });
    sim_model_point(m, (struct sim_point){ 5, low });
    sim_model_point(m, (struct sim_point){ 5, high });
    sim_model_point(m, (struct sim_point){ 10, high });
    a.rate = sim_model_value(m, &curve);
    return a;
}

// On for as good as ever: the mean of the curve, however long a gap at its low rate would be.
static void bursty_that_is_on_follows_its_curve(void **state)
{
    (void)state;
    const double low[] = { 0, 0.1 };
    for (int i = 0; i < 2; i++) {
        struct sim_model *m = world_open(1000);
        struct sim_arrivals_def a = by_turns(m, low[i], 100);
        a.on = 3600;
        a.off = 0.001;
        add_plain(m, "api", SIM_UNLIMITED, do_io(m, 0.001));
        add_client(m, "users", a, do_call(m, "api"));
        expect_theory(m, arrivals_per_s, (low[i] + 100) / 2);
    }
}

// On for so much of the time, whatever the curve says then: they know nothing of one another.
static void bursty_of_on_and_off_times_has_their_share_of_its_curve(void **state)
{
    (void)state;
    struct sim_model *m = world_open(20000);
    struct sim_arrivals_def a = by_turns(m, 1, 41);
    a.on = 2;
    a.off = 4;
    add_plain(m, "api", SIM_UNLIMITED, do_io(m, 0.001));
    add_client(m, "users", a, do_call(m, "api"));
    expect_theory(m, arrivals_per_s, (1 + 41) / 2.0 / 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mm1),
        cmocka_unit_test(md1),
        cmocka_unit_test(mmc),
        cmocka_unit_test(mg1_processor_sharing),
        cmocka_unit_test(mm1k),
        cmocka_unit_test(machine_repairman),
        cmocka_unit_test(bursty_that_is_on_follows_its_curve),
        cmocka_unit_test(bursty_of_on_and_off_times_has_their_share_of_its_curve),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
