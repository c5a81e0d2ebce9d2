#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/support/worlds.h"

// Limits whose counts lie in a store: what a script keeps, what reading and writing apart lets
// through, and what becomes of calls while the store fails.

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

static struct sim_run *whole(struct sim_model *m)
{
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    assert_true(sim_run_books(run).balanced);
    return run;
}

// A store whose reads, writes and scripts take so long; it is service 0 where it is made first.
static void add_store(struct sim_model *m, double seconds, uint32_t connections,
                      uint32_t queue)
{
    uint32_t d = number(m, seconds);
    struct sim_store_def s = { .name = "redis", .took = { d, d, d } };
    s.connections = connections;
    s.capacity = queue;
    sim_model_store(m, &s);
}

static const struct sim_sharing by_script = { .store = "redis", .is_atomic = true };
static const struct sim_sharing by_hand = { .store = "redis" };

static struct sim_limiter_def limiter(struct sim_model *m, enum sim_limit_kind kind,
                                      double limit)
{
    return (struct sim_limiter_def){ .kind = kind,
                                     .limit = number(m, limit),
                                     .window = 3600 * (sim_time)SIM_S,
                                     .burst = SIM_NONE,
                                     .status = 429 };
}

static uint32_t shared(struct sim_model *m, struct sim_sharing sharing,
                       enum sim_limit_kind kind, double limit, uint32_t step)
{
    struct sim_limiter_def def = limiter(m, kind, limit);
    sharing.timeout = number(m, 0.1);
    return with_limiter(m, sim_model_shared_limiter(m, &def, &sharing), step);
}

// Three replicas with one limit between them; each takes 3 of the 9 that come first.
static void add_api(struct sim_model *m, struct sim_sharing sharing,
                    enum sim_limit_kind kind, double limit)
{
    struct sim_service_def api = service_def("api", SIM_UNLIMITED);
    api.replicas = 3;
    add_service(m, &api, shared(m, sharing, kind, limit, do_io(m, 0.001)));
}

static int64_t ok(const struct sim_run *run)
{
    return client_total(run, 0, SIM_ENDED + SIM_OK);
}

static int64_t api_total(const struct sim_run *run, uint32_t count)
{
    return service_total(run, 1, count);
}

static void a_script_lets_no_more_through_than_the_limit(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < SIM_LIMITS; kind++) {
        struct sim_model *m = world_open(10);
        const double at[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.0005, 0.0005, 1, 1, 1 };
        add_store(m, 0.001, SIM_UNLIMITED, SIM_UNLIMITED);
        add_api(m, by_script, (enum sim_limit_kind)kind, 5);
        add_client(m, "users", replay(m, at, 14), with_timeout(m, 2, do_call(m, "api")));
        struct sim_run *run = whole(m);
        assert_int_equal(api_total(run, SIM_REFUSED + SIM_BY_RATE_LIMIT), 14 - 5);
        assert_int_equal(api_total(run, SIM_ARRIVED), 14);
        // What a queue holds back for longer than a client waits has passed all the same.
        if (kind != SIM_LIMIT_LEAKY_QUEUE)
            assert_int_equal(ok(run), 5);
        sim_run_close(run);
        sim_model_close(m);
    }
}

// GET, GET, INCR, INCR.
static void two_that_look_at_once_both_take_the_last_place(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < SIM_LIMITS; kind++) {
        struct sim_model *m = world_open(10);
        // The third looks when both have written.
        const double at[] = { 0, 0.0005, 0.0030 };
        add_store(m, 0.001, SIM_UNLIMITED, SIM_UNLIMITED);
        add_api(m, by_hand, (enum sim_limit_kind)kind, 1);
        add_client(m, "users", replay(m, at, 3), do_call(m, "api"));
        struct sim_run *run = whole(m);
        assert_int_equal(api_total(run, SIM_REFUSED + SIM_BY_RATE_LIMIT), 1);
        assert_int_equal(service_total(run, 0, SIM_ARRIVED), 3 + 2);
        sim_run_close(run);
        sim_model_close(m);
    }
}

