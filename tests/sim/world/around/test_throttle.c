#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "sim/world/meter.h"
#include "tests/support/worlds.h"

// Client-side throttling in a world: whose it is, what counts as accepted, what is counted. The
// decisions themselves are those of tests/sim/policy.

#define S (sim_time) SIM_S

static int open_world(void **state)
{
    *state = world_open(400);
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

static struct sim_throttle_def usual(void)
{
    return (struct sim_throttle_def){ .rule = sim_throttle_default(),
                                      .on = sim_retry_default().on,
                                      .status = 503 };
}

static uint32_t around(struct sim_model *m, struct sim_throttle_def def, uint32_t step)
{
    return with_throttle(m, sim_model_throttle(m, &def), step);
}

static int64_t refused(const struct sim_run *run, uint32_t client)
{
    return client_total(run, client, SIM_REFUSED + SIM_BY_THROTTLE);
}

// A service that lets so many in each second through, and rejects the others.
static void add_backend(struct sim_model *m, double limit)
{
    struct sim_limiter_def def = { .kind = SIM_LIMIT_FIXED_WINDOW,
                                   .limit = sim_model_const(m, limit),
                                   .window = S,
                                   .burst = SIM_NONE,
                                   .status = 429 };
    add_plain(m, "backend", SIM_UNLIMITED,
              with_limiter(m, sim_model_limiter(m, &def), do_io(m, 0.001)));
}

// Whoever is called sees `expected` times what it accepts. One run is 1.5 % off where little is
// refused (one standard deviation), so there are eight.
static void expect_seen(struct sim_model *m, struct sim_throttle_def def, double expected)
{
    int64_t seen = 0, accepted = 0;
    add_backend(m, 20);
    add_client(m, "users", steady(m, 200), around(m, def, do_call(m, "backend")));
    world_seal(m);
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct sim_run *run = run_whole(m, seed);
        int64_t sent = client_total(run, 0, SIM_ARRIVED) - refused(run, 0);
        assert_int_equal(replica_total(run, 0, 0, SIM_ARRIVED), sent);
        seen += sent;
        accepted += replica_total(run, 0, 0, SIM_ENDED + SIM_OK);
        sim_run_close(run);
    }
    double share = (double)seen / (double)accepted;
    if (share < expected * 0.97 || share > expected * 1.03)
        fail_msg("%g times what it accepts, and not %g", share, expected);
}

static void a_backend_sees_k_times_what_it_accepts(void **state)
{
    expect_seen(*state, usual(), 2);
}

static void with_a_smaller_k_it_sees_less(void **state)
{
    struct sim_throttle_def def = usual();
    def.rule.k = 1100000;
    expect_seen(*state, def, 1.1);
}

// What it rejects is forgotten, so of 200 a second it sends x = sqrt(200 * 2 * 20): that share of
// x that is not rejected, 2 * 20 / x, of all.
static void counted_late_it_sends_more(void **state)
{
    struct sim_throttle_def def = usual();
    def.rule.counts_late = true;
    expect_seen(*state, def, 4.4721);
}

// Of the outcomes in `on` none is an accept; what is not there is one.
static void what_is_no_accept_is_said(void **state)
{
    struct sim_model *m = *state;
    struct sim_throttle_def strict = usual(), mild = usual();
    mild.on = 1u << SIM_REJECTED;
    add_plain(m, "api", SIM_UNLIMITED, do_fail(m, 500));
    add_client(m, "strict", steady(m, 10), around(m, strict, do_call(m, "api")));
    add_client(m, "mild", steady(m, 10), around(m, mild, do_call(m, "api")));
    struct sim_run *run = whole(m);
    assert_true(refused(run, 0) > client_total(run, 0, SIM_ARRIVED) * 9 / 10);
    assert_int_equal(refused(run, 1), 0);
    sim_run_close(run);
}

static void a_rejection_is_told_with_its_status(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", SIM_UNLIMITED, do_fail(m, 500));
    add_client(m, "users", steady(m, 10), around(m, usual(), do_call(m, "api")));
    struct sim_run *run = whole(m);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_REJECTED), refused(run, 0));
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_REJECTED) +
                         client_total(run, 0, SIM_ENDED + SIM_ERROR),
                     client_total(run, 0, SIM_ARRIVED));
    sim_run_close(run);
}

// Whoever has given up knows of no answer: a timeout inside says as much as one around it.
static void what_was_given_up_is_not_accepted(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", SIM_UNLIMITED, do_io(m, 10));
    add_client(m, "inside", steady(m, 10),
               around(m, usual(), with_timeout(m, 0.5, do_call(m, "api"))));
    add_client(m, "outside", steady(m, 10),
               with_timeout(m, 0.5, around(m, usual(), do_call(m, "api"))));
    struct sim_run *run = whole(m);
    for (uint32_t client = 0; client < 2; client++)
        assert_true(refused(run, client) > client_total(run, client, SIM_ARRIVED) * 9 / 10);
    sim_run_close(run);
}

