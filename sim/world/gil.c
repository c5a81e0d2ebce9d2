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
// Waiters' timers are not events (sleepers.h). The lock has one timer: for the end of the first
// sleep that began after the last switch.

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

// ---- The waiters ----

static void join(struct sim_run *run, struct sim_gil *g, uint32_t t)
{
    uint32_t room = g->waiters.room;
    uint32_t i = sim_sleepers_add(&g->waiters, t, run->now);
    if (i == SIM_NONE) {
        sim_run_stop(run, "the machine has no memory left for waiters of a GIL");
        return;
    }
    if (g->waiters.room > room)
        sim_run_take(run, (g->waiters.room - room) * sizeof *g->waiters.at);
    run->tasks[t].slot = i;
}

static void unjoin(struct sim_run *run, struct sim_gil *g, uint32_t i)
{
    uint32_t moved = sim_sleepers_remove(&g->waiters, i);
    if (moved != SIM_NONE)
        run->tasks[g->waiters.at[moved].task].slot = moved;
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
    if (g->waiters.count > 0)
        arm(run, g, g->switched + g->waiters.turn);
}

static void wait(struct sim_run *run, struct sim_gil *g, uint32_t t)
{
    sim_task_enter(run, t, SIM_WANTS_GIL, SIM_IN_GIL);
    join(run, g, t);
    if (g->holder != SIM_NONE)
        arm(run, g, g->switched + g->waiters.turn);
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
    g->waiters.seen =
        run->now; // an end of a sleep at the instant of a switch came before it
    if (u < asked)
        return asker->slot;
    sim_time end;
    if (u < asked + (1 - asked) * g->costs->fifo_share)
        return sim_sleepers_after(&g->waiters, run->now, &end);
    return (uint32_t)sim_random_below(&g->rng, g->waiters.count);
}

static void signal_one(struct sim_run *run, struct sim_gil *g)
{
    if (g->waiters.count == 0)
        return;
    uint32_t i = g->waiters.count == 1 ? 0 : chosen(run, g);
    uint32_t t = g->waiters.at[i].task;
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
    if (g->holder == SIM_NONE || g->waiters.count == 0 || g->requested)
        return;
    // The first whose sleep ends a whole one after the last switch. Who comes later than that
    // ends its first sleep behind all that are there, so it is looked for no earlier.
    sim_time due = g->switched + g->waiters.turn;
    uint32_t asker = SIM_NONE;
    if (due <= run->now)
        asker = sim_sleepers_from(&g->waiters, run->now, &due);
    if (due > run->now) {
        arm(run, g, due);
        return;
    }
    g->waiters.seen = run->now;
    g->asker = g->waiters.at[asker].task;
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
