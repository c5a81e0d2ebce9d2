#define _POSIX_C_SOURCE 200809L
#include "labs/hedge/race.h"

#include <pthread.h>
#include <time.h>

#define S ((int64_t)1000000000)

struct race;

struct runner {
    struct race *race;
    pthread_t thread;
    atomic_bool is_cancelled;
    bool has_thread;
    uint32_t number;
};

struct race {
    const struct lab_race_def *def; // constant
    pthread_mutex_t mutex;
    pthread_cond_t ended; // by the monotonic clock

    // Guarded by mutex.
    struct lab_hedge hedge;
    struct runner runners[LAB_HEDGE_MOST];
    uint32_t begun; // of the runners
    int winner;
};

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * S + t.tv_nsec;
}

static void act(struct race *r, struct lab_hedge_answer a);

static void *run(void *arg)
{
    struct runner *me = arg;
    struct race *r = me->race;
    enum lab_race_result result =
        r->def->attempt(r->def->ctx, me->number, &me->is_cancelled);
    pthread_mutex_lock(&r->mutex);
    struct lab_hedge_answer a =
        result == LAB_RACE_WON ? lab_hedge_succeeded(&r->hedge, me->number)
                               : lab_hedge_failed(&r->hedge, &r->def->hedge, me->number,
                                                  result == LAB_RACE_FAILED_FATALLY, now());
    if (a.verdict == LAB_HEDGE_SUCCEEDED)
        r->winner = (int)me->number;
    act(r, a);
    pthread_cond_signal(&r->ended);
    pthread_mutex_unlock(&r->mutex);
    return NULL;
}

// An attempt that finds no thread is none: those that did decide.
static void begin(struct race *r)
{
    struct runner *next = &r->runners[r->begun];
    next->race = r;
    next->number = r->begun++;
    atomic_init(&next->is_cancelled, false);
    next->has_thread = pthread_create(&next->thread, NULL, run, next) == 0;
    if (!next->has_thread)
        r->hedge.under_way &= ~((uint32_t)1 << next->number);
}

static void act(struct race *r, struct lab_hedge_answer a)
{
    for (uint32_t i = 0; i < r->begun; i++)
        if (a.cancel >> i & 1)
            atomic_store(&r->runners[i].is_cancelled, true);
    for (; a.send > 0; a.send--)
        begin(r);
}

static void await(struct race *r)
{
    while (!r->hedge.is_over && r->hedge.under_way != 0) {
        const struct timespec until = { .tv_sec = (time_t)(r->hedge.next_ns / S),
                                        .tv_nsec = (long)(r->hedge.next_ns % S) };
        pthread_cond_timedwait(&r->ended, &r->mutex, &until);
        act(r, lab_hedge_timer(&r->hedge, &r->def->hedge, now()));
    }
}

static void init_ended(pthread_cond_t *ended)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(ended, &attr);
    pthread_condattr_destroy(&attr);
}

int lab_race(const struct lab_race_def *def)
{
    struct race r = { .def = def, .winner = -1 };
    pthread_mutex_init(&r.mutex, NULL);
    init_ended(&r.ended);
    pthread_mutex_lock(&r.mutex);
    act(&r, lab_hedge_begin(&r.hedge, &def->hedge, now()));
    await(&r);
    uint32_t begun = r.begun; // nobody begins when it is over
    pthread_mutex_unlock(&r.mutex);
    // DOC(hedge-losers) Cancelled is not gone: a loser holds what it holds until it notices.
    for (uint32_t i = 0; i < begun; i++)
        if (r.runners[i].has_thread)
            pthread_join(r.runners[i].thread, NULL);
    pthread_cond_destroy(&r.ended);
    pthread_mutex_destroy(&r.mutex);
    return r.winner;
}
