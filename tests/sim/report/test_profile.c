#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sim/report/profile_write.h"
#include "tests/sim/report/memory_sink.h"
#include "tests/support/json.h"
#include "tests/support/schema.h"
#include "tests/support/worlds.h"

// A run of a small world that is profiled as it goes, in slices of 10 ms.
struct profiled {
    struct sim_model *model;
    struct sim_run *run;
    struct sim_profile *profile;
};

static struct sim_run *open_run(struct sim_model *m, uint32_t records, bool has_steps)
{
    struct sim_run_def def;
    sim_run_default(&def);
    def.model = m;
    def.seed = 1;
    def.trace_records = records;
    def.trace_steps = has_steps;
    struct sim_run *run = sim_run_open(&def);
    assert_non_null(run);
    return run;
}

static void run_profiled(struct profiled *p, struct sim_model *m, sim_time from,
                         sim_time to, uint32_t records)
{
    world_seal(m);
    p->model = m;
    p->run = open_run(m, records, true);
    sim_run_edge(p->run, from);
    sim_run_edge(p->run, to);
    p->profile = sim_profile_open(p->run, from, to);
    assert_non_null(p->profile);
    for (sim_time t = 0; sim_run_until(p->run, t) == SIM_GOING; t += SIM_S / 100)
        sim_profile_read(p->profile);
    sim_profile_read(p->profile);
    sim_run_finish(p->run);
}

static void profile_whole(struct profiled *p, struct sim_model *m)
{
    run_profiled(p, m, 0, SIM_NEVER, 1u << 16);
    assert_int_equal(sim_profile_lost(p->profile), 0);
}

static void close_profiled(struct profiled *p)
{
    sim_profile_close(p->profile);
    sim_run_close(p->run);
    sim_model_close(p->model);
}

// The only line of service 0 with that word.
static struct sim_profile_line line(const struct profiled *p, const char *word)
{
    struct sim_profile_line found = { .word = "" };
    uint32_t n = 0;
    for (uint32_t i = 0; i < sim_profile_lines(p->profile, 0); i++) {
        struct sim_profile_line l = sim_profile_line_at(p->profile, 0, i);
        if (strcmp(l.word, word) != 0)
            continue;
        found = l;
        n++;
    }
    if (n != 1)
        fail_msg("%u lines \"%s\"", n, word);
    return found;
}

static struct sim_model *python_world(uint32_t workers, uint32_t step, struct sim_model *m)
{
    struct sim_service_def s = service_def("api", workers);
    s.cores = 4;
    s.has_runtime = true;
    s.runtime = ideal_gil(5000000);
    add_service(m, &s, step);
    return m;
}

static void visits_are_counted_and_timed_by_step(void **state)
{
    struct profiled p;
    struct sim_model *m = world_open(10);
    (void)state;
    uint32_t handler = do_list(m, STEPS(do_python(m, 0.002), do_io(m, 0.005)));
    python_world(4, handler, m);
    add_client(m, "users", burst(3, 0), do_call(m, "api"));
    profile_whole(&p, m);
    // One after the other gets the GIL: they wait for 0, 2 and 4 ms, within the python step.
    assert_int_equal(line(&p, "python").calls, 3);
    assert_int_equal(line(&p, "python").total_ns, 12000000);
    assert_int_equal(line(&p, "python").cause_ns[SIM_IN_PYTHON], 6000000);
    assert_int_equal(line(&p, "python").cause_ns[SIM_IN_GIL], 6000000);
    assert_int_equal(line(&p, "io").calls, 3);
    assert_int_equal(line(&p, "io").total_ns, 15000000);
    assert_int_equal(line(&p, "handler").calls, 3);
    assert_int_equal(line(&p, "handler").total_ns, 0);
    assert_int_equal(line(&p, "handler").cumulated_ns, 27000000);
    close_profiled(&p);
}

static void work_that_is_cut_into_slices_is_one_call(void **state)
{
    struct profiled p;
    struct sim_model *m = world_open(10);
    (void)state;
    python_world(2, do_python(m, 0.050), m);
    add_client(m, "users", burst(2, 0), do_call(m, "api"));
    profile_whole(&p, m);
    assert_int_equal(line(&p, "python").calls, 2);
    assert_int_equal(line(&p, "python").cause_ns[SIM_IN_PYTHON], 100000000);
    assert_true(line(&p, "python").cause_ns[SIM_IN_GIL] > 80000000);
    close_profiled(&p);
}

