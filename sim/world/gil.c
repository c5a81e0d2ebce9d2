#include <stdlib.h>

#include "sim/world/inner.h"

// The global interpreter lock, as CPython's ceval_gil.c has it:
//
// There is no queue. Whoever comes while the lock is free takes it, also ahead of a waiter that
// was signalled and is not awake yet. A waiter sleeps for one interval; when that is over and
// the lock has not changed hands since the waiter began to sleep, it asks the holder to drop,
// otherwise it only begins another full interval. A holder that drops on request sleeps
// until somebody else has the lock (forced switching). Whoever gives the lock up wakes one
// waiter: the requester now and then, for it is awake; else the longest waiter or any,
// as the two groups of glibc's condition variables make it.
//
// Waiters' timers are not events. All waiters of a lock sleep equally long, so their line is in
// the order in which their sleeps end, and whoever's has ended goes to its end and sleeps
// again; that is caught up with only when somebody looks at the line. The lock has one timer:
// for the first sleep that will have gone on for a whole interval since the last switch.

static struct sim_gil *gil_of(const struct sim_run *run, uint32_t t)
{
    return &run->gils[run->stations[run->tasks[t].station].gil];
}

static void arm(struct sim_run *run, struct sim_gil *g, sim_time at)
{
    uint32_t timer = run->gil_timers + (uint32_t)(g - run->gils);
    if (!sim_heap_armed(&run->heap, timer))
        sim_heap_arm(&run->heap, timer, at > run->now ? at : run->now);
}

// ---- The waiters: a dense array, linked in order of entering ----

static bool grow(struct sim_run *run, struct sim_gil *g)
{
    uint32_t room = g->room ? g->room * 2 : 16;
    struct sim_gil_waiter *w = realloc(g->waiters, room * sizeof *w);
    if (!w) {
        sim_run_stop(run, "the machine has no memory left for waiters of a GIL");
        return false;
    }
    sim_run_take(run, (room - g->room) * sizeof *w);
    g->waiters = w;
    g->room = room;
    return true;
}

static void relink(struct sim_gil *g, uint32_t i, uint32_t before, uint32_t after)
{
    const struct sim_gil_waiter *w = &g->waiters[i];
    if (w->prev == SIM_NONE)
        g->head = after;
    else
        g->waiters[w->prev].next = after;
    if (w->next == SIM_NONE)
        g->tail = before;
    else
        g->waiters[w->next].prev = before;
}

// A sleep that has ended without getting the lock began again at once, behind all others.
static void sleep_again(struct sim_gil *g, uint32_t i)
{
    struct sim_gil_waiter *w = &g->waiters[i];
    w->since += g->interval;
    if (i == g->tail)
        return;
    relink(g, i, w->prev, w->next);
    w->prev = g->tail;
    w->next = SIM_NONE;
    g->waiters[g->tail].next = i;
    g->tail = i;
}

// Brings the line up to now: the order of its entries is that in which their sleeps began.
static void rotate(struct sim_gil *g, sim_time now)
{
    while (g->head != SIM_NONE && g->waiters[g->head].since + g->interval <= now)
        sleep_again(g, g->head);
}

static void join(struct sim_run *run, struct sim_gil *g, uint32_t t)
{
    if (g->count == g->room && !grow(run, g))
        return;
    rotate(g, run->now - 1); // what ends at this instant is left to the lock's timer
    uint32_t i = g->count++;
    g->waiters[i] = (struct sim_gil_waiter){ t, SIM_NONE, g->tail, run->now };
    if (g->tail == SIM_NONE)
        g->head = i;
    else
        g->waiters[g->tail].next = i;
    g->tail = i;
    run->tasks[t].slot = i;
}

// Takes one out; the last of the array moves into its place.
static void unjoin(struct sim_run *run, struct sim_gil *g, uint32_t i)
{
    relink(g, i, g->waiters[i].prev, g->waiters[i].next);
    uint32_t last = --g->count;
    if (i == last)
        return;
    relink(g, last, i, i);
    g->waiters[i] = g->waiters[last];
    run->tasks[g->waiters[i].task].slot = i;
}

// ---- Taking ----

static void hold(struct sim_run *run, struct sim_gil *g, uint32_t t)
{
    g->holder = t;
    run->tasks[t].flags |= SIM_HAS_GIL;
    g->requested = false;
    if (g->last_holder != t) {
        g->last_holder = t;
        g->switched = run->now;
        g->switches++;
    }
    if (g->dropper != SIM_NONE && g->dropper != t) {
        sim_heap_arm(&run->heap, run->task_timers + g->dropper,
                     run->now + g->costs->resume);
        g->dropper = SIM_NONE;
    }
    if (g->count > 0)
        arm(run, g, g->switched + g->interval);
}

static void wait(struct sim_run *run, struct sim_gil *g, uint32_t t)
{
    sim_task_enter(run, t, SIM_WANTS_GIL, SIM_IN_GIL);
    join(run, g, t);
    if (g->holder != SIM_NONE)
        arm(run, g, g->switched + g->interval);
}

bool sim_gil_take(struct sim_run *run, uint32_t t)
{
    struct sim_gil *g = gil_of(run, t);
    if (g->holder == SIM_NONE) {
        hold(run, g, t);
        return true;
    }
    wait(run, g, t);
    return false;
}