static void where_nothing_lies_between_look_and_write_nobody_passes_too_much(void **state)
{
    struct sim_model *m = *state;
    add_store(m, 0, SIM_UNLIMITED, SIM_UNLIMITED);
    add_api(m, by_hand, SIM_LIMIT_TOKEN_BUCKET, 3);
    add_client(m, "users", steady(m, 10), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(ok(run), 3);
    sim_run_close(run);
}

// Five look at once at a bucket of five. INCR keeps each count; a level that is set keeps one.
static void a_level_that_is_set_forgets_who_wrote_before(void **state)
{
    static const struct {
        enum sim_limit_kind kind;
        int64_t passes;
    } cases[] = { { SIM_LIMIT_FIXED_WINDOW, 5 },
                  { SIM_LIMIT_SLIDING_LOG, 5 },
                  { SIM_LIMIT_TOKEN_BUCKET, 5 + 4 },
                  { SIM_LIMIT_GCRA, 5 + 4 } };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sim_model *m = world_open(10);
        const double at[] = { 0, 0, 0, 0, 0, 1, 2, 3, 4, 5 };
        add_store(m, 0.001, SIM_UNLIMITED, SIM_UNLIMITED);
        add_api(m, by_hand, cases[i].kind, 5);
        add_client(m, "users", replay(m, at, 10), do_call(m, "api"));
        struct sim_run *run = whole(m);
        assert_int_equal(ok(run), cases[i].passes);
        sim_run_close(run);
        sim_model_close(m);
    }
}

static struct sim_run *with_fault(struct sim_model *m, enum sim_fault_kind kind,
                                  double amount)
{
    struct sim_fault f = { .kind = kind, .amount = amount, .end = SIM_NEVER };
    f.target.replica = f.target.route = SIM_NONE;
    world_seal(m);
    struct sim_run *run = run_faulted(m, 1, &f, 1);
    assert_true(sim_run_books(run).balanced);
    return run;
}

static void while_its_store_fails_it_is_open_or_closed(void **state)
{
    static const struct {
        enum sim_fault_kind kind;
        double amount;
        int64_t waited_ms; // for the store, by each call
    } faults[] = { { SIM_FAULT_CRASH, 0, 0 },
                   { SIM_FAULT_FAIL, 1, 0 },
                   { SIM_FAULT_PAUSE, 0, 100 },
                   { SIM_FAULT_SLOW, 1e6, 100 },
                   { SIM_FAULT_DROP, 1, 100 } };
    (void)state;
    for (size_t i = 0; i < 4 * sizeof faults / sizeof *faults; i++) {
        struct sim_sharing s = i & 1 ? by_script : by_hand;
        s.fails_open = i & 2;
        struct sim_model *m = world_open(10);
        add_store(m, 0.001, SIM_UNLIMITED, SIM_UNLIMITED);
        add_api(m, s, SIM_LIMIT_FIXED_WINDOW, 1);
        add_client(m, "users", steady(m, 1), do_call(m, "api"));
        struct sim_run *run = with_fault(m, faults[i / 4].kind, faults[i / 4].amount);
        int64_t calls = client_total(run, 0, SIM_ARRIVED);
        assert_int_equal(ok(run), s.fails_open ? calls : 0);
        assert_int_equal(api_total(run, SIM_FAIL_OPEN), s.fails_open ? calls : 0);
        assert_int_equal(api_total(run, SIM_REFUSED + SIM_BY_STORE),
                         s.fails_open ? 0 : calls);
        assert_int_equal(api_total(run, SIM_TIME + SIM_IN_DEPENDENCY) +
                             api_total(run, SIM_TIME + SIM_IN_NETWORK),
                         calls * faults[i / 4].waited_ms * MS);
        sim_run_close(run);
        sim_model_close(m);
    }
}

