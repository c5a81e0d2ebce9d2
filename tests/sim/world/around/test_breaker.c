#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/worlds.h"

// Circuit breakers in a world: whose calls they see, what a refusal is, what is put on record.
// The decisions themselves are those of tests/sim/policy.

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

// Opens at so many failures in a row, for so long.
static uint32_t in_a_row(struct sim_model *m, uint32_t failures, double open_for)
{
    struct sim_breaker_def def = { .rule = sim_breaker_of(SIM_BREAKER_PYBREAKER),
                                   .on = sim_retry_default().on,
                                   .status = 503 };
    def.rule.failures = failures;
    def.rule.open_for = (sim_time)(open_for * SIM_S);
    return sim_model_breaker(m, &def);
}

static void an_open_breaker_refuses_at_once(void **state)
{
    struct sim_model *m = *state;
    double at[] = { 1, 2, 3, 4, 5 };
    add_plain(m, "api", SIM_UNLIMITED, do_list(m, STEPS(do_io(m, 0.1), do_fail(m, 500))));
    add_client(m, "users", replay(m, at, 5),
               with_breaker(m, in_a_row(m, 2, 60), do_call(m, "api")));
    struct sim_run *run = whole(m);
    assert_int_equal(replica_total(run, 0, 0, SIM_ARRIVED), 2);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_ERROR), 2);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_REJECTED), 3);
    assert_int_equal(client_total(run, 0, SIM_REFUSED + SIM_BY_BREAKER), 3);
    assert_int_equal(client_total(run, 0, SIM_OPENED), 1);
    assert_int_equal(client_total(run, 0, SIM_TIME + SIM_IN_DEPENDENCY), 2 * 100 * MS);
    sim_run_close(run);
}

static void what_it_did_is_on_record(void **state)
{
    struct sim_model *m = *state;
    double at[] = { 1, 2, 3, 13, 14 };
    struct sim_fault f = { .kind = SIM_FAULT_FAIL,
                           .target = { 0, SIM_NONE, SIM_NONE },
                           .amount = 1,
                           .begin = 0,
                           .end = 10 * S };
    add_plain(m, "api", SIM_UNLIMITED, do_io(m, 0.1));
    add_client(m, "users", replay(m, at, 5),
               with_breaker(m, in_a_row(m, 2, 5), do_call(m, "api")));
    world_seal(m);
    struct sim_run *run = run_faulted(m, 1, &f, 1);
    assert_int_equal(sim_run_breaker_changes(run), 3);
    struct sim_breaker_view v = sim_run_breaker_change(run, 0);
    assert_int_equal(v.to, SIM_BREAKER_OPEN);
    assert_int_equal(v.failed, 2);
    assert_string_equal(v.around, "api");
    assert_string_equal(sim_run_place(run, v.place).name, "users");
    v = sim_run_breaker_change(run, 1);
    assert_int_equal(v.from, SIM_BREAKER_OPEN);
    assert_int_equal(v.to, SIM_BREAKER_HALF_OPEN);
    assert_int_equal(v.at, 13 * S);
    v = sim_run_breaker_change(run, 2);
    assert_int_equal(v.to, SIM_BREAKER_CLOSED);
    assert_int_equal(v.at, 13 * S + 100 * MS);
    sim_run_close(run);
}

