#define _POSIX_C_SOURCE 200809L
#include "labs/gil/gil.h"

#include <assert.h>
#include <time.h>

// ---- Opening and closing ----

// Deadlines are on the clock that nobody can set: the default is the wall's.
static bool cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attr;
    if (pthread_condattr_init(&attr) != 0)
        return false;
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    bool is_made = pthread_cond_init(cond, &attr) == 0;
    pthread_condattr_destroy(&attr);
    return is_made;
}

bool lab_gil_init(struct lab_gil *g, int64_t interval_ns, struct lab_gil_env env)
{
    *g = (struct lab_gil){ .env = env, .interval_ns = interval_ns };
    if (pthread_mutex_init(&g->mutex, NULL) != 0)
        return false;
    if (!cond_init(&g->released))
        goto mutex;
    if (!cond_init(&g->switched))
        goto released;
    return true;
released:
    pthread_cond_destroy(&g->released);
mutex:
    pthread_mutex_destroy(&g->mutex);
    return false;
}

void lab_gil_fini(struct lab_gil *g)
{
    assert(!g->held);
    pthread_cond_destroy(&g->switched);
    pthread_cond_destroy(&g->released);
    pthread_mutex_destroy(&g->mutex);
}

void lab_gil_thread_init(struct lab_gil_thread *t, uint32_t id)
{
    t->id = id;
    atomic_init(&t->asked, false);
}

// ---- Taking; the mutex is held in all of these ----

static void saw(struct lab_gil *g, enum lab_gil_event_kind kind,
                const struct lab_gil_thread *t)
{
    if (g->env.saw)
        g->env.saw(g->env.ctx, &(struct lab_gil_event){ .at_ns = g->env.now(g->env.ctx),
                                                        .kind = kind,
                                                        .thread = t->id });
}

static bool is_held(const struct lab_gil *g)
{
    return g->held;
}

// One sleep of a waiter. It gets a whole interval each time, however long it has waited, and
// asks only if nobody else came to hold the lock meanwhile: the holder of now has not had
// its interval otherwise, and would be asked by each waiter in turn. DOC(gil-fresh-interval)
static void wait_a_turn(struct lab_gil *g, const struct lab_gil_thread *t)
{
    uint64_t saved = g->switch_no;
    int64_t deadline = g->env.now(g->env.ctx) + g->interval_ns;
    if (g->env.wait(g->env.ctx, t->id, &g->mutex, &g->released, deadline))
        return;
    if (is_held(g) && g->switch_no == saved) { // DOC(gil-drop-request)
        atomic_store_explicit(&g->last_holder->asked, true, memory_order_relaxed);
        saw(g, LAB_GIL_ASKED, t);
    }
}

static void mark_taken(struct lab_gil *g, struct lab_gil_thread *t)
{
    g->held = true;
    if (g->last_holder != t) {
        g->last_holder = t;
        g->switch_no++;
    }
    // A request that came too late for the slice before says nothing of this one.
    atomic_store_explicit(&t->asked, false, memory_order_relaxed);
    saw(g, LAB_GIL_TOOK, t);
    g->env.wake(g->env.ctx, &g->switched);
}

void lab_gil_take(struct lab_gil *g, struct lab_gil_thread *t)
{
    pthread_mutex_lock(&g->mutex);
    // No look at who waits: a newcomer takes a free lock although a waiter has been woken
    // for it and is on its way. DOC(gil-barging)
    while (is_held(g))
        wait_a_turn(g, t);
    mark_taken(g, t);
    pthread_mutex_unlock(&g->mutex);
}

// ---- Letting go ----

static void mark_dropped(struct lab_gil *g, struct lab_gil_thread *t)
{
    assert(g->held && g->last_holder == t);
    g->held = false;
    saw(g, LAB_GIL_DROPPED, t);
    g->env.wake(g->env.ctx, &g->released);
}

static bool is_still_last(const struct lab_gil *g, const struct lab_gil_thread *t)
{
    return g->last_holder == t;
}

// Without this wait the dropper, which is awake, would take the lock back before the waiter
// that asked for it is out of its sleep. When somebody was quick enough, the dropper goes on
// at once; its request stays until its next take. DOC(gil-forced-switch)
static void await_switch(struct lab_gil *g, struct lab_gil_thread *t)
{
    if (!is_still_last(g, t))
        return;
    atomic_store_explicit(&t->asked, false, memory_order_relaxed);
    saw(g, LAB_GIL_YIELDED, t);
    while (is_still_last(g, t))
        g->env.wait(g->env.ctx, t->id, &g->mutex, &g->switched, LAB_GIL_FOREVER);
}

void lab_gil_leave(struct lab_gil *g, struct lab_gil_thread *t)
{
    pthread_mutex_lock(&g->mutex);
    mark_dropped(g, t);
    pthread_mutex_unlock(&g->mutex);
}

void lab_gil_drop(struct lab_gil *g, struct lab_gil_thread *t)
{
    lab_gil_leave(g, t);
    if (!atomic_load_explicit(&t->asked, memory_order_relaxed))
        return;
    pthread_mutex_lock(&g->mutex);
    await_switch(g, t);
    pthread_mutex_unlock(&g->mutex);
}

void lab_gil_check(struct lab_gil *g, struct lab_gil_thread *t)
{
    if (!atomic_load_explicit(&t->asked, memory_order_relaxed))
        return;
    lab_gil_drop(g, t);
    lab_gil_take(g, t);
}
