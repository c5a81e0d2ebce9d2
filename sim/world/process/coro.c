#include "sim/world/inner.h"

// Tasks of an event loop: how they come to it, what wakes them, and how they are cancelled, as
// asyncio's tasks.py, timeouts.py and taskgroups.py have it.
//
// Cancelling is cooperative. A task that waits has its wait cancelled, and goes on in the next
// turn with the cancellation raised where it waits; one that is in line to go on, or has not
// begun, has it raised when its turn comes; one that runs, where it next waits. A task may
// catch it and go on, and what it does then is for nobody. Each request is counted, and a
// timeout takes its own back when its scope is left: only when none is left from
// outside is the cancellation that timeout's.

static struct sim_callback callback(enum sim_callback_kind kind, uint32_t of)
{
    return (struct sim_callback){ .kind = kind, .of = of };
}

static void schedule(struct sim_run *run, uint32_t t)
{
    sim_task_enter(run, t, SIM_SCHEDULED, SIM_IN_LOOP);
}

// ---- Coming and going ----

// The connection is a socket that the next poll finds readable; a visit that gets its place
// from another's end, within that one's step, is known to the loop already.
void sim_coro_arrive(struct sim_run *run, uint32_t visit)
{
    struct sim_loop *l = sim_loop_of(run, visit);
    run->coros[visit] = (struct sim_coro){ .is_new = 1 };
    sim_memory_task(run, visit);
    schedule(run, visit);
    if (l->phase == SIM_LOOP_STEPS)
        sim_loop_soon(run, l, callback(SIM_CALLS_FUTURE, visit));
    else
        sim_loop_event(run, l, callback(SIM_CALLS_FUTURE, visit));
}

void sim_coro_born(struct sim_run *run, uint32_t branch)
{
    struct sim_loop *l = sim_loop_of(run, branch);
    sim_loop_touch(run, l);
    l->branches++;
    l->debt += l->birth;
    run->coros[branch] = (struct sim_coro){ 0 };
    sim_memory_task(run, branch);
}

void sim_coro_gone(struct sim_run *run, uint32_t branch)
{
    struct sim_loop *l = sim_loop_of(run, branch);
    sim_loop_touch(run, l);
    l->branches--;
}

// ---- Waking ----

// What the clock ends waits for the poll's timeout; sockets end a poll at once.
static bool is_timer(const struct sim_run *run, const struct sim_task *task)
{
    return task->state == SIM_SLEEPING &&
           (task->cause == SIM_IN_BACKOFF || run->ops[task->pc - 1].flags & SIM_IS_TIMER);
}

// Whether what it waited for is known inside the loop, without a poll.
static bool is_inside(const struct sim_loop *l, uint32_t t, const struct sim_task *task)
{
    return l->current == t || task->state == SIM_GATHERING || task->state == SIM_LINED ||
           task->state == SIM_READY;
}

static void end_block(struct sim_run *run, struct sim_loop *l, uint32_t t)
{
    struct sim_task *thread = &run->tasks[l->thread];
    sim_task_enter(run, t, SIM_ON_LOOP, SIM_IN_PYTHON);
    l->is_over = true;
    if (thread->state != SIM_BLOCKED)
        return;
    thread->mark = run->now; // what came before was the task's own wait
    sim_heap_arm(&run->heap, run->task_timers + l->thread, run->now + l->wake);
}

// asyncio.sleep(0) makes no future: the next turn goes on with the task.
void sim_coro_yields(struct sim_run *run, uint32_t t)
{
    run->tasks[t].outcome = SIM_OK;
    schedule(run, t);
    sim_loop_soon(run, sim_loop_of(run, t), callback(SIM_CALLS_TASK, t));
}

// A callback that will set the future that the task waits for. One that is cancelled before
// finds another number, or none, and does nothing.
static struct sim_callback setting(struct sim_run *run, struct sim_loop *l, uint32_t t)
{
    struct sim_callback c = callback(SIM_CALLS_FUTURE, t);
    c.key = run->coros[t].future = ++l->futures;
    return c;
}

