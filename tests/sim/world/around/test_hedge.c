#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/worlds.h"

// Hedges in a world: attempts that race, who is told that it has lost, what is counted; fallbacks.
// The decisions themselves are those of tests/sim/policy.

#define MS (sim_time) SIM_MS
#define S  (sim_time) SIM_S

enum {
    API, // services by number
    DB
};

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

static struct sim_hedge_def after(double seconds, uint32_t attempts)
{
    return (struct sim_hedge_def){ .rule = { .max_attempts = attempts,
                                             .after = (sim_time)(seconds * SIM_S) },
                                   .on = sim_retry_default().on,
                                   .budget = SIM_NO_BUDGET };
}

// Two replicas by turns; the first takes `slow` seconds and the second `fast`: by a field of the
// number of the visit nothing could tell, so it is a fault that makes one slow.
static void add_db(struct sim_model *m, uint32_t workers, double seconds)
{
    struct sim_service_def db = service_def("db", workers);
    db.replicas = 2;
    add_service(m, &db, do_io(m, seconds));
}

static struct sim_run *with_a_slow_replica(struct sim_model *m)
{
    struct sim_fault f = { .kind = SIM_FAULT_SLOW,
                           .target = { DB, 0, SIM_NONE },
                           .amount = 10,
                           .begin = 0,
                           .end = SIM_NEVER };
    world_seal(m);
    struct sim_run *run = run_faulted(m, 1, &f, 1);
    assert_true(sim_run_books(run).balanced);
    return run;
}

static void expect_hedges(const struct sim_run *run, int64_t sent, int64_t won,
                          int64_t wasted)
{
    assert_int_equal(service_total(run, API, SIM_HEDGES), sent);
    assert_int_equal(service_total(run, API, SIM_HEDGES_WON), won);
    assert_int_equal(service_total(run, API, SIM_HEDGES_WASTED), wasted);
    const struct sim_meter *edge =
        sim_run_edge_meter(run, sim_model_clients(sim_run_model(run)), DB);
    assert_int_equal(sim_meter_count(edge, 0, 100, SIM_HEDGES), sent);
}

// How often the service calls the database, and of these what a retry sent.
static void expect_attempts(const struct sim_run *run, int64_t calls, int64_t attempts,
                            int64_t retries)
{
    const struct sim_meter *edge = sim_run_edge_meter(run, 1, DB);
    assert_int_equal(sim_meter_count(edge, 0, 100, SIM_ARRIVED), calls);
    assert_int_equal(sim_meter_count(edge, 0, 100, SIM_ATTEMPTED), attempts);
    assert_int_equal(sim_meter_count(edge, 0, 100, SIM_RETRIED), retries);
}

static void the_answer_of_the_quicker_one_is_taken(void **state)
{
    struct sim_model *m = *state;
    struct sim_hedge_def h = after(0.3, 2);
    add_plain(m, "api", SIM_UNLIMITED, with_hedge(m, &h, do_call(m, "db")));
    add_db(m, SIM_UNLIMITED, 0.2);
    add_client(m, "users", burst(1, S), do_call(m, "api"));
    struct sim_run *run = with_a_slow_replica(m);
    // The slow one takes 2 s; after 0.3 s the other is asked, which takes 0.2 s.
    assert_int_equal(only_latency(run, 0), 500 * MS);
    expect_hedges(run, 1, 1, 0);
    expect_attempts(run, 1, 2, 0);
    // Its work goes on: a thread that runs notices nothing.
    assert_int_equal(replica_total(run, DB, 0, SIM_GHOSTS), 1);
    sim_run_close(run);
}

static void what_is_quick_enough_is_not_hedged(void **state)
{
    struct sim_model *m = *state;
    struct sim_hedge_def h = after(0.3, 2);
    add_plain(m, "api", SIM_UNLIMITED, with_hedge(m, &h, do_call(m, "db")));
    add_db(m, SIM_UNLIMITED, 0.2);
    add_client(m, "users", steady(m, 1), do_call(m, "api"));
    struct sim_run *run = whole(m);
    expect_hedges(run, 0, 0, 0);
    assert_int_equal(service_total(run, DB, SIM_ARRIVED),
                     client_total(run, 0, SIM_ARRIVED));
    sim_run_close(run);
}

