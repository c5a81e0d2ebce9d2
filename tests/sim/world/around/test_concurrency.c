#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "sim/world/meter.h"
#include "tests/support/worlds.h"

// Concurrency limits and shedding in a world: what a place is taken and given back by, whose it is,
// what is counted. The decisions themselves are those of tests/sim/policy.

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

static uint32_t fixed(struct sim_model *m, uint32_t n)
{
    struct sim_concurrency_def def = { .rule = sim_concurrency_of(SIM_CONCURRENCY_FIXED),
                                       .status = 503 };
    def.rule.initial = n;
    return sim_model_concurrency(m, &def);
}

// From 2, between 1 and 9, halved at a drop.
static uint32_t aimd(struct sim_model *m)
{
    struct sim_concurrency_def def = { .rule = sim_concurrency_of(SIM_CONCURRENCY_AIMD),
                                       .on = 1u << SIM_TIMEOUT,
                                       .status = 503 };
    def.rule.initial = 2;
    def.rule.min = 1;
    def.rule.max = 9;
    def.rule.backoff = 0.5;
    return sim_model_concurrency(m, &def);
}

static int64_t refused(const struct sim_run *run, uint32_t client)
{
    return client_total(run, client, SIM_REFUSED + SIM_BY_CONCURRENCY_LIMIT);
}

static void more_than_the_limit_are_refused_at_once(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", SIM_UNLIMITED, do_io(m, 0.1));
    add_client(m, "users", burst(5, 0),
               with_concurrency(m, fixed(m, 2), do_call(m, "api")));
    struct sim_run *run = whole(m);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 2);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_REJECTED), 3);
    assert_int_equal(refused(run, 0), 3);
    assert_int_equal(client_total(run, 0, SIM_TIME + SIM_IN_DEPENDENCY), 2 * 100 * MS);
    sim_run_close(run);
}

// However the first ends, the second, which comes after it, is let through.
static void expect_given_back(struct sim_model *m, uint32_t step)
{
    double at[] = { 1, 2 };
    add_client(m, "users", replay(m, at, 2), step);
    struct sim_run *run = whole(m);
    assert_int_equal(refused(run, 0), 0);
    assert_int_equal(replica_total(run, 0, 0, SIM_ARRIVED), 2);
    sim_run_close(run);
}

static void an_error_gives_its_place_back(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", SIM_UNLIMITED, do_fail(m, 500));
    expect_given_back(m, with_concurrency(m, fixed(m, 1), do_call(m, "api")));
}

static void a_timeout_inside_gives_its_place_back(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", SIM_UNLIMITED, do_io(m, 10));
    expect_given_back(
        m, with_concurrency(m, fixed(m, 1), with_timeout(m, 0.5, do_call(m, "api"))));
}

static void a_timeout_around_gives_its_place_back(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", SIM_UNLIMITED, do_io(m, 10));
    expect_given_back(
        m, with_timeout(m, 0.5, with_concurrency(m, fixed(m, 1), do_call(m, "api"))));
}

// From 2: a success makes it 3, of which one under way is not half, so that another says nothing. A
// drop makes it 1, and so does the next; a success 2.
static void a_limit_moves_with_what_becomes_of_its_calls(void **state)
{
    struct sim_model *m = *state;
    double at[] = { 1, 2, 3, 4, 5 };
    struct sim_fault f = { .kind = SIM_FAULT_SLOW,
                           .target = { 0, SIM_NONE, SIM_NONE },
                           .amount = 1000,
                           .begin = 3 * S,
                           .end = 5 * S };
    add_plain(m, "api", SIM_UNLIMITED, do_io(m, 0.01));
    add_client(m, "users", replay(m, at, 5),
               with_concurrency(m, aimd(m), with_timeout(m, 0.5, do_call(m, "api"))));
    world_seal(m);
    struct sim_run *run = run_faulted(m, 1, &f, 1);
    const struct sim_meter *meter = sim_run_client_meter(run, 0);
    assert_true(sim_meter_area(meter, 0, 1, SIM_LIMIT_AREA) == 0);
    assert_true(sim_meter_area(meter, 1, 2, SIM_LIMIT_AREA) == 2 * 10e6 + 3 * 990e6);
    assert_true(sim_meter_area(meter, 2, 3, SIM_LIMIT_AREA) == 3e9);
    assert_true(sim_meter_area(meter, 3, 4, SIM_LIMIT_AREA) == 3 * 500e6 + 1 * 500e6);
    assert_true(sim_meter_area(meter, 4, 5, SIM_LIMIT_AREA) == 1e9);
    assert_true(sim_meter_area(meter, 5, 6, SIM_LIMIT_AREA) == 1 * 10e6 + 2 * 990e6);
    sim_run_close(run);
}