static void retry_has_the_back_off_and_its_call_the_answers(void **state)
{
    struct profiled p;
    struct sim_model *m = world_open(10);
    (void)state;
    struct sim_retry retry = fixed_retry(3, 0.1);
    uint32_t call = with_retry(m, &retry, do_call(m, "db"));
    add_plain(m, "api", 1, do_try_any(m, call, do_reply(m, 200)));
    add_plain(m, "db", 1, do_list(m, STEPS(do_io(m, 0.010), do_fail(m, 500))));
    add_client(m, "users", burst(1, 0), do_call(m, "api"));
    profile_whole(&p, m);
    assert_int_equal(line(&p, "retry").calls, 1);
    assert_int_equal(line(&p, "retry").total_ns, 200000000);
    assert_int_equal(line(&p, "retry").cumulated_ns, 230000000);
    assert_int_equal(line(&p, "call").calls, 3);
    assert_int_equal(line(&p, "call").total_ns, 30000000);
    assert_int_equal(line(&p, "call").cause_ns[SIM_IN_DEPENDENCY], 30000000);
    assert_int_equal(line(&p, "reply").calls, 1);
    close_profiled(&p);
}

static void loop_counts_each_turn(void **state)
{
    struct profiled p;
    struct sim_model *m = world_open(10);
    (void)state;
    add_plain(m, "api", 1, do_times(m, 5, do_io(m, 0.010)));
    add_client(m, "users", burst(2, 0), do_call(m, "api"));
    profile_whole(&p, m);
    assert_int_equal(line(&p, "times").calls, 2);
    assert_int_equal(line(&p, "times").total_ns, 0);
    assert_int_equal(line(&p, "times").cumulated_ns, 100000000);
    assert_int_equal(line(&p, "io").calls, 10);
    close_profiled(&p);
}

static void branches_have_their_time_and_the_gather_its_wait(void **state)
{
    struct profiled p;
    struct sim_model *m = world_open(10);
    (void)state;
    add_plain(m, "api", 1, do_fanout(m, 4, 0, do_io(m, 0.010)));
    add_client(m, "users", burst(1, 0), do_call(m, "api"));
    profile_whole(&p, m);
    assert_int_equal(line(&p, "gather").total_ns, 10000000);
    assert_int_equal(line(&p, "gather").cumulated_ns, 10000000);
    assert_int_equal(line(&p, "io").calls, 4);
    assert_int_equal(line(&p, "io").cumulated_ns, 40000000);
    assert_int_equal(line(&p, "handler").cumulated_ns, 10000000);
    close_profiled(&p);
}

// Whatever happens in it, a service's time is its handlers' and the lines' time together.
static void lines_add_up_to_what_was_charged(void **state)
{
    struct profiled p;
    struct sim_model *m = world_open(20);
    (void)state;
    struct sim_retry retry = fixed_retry(2, 0.003);
    uint32_t call = with_retry(m, &retry, with_timeout(m, 0.004, do_call(m, "db")));
    uint32_t gate = sim_model_semaphore(m, "gate", 1);
    uint32_t handler =
        do_list(m, STEPS(do_python(m, 0.001), with_semaphore(m, gate, do_native(m, 0.002)),
                         call, do_holding(m, 0.001)));
    python_world(8, do_try_any(m, handler, do_fail(m, 503)), m);
    add_plain(m, "db", 1, do_io(m, 0.004));
    add_client(m, "users", poisson(m, 220), do_call(m, "api"));
    run_profiled(&p, m, 5 * (sim_time)SIM_S, 15 * (sim_time)SIM_S, 1u << 16);
    struct sim_windows w =
        sim_windows_between(p.run, 5 * (sim_time)SIM_S, 15 * (sim_time)SIM_S);
    struct sim_summary s = { 0 };
    sim_summary_service(&s, p.run, w, 0);
    int64_t lines = 0;
    double charged = 0;
    for (uint32_t i = 0; i < sim_profile_lines(p.profile, 0); i++)
        lines += sim_profile_line_at(p.profile, 0, i).total_ns;
    for (uint32_t c = 0; c < SIM_CAUSES; c++)
        if (sim_sample_of((enum sim_cause)c) != SIM_SAMPLE_NONE)
            charged += s.counts[SIM_TIME + c];
    assert_true(charged > 1e10);
    assert_true((double)lines == charged);
    assert_int_equal(line(&p, "handler").cumulated_ns, lines);
    assert_true(line(&p, "semaphore").cause_ns[SIM_IN_LOCK] > 0);
    close_profiled(&p);
}

