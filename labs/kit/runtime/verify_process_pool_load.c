#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "labs/kit/verify_private.h"
#include "labs/process_pool/process_pool.h"

// The real pool of processes in real time, under many calls at once, against
// labs/process_pool/load.lua. Calls wait and do not compute. What the way to a worker and back
// costs is taken from calls without work that come one by one.

#define MS      1000000
#define WORKERS 4
#define AT_ONCE 24
#define ALONE   20
#define WORK_NS (5 * (int64_t)MS)

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t wait_ns(int64_t ns)
{
    int64_t at = now_ns() + ns;
    const struct timespec end = { .tv_sec = at / 1000000000, .tv_nsec = at % 1000000000 };
    while (ns > 0 && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) == EINTR)
        continue;
    return now_ns();
}

static bool submit(struct lab_process_pool *p, struct lab_process_pool_call *c, uint32_t id,
                   int64_t work_ns)
{
    *c = (struct lab_process_pool_call){ .run = wait_ns, .arg = work_ns, .id = id };
    return lab_process_pool_submit(p, c) == LAB_PROCESS_POOL_ACCEPTED;
}

// The result of a call is the time at which it was done.
static bool all_done(struct lab_process_pool *p, struct lab_process_pool_call *c,
                     uint32_t n, int64_t *last, double *sum, int64_t begun)
{
    bool is_well = true;
    *last = 0;
    *sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        is_well &= lab_process_pool_await(p, &c[i]) == LAB_PROCESS_POOL_DONE;
        *last = c[i].result > *last ? c[i].result : *last;
        *sum += (double)(c[i].result - begun);
    }
    return is_well;
}

struct burst {
    double last_ns, mean_ns, way_ns;
};

// One call after the other: from the submit until its awaiter goes on. The quickest met nobody else
// on its way.
static bool take_way(struct lab_process_pool *p, struct burst *b)
{
    b->way_ns = INFINITY;
    for (uint32_t i = 0; i < ALONE; i++) {
        struct lab_process_pool_call c;
        int64_t begun = now_ns();
        if (!submit(p, &c, i, 0) || lab_process_pool_await(p, &c) != LAB_PROCESS_POOL_DONE)
            return false;
        b->way_ns = fmin(b->way_ns, (double)(now_ns() - begun));
    }
    return true;
}

static bool take_burst(struct lab_process_pool *p, struct burst *b)
{
    struct lab_process_pool_call calls[AT_ONCE];
    int64_t begun = now_ns(), last;
    uint32_t n = 0;
    double sum;
    while (n < AT_ONCE && submit(p, &calls[n], n, WORK_NS))
        n++;
    bool is_well = all_done(p, calls, n, &last, &sum, begun) && n == AT_ONCE;
    b->last_ns = (double)(last - begun);
    b->mean_ns = sum / AT_ONCE;
    return is_well;
}

static bool play(uint32_t workers, struct burst *b)
{
    struct lab_process_pool p;
    struct lab_process_pool_def def = lab_process_pool_default(2);
    def.max_workers = workers;
    if (!lab_process_pool_init(&p, &def))
        return false;
    bool is_well = take_way(&p, b) && take_burst(&p, b);
    lab_process_pool_close(&p, LAB_PROCESS_POOL_DRAIN);
    lab_process_pool_fini(&p);
    return is_well;
}

static bool batch(void *ctx, double *x)
{
    struct burst one, more;
    (void)ctx;
    if (!play(1, &one) || !play(WORKERS, &more))
        return false;
    x[0] = one.last_ns / more.last_ns;
    x[1] = more.mean_ns / (double)WORK_NS;
    x[2] = one.mean_ns / (double)WORK_NS;
    return true;
}

static double model_of(const struct scn_script *script, int workers, double way_ms,
                       const char *metric)
{
    char settings[96];
    snprintf(settings, sizeof settings, "workers=%d,work=%.3f,way=%.6f,at_once=%d", workers,
             (double)WORK_NS / MS + 0.06, way_ms, AT_ONCE);
    return lab_scenario_measure(script, "3.14t", settings, metric);
}

void lab_verify_process_pool_loads(const struct lab_verify_def *def, struct lab_report *out)
{
    struct scn_script script;
    struct burst first;
    struct lab_bench b = { .name = "process_pool/24 calls at once",
                           .count = 3,
                           .figures = { "4 workers against 1", "mean latency, 4 workers",
                                        "mean latency, 1 worker" },
                           .batch = batch };
    if (!lab_scenario_load(def, "process_pool/load.lua", &script))
        return;
    double way_ms = play(1, &first) ? first.way_ns / MS : NAN, work_s = WORK_NS / 1e9;
    int workers = WORKERS + def->wrong_workers;
    b.model[0] = model_of(&script, 1, way_ms, "load.latency.max") /
                 model_of(&script, workers, way_ms, "load.latency.max");
    b.model[1] = model_of(&script, workers, way_ms, "load.latency.mean") / work_s;
    b.model[2] = model_of(&script, 1, way_ms, "load.latency.mean") / work_s;
    lab_bench_verify(def, &b, out);
    scn_script_free(&script);
}
