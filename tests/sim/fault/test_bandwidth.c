#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/statistics.h"
#include "tests/support/worlds.h"

// Links with a bandwidth. The service answers at once, so that a latency is what the two ways take.

#define MS (sim_time) SIM_MS

static int open_world(void **state)
{
    *state = world_open(9);
    return 0;
}

static int close_world(void **state)
{
    sim_model_close(*state);
    return 0;
}

static void link_to_api(struct sim_model *m, const char *from, double latency,
                        double bandwidth)
{
    struct sim_link_def l = { .to = "api",
                              .latency = latency > 0 ? number(m, latency) : SIM_NONE,
                              .bandwidth = bandwidth };
    strcpy(l.from, from);
    sim_model_link(m, &l);
}

// Answers of so many bytes.
static void add_api(struct sim_model *m, double bytes)
{
    struct sim_step reply = {
        .kind = SIM_STEP_REPLY, .a = 200, .b = number(m, bytes) + 1, .value = SIM_NONE
    };
    add_plain(m, "api", 99, sim_model_step(m, &reply));
}

// A client with one call of so many bytes for each of n requests at a moment.
static void ask(struct sim_model *m, const char *name, sim_time at, uint32_t n,
                double bytes)
{
    struct sim_call_def call = call_def("api");
    call.bytes = number(m, bytes) + 1;
    add_client(m, name, burst(n, at), do_call_as(m, &call));
}

static struct sim_fault jam(double bytes_per_s, sim_time begin, sim_time end)
{
    return (struct sim_fault){ .kind = SIM_FAULT_BANDWIDTH,
                               .target = { 0, SIM_NONE, SIM_NONE },
                               .amount = bytes_per_s,
                               .begin = begin,
                               .end = end };
}

static void expect_ms(const struct sim_run *run, uint32_t client, double ms)
{
    expect_near((double)only_latency(run, client), ms * SIM_MS, 3);
}

static void a_message_takes_its_bytes_and_then_the_latency(void **state)
{
    struct sim_model *m = *state;
    link_to_api(m, "", 0.005, 1e6);
    add_api(m, 20e3);
    ask(m, "users", 0, 1, 10e3);
    struct sim_run *run = run_under_all(m, NULL, 0);
    expect_ms(run, 0, 10 + 5 + 20 + 5);
    expect_near((double)client_total(run, 0, SIM_TIME + SIM_IN_NETWORK), 40 * SIM_MS, 3);
    sim_run_close(run);
}

static void who_does_not_say_how_large_it_is_is_as_usual(void **state)
{
    struct sim_model *m = *state;
    link_to_api(m, "", 0, 1e6);
    add_plain(m, "api", 9, do_reply(m, 200));
    add_client(m, "users", burst(1, 0), do_call(m, "api"));
    struct sim_run *run = run_under_all(m, NULL, 0);
    expect_ms(run, 0, 2 * SIM_USUAL_BYTES / 1e6 * 1000);
    sim_run_close(run);
}

// Whoever has been there before it.
static void an_answer_is_as_large_as_it_says_and_no_other(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def api = service_def("api", 9);
    struct sim_call_def to_large = call_def("api"), to_plain = call_def("api");
    struct sim_step large = {
        .kind = SIM_STEP_REPLY, .a = 200, .b = number(m, 20e3) + 1, .value = SIM_NONE
    };
    uint32_t says = sim_model_step(m, &large);
    uint32_t says_not = do_reply(m, 200);
    link_to_api(m, "", 0, 1e6);
    api.first_route = sim_model_route(m, &(struct sim_route_def){ "large", says });
    sim_model_route(m, &(struct sim_route_def){ "plain", says_not });
    api.routes = 2;
    sim_model_service(m, &api);
    strcpy(to_large.route, "large");
    strcpy(to_plain.route, "plain");
    to_large.bytes = to_plain.bytes = number(m, 0) + 1;
    add_client(m, "first", burst(1, 0), do_call_as(m, &to_large));
    add_client(m, "then", burst(1, 100 * MS), do_call_as(m, &to_plain));
    struct sim_run *run = run_under_all(m, NULL, 0);
    expect_ms(run, 0, 20);
    expect_ms(run, 1, SIM_USUAL_BYTES / 1e6 * 1000);
    sim_run_close(run);
}

// 10 ms, 20 ms and 30 ms there; the answers, of no bytes, wait for nobody.
static void messages_go_one_after_the_other(void **state)
{
    struct sim_model *m = *state;
    link_to_api(m, "", 0, 1e6);
    add_api(m, 0);
    ask(m, "users", 0, 3, 10e3);
    struct sim_run *run = run_under_all(m, NULL, 0);
    expect_near((double)client_total(run, 0, SIM_TIME + SIM_IN_NETWORK), 60 * SIM_MS, 9);
    sim_run_close(run);
}

