#include <stdio.h>
#include <string.h>

#include "sim/world/inner.h"

// The loop that takes the events of a run in order, and what ends it.

void sim_run_stop(struct sim_run *run, const char *reason)
{
    if (!run->stop)
        snprintf(run->reason, sizeof run->reason, "%s", reason);
    run->stop = true;
}

void sim_run_take(struct sim_run *run, uint64_t bytes)
{
    char text[160];
    run->memory += bytes;
    if (run->memory <= run->limits.memory_bytes)
        return;
    snprintf(text, sizeof text, "the run needs more than its %.0f MiB of memory (--memory)",
             (double)run->limits.memory_bytes / (1 << 20));
    sim_run_stop(run, text);
}

static __attribute__((noinline)) void loop_due(struct sim_run *run, uint32_t t)
{
    switch ((enum sim_task_state)run->tasks[t].state) {
    case SIM_POLLING:
    case SIM_BLOCKED:
        sim_loop_woken(run, t);
        break;
    case SIM_BEATING:
        sim_loop_beat(run, t);
        break;
    case SIM_TELLING:
        sim_coro_told(run, t);
        break;
    default:
        break;
    }
}

static void task_due(struct sim_run *run, uint32_t t)
{
    switch ((enum sim_task_state)run->tasks[t].state) {
    case SIM_QUEUED:
        sim_station_impatient(run, t);
        break;
    case SIM_WAKES:
        sim_gil_awake(run, t);
        break;
    case SIM_LINED:
        sim_lock_awake(run, t);
        break;
    case SIM_GATHERING:
        sim_hedge_due_now(run, t);
        break;
    case SIM_DROPS:
        sim_core_goes_on(run, t);
        // fallthrough
    case SIM_SLEEPING:
        sim_task_charge(run, t);
        if (sim_station_of(run, t)->detours) {
            run->tasks[t].outcome = SIM_OK;
            sim_task_ready(run, t);
        } else {
            run->tasks[t].state = SIM_READY;
            sim_step_answer(run, t, SIM_OK, 200);
        }
        break;
    case SIM_SENDING:
        sim_station_arrive(run, t);
        break;
    case SIM_ANSWERING:
        sim_call_arrived(run, t);
        break;
    case SIM_THINKING:
        sim_client_think_over(run, t);
        break;
    case SIM_RETURNING:
        sim_pool_returned(run, t);
        break;
    default:
        loop_due(run, t);
        break;
    }
}

// A source nearly always arms its timer again, and soon: the timer stays at the top meanwhile
// and sinks from there.
static void source_due(struct sim_run *run, uint32_t source)
{
    uint64_t key = run->heap.at[0].key;
    sim_client_due(run, source);
    if (run->heap.at[0].key == key && sim_heap_due(&run->heap) == run->now)
        sim_heap_drop(&run->heap);
}

SIM_INLINE void fire(struct sim_run *run)
{
    uint32_t timer = sim_heap_first(&run->heap);
    if (timer < run->host_timers) {
        source_due(run, timer);
        return;
    }
    if (timer < run->gil_timers) {
        sim_host_due(run, timer - run->host_timers);
        return;
    }
    sim_heap_drop(&run->heap);
    if (timer >= run->task_timers && timer < run->scope_timers)
        task_due(run, timer - run->task_timers);
    else if (timer < run->task_timers)
        sim_gil_due(run, timer - run->gil_timers);
    else if (timer >= run->lane_timers)
        sim_scope_lane_due(run, timer - run->lane_timers);
    else
        sim_scope_due(run, timer - run->scope_timers);
}

static void take_ready(struct sim_run *run, uint32_t t)
{
    struct sim_task *task = &run->tasks[t];
    if (task->state == SIM_DEAD)
        sim_task_free(run, t);
    else if (task->state == SIM_SENDING)
        sim_station_arrive(run, t);
    else if (task->state == SIM_ANSWERING)
        sim_client_answered(run, t);
    else
        sim_step_answer(run, t, task->outcome, task->slot);
}

// Limits are looked at once in so many events.
#define CHECK_EVERY 1024

static void check_limits(struct sim_run *run)
{
    char text[160];
    run->events_here = run->now == run->checked_at ? run->events_here + CHECK_EVERY : 0;
    run->checked_at = run->now;
    if (run->events > run->limits.events) {
        snprintf(text, sizeof text, "more than %.0f events (--events)",
                 (double)run->limits.events);
        sim_run_stop(run, text);
    }
    if (run->events_here > run->limits.events_at_once) {
        snprintf(text, sizeof text,
                 "more than %.0f events at one instant: something goes round without time "
                 "passing",
                 (double)run->limits.events_at_once);
        sim_run_stop(run, text);
    }
}

bool sim_run_goes_round(struct sim_run *run)
{
    if ((++run->turns & (CHECK_EVERY - 1)) == 0)
        check_limits(run);
    return !run->stop;
}

// Goes to the time of the next event; false when that is at or beyond t.
static bool go_forward(struct sim_run *run, sim_time t)
{
    sim_time due = sim_heap_due(&run->heap);
    if (due >= t)
        return false;
    while (run->window_end <= due)
        sim_window_close(run, run->window_end);
    run->now = due;
    return true;
}

// What this instant has set off, its timeouts last; false when there is nothing of it left.
SIM_INLINE bool take_next(struct sim_run *run)
{
    if (!sim_ring_is_empty(&run->ring))
        take_ready(run, (uint32_t)sim_ring_pop(&run->ring));
    else if (!sim_ring_is_empty(&run->late))
        sim_scope_late(run, sim_ring_pop(&run->late));
    else
        return false;
    return true;
}

SIM_INLINE void count_event(struct sim_run *run)
{
    if ((++run->events & (CHECK_EVERY - 1)) == 0)
        check_limits(run);
}

// Timers that are due were armed before this instant, so they go before what it sets off.
static void run_before(struct sim_run *run, sim_time t)
{
    for (; !run->stop; count_event(run)) {
        if (sim_heap_due(&run->heap) != run->now) {
            if (take_next(run))
                continue;
            if (!go_forward(run, t))
                break;
        }
        fire(run);
    }
}

static enum sim_state state_of(const struct sim_run *run)
{
    if (run->script_failed)
        return SIM_SCRIPT_ERROR;
    if (run->stop)
        return SIM_AT_LIMIT;
    return run->now >= run->model->def.duration ? SIM_FINISHED : SIM_GOING;
}

enum sim_state sim_run_until(struct sim_run *run, sim_time t)
{
    sim_time end = run->model->def.duration;
    if (t > end)
        t = end;
    if (t > run->now)
        run_before(run, t);
    if (!run->stop && run->now < t) {
        while (run->window_end <= t) // what a fault does at t is of the next one
            sim_window_close(run, run->window_end);
        run->now = t;
    }
    return state_of(run);
}

void sim_run_finish(struct sim_run *run)
{
    if (run->finished)
        return;
    run->finished = true;
    if (run->windows == 0 || run->now > run->edges_at[run->windows])
        sim_window_close(run, run->now);
}
