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

static void arm_sooner(struct sim_run *run, struct sim_gil *g, sim_time at)
{
    uint32_t timer = run->gil_timers + (uint32_t)(g - run->gils);
    if (run->heap.at[run->heap.position[timer] - 1].due > at)
        sim_heap_arm(&run->heap, timer, at);
}

// ---- Cores ----
//
// A thread that wakes while every core of its host is busy does not get one at once, unless it
// has slept of its own will: it comes with service that it is owed, and goes first. Who was made
// to drop the lock in the midst of bytecode has had its share. It waits until a core is free, or
// until the kernel's clock ticks and whoever runs has used up its slice (Linux' EEVDF).

static struct sim_host *host_of(struct sim_run *run, uint32_t t)
{
    return &run->hosts[run->stations[run->tasks[t].station].host];
}

static bool is_full(const struct sim_host *h)
{
    return h->tick > 0 && h->count >= h->cores;
}

static bool has_computed(const struct sim_run *run, uint32_t t)
{
    return run->tasks[t].flags & SIM_RESUMES;
}

static sim_time next_tick(const struct sim_run *run, const struct sim_host *h)
{
    return run->now + h->tick - run->now % h->tick;
}

static bool is_tick(const struct sim_run *run, const struct sim_host *h)
{
    return run->now % h->tick == 0;
}

static bool lacks_core(const struct sim_run *run, const struct sim_host *h, uint32_t t)
{
    return is_full(h) && has_computed(run, t) && !is_tick(run, h);
}

// A holder is left alone for a slice (EEVDF's base slice on two cores or one).
#define PROTECTED (1400 * (sim_time)SIM_US)

// So many others have had the lock since a waiter had it: that it waited for a core at each of its
// wake-ups makes up for what it has computed.
#define MADE_UP_FOR 4u

static bool may_not_ask(const struct sim_run *run, const struct sim_gil *g,
                        const struct sim_host *h, uint32_t i)
{
    const struct sim_sleeper *w = &g->waiters.at[i];
    if (!is_full(h) || is_tick(run, h))
        return false;
    bool is_owed = !has_computed(run, w->task) || g->switches - w->mark >= MADE_UP_FOR;
    return !is_owed || run->now - g->taken < PROTECTED;
}

// When a core may be free: as the first job ends, or at the tick.
static sim_time may_run_at(const struct sim_run *run, const struct sim_host *h)
{
    sim_time tick = next_tick(run, h);
    uint32_t timer = run->host_timers + (uint32_t)(h - run->hosts);
    if (!sim_heap_armed(&run->heap, timer))
        return tick;
    sim_time end = run->heap.at[run->heap.position[timer] - 1].due;
    return end < tick ? end : tick;
}

// ---- The waiters ----

void sim_gil_join(struct sim_run *run, struct sim_gil *g, uint32_t t)
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
    g->waiters.at[i].mark = g->switches;
    g->rested += !has_computed(run, t);
}

void sim_gil_unjoin(struct sim_run *run, struct sim_gil *g, uint32_t i)
{
    g->rested -= !has_computed(run, g->waiters.at[i].task);
    uint32_t moved = sim_sleepers_remove(&g->waiters, i);
    if (moved != SIM_NONE)
        run->tasks[g->waiters.at[moved].task].slot = moved;
}

// ---- Taking ----

// Where others wait, one of them may be awake just now, for its sleep has ended as well: then
// the dropper is put behind the new holder, on that one's core, and is there until the tick, or
// until that one sleeps.
static sim_time dropper_runs_at(struct sim_run *run, struct sim_gil *g)
{
    const struct sim_host *h = host_of(run, g->dropper);
    bool others = g->waiters.count > 0 && h->cores > 1 && h->tick > 0;
    if (others && g->costs->resume_behind > 0 &&
        sim_random_chance(&g->rng, g->costs->resume_behind)) {
        g->behind = g->dropper;
        return next_tick(run, h);
    }
    if (g->costs->wake_spread > 1 && g->costs->wake > 0)
        return run->now + g->wakes[sim_random_next(&g->rng) % SIM_WAKES_KEPT] *
                              g->costs->resume / g->costs->wake;
    return run->now + g->costs->resume;
}

