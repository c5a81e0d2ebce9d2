#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/worlds.h"

// Probes in a world: that they wait with the requests, and what comes of it. A tick is somewhere in
// each second, and an answer has half of one.

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

static struct sim_probe each_second(void)
{
    struct sim_probe p = sim_probe_default();
    p.period = SIM_S;
    p.timeout = 500 * MS;
    return p;
}

// A service with the routes of its handler and of its probes, each of which may be SIM_NONE.
static void probed(struct sim_model *m, struct sim_service_def *def, uint32_t step,
                   uint32_t readiness, uint32_t liveness)
{
    const uint32_t steps[] = { step, readiness, liveness };
    for (int i = 0; i < 3; i++) {
        struct sim_route_def r = { .step = steps[i] };
        if (steps[i] == SIM_NONE)
            continue;
        r.name[0] = (char)(i ? 'a' + i : '\0');
        uint32_t route = sim_model_route(m, &r);
        if (def->routes++ == 0)
            def->first_route = route;
        if (i > 0 && def->probes[i - 1].rule.failures == 0)
            def->probes[i - 1].rule = each_second();
        if (i > 0)
            def->probes[i - 1].route = route;
    }
    sim_model_service(m, def);
}

static struct sim_run *whole(struct sim_model *m, const struct sim_fault *faults,
                             uint32_t n)
{
    world_seal(m);
    struct sim_run *run = run_faulted(m, 1, faults, n);
    assert_true(sim_run_books(run).balanced);
    return run;
}

static void probes_are_visits_and_nobodys_requests(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def def = service_def("api", 1);
    probed(m, &def, do_io(m, 0.1), SIM_NONE, do_io(m, 0.01));
    add_client(m, "users", burst(1, 5 * (sim_time)SIM_S), do_call(m, "api"));
    struct sim_run *run = whole(m, NULL, 0);
    assert_int_equal(replica_total(run, 0, 0, SIM_ARRIVED), 11); // ten ticks and a request
    assert_int_equal(client_total(run, 0, SIM_ARRIVED), 1);
    assert_int_equal(replica_total(run, 0, 0, SIM_PROBE_FAILED), 0);
    sim_run_close(run);
}

// The only worker, or the loop, is busy from 1 s to 4.5 s: three ticks get no answer in time.
static struct sim_run *busy(struct sim_model *m, struct sim_service_def *def,
                            sim_time grace)
{
    uint32_t step = do_io(m, 3.5);
    def->termination = grace;
    if (def->executor.kind == SIM_ASYNCIO)
        step = do_blocking(m, step);
    probed(m, def, step, SIM_NONE, do_io(m, 0));
    add_client(m, "users", burst(1, SIM_S), do_call(m, "api"));
    struct sim_run *run = whole(m, NULL, 0);
    assert_int_equal(replica_total(run, 0, 0, SIM_RESTARTED), 1);
    return run;
}

static void who_answers_late_three_times_is_restarted_after_its_work(void **state)
{
    struct sim_service_def def = service_def("api", 1);
    struct sim_run *run = busy(*state, &def, 30 * (sim_time)SIM_S);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 1);
    sim_run_close(run);
}

static void the_grace_of_who_is_restarted_has_an_end(void **state)
{
    struct sim_service_def def = service_def("api", 1);
    struct sim_run *run = busy(*state, &def, 1 * MS);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_ERROR), 1);
    sim_run_close(run);
}

static void a_loop_that_is_blocked_answers_no_probe(void **state)
{
    struct sim_service_def def = loop_def("api");
    sim_run_close(busy(*state, &def, 30 * (sim_time)SIM_S));
}

static struct sim_fault of(enum sim_fault_kind kind, sim_time begin, sim_time end,
                           uint32_t replica)
{
    return (struct sim_fault){ .kind = kind,
                               .begin = begin,
                               .end = end,
                               .amount = 1,
                               .target = { 0, replica, SIM_NONE } };
}

// A hundred a second to two replicas, of which the second fails from 2 s to 6 s.
static void who_is_not_ready_gets_nothing_until_it_is(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def def = service_def("api", 1);
    struct sim_fault fault = of(SIM_FAULT_FAIL, 2000 * MS, 6000 * MS, 1);
    def.replicas = 2;
    probed(m, &def, do_io(m, 0.001), do_io(m, 0), SIM_NONE);
    add_client(m, "users", steady(m, 100), do_call(m, "api"));
    struct sim_run *run = whole(m, &fault, 1);
    int64_t errors = client_total(run, 0, SIM_ENDED + SIM_ERROR);
    // Three ticks: two seconds to three, half of the requests each.
    assert_true(errors >= 100 && errors <= 150);
    assert_int_equal(replica_total(run, 0, 1, SIM_UNREADY), 1);
    assert_int_equal(replica_total(run, 0, 1, SIM_RESTARTED), 0);
    // It is back after the first tick after 6 s, so has half of three to four seconds more.
    int64_t arrived = replica_total(run, 0, 1, SIM_ARRIVED) - 10;
    assert_true(arrived >= 100 + errors + 150 && arrived <= 100 + errors + 200);
    sim_run_close(run);
}

