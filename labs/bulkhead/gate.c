#define _POSIX_C_SOURCE 200809L
#include "labs/bulkhead/gate.h"

#include <time.h>

#define S ((int64_t)1000000000)

// Each who waits has a condition of its own, so that a place wakes the one whom it is for.
struct waiter {
    struct lab_bulkhead_call call; // first: a call in the line is its waiter
    pthread_cond_t served;
};

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * S + t.tv_nsec;
}

bool lab_gate_init(struct lab_gate *g, const struct lab_bulkhead_def *def)
{
    lab_bulkhead_init(&g->bulkhead, def);
    return pthread_mutex_init(&g->mutex, NULL) == 0;
}

void lab_gate_fini(struct lab_gate *g)
{
    pthread_mutex_destroy(&g->mutex);
}

// A timed wait goes by the clock that the time was read from, and not by the calendar.
static void init_served(pthread_cond_t *served)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(served, &attr);
    pthread_condattr_destroy(&attr);
}

// DOC(bulkhead-late-place) When the time is up, who waits looks once more: a place that was handed
// over in the meantime is its own, and would be lost if it went away without it.
static bool await_place(struct lab_gate *g, struct waiter *w)
{
    const struct timespec until = { .tv_sec = (time_t)(w->call.until_ns / S),
                                    .tv_nsec = (long)(w->call.until_ns % S) };
    init_served(&w->served);
    while (w->call.state == LAB_BULKHEAD_WAITING) {
        pthread_cond_timedwait(&w->served, &g->mutex, &until);
        if (w->call.state == LAB_BULKHEAD_WAITING && now() >= w->call.until_ns)
            lab_bulkhead_cancel(&g->bulkhead, &w->call);
    }
    pthread_cond_destroy(&w->served);
    return w->call.state == LAB_BULKHEAD_INSIDE;
}

bool lab_gate_enter(struct lab_gate *g)
{
    struct waiter w = { .call.state = LAB_BULKHEAD_OUTSIDE };
    pthread_mutex_lock(&g->mutex);
    enum lab_bulkhead_state state = lab_bulkhead_enter(&g->bulkhead, &w.call, now());
    bool is_inside = state == LAB_BULKHEAD_INSIDE ||
                     (state == LAB_BULKHEAD_WAITING && await_place(g, &w));
    pthread_mutex_unlock(&g->mutex);
    return is_inside;
}

// Whoever is given the place lives at least until it has the mutex: so the wake is inside.
void lab_gate_leave(struct lab_gate *g)
{
    pthread_mutex_lock(&g->mutex);
    struct lab_bulkhead_call *next = lab_bulkhead_leave(&g->bulkhead, now());
    if (next)
        pthread_cond_signal(&((struct waiter *)next)->served);
    pthread_mutex_unlock(&g->mutex);
}