void sim_coro_ready(struct sim_run *run, uint32_t t)
{
    struct sim_loop *l = sim_loop_of(run, t);
    struct sim_task *task = &run->tasks[t];
    if (l->current == t && l->phase == SIM_LOOP_BLOCKS) {
        end_block(run, l, t);
        return;
    }
    bool timer = is_timer(run, task), inside = is_inside(l, t, task);
    bool gathers = task->state == SIM_GATHERING && l->current != t;
    schedule(run, t);
    if (gathers) // the last task calls back, and that sets the future that is awaited
        sim_loop_soon(run, l, setting(run, l, t));
    else if (inside)
        sim_loop_soon(run, l, callback(SIM_CALLS_TASK, t));
    else if (timer)
        sim_loop_timer(run, l, setting(run, l, t));
    else
        sim_loop_event(run, l, setting(run, l, t));
}

// ---- Gathering ----

void sim_coro_gathers(struct sim_run *run, uint32_t t, enum sim_gathering how)
{
    run->coros[t].gathers = (uint8_t)how;
    run->coros[t].ends = 0;
    run->coros[t].abort = 0;
}

static void cancel_branches(struct sim_run *run, uint32_t t, enum sim_canceller by)
{
    uint32_t b = run->tasks[t].child;
    while (b != SIM_NONE) {
        uint32_t next = run->tasks[b].next;
        sim_coro_cancel(run, b, by);
        b = next;
    }
}

// In the next turn the group cancels its tasks.
static void abort_soon(struct sim_run *run, uint32_t t)
{
    struct sim_loop *l = sim_loop_of(run, t);
    struct sim_callback c = callback(SIM_CALLS_GROUP, t);
    c.key = run->coros[t].abort = ++l->futures;
    sim_loop_soon(run, l, c);
}

// The first error of a group cancels the others; a cancelled branch is none. The group hears of it
// in the next turn (Task.add_done_callback), and until then the others go on.
static void group_failed(struct sim_run *run, uint32_t t, enum sim_outcome outcome,
                         uint32_t status)
{
    struct sim_coro *coro = &run->coros[t];
    bool is_first = !coro->ends || run->tasks[t].outcome == SIM_CANCELLED;
    if (outcome == SIM_OK || outcome == SIM_CANCELLED || !is_first)
        return;
    bool stops = !coro->ends;
    coro->ends = 1;
    coro->status = status;
    run->tasks[t].outcome = (uint8_t)outcome;
    if (!stops)
        return;
    abort_soon(run, t);
}

#define HAS_ABORTED SIM_NONE

// Unless it has ended by then.
void sim_coro_aborts(struct sim_run *run, uint32_t t, uint64_t key)
{
    struct sim_coro *coro = &run->coros[t];
    if (coro->abort != key || run->tasks[t].state != SIM_GATHERING)
        return;
    coro->abort = HAS_ABORTED;
    cancel_branches(run, t,
                    run->tasks[t].outcome == SIM_CANCELLED ? (enum sim_canceller)coro->by
                                                           : SIM_BY_GROUP);
}

// A gather that is cancelled has only cancelled what it gathers. The first of that to end other than well
// is what it ends with, cancelled mostly, and whoever cleans up for longer does it for nobody; when all
// have ended well in spite of it, it is cancelled itself (gather's _done_callback in tasks.py).
static bool gather_fails(const struct sim_run *run, uint32_t t, enum sim_outcome outcome)
{
    return run->coros[t].gathers == SIM_GATHERS && outcome != SIM_OK &&
           !sim_hedge_waits(run, t);
}

bool sim_coro_gathered(struct sim_run *run, uint32_t t, enum sim_outcome outcome,
                       uint32_t status)
{
    const struct sim_coro *coro = &run->coros[t];
    if (coro->gathers == SIM_GROUPS) {
        group_failed(run, t, outcome, status);
    } else if (!coro->ends) {
        return false;
    } else if (gather_fails(run, t, outcome)) {
        sim_gather_finish(run, t, outcome,
                          outcome == SIM_CANCELLED ? coro->status : status);
        return true;
    }
    if (run->tasks[t].child == SIM_NONE)
        sim_gather_finish(run, t, coro->ends ? run->tasks[t].outcome : SIM_OK,
                          coro->ends ? coro->status : 200);
    return true;
}