static void each_replica_has_its_own(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def api = service_def("api", SIM_UNLIMITED);
    api.replicas = 3;
    add_service(m, &api, with_breaker(m, in_a_row(m, 2, 500), do_call(m, "db")));
    add_plain(m, "db", SIM_UNLIMITED, do_fail(m, 500));
    add_client(m, "users", steady(m, 1), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(replica_total(run, 1, 0, SIM_ARRIVED), 3 * 2);
    assert_int_equal(service_total(run, 0, SIM_OPENED), 3);
    const struct sim_meter *edge = sim_run_edge_meter(run, 1, 1);
    assert_int_equal(sim_meter_count(edge, 0, 100, SIM_OPENED), 3);
    sim_run_close(run);
}

// Fails until 3 s; opens at 2.1 s for two seconds, and again when it was half open for one.
static struct sim_run *left_alone(struct sim_model *m, bool automatic, const double *at,
                                  uint32_t n)
{
    struct sim_fault f = { .kind = SIM_FAULT_FAIL,
                           .target = { 0, SIM_NONE, SIM_NONE },
                           .amount = 1,
                           .begin = 0,
                           .end = 3 * S };
    struct sim_breaker_def def = { .rule = sim_breaker_of(SIM_BREAKER_PYBREAKER),
                                   .on = sim_retry_default().on,
                                   .status = 503 };
    def.rule.failures = def.rule.probes = 2;
    def.rule.open_for = 2 * S;
    def.rule.half_open_for = S;
    def.rule.automatic = automatic;
    add_plain(m, "api", SIM_UNLIMITED, do_io(m, 0.1));
    add_client(m, "users", replay(m, at, n),
               with_breaker(m, sim_model_breaker(m, &def),
                            do_list(m, STEPS(do_io(m, 0.1), do_call(m, "api")))));
    world_seal(m);
    return run_faulted(m, 1, &f, 1);
}

static uint32_t openings_on_record(const struct sim_run *run)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < sim_run_breaker_changes(run); i++)
        n += sim_run_breaker_change(run, i).to == SIM_BREAKER_OPEN;
    return n;
}

// Each third second after 2.1 s, up to 98.1 s, though nobody asks any more.
static void what_time_alone_opens_is_counted_when_it_opens(void **state)
{
    struct sim_model *m = *state;
    double at[] = { 1, 2 };
    struct sim_run *run = left_alone(m, true, at, 2);
    const struct sim_meter *users = sim_run_client_meter(run, 0);
    for (uint32_t second = 0; second < 100; second++)
        assert_int_equal(sim_meter_count(users, second, second + 1, SIM_OPENED),
                         second >= 2 && second % 3 == 2);
    assert_int_equal(openings_on_record(run), 33);
    sim_run_close(run);
}

// The one at 6 s is over when somebody asks again at 9 s.
static void an_opening_between_two_calls_is_counted(void **state)
{
    struct sim_model *m = *state;
    double at[] = { 1, 2, 5, 9, 9.5, 9.8 };
    struct sim_run *run = left_alone(m, false, at, 6);
    assert_int_equal(client_total(run, 0, SIM_OPENED), 2);
    assert_int_equal(openings_on_record(run), 2);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 4);
    sim_run_close(run);
}

static void two_calls_that_share_one_see_each_others_failures(void **state)
{
    struct sim_model *m = *state;
    uint32_t shared = in_a_row(m, 2, 500);
    add_plain(m, "a", SIM_UNLIMITED, do_fail(m, 500));
    add_plain(m, "b", SIM_UNLIMITED, do_fail(m, 500));
    uint32_t both = do_list(
        m, STEPS(do_try_any(m, with_breaker(m, shared, do_call(m, "a")), do_io(m, 0)),
                 with_breaker(m, shared, do_call(m, "b"))));
    add_client(m, "users", steady(m, 1), both);
    struct sim_run *run = whole(m);
    assert_int_equal(replica_total(run, 0, 0, SIM_ARRIVED), 1);
    assert_int_equal(replica_total(run, 1, 0, SIM_ARRIVED), 1);
    sim_run_close(run);
}

// A timeout inside it is a failure that it sees; one around it takes the call away from it.
static void a_timeout_counts_inside_and_not_around(void **state)
{
    (void)state;
    for (uint32_t around = 0; around < 2; around++) {
        struct sim_model *m = world_open(100);
        uint32_t b = in_a_row(m, 3, 500);
        add_plain(m, "api", SIM_UNLIMITED, do_io(m, 2));
        uint32_t call = do_call(m, "api");
        add_client(m, "users", steady(m, 1),
                   around ? with_timeout(m, 0.5, with_breaker(m, b, call))
                          : with_breaker(m, b, with_timeout(m, 0.5, call)));
        struct sim_run *run = whole(m);
        assert_int_equal(client_total(run, 0, SIM_OPENED), !around);
        if (!around)
            assert_int_equal(replica_total(run, 0, 0, SIM_ARRIVED), 3);
        sim_run_close(run);
        sim_model_close(m);
    }
}

