#include <stdlib.h>

#include "sim/world/inner.h"

// The event loop of asyncio: one thread that goes round in turns (base_events.py, _run_once).
//
// A turn begins with a poll, which gives the GIL up even when it does not wait. It has no
// timeout while something is ready or a timer's time has come; else it lasts to the first
// timer, rounded up to whole milliseconds, or until a socket has something. Then what the
// sockets brought and the timers that are due join the ready queue, in this order, and
// exactly the callbacks that are in it now run to completion, one after the other. What
// they put in line waits for the next turn.
//
// A future that is done wakes its task by one more callback, so that what comes by the poll
// takes two turns: one sets the future, the next goes on with the task.
//
// The timers are those of the run. While the thread polls, none can be added, so that the first
// to come due is the one that the poll's timeout was for.
//
// What callbacks cost is a debt that the thread works off with the next bytecode, or before
// others can see what a task does: a turn needs no event for each of its callbacks.

#define MANY 1000 // tasks among which switching was measured
#define SLOW (100 * (sim_time)SIM_MS)

// ---- Lines of callbacks ----

static bool is_empty(const struct sim_callbacks *q)
{
    return q->head == q->tail;
}

static bool grow(struct sim_run *run, struct sim_callbacks *q)
{
    uint32_t room = q->room ? q->room * 2 : 64;
    struct sim_callback *at = malloc(room * sizeof *at);
    if (!at) {
        sim_run_stop(run, "the machine has no memory left for an event loop's callbacks");
        return false;
    }
    uint32_t n = q->tail - q->head;
    for (uint32_t i = 0; i < n; i++)
        at[i] = q->at[(q->head + i) & (q->room - 1)];
    free(q->at);
    sim_run_take(run, (uint64_t)(room - q->room) * sizeof *at);
    *q = (struct sim_callbacks){ at, 0, n, room };
    return true;
}

static void push(struct sim_run *run, struct sim_callbacks *q, struct sim_callback c)
{
    if (q->tail - q->head == q->room && !grow(run, q))
        return;
    q->at[q->tail++ & (q->room - 1)] = c;
}

static struct sim_callback pop(struct sim_callbacks *q)
{
    return q->at[q->head++ & (q->room - 1)];
}

static void move(struct sim_run *run, struct sim_callbacks *from, struct sim_callbacks *to)
{
    while (!is_empty(from))
        push(run, to, pop(from));
}

// ---- Opening ----

static uint32_t thread_of_its_own(struct sim_run *run, uint32_t station,
                                  enum sim_task_state state)
{
    uint32_t t = sim_task_new(run, station, SIM_PC_TURN);
    run->tasks[t].flags = SIM_IS_LOOP;
    run->tasks[t].state = (uint8_t)state;
    run->tasks[t].cause = SIM_IN_IO;
    return t;
}

static void set_costs(struct sim_loop *l, const struct sim_service_def *service)
{
    l->period = service->executor.probe;
    l->step = SIM_MS;
    if (!service->has_runtime)
        return;
    const struct sim_runtime *r = &service->runtime;
    l->half_turn = r->loop_iteration / 2;
    l->crowd = r->task_switch > l->half_turn ? r->task_switch - l->half_turn : 0;
    l->birth =
        r->task_create > 2 * r->loop_iteration ? r->task_create - 2 * r->loop_iteration : 0;
    l->wake = r->wake;
    l->step = r->poll_step;
    l->slack[0] = r->poll_slack;
    l->slack[1] = r->poll_slack_long > 0 ? r->poll_slack_long : r->poll_slack;
    sim_run_spread(r->wake_spread, l->late);
}

bool sim_loop_open(struct sim_run *run, struct sim_loop *l, uint32_t station,
                   const char *name)
{
    *l = (struct sim_loop){ .station = station, .current = SIM_NONE };
    sim_random_init(&l->rng, run->seed, name, "accept");
    sim_random_init(&l->poll_rng, run->seed, name, "poll");
    set_costs(l, &run->services[run->stations[station].entity]);
    l->thread = thread_of_its_own(run, station, SIM_POLLING);
    l->probe = thread_of_its_own(run, station, SIM_BEATING);
    sim_loop_start(run, l);
    return sim_meter_init(&l->meter, NULL);
}