static void a_store_that_is_full_fails_too(void **state)
{
    struct sim_model *m = *state;
    struct sim_sharing s = by_script;
    s.fails_open = true;
    add_store(m, 0.010, 1, 1);
    add_api(m, s, SIM_LIMIT_FIXED_WINDOW, 1);
    add_client(m, "users", burst(9, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    // One is served, one waits, seven find the line full.
    assert_int_equal(api_total(run, SIM_FAIL_OPEN), 7);
    assert_int_equal(api_total(run, SIM_REFUSED + SIM_BY_RATE_LIMIT), 1);
    assert_int_equal(service_total(run, 0, SIM_REFUSED + SIM_BY_QUEUE), 7);
    sim_run_close(run);
}

static void a_store_goes_on_for_those_who_wait_no_more(void **state)
{
    struct sim_model *m = *state;
    struct sim_sharing s = by_script;
    const double at[] = { 0, 0, 0, 1 };
    s.fails_open = true;
    add_store(m, 0.060, 1, SIM_UNLIMITED);
    add_api(m, s, SIM_LIMIT_FIXED_WINDOW, 2);
    add_client(m, "users", replay(m, at, 4), do_call(m, "api"));
    struct sim_run *run = whole(m);
    // Two of the first three give up at 100 ms; their scripts run all the same and count.
    assert_int_equal(api_total(run, SIM_FAIL_OPEN), 2);
    assert_int_equal(api_total(run, SIM_REFUSED + SIM_BY_RATE_LIMIT), 1);
    sim_run_close(run);
}

static void what_a_store_counted_is_gone_when_it_begins_anew(void **state)
{
    struct sim_model *m = *state;
    const double at[] = { 0.1, 0.2, 0.7, 0.8 };
    add_store(m, 0.001, SIM_UNLIMITED, SIM_UNLIMITED);
    add_api(m, by_script, SIM_LIMIT_FIXED_WINDOW, 1);
    add_client(m, "users", replay(m, at, 4), do_call(m, "api"));
    world_seal(m);
    struct sim_fault f = { .kind = SIM_FAULT_RESTART, .begin = 500 * MS, .end = SIM_NEVER };
    f.target.replica = f.target.route = SIM_NONE;
    struct sim_run *run = run_faulted(m, 1, &f, 1);
    assert_int_equal(ok(run), 2);
    sim_run_close(run);
}

static void a_queue_in_a_store_holds_back_the_calls_of_all_replicas(void **state)
{
    (void)state;
    for (int by_scripts = 0; by_scripts < 2; by_scripts++) {
        struct sim_model *m = world_open(10);
        struct sim_limiter_def def = limiter(m, SIM_LIMIT_LEAKY_QUEUE, 4);
        struct sim_sharing s = by_scripts ? by_script : by_hand;
        const double at[] = { 0, 0.01, 0.02 };
        def.window = SIM_S;
        s.timeout = number(m, 0.1);
        add_store(m, 0.001, SIM_UNLIMITED, SIM_UNLIMITED);
        struct sim_service_def api = service_def("api", SIM_UNLIMITED);
        api.replicas = 3;
        add_service(
            m, &api,
            with_limiter(m, sim_model_shared_limiter(m, &def, &s), do_io(m, 0.001)));
        add_client(m, "users", replay(m, at, 3), do_call(m, "api"));
        struct sim_run *run = whole(m);
        // They leave 250 ms apart, from when the first was decided about; what the write takes
        // comes on top.
        assert_int_equal(api_total(run, SIM_TIME + SIM_IN_LIMIT), (250 + 490 + 730) * MS);
        assert_int_equal(ok(run), 3);
        sim_run_close(run);
        sim_model_close(m);
    }
}

// A visit of the store that no limiter has sent changes nothing.
static void others_may_read_and_write_the_store(void **state)
{
    struct sim_model *m = *state;
    struct sim_call_def c = call_def("redis");
    snprintf(c.route, sizeof c.route, "write");
    add_store(m, 0.001, SIM_UNLIMITED, SIM_UNLIMITED);
    add_api(m, by_script, SIM_LIMIT_FIXED_WINDOW, 2);
    add_client(m, "users", steady(m, 1), do_call(m, "api"));
    add_client(m, "others", steady(m, 100), do_call_as(m, &c));
    struct sim_run *run = whole(m);
    assert_int_equal(ok(run), 2);
    assert_int_equal(client_total(run, 1, SIM_ENDED + SIM_OK),
                     client_total(run, 1, SIM_ARRIVED));
    sim_run_close(run);
}

static void tasks_of_an_event_loop_share_a_limit_too(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def api = loop_def("api");
    add_store(m, 0.001, SIM_UNLIMITED, SIM_UNLIMITED);
    api.replicas = 2;
    add_service(m, &api, shared(m, by_script, SIM_LIMIT_SLIDING_LOG, 3, do_io(m, 0.001)));
    add_client(m, "users", burst(8, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(ok(run), 3);
    assert_int_equal(api_total(run, SIM_REFUSED + SIM_BY_RATE_LIMIT), 5);
    sim_run_close(run);
}

static void a_client_that_gives_up_while_it_asks_is_cancelled(void **state)
{
    struct sim_model *m = *state;
    struct sim_sharing s = by_script;
    s.fails_open = true;
    add_store(m, 0.050, SIM_UNLIMITED, SIM_UNLIMITED);
    add_plain(m, "api", SIM_UNLIMITED, do_io(m, 0.001));
    add_client(m, "users", burst(3, 0),
               with_timeout(m, 0.020, shared(m, s, SIM_LIMIT_GCRA, 5, do_call(m, "api"))));
    struct sim_run *run = whole(m);
    // The store has not failed: its caller has gone.
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_TIMEOUT), 3);
    assert_int_equal(client_total(run, 0, SIM_FAIL_OPEN), 0);
    assert_int_equal(api_total(run, SIM_ARRIVED), 0);
    sim_run_close(run);
}

// The call of the store that the limiter makes inside is not the one that a breaker is around.
static void a_breaker_is_around_the_call_and_not_around_its_limiters(void **state)
{
    struct sim_model *m = *state;
    const double at[] = { 0, 1, 2 };
    struct sim_breaker_def pyb = { .rule = sim_breaker_of(SIM_BREAKER_PYBREAKER),
                                   .on = sim_retry_default().on,
                                   .status = 503 };
    pyb.rule.failures = 1;
    uint32_t breaker = sim_model_breaker(m, &pyb);
    add_store(m, 0.001, SIM_UNLIMITED, SIM_UNLIMITED);
    add_plain(m, "api", SIM_UNLIMITED, do_fail(m, 500));
    add_client(
        m, "users", replay(m, at, 3),
        with_breaker(m, breaker,
                     shared(m, by_script, SIM_LIMIT_TOKEN_BUCKET, 9, do_call(m, "api"))));
    struct sim_run *run = whole(m);
    assert_int_equal(sim_run_breaker_changes(run), 1);
    assert_string_equal(sim_run_breaker_change(run, 0).around, "api");
    sim_run_close(run);
}

#define WORLD(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_script_lets_no_more_through_than_the_limit),
        cmocka_unit_test(two_that_look_at_once_both_take_the_last_place),
        WORLD(where_nothing_lies_between_look_and_write_nobody_passes_too_much),
        cmocka_unit_test(a_level_that_is_set_forgets_who_wrote_before),
        cmocka_unit_test(while_its_store_fails_it_is_open_or_closed),
        WORLD(a_store_that_is_full_fails_too),
        WORLD(a_store_goes_on_for_those_who_wait_no_more),
        WORLD(what_a_store_counted_is_gone_when_it_begins_anew),
        cmocka_unit_test(a_queue_in_a_store_holds_back_the_calls_of_all_replicas),
        WORLD(others_may_read_and_write_the_store),
        WORLD(tasks_of_an_event_loop_share_a_limit_too),
        WORLD(a_client_that_gives_up_while_it_asks_is_cancelled),
        WORLD(a_breaker_is_around_the_call_and_not_around_its_limiters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
