#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "scenarios/runner/runner.h"
#include "sim/report/advice.h"
#include "sim/report/metric.h"

// Takes the advice of the profile where a scenario has a choice of executors: the one
// that is named does at least nine tenths of what the best of those tried does. Executors
// that a scenario does not try are passed over, in the order of their ceilings.

struct tried {
    enum sim_choice executor;
    const char *variant;
};

struct question {
    const char *file, *service;
    const char *variant; // that is profiled
    const char *metric;  // more is better
    uint32_t count;
    struct tried tried[5];
};

#define GOODPUT   "load.goodput_per_s"
#define CHOICE    TESTS "/choice.lua"
#define MODELS    SCENARIOS "/concurrency-models.lua"
#define EXECUTORS SCENARIOS "/executors-on-cpu-work.lua"

#define PLANE SCENARIOS "/control-plane.lua"
#define JOBS  "jobs.goodput_per_s"

// clang-format off
#define TOO_MANY_JOBS                                      \
    { { SIM_CHOOSE_THREADS, "too many jobs, thread" },     \
      { SIM_CHOOSE_ASYNCIO, "too many jobs, loop" },       \
      { SIM_CHOOSE_PROCESSES, "too many jobs, process" },  \
      { SIM_CHOOSE_NATIVE, "too many jobs, native" } }

static const struct question questions[] = {
    { SCENARIOS "/gil-threads.lua", "app", "4 threads", GOODPUT, 3,
      { { SIM_CHOOSE_THREADS, "4 threads" },
        { SIM_CHOOSE_NATIVE, "4 threads, native" },
        { SIM_CHOOSE_FREE_THREADED, "4 threads, free-threaded" } } },
    { CHOICE, "app", "cpu: threads", GOODPUT, 5,
      { { SIM_CHOOSE_THREADS, "cpu: threads" },
        { SIM_CHOOSE_ASYNCIO, "cpu: asyncio" },
        { SIM_CHOOSE_PROCESSES, "cpu: processes" },
        { SIM_CHOOSE_FREE_THREADED, "cpu: free-threaded" },
        { SIM_CHOOSE_NATIVE, "cpu: native" } } },
    { CHOICE, "app", "io: threads", GOODPUT, 4,
      { { SIM_CHOOSE_THREADS, "io: threads" },
        { SIM_CHOOSE_ASYNCIO, "io: asyncio" },
        { SIM_CHOOSE_PROCESSES, "io: processes" },
        { SIM_CHOOSE_FREE_THREADED, "io: free-threaded" } } },
    { CHOICE, "app", "hybrid: threads", GOODPUT, 5,
      { { SIM_CHOOSE_THREADS, "hybrid: threads" },
        { SIM_CHOOSE_ASYNCIO, "hybrid: asyncio" },
        { SIM_CHOOSE_PROCESSES, "hybrid: processes" },
        { SIM_CHOOSE_FREE_THREADED, "hybrid: free-threaded" },
        { SIM_CHOOSE_NATIVE, "hybrid: native" } } },
    { MODELS, "app", "", GOODPUT, 4,
      { { SIM_CHOOSE_THREADS, "" },
        { SIM_CHOOSE_PROCESSES, "cpu: processes" },
        { SIM_CHOOSE_ASYNCIO, "cpu: asyncio" },
        { SIM_CHOOSE_FREE_THREADED, "cpu: free-threaded" } } },
    { MODELS, "app", "io: threads", GOODPUT, 4,
      { { SIM_CHOOSE_THREADS, "io: threads" },
        { SIM_CHOOSE_PROCESSES, "io: processes" },
        { SIM_CHOOSE_ASYNCIO, "io: asyncio" },
        { SIM_CHOOSE_FREE_THREADED, "io: free-threaded" } } },
    { MODELS, "app", "io: asyncio", GOODPUT, 3,
      { { SIM_CHOOSE_THREADS, "io: threads" },
        { SIM_CHOOSE_PROCESSES, "io: processes" },
        { SIM_CHOOSE_ASYNCIO, "io: asyncio" } } },
    { MODELS, "app", "hybrid: threads", GOODPUT, 4,
      { { SIM_CHOOSE_THREADS, "hybrid: threads" },
        { SIM_CHOOSE_PROCESSES, "hybrid: loop and pool" },
        { SIM_CHOOSE_ASYNCIO, "hybrid: asyncio" },
        { SIM_CHOOSE_FREE_THREADED, "hybrid: free-threaded" } } },
    { PLANE, "plane", "", JOBS, 4,
      { { SIM_CHOOSE_THREADS, "" },
        { SIM_CHOOSE_ASYNCIO, "loop" },
        { SIM_CHOOSE_PROCESSES, "process" },
        { SIM_CHOOSE_NATIVE, "native" } } },
    { PLANE, "plane", "too many jobs, loop", JOBS, 4, TOO_MANY_JOBS },
    { PLANE, "plane", "too many jobs, thread", JOBS, 4, TOO_MANY_JOBS },
    { PLANE, "plane", "too many jobs, process", JOBS, 4, TOO_MANY_JOBS },
    { EXECUTORS, "app", "", GOODPUT, 3,
      { { SIM_CHOOSE_THREADS, "" },
        { SIM_CHOOSE_PROCESSES, "processes" },
        { SIM_CHOOSE_FREE_THREADED, "free-threaded" } } },
};
// clang-format on