// ---- The request ----

// The first waiter whose sleep has ended with the lock in the same hands all along, or SIM_NONE;
// then *due is when the next one's will.
static uint32_t requester(const struct sim_run *run, struct sim_gil *g, sim_time *due)
{
    uint32_t asker = SIM_NONE;
    while (g->waiters[g->head].since + g->interval <= run->now) {
        if (asker == SIM_NONE && g->waiters[g->head].since >= g->switched)
            asker = g->head;
        sleep_again(g, g->head);
    }
    uint32_t i = g->head;
    while (i != SIM_NONE && g->waiters[i].since < g->switched)
        i = g->waiters[i].next;
    *due = i != SIM_NONE ? g->waiters[i].since + g->interval
                         : g->waiters[g->head].since + 2 * g->interval;
    return asker;
}

bool sim_gil_is_asked(const struct sim_run *run, uint32_t t)
{
    return gil_of(run, t)->requested;
}

// ---- Giving ----

static uint32_t chosen(const struct sim_run *run, struct sim_gil *g)
{
    double u = sim_random_unit(&g->rng);
    const struct sim_task *asker = g->requested ? &run->tasks[g->asker] : NULL;
    bool is_there = asker && asker->state == SIM_WANTS_GIL;
    double asked = is_there ? g->costs->requester_wins : 0;
    rotate(g, run->now); // an end of a sleep at the instant of a switch came before it
    if (u < asked)
        return asker->slot;
    if (u < asked + (1 - asked) * g->costs->fifo_share)
        return g->head;
    return (uint32_t)sim_random_below(&g->rng, g->count);
}

static void signal_one(struct sim_run *run, struct sim_gil *g)
{
    if (g->count == 0)
        return;
    uint32_t i = g->count == 1 ? 0 : chosen(run, g);
    uint32_t t = g->waiters[i].task;
    unjoin(run, g, i);
    g->wakers++;
    sim_task_sleep(run, t, SIM_WAKES, SIM_IN_GIL, g->costs->wake);
}

static void let_go(struct sim_run *run, struct sim_gil *g, uint32_t t)
{
    g->holder = SIM_NONE;
    run->tasks[t].flags &= (uint16_t)~SIM_HAS_GIL;
    signal_one(run, g);
}

bool sim_gil_give(struct sim_run *run, uint32_t t)
{
    struct sim_gil *g = gil_of(run, t);
    let_go(run, g, t);
    bool forced = g->requested && g->wakers > 0;
    g->requested = false;
    if (forced) {
        g->dropper = t;
        sim_task_enter(run, t, SIM_DROPS, SIM_IN_GIL);
    }
    return !forced;
}

void sim_gil_due(struct sim_run *run, uint32_t gil)
{
    struct sim_gil *g = &run->gils[gil];
    if (g->holder == SIM_NONE || g->count == 0 || g->requested)
        return;
    if (g->switched + g->interval > run->now) {
        arm(run, g, g->switched + g->interval);
        return;
    }
    sim_time due = SIM_NEVER;
    uint32_t asker = requester(run, g, &due);
    if (asker == SIM_NONE) {
        arm(run, g, due);
        return;
    }
    g->asker = g->waiters[asker].task;
    g->requested = true;
    uint32_t t = g->holder;
    if (run->tasks[t].state != SIM_RUNNING || run->tasks[t].cause != SIM_IN_PYTHON)
        return; // a call that keeps it: obeyed when the call has ended
    sim_host_remove(run, t);
    run->tasks[t].flags |= SIM_RESUMES;
    run->tasks[t].pc--;
    if (sim_gil_give(run, t))
        sim_task_ready(run, t);
}

void sim_gil_awake(struct sim_run *run, uint32_t t)
{
    struct sim_gil *g = gil_of(run, t);
    g->wakers--;
    if (g->holder != SIM_NONE) {
        sim_note(run, SIM_TRACE_VAIN, t, 0, 0, run->now, run->now);
        wait(run, g, t);
        return;
    }
    sim_task_charge(run, t);
    hold(run, g, t);
    sim_task_ready(run, t);
}

// ---- A task that is killed ----

// A forced dropper must not sleep for a taker that will never come.
static void free_dropper(struct sim_run *run, struct sim_gil *g)
{
    if (g->dropper == SIM_NONE || g->wakers > 0)
        return;
    sim_heap_arm(&run->heap, run->task_timers + g->dropper, run->now);
    g->dropper = SIM_NONE;
}

void sim_gil_leave(struct sim_run *run, uint32_t t)
{
    struct sim_gil *g = gil_of(run, t);
    struct sim_task *task = &run->tasks[t];
    if (task->flags & SIM_HAS_GIL) {
        let_go(run, g, t);
        g->requested = false;
    } else if (task->state == SIM_WANTS_GIL) {
        unjoin(run, g, task->slot);
    } else {
        sim_heap_cancel(&run->heap, run->task_timers + t);
        if (task->state == SIM_WAKES) {
            g->wakers--;
            if (g->holder == SIM_NONE)
                signal_one(run, g);
        } else if (g->dropper == t) {
            g->dropper = SIM_NONE;
        }
    }
    free_dropper(run, g);
}
