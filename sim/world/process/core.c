#include "sim/world/inner.h"

// The threads of a GIL on a host of one core. Whoever wants the lock needs the core before it can
// so much as begin to wait, and so does the waiter whose interval is over before it can ask.
// Whose turn it is the kernel decides (turns.h), at these moments only: when a thread wakes, when
// the kernel's clock ticks, and when the one that runs goes to sleep. Traced on Linux 6.18 with
// CPython 3.11:
//
// - Who drops on request is overtaken by the waiter that it wakes, in the midst of dropping. It
//   begins its wait when it has the core again: at the next tick as a rule, or as waiters wake.
// - Waiters' timers end together, within the slack of the kernel's timers, and go on together.
// - A thread that wakes from input has the core at once where it is owed service, and is
//   otherwise runnable until the tick.
//
// Runnable beside the holder are SIM_DROPS tasks and SIM_RUNNABLE ones. What threads do
// between two sleeps takes microseconds; it counts as service and takes no time here.

#define CHORE (7 * (sim_time)SIM_US) // of a thread that has the core only to sleep again

// Timers that end within so much of each other fire together (the kernel's timer slack).
#define TOGETHER (50 * (sim_time)SIM_US)

// So many threads go on at one moment at most.
#define AT_ONCE 16u

// Where more than so many wait, only the one whose turn it is to ask is looked at as it wakes, and
// no more than a quarter of that are runnable beside the holder: a switch costs the same with any number.
#define MANY 16u

static uint32_t timer_of(const struct sim_run *run, const struct sim_gil *g)
{
    return run->gil_timers + (uint32_t)(g - run->gils);
}

static const struct sim_host *host_of(const struct sim_run *run, uint32_t t)
{
    return &run->hosts[run->stations[run->tasks[t].station].host];
}

bool sim_core_is_one(const struct sim_run *run, uint32_t t)
{
    const struct sim_host *h = host_of(run, t);
    return h->cores == 1 && h->tick > 0;
}

// A visit is served by a thread of a pool that has slept since the last one, and has kept what it
// was owed then.
static void know(struct sim_run *run, const struct sim_gil *g, uint32_t t)
{
    struct sim_turn *x = &run->turn_of[t];
    if (!x->is_known)
        x->owed = g->left_owed;
    x->is_known = true;
}

static bool add(struct sim_run *run, struct sim_gil *g, uint32_t t)
{
    uint32_t room = g->turns.room;
    know(run, g, t);
    if (!sim_turns_add(&g->turns, run->turn_of, t)) {
        sim_run_stop(run, "the machine has no memory left for threads of a GIL");
        return false;
    }
    if (g->turns.room > room)
        sim_run_take(run, (g->turns.room - room) * sizeof *g->turns.at);
    return true;
}

// The holder's service up to now. True: its slice is over, and others are runnable.
static bool charge_holder(struct sim_run *run, struct sim_gil *g)
{
    if (g->holder == SIM_NONE || !run->turn_of[g->holder].is_runnable)
        return false;
    sim_time d = run->now - g->ran;
    g->ran = run->now;
    return sim_turns_ran(&g->turns, run->turn_of, g->holder, d);
}

static bool is_next(const struct sim_run *run, const struct sim_gil *g, uint32_t t)
{
    return sim_turns_next(&g->turns, run->turn_of, g->holder, true) == t;
}

// Waiters wake at their phases, and where others are runnable the tick counts.
static void arm(struct sim_run *run, struct sim_gil *g)
{
    sim_time at = SIM_NEVER, end;
    if (g->holder == SIM_NONE || g->requested)
        return;
    if (g->waiters.count > 0) {
        sim_time from = run->now + 1, asks = g->switched + g->waiters.turn;
        sim_sleepers_from(&g->waiters, g->waiters.count > MANY && asks > from ? asks : from,
                          &end);
        at = end;
    }
    if (g->turns.count > 1) {
        sim_time tick = host_of(run, g->holder)->tick;
        end = run->now + tick - run->now % tick;
        at = end < at ? end : at;
    }
    if (at == SIM_NEVER)
        sim_heap_cancel(&run->heap, timer_of(run, g));
    else
        sim_heap_arm(&run->heap, timer_of(run, g), at);
}

// ---- The core goes round ----

// It runs, sees that the lock is taken, and sleeps. True: it has asked for it.
static bool sleeps_again(struct sim_run *run, struct sim_gil *g, uint32_t t)
{
    sim_time began = run->turn_of[t].began;
    if (run->tasks[t].state == SIM_DROPS && !(run->tasks[t].flags & SIM_RESUMES)) {
        sim_heap_arm(&run->heap, run->task_timers + t, run->now); // to let go of it at last
        return false;
    }
    // It was on its way to the lock when another took it.
    if (run->tasks[t].state == SIM_WAKES)
        g->wakers--;
    sim_heap_cancel(&run->heap, run->task_timers + t);
    run->tasks[t].state = SIM_WANTS_GIL;
    run->tasks[t].outcome = SIM_OK;
    sim_gil_join(run, g, t);
    if (began < g->switched)
        return false;
    g->asker = t;
    return true;
}

// Everybody who is owed more than the holder has the core before it goes on. True: somebody has
// asked for the lock.
static bool go_round(struct sim_run *run, struct sim_gil *g)
{
    bool is_asked = false;
    uint32_t current = g->holder;
    g->chain = 0;
    while (g->chain < AT_ONCE) {
        uint32_t t = sim_turns_next(&g->turns, run->turn_of, current, false);
        if (t == SIM_NONE || t == g->holder)
            break;
        g->chain++;
        sim_turns_ran(&g->turns, run->turn_of, t, CHORE);
        sim_turns_remove(&g->turns, run->turn_of, t);
        is_asked = sleeps_again(run, g, t) || is_asked;
        current = g->holder;
    }
    if (g->holder != SIM_NONE)
        g->turns.kept = run->turn_of[g->holder].deadline;
    return is_asked;
}

