#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/worlds.h"

// Retry budgets in a world: whose retries they pay for, and what becomes of a call that is not
// paid for. The decisions themselves are those of tests/sim/policy.

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

// So many tokens, and none come in.
static uint32_t tokens(struct sim_model *m, uint32_t n)
{
    struct sim_budget b = sim_budget_of(SIM_BUDGET_TOKENS);
    b.size = n * (int64_t)SIM_TOKEN;
    b.per_call = 0;
    return sim_model_budget(m, &b);
}

static uint32_t paid(struct sim_model *m, uint32_t budget, uint32_t attempts, uint32_t step)
{
    struct sim_retry r = fixed_retry(attempts, 0.1);
    r.budget = budget;
    return with_retry(m, &r, step);
}

static int64_t attempts(const struct sim_run *run, uint32_t client)
{
    return client_total(run, client, SIM_ENDED + SIM_ERROR);
}

static void a_retry_that_is_not_paid_for_does_not_go_out(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", SIM_UNLIMITED, do_fail(m, 500));
    add_client(m, "users", burst(4, 0), paid(m, tokens(m, 3), 9, do_call(m, "api")));
    struct sim_run *run = whole(m);
    assert_int_equal(replica_total(run, 0, 0, SIM_ARRIVED), 4 + 3);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_ERROR), 4);
    assert_int_equal(client_total(run, 0, SIM_UNPAID), 4);
    assert_int_equal(client_total(run, 0, SIM_TIME + SIM_IN_BACKOFF), 3 * 100 * MS);
    sim_run_close(run);
}

static void who_is_out_of_attempts_does_not_ask_the_budget(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", SIM_UNLIMITED, do_fail(m, 500));
    add_client(m, "users", burst(1, 0), paid(m, tokens(m, 9), 3, do_call(m, "api")));
    struct sim_run *run = whole(m);
    assert_int_equal(replica_total(run, 0, 0, SIM_ARRIVED), 3);
    assert_int_equal(client_total(run, 0, SIM_UNPAID), 0);
    sim_run_close(run);
}

static void each_client_and_replica_has_its_own(void **state)
{
    struct sim_model *m = *state;
    uint32_t budget = tokens(m, 1);
    struct sim_service_def api = service_def("api", SIM_UNLIMITED);
    api.replicas = 2;
    add_service(m, &api, paid(m, budget, 9, do_call(m, "db")));
    add_plain(m, "db", SIM_UNLIMITED, do_fail(m, 500));
    add_client(m, "a", burst(4, 0), do_call(m, "api"));
    add_client(m, "b", burst(2, 0), paid(m, budget, 9, do_call(m, "db")));
    struct sim_run *run = whole(m);
    // Of api each replica pays for one of its two, and b for one of its two.
    assert_int_equal(replica_total(run, 1, 0, SIM_ARRIVED), (4 + 2) + (2 + 1));
    assert_int_equal(replica_total(run, 0, 0, SIM_UNPAID), 2);
    assert_int_equal(replica_total(run, 0, 1, SIM_UNPAID), 2);
    assert_int_equal(attempts(run, 1), 2);
    sim_run_close(run);
}

static void two_calls_that_name_it_share_it(void **state)
{
    struct sim_model *m = *state;
    uint32_t budget = tokens(m, 3);
    add_plain(m, "api", SIM_UNLIMITED, do_fail(m, 500));
    uint32_t twice = do_list(
        m, STEPS(do_try_any(m, paid(m, budget, 9, do_call(m, "api")), do_io(m, 0)),
                 do_try_any(m, paid(m, budget, 9, do_call(m, "api")), do_io(m, 0))));
    add_client(m, "users", burst(1, 0), twice);
    struct sim_run *run = whole(m);
    assert_int_equal(replica_total(run, 0, 0, SIM_ARRIVED), 2 + 3);
    sim_run_close(run);
}