static void where_nobody_is_ready_callers_are_told_at_once(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def def = service_def("api", 1);
    probed(m, &def, do_io(m, 1), do_fail(m, 503), SIM_NONE);
    add_client(m, "users", burst(5, 5 * (sim_time)SIM_S), do_call(m, "api"));
    struct sim_run *run = whole(m, NULL, 0);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_ERROR), 5);
    assert_int_equal(replica_total(run, 0, 0, SIM_ARRIVED), 10);
    sim_run_close(run);
}

// Down from 2 s to 4 s. What is under way then is lost; nothing goes there before it is ready.
static void who_is_down_is_out_at_once_and_back_when_it_is_ready(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def def = service_def("api", 1);
    struct sim_fault fault = of(SIM_FAULT_CRASH, 2005 * MS, 4000 * MS, 1);
    def.replicas = 2;
    def.probes[SIM_READINESS].rule = each_second();
    def.probes[SIM_READINESS].rule.delay = 3000 * MS;
    probed(m, &def, do_io(m, 0.001), do_io(m, 0), SIM_NONE);
    add_client(m, "users", steady(m, 100), do_call(m, "api"));
    struct sim_run *run = whole(m, &fault, 1);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_ERROR), 0);
    // A tick from 7 s to 8 s lets it in, of a hundred a second every other.
    int64_t arrived = replica_total(run, 0, 1, SIM_ARRIVED);
    assert_true(arrived >= 200 && arrived <= 265);
    sim_run_close(run);
}

// 0, 1, 12, 33 and 74 seconds after the first tick: the host takes one second, and the pauses are
// none, 10 s, 20 s, 40 s and 80 s.
static void restarts_in_a_row_come_more_and_more_slowly(void **state)
{
    struct sim_model *m = world_open(100);
    struct sim_service_def def = service_def("api", 1);
    (void)state;
    def.probes[SIM_LIVENESS].rule = each_second();
    def.probes[SIM_LIVENESS].rule.failures = 1;
    probed(m, &def, do_io(m, 0.001), SIM_NONE, do_fail(m, 500));
    add_client(m, "users", burst(1, SIM_S), do_call(m, "api"));
    struct sim_run *run = whole(m, NULL, 0);
    assert_int_equal(replica_total(run, 0, 0, SIM_RESTARTED), 5);
    sim_run_close(run);
    sim_model_close(m);
}

// ---- Startup ----

// A replica is restarted at 10 s, and fails until its start is over. The run has 30 s.
static struct sim_run *starting(struct sim_model *m, struct sim_service_def *def,
                                double slow_until, uint32_t failures)
{
    struct sim_fault faults[] = {
        { .kind = SIM_FAULT_RESTART,
          .begin = 10 * (sim_time)SIM_S,
          .end = SIM_NEVER,
          .target = { 0, SIM_NONE, SIM_NONE } },
        { .kind = SIM_FAULT_FAIL,
          .begin = 10 * (sim_time)SIM_S,
          .end = (sim_time)(slow_until * SIM_S),
          .amount = 1,
          .target = { 0, SIM_NONE, SIM_NONE } },
    };
    def->probes[SIM_STARTUP].rule = each_second();
    def->probes[SIM_STARTUP].rule.failures = failures;
    probed(m, def, do_io(m, 0.001), SIM_NONE, do_io(m, 0));
    add_client(m, "users", steady(m, 10), do_call(m, "api"));
    return whole(m, faults, 2);
}

// Its liveness, of one failure, would have killed it.
static void a_slow_start_is_not_dead(void **state)
{
    struct sim_model *m = world_open(30);
    struct sim_service_def def = service_def("api", 1);
    (void)state;
    def.probes[SIM_LIVENESS].rule = each_second();
    def.probes[SIM_LIVENESS].rule.failures = 1;
    struct sim_run *run = starting(m, &def, 17, 10);
    assert_int_equal(replica_total(run, 0, 0, SIM_RESTARTED), 0);
    int64_t failed = replica_total(run, 0, 0, SIM_PROBE_FAILED);
    assert_true(failed >= 7 && failed <= 8);
    // Without a readiness probe it is ready once it has started, a tick after 17 s.
    int64_t ok = client_total(run, 0, SIM_ENDED + SIM_OK);
    assert_true(ok >= 100 + 120 - 2 && ok <= 100 + 130 + 2);
    sim_run_close(run);
    sim_model_close(m);
}

