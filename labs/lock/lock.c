#define _POSIX_C_SOURCE 200809L
#include "labs/lock/lock.h"

#include <assert.h>
#include <time.h>

struct lab_lock_waiter {
    uint32_t thread, spins_left;
    int64_t fair_at_ns; // past it a release hands the lock over; set once an acquire

    // Guarded by the lock's mutex.
    bool is_asleep, is_owner;
    pthread_cond_t woken;
    struct lab_lock_waiter *next;
};

struct lab_lock_def lab_lock_default(enum lab_lock_kind kind)
{
    return (struct lab_lock_def){ .kind = kind, .spins = 0, .env = lab_lock_real() };
}

bool lab_lock_init(struct lab_lock *l, const struct lab_lock_def *def)
{
    *l = (struct lab_lock){ .def = *def };
    atomic_init(&l->bits, 0);
    return pthread_mutex_init(&l->mutex, NULL) == 0;
}

void lab_lock_fini(struct lab_lock *l)
{
    assert(!l->first && !(atomic_load(&l->bits) & LAB_LOCK_LOCKED));
    pthread_mutex_destroy(&l->mutex);
}

static int64_t now(const struct lab_lock *l)
{
    return l->def.env.now(l->def.env.ctx);
}

static void saw(struct lab_lock *l, enum lab_lock_event_kind kind, uint32_t thread)
{
    if (l->def.env.saw)
        l->def.env.saw(l->def.env.ctx, &(struct lab_lock_event){ now(l), kind, thread });
}

// ---- The line; the mutex is held in all of these ----

static void push(struct lab_lock *l, struct lab_lock_waiter *w)
{
    w->next = NULL;
    *(l->first ? &l->last->next : &l->first) = w;
    l->last = w;
}

static void take_out(struct lab_lock *l, struct lab_lock_waiter *w)
{
    struct lab_lock_waiter *before = NULL;
    for (struct lab_lock_waiter *i = l->first; i != w; i = i->next)
        before = i;
    *(before ? &before->next : &l->first) = w->next;
    if (l->last == w)
        l->last = before;
}

static bool is_waiting(const struct lab_lock_waiter *w)
{
    return w->is_asleep;
}

// Sleeps until a release or the deadline ends it; false when it was the deadline. A release
// that was quicker than the deadline counts, although the sleeper was late to see it.
static bool sleep_in_line(struct lab_lock *l, struct lab_lock_waiter *w,
                          int64_t deadline_ns)
{
    if (now(l) >= deadline_ns)
        return false;
    push(l, w);
    w->is_asleep = true;
    saw(l, LAB_LOCK_WAITED, w->thread);
    while (is_waiting(w)) {
        l->def.env.wait(l->def.env.ctx, &l->mutex, &w->woken, deadline_ns);
        if (is_waiting(w) && now(l) >= deadline_ns) {
            take_out(l, w);
            return false;
        }
    }
    return true;
}

// ---- Acquiring ----

// Anybody who finds the lock free takes it, whoever sleeps for it or has been woken for it.
// DOC(lock-barging)
static bool grab(struct lab_lock *l, unsigned *bits, uint32_t thread)
{
    while (!(*bits & LAB_LOCK_LOCKED))
        if (atomic_compare_exchange_weak_explicit(&l->bits, bits, *bits | LAB_LOCK_LOCKED,
                                                  memory_order_acquire,
                                                  memory_order_relaxed)) {
            saw(l, LAB_LOCK_ACQUIRED, thread);
            return true;
        }
    return false;
}

bool lab_lock_try(struct lab_lock *l, uint32_t thread)
{
    unsigned bits = atomic_load_explicit(&l->bits, memory_order_relaxed);
    return grab(l, &bits, thread);
}

// With the mutex held: makes sure that the owner will look for a sleeper. False when the lock
// is free by now: nobody would come to wake who went to sleep on it. DOC(lock-look-again)
static bool announce(struct lab_lock *l)
{
    unsigned bits = atomic_load_explicit(&l->bits, memory_order_relaxed);
    while (bits & LAB_LOCK_LOCKED)
        if (atomic_compare_exchange_weak_explicit(&l->bits, &bits, bits | LAB_LOCK_PARKED,
                                                  memory_order_relaxed,
                                                  memory_order_relaxed))
            return true;
    return false;
}

