#include "sim/world/inner.h"

// Semaphores, and the locks of an interpreter's threads.
//
// A semaphore is a line of scopes, first come first served: who leaves gives its place to the
// longest waiter.
//
// A lock of a thread (threading.Lock) is not handed over: leaving makes it free and wakes the
// longest waiter, and whoever tries first has it, as a rule the one that left and comes again,
// for it is awake. A waiter that was woken in vain goes to the end of the line. From 3.13
// on (PyMutex) one that has waited longer than the runtime's lock_handoff is given the lock.
// A thread that has only just begun to run, as after a sleep inside, finds the woken waiter
// owed more service than itself: Linux lets that one go first, and it has the lock.

// Each replica and client has its own, made at its first use.
static struct sim_semaphore *semaphore_of(struct sim_run *run, const struct sim_scope *s)
{
    uint32_t number = run->ops[s->op].a;
    size_t i = (size_t)run->tasks[s->task].station * run->model->semaphores.count + number;
    struct sim_semaphore *sem = &run->semaphores[i];
    if (!sem->is_open)
        *sem = (struct sim_semaphore){ run->model->semaphores.at[number].n, SIM_NONE,
                                       SIM_NONE, true };
    return sem;
}

// The runtime whose threads fight for it; NULL where it is handed over.
static const struct sim_runtime *threads_of(const struct sim_run *run,
                                            const struct sim_scope *s)
{
    const struct sim_station *station = &run->stations[run->tasks[s->task].station];
    bool has_threads = !station->is_client && station->loop == SIM_NONE;
    if (!run->model->semaphores.at[run->ops[s->op].a].is_lock || !has_threads)
        return NULL;
    const struct sim_service_def *def = &run->services[station->entity];
    return def->has_runtime ? &def->runtime : NULL;
}

static void join_line(struct sim_run *run, struct sim_semaphore *sem, uint32_t i)
{
    struct sim_scope *s = &run->scopes[i];
    s->prev = sem->tail;
    s->next = SIM_NONE;
    if (sem->tail == SIM_NONE)
        sem->head = i;
    else
        run->scopes[sem->tail].next = i;
    sem->tail = i;
}

static void leave_line(struct sim_run *run, struct sim_semaphore *sem,
                       const struct sim_scope *s)
{
    if (s->prev == SIM_NONE)
        sem->head = s->next;
    else
        run->scopes[s->prev].next = s->next;
    if (s->next == SIM_NONE)
        sem->tail = s->prev;
    else
        run->scopes[s->next].prev = s->prev;
}

bool sim_lock_is_free(const struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    size_t i = (size_t)run->tasks[t].station * run->model->semaphores.count + op->a;
    const struct sim_semaphore *sem = &run->semaphores[i];
    return run->model->semaphores.at[op->a].is_lock && (!sem->is_open || sem->free > 0);
}

bool sim_lock_enter(struct sim_run *run, uint32_t i)
{
    struct sim_scope *s = &run->scopes[i];
    struct sim_semaphore *sem = semaphore_of(run, s);
    if (sem->free > 0) {
        sem->free--;
        s->is_held = 1;
        return true;
    }
    join_line(run, sem, i);
    s->u.since = run->now;
    sim_task_enter(run, s->task, SIM_LINED, SIM_IN_LOCK);
    return false;
}

// ---- Leaving ----

static void give(struct sim_run *run, struct sim_scope *next)
{
    next->is_held = 1;
    sim_task_charge(run, next->task);
    run->tasks[next->task].outcome = SIM_OK;
    sim_task_ready(run, next->task);
}

static void call_first(struct sim_run *run, struct sim_semaphore *sem, sim_time wake)
{
    if (sem->head == SIM_NONE)
        return;
    struct sim_scope *next = &run->scopes[sem->head];
    leave_line(run, sem, next);
    next->is_called = 1;
    sim_heap_arm(&run->heap, run->task_timers + next->task, run->now + wake);
}

// Less than a wake-up ago it had no GIL yet: it was not running before.
static bool has_just_begun(const struct sim_run *run, const struct sim_runtime *r,
                           uint32_t t)
{
    uint32_t gil = run->stations[run->tasks[t].station].gil;
    return gil != SIM_NONE && run->gils[gil].holder == t &&
           run->now - run->gils[gil].taken < r->wake;
}

static bool is_handed(const struct sim_run *run, const struct sim_runtime *r,
                      const struct sim_scope *s, const struct sim_scope *next)
{
    if (r->lock_handoff > 0 && run->now - next->u.since > r->lock_handoff)
        return true;
    return has_just_begun(run, r, s->task);
}

static void hand_over(struct sim_run *run, struct sim_semaphore *sem, sim_time wake)
{
    struct sim_scope *next = &run->scopes[sem->head];
    if (wake == 0) {
        leave_line(run, sem, next);
        give(run, next);
        return;
    }
    next->is_held = 1;
    call_first(run, sem, wake);
}

// A waiter that goes, as at its timeout, passes a wake-up on that was meant for it.
static void give_up(struct sim_run *run, struct sim_semaphore *sem, struct sim_scope *s,
                    const struct sim_runtime *r)
{
    if (!s->is_called) {
        leave_line(run, sem, s);
        return;
    }
    sim_heap_cancel(&run->heap, run->task_timers + s->task);
    if (r && sem->free > 0)
        call_first(run, sem, r->wake);
}

void sim_lock_leave(struct sim_run *run, uint32_t i)
{
    struct sim_scope *s = &run->scopes[i];
    struct sim_semaphore *sem = semaphore_of(run, s);
    const struct sim_runtime *r = threads_of(run, s);
    if (s->is_called && s->is_held)
        sim_heap_cancel(&run->heap, run->task_timers + s->task);
    if (!s->is_held) {
        give_up(run, sem, s, r);
    } else if (sem->head == SIM_NONE) {
        sem->free++;
    } else if (!r) {
        hand_over(run, sem, 0);
    } else if (is_handed(run, r, s, &run->scopes[sem->head])) {
        hand_over(run, sem, r->wake);
    } else {
        sem->free++;
        call_first(run, sem, r->wake);
    }
}

void sim_lock_awake(struct sim_run *run, uint32_t t)
{
    uint32_t i = run->tasks[t].scope;
    struct sim_scope *s = &run->scopes[i];
    struct sim_semaphore *sem = semaphore_of(run, s);
    s->is_called = 0;
    if (!s->is_held && sem->free == 0) {
        join_line(run, sem, i);
        return;
    }
    sem->free -= !s->is_held;
    give(run, s);
}