// ---- Cancelling ----

// It goes on in the next turn, with the cancellation.
static void interrupt(struct sim_run *run, uint32_t t)
{
    run->coros[t].must_cancel = 1;
    schedule(run, t);
    sim_loop_soon(run, sim_loop_of(run, t), callback(SIM_CALLS_TASK, t));
}

// What is gathered is cancelled, and a group ends when the last of it has; what is shielded goes on. Who
// waits in a group is woken first, which takes a turn, and cancels its tasks then, unless it had
// (TaskGroup.__aexit__).
static void cancel_gathering(struct sim_run *run, uint32_t t)
{
    struct sim_coro *coro = &run->coros[t];
    if (coro->gathers == SIM_SHIELDS) {
        sim_gather_let_go(run, t);
        interrupt(run, t);
        return;
    }
    if (!coro->ends) {
        coro->ends = 1;
        coro->status = coro->by;
        run->tasks[t].outcome = SIM_CANCELLED;
    }
    if (coro->gathers != SIM_GROUPS)
        cancel_branches(run, t, coro->by);
    else if (coro->abort == 0)
        abort_soon(run, t);
}

// A semaphore that it waits for is as if it had never asked.
static void leave_line(struct sim_run *run, uint32_t t)
{
    sim_scope_close(run, t);
    interrupt(run, t);
}

void sim_coro_cancel(struct sim_run *run, uint32_t t, enum sim_canceller by)
{
    struct sim_coro *coro = &run->coros[t];
    struct sim_loop *l = sim_loop_of(run, t);
    coro->cancels++;
    coro->by = (uint8_t)by;
    switch ((enum sim_task_state)run->tasks[t].state) {
    case SIM_GATHERING:
        cancel_gathering(run, t);
        break;
    case SIM_LINED:
        leave_line(run, t);
        break;
    case SIM_SCHEDULED:
        // What it waits for has come, but the loop has not set the future yet: it is cancelled.
        if (coro->future != 0)
            interrupt(run, t);
        coro->future = 0;
        coro->must_cancel = 1;
        break;
    case SIM_ON_LOOP:
    case SIM_READY:
        coro->must_cancel = 1;
        break;
    default:
        if (l->current == t) { // it keeps the thread
            coro->must_cancel = 1;
            break;
        }
        sim_task_detach(run, t, SIM_CANCELLED);
        interrupt(run, t);
        break;
    }
}

static bool is_waiting(const struct sim_task *task)
{
    switch ((enum sim_task_state)task->state) {
    case SIM_SLEEPING:
    case SIM_CALLING:
    case SIM_AWAITING:
    case SIM_GATHERING:
    case SIM_LINED:
    case SIM_HANGING:
        return true;
    default:
        return false;
    }
}

bool sim_coro_waits(struct sim_run *run, uint32_t t)
{
    struct sim_loop *l = sim_loop_of(run, t);
    struct sim_coro *coro = &run->coros[t];
    if (!is_waiting(&run->tasks[t]))
        return false;
    if (coro->blocks)
        return true;
    if (!coro->must_cancel)
        return false;
    l->current = SIM_NONE; // it waits like any other
    coro->must_cancel = 0;
    coro->cancels--;
    sim_coro_cancel(run, t, coro->by);
    l->current = t;
    return false;
}

// ---- Timeouts ----

void sim_coro_open_timeout(struct sim_run *run, uint32_t t, uint32_t scope)
{
    run->scopes[scope].next = run->coros[t].cancels;
}

void sim_coro_expire(struct sim_run *run, uint32_t scope)
{
    const struct sim_scope *s = &run->scopes[scope];
    struct sim_callback c = callback(SIM_CALLS_TIMEOUT, scope);
    c.key = s->order;
    sim_loop_timer(run, sim_loop_of(run, s->task), c);
}