// The holder lets go of the lock and goes to sleep: whoever is behind it has the core, after a switch.
static void free_behind(struct sim_run *run, struct sim_gil *g, const struct sim_host *h)
{
    uint32_t t = g->behind;
    g->behind = SIM_NONE;
    if (t == SIM_NONE || run->tasks[t].state != SIM_DROPS)
        return;
    uint32_t timer = run->task_timers + t;
    sim_time at = run->now + h->switch_cost;
    if (sim_heap_armed(&run->heap, timer) &&
        run->heap.at[run->heap.position[timer] - 1].due > at)
        sim_heap_arm(&run->heap, timer, at);
}

static void hold(struct sim_run *run, struct sim_gil *g, uint32_t t)
{
    g->holder = t;
    run->tasks[t].flags |= SIM_HAS_GIL;
    g->requested = false;
    g->taken = run->now;
    if (g->last_holder != t) {
        g->last_holder = t;
        g->switched = run->now;
        g->switches++;
    }
    if (sim_core_is_one(run, t)) {
        sim_core_taken(run, g);
        return;
    }
    g->lagging = SIM_NONE;
    if (g->dropper != SIM_NONE && g->dropper != t) {
        sim_heap_arm(&run->heap, run->task_timers + g->dropper, dropper_runs_at(run, g));
        g->dropper = SIM_NONE;
    }
    if (g->waiters.count > 0)
        arm(run, g, g->switched + g->waiters.turn);
}

static void wait(struct sim_run *run, struct sim_gil *g, uint32_t t)
{
    sim_task_enter(run, t, SIM_WANTS_GIL, SIM_IN_GIL);
    sim_gil_join(run, g, t);
    if (g->holder == SIM_NONE)
        return;
    if (sim_core_is_one(run, t)) {
        sim_core_waits(run, g, t);
        return;
    }
    arm(run, g, g->switched + g->waiters.turn);
    if (g->lagging != SIM_NONE && !has_computed(run, t))
        arm_sooner(run, g, run->now + g->waiters.turn);
}

// It has run until now, and not slept. A new thread has the core first: who starts it waits until it
// runs (Thread.start).
static bool has_core(const struct sim_run *run, const struct sim_gil *g, uint32_t t)
{
    uint8_t cause = run->tasks[t].cause;
    bool is_new = !run->turn_of[t].is_known && !g->has_left;
    return is_new || cause == SIM_IN_PYTHON || cause == SIM_IN_NATIVE ||
           cause == SIM_IN_GIL;
}

bool sim_gil_take(struct sim_run *run, uint32_t t)
{
    struct sim_gil *g = gil_of(run, t);
    if (g->holder == SIM_NONE) {
        if (sim_core_is_one(run, t) && !has_core(run, g, t) &&
            sim_core_is_overtaken(run, g, t))
            return false;
        hold(run, g, t);
        return true;
    }
    if (has_computed(run, t))
        g->dropped = run->now;
    if (sim_core_is_one(run, t) && !has_core(run, g, t))
        sim_core_comes(run, g, t);
    else
        wait(run, g, t);
    return false;
}

// ---- The request ----

// It has waited a whole interval and would ask, but for a core.
static bool is_lagging(const struct sim_run *run, const struct sim_gil *g)
{
    uint32_t t = g->lagging;
    return t != SIM_NONE && run->tasks[t].state == SIM_WANTS_GIL &&
           run->tasks[t].slot < g->waiters.count &&
           g->waiters.at[run->tasks[t].slot].task == t;
}

// It runs, asks, and sleeps again from now on.
static uint32_t lagging_one(struct sim_run *run, struct sim_gil *g)
{
    uint32_t t = g->lagging;
    uint64_t mark = g->waiters.at[run->tasks[t].slot].mark;
    sim_gil_unjoin(run, g, run->tasks[t].slot);
    sim_gil_join(run, g, t);
    g->waiters.at[run->tasks[t].slot].mark = mark;
    return t;
}