static void ring_that_is_too_small_says_what_it_lost(void **state)
{
    struct profiled p;
    struct sim_model *m = world_open(1);
    (void)state;
    add_plain(m, "api", 1, do_times(m, 100, do_io(m, 0.00001)));
    add_client(m, "users", burst(100, 0), do_call(m, "api"));
    run_profiled(&p, m, 0, SIM_NEVER, 1024);
    assert_true(sim_profile_lost(p.profile) > 0);
    close_profiled(&p);
}

static void profiling_changes_nothing(void **state)
{
    uint64_t digest[2];
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct sim_model *m = world_open(10);
        uint32_t handler = do_list(m, STEPS(do_python(m, 0.004), do_io(m, 0.002)));
        python_world(4, handler, m);
        add_client(m, "users", poisson(m, 200), do_call(m, "api"));
        world_seal(m);
        struct sim_run *run = open_run(m, i ? 1024 : 0, i != 0);
        sim_run_until(run, SIM_NEVER);
        digest[i] = sim_run_digest(run);
        sim_run_close(run);
        sim_model_close(m);
    }
    assert_true(digest[0] == digest[1]);
}

// ---- Advice ----

static struct sim_advice advise(struct sim_model *m)
{
    struct profiled p;
    struct sim_advice a;
    profile_whole(&p, m);
    sim_advise(&a, p.run, p.profile, sim_windows_between(p.run, 0, sim_run_now(p.run)), 0);
    close_profiled(&p);
    return a;
}

// A Python service on four cores with 16 threads and this handler and load.
static struct sim_advice advice_for(double python, double native, double io, double rate)
{
    struct sim_model *m = world_open(10);
    uint32_t handler =
        do_list(m, STEPS(do_python(m, python), do_native(m, native), do_io(m, io)));
    python_world(16, handler, m);
    add_client(m, "users", steady(m, rate), do_call(m, "api"));
    return advise(m);
}

static void workload_is_what_a_visit_mostly_does(void **state)
{
    (void)state;
    assert_int_equal(advice_for(0.008, 0, 0.001, 10).workload, SIM_CPU_BOUND);
    assert_int_equal(advice_for(0, 0.008, 0.001, 10).workload, SIM_CPU_BOUND);
    assert_int_equal(advice_for(0.001, 0, 0.008, 10).workload, SIM_IO_BOUND);
    assert_int_equal(advice_for(0.005, 0, 0.005, 10).workload, SIM_HYBRID);
}

static void ceilings_follow_from_what_a_visit_needs(void **state)
{
    struct sim_advice a = advice_for(0.002, 0.004, 0.010, 50);
    (void)state;
    assert_true(fabs(a.ceilings[SIM_CHOOSE_THREADS].per_s - 500) < 1);
    assert_string_equal(a.ceilings[SIM_CHOOSE_THREADS].by, "the GIL");
    assert_true(fabs(a.ceilings[SIM_CHOOSE_ASYNCIO].per_s - 1 / 0.006) < 1);
    assert_true(fabs(a.ceilings[SIM_CHOOSE_NATIVE].per_s - 4 / 0.006) < 1);
    assert_true(fabs(a.ceilings[SIM_CHOOSE_PROCESSES].per_s - 4 / 0.006152) < 1);
    assert_true(fabs(a.ceilings[SIM_CHOOSE_FREE_THREADED].per_s - 4 / 0.00634) < 2);
}