// The scope may have been left, and its slot be another's, before the loop came round to it.
void sim_coro_time_out(struct sim_run *run, uint32_t scope, uint64_t order)
{
    struct sim_scope *s = &run->scopes[scope];
    if (s->task == SIM_NONE || s->order != order || s->is_armed || s->has_fired ||
        run->ops[s->op].code != SIM_OP_LOOP_TIMEOUT)
        return;
    s->has_fired = 1;
    sim_coro_cancel(run, s->task, SIM_BY_TIMEOUT);
}

bool sim_coro_is_timeout(const struct sim_run *run, uint32_t t, uint32_t scope)
{
    const struct sim_scope *s = &run->scopes[scope];
    return s->has_fired && run->coros[t].cancels - 1u <= s->next;
}

void sim_coro_close_timeout(struct sim_run *run, uint32_t t, uint32_t scope)
{
    if (run->scopes[scope].has_fired && run->coros[t].cancels > 0)
        run->coros[t].cancels--;
}

// ---- A caller that has gone ----

// Slots are used again: the visit may have ended, and born is not set for every task.
static bool is_same_visit(const struct sim_run *run, uint32_t visit, uint32_t station,
                          uint64_t born)
{
    const struct sim_task *v = &run->tasks[visit];
    return v->state != SIM_FREE && v->state != SIM_DEAD && v->station == station &&
           v->flags & SIM_IS_INSIDE && !(v->flags & SIM_IS_ROOT) &&
           run->born[visit] == born;
}

void sim_coro_closed(struct sim_run *run, struct sim_loop *l, uint32_t visit, uint64_t born)
{
    if (is_same_visit(run, visit, l->station, born) &&
        run->tasks[visit].state != SIM_ANSWERING && run->tasks[visit].state != SIM_QUEUED)
        sim_coro_cancel(run, visit, SIM_BY_CALLER);
}

static void close_connection(struct sim_run *run, struct sim_loop *l, uint32_t visit,
                             uint64_t born)
{
    struct sim_callback c = callback(SIM_CALLS_CLOSED, visit);
    c.key = born;
    sim_loop_event(run, l, c);
}

// The word travels as a task of its own, which remembers which visit it is for.
void sim_coro_abandoned(struct sim_run *run, uint32_t visit, sim_time delay)
{
    if (delay == 0) {
        close_connection(run, sim_loop_of(run, visit), visit, run->born[visit]);
        return;
    }
    uint32_t word = sim_task_new(run, run->tasks[visit].station, 0);
    run->tasks[word].flags = SIM_IS_WORD;
    run->tasks[word].child = visit;
    run->tasks[word].request = run->tasks[visit].request;
    run->born[word] = ++run->births;
    run->work[word] = (int64_t)run->born[visit];
    run->tasks[word].state = SIM_TELLING;
    sim_heap_arm(&run->heap, run->task_timers + word, run->now + delay);
}

void sim_coro_told(struct sim_run *run, uint32_t word)
{
    struct sim_loop *l = sim_loop_of(run, word);
    uint32_t visit = run->tasks[word].child;
    uint64_t born = (uint64_t)run->work[word];
    sim_task_free(run, word);
    if (is_same_visit(run, visit, l->station, born))
        close_connection(run, l, visit, born);
}

// Its process is gone. A word is no work: none of its time is charged.
void sim_coro_unheard(struct sim_run *run, uint32_t word)
{
    sim_heap_cancel(&run->heap, run->task_timers + word);
    sim_task_free(run, word);
}

// ---- For functions of the script ----

struct sim_task_ref sim_run_spawn(struct sim_run *run, uint32_t task, uint32_t pc)
{
    sim_run_grown(run);
    uint32_t branch = sim_gather_spawn(run, task, pc);
    return (struct sim_task_ref){ branch, run->born[branch] };
}

void sim_run_cancel(struct sim_run *run, struct sim_task_ref ref)
{
    const struct sim_task *task = &run->tasks[ref.task];
    if (task->state != SIM_FREE && task->state != SIM_DEAD && task->flags & SIM_IS_BRANCH &&
        run->born[ref.task] == ref.born)
        sim_coro_cancel(run, ref.task, SIM_BY_TASK);
}
