#include <assert.h>

#include "sim/world/inner.h"

// The first use of a slot is what costs memory. Past the cap the run stops behind this event,
// which never takes more slots than the pools have to spare.
uint32_t sim_task_first_use(struct sim_run *run)
{
    uint32_t t = run->task_used++;
    sim_run_take(run, sizeof(struct sim_task) + sizeof(uint32_t));
    if (run->task_used + SIM_SPARE > run->task_limit)
        sim_run_stop(run, "more tasks at once than a run can hold");
    return t;
}

void sim_task_free_more(struct sim_run *run, uint32_t t)
{
    if (run->uses_fields)
        sim_fields_drop(run, t);
    if (run->uses_deadlines)
        run->deadlines[t] = 0;
    if (run->uses_push_back)
        run->pushed[t] = 0;
    if (run->says_sizes)
        run->sizes[t].reply = 0;
    if (run->redelivers)
        sim_broker_forget(run, t);
    if (run->publishes)
        run->messages[t].is_published = false;
    sim_memory_release(run, t);
}

// The task's place in a paused process' list of those that want to go on.
static void park(struct sim_run *run, uint32_t t, struct sim_station *s)
{
    sim_task_enter(run, t, SIM_READY, SIM_IN_PAUSE);
    run->tasks[t].flags |= SIM_IS_PARKED;
    s->parked++;
}

// Where a process is paused nobody goes on; tasks of an event loop do so when it comes round
// to them. False: it has been put where it has to wait.
static __attribute__((noinline)) bool go_straight(struct sim_run *run, uint32_t t,
                                                  struct sim_station *s)
{
    if (s->is_paused)
        park(run, t, s);
    else if (run->tasks[t].flags & (SIM_IS_LOOP | SIM_IS_THREAD))
        return true;
    else
        sim_coro_ready(run, t);
    return false;
}

void sim_task_ready(struct sim_run *run, uint32_t t)
{
    struct sim_station *s = sim_station_of(run, t);
    if (s->detours && !go_straight(run, t, s))
        return;
    run->tasks[t].state = SIM_READY;
    sim_ring_push(&run->ring, t);
}

// Whoever awaits a call lives through its time with it; both began at the same instant.
__attribute__((noinline)) bool sim_task_charge_pooled(struct sim_run *run, uint32_t t,
                                                      enum sim_cause cause, sim_time d)
{
    struct sim_task *task = &run->tasks[t];
    if (task->flags & SIM_IS_LOOP) {
        sim_loop_charge(run, t, cause, d);
        return false;
    }
    if (task->flags & SIM_IS_SERVANT) {
        task->mark += d;
        return false;
    }
    if (task->parent != SIM_NONE)
        sim_task_charge_as(run, task->parent, cause, d);
    return true;
}

void sim_task_sleep(struct sim_run *run, uint32_t t, enum sim_task_state state,
                    enum sim_cause cause, sim_time d)
{
    sim_task_enter(run, t, state, cause);
    sim_heap_arm(&run->heap, run->task_timers + t, run->now + d);
}

void sim_task_detach(struct sim_run *run, uint32_t t, enum sim_outcome why)
{
    struct sim_task *task = &run->tasks[t];
    switch ((enum sim_task_state)task->state) {
    case SIM_QUEUED:
        sim_station_unqueue(run, t);
        break;
    case SIM_RUNNING:
        sim_host_remove(run, t);
        break;
    case SIM_WANTS_GIL:
    case SIM_RUNNABLE:
    case SIM_WAKES:
    case SIM_DROPS:
        sim_gil_leave(run, t);
        break;
    case SIM_SLEEPING:
    case SIM_SENDING:
    case SIM_ANSWERING:
    case SIM_RETURNING:
    case SIM_POLLING:
    case SIM_BLOCKED:
        sim_heap_cancel(&run->heap, run->task_timers + t);
        break;
    case SIM_CALLING:
        sim_call_abandon(run, t, why);
        break;
    case SIM_GATHERING:
        sim_gather_drop(run, t);
        break;
    case SIM_AWAITING:
        sim_pool_abandon(run, t);
        break;
    case SIM_IDLE:
        sim_pool_leave(run, t);
        break;
    default:
        break;
    }
}

// On record each delivery of a message has a time of its own.
static void note_end(struct sim_run *run, uint32_t t, uint32_t status, uint32_t outcome)
{
    const struct sim_task *task = &run->tasks[t];
    bool is_message = sim_station_of(run, t)->consumes && !(task->flags & SIM_IS_BRANCH);
    sim_time begin = is_message ? run->messages[t].since : task->start;
    if (task->flags & SIM_IS_SERVANT)
        return;
    bool waited_for = task->parent != SIM_NONE || task->flags & SIM_IS_ROOT ||
                      run->stations[task->station].is_client;
    uint32_t code = waited_for ? outcome : outcome | SIM_TRACE_ABANDONED;
    sim_note(run, SIM_TRACE_END, t, status, code, begin, run->now);
}

SIM_INLINE void close(struct sim_run *run, uint32_t t, enum sim_outcome outcome,
                      uint32_t status)
{
    sim_task_charge(run, t);
    sim_digest_add(&run->digest, (uint64_t)sim_station_of(run, t)->number << 16 |
                                     (uint64_t)outcome << 8 | 0xff);
    if (run->tracing)
        note_end(run, t, status, outcome);
}

void sim_task_close(struct sim_run *run, uint32_t t, enum sim_outcome outcome,
                    uint32_t status)
{
    close(run, t, outcome, status);
}

static __attribute__((noinline)) void end_branch(struct sim_run *run, uint32_t t,
                                                 enum sim_outcome outcome, uint32_t status)
{
    if (run->tasks[t].flags & SIM_IS_CALL) {
        sim_pool_ended(run, t, outcome, status);
        return;
    }
    close(run, t, outcome, status);
    sim_gather_ended(run, t, outcome, status);
}

void sim_task_end(struct sim_run *run, uint32_t t, enum sim_outcome outcome,
                  uint32_t status)
{
    if (run->tasks[t].flags & SIM_IS_BRANCH) {
        end_branch(run, t, outcome, status);
        return;
    }
    close(run, t, outcome, status);
    if (sim_station_of(run, t)->is_client)
        sim_client_ended(run, t, outcome, status);
    else
        sim_station_leave(run, t, outcome, status);
}

void sim_task_kill(struct sim_run *run, uint32_t t)
{
    struct sim_task *task = &run->tasks[t];
    bool in_ring =
        (task->state == SIM_READY && !(task->flags & SIM_IS_PARKED)) ||
        (task->state == SIM_SENDING && !sim_heap_armed(&run->heap, run->task_timers + t));
    sim_task_detach(run, t, SIM_CANCELLED);
    sim_task_charge(run, t);
    if (run->tracing)
        note_end(run, t, 0, SIM_CANCELLED);
    if (task->flags & SIM_HAS_GIL)
        sim_gil_leave(run, t);
    while (run->tasks[t].scope != SIM_NONE)
        sim_scope_drop(run, t);
    if (task->flags & SIM_IS_PARKED)
        sim_station_of(run, t)->parked--;
    if (task->flags & SIM_IS_CALL) {
        sim_pool_leave(run, t);
    } else if (task->flags & SIM_IS_BRANCH) {
        sim_gather_unlink(run, t);
        if (sim_loop_of(run, t))
            sim_coro_gone(run, t);
    }
    if (in_ring)
        task->state = SIM_DEAD;
    else
        sim_task_free(run, t);
}