static void executor_is_the_plainest_that_carries_the_load(void **state)
{
    (void)state;
    // 40 a second of 5 ms: the GIL has room. 190: it has none.
    assert_int_equal(advice_for(0.005, 0, 0, 40).choice, SIM_CHOOSE_THREADS);
    assert_int_equal(advice_for(0.005, 0, 0, 190).choice, SIM_CHOOSE_PROCESSES);
    // Native code lets threads have all cores.
    assert_int_equal(advice_for(0.0005, 0.008, 0, 400).choice, SIM_CHOOSE_THREADS);
    // 300 a second that wait for a second: 300 threads, or one loop.
    assert_int_equal(advice_for(0.0005, 0, 1, 300).choice, SIM_CHOOSE_ASYNCIO);
    // Calls so short that the pool's parent would be busier than they are.
    assert_int_equal(advice_for(0.0001, 0, 0.0001, 9500).choice, SIM_CHOOSE_FREE_THREADED);
}

static void native_code_that_keeps_the_gil_counts_as_holding_it(void **state)
{
    struct sim_model *m = world_open(10);
    (void)state;
    python_world(16, do_holding(m, 0.005), m);
    add_client(m, "users", steady(m, 190), do_call(m, "api"));
    struct sim_advice a = advise(m);
    assert_true(fabs(a.holding - 0.005) < 1e-6);
    assert_int_equal(a.choice, SIM_CHOOSE_PROCESSES);
}

static void service_without_visits_gets_no_advice(void **state)
{
    struct sim_model *m = world_open(1);
    (void)state;
    python_world(16, do_python(m, 0.005), m);
    add_client(m, "users", burst(1, 2 * (sim_time)SIM_S), do_call(m, "api"));
    assert_int_equal(advise(m).workload, SIM_IDLE);
}

// ---- JSON ----

static void read_schema(struct memory_sink *text)
{
    char bytes[4096];
    size_t n;
    FILE *f = fopen(PROFILE_SCHEMA, "rb");
    assert_non_null(f);
    memory_sink(text);
    while ((n = fread(bytes, 1, sizeof bytes, f)) > 0)
        memory_put(text, bytes, n);
    fclose(f);
}

static void json_is_as_its_schema_says(void **state)
{
    struct profiled p;
    struct memory_sink text, schema_text;
    struct json_document schema, document;
    char why[256] = "";
    struct sim_model *m = world_open(2);
    (void)state;
    python_world(4, do_list(m, STEPS(do_python(m, 0.002), do_io(m, 0.005))), m);
    add_plain(m, "idle", 1, do_io(m, 0.005));
    add_client(m, "users", poisson(m, 100), do_call(m, "api"));
    profile_whole(&p, m);
    struct sim_report of = {
        .run = p.run, .scenario = "s", .seed = 1, .state = SIM_FINISHED
    };
    struct sim_profile_report r = { &of, p.profile, 0, 2 * (sim_time)SIM_S };
    struct sim_sink sink = memory_sink(&text);
    sim_profile_json(&r, &sink);
    read_schema(&schema_text);
    assert_true(json_read(&document, text.text, text.n));
    assert_true(json_read(&schema, schema_text.text, schema_text.n));
    if (!schema_check(&schema, &document, why, sizeof why))
        fail_msg("%s", why);
    json_free(&document);
    json_free(&schema);
    free(text.text);
    free(schema_text.text);
    close_profiled(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(visits_are_counted_and_timed_by_step),
        cmocka_unit_test(work_that_is_cut_into_slices_is_one_call),
        cmocka_unit_test(retry_has_the_back_off_and_its_call_the_answers),
        cmocka_unit_test(loop_counts_each_turn),
        cmocka_unit_test(branches_have_their_time_and_the_gather_its_wait),
        cmocka_unit_test(lines_add_up_to_what_was_charged),
        cmocka_unit_test(ring_that_is_too_small_says_what_it_lost),
        cmocka_unit_test(profiling_changes_nothing),
        cmocka_unit_test(workload_is_what_a_visit_mostly_does),
        cmocka_unit_test(ceilings_follow_from_what_a_visit_needs),
        cmocka_unit_test(executor_is_the_plainest_that_carries_the_load),
        cmocka_unit_test(native_code_that_keeps_the_gil_counts_as_holding_it),
        cmocka_unit_test(service_without_visits_gets_no_advice),
        cmocka_unit_test(json_is_as_its_schema_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
