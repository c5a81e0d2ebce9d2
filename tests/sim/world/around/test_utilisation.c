#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/world/meter.h"
#include "tests/support/worlds.h"

// Shedding by utilisation in a world: who is counted as busy, and whose level it is. The decisions
// themselves are those of tests/sim/policy. All that comes is critical, and so it is its turn
// when two ramps, of 10 s here, are over.

#define S (sim_time) SIM_S

static struct sim_shed_def by_load(void)
{
    struct sim_shed_def def = { .by = SIM_NONE, .status = 503, .by_utilisation = true };
    def.load = sim_utilisation_default();
    def.load.ramp = 10 * S;
    return def;
}

static uint32_t shedding(struct sim_model *m, const struct sim_shed_def *def, uint32_t step)
{
    return with_shed(m, sim_model_shed(m, def), step);
}

// So many seconds of 20 requests a second.
static struct sim_run *run_for(struct sim_model *m, const struct sim_fault *f)
{
    add_client(m, "users", steady(m, 20), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_faulted(m, 1, f, f ? 1 : 0);
    assert_true(sim_run_books(run).balanced);
    return run;
}

static int64_t refused_in(double seconds, uint32_t workers, bool of_cores, bool computes)
{
    struct sim_model *m = world_open(seconds);
    struct sim_shed_def def = by_load();
    def.of_cores = of_cores;
    uint32_t work = computes ? do_native(m, 0.2) : do_io(m, 0.2);
    add_plain(m, "api", workers, shedding(m, &def, work));
    struct sim_run *run = run_for(m, NULL);
    int64_t n = service_total(run, 0, SIM_REFUSED + SIM_BY_SHED);
    sim_run_close(run);
    sim_model_close(m);
    return n;
}

static void critical_ones_are_refused_when_two_ramps_are_over(void **state)
{
    (void)state;
    assert_int_equal(refused_in(19.9, 2, false, false), 0);
    assert_true(refused_in(40, 2, false, false) > 20);
}

// Four of eight are at work on average.
static void workers_that_are_not_busy_refuse_nobody(void **state)
{
    (void)state;
    assert_int_equal(refused_in(100, 8, false, false), 0);
}

static void cores_are_busy_when_something_computes(void **state)
{
    (void)state;
    assert_true(refused_in(60, 8, true, true) > 20);
    assert_int_equal(refused_in(60, 2, true, false), 0);
}

static void without_an_end_of_workers_cores_count(void **state)
{
    (void)state;
    assert_true(refused_in(60, SIM_UNLIMITED, false, true) > 20);
    assert_int_equal(refused_in(60, SIM_UNLIMITED, false, false), 0);
}

// It is killed while critical ones are refused.
static void a_process_that_crashes_begins_with_nobody(void **state)
{
    (void)state;
    int64_t refused[2];
    for (int crashes = 0; crashes < 2; crashes++) {
        struct sim_model *m = world_open(45);
        struct sim_shed_def def = by_load();
        struct sim_fault f = { .kind = SIM_FAULT_CRASH,
                               .target = { 0, SIM_NONE, SIM_NONE },
                               .begin = 26 * S,
                               .end = 26 * S + 1 };
        add_plain(m, "api", 2, shedding(m, &def, do_io(m, 0.2)));
        struct sim_run *run = run_for(m, crashes ? &f : NULL);
        refused[crashes] = service_total(run, 0, SIM_REFUSED + SIM_BY_SHED);
        sim_run_close(run);
        sim_model_close(m);
    }
    // With the crash, twenty seconds more go by without any.
    assert_true(refused[1] > 0 && refused[1] < refused[0] / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(critical_ones_are_refused_when_two_ramps_are_over),
        cmocka_unit_test(workers_that_are_not_busy_refuse_nobody),
        cmocka_unit_test(cores_are_busy_when_something_computes),
        cmocka_unit_test(without_an_end_of_workers_cores_count),
        cmocka_unit_test(a_process_that_crashes_begins_with_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