// One sleep, if there is need of it still. False when the deadline ended it.
static bool park(struct lab_lock *l, struct lab_lock_waiter *w, int64_t deadline_ns)
{
    bool is_in_time = true;
    pthread_mutex_lock(&l->mutex);
    if (announce(l))
        is_in_time = sleep_in_line(l, w, deadline_ns);
    if (!is_in_time)
        saw(l, LAB_LOCK_GAVE_UP, w->thread);
    pthread_mutex_unlock(&l->mutex);
    return is_in_time;
}

// The lock's bits, after some rounds in the hope that it becomes free. Not when somebody
// sleeps: the owner will have more to do then.
static unsigned spin(struct lab_lock *l, struct lab_lock_waiter *w)
{
    unsigned bits = atomic_load_explicit(&l->bits, memory_order_relaxed);
    for (; w->spins_left > 0 && bits == LAB_LOCK_LOCKED; w->spins_left--) {
        l->def.env.yield(l->def.env.ctx);
        bits = atomic_load_explicit(&l->bits, memory_order_relaxed);
    }
    return bits;
}

static bool acquire_slowly(struct lab_lock *l, struct lab_lock_waiter *w,
                           int64_t deadline_ns)
{
    for (;;) {
        unsigned bits = spin(l, w);
        if (grab(l, &bits, w->thread))
            return true;
        if (!park(l, w, deadline_ns))
            return false;
        if (w->is_owner) { // no look at the lock: it never was free
            saw(l, LAB_LOCK_ACQUIRED, w->thread);
            return true;
        }
    }
}

// Deadlines are on the clock that nobody can set: the default is the wall's.
static void init_waiter(struct lab_lock *l, struct lab_lock_waiter *w, uint32_t thread)
{
    pthread_condattr_t attr;
    *w = (struct lab_lock_waiter){ .thread = thread, .fair_at_ns = INT64_MAX };
    if (l->def.kind == LAB_LOCK_PYMUTEX) {
        w->fair_at_ns = now(l) + LAB_LOCK_FAIR_NS;
        w->spins_left = l->def.spins;
    }
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&w->woken, &attr);
    pthread_condattr_destroy(&attr);
}

bool lab_lock_acquire(struct lab_lock *l, uint32_t thread, int64_t deadline_ns)
{
    struct lab_lock_waiter w;
    if (lab_lock_try(l, thread))
        return true;
    init_waiter(l, &w, thread);
    bool is_owner = acquire_slowly(l, &w, deadline_ns);
    pthread_cond_destroy(&w.woken);
    return is_owner;
}

// ---- Releasing ----

// The first sleeper is woken in either case. Who has wanted the lock for long enough has it:
// it stays locked, and the releaser, who is awake and would take it again, must go to the
// end of the line. DOC(lock-hand-over)
static unsigned wake_first(struct lab_lock *l)
{
    struct lab_lock_waiter *w = l->first;
    if (!w)
        return 0; // a deadline was quicker
    take_out(l, w);
    w->is_owner = now(l) > w->fair_at_ns;
    w->is_asleep = false;
    saw(l, w->is_owner ? LAB_LOCK_HANDED : LAB_LOCK_WOKEN, w->thread);
    l->def.env.wake(l->def.env.ctx, &w->woken);
    return (w->is_owner ? LAB_LOCK_LOCKED : 0u) | (l->first ? LAB_LOCK_PARKED : 0u);
}

void lab_lock_release(struct lab_lock *l, uint32_t thread)
{
    unsigned bits = LAB_LOCK_LOCKED;
    saw(l, LAB_LOCK_RELEASED, thread);
    if (atomic_compare_exchange_strong_explicit(&l->bits, &bits, 0, memory_order_release,
                                                memory_order_relaxed))
        return;
    assert(bits & LAB_LOCK_LOCKED);
    pthread_mutex_lock(&l->mutex);
    // Nobody else changes the bits while both are set: a taker finds the lock taken, and who
    // goes to sleep waits for the mutex.
    atomic_store_explicit(&l->bits, wake_first(l), memory_order_release);
    pthread_mutex_unlock(&l->mutex);
}