// It knows of the calls under way: of a callee that is silent it asks ever less, and not only when
// the first are given up.
static void calls_under_way_count_at_once(void **state)
{
    for (int late = 0; late < 2; late++) {
        struct sim_model *m = world_open(10);
        struct sim_throttle_def def = usual();
        def.rule.counts_late = late;
        add_plain(m, "api", SIM_UNLIMITED, do_io(m, 100));
        add_client(m, "users", steady(m, 100), around(m, def, do_call(m, "api")));
        struct sim_run *run = whole(m);
        if (late)
            assert_int_equal(refused(run, 0), 0);
        else
            assert_true(refused(run, 0) > client_total(run, 0, SIM_ARRIVED) * 9 / 10);
        sim_run_close(run);
        sim_model_close(m);
    }
    (void)state;
}

// The first call of each passes, whatever it draws: it knows nothing of the others.
static void each_replica_has_its_own(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "db", SIM_UNLIMITED, do_fail(m, 500));
    struct sim_service_def api = service_def("api", SIM_UNLIMITED);
    api.replicas = 50;
    add_service(m, &api, around(m, usual(), do_call(m, "db")));
    add_client(m, "users", burst(50, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(replica_total(run, 0, 0, SIM_ARRIVED), 50);
    sim_run_close(run);
}

// Two that are asked and answered alike do not decide alike: each draws numbers of its own.
static void two_of_a_service_draw_apart(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "a", SIM_UNLIMITED, do_fail(m, 500));
    add_plain(m, "b", SIM_UNLIMITED, do_fail(m, 500));
    uint32_t first = around(m, usual(), do_call(m, "a"));
    uint32_t second = around(m, usual(), do_call(m, "b"));
    uint32_t on = do_io(m, 0.001);
    add_plain(m, "api", SIM_UNLIMITED,
              do_list(m, STEPS(do_try_any(m, first, on), do_try_any(m, second, on))));
    add_client(m, "users", steady(m, 10), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_not_equal(replica_total(run, 0, 0, SIM_ARRIVED),
                         replica_total(run, 1, 0, SIM_ARRIVED));
    sim_run_close(run);
}

static int64_t sent_with(uint32_t others)
{
    struct sim_model *m = world_open(400);
    for (uint32_t i = 0; i < others; i++)
        add_plain(m, i ? "y" : "x", 1, do_io(m, 0.001));
    add_backend(m, 20);
    add_client(m, "users", steady(m, 200), around(m, usual(), do_call(m, "backend")));
    struct sim_run *run = whole(m);
    int64_t sent = replica_total(run, others, 0, SIM_ARRIVED);
    sim_run_close(run);
    sim_model_close(m);
    return sent;
}

static void services_that_nobody_calls_change_no_draw(void **state)
{
    (void)state;
    assert_int_equal(sent_with(0), sent_with(1));
    assert_int_equal(sent_with(0), sent_with(2));
}

// So does the first after a crash.
static void a_process_that_crashes_forgets_it(void **state)
{
    struct sim_model *m = *state;
    struct sim_fault f = { .kind = SIM_FAULT_CRASH,
                           .target = { 1, SIM_NONE, SIM_NONE },
                           .begin = 60 * S,
                           .end = 70 * S };
    double at[1001];
    for (int i = 0; i < 1000; i++)
        at[i] = i * 0.05;
    at[1000] = 80;
    add_plain(m, "db", SIM_UNLIMITED, do_fail(m, 500));
    add_plain(m, "api", SIM_UNLIMITED, around(m, usual(), do_call(m, "db")));
    add_client(m, "users", replay(m, at, 1001), do_call(m, "api"));
    world_seal(m);
    struct sim_run *with = run_faulted(m, 1, &f, 1), *without = run_faulted(m, 1, &f, 0);
    int64_t sent = replica_total(without, 0, 0, SIM_ARRIVED);
    assert_true(sent < 100);
    assert_int_equal(replica_total(with, 0, 0, SIM_ARRIVED), sent + 1);
    sim_run_close(with);
    sim_run_close(without);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_backend_sees_k_times_what_it_accepts, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(with_a_smaller_k_it_sees_less, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(counted_late_it_sends_more, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(what_is_no_accept_is_said, open_world, close_world),
        cmocka_unit_test_setup_teardown(a_rejection_is_told_with_its_status, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(what_was_given_up_is_not_accepted, open_world,
                                        close_world),
        cmocka_unit_test(calls_under_way_count_at_once),
        cmocka_unit_test_setup_teardown(each_replica_has_its_own, open_world, close_world),
        cmocka_unit_test_setup_teardown(two_of_a_service_draw_apart, open_world,
                                        close_world),
        cmocka_unit_test(services_that_nobody_calls_change_no_draw),
        cmocka_unit_test_setup_teardown(a_process_that_crashes_forgets_it, open_world,
                                        close_world),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