static void make_runnable(struct sim_run *run, struct sim_gil *g, uint32_t t,
                          sim_time began)
{
    sim_task_enter(run, t, SIM_RUNNABLE, SIM_IN_GIL);
    if (!run->turn_of[t].is_runnable && !add(run, g, t))
        return;
    run->turn_of[t].began = began;
}

void sim_core_comes(struct sim_run *run, struct sim_gil *g, uint32_t t)
{
    bool is_over = charge_holder(run, g);
    make_runnable(run, g, t, -1);
    g->is_asking = (is_over || is_next(run, g, t)) && go_round(run, g);
    if (g->is_asking)
        sim_heap_arm(&run->heap, timer_of(run, g), run->now);
    else
        arm(run, g);
}

// Takes those out whose sleeps end now.
static uint32_t wake_sleepers(struct sim_run *run, struct sim_gil *g, uint32_t *woken)
{
    uint32_t count = 0, most = g->waiters.count > MANY ? 1 : AT_ONCE;
    sim_time end;
    while (count < most) {
        uint32_t i = sim_sleepers_from(&g->waiters, run->now, &end);
        if (i == SIM_NONE || end > run->now + TOGETHER)
            break;
        uint32_t t = g->waiters.at[i].task;
        sim_gil_unjoin(run, g, i);
        run->turn_of[t].began = end - g->waiters.turn;
        woken[count++] = t;
    }
    return count;
}

bool sim_core_due(struct sim_run *run, struct sim_gil *g)
{
    uint32_t woken[AT_ONCE];
    if (g->is_asking) {
        g->is_asking = false;
        return true;
    }
    bool is_over = charge_holder(run, g);
    bool is_tick = run->now % host_of(run, g->holder)->tick == 0;
    uint32_t count = wake_sleepers(run, g, woken);
    bool goes_round = is_over && (is_tick || count > 0);
    for (uint32_t i = 0; i < count; i++) {
        goes_round = goes_round || sim_turns_ran(&g->turns, run->turn_of, g->holder, 0);
        make_runnable(run, g, woken[i], run->turn_of[woken[i]].began);
        goes_round = goes_round || is_next(run, g, woken[i]);
    }
    bool is_asked = goes_round && go_round(run, g);
    if (!is_asked)
        arm(run, g);
    return is_asked;
}

void sim_core_waits(struct sim_run *run, struct sim_gil *g, uint32_t t)
{
    if (run->turn_of[t].is_runnable) {
        charge_holder(run, g);
        sim_turns_ran(&g->turns, run->turn_of, t, CHORE);
        sim_turns_remove(&g->turns, run->turn_of, t);
    }
    know(run, g, t);
    arm(run, g);
}

// ---- Taking and giving ----

void sim_core_taken(struct sim_run *run, struct sim_gil *g)
{
    if (!run->turn_of[g->holder].is_runnable && !add(run, g, g->holder))
        return;
    g->ran = run->now;
    g->turns.kept = run->turn_of[g->holder].deadline;
    arm(run, g);
}

void sim_core_signalled(struct sim_run *run, struct sim_gil *g, uint32_t t)
{
    if (!run->turn_of[t].is_runnable)
        add(run, g, t);
}

void sim_core_dropped(struct sim_run *run, struct sim_gil *g, uint32_t t)
{
    if (g->turns.count <= MANY / 4 || g->waiters.count <= MANY ||
        !(run->tasks[t].flags & SIM_RESUMES))
        return;
    sim_turns_remove(&g->turns, run->turn_of, t);
    sleeps_again(run, g, t);
}

void sim_core_given(struct sim_run *run, struct sim_gil *g, uint32_t t)
{
    g->holder = t;
    charge_holder(run, g);
    g->holder = SIM_NONE;
}

// It has gone to sleep, with the lock free: who is runnable has the core, and with it the lock.
void sim_core_slept(struct sim_run *run, struct sim_gil *g, uint32_t t)
{
    if (run->turn_of[t].is_runnable)
        sim_turns_remove(&g->turns, run->turn_of, t);
    sim_core_idle(run, g);
}

void sim_core_idle(struct sim_run *run, struct sim_gil *g)
{
    if (g->turns.count == 0 || g->holder != SIM_NONE)
        return;
    uint32_t t = sim_turns_next(&g->turns, run->turn_of, SIM_NONE, false);
    if (t == SIM_NONE || run->tasks[t].state == SIM_WAKES)
        return;
    sim_time wake = g->costs->wake + host_of(run, t)->switch_cost;
    if (run->tasks[t].state == SIM_DROPS) {
        if (!sim_heap_armed(&run->heap, run->task_timers + t))
            sim_heap_arm(&run->heap, run->task_timers + t, run->now + wake);
        return;
    }
    g->wakers++;
    sim_task_sleep(run, t, SIM_WAKES, SIM_IN_GIL, wake);
}

void sim_core_goes_on(struct sim_run *run, uint32_t t)
{
    struct sim_gil *g = &run->gils[run->stations[run->tasks[t].station].gil];
    if (run->turn_of[t].is_runnable)
        sim_turns_remove(&g->turns, run->turn_of, t);
}

void sim_core_left(struct sim_run *run, struct sim_gil *g, uint32_t t)
{
    if (run->turn_of[t].is_runnable)
        sim_turns_remove(&g->turns, run->turn_of, t);
}