void sim_loop_fini(struct sim_loop *l)
{
    free(l->ready.at);
    free(l->events.at);
    free(l->due.at);
    sim_meter_fini(&l->meter);
}

static void arm_beat(struct sim_run *run, struct sim_loop *l)
{
    if (l->period > 0)
        sim_heap_arm(&run->heap, run->task_timers + l->probe, l->beat);
}

void sim_loop_start(struct sim_run *run, struct sim_loop *l)
{
    l->polled = run->now;
    l->lateness = 1;
    l->beat = run->now + l->period;
    arm_beat(run, l);
    if (sim_accept_waits(run, l->station))
        sim_loop_rouse(run, l);
}

static void forget(struct sim_callbacks *q)
{
    q->head = q->tail = 0;
}

void sim_loop_stop(struct sim_run *run, struct sim_loop *l)
{
    struct sim_task *thread = &run->tasks[l->thread];
    sim_task_detach(run, l->thread, SIM_CANCELLED);
    if (l->phase == SIM_LOOP_BLOCKS && !l->is_over)
        thread->mark = run->now; // what came before was the task's own wait
    sim_task_charge(run, l->thread);
    if (thread->flags & SIM_HAS_GIL)
        sim_gil_leave(run, l->thread);
    if (thread->flags & SIM_IS_PARKED)
        run->stations[l->station].parked--;
    thread->flags = SIM_IS_LOOP;
    thread->state = SIM_POLLING;
    thread->pc = SIM_PC_TURN;
    l->phase = SIM_LOOP_POLLS;
    l->current = SIM_NONE;
    l->is_over = false;
    l->debt = 0;
    l->left = 0;
    forget(&l->ready);
    forget(&l->events);
    forget(&l->due);
    sim_heap_cancel(&run->heap, run->task_timers + l->probe);
}

// ---- Time ----

void sim_loop_touch(struct sim_run *run, struct sim_loop *l)
{
    l->meter.areas[SIM_INSIDE_AREA] +=
        (sim_wide)(uint64_t)(run->now - l->touched) * l->branches;
    l->touched = run->now;
}

void sim_loop_charge(struct sim_run *run, uint32_t thread, enum sim_cause cause, sim_time d)
{
    const struct sim_loop *l = sim_loop_of(run, thread);
    run->tasks[thread].mark += d;
    if (l->current != SIM_NONE)
        sim_task_charge_as(run, l->current, cause, d);
}

// The more tasks there are, the less of them is in the caches: between what a callback costs
// alone and among a thousand lies a straight line.
static sim_time cost_of_callback(const struct sim_run *run, const struct sim_loop *l)
{
    uint32_t tasks = run->stations[l->station].busy + l->branches;
    return l->half_turn + l->crowd * (tasks < MANY ? tasks : MANY) / MANY;
}

// ---- Putting in line ----

void sim_loop_soon(struct sim_run *run, struct sim_loop *l, struct sim_callback c)
{
    push(run, &l->ready, c);
}

static sim_time timer_of(const struct sim_run *run, uint32_t t)
{
    uint32_t place = run->heap.position[run->task_timers + t];
    return place ? run->heap.at[place - 1].due : SIM_NEVER;
}

// The poll is over then, unless it is before.
static void wake_at(struct sim_run *run, struct sim_loop *l, sim_time at)
{
    if (run->tasks[l->thread].state == SIM_POLLING && at < timer_of(run, l->thread))
        sim_heap_arm(&run->heap, run->task_timers + l->thread, at);
}

void sim_loop_event(struct sim_run *run, struct sim_loop *l, struct sim_callback c)
{
    push(run, &l->events, c);
    wake_at(run, l, run->now + l->wake);
}

// Something has come for it and others: who is awake first has it.
void sim_loop_rouse(struct sim_run *run, struct sim_loop *l)
{
    sim_time wake = l->wake;
    if (run->stations[l->station].gil != SIM_NONE)
        wake = run->gils[run->stations[l->station].gil]
                   .wakes[sim_random_next(&l->rng) % SIM_WAKES_KEPT];
    wake_at(run, l, run->now + wake);
}

