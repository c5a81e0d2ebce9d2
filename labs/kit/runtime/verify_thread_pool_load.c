#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "labs/kit/verify_private.h"
#include "labs/thread_pool/thread_pool.h"

// The real pool in real time, under the arrivals of labs/thread_pool/arrivals.csv and under many
// calls at once, against labs/thread_pool/load.lua. Calls wait and do not compute, so that what
// is measured is the pool: the line, the growth, the wake-ups.

#define US      1000
#define MS      1000000
#define CALLS   256
#define WORKERS 4
#define WORK_NS (4 * (int64_t)MS)
#define AT_ONCE 24
#define SPIN_NS (200 * US) // before a call is due its sender sleeps no more

struct run {
    const int64_t *due_ns; // of each call, from the beginning
    uint32_t calls, workers;
    int64_t work_ns, begun_ns;
    struct lab_thread_pool_call call[CALLS];
    struct job {
        struct run *run;
        int64_t done_ns; // from the beginning
    } jobs[CALLS];
    uint32_t grown; // threads; guarded by the pool's mutex
};

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void sleep_until(int64_t at_ns)
{
    struct timespec end = { .tv_sec = at_ns / 1000000000, .tv_nsec = at_ns % 1000000000 };
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) == EINTR)
        continue;
}

static void wait_for(int64_t at_ns)
{
    if (at_ns - SPIN_NS > now_ns())
        sleep_until(at_ns - SPIN_NS);
    while (now_ns() < at_ns)
        continue;
}

static void job_run(void *job)
{
    struct job *j = job;
    sleep_until(now_ns() + j->run->work_ns);
    j->done_ns = now_ns() - j->run->begun_ns;
}

static void saw(void *ctx, const struct lab_thread_pool_event *e)
{
    ((struct run *)ctx)->grown += e->kind == LAB_THREAD_POOL_GREW;
}

static bool play(struct run *r)
{
    struct lab_thread_pool pool;
    struct lab_thread_pool_def def = lab_thread_pool_default(2);
    uint32_t n = 0;
    def.max_workers = r->workers;
    def.hands_over = true;
    def.env.ctx = r;
    def.env.saw = saw;
    r->grown = 0;
    if (!lab_thread_pool_init(&pool, &def))
        return false;
    r->begun_ns = now_ns();
    for (; n < r->calls; n++) {
        r->jobs[n] = (struct job){ .run = r };
        r->call[n] = (struct lab_thread_pool_call){ job_run, &r->jobs[n], n, 0, NULL };
        wait_for(r->begun_ns + r->due_ns[n]);
        if (lab_thread_pool_submit(&pool, &r->call[n]) != LAB_THREAD_POOL_ACCEPTED)
            break;
    }
    lab_thread_pool_close(&pool, LAB_THREAD_POOL_DRAIN);
    lab_thread_pool_fini(&pool);
    return n == r->calls;
}

static int by_size(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

// ---- Open load: latencies in units of the work, and threads ----

struct open {
    struct run run;
    int64_t due_ns[CALLS];
};

static bool open_batch(void *open, double *x)
{
    struct run *r = &((struct open *)open)->run;
    double latency[CALLS];
    if (!play(r))
        return false;
    for (uint32_t i = 0; i < r->calls; i++)
        latency[i] = (double)(r->jobs[i].done_ns - r->due_ns[i]) / (double)r->work_ns;
    qsort(latency, r->calls, sizeof *latency, by_size);
    x[0] = latency[r->calls / 2];
    x[1] = latency[r->calls * 99 / 100];
    x[2] = r->grown;
    return true;
}

// ---- Many at once: how much sooner the last is done with more workers ----

static double makespan(struct run *r, uint32_t workers)
{
    int64_t last = 0;
    r->workers = workers;
    if (!play(r))
        return NAN;
    for (uint32_t i = 0; i < r->calls; i++)
        last = r->jobs[i].done_ns > last ? r->jobs[i].done_ns : last;
    return (double)last;
}

static bool at_once_batch(void *run, double *x)
{
    double one = makespan(run, 1);
    x[0] = one / makespan(run, WORKERS);
    x[1] = one / makespan(run, 2 * WORKERS);
    return x[0] > 0 && x[1] > 0;
}

// ---- Both sides ----

static uint32_t read_arrivals(const char *labs, int64_t *due_ns)
{
    char path[1200], line[64];
    uint32_t n = 0;
    snprintf(path, sizeof path, "%s/thread_pool/arrivals.csv", labs);
    FILE *f = fopen(path, "r");
    while (f && n < CALLS && fgets(line, sizeof line, f))
        due_ns[n++] = (int64_t)(strtod(line, NULL) * 1e9);
    if (f)
        fclose(f);
    return n;
}

static void verify_open(const struct lab_verify_def *def, const struct scn_script *script,
                        int wrong_workers, struct lab_report *out)
{
    static const char settings[] = "calls=open,work=4,workers=%d";
    struct open *o = calloc(1, sizeof *o);
    struct lab_bench b = { .name = "thread_pool/open load",
                           .count = 3,
                           .figures = { "p50", "p99", "threads" },
                           .batch = open_batch,
                           .ctx = o };
    char set[64];
    double work_s = (double)WORK_NS / 1e9;
    if (!o)
        return;
    o->run.due_ns = o->due_ns;
    o->run.work_ns = WORK_NS;
    o->run.workers = WORKERS;
    o->run.calls = read_arrivals(def->labs, o->due_ns);
    snprintf(set, sizeof set, settings, WORKERS + wrong_workers);
    b.model[0] = lab_scenario_measure(script, "3.14t", set, "load.latency.p50") / work_s;
    b.model[1] = lab_scenario_measure(script, "3.14t", set, "load.latency.p99") / work_s;
    b.model[2] = lab_scenario_measure(script, "3.14t", set, "app.memory_max") / 1e6;
    lab_bench_verify(def, &b, out);
    free(o);
}

static void verify_at_once(const struct lab_verify_def *def,
                           const struct scn_script *script, int wrong_workers,
                           struct lab_report *out)
{
    static const int64_t at_once[AT_ONCE] = { 0 };
    struct run *r = calloc(1, sizeof *r);
    struct lab_bench b = { .name = "thread_pool/24 calls at once",
                           .count = 2,
                           .figures = { "4 threads against 1", "8 threads against 1" },
                           .batch = at_once_batch,
                           .ctx = r };
    double last[3];
    if (!r)
        return;
    *r = (struct run){ .due_ns = at_once, .calls = AT_ONCE, .work_ns = WORK_NS };
    static const int workers[] = { 1, WORKERS, 2 * WORKERS };
    for (uint32_t i = 0; i < 3; i++) {
        char set[64];
        snprintf(set, sizeof set, "calls=at once,work=4,workers=%d",
                 workers[i] + (i > 0 ? wrong_workers : 0));
        last[i] = lab_scenario_measure(script, "3.14t", set, "load.latency.max");
    }
    b.model[0] = last[0] / last[1];
    b.model[1] = last[0] / last[2];
    lab_bench_verify(def, &b, out);
    free(r);
}

void lab_verify_thread_pool_loads(const struct lab_verify_def *def, struct lab_report *out)
{
    struct scn_script script;
    if (!lab_scenario_load(def, "thread_pool/load.lua", &script))
        return;
    verify_open(def, &script, def->wrong_workers, out);
    verify_at_once(def, &script, def->wrong_workers, out);
    scn_script_free(&script);
}