static void a_call_that_is_cancelled_says_nothing(void **state)
{
    struct sim_model *m = *state;
    double at[] = { 1, 2 };
    add_plain(m, "api", SIM_UNLIMITED, do_io(m, 10));
    add_client(m, "users", replay(m, at, 2),
               with_timeout(m, 0.5, with_concurrency(m, aimd(m), do_call(m, "api"))));
    struct sim_run *run = whole(m);
    assert_true(sim_meter_area(sim_run_client_meter(run, 0), 5, 6, SIM_LIMIT_AREA) == 2e9);
    sim_run_close(run);
}

static void each_replica_has_its_own(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "db", SIM_UNLIMITED, do_io(m, 0.1));
    struct sim_service_def api = service_def("api", SIM_UNLIMITED);
    api.replicas = 2;
    add_service(m, &api, with_concurrency(m, fixed(m, 2), do_call(m, "db")));
    add_client(m, "users", burst(10, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    for (uint32_t r = 0; r < 2; r++)
        assert_int_equal(replica_total(run, 1, r, SIM_REFUSED + SIM_BY_CONCURRENCY_LIMIT),
                         3);
    sim_run_close(run);
}

// Two under way die with their process; the new one has both places.
static void a_process_that_crashes_forgets_it(void **state)
{
    struct sim_model *m = *state;
    double at[] = { 1, 1, 1, 5, 5, 5 };
    add_plain(m, "db", SIM_UNLIMITED, do_io(m, 2.5));
    add_plain(m, "api", SIM_UNLIMITED, with_concurrency(m, fixed(m, 2), do_call(m, "db")));
    add_client(m, "users", replay(m, at, 6), do_call(m, "api"));
    struct sim_fault f = { .kind = SIM_FAULT_CRASH,
                           .target = { 1, SIM_NONE, SIM_NONE },
                           .begin = 3 * S,
                           .end = 4 * S };
    world_seal(m);
    struct sim_run *run = run_faulted(m, 1, &f, 1);
    assert_int_equal(replica_total(run, 1, 0, SIM_REFUSED + SIM_BY_CONCURRENCY_LIMIT), 2);
    assert_int_equal(replica_total(run, 0, 0, SIM_ARRIVED), 4);
    sim_run_close(run);
}

// ---- Shedding ----

static void less_critical_ones_are_turned_away_first(void **state)
{
    struct sim_model *m = *state;
    uint32_t field = sim_model_field(m, "criticality");
    struct sim_value by = { .kind = SIM_VALUE_FIELD, .a = field };
    struct sim_shed_def def = { .rule = sim_shed_default(4), .status = 503 };
    def.by = sim_model_value(m, &by);
    add_plain(m, "api", SIM_UNLIMITED, with_shed(m, sim_model_shed(m, &def), do_io(m, 1)));
    // Each comes when so many are inside: itself, and those that were let through.
    static const struct {
        enum sim_criticality of;
        bool passes;
    } comers[] = {
        { SIM_SHEDDABLE, true },                                 // the first of 2
        { SIM_SHEDDABLE, true },       { SIM_SHEDDABLE, false }, // half of 4 are there
        { SIM_SHEDDABLE_PLUS, false },                           // 3 are more than 2.8
        { SIM_CRITICAL, true },        { SIM_CRITICAL, false },  // 4 are more than 3.6
        { SIM_CRITICAL_PLUS, true },   { SIM_CRITICAL_PLUS, false }
    };
    for (uint32_t i = 0; i < 8; i++) {
        struct sim_client_def c = { .arrivals = burst(1, (sim_time)(i + 1) * MS) };
        double word = sim_model_symbol(m, sim_criticality_name(comers[i].of));
        snprintf(c.name, sizeof c.name, "c%u", i);
        c.step = do_call(m, "api");
        c.first_field = sim_model_field_set(
            m, (struct sim_field_set){ field, sim_model_const(m, word) });
        c.fields = 1;
        sim_model_client(m, &c);
    }
    struct sim_run *run = whole(m);
    for (uint32_t i = 0; i < 8; i++)
        assert_int_equal(client_total(run, i, SIM_ENDED + SIM_OK), comers[i].passes);
    assert_int_equal(replica_total(run, 0, 0, SIM_REFUSED + SIM_BY_SHED), 4);
    sim_run_close(run);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)
    const struct CMUnitTest tests[] = {
        EACH(more_than_the_limit_are_refused_at_once),
        EACH(an_error_gives_its_place_back),
        EACH(a_timeout_inside_gives_its_place_back),
        EACH(a_timeout_around_gives_its_place_back),
        EACH(a_limit_moves_with_what_becomes_of_its_calls),
        EACH(a_call_that_is_cancelled_says_nothing),
        EACH(each_replica_has_its_own),
        EACH(a_process_that_crashes_forgets_it),
        EACH(less_critical_ones_are_turned_away_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