// The first whose sleep ends a whole one after the last switch. Who comes later than that ends
// its first sleep behind all that are there, so it is looked for no earlier. SIM_NONE: nobody
// asks now, and the lock's timer is armed for the next who may.
static uint32_t asker_now(struct sim_run *run, struct sim_gil *g)
{
    const struct sim_host *h = host_of(run, g->holder);
    sim_time due = g->switched + g->waiters.turn;
    uint32_t i = SIM_NONE;
    if (is_lagging(run, g) && (!is_full(h) || is_tick(run, h)))
        return lagging_one(run, g);
    if (due <= run->now)
        i = sim_sleepers_from(&g->waiters, run->now, &due);
    if (due == run->now && may_not_ask(run, g, h, i)) {
        g->lagging = is_lagging(run, g) ? g->lagging : g->waiters.at[i].task;
        due = SIM_NEVER;
        sim_time from = g->taken + PROTECTED;
        if (g->rested > 0 || g->waiters.count >= MADE_UP_FOR)
            sim_sleepers_from(&g->waiters, from > run->now ? from : run->now + 1, &due);
    }
    if (due == run->now)
        return g->waiters.at[i].task;
    bool lags = g->lagging != SIM_NONE && next_tick(run, h) < due;
    arm(run, g, lags ? next_tick(run, h) : due);
    return SIM_NONE;
}

bool sim_gil_is_asked(const struct sim_run *run, uint32_t t)
{
    return gil_of(run, t)->requested;
}

// ---- Giving ----

// Timers that end within so much of each other fire together, where threads sleep on one core (the
// kernel's timer slack).
#define TOGETHER (50 * (sim_time)SIM_US)
#define AT_ONCE  8u // so many at most

// On two cores all who sleep do so on the one that the holder does not have.
static bool sleep_together(const struct sim_host *h)
{
    return h->tick > 0 && h->cores == 2;
}

// Of those who began to wait after the last switch, and whose timers fire together, the one that was
// woken last runs first, and asks: each is put as far behind the mean of its core as it is owed
// service, and draws the mean down for the next.
static uint32_t last_to_wake(const struct sim_run *run, const struct sim_gil *g, uint32_t i)
{
    sim_time end = run->now;
    for (uint32_t n = 0; n < AT_ONCE; n++) {
        uint32_t next = sim_sleepers_after(&g->waiters, end, &end);
        if (next == SIM_NONE || end > run->now + TOGETHER)
            break;
        if (g->waiters.at[next].since >= g->switched)
            i = next;
    }
    return i;
}

// Who asked is awake when the lock is dropped only where it has a core beside the dropper's. Where
// it has not, it sleeps again by then, and of two the longest waiter is next.
static uint32_t chosen(struct sim_run *run, struct sim_gil *g, bool is_alone)
{
    double u = sim_random_unit(&g->rng);
    sim_time end;
    // All have just gone to sleep, one behind the other.
    if (g->requested && sim_core_is_one(run, g->waiters.at[0].task))
        return sim_sleepers_after(&g->waiters, run->now, &end);
    const struct sim_task *asker = g->requested ? &run->tasks[g->asker] : NULL;
    bool is_there = asker && asker->state == SIM_WANTS_GIL && !is_alone;
    double asked = is_there ? g->costs->requester_wins : 0;
    g->waiters.seen =
        run->now; // an end of a sleep at the instant of a switch came before it
    if (u < asked)
        return sleep_together(host_of(run, g->asker)) ? last_to_wake(run, g, asker->slot)
                                                      : asker->slot;
    if ((is_alone && g->waiters.count == 2) ||
        u < asked + (1 - asked) * g->costs->fifo_share)
        return sim_sleepers_after(&g->waiters, run->now, &end);
    return (uint32_t)sim_random_below(&g->rng, g->waiters.count);
}

// A core that has been idle for less than this still looks for work and has not halted (Linux'
// guest_halt_poll_ns).
#define POLLS (200 * (sim_time)SIM_US)

// And one that had halted for less than that looks for so long the next time
// (guest_halt_poll_grow_start): that of a dropper, which slept until the lock was taken.
#define POLLS_AT_FIRST (50 * (sim_time)SIM_US)

// A dropper has just gone to sleep on the core of the one that is woken.
static bool is_core_awake(const struct sim_gil *g, const struct sim_host *h, sim_time now)
{
    return sleep_together(h) && g->dropped >= 0 && now - g->dropped < POLLS_AT_FIRST;
}

static sim_time wake_time(struct sim_gil *g, const struct sim_host *h, sim_time now,
                          sim_time slept, bool is_alone)
{
    sim_time d = g->costs->wake;
    sim_time switches = g->chain > 1 ? g->chain : 1;
    if (g->costs->wake_short > 0 && !is_alone &&
        (slept < POLLS || is_core_awake(g, h, now)))
        return g->costs->wake_short;
    if (g->costs->wake_spread > 1)
        d = g->wakes[sim_random_next(&g->rng) % SIM_WAKES_KEPT];
    return is_alone ? d + switches * h->switch_cost : d;
}

