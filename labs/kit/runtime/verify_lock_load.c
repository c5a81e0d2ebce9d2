#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "labs/kit/cores.h"
#include "labs/kit/runtime/verify_lock.h"
#include "labs/lock/lock.h"

// The real lock of either kind in real time, beside the model's: two threads want it again and again.
// Compared is how often it changes hands and how long they wait for it. Who holds it sleeps
// meanwhile, so that it matters little who else computes. A sleep ends late by the timer's slack.

#define US       1000
#define MS       1000000
#define TURNS    30
#define FACTS    (4 * TURNS)
#define WAKE_NS  (35 * US) // of Linux, as of the interpreter's lock
#define SLACK_NS (60 * US)
#define HOLD_NS  (600 * US) // two of them are more than a millisecond, whatever the slack

struct load {
    struct lab_lock_turns turns;
    struct lab_lock lock;
    pthread_barrier_t start;
    struct thread {
        struct load *load;
        uint32_t id;
        int64_t wanted_ns[TURNS], took_ns[TURNS], released_ns[TURNS];
    } threads[2];
};

static int64_t now_ns(const struct load *l)
{
    return l->lock.def.env.now(l->lock.def.env.ctx);
}

static void pass(const struct load *l, int64_t ns)
{
    int64_t at = now_ns(l) + ns;
    const struct timespec end = { .tv_sec = at / 1000000000, .tv_nsec = at % 1000000000 };
    while (ns > 0 && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) == EINTR)
        continue;
}

static void *take_turns(void *thread)
{
    struct thread *t = thread;
    struct load *l = t->load;
    pthread_barrier_wait(&l->start);
    for (uint32_t i = 0; i < TURNS; i++) {
        const struct lab_lock_turn *turn = &l->turns.of[t->id][i];
        pass(l, turn->pass_ns);
        t->wanted_ns[i] = now_ns(l);
        lab_lock_acquire(&l->lock, t->id, LAB_LOCK_FOREVER);
        t->took_ns[i] = now_ns(l);
        pass(l, turn->hold_ns);
        t->released_ns[i] = now_ns(l);
        lab_lock_release(&l->lock, t->id);
    }
    return NULL;
}

static bool run(struct load *l)
{
    struct lab_lock_def def = lab_lock_default(l->turns.kind);
    pthread_t threads[2];
    uint32_t n = 0;
    if (!lab_lock_init(&l->lock, &def))
        return false;
    if (pthread_barrier_init(&l->start, NULL, 2) == 0) {
        for (; n < 2; n++) {
            l->threads[n].load = l;
            l->threads[n].id = n;
            if (!lab_begin_on_core(n, &threads[n], take_turns, &l->threads[n]))
                break;
        }
        if (n == 1)
            pthread_barrier_wait(&l->start); // lets it end alone
        for (uint32_t i = 0; i < n; i++)
            pthread_join(threads[i], NULL);
        pthread_barrier_destroy(&l->start);
    }
    lab_lock_fini(&l->lock);
    return n == 2;
}

// ---- The figures, of either side ----

static int by_time(const void *x, const void *y)
{
    const struct lab_fact *a = x, *b = y;
    return (a->at_ns > b->at_ns) - (a->at_ns < b->at_ns);
}

// How often the one who takes it is not the one who took it last, and how long a turn waits on
// average, in units of how long the lock is held.
static void figures_of(const struct lab_lock_turns *turns, struct lab_fact *f, uint32_t n,
                       double *x)
{
    int64_t free_ns[2] = { 0, 0 }, waited = 0, held = 0;
    uint32_t turn[2] = { 0, 0 }, last = 2;
    x[0] = 0;
    qsort(f, n, sizeof *f, by_time);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t who = f[i].who;
        bool takes = strcmp(f[i].what, "takes it") == 0;
        if (!takes) {
            free_ns[who] = f[i].at_ns;
            held += f[i].at_ns;
            continue;
        }
        waited += f[i].at_ns - free_ns[who] - turns->of[who][turn[who]++].pass_ns;
        held -= f[i].at_ns;
        x[0] += last != 2 && who != last;
        last = who;
    }
    x[1] = held > 0 ? (double)waited / (double)held : 0;
}

static bool batch(void *load, double *x)
{
    struct load *l = load;
    struct lab_fact at[FACTS];
    struct lab_facts f = { at, 0, FACTS, false };
    int64_t begun = now_ns(l);
    if (!run(l))
        return false;
    struct lab_lock_turns seen = l->turns; // with what really passed
    for (uint32_t t = 0; t < 2; t++)
        for (uint32_t i = 0; i < TURNS; i++) {
            const struct thread *who = &l->threads[t];
            seen.of[t][i].pass_ns =
                who->wanted_ns[i] - (i > 0 ? who->released_ns[i - 1] : begun);
            lab_fact_add(&f, l->threads[t].took_ns[i] - begun, t, "takes it");
            lab_fact_add(&f, l->threads[t].released_ns[i] - begun, t, "releases it");
        }
    figures_of(&seen, at, f.count, x);
    return true;
}

static const struct {
    const char *name;
    enum lab_lock_kind kind;
    int64_t pass_ns;
} loads[] = {
    { "lock/semaphore that two want at once", LAB_LOCK_SEMAPHORE, 0 },
    { "lock/mutex that two want at once", LAB_LOCK_PYMUTEX, 0 },
    { "lock/semaphore with time between", LAB_LOCK_SEMAPHORE, 200 * US },
    { "lock/mutex with time between", LAB_LOCK_PYMUTEX, 200 * US },
};

static void verify_one(const struct lab_verify_def *def, uint32_t k, struct load *l,
                       struct lab_report *out)
{
    struct lab_fact at[FACTS];
    struct lab_facts f = { at, 0, FACTS, false };
    struct lab_bench b = { .name = loads[k].name,
                           .count = 2,
                           .figures = { "changes of hands", "mean wait" },
                           .batch = batch,
                           .ctx = l };
    *l = (struct load){ .turns = { .name = loads[k].name,
                                   .kind = loads[k].kind,
                                   .threads = 2,
                                   .turns = { TURNS, TURNS } } };
    l->lock.def = lab_lock_default(loads[k].kind);
    for (uint32_t t = 0; t < 2; t++)
        for (uint32_t i = 0; i < TURNS; i++)
            l->turns.of[t][i] = (struct lab_lock_turn){ loads[k].pass_ns, HOLD_NS };
    // One is a little earlier than the other, as nothing is at once in the model but by intent.
    l->turns.of[1][0].pass_ns += 100 * US;
    struct lab_lock_turns late = l->turns;
    for (uint32_t t = 0; t < 2; t++)
        for (uint32_t i = 0; i < TURNS; i++) {
            late.of[t][i].hold_ns += SLACK_NS;
            late.of[t][i].pass_ns += late.of[t][i].pass_ns > 0 ? SLACK_NS : 0;
        }
    lab_lock_model_play(&late, (int64_t)(MS * def->fairness_factor), WAKE_NS, &f);
    figures_of(&late, at, f.count, b.model);
    lab_bench_verify(def, &b, out);
}

void lab_verify_lock_loads(const struct lab_verify_def *def, struct lab_report *out)
{
    struct load *l = malloc(sizeof *l);
    for (uint32_t i = 0; l && i < sizeof loads / sizeof *loads; i++)
        verify_one(def, i, l, out);
    free(l);
}
