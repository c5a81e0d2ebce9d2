#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/worlds.h"

// Whatever a scenario says, its run ends by itself, with a reason that names the cap, and
// what it has is in order.

static int open_world(void **state)
{
    *state = world_open(1000);
    return 0;
}

static int close_world(void **state)
{
    sim_model_close(*state);
    return 0;
}

static struct sim_run_def def_of(struct sim_model *m)
{
    struct sim_run_def def;
    world_seal(m);
    sim_run_default(&def);
    def.model = m;
    return def;
}

static void expect_stop(const struct sim_run_def *def, const char *cap)
{
    struct sim_run *run = sim_run_open(def);
    assert_non_null(run);
    assert_int_equal(sim_run_until(run, SIM_NEVER), SIM_AT_LIMIT);
    assert_non_null(strstr(sim_run_reason(run), cap));
    assert_true(sim_run_books(run).balanced);
    // It stays stopped, and can be finished and read.
    uint64_t events = sim_run_events(run);
    assert_int_equal(sim_run_until(run, SIM_NEVER), SIM_AT_LIMIT);
    assert_int_equal(sim_run_events(run), events);
    sim_run_finish(run);
    assert_true(client_total(run, 0, SIM_ARRIVED) >= sim_run_books(run).ended[SIM_OK]);
    sim_run_close(run);
}

static void defaults_are_those_of_the_header(void **state)
{
    (void)state;
    struct sim_run_def def;
    sim_run_default(&def);
    assert_int_equal(def.limits.memory_bytes, 256u << 20);
    assert_int_equal(def.limits.events, 4000000000u);
    assert_int_equal(def.limits.events_at_once, 20000000);
    assert_int_equal(def.trace_records, 0);
}

static void line_that_grows_for_ever_meets_the_memory_cap(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 1, do_io(m, 1));
    add_client(m, "users", poisson(m, 100000), do_call(m, "api"));
    struct sim_run_def def = def_of(m);
    def.limits.memory_bytes = 8 << 20;
    expect_stop(&def, "memory");
    struct sim_run *run = sim_run_open(&def);
    sim_run_until(run, SIM_NEVER);
    assert_true(sim_run_memory(run) > 7 << 20 && sim_run_memory(run) < 10 << 20);
    sim_run_close(run);
}

static void burst_beyond_memory_meets_the_cap(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 1, do_io(m, 1));
    add_client(m, "users", burst(50000000, 0), do_call(m, "api"));
    struct sim_run_def def = def_of(m);
    def.limits.memory_bytes = 8 << 20;
    expect_stop(&def, "memory");
}

static void more_users_than_memory_meet_the_cap(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 1, do_io(m, 1));
    add_client(m, "users", closed(m, 50000000, sim_dist_constant(1)), do_call(m, "api"));
    struct sim_run_def def = def_of(m);
    def.limits.memory_bytes = 8 << 20;
    expect_stop(&def, "memory");
}

static void fanout_beyond_memory_meets_the_cap(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 1, do_fanout(m, 50000000, 1, do_io(m, 1)));
    add_client(m, "users", burst(1, 0), do_call(m, "api"));
    struct sim_run_def def = def_of(m);
    def.limits.memory_bytes = 8 << 20;
    expect_stop(&def, "memory");
}

// 60,000 tasks of one event each do not look much; a thousand such events are.
static void many_fanouts_at_one_instant_meet_the_cap(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", SIM_UNLIMITED, do_fanout(m, 60000, 1, do_io(m, 1)));
    add_client(m, "users", burst(1000, 0), do_call(m, "api"));
    struct sim_run_def def = def_of(m);
    def.limits.memory_bytes = 8 << 20;
    expect_stop(&def, "memory");
}

static void fanout_of_fanouts_meets_the_cap(void **state)
{
    struct sim_model *m = *state;
    uint32_t step = do_io(m, 1);
    for (uint32_t i = 0; i < 20; i++)
        step = do_fanout(m, 100, 1, step);
    add_plain(m, "api", 1, step);
    add_client(m, "users", burst(1, 0), do_call(m, "api"));
    struct sim_run_def def = def_of(m);
    def.limits.memory_bytes = 8 << 20;
    expect_stop(&def, "memory");
}

