#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>

#include "labs/kit/draws.h"
#include "labs/kit/policies/verify_redis_load.h"
#include "labs/redis_limit/redis_limit.h"

// The race in real time: calls come at random, each reads, decides, and writes so much later. How many get
// through, by how many there are, is compared with a whole run of the model: service, limiter and
// store. One thread does it all by the clock, so that nothing but the clock and Redis decides. The model
// is told how long it took in truth from a look to its write: the median of a first batch, as a thread
// that others kept from its core is late by as long as they like.

#define CALLS_PER_S 1500
#define LASTS_US    400000 // that calls come, as in labs/redis_limit/race.lua
#define LIMIT       40
#define WINDOW_US   100000
#define WAITING     4096u // writes that are due; a power of two

struct race {
    const char *algorithm; // its name in the model
    enum lab_redis_limit_algorithm real;
    int64_t gap_us;
};

// clang-format off
static const struct race races[] = {
    { "fixed_window", LAB_REDIS_FIXED_WINDOW, 10000 },
    { "sliding_log",  LAB_REDIS_SLIDING_LOG,  10000 },
    { "token_bucket", LAB_REDIS_TOKEN_BUCKET,  1000 },
};
// clang-format on

struct runner {
    const struct race *race;
    struct lab_redis_limit client;
    uint64_t draws, batches;
    char key[64];
    struct lab_redis_limit_seen due[WAITING];
    int64_t due_us[WAITING];
    uint32_t first, last; // of those that are due
    double gaps_us[WAITING];
    uint32_t writes, calls, passed; // of a batch
};

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void sleep_until(int64_t us)
{
    const struct timespec t = { .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000 };
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) != 0)
        ;
}

// To the next of a Poisson process.
static int64_t next_gap_us(uint64_t *draws)
{
    double u = (double)((lab_draw(draws) >> 11) + 1) / 9007199254740992.0;
    return (int64_t)(-log(u) * 1e6 / CALLS_PER_S);
}

static bool look(struct runner *r, int64_t begun)
{
    int64_t now = now_us();
    struct lab_redis_limit_seen seen =
        lab_redis_limit_read(&r->client, r->key, 1, now - begun);
    if (seen.answer.verdict == LAB_REDIS_NO_STORE || r->last - r->first == WAITING)
        return false;
    r->calls++;
    if (seen.answer.verdict != LAB_REDIS_ALLOWED)
        return true;
    r->passed++;
    r->due[r->last % WAITING] = seen;
    r->due_us[r->last++ % WAITING] = now + r->race->gap_us;
    return true;
}

static bool tell(struct runner *r)
{
    uint32_t i = r->first++ % WAITING;
    struct lab_redis_limit_answer a = lab_redis_limit_write(&r->client, &r->due[i]);
    if (r->writes < WAITING)
        r->gaps_us[r->writes++] = (double)(now_us() - r->due_us[i] + r->race->gap_us);
    return a.verdict != LAB_REDIS_NO_STORE;
}

// Looks reach the store a gap after they were sent, in the model as here, so the windows begin there too.
static bool batch(void *ctx, double *figures)
{
    struct runner *r = ctx;
    int64_t begun = now_us(), end = begun + LASTS_US + r->race->gap_us;
    int64_t call = begun + r->race->gap_us + next_gap_us(&r->draws);
    bool goes_on = true;
    snprintf(r->key, sizeof r->key, "race:%s:%u", r->race->algorithm,
             (unsigned)r->batches++);
    r->first = r->last = 0;
    r->calls = r->passed = r->writes = 0;
    while (goes_on && (call < end || r->first != r->last)) {
        bool is_write =
            r->first != r->last && (call >= end || r->due_us[r->first % WAITING] <= call);
        sleep_until(is_write ? r->due_us[r->first % WAITING] : call);
        goes_on = is_write ? tell(r) : look(r, begun);
        call += is_write ? 0 : next_gap_us(&r->draws);
    }
    figures[0] = (double)r->passed / r->calls;
    return goes_on && r->calls > 0;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median_gap(struct runner *r)
{
    qsort(r->gaps_us, r->writes, sizeof *r->gaps_us, by_size);
    return r->writes ? r->gaps_us[r->writes / 2] : (double)r->race->gap_us;
}

static double model_of(const struct scn_script *script, const struct race *race,
                       double gap_us, uint32_t wrong_limit)
{
    char settings[128];
    snprintf(settings, sizeof settings, "algorithm=%s,rate=%d,limit=%u,gap=%.6f",
             race->algorithm, CALLS_PER_S, LIMIT + wrong_limit, gap_us / 1e6);
    return lab_scenario_measure(script, NULL, settings, "users.ok") /
           lab_scenario_measure(script, NULL, settings, "users.offered");
}

static void verify_race(const struct lab_verify_def *def, const char *socket,
                        const struct scn_script *script, struct runner *r,
                        struct lab_report *out)
{
    const struct lab_redis_limit_def limit = { .algorithm = r->race->real,
                                               .way = LAB_REDIS_READ_THEN_WRITE,
                                               .limit = LIMIT,
                                               .window_us = WINDOW_US,
                                               .burst = LIMIT };
    char name[64];
    double ignored;
    snprintf(name, sizeof name, "redis_limit/%s, racing", r->race->algorithm);
    struct lab_bench bench = { .name = name,
                               .count = 1,
                               .figures = { "share let through" },
                               .batch = batch,
                               .limit = 0.05,
                               .budget_s = 12, // some twenty batches
                               .ctx = r };
    if (lab_redis_limit_init(&r->client, &limit, socket, 0) && batch(r, &ignored))
        bench.model[0] = model_of(script, r->race, median_gap(r), def->wrong_limit);
    lab_bench_verify(def, &bench, out);
    lab_redis_limit_fini(&r->client);
}

void lab_verify_redis_loads(const struct lab_verify_def *def, const char *socket,
                            struct lab_report *out)
{
    struct scn_script script;
    if (!lab_scenario_load(def, "redis_limit/race.lua", &script))
        return;
    prctl(PR_SET_TIMERSLACK, 1UL); // or each look is late by as much as a wait
    for (uint32_t i = 0; i < sizeof races / sizeof *races; i++) {
        struct runner *r = calloc(1, sizeof *r);
        if (!r)
            break;
        r->race = &races[i];
        r->draws = 1;
        verify_race(def, socket, &script, r, out);
        free(r);
    }
    prctl(PR_SET_TIMERSLACK, 0UL); // as it was
    scn_script_free(&script);
}