#define SHORT_POLL (1 * (sim_time)SIM_MS)
#define LONG_POLL  (10 * (sim_time)SIM_MS)

// The longer a core has been idle the deeper it sleeps: in between the two that were measured in
// proportion. Waking takes its time as any wake-up does.
static sim_time slack_of(const struct sim_loop *l, sim_time waited)
{
    sim_time part = waited < SHORT_POLL ? 0 : waited - SHORT_POLL;
    if (part > LONG_POLL - SHORT_POLL)
        part = LONG_POLL - SHORT_POLL;
    sim_time slack =
        l->slack[0] + (l->slack[1] - l->slack[0]) * part / (LONG_POLL - SHORT_POLL);
    return (sim_time)((double)slack * l->lateness + 0.5);
}

// A timer has come due at this instant.
void sim_loop_timer(struct sim_run *run, struct sim_loop *l, struct sim_callback c)
{
    sim_time waited = run->now - l->polled;
    if (l->step > 0)
        waited = (waited + l->step - 1) / l->step * l->step;
    push(run, &l->due, c);
    wake_at(run, l, l->polled + waited + slack_of(l, waited));
}

void sim_loop_beat(struct sim_run *run, uint32_t probe)
{
    struct sim_loop *l = sim_loop_of(run, probe);
    sim_loop_timer(
        run, l, (struct sim_callback){ .key = (uint64_t)l->beat, .kind = SIM_CALLS_BEAT });
}

// ---- Pieces of work ----

void sim_loop_work(struct sim_run *run, uint32_t t, enum sim_cause cause, sim_time d,
                   bool needs_gil)
{
    struct sim_loop *l = sim_loop_of(run, t);
    l->phase = SIM_LOOP_BEGINS;
    l->piece = d;
    l->cause = (uint8_t)cause;
    l->needs_gil = needs_gil;
    if (cause != SIM_IN_PYTHON)
        return;
    l->piece += l->debt;
    l->debt = 0;
}

bool sim_loop_pays(struct sim_run *run, uint32_t t)
{
    if (sim_loop_of(run, t)->debt == 0)
        return false;
    sim_loop_work(run, t, SIM_IN_PYTHON, 0, true);
    return true;
}

// The thread has the GIL, or there is none. A request to drop it is obeyed before more
// bytecode.
static bool with_gil(struct sim_run *run, struct sim_loop *l)
{
    struct sim_task *thread = &run->tasks[l->thread];
    if (run->stations[l->station].gil == SIM_NONE)
        return true;
    thread->pc = SIM_PC_TURN;
    if (thread->flags & SIM_HAS_GIL && sim_gil_is_asked(run, l->thread) &&
        !sim_gil_give(run, l->thread, false))
        return false;
    return thread->flags & SIM_HAS_GIL || sim_gil_take(run, l->thread);
}

static bool without_gil(struct sim_run *run, struct sim_loop *l)
{
    run->tasks[l->thread].pc = SIM_PC_TURN;
    return !(run->tasks[l->thread].flags & SIM_HAS_GIL) ||
           sim_gil_give(run, l->thread, true);
}

static bool begin_piece(struct sim_run *run, struct sim_loop *l)
{
    if (l->needs_gil ? !with_gil(run, l) : !without_gil(run, l))
        return false;
    if (l->piece == 0) {
        l->phase = SIM_LOOP_RETURNS;
        return true;
    }
    l->phase = SIM_LOOP_WORKS;
    run->tasks[l->thread].pc = SIM_PC_WORKED;
    sim_task_enter(run, l->thread, SIM_RUNNING, l->cause);
    sim_host_add(run, l->thread, l->piece);
    return false;
}

// A piece that the GIL was taken from goes on with what is left.
static void end_piece(struct sim_run *run, struct sim_loop *l)
{
    struct sim_task *thread = &run->tasks[l->thread];
    l->phase = SIM_LOOP_RETURNS;
    if (!(thread->flags & SIM_RESUMES))
        return;
    thread->flags &= (uint16_t)~SIM_RESUMES;
    l->piece = run->work[l->thread];
    l->phase = SIM_LOOP_BEGINS;
}