// A token for each first try and success: what each of them brings shows in the retries.
static void first_tries_and_successes_bring_what_they_should(void **state)
{
    struct sim_model *m = *state;
    struct sim_budget b = sim_budget_of(SIM_BUDGET_TOKENS);
    b.per_call = SIM_TOKEN;
    b.per_success = 2 * SIM_TOKEN;
    b.cost = 3 * SIM_TOKEN;
    b.size = 1000 * (int64_t)SIM_TOKEN;
    uint32_t budget = sim_model_budget(m, &b);
    add_plain(m, "good", SIM_UNLIMITED, do_io(m, 0.001));
    add_plain(m, "bad", SIM_UNLIMITED, do_fail(m, 500));
    uint32_t both = do_list(m, STEPS(paid(m, budget, 9, do_call(m, "good")),
                                     paid(m, budget, 9999, do_call(m, "bad"))));
    add_client(m, "users", burst(1, 0), both);
    struct sim_run *run = whole(m);
    // Full at first, so what comes in is lost: 1000 tokens pay for 333 retries, 100 ms apart,
    // of which ten seconds see 99.
    assert_int_equal(replica_total(run, 1, 0, SIM_ARRIVED), 100);
    sim_run_close(run);
}

// Three may be retried at once; one whose timeout ends it while it backs off makes room.
static void a_call_that_ends_while_it_backs_off_gives_its_place_back(void **state)
{
    struct sim_model *m = *state;
    struct sim_budget b = sim_budget_of(SIM_BUDGET_ENVOY);
    b.share = 0;
    b.least = 1;
    uint32_t budget = sim_model_budget(m, &b);
    struct sim_retry slow = fixed_retry(2, 5);
    slow.budget = budget;
    add_plain(m, "api", SIM_UNLIMITED, do_fail(m, 500));
    uint32_t first =
        do_try_any(m, with_timeout(m, 1, with_retry(m, &slow, do_call(m, "api"))),
                   paid(m, budget, 2, do_call(m, "api")));
    add_client(m, "users", burst(1, 0), first);
    struct sim_run *run = whole(m);
    assert_int_equal(client_total(run, 0, SIM_UNPAID), 0);
    assert_int_equal(replica_total(run, 0, 0, SIM_ARRIVED), 1 + 2);
    sim_run_close(run);
}

// Its memory is gone: the one token that it had spent is there again.
static void a_process_that_crashes_forgets_what_it_had_spent(void **state)
{
    struct sim_model *m = *state;
    double at[] = { 0.5, 5 };
    add_plain(m, "api", SIM_UNLIMITED, paid(m, tokens(m, 1), 9, do_call(m, "db")));
    add_plain(m, "db", SIM_UNLIMITED, do_fail(m, 500));
    add_client(m, "users", replay(m, at, 2), do_call(m, "api"));
    world_seal(m);
    struct sim_fault f = { .kind = SIM_FAULT_CRASH,
                           .target = { 0, SIM_NONE, SIM_NONE },
                           .begin = 2 * (sim_time)SIM_S,
                           .end = 3 * (sim_time)SIM_S };
    struct sim_run *run = run_faulted(m, 1, &f, 1);
    assert_int_equal(replica_total(run, 1, 0, SIM_ARRIVED), 2 + 2);
    assert_int_equal(replica_total(run, 0, 0, SIM_UNPAID), 2);
    sim_run_close(run);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)
    const struct CMUnitTest tests[] = {
        EACH(a_retry_that_is_not_paid_for_does_not_go_out),
        EACH(who_is_out_of_attempts_does_not_ask_the_budget),
        EACH(each_client_and_replica_has_its_own),
        EACH(two_calls_that_name_it_share_it),
        EACH(first_tries_and_successes_bring_what_they_should),
        EACH(a_call_that_ends_while_it_backs_off_gives_its_place_back),
        EACH(a_process_that_crashes_forgets_what_it_had_spent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