// Retries inside it hide what failed; around it each attempt counts.
static void it_sees_what_a_retry_leaves_it(void **state)
{
    (void)state;
    for (uint32_t around = 0; around < 2; around++) {
        struct sim_model *m = world_open(100);
        uint32_t b = in_a_row(m, 3, 500);
        struct sim_retry r = fixed_retry(3, 0.01);
        add_plain(m, "api", SIM_UNLIMITED, do_fail(m, 500));
        uint32_t call = do_call(m, "api");
        add_client(m, "users", burst(1, 0),
                   around ? with_retry(m, &r, with_breaker(m, b, call))
                          : with_breaker(m, b, with_retry(m, &r, call)));
        struct sim_run *run = whole(m);
        assert_int_equal(client_total(run, 0, SIM_OPENED), around);
        assert_int_equal(replica_total(run, 0, 0, SIM_ARRIVED), 3);
        sim_run_close(run);
        sim_model_close(m);
    }
}

static void outcomes_that_are_not_named_are_no_failures(void **state)
{
    struct sim_model *m = *state;
    struct sim_breaker_def def = { .rule = sim_breaker_of(SIM_BREAKER_PYBREAKER),
                                   .on = 1u << SIM_TIMEOUT,
                                   .status = 503 };
    def.rule.failures = 1;
    add_plain(m, "api", SIM_UNLIMITED, do_fail(m, 500));
    add_client(m, "users", steady(m, 1),
               with_breaker(m, sim_model_breaker(m, &def), do_call(m, "api")));
    struct sim_run *run = whole(m);
    assert_int_equal(client_total(run, 0, SIM_OPENED), 0);
    sim_run_close(run);
}

static void a_cancelled_probe_lets_another_one_try(void **state)
{
    struct sim_model *m = *state;
    double at[] = { 1, 10, 20 };
    add_plain(m, "api", SIM_UNLIMITED, do_list(m, STEPS(do_io(m, 1), do_fail(m, 500))));
    add_client(
        m, "users", replay(m, at, 3),
        with_timeout(m, 1.0 + 1e-9, with_breaker(m, in_a_row(m, 1, 5), do_call(m, "api"))));
    struct sim_fault f = { .kind = SIM_FAULT_SLOW,
                           .target = { 0, SIM_NONE, SIM_NONE },
                           .amount = 3,
                           .begin = 9 * S,
                           .end = 15 * S };
    world_seal(m);
    struct sim_run *run = run_faulted(m, 1, &f, 1);
    // The probe at 10 s is given up, and is neither; so the one at 20 s goes out.
    assert_int_equal(replica_total(run, 0, 0, SIM_ARRIVED), 3);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_TIMEOUT), 1);
    sim_run_close(run);
}

static void a_process_that_crashes_forgets_it(void **state)
{
    struct sim_model *m = *state;
    double at[] = { 1, 2, 5 };
    add_plain(m, "api", SIM_UNLIMITED,
              with_breaker(m, in_a_row(m, 1, 90), do_call(m, "db")));
    add_plain(m, "db", SIM_UNLIMITED, do_fail(m, 500));
    add_client(m, "users", replay(m, at, 3), do_call(m, "api"));
    struct sim_fault f = { .kind = SIM_FAULT_CRASH,
                           .target = { 0, SIM_NONE, SIM_NONE },
                           .begin = 3 * S,
                           .end = 4 * S };
    world_seal(m);
    struct sim_run *run = run_faulted(m, 1, &f, 1);
    assert_int_equal(replica_total(run, 1, 0, SIM_ARRIVED), 2);
    assert_int_equal(replica_total(run, 0, 0, SIM_REFUSED + SIM_BY_BREAKER), 1);
    sim_run_close(run);
}

