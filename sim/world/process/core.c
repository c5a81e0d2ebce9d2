#include "sim/world/inner.h"

// The threads of the GILs on a host of one core. Whoever wants a lock needs the core before it can
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
// - Who wakes another is there still for that one, and draws the mean; it is overtaken by it in the
//   midst of sending, where that one is owed more, and so it is by whom it wakes for a lock.
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

static struct sim_gil *gil_of(const struct sim_run *run, uint32_t t)
{
    return &run->gils[run->stations[run->tasks[t].station].gil];
}

static struct sim_core *core_of(const struct sim_run *run, uint32_t t)
{
    return &run->cores[run->stations[run->tasks[t].station].host];
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

// One went to sleep at this instant, and whoever wakes now was woken by it.
static bool has_waker(const struct sim_run *run, const struct sim_core *c)
{
    return c->left == run->now;
}

static void take_out(struct sim_run *run, uint32_t t)
{
    struct sim_core *c = core_of(run, t);
    sim_turns_remove(&c->turns, run->turn_of, t);
    gil_of(run, t)->runnable--;
    if (c->current != t)
        return;
    c->current = SIM_NONE;
    c->ran = run->now;
}

// Who wakes another by what it sends is overtaken by it in the midst of sending, where that one is
// owed more, and goes to sleep when it has the core again.
static void overtake(struct sim_run *run, struct sim_core *c, uint32_t t)
{
    uint32_t sender = c->sender;
    if (sender == SIM_NONE || sender == t || run->turn_of[sender].is_runnable)
        return;
    if (!sim_turns_restore(&c->turns, run->turn_of, sender))
        return;
    gil_of(run, sender)->runnable++;
    c->left = -1;
    c->turns.kept = run->turn_of[sender].deadline;
    if (sim_turns_next(&c->turns, run->turn_of, sender, true) == sender)
        take_out(run, sender);
}

static bool add(struct sim_run *run, uint32_t t)
{
    struct sim_core *c = core_of(run, t);
    struct sim_gil *g = gil_of(run, t);
    uint32_t room = c->turns.room;
    know(run, g, t);
    c->turns.has_waker = has_waker(run, c);
    if (!sim_turns_add(&c->turns, run->turn_of, t)) {
        sim_run_stop(run, "the machine has no memory left for threads of a GIL");
        return false;
    }
    g->runnable++;
    g->has_turns = true;
    if (c->turns.room > room)
        sim_run_take(run, (c->turns.room - room) * sizeof *c->turns.at);
    if (has_waker(run, c)) {
        if (c->sender == SIM_NONE)
            c->left_gil->left_owed = sim_turns_owed_to_waker(&c->turns);
        overtake(run, c, t);
    }
    return true;
}

// It wants the lock, or has to see that it is taken.
static bool wants_lock(const struct sim_run *run, uint32_t t)
{
    uint8_t state = run->tasks[t].state;
    return state == SIM_RUNNABLE || state == SIM_WAKES || state == SIM_DROPS;
}

// In the midst of sending: it waits for something else by now, and does not go on at this instant.
static bool is_sending(const struct sim_run *run, uint32_t t)
{
    return !(run->tasks[t].flags & SIM_HAS_GIL) && !wants_lock(run, t) &&
           run->tasks[t].state != SIM_READY;
}

// Who is next where nobody has the core. One in the midst of sending gets round to sleeping.
static uint32_t next_awake(struct sim_run *run, struct sim_core *c)
{
    for (;;) {
        uint32_t t = sim_turns_next(&c->turns, run->turn_of, SIM_NONE, false);
        if (t == SIM_NONE || !is_sending(run, t))
            return t;
        take_out(run, t);
    }
}

// Nobody has had the core since one went to sleep: who had it, as it turns out.
static void elect(struct sim_run *run, struct sim_core *c)
{
    uint32_t t = next_awake(run, c);
    if (t == SIM_NONE || gil_of(run, t)->holder != t)
        return;
    c->current = t;
    c->turns.kept = run->turn_of[t].deadline;
}

// The service up to now of who has the core. True: its slice is over, and others are runnable.
static bool charge(struct sim_run *run, struct sim_core *c)
{
    if (c->current == SIM_NONE)
        elect(run, c);
    if (c->current == SIM_NONE)
        return false;
    sim_time d = run->now - c->ran;
    c->ran = run->now;
    return sim_turns_ran(&c->turns, run->turn_of, c->current, d);
}

static void give_core(struct sim_run *run, struct sim_core *c, uint32_t t)
{
    c->current = t;
    c->ran = run->now;
    c->turns.kept = run->turn_of[t].deadline;
}

// Who has just woken it goes to sleep next, and then nobody has the core.
static bool is_next(const struct sim_run *run, const struct sim_core *c, uint32_t t)
{
    bool is_kept = c->left != run->now;
    return sim_turns_next(&c->turns, run->turn_of, c->current, is_kept) == t;
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
    if (core_of(run, g->holder)->turns.count > 1) {
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

// Everybody who is owed more than who has the core has it before that one goes on. True: somebody
// has asked for the lock g; of others that is looked at in a moment.
static bool go_round(struct sim_run *run, struct sim_core *c, struct sim_gil *g)
{
    bool is_asked = false;
    g->chain = 0;
    while (g->chain < AT_ONCE) {
        uint32_t t = sim_turns_next(&c->turns, run->turn_of, c->current, false);
        if (t != SIM_NONE && is_sending(run, t)) {
            if (c->left == run->now)
                break; // an answer may come before it sleeps
            take_out(run, t);
            continue;
        }
        struct sim_gil *of = t == SIM_NONE ? NULL : gil_of(run, t);
        if (of && of->holder == t)
            give_core(run, c, t);
        if (!of || of->holder == SIM_NONE || !wants_lock(run, t))
            break;
        g->chain++;
        sim_turns_ran(&c->turns, run->turn_of, t, CHORE);
        take_out(run, t);
        if (!sleeps_again(run, of, t))
            continue;
        if (of == g) {
            is_asked = true;
        } else {
            of->is_asking = true;
            sim_heap_arm(&run->heap, timer_of(run, of), run->now);
        }
    }
    if (c->current != SIM_NONE)
        c->turns.kept = run->turn_of[c->current].deadline;
    return is_asked;
}

static void make_runnable(struct sim_run *run, uint32_t t, sim_time began)
{
    sim_task_enter(run, t, SIM_RUNNABLE, SIM_IN_GIL);
    if (!run->turn_of[t].is_runnable && !add(run, t))
        return;
    run->turn_of[t].began = began;
}

void sim_core_comes(struct sim_run *run, struct sim_gil *g, uint32_t t)
{
    struct sim_core *c = core_of(run, t);
    bool is_over = charge(run, c);
    make_runnable(run, t, -1);
    g->is_asking = (is_over || is_next(run, c, t)) && go_round(run, c, g);
    if (g->is_asking)
        sim_heap_arm(&run->heap, timer_of(run, g), run->now);
    else
        arm(run, g);
}

bool sim_core_is_preempted(struct sim_run *run, struct sim_gil *g, uint32_t t)
{
    struct sim_core *c = core_of(run, t);
    if (g->wakers == 0 || !run->turn_of[t].is_runnable)
        return false;
    uint32_t next = sim_turns_next(&c->turns, run->turn_of, t, true);
    return next != t && run->tasks[next].state == SIM_WAKES;
}

bool sim_core_is_overtaken(struct sim_run *run, struct sim_gil *g, uint32_t t)
{
    struct sim_core *c = core_of(run, t);
    if (g->wakers == 0)
        return false;
    charge(run, c);
    if (!run->turn_of[t].is_runnable && !add(run, t))
        return false;
    uint32_t next = sim_turns_next(&c->turns, run->turn_of, SIM_NONE, false);
    if (next == t || run->tasks[next].state != SIM_WAKES || gil_of(run, next) != g)
        return false;
    make_runnable(run, t, -1);
    return true;
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
    struct sim_core *c = core_of(run, g->holder);
    bool is_over = charge(run, c);
    bool is_tick = run->now % host_of(run, g->holder)->tick == 0;
    uint32_t count = wake_sleepers(run, g, woken);
    bool goes_round = is_over && (is_tick || count > 0);
    for (uint32_t i = 0; i < count; i++) {
        goes_round = goes_round || (c->current != SIM_NONE &&
                                    sim_turns_ran(&c->turns, run->turn_of, c->current, 0));
        make_runnable(run, woken[i], run->turn_of[woken[i]].began);
        goes_round = goes_round || is_next(run, c, woken[i]);
    }
    bool is_asked = goes_round && go_round(run, c, g);
    if (!is_asked)
        arm(run, g);
    return is_asked;
}

void sim_core_waits(struct sim_run *run, struct sim_gil *g, uint32_t t)
{
    struct sim_core *c = core_of(run, t);
    if (run->turn_of[t].is_runnable) {
        charge(run, c);
        sim_turns_ran(&c->turns, run->turn_of, t, CHORE);
        take_out(run, t);
    }
    know(run, g, t);
    arm(run, g);
}

// ---- Taking and giving ----

void sim_core_taken(struct sim_run *run, struct sim_gil *g)
{
    struct sim_core *c = core_of(run, g->holder);
    if (!run->turn_of[g->holder].is_runnable && !add(run, g->holder))
        return;
    if (c->current != SIM_NONE)
        charge(run, c);
    if (c->current == SIM_NONE || is_next(run, c, g->holder))
        give_core(run, c, g->holder);
    arm(run, g);
}

void sim_core_signalled(struct sim_run *run, uint32_t t)
{
    if (!run->turn_of[t].is_runnable)
        add(run, t);
}

void sim_core_dropped(struct sim_run *run, struct sim_gil *g, uint32_t t)
{
    if (g->runnable <= MANY / 4 || g->waiters.count <= MANY ||
        !(run->tasks[t].flags & SIM_RESUMES))
        return;
    take_out(run, t);
    sleeps_again(run, g, t);
}

void sim_core_given(struct sim_run *run, uint32_t t)
{
    struct sim_core *c = core_of(run, t);
    charge(run, c);
    if (c->current != t)
        return;
    c->current = SIM_NONE;
    c->ran = run->now;
}

// Who has the core is gone: another lock's holder may have it.
static void pass_on(struct sim_run *run, struct sim_core *c, struct sim_gil *g)
{
    if (c->current == SIM_NONE && c->turns.count > g->runnable && go_round(run, c, g)) {
        g->is_asking = true;
        sim_heap_arm(&run->heap, timer_of(run, g), run->now);
    }
}

// It goes to sleep, or ends. Whom it wakes by that at this instant is put beside it. `sender`: the task,
// which that one may overtake, or SIM_NONE.
static void leave(struct sim_run *run, struct sim_gil *g, uint32_t t, uint32_t sender)
{
    struct sim_core *c = core_of(run, t);
    if (!run->turn_of[t].is_runnable)
        return;
    c->turns.waker = run->turn_of[t].had;
    c->left = run->now;
    c->left_gil = g;
    c->sender = sender;
    take_out(run, t);
}

// It has gone to sleep, with the lock free: who is runnable has the core, and with it the lock.
void sim_core_slept(struct sim_run *run, struct sim_gil *g, uint32_t t)
{
    // A call goes to and fro between the processes of a pool, and so is a thread of each in turn.
    leave(run, g, t, run->tasks[t].flags & SIM_IS_CALL ? SIM_NONE : t);
    sim_core_idle(run, g, t);
    pass_on(run, core_of(run, t), g);
}

// Of those that want this lock.
static uint32_t next_of(struct sim_run *run, struct sim_core *c, const struct sim_gil *g)
{
    uint32_t next = next_awake(run, c);
    if (next == SIM_NONE || (gil_of(run, next) == g && wants_lock(run, next)))
        return next;
    next = SIM_NONE;
    for (uint32_t i = 0; i < c->turns.count; i++) {
        uint32_t t = c->turns.at[i];
        if (gil_of(run, t) == g && wants_lock(run, t) &&
            (next == SIM_NONE || run->turn_of[t].deadline < run->turn_of[next].deadline))
            next = t;
    }
    return next;
}

void sim_core_idle(struct sim_run *run, struct sim_gil *g, uint32_t by)
{
    struct sim_core *c = core_of(run, by);
    if (g->runnable == 0 || g->holder != SIM_NONE)
        return;
    uint32_t t = next_of(run, c, g);
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
    struct sim_gil *g = gil_of(run, t);
    if (!run->turn_of[t].is_runnable)
        return;
    take_out(run, t);
    // It sleeps next, with the lock free: another dropper may have the core.
    if (!(run->tasks[t].flags & SIM_RESUMES) && g->wakers == 0)
        sim_core_idle(run, g, t);
}

void sim_core_left(struct sim_run *run, struct sim_gil *g, uint32_t t)
{
    leave(run, g, t, SIM_NONE);
    pass_on(run, core_of(run, t), g);
}

void sim_core_forget(struct sim_run *run, uint32_t t)
{
    struct sim_core *c = core_of(run, t);
    if (c->sender == t)
        c->sender = SIM_NONE;
    if (run->turn_of[t].is_runnable)
        take_out(run, t);
}