static void requests_with_fields_meet_the_cap(void **state)
{
    struct sim_model *m = *state;
    uint32_t size = sim_model_field(m, "size");
    add_plain(m, "api", 1, do_io(m, 1));
    struct sim_client_def c = { .name = "users", .step = do_call(m, "api"), .fields = 1 };
    c.arrivals = poisson(m, 100000);
    c.first_field = sim_model_field_set(m, (struct sim_field_set){ size, number(m, 1) });
    sim_model_client(m, &c);
    struct sim_run_def def = def_of(m);
    def.limits.memory_bytes = 16 << 20;
    expect_stop(&def, "memory");
}

static void events_are_capped(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 1, do_io(m, 0.0001));
    add_client(m, "users", steady(m, 1000), do_call(m, "api"));
    struct sim_run_def def = def_of(m);
    def.limits.events = 100000;
    expect_stop(&def, "events");
    struct sim_run *run = sim_run_open(&def);
    sim_run_until(run, SIM_NEVER);
    assert_true(sim_run_events(run) >= 100000 && sim_run_events(run) <= 102000);
    sim_run_close(run);
}

static void user_without_thought_or_work_goes_round_at_one_instant(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 1, do_list(m, 0, NULL));
    add_client(m, "users", closed(m, 1, sim_dist_constant(0)), do_call(m, "api"));
    struct sim_run_def def = def_of(m);
    def.limits.events_at_once = 100000;
    expect_stop(&def, "one instant");
}

static void retry_without_wait_goes_round_at_one_instant(void **state)
{
    struct sim_model *m = *state;
    struct sim_retry r = fixed_retry(UINT32_MAX, 0);
    add_plain(m, "api", 1, do_fail(m, 500));
    add_client(m, "users", burst(1, 0), with_retry(m, &r, do_call(m, "api")));
    struct sim_run_def def = def_of(m);
    def.limits.events_at_once = 100000;
    expect_stop(&def, "one instant");
}

// No event lies between two turns of such a loop.
static void loop_of_nothing_goes_round_at_one_instant(void **state)
{
    struct sim_model *m = *state;
    uint32_t nothing = do_times(m, UINT32_MAX, do_list(m, 0, NULL));
    add_plain(m, "api", 1, do_times(m, UINT32_MAX, nothing));
    add_client(m, "users", burst(1, 0), do_call(m, "api"));
    struct sim_run_def def = def_of(m);
    def.limits.events_at_once = 100000;
    expect_stop(&def, "one instant");
}

// The visits in line end at once when it is their turn, one inside the other if the code were
// careless.
static void long_line_that_fails_at_once_needs_no_deep_stack(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", 1, do_io(m, 1));
    add_client(m, "users", burst(300000, 0), do_call(m, "api"));
    world_seal(m);
    struct sim_fault fail = { .kind = SIM_FAULT_FAIL,
                              .target = { 0, SIM_NONE, SIM_NONE },
                              .amount = 1,
                              .begin = SIM_S / 2,
                              .end = SIM_NEVER };
    struct sim_run *run = run_faulted(m, 1, &fail, 1);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_ERROR), 299999);
    sim_run_close(run);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(defaults_are_those_of_the_header),
        TEST(line_that_grows_for_ever_meets_the_memory_cap),
        TEST(burst_beyond_memory_meets_the_cap),
        TEST(more_users_than_memory_meet_the_cap),
        TEST(fanout_beyond_memory_meets_the_cap),
        TEST(many_fanouts_at_one_instant_meet_the_cap),
        TEST(fanout_of_fanouts_meets_the_cap),
        TEST(requests_with_fields_meet_the_cap),
        TEST(events_are_capped),
        TEST(user_without_thought_or_work_goes_round_at_one_instant),
        TEST(retry_without_wait_goes_round_at_one_instant),
        TEST(loop_of_nothing_goes_round_at_one_instant),
        TEST(long_line_that_fails_at_once_needs_no_deep_stack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
