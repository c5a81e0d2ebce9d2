#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/worlds.h"

// Servers that say when to come back, and callers that obey. Whether a retry goes out, and after how
// long, is decided by sim/policy; here it is that the word arrives, and that no other is taken for it.

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

static uint32_t fail_saying(struct sim_model *m, double seconds)
{
    struct sim_step s = { .kind = SIM_STEP_FAIL, .flags = SIM_PUSHES_BACK, .a = 503 };
    s.value = number(m, seconds);
    return sim_model_step(m, &s);
}

static uint32_t fail_for_good(struct sim_model *m)
{
    struct sim_step s = { .kind = SIM_STEP_FAIL, .flags = SIM_NO_MORE, .a = 503 };
    s.value = SIM_NONE;
    return sim_model_step(m, &s);
}

// Three attempts, 100 ms apart where nobody says otherwise.
static struct sim_retry three_times(bool heeds)
{
    struct sim_retry r = fixed_retry(3, 0.1);
    r.heeds = heeds;
    return r;
}

static struct sim_run *against(struct sim_model *m, uint32_t handler, bool heeds)
{
    struct sim_retry r = three_times(heeds);
    add_plain(m, "api", SIM_UNLIMITED, handler);
    add_client(m, "users", burst(1, 0), with_retry(m, &r, do_call(m, "api")));
    return whole(m);
}

static void an_answer_that_says_when_is_obeyed(void **state)
{
    struct sim_model *m = *state;
    struct sim_run *run = against(m, fail_saying(m, 2), true);
    assert_int_equal(replica_total(run, 0, 0, SIM_ARRIVED), 3);
    assert_int_equal(client_total(run, 0, SIM_TIME + SIM_IN_BACKOFF), 2 * 2 * S);
    sim_run_close(run);
}

static void at_once_is_an_answer_too(void **state)
{
    struct sim_model *m = *state;
    struct sim_run *run = against(m, fail_saying(m, 0), true);
    assert_int_equal(replica_total(run, 0, 0, SIM_ARRIVED), 3);
    assert_int_equal(client_total(run, 0, SIM_TIME + SIM_IN_BACKOFF), 0);
    sim_run_close(run);
}

static void who_does_not_listen_waits_as_usual(void **state)
{
    struct sim_model *m = *state;
    struct sim_run *run = against(m, fail_saying(m, 2), false);
    assert_int_equal(client_total(run, 0, SIM_TIME + SIM_IN_BACKOFF), 2 * 100 * MS);
    sim_run_close(run);
}

static void who_is_not_to_come_back_does_not(void **state)
{
    struct sim_model *m = *state;
    struct sim_run *run = against(m, fail_for_good(m), true);
    assert_int_equal(replica_total(run, 0, 0, SIM_ARRIVED), 1);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_ERROR), 1);
    sim_run_close(run);
}

static void who_passes_the_failure_on_passes_on_what_it_says(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "db", SIM_UNLIMITED, fail_saying(m, 2));
    struct sim_run *run = against(m, do_call(m, "db"), true);
    assert_int_equal(client_total(run, 0, SIM_TIME + SIM_IN_BACKOFF), 2 * 2 * S);
    sim_run_close(run);
}

// What was caught is over: the next failure says nothing.
static void what_was_caught_says_no_more(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "db", SIM_UNLIMITED, fail_saying(m, 2));
    uint32_t caught = do_try_any(m, do_call(m, "db"), do_io(m, 0.01));
    struct sim_run *run = against(m, do_list(m, STEPS(caught, do_fail(m, 500))), true);
    assert_int_equal(client_total(run, 0, SIM_TIME + SIM_IN_BACKOFF), 2 * 100 * MS);
    sim_run_close(run);
}

// The timeout comes while the second attempt is under way; the first one's word was used up.
static void a_timeout_says_nothing(void **state)
{
    struct sim_model *m = *state;
    struct sim_retry r = three_times(true);
    double at[] = { 0 };
    add_plain(m, "slow", SIM_UNLIMITED, do_io(m, 10));
    add_plain(m, "api", SIM_UNLIMITED, fail_saying(m, 2));
    uint32_t inner = do_list(m, STEPS(do_try_any(m, do_call(m, "api"), do_io(m, 0)),
                                      with_timeout(m, 0.5, do_call(m, "slow"))));
    add_client(m, "users", replay(m, at, 1), with_retry(m, &r, inner));
    struct sim_run *run = whole(m);
    assert_int_equal(client_total(run, 0, SIM_TIME + SIM_IN_BACKOFF), 2 * 100 * MS);
    sim_run_close(run);
}

// One call passes in 10 s; the others are told to come in three.
static void a_limit_says_when_to_come_back(void **state)
{
    struct sim_model *m = *state;
    struct sim_limiter_def l = { .kind = SIM_LIMIT_FIXED_WINDOW,
                                 .limit = number(m, 1),
                                 .window = 10 * S,
                                 .burst = SIM_NONE,
                                 .status = 429,
                                 .pushes_back = true,
                                 .retry_after = 3 * S };
    struct sim_retry r = three_times(true);
    add_plain(m, "api", SIM_UNLIMITED,
              with_limiter(m, sim_model_limiter(m, &l), do_io(m, 0)));
    add_client(m, "users", burst(2, 0), with_retry(m, &r, do_call(m, "api")));
    struct sim_run *run = whole(m);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 1);
    assert_int_equal(client_total(run, 0, SIM_TIME + SIM_IN_BACKOFF), 2 * 3 * S);
    sim_run_close(run);
}