// ---- Callbacks ----

static void note_callback(struct sim_run *run, struct sim_loop *l, uint32_t request)
{
    sim_time d = run->now - l->began;
    l->meter.counts[SIM_LOOP_CALLBACKS]++;
    l->meter.counts[SIM_LOOP_BUSY_NS] += d;
    if (d >= SLOW)
        l->meter.counts[SIM_LOOP_SLOW]++;
    if (d > 0)
        sim_note(run, SIM_TRACE_LOOP, l->thread, request, d >= SLOW, l->began, run->now);
}

static void end_callback(struct sim_run *run, struct sim_loop *l)
{
    note_callback(run, l, l->request);
    l->current = SIM_NONE;
    l->phase = SIM_LOOP_RUNS;
}

// Its current task has ended, waits, or has a piece of work for the thread.
static void after_step(struct sim_run *run, struct sim_loop *l)
{
    if (l->phase != SIM_LOOP_STEPS)
        return;
    if (!sim_coro_waits(run, l->current)) {
        end_callback(run, l);
        return;
    }
    l->phase = SIM_LOOP_BLOCKS;
    l->is_over = false;
}

static void go_on(struct sim_run *run, struct sim_loop *l)
{
    l->phase = SIM_LOOP_STEPS;
    sim_step_go(run, l->current);
    after_step(run, l);
}

// What it waited for has ended as its task says, unless it has been cancelled meanwhile.
static void answer(struct sim_run *run, struct sim_loop *l)
{
    uint32_t t = l->current;
    struct sim_task *task = &run->tasks[t];
    struct sim_coro *coro = &run->coros[t];
    l->phase = SIM_LOOP_STEPS;
    if (coro->must_cancel && !l->is_over) {
        coro->must_cancel = 0;
        sim_step_answer(run, t, SIM_CANCELLED, coro->by);
    } else {
        sim_step_answer(run, t, task->outcome, task->slot);
    }
    after_step(run, l);
}

static void step_task(struct sim_run *run, struct sim_loop *l, uint32_t t)
{
    sim_task_charge(run, l->thread);
    l->current = t;
    l->request = run->tasks[t].request;
    l->is_over = false;
    sim_task_enter(run, t, SIM_ON_LOOP, SIM_IN_PYTHON);
    answer(run, l);
}

// The task behind a probe sleeps until its next beat. One that is over already is a sleep of nothing,
// a bare turn (asyncio/tasks.py, __sleep0).
static void probe(struct sim_run *run, struct sim_loop *l, sim_time at)
{
    sim_time lag = run->now + l->debt - at;
    sim_hist_record(l->meter.live, lag);
    l->beat = at + l->period;
    if (l->beat <= run->now)
        sim_loop_soon(
            run, l,
            (struct sim_callback){ .key = (uint64_t)l->beat, .kind = SIM_CALLS_PROBE });
    else
        arm_beat(run, l);
}

static void call(struct sim_run *run, struct sim_loop *l, struct sim_callback c)
{
    l->began = run->now;
    l->debt += cost_of_callback(run, l);
    switch ((enum sim_callback_kind)c.kind) {
    case SIM_CALLS_TASK:
        step_task(run, l, c.of);
        return;
    case SIM_CALLS_FUTURE:
        if (c.key != run->coros[c.of].future)
            break; // it was cancelled meanwhile
        run->coros[c.of].future = 0;
        if (run->coros[c.of].is_new)
            l->debt += l->birth;
        run->coros[c.of].is_new = 0;
        c.kind = SIM_CALLS_TASK;
        sim_loop_soon(run, l, c);
        break;
    case SIM_CALLS_TIMEOUT:
        sim_coro_time_out(run, c.of, c.key);
        break;
    case SIM_CALLS_CLOSED:
        sim_coro_closed(run, l, c.of, c.key);
        break;
    case SIM_CALLS_GROUP:
        sim_coro_aborts(run, c.of, c.key);
        break;
    case SIM_CALLS_HEDGE:
        sim_hedge_goes_on(run, c.of, c.key);
        break;
    case SIM_CALLS_BEAT:
        c.kind = SIM_CALLS_PROBE;
        sim_loop_soon(run, l, c);
        break;
    case SIM_CALLS_PROBE:
        probe(run, l, (sim_time)c.key);
        break;
    }
    note_callback(run, l, SIM_NONE);
}