static void signal_one(struct sim_run *run, struct sim_gil *g)
{
    if (g->waiters.count == 0)
        return;
    const struct sim_host *h = host_of(run, g->waiters.at[0].task);
    bool is_alone = h->tick > 0 && h->count + 1 >= h->cores;
    uint32_t i = g->waiters.count == 1 ? 0 : chosen(run, g, is_alone);
    uint32_t t = g->waiters.at[i].task;
    sim_time slept = run->now - g->waiters.at[i].since;
    sim_gil_unjoin(run, g, i);
    g->wakers++;
    sim_task_sleep(run, t, SIM_WAKES, SIM_IN_GIL,
                   wake_time(g, h, run->now, slept, is_alone));
    if (sim_core_is_one(run, t))
        sim_core_signalled(run, t);
}

static void let_go(struct sim_run *run, struct sim_gil *g, uint32_t t)
{
    if (sim_core_is_one(run, t))
        sim_core_given(run, t);
    g->holder = SIM_NONE;
    run->tasks[t].flags &= (uint16_t)~SIM_HAS_GIL;
    signal_one(run, g);
}

static bool give_one_core(struct sim_run *run, struct sim_gil *g, uint32_t t)
{
    bool forced = g->requested && (g->wakers > 0 || g->runnable > 1);
    g->requested = false;
    if (!forced && !sim_core_is_preempted(run, g, t)) {
        sim_core_slept(run, g, t);
        return true;
    }
    sim_task_enter(run, t, SIM_DROPS, SIM_IN_GIL);
    sim_core_dropped(run, g, t);
    if (g->wakers == 0)
        sim_core_idle(run, g, t);
    return false;
}

bool sim_gil_give(struct sim_run *run, uint32_t t, bool sleeps)
{
    struct sim_gil *g = gil_of(run, t);
    let_go(run, g, t);
    if (sim_core_is_one(run, t))
        return give_one_core(run, g, t);
    bool forced = g->requested && g->wakers > 0;
    g->requested = false;
    if ((forced || sleeps) && g->behind != SIM_NONE)
        free_behind(run, g, host_of(run, t));
    if (forced) {
        g->dropper = t;
        sim_task_enter(run, t, SIM_DROPS, SIM_IN_GIL);
    }
    return !forced;
}

static uint32_t asker_of(struct sim_run *run, struct sim_gil *g)
{
    if (sim_core_is_one(run, g->holder))
        return sim_core_due(run, g) ? g->asker : SIM_NONE;
    return g->waiters.count > 0 ? asker_now(run, g) : SIM_NONE;
}

void sim_gil_due(struct sim_run *run, uint32_t gil)
{
    struct sim_gil *g = &run->gils[gil];
    if (g->holder == SIM_NONE || g->requested)
        return;
    uint32_t asker = asker_of(run, g);
    if (asker == SIM_NONE)
        return;
    g->waiters.seen = run->now;
    g->asker = asker;
    g->requested = true;
    uint32_t t = g->holder;
    if (run->tasks[t].state != SIM_RUNNING || run->tasks[t].cause != SIM_IN_PYTHON)
        return; // a call that keeps it: obeyed when the call has ended
    sim_host_remove(run, t);
    run->tasks[t].flags |= SIM_RESUMES;
    run->tasks[t].pc--;
    if (sim_gil_give(run, t, false))
        sim_task_ready(run, t);
}

void sim_gil_awake(struct sim_run *run, uint32_t t)
{
    struct sim_gil *g = gil_of(run, t);
    const struct sim_host *h = host_of(run, t);
    bool is_one = sim_core_is_one(run, t);
    if (!is_one && lacks_core(run, h, t)) {
        sim_heap_arm(&run->heap, run->task_timers + t, may_run_at(run, h));
        return;
    }
    g->wakers--;
    if (g->holder != SIM_NONE) {
        sim_note(run, SIM_TRACE_VAIN, t, 0, 0, run->now, run->now);
        if (is_one)
            sim_core_comes(run, g, t);
        else
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
        sim_gil_unjoin(run, g, task->slot);
    } else if (task->state != SIM_RUNNABLE) {
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
    if (!sim_core_is_one(run, t))
        return;
    sim_core_left(run, g, t);
    if (g->wakers == 0)
        sim_core_idle(run, g, t);
}