struct reading {
    struct sim_profile *profile;
};

static void read_slice(void *ctx, const struct sim_run *run)
{
    struct reading *r = ctx;
    sim_time warmup = sim_model_about(sim_run_model(run))->warmup;
    if (!r->profile)
        r->profile = sim_profile_open(run, warmup, SIM_NEVER);
    sim_profile_read(r->profile);
}

static void run(const struct scn_script *script, const char *variant,
                struct reading *reading, struct scn_result *r)
{
    struct scn_job job;
    scn_job_default(&job, script);
    job.variant = variant;
    if (reading) {
        job.trace_records = 1u << 18;
        job.trace_steps = true;
        job.on_slice = read_slice;
        job.on_slice_ctx = reading;
    }
    scn_run(&job, r);
    assert_int_equal(r->end, SCN_DONE);
}

static struct sim_advice ask(const struct scn_script *script, const struct question *q)
{
    struct reading reading = { NULL };
    struct scn_result r;
    struct sim_advice a;
    run(script, q->variant, &reading, &r);
    const struct sim_model *m = sim_run_model(r.run);
    struct sim_windows w =
        sim_windows_between(r.run, sim_model_about(m)->warmup, sim_run_now(r.run));
    sim_advise(&a, r.run, reading.profile, w, sim_model_find_service(m, q->service));
    assert_int_equal(sim_profile_lost(reading.profile), 0);
    sim_profile_close(reading.profile);
    scn_result_close(&r);
    return a;
}

static double measure(const struct scn_script *script, const struct question *q,
                      const char *variant)
{
    struct scn_result r;
    struct sim_metric metric;
    struct sim_metric_error error;
    run(script, variant, NULL, &r);
    const struct sim_model *m = sim_run_model(r.run);
    assert_true(sim_metric_parse(m, q->metric, &metric, &error));
    double x =
        sim_metric_measure(r.run, &metric, sim_model_about(m)->warmup, sim_run_now(r.run));
    scn_result_close(&r);
    return x;
}

// The one that is named, or, where the scenario does not have it, the highest ceiling.
static uint32_t taken(const struct question *q, const struct sim_advice *a)
{
    uint32_t best = 0;
    for (uint32_t i = 0; i < q->count; i++) {
        if (q->tried[i].executor == a->choice)
            return i;
        if (a->ceilings[q->tried[i].executor].per_s >
            a->ceilings[q->tried[best].executor].per_s)
            best = i;
    }
    return best;
}

static void take_advice(const struct question *q)
{
    char message[256];
    struct scn_script script;
    double most = 0, got = 0;
    assert_true(scn_script_load(&script, q->file, SCENARIOS, message, sizeof message));
    struct sim_advice a = ask(&script, q);
    uint32_t named = taken(q, &a);
    for (uint32_t i = 0; i < q->count; i++) {
        double x = measure(&script, q, q->tried[i].variant);
        most = x > most ? x : most;
        got = i == named ? x : got;
    }
    if (got < 0.9 * most)
        fail_msg("%s, %s: %s does %g, the best does %g", q->file, q->variant,
                 sim_choice_name(q->tried[named].executor), got, most);
    scn_script_free(&script);
}

static void executor_named_does_as_well_as_the_best_tried(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < sizeof questions / sizeof *questions; i++)
        take_advice(&questions[i]);
}

// The ceiling of what is profiled is what the profiled run comes to, where it is full.
static void ceiling_of_a_full_service_is_what_it_does(void **state)
{
    char message[256];
    struct scn_script script;
    (void)state;
    assert_true(
        scn_script_load(&script, questions[0].file, SCENARIOS, message, sizeof message));
    struct sim_advice a = ask(&script, &questions[0]);
    double does = measure(&script, &questions[0], "4 threads");
    double ceiling = a.ceilings[SIM_CHOOSE_THREADS].per_s;
    assert_true(does > 0.97 * ceiling && does < 1.005 * ceiling);
    assert_int_equal(a.workload, SIM_CPU_BOUND);
    scn_script_free(&script);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(executor_named_does_as_well_as_the_best_tried),
        cmocka_unit_test(ceiling_of_a_full_service_is_what_it_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
