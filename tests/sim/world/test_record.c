#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/worlds.h"

// What the record says of calls that are tried again or given up, and of the GIL.

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

// The n-th record of a kind and code, from 0; NULL when there are not so many.
static const struct sim_trace_record *
nth(const struct sim_run *run, enum sim_trace_kind kind, uint32_t code, uint32_t n)
{
    const struct sim_trace *trace = sim_run_trace(run);
    for (uint64_t i = sim_trace_first(trace); i < trace->count; i++) {
        const struct sim_trace_record *r = sim_trace_at(trace, i);
        if (r->kind == kind && r->code == code && n-- == 0)
            return r;
    }
    return NULL;
}

// One request at 1 s whose calls are given up after 50 ms each, three in all.
static void tries_and_giving_up_are_on_record(void **state)
{
    struct sim_model *m = *state;
    struct sim_retry retry = fixed_retry(3, 0.01);
    add_plain(m, "db", 4, do_io(m, 1));
    uint32_t call = with_retry(m, &retry, with_timeout(m, 0.05, do_call(m, "db")));
    add_client(m, "users", burst(1, 1000 * MS), call);
    world_seal(m);
    struct sim_run *run = run_traced(m, 1);

    const struct sim_trace_record *second = nth(run, SIM_TRACE_BEGIN, SIM_TRACE_AGAIN, 0);
    const struct sim_trace_record *third = nth(run, SIM_TRACE_BEGIN, SIM_TRACE_AGAIN, 1);
    assert_non_null(second);
    assert_non_null(third);
    assert_int_equal(second->end, 1060 * MS);
    assert_int_equal(third->end, 1120 * MS);
    assert_null(nth(run, SIM_TRACE_BEGIN, SIM_TRACE_AGAIN, 2));

    for (uint32_t i = 0; i < 3; i++) {
        const struct sim_trace_record *r = nth(run, SIM_TRACE_GIVE_UP, SIM_TIMEOUT, i);
        assert_non_null(r);
        assert_int_equal(r->end, 1050 * MS + i * 60 * MS);
        assert_true(sim_run_place(run, r->place).is_client);
    }
    assert_null(nth(run, SIM_TRACE_GIVE_UP, SIM_TIMEOUT, 3));
    assert_null(nth(run, SIM_TRACE_REPLY, SIM_OK, 0));
    sim_run_close(run);
}

static void answered_call_is_not_given_up(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "db", 4, do_io(m, 0.02));
    add_client(m, "users", burst(5, 0), with_timeout(m, 0.05, do_call(m, "db")));
    world_seal(m);
    struct sim_run *run = run_traced(m, 1);
    assert_non_null(nth(run, SIM_TRACE_REPLY, SIM_OK, 4));
    for (uint32_t code = 0; code < SIM_OUTCOMES; code++)
        assert_null(nth(run, SIM_TRACE_GIVE_UP, code, 0));
    assert_null(nth(run, SIM_TRACE_BEGIN, SIM_TRACE_AGAIN, 0));
    sim_run_close(run);
}

// Spans during which the GIL was held never overlap, and bytecode and native code that keeps
// it are such spans; the I/O behind them is none.
static void holder_of_the_gil_is_on_record(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def s = service_def("api", 8);
    s.has_runtime = true;
    s.cores = 8;
    s.runtime = ideal_gil(5 * MS);
    uint32_t steps = do_list(m, STEPS(do_python(m, 0.002), do_holding(m, 0.003),
                                      do_native(m, 0.004), do_io(m, 0.01)));
    add_service(m, &s, steps);
    add_client(m, "users", burst(3, 0), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_traced(m, 1);

    sim_time held[SIM_CAUSES] = { 0 }, all[SIM_CAUSES] = { 0 }, until = 0;
    const struct sim_trace *trace = sim_run_trace(run);
    for (uint64_t i = sim_trace_first(trace); i < trace->count; i++) {
        const struct sim_trace_record *r = sim_trace_at(trace, i);
        if (r->kind != SIM_TRACE_SPAN || r->place != 0)
            continue;
        all[r->code] += r->end - r->begin;
        if (!r->other)
            continue;
        held[r->code] += r->end - r->begin;
        assert_true(r->begin >= until);
        until = r->end;
    }
    assert_int_equal(held[SIM_IN_PYTHON], 3 * 2 * MS);
    assert_int_equal(held[SIM_IN_NATIVE], 3 * 3 * MS);
    assert_int_equal(all[SIM_IN_NATIVE], 3 * 7 * MS);
    assert_int_equal(held[SIM_IN_IO] + held[SIM_IN_GIL], 0);
    sim_run_close(run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tries_and_giving_up_are_on_record, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(answered_call_is_not_given_up, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(holder_of_the_gil_is_on_record, open_world,
                                        close_world),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