// After the server's own wait the next one begins anew, as A6 says: 2 s, then base.
static void the_wait_after_it_begins_anew(void **state)
{
    struct sim_model *m = *state;
    double at[] = { 0 };
    struct sim_retry r = three_times(true);
    r.factor = 10;
    r.max_attempts = 4;
    struct sim_fault fails = { .kind = SIM_FAULT_FAIL,
                               .target = { 0, SIM_NONE, SIM_NONE },
                               .amount = 1,
                               .begin = 1 * S,
                               .end = 90 * S };
    add_plain(m, "api", SIM_UNLIMITED, fail_saying(m, 2));
    add_client(m, "users", replay(m, at, 1), with_retry(m, &r, do_call(m, "api")));
    world_seal(m);
    struct sim_run *run = run_faulted(m, 1, &fails, 1);
    // Told 2 s; then the service fails by itself and says nothing: 100 ms, then 1 s.
    assert_int_equal(client_total(run, 0, SIM_TIME + SIM_IN_BACKOFF), 2 * S + 1100 * MS);
    sim_run_close(run);
}

// ---- Through whoever does it ----

// What a handler hands to a branch, to a pool, or to another request's load fails as that does.
static void expect_obeyed(struct sim_model *m, uint32_t handler)
{
    struct sim_run *run = against(m, handler, true);
    assert_int_equal(replica_total(run, 0, 0, SIM_ARRIVED), 3);
    assert_int_equal(client_total(run, 0, SIM_TIME + SIM_IN_BACKOFF), 2 * 2 * S);
    sim_run_close(run);
}

static void a_branch_passes_it_on(void **state)
{
    expect_obeyed(*state, do_fanout(*state, 2, 0, fail_saying(*state, 2)));
}

static void an_attempt_of_a_hedge_passes_it_on(void **state)
{
    struct sim_model *m = *state;
    struct sim_hedge_def h = { .rule = sim_hedge_of(SIM_HEDGE_PLAIN),
                               .on = sim_retry_default().on,
                               .budget = SIM_NO_BUDGET };
    expect_obeyed(m, with_hedge(m, &h, fail_saying(m, 2)));
}

static void a_thread_of_a_pool_passes_it_on(void **state)
{
    expect_obeyed(*state, do_offload(*state, 0, fail_saying(*state, 2)));
}

static void a_worker_process_passes_it_on(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def api = service_def("api", 1);
    struct sim_pool_def p = sim_pool_default(SIM_POOL_PROCESSES, 1);
    struct sim_retry r = three_times(true);
    p.serves = true;
    p.startup = 0;
    api.executor.pool = sim_model_pool(m, &p);
    add_service(m, &api, do_served(m, api.executor.pool, fail_saying(m, 2)));
    add_client(m, "users", burst(1, 0), with_retry(m, &r, do_call(m, "api")));
    struct sim_run *run = whole(m);
    assert_int_equal(client_total(run, 0, SIM_TIME + SIM_IN_BACKOFF), 2 * 2 * S);
    sim_run_close(run);
}

// One loads, and the other waits for that.
static void who_waits_for_a_load_hears_it_too(void **state)
{
    struct sim_model *m = *state;
    struct sim_cache_def c = { .name = "cache", .entries = 1, .latency = SIM_NONE };
    struct sim_cached_def use = { .cache = sim_model_cache(m, &c),
                                  .key = SIM_NONE,
                                  .ttl = number(m, 50),
                                  .single_flight = true };
    struct sim_retry r = three_times(true);
    uint32_t load = do_list(m, STEPS(do_io(m, 0.5), fail_saying(m, 2)));
    add_plain(m, "api", SIM_UNLIMITED, do_cached(m, &use, load));
    add_client(m, "users", burst(2, 0), with_retry(m, &r, do_call(m, "api")));
    struct sim_run *run = whole(m);
    assert_int_equal(client_total(run, 0, SIM_TIME + SIM_IN_BACKOFF), 2 * 2 * 2 * S);
    sim_run_close(run);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_world, close_world)
    const struct CMUnitTest tests[] = {
        TEST(an_answer_that_says_when_is_obeyed),
        TEST(at_once_is_an_answer_too),
        TEST(who_does_not_listen_waits_as_usual),
        TEST(who_is_not_to_come_back_does_not),
        TEST(who_passes_the_failure_on_passes_on_what_it_says),
        TEST(what_was_caught_says_no_more),
        TEST(a_timeout_says_nothing),
        TEST(a_limit_says_when_to_come_back),
        TEST(the_wait_after_it_begins_anew),
        TEST(a_branch_passes_it_on),
        TEST(an_attempt_of_a_hedge_passes_it_on),
        TEST(a_thread_of_a_pool_passes_it_on),
        TEST(a_worker_process_passes_it_on),
        TEST(who_waits_for_a_load_hears_it_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