// Five ticks from 10 s on, a second for the host, and five more: it is killed at 15 s and 21 s,
// and waits for ten seconds from then on.
static void a_start_that_takes_too_long_is_ended(void **state)
{
    struct sim_model *m = world_open(30);
    struct sim_service_def def = service_def("api", 1);
    (void)state;
    struct sim_run *run = starting(m, &def, 30, 5);
    assert_int_equal(replica_total(run, 0, 0, SIM_RESTARTED), 2);
    assert_int_equal(replica_total(run, 0, 0, SIM_PROBE_FAILED), 10);
    sim_run_close(run);
    sim_model_close(m);
}

// ---- Killed for memory ----

// Of 100 MB each request keeps one for ever, and a hundred come each second. Killed after a
// second, it is up again after a second, and after 10 s more from the second time on.
static int64_t kills(enum sim_back_off back_off, bool is_probed)
{
    struct sim_model *m = world_open(40);
    struct sim_host_def h;
    struct sim_service_def def = service_def("api", 100);
    sim_host_default(&h);
    h.memory = 100000000;
    h.restart = SIM_S;
    h.back_off = back_off;
    def.host = sim_model_host(m, &h);
    def.has_runtime = false;
    if (is_probed)
        def.probes[SIM_LIVENESS].rule = each_second();
    uint32_t step = do_list(m, STEPS(do_leak(m, 1e6), do_io(m, 0.001)));
    probed(m, &def, step, SIM_NONE, is_probed ? do_io(m, 0) : SIM_NONE);
    add_client(m, "users", steady(m, 100), do_call(m, "api"));
    struct sim_run *run = whole(m, NULL, 0);
    int64_t n = replica_total(run, 0, 0, SIM_OOM_KILLS);
    sim_run_close(run);
    sim_model_close(m);
    return n;
}

static void who_is_killed_for_memory_waits_longer_each_time(void **state)
{
    (void)state;
    // Each second, and a second down: 20. With pauses at 1, 3, 15, 37 s.
    for (int is_probed = 0; is_probed < 2; is_probed++) {
        int64_t without = kills(SIM_BACK_OFF_NEVER, is_probed);
        assert_true(without >= 19 && without <= 20);
        assert_int_equal(kills(SIM_BACK_OFF_ALWAYS, is_probed), 4);
    }
    assert_int_equal(kills(SIM_BACK_OFF_USUAL, false), kills(SIM_BACK_OFF_NEVER, false));
    assert_int_equal(kills(SIM_BACK_OFF_USUAL, true), 4);
}

// Four workers at two sockets: each socket is probed once a second, and who accepts answers.
static void workers_of_one_socket_are_probed_as_one(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def def = loop_def("api");
    def.replicas = 4;
    def.executor.processes = 2;
    def.executor.backlog = 10;
    probed(m, &def, do_io(m, 0.001), do_io(m, 0), do_io(m, 0));
    add_client(m, "users", steady(m, 10), do_call(m, "api"));
    struct sim_run *run = whole(m, NULL, 0);
    assert_int_equal(service_total(run, 0, SIM_ARRIVED), 100 + 2 * 2 * 10);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 100);
    sim_run_close(run);
}

static void probes_are_not_on_record(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def def = service_def("api", 1);
    probed(m, &def, do_io(m, 0.1), SIM_NONE, do_io(m, 0.01));
    add_client(m, "users", burst(1, 5 * (sim_time)SIM_S), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_traced(m, 1);
    const struct sim_trace *trace = sim_run_trace(run);
    for (uint64_t i = sim_trace_first(trace); i < trace->count; i++)
        assert_true(sim_trace_at(trace, i)->request != SIM_NONE);
    sim_run_close(run);
}

#define T(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(probes_are_visits_and_nobodys_requests),
        T(who_answers_late_three_times_is_restarted_after_its_work),
        T(the_grace_of_who_is_restarted_has_an_end),
        T(a_loop_that_is_blocked_answers_no_probe),
        T(who_is_not_ready_gets_nothing_until_it_is),
        T(where_nobody_is_ready_callers_are_told_at_once),
        T(who_is_down_is_out_at_once_and_back_when_it_is_ready),
        T(restarts_in_a_row_come_more_and_more_slowly),
        cmocka_unit_test(a_slow_start_is_not_dead),
        cmocka_unit_test(a_start_that_takes_too_long_is_ended),
        cmocka_unit_test(who_is_killed_for_memory_waits_longer_each_time),
        T(workers_of_one_socket_are_probed_as_one),
        T(probes_are_not_on_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