// A small one behind a large one; but each caller has a link of its own.
static void small_ones_wait_behind_large_ones_of_the_same_link(void **state)
{
    struct sim_model *m = *state;
    link_to_api(m, "", 0, 1e6);
    add_api(m, 0);
    ask(m, "large", 0, 1, 100e3);
    ask(m, "apart", 1 * MS, 1, 1e3);
    struct sim_call_def large = call_def("api"), small = call_def("api");
    large.bytes = number(m, 100e3) + 1;
    small.bytes = number(m, 1e3) + 1;
    uint32_t first = do_call_as(m, &large), second = do_call_as(m, &small);
    add_client(m, "together", burst(1, 0), do_gather(m, 1, STEPS(first, second)));
    struct sim_run *run = run_under_all(m, NULL, 0);
    expect_ms(run, 0, 100);
    expect_ms(run, 1, 1);
    expect_ms(run, 2, 100);
    sim_run_close(run);
}

static void the_ways_of_a_link_are_two(void **state)
{
    struct sim_model *m = *state;
    link_to_api(m, "", 0, 1e6);
    add_api(m, 10e3);
    ask(m, "users", 0, 2, 10e3); // the answer to the first crosses the second
    struct sim_run *run = run_under_all(m, NULL, 0);
    expect_near((double)client_total(run, 0, SIM_TIME + SIM_IN_NETWORK), 50 * SIM_MS, 9);
    sim_run_close(run);
}

static void a_link_that_is_named_is_before_one_of_all(void **state)
{
    struct sim_model *m = *state;
    link_to_api(m, "", 0, 1e6);
    link_to_api(m, "users", 0, 2e6);
    add_api(m, 0);
    ask(m, "users", 0, 1, 10e3);
    ask(m, "others", 0, 1, 10e3);
    struct sim_run *run = run_under_all(m, NULL, 0);
    expect_ms(run, 0, 5);
    expect_ms(run, 1, 10);
    sim_run_close(run);
}

// ---- As a fault ----

static void a_link_has_it_while_the_fault_lasts(void **state)
{
    struct sim_model *m = *state;
    add_api(m, 0);
    ask(m, "before", 0, 1, 10e3);
    ask(m, "during", 100 * MS, 1, 10e3);
    ask(m, "after", 300 * MS, 1, 10e3);
    struct sim_fault f = jam(1e6, 50 * MS, 200 * MS);
    struct sim_run *run = run_under_all(m, &f, 1);
    expect_ms(run, 0, 0);
    expect_ms(run, 1, 10);
    expect_ms(run, 2, 0);
    sim_run_close(run);
}

// Half of it is through when the rest becomes ten times slower: 50 ms and then 500 ms, or, where that is
// over after 100 ms, 50, 100 and 40.
static void what_is_not_through_yet_goes_on_as_the_link_does(void **state)
{
    struct sim_model *m = *state;
    link_to_api(m, "", 0.002, 1e6);
    add_api(m, 0);
    ask(m, "users", 0, 1, 100e3);
    world_seal(m);
    struct sim_fault f = jam(1e5, 50 * MS, SIM_NEVER);
    struct sim_run *run = run_faulted(m, 1, &f, 1);
    expect_ms(run, 0, 50 + 500 + 4);
    sim_run_close(run);
    f.end = 150 * MS;
    run = run_faulted(m, 1, &f, 1);
    expect_ms(run, 0, 50 + 100 + 40 + 4);
    sim_run_close(run);
}

// And what stood before a link without end is through as soon as that is back.
static void what_waited_is_through_when_the_fault_is_over(void **state)
{
    struct sim_model *m = *state;
    add_api(m, 0);
    ask(m, "users", 100 * MS, 9, 1e6);
    struct sim_fault f = jam(1e6, 50 * MS, 600 * MS);
    struct sim_run *run = run_under_all(m, &f, 1);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 9);
    expect_near((double)client_total(run, 0, SIM_TIME + SIM_IN_NETWORK), 9 * 500.0 * SIM_MS,
                20);
    sim_run_close(run);
}

static void one_side_leaves_the_other(void **state)
{
    struct sim_model *m = *state;
    add_api(m, 20e3);
    ask(m, "users", 0, 1, 10e3);
    world_seal(m);
    for (uint32_t side = SIM_SIDE_REQUEST; side <= SIM_SIDE_REPLY; side++) {
        struct sim_fault f = jam(1e6, 0, SIM_NEVER);
        f.side = (enum sim_side)side;
        struct sim_run *run = run_faulted(m, 1, &f, 1);
        expect_ms(run, 0, side == SIM_SIDE_REQUEST ? 10 : 20);
        sim_run_close(run);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_message_takes_its_bytes_and_then_the_latency),
        TEST(who_does_not_say_how_large_it_is_is_as_usual),
        TEST(an_answer_is_as_large_as_it_says_and_no_other),
        TEST(messages_go_one_after_the_other),
        TEST(small_ones_wait_behind_large_ones_of_the_same_link),
        TEST(the_ways_of_a_link_are_two),
        TEST(a_link_that_is_named_is_before_one_of_all),
        TEST(a_link_has_it_while_the_fault_lasts),
        TEST(what_is_not_through_yet_goes_on_as_the_link_does),
        TEST(what_waited_is_through_when_the_fault_is_over),
        TEST(one_side_leaves_the_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
