#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sim/model/lint.h"
#include "tests/support/worlds.h"

// What must happen once: for whom it is counted done, and when again.

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

static uint32_t charge(struct sim_model *m)
{
    return sim_model_effect(m, &(struct sim_effect_def){ .name = "charge" });
}

static int64_t total(const struct sim_run *run, uint32_t effect, enum sim_effect_count what)
{
    uint32_t windows;
    sim_run_window_edges(run, &windows);
    return sim_meter_count(sim_run_effect_meter(run, effect), 0, windows,
                           (enum sim_count)what);
}

static void expect_totals(struct sim_model *m, int64_t done, int64_t again)
{
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    assert_true(sim_run_books(run).balanced);
    assert_int_equal(total(run, 0, SIM_EFFECT_DONE), done);
    assert_int_equal(total(run, 0, SIM_EFFECT_DUPLICATES), again);
    sim_run_close(run);
}

static void each_request_has_it_once(void **state)
{
    struct sim_model *m = *state;
    double at[] = { 1, 2, 3 };
    add_plain(m, "pay", 4, do_list(m, STEPS(do_io(m, 0.1), do_effect(m, charge(m)))));
    add_client(m, "shops", replay(m, at, 3), do_call(m, "pay"));
    expect_totals(m, 3, 0);
}

// Each attempt of 1 s is given up after 0.5 s, and goes on.
static void what_was_given_up_has_it_too(void **state)
{
    struct sim_model *m = *state;
    double at[] = { 1, 50 };
    struct sim_retry three = fixed_retry(3, 1);
    add_plain(m, "pay", 4, do_list(m, STEPS(do_io(m, 1), do_effect(m, charge(m)))));
    add_client(m, "shops", replay(m, at, 2),
               with_retry(m, &three, with_timeout(m, 0.5, do_call(m, "pay"))));
    expect_totals(m, 2, 4);
}

static void an_attempt_that_fails_before_it_has_it_not(void **state)
{
    struct sim_model *m = *state;
    double at[] = { 1 };
    struct sim_retry three = fixed_retry(3, 1);
    add_plain(m, "pay", 4, do_list(m, STEPS(do_fail(m, 500), do_effect(m, charge(m)))));
    add_client(m, "shops", replay(m, at, 1), with_retry(m, &three, do_call(m, "pay")));
    expect_totals(m, 0, 0);
}

static void branches_and_callees_are_of_the_same_request(void **state)
{
    struct sim_model *m = *state;
    double at[] = { 1 };
    uint32_t e = charge(m);
    add_plain(m, "bank", 4, do_effect(m, e));
    add_plain(m, "pay", 4, do_fanout(m, 3, 0, do_call(m, "bank")));
    add_client(m, "shops", replay(m, at, 1), do_call(m, "pay"));
    expect_totals(m, 1, 2);
}

static void add_buyer(struct sim_model *m, const char *name, uint32_t field, double order,
                      double at)
{
    struct sim_client_def c = { .step = do_call(m, "pay"), .fields = 1 };
    c.arrivals = replay(m, &at, 1);
    snprintf(c.name, sizeof c.name, "%s", name);
    c.first_field =
        sim_model_field_set(m, (struct sim_field_set){ field, number(m, order) });
    sim_model_client(m, &c);
}

static void two_requests_may_mean_the_same(void **state)
{
    struct sim_model *m = *state;
    uint32_t order = sim_model_field(m, "order");
    struct sim_effect_def def = { .name = "charge", .per = { order }, .per_count = 1 };
    add_plain(m, "pay", 4, do_effect(m, sim_model_effect(m, &def)));
    add_buyer(m, "one", order, 7, 1);
    add_buyer(m, "two", order, 8, 2);
    add_buyer(m, "three", order, 7, 3);
    expect_totals(m, 2, 1);
}

// 64 places at first, doubled again and again.
static void many_are_told_apart(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "pay", SIM_UNLIMITED, do_effect(m, charge(m)));
    add_client(m, "shops", burst(5000, 1), do_times(m, 2, do_call(m, "pay")));
    expect_totals(m, 5000, 5000);
}

static void windows_add_up(void **state)
{
    struct sim_model *m = *state;
    uint32_t windows;
    add_plain(m, "pay", 4, do_effect(m, charge(m)));
    add_client(m, "shops", steady(m, 10), do_call(m, "pay"));
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    sim_run_window_edges(run, &windows);
    const struct sim_meter *meter = sim_run_effect_meter(run, 0);
    int64_t sum = 0;
    for (uint32_t i = 0; i < windows; i++) {
        int64_t n = sim_meter_count(meter, i, i + 1, (enum sim_count)SIM_EFFECT_DONE);
        assert_in_range(n, 9, 11);
        sum += n;
    }
    assert_int_equal(sum, total(run, 0, SIM_EFFECT_DONE));
    sim_run_close(run);
}

// ---- What is remarked on ----

static void hear(void *ctx, int line, const char *text)
{
    char *heard = ctx;
    (void)line;
    strncat(heard, text, 2000 - strlen(heard));
}

static void expect_remark(struct sim_model *m, bool any)
{
    char heard[2048] = "";
    world_seal(m);
    sim_model_lint(m, hear, heard);
    assert_int_equal(strstr(heard, "\"charge\"") != NULL, any);
}

static void a_retried_call_that_has_an_effect_is_remarked_on(void **state)
{
    struct sim_model *m = *state;
    double at[] = { 1 };
    struct sim_retry three = fixed_retry(3, 1);
    add_plain(m, "bank", 4, do_mix(m, 0.5, do_effect(m, charge(m)), do_io(m, 1)));
    add_plain(m, "pay", 4, do_times(m, 2, do_call(m, "bank")));
    add_client(m, "shops", replay(m, at, 1), with_retry(m, &three, do_call(m, "pay")));
    expect_remark(m, true);
}

static void without_a_retry_it_is_not(void **state)
{
    struct sim_model *m = *state;
    double at[] = { 1 };
    add_plain(m, "pay", 4, do_effect(m, charge(m)));
    add_client(m, "shops", replay(m, at, 1), with_timeout(m, 1, do_call(m, "pay")));
    expect_remark(m, false);
}

static void without_an_effect_it_is_not(void **state)
{
    struct sim_model *m = *state;
    double at[] = { 1 };
    struct sim_retry three = fixed_retry(3, 1);
    charge(m);
    add_plain(m, "pay", 4, do_io(m, 1));
    add_client(m, "shops", replay(m, at, 1), with_retry(m, &three, do_call(m, "pay")));
    expect_remark(m, false);
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_WORLD(each_request_has_it_once),
        IN_A_WORLD(what_was_given_up_has_it_too),
        IN_A_WORLD(an_attempt_that_fails_before_it_has_it_not),
        IN_A_WORLD(branches_and_callees_are_of_the_same_request),
        IN_A_WORLD(two_requests_may_mean_the_same),
        IN_A_WORLD(many_are_told_apart),
        IN_A_WORLD(windows_add_up),
        IN_A_WORLD(a_retried_call_that_has_an_effect_is_remarked_on),
        IN_A_WORLD(without_a_retry_it_is_not),
        IN_A_WORLD(without_an_effect_it_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
