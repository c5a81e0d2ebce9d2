#define _GNU_SOURCE
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "labs/kit/verify_private.h"
#include "labs/process_pool/process_pool.h"

// The real pool's round trips by what they carry, in real time, against labs/process_pool/bytes.lua.
// What a pipe costs is measured beside the pool and not with it: its copying by a thread that writes
// and reads what fits, its wake-ups by two threads that send a byte to and fro.

#define KB       1000u
#define MB       1000000u
#define TRIPS    12
#define BATCHES  10
#define FITS     60000u
#define BOUNCES  100
#define TRIES    60
#define NS_PER_S 1e9

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * NS_PER_S + (double)t.tv_nsec;
}

// ---- What a pipe costs ----

static bool moves(ssize_t (*move)(int, const struct iovec *, int), int fd, void *at,
                  size_t size)
{
    return move(fd, &(struct iovec){ at, size }, 1) == (ssize_t)size;
}

// Bytes a second.
static double pipe_rate(char *bytes)
{
    int ends[2];
    double best = INFINITY;
    bool is_well = true;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return NAN;
    for (int i = 0; i < TRIES * 3 && is_well; i++) {
        double begun = now_ns();
        is_well = moves(writev, ends[1], bytes, FITS) && moves(readv, ends[0], bytes, FITS);
        best = fmin(best, now_ns() - begun);
    }
    close(ends[0]);
    close(ends[1]);
    return is_well ? FITS / best * NS_PER_S : NAN;
}

struct wall {
    int to[2], fro[2];
};

static void *bounce(void *wall)
{
    struct wall *w = wall;
    char byte;
    while (moves(readv, w->to[0], &byte, 1) && moves(writev, w->fro[1], &byte, 1))
        continue;
    return NULL;
}

// One wakes the other, who wakes the first: the mean of many, of the quietest time.
static double exchange_ns(void)
{
    struct wall w;
    pthread_t thread;
    char byte = 0;
    double best = INFINITY;
    if (pipe2(w.to, O_CLOEXEC) != 0)
        return NAN;
    if (pipe2(w.fro, O_CLOEXEC) != 0)
        goto to;
    bool is_well = pthread_create(&thread, NULL, bounce, &w) == 0, has_begun = is_well;
    for (int i = 0; i < TRIES && is_well; i++) {
        double begun = now_ns();
        for (int k = 0; k < BOUNCES && is_well; k++)
            is_well = moves(writev, w.to[1], &byte, 1) && moves(readv, w.fro[0], &byte, 1);
        best = fmin(best, (now_ns() - begun) / BOUNCES);
    }
    close(w.to[1]);
    if (has_begun)
        pthread_join(thread, NULL);
    close(w.to[0]);
    close(w.fro[0]);
    close(w.fro[1]);
    return is_well ? best : NAN;
to:
    close(w.to[0]);
    close(w.to[1]);
    return NAN;
}

// ---- The real pool ----

static int64_t keep(int64_t arg, void *bytes, size_t size)
{
    (void)bytes;
    (void)size;
    return arg;
}

// The quickest of some, which met nobody else on its way; NAN when one was lost.
static double trip_ns(struct lab_process_pool *p, char *bytes, size_t size)
{
    double best = INFINITY;
    for (uint32_t i = 0; i < TRIPS; i++) {
        struct lab_process_pool_call c = {
            .change = keep, .bytes = bytes, .size = size, .id = i
        };
        double begun = now_ns();
        if (lab_process_pool_submit(p, &c) != LAB_PROCESS_POOL_ACCEPTED ||
            lab_process_pool_await(p, &c) != LAB_PROCESS_POOL_DONE)
            return NAN;
        best = fmin(best, now_ns() - begun);
    }
    return best;
}

struct trips {
    struct lab_process_pool pool;
    char *bytes; // MB
};

static bool batch(void *ctx, double *x)
{
    struct trips *t = ctx;
    x[0] = trip_ns(&t->pool, t->bytes, MB) / trip_ns(&t->pool, t->bytes, KB);
    return isfinite(x[0]);
}

// ---- Both ----

static double model_of(const struct scn_script *script, size_t size, double way_ns,
                       double rate, double wake_ns)
{
    char settings[128];
    snprintf(settings, sizeof settings, "size=%zu,way=%.6f,pipe=%.0f,wake=%.6f", size,
             way_ns / 1e6, rate, wake_ns / 1e6);
    return lab_scenario_measure(script, "3.14t", settings, "load.latency.mean");
}

static void compare(const struct lab_verify_def *def, const struct scn_script *script,
                    struct trips *t, struct lab_report *out)
{
    struct lab_bench b = { .name = "process_pool/round trip by bytes",
                           .count = 1,
                           .figures = { "1 MB against 1 kB" },
                           .batch = batch,
                           .ctx = t };
    double rate = pipe_rate(t->bytes), wake = def->wake_factor * exchange_ns();
    trip_ns(&t->pool, t->bytes, MB); // the worker has the room from now on
    double way = 0;
    for (int i = 0; i < BATCHES; i++)
        way += trip_ns(&t->pool, t->bytes, KB) / BATCHES;
    b.model[0] =
        model_of(script, MB, way, rate, wake) / model_of(script, KB, way, rate, wake);
    lab_bench_verify(def, &b, out);
}

void lab_verify_process_bytes(const struct lab_verify_def *def, struct lab_report *out)
{
    struct scn_script script;
    struct trips t;
    struct lab_process_pool_def pool = lab_process_pool_default(1);
    if (!lab_scenario_load(def, "process_pool/bytes.lua", &script))
        return;
    t.bytes = malloc(MB);
    if (t.bytes && lab_process_pool_init(&t.pool, &pool)) {
        memset(t.bytes, 1, MB);
        compare(def, &script, &t, out);
        lab_process_pool_close(&t.pool, LAB_PROCESS_POOL_DRAIN);
        lab_process_pool_fini(&t.pool);
    }
    free(t.bytes);
    scn_script_free(&script);
}