// ---- Turns ----

static void end_turn(struct sim_run *run, struct sim_loop *l)
{
    if (l->debt > 0)
        sim_loop_work(run, l->thread, SIM_IN_PYTHON, 0, true);
    else
        l->phase = SIM_LOOP_POLLS;
}

static bool run_callback(struct sim_run *run, struct sim_loop *l)
{
    if (l->left == 0) {
        l->began = run->now;
        end_turn(run, l);
        return true;
    }
    l->left--;
    call(run, l, pop(&l->ready));
    return !run->stop;
}

static bool begin_turn(struct sim_run *run, struct sim_loop *l)
{
    if (!with_gil(run, l))
        return false;
    sim_accept(run, l->station);
    move(run, &l->events, &l->ready);
    move(run, &l->due, &l->ready);
    l->left = l->ready.tail - l->ready.head;
    l->debt += l->half_turn;
    l->meter.counts[SIM_LOOP_TURNS]++;
    l->phase = SIM_LOOP_RUNS;
    return sim_run_goes_round(run);
}

static bool poll(struct sim_run *run, struct sim_loop *l)
{
    if (!without_gil(run, l))
        return false;
    if (!is_empty(&l->ready) || !is_empty(&l->events) || !is_empty(&l->due) ||
        sim_accept_waits(run, l->station)) {
        l->phase = SIM_LOOP_WAKES;
        return true;
    }
    l->polled = run->now;
    l->lateness = l->late[sim_random_next(&l->poll_rng) % SIM_WAKES_KEPT];
    sim_task_enter(run, l->thread, SIM_POLLING, SIM_IN_IO);
    return false;
}

static bool block(struct sim_run *run, struct sim_loop *l)
{
    if (!l->is_over) {
        if (without_gil(run, l))
            sim_task_enter(run, l->thread, SIM_BLOCKED, SIM_IN_CORE);
        return false;
    }
    if (!with_gil(run, l))
        return false;
    answer(run, l);
    return true;
}

static bool return_to_task(struct sim_run *run, struct sim_loop *l)
{
    if (!with_gil(run, l))
        return false;
    if (l->current != SIM_NONE) {
        go_on(run, l);
        return true;
    }
    l->meter.counts[SIM_LOOP_BUSY_NS] += run->now - l->began;
    l->phase = SIM_LOOP_POLLS;
    return true;
}

static bool act(struct sim_run *run, struct sim_loop *l)
{
    switch ((enum sim_loop_phase)l->phase) {
    case SIM_LOOP_POLLS:
        return poll(run, l);
    case SIM_LOOP_WAKES:
        return begin_turn(run, l);
    case SIM_LOOP_RUNS:
        return run_callback(run, l);
    case SIM_LOOP_BEGINS:
        return begin_piece(run, l);
    case SIM_LOOP_WORKS:
        end_piece(run, l);
        return true;
    case SIM_LOOP_RETURNS:
        return return_to_task(run, l);
    case SIM_LOOP_BLOCKS:
        return block(run, l);
    case SIM_LOOP_STEPS:
        break;
    }
    return false;
}

void sim_loop_go(struct sim_run *run, uint32_t thread)
{
    struct sim_loop *l = sim_loop_of(run, thread);
    while (act(run, l))
        ;
}

void sim_loop_woken(struct sim_run *run, uint32_t thread)
{
    struct sim_loop *l = sim_loop_of(run, thread);
    if (l->phase == SIM_LOOP_POLLS)
        l->phase = SIM_LOOP_WAKES;
    sim_task_charge(run, thread);
    if (run->stations[l->station].is_paused) {
        sim_task_ready(run, thread);
        return;
    }
    run->tasks[thread].state = SIM_READY;
    sim_loop_go(run, thread);
}