static struct sim_fault by_hand(uint32_t breaker, enum sim_breaker_state state,
                                sim_time begin, sim_time end)
{
    return (struct sim_fault){ .kind = SIM_FAULT_BREAKER,
                               .target = { 0, SIM_NONE, SIM_NONE },
                               .value = breaker,
                               .amount = state,
                               .begin = begin,
                               .end = end };
}

// It is forced before its first call, and undone before the third.
static void somebody_forces_it_open_and_lets_go(void **state)
{
    struct sim_model *m = *state;
    double at[] = { 1, 2, 3 };
    struct sim_fault f = by_hand(0, SIM_BREAKER_FORCED_OPEN, 500 * MS, 2500 * MS);
    add_plain(m, "api", SIM_UNLIMITED, do_io(m, 0.1));
    add_client(m, "users", replay(m, at, 3),
               with_breaker(m, in_a_row(m, 2, 60), do_call(m, "api")));
    world_seal(m);
    struct sim_run *run = run_faulted(m, 1, &f, 1);
    assert_true(sim_run_books(run).balanced);
    assert_int_equal(client_total(run, 0, SIM_REFUSED + SIM_BY_BREAKER), 2);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 1);
    assert_int_equal(client_total(run, 0, SIM_OPENED), 0); // it did not open by itself
    assert_int_equal(sim_run_breaker_changes(run), 1);
    struct sim_breaker_view v = sim_run_breaker_change(run, 0);
    assert_int_equal(v.from, SIM_BREAKER_FORCED_OPEN);
    assert_int_equal(v.to, SIM_BREAKER_CLOSED);
    assert_int_equal(v.at, 2500 * MS);
    assert_string_equal(v.around, "api");
    sim_run_close(run);
}

// Two failures would open it; disabled it does not hear of them, and a process that begins anew
// finds it disabled too.
static void disabled_it_stays_so_when_the_process_begins_anew(void **state)
{
    struct sim_model *m = *state;
    double at[] = { 1, 2, 3, 5, 6, 7, 9, 10, 11 };
    struct sim_fault faults[] = { by_hand(0, SIM_BREAKER_DISABLED, 500 * MS, 8 * S),
                                  { .kind = SIM_FAULT_RESTART,
                                    .target = { 1, SIM_NONE, SIM_NONE },
                                    .begin = 4 * S,
                                    .end = SIM_NEVER } };
    add_plain(m, "db", SIM_UNLIMITED, do_fail(m, 500));
    add_plain(m, "api", SIM_UNLIMITED,
              with_breaker(m, in_a_row(m, 2, 60), do_call(m, "db")));
    add_client(m, "users", replay(m, at, 9), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_faulted(m, 1, faults, 2);
    assert_true(sim_run_books(run).balanced);
    assert_int_equal(replica_total(run, 0, 0, SIM_ARRIVED), 8); // all but the last
    assert_int_equal(replica_total(run, 1, 0, SIM_REFUSED + SIM_BY_BREAKER), 1);
    sim_run_close(run);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)
    const struct CMUnitTest tests[] = {
        EACH(an_open_breaker_refuses_at_once),
        EACH(what_it_did_is_on_record),
        EACH(each_replica_has_its_own),
        EACH(what_time_alone_opens_is_counted_when_it_opens),
        EACH(an_opening_between_two_calls_is_counted),
        EACH(two_calls_that_share_one_see_each_others_failures),
        cmocka_unit_test(a_timeout_counts_inside_and_not_around),
        cmocka_unit_test(it_sees_what_a_retry_leaves_it),
        EACH(outcomes_that_are_not_named_are_no_failures),
        EACH(a_cancelled_probe_lets_another_one_try),
        EACH(a_process_that_crashes_forgets_it),
        EACH(somebody_forces_it_open_and_lets_go),
        EACH(disabled_it_stays_so_when_the_process_begins_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