static void a_hedge_that_loses_was_for_nothing(void **state)
{
    struct sim_model *m = *state;
    struct sim_hedge_def h = after(0.1, 3);
    add_plain(m, "api", SIM_UNLIMITED, with_hedge(m, &h, do_call(m, "db")));
    add_db(m, SIM_UNLIMITED, 0.25);
    add_client(m, "users", burst(1, S), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(only_latency(run, 0), 250 * MS);
    expect_hedges(run, 2, 0, 2);
    sim_run_close(run);
}

// Each try lasts 0.25 s, and is given up after 0.2 s with its hedge, which went out after 0.1 s.
static void what_is_tried_again_is_told_from_its_hedge(void **state)
{
    struct sim_model *m = *state;
    struct sim_hedge_def h = after(0.1, 2);
    struct sim_retry thrice = fixed_retry(3, 0);
    add_plain(
        m, "api", SIM_UNLIMITED,
        with_retry(m, &thrice, with_timeout(m, 0.2, with_hedge(m, &h, do_call(m, "db")))));
    add_db(m, SIM_UNLIMITED, 0.25);
    add_client(m, "users", burst(1, S), do_call(m, "api"));
    struct sim_run *run = whole(m);
    expect_hedges(run, 3, 0, 0);
    expect_attempts(run, 1, 6, 2);
    sim_run_close(run);
}

// The hedge is tried again by itself: both are, each once.
static void a_hedge_that_is_tried_again_is_a_retry_then(void **state)
{
    struct sim_model *m = *state;
    struct sim_hedge_def h = after(0.1, 2);
    struct sim_retry twice = fixed_retry(2, 0);
    add_plain(
        m, "api", SIM_UNLIMITED,
        with_hedge(m, &h, with_retry(m, &twice, with_timeout(m, 0.2, do_call(m, "db")))));
    add_db(m, SIM_UNLIMITED, 0.25);
    add_client(m, "users", burst(1, S), do_call(m, "api"));
    struct sim_run *run = whole(m);
    expect_hedges(run, 1, 0, 0);
    expect_attempts(run, 1, 4, 2);
    sim_run_close(run);
}

// The second replica is ten times as slow, and busy until 5.95 s: what was sent there is still in
// line when the first has answered.
static void who_has_not_begun_is_taken_back(void **state)
{
    struct sim_model *m = *state;
    struct sim_hedge_def h = after(0.1, 2);
    struct sim_fault f = { .kind = SIM_FAULT_SLOW,
                           .target = { DB, 1, SIM_NONE },
                           .amount = 10,
                           .begin = 0,
                           .end = SIM_NEVER };
    double at[] = { 0.9, 0.95 };
    add_plain(m, "api", SIM_UNLIMITED, with_hedge(m, &h, do_call(m, "db")));
    add_db(m, 1, 0.5);
    add_client(m, "users", burst(1, S), do_call(m, "api"));
    add_client(m, "others", replay(m, at, 2), do_call(m, "db"));
    world_seal(m);
    struct sim_run *run = run_faulted(m, 1, &f, 1);
    assert_int_equal(only_latency(run, 0), 900 * MS);
    assert_int_equal(replica_total(run, DB, 1, SIM_ENDED + SIM_CANCELLED), 1);
    assert_int_equal(replica_total(run, DB, 1, SIM_ENDED + SIM_OK), 1);
    sim_run_close(run);
}

static void the_word_that_one_has_lost_takes_the_way_there(void **state)
{
    struct sim_model *m = *state;
    struct sim_hedge_def h = after(0.1, 2);
    struct sim_link_def l = { .to = "db", .latency = number(m, 0.02) };
    sim_model_link(m, &l);
    add_plain(m, "api", SIM_UNLIMITED, with_hedge(m, &h, do_call(m, "db")));
    add_plain(m, "db", 1, do_io(m, 0.5));
    add_client(m, "users", burst(1, S), do_call(m, "api"));
    struct sim_run *run = whole(m);
    // The first has its answer at 1.54 s. By then its worker has begun with the second.
    assert_int_equal(only_latency(run, 0), 540 * MS);
    assert_int_equal(replica_total(run, DB, 0, SIM_ENDED + SIM_OK), 2);
    assert_int_equal(replica_total(run, DB, 0, SIM_GHOSTS), 1);
    sim_run_close(run);
}

// The first replica is busy until 1.9 s, the second until 1.4 s.
static void the_first_of_tied_ones_that_begins_cancels_the_other(void **state)
{
    struct sim_model *m = *state;
    struct sim_hedge_def h = after(0, 2);
    h.rule.is_tied = true;
    double at[] = { 0.9, 1.0 }, one[] = { 1.1 };
    add_plain(m, "api", SIM_UNLIMITED, with_hedge(m, &h, do_call(m, "db")));
    add_db(m, 1, 1);
    add_client(m, "others", replay(m, at, 2), do_call(m, "db"));
    add_client(m, "users", replay(m, one, 1), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(only_latency(run, 1), 1800 * MS);
    assert_int_equal(service_total(run, DB, SIM_ARRIVED), 4);
    assert_int_equal(service_total(run, DB, SIM_ENDED + SIM_CANCELLED), 1);
    assert_int_equal(service_total(run, API, SIM_HEDGES_WASTED) +
                         service_total(run, API, SIM_HEDGES_WON),
                     1);
    sim_run_close(run);
}

static void failures_are_made_up_for_until_none_is_left(void **state)
{
    struct sim_model *m = *state;
    struct sim_hedge_def h = after(10, 3);
    uint32_t fails = do_list(m, STEPS(do_io(m, 0.1), do_fail(m, 503)));
    add_plain(m, "api", SIM_UNLIMITED, with_hedge(m, &h, do_call(m, "db")));
    add_plain(m, "db", SIM_UNLIMITED, fails);
    add_client(m, "users", burst(1, S), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_ERROR), 1);
    assert_int_equal(client_total(run, 0, SIM_TIME + SIM_IN_DEPENDENCY), 300 * MS);
    expect_hedges(run, 2, 0, 0);
    sim_run_close(run);
}

static void a_failure_that_is_not_named_ends_it(void **state)
{
    struct sim_model *m = *state;
    struct sim_hedge_def h = after(0.01, 3);
    h.on = 1u << SIM_TIMEOUT;
    uint32_t fails = do_list(m, STEPS(do_io(m, 0.1), do_fail(m, 503)));
    add_plain(m, "api", SIM_UNLIMITED, with_hedge(m, &h, do_call(m, "db")));
    add_plain(m, "db", SIM_UNLIMITED, fails);
    add_client(m, "users", burst(1, S), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(client_total(run, 0, SIM_TIME + SIM_IN_DEPENDENCY), 100 * MS);
    expect_hedges(run, 2, 0, 2);
    sim_run_close(run);
}

static void a_budget_pays_for_hedges(void **state)
{
    struct sim_model *m = *state;
    struct sim_hedge_def h = after(0.1, 2);
    struct sim_budget b = sim_budget_of(SIM_BUDGET_TOKENS);
    b.size = 3 * (int64_t)SIM_TOKEN;
    b.per_call = 0;
    h.budget = sim_model_budget(m, &b);
    add_plain(m, "api", SIM_UNLIMITED, with_hedge(m, &h, do_call(m, "db")));
    add_plain(m, "db", SIM_UNLIMITED, do_io(m, 0.15));
    add_client(m, "users", steady(m, 1), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(service_total(run, API, SIM_HEDGES), 3);
    assert_int_equal(service_total(run, API, SIM_UNPAID),
                     client_total(run, 0, SIM_ARRIVED) - 3);
    sim_run_close(run);
}

// As many at once as one: what has been cancelled is paid back.
static void hedges_under_way_are_counted_until_they_end(void **state)
{
    struct sim_model *m = *state;
    struct sim_hedge_def h = after(0.1, 2);
    struct sim_budget b = sim_budget_of(SIM_BUDGET_ENVOY);
    b.least = 1;
    b.share = 0;
    h.budget = sim_model_budget(m, &b);
    add_plain(m, "api", SIM_UNLIMITED,
              with_timeout(m, 0.5, with_hedge(m, &h, do_call(m, "db"))));
    add_plain(m, "db", SIM_UNLIMITED, do_io(m, 0.7));
    add_client(m, "users", steady(m, 1), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(service_total(run, API, SIM_HEDGES),
                     client_total(run, 0, SIM_ARRIVED));
    assert_int_equal(service_total(run, API, SIM_UNPAID), 0);
    sim_run_close(run);
}

static void a_timeout_around_ends_all_attempts(void **state)
{
    struct sim_model *m = *state;
    struct sim_hedge_def h = after(0.1, 5);
    add_plain(m, "api", SIM_UNLIMITED,
              with_timeout(m, 0.35, with_hedge(m, &h, do_call(m, "db"))));
    add_plain(m, "db", SIM_UNLIMITED, do_io(m, 2));
    add_client(m, "users", burst(1, S), do_call(m, "api"));
    struct sim_run *run = whole(m);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_TIMEOUT), 1);
    assert_int_equal(replica_total(run, DB, 0, SIM_ARRIVED), 4);
    sim_run_close(run);
}

static void tasks_of_a_loop_hedge_as_threads_do(void **state)
{
    struct sim_model *m = *state;
    struct sim_hedge_def h = after(0.3, 2);
    struct sim_service_def api = loop_def("api");
    add_service(m, &api, with_hedge(m, &h, do_call(m, "db")));
    add_db(m, SIM_UNLIMITED, 0.2);
    add_client(m, "users", burst(1, S), do_call(m, "api"));
    struct sim_run *run = with_a_slow_replica(m);
    assert_int_equal(only_latency(run, 0), 500 * MS);
    expect_hedges(run, 1, 1, 0);
    sim_run_close(run);
}

static void a_process_that_crashes_takes_its_attempts_with_it(void **state)
{
    struct sim_model *m = *state;
    struct sim_hedge_def h = after(0.1, 5);
    struct sim_fault f = { .kind = SIM_FAULT_RESTART,
                           .target = { API, SIM_NONE, SIM_NONE },
                           .begin = 1250 * MS,
                           .end = SIM_NEVER };
    add_plain(m, "api", SIM_UNLIMITED, with_hedge(m, &h, do_call(m, "db")));
    add_plain(m, "db", SIM_UNLIMITED, do_io(m, 2));
    add_client(m, "users", burst(1, S), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_faulted(m, 1, &f, 1);
    assert_true(sim_run_books(run).balanced);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_ERROR), 1);
    assert_int_equal(replica_total(run, DB, 0, SIM_ARRIVED), 3);
    sim_run_close(run);
}

static void a_fallback_is_gone_to_where_all_fails(void **state)
{
    struct sim_model *m = *state;
    double at[] = { 1, 2 };
    struct sim_fault f = { .kind = SIM_FAULT_FAIL,
                           .target = { DB, SIM_NONE, SIM_NONE },
                           .amount = 1,
                           .begin = 1500 * MS,
                           .end = SIM_NEVER };
    add_plain(m, "api", SIM_UNLIMITED, with_fallback(m, do_call(m, "db"), do_io(m, 0.3)));
    add_plain(m, "db", SIM_UNLIMITED, do_io(m, 0.1));
    add_client(m, "users", replay(m, at, 2), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_faulted(m, 1, &f, 1);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 2);
    assert_int_equal(service_total(run, API, SIM_FALLBACKS), 1);
    assert_int_equal(client_total(run, 0, SIM_TIME + SIM_IN_DEPENDENCY), 400 * MS);
    sim_run_close(run);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)
    const struct CMUnitTest tests[] = {
        EACH(the_answer_of_the_quicker_one_is_taken),
        EACH(what_is_quick_enough_is_not_hedged),
        EACH(a_hedge_that_loses_was_for_nothing),
        EACH(what_is_tried_again_is_told_from_its_hedge),
        EACH(a_hedge_that_is_tried_again_is_a_retry_then),
        EACH(who_has_not_begun_is_taken_back),
        EACH(the_word_that_one_has_lost_takes_the_way_there),
        EACH(the_first_of_tied_ones_that_begins_cancels_the_other),
        EACH(failures_are_made_up_for_until_none_is_left),
        EACH(a_failure_that_is_not_named_ends_it),
        EACH(a_budget_pays_for_hedges),
        EACH(hedges_under_way_are_counted_until_they_end),
        EACH(a_timeout_around_ends_all_attempts),
        EACH(tasks_of_a_loop_hedge_as_threads_do),
        EACH(a_process_that_crashes_takes_its_attempts_with_it),
        EACH(a_fallback_is_gone_to_where_all_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
