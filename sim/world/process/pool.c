#include "sim/world/process/pool.h"

#include "sim/world/inner.h"

// ThreadPoolExecutor, as CPython's Lib/concurrent/futures/thread.py has it:
//
// One line without end, first come first served. Whoever submits a call puts it in line, and
// then, unless the idle semaphore can be taken, starts another thread while there are
// fewer than the most. A thread that has finished a call looks into the line; only when it
// finds nothing does it release the idle semaphore and block. One that was woken for a call
// that another has taken meanwhile blocks again, and the semaphore is not released for it.
//
// Up to 3.12 a put only wakes the thread that sleeps longest, and whoever comes first has the
// call. Since 3.13 it gives the call to that thread (Modules/_queuemodule.c,
// maybe_handoff_item), which has it when it wakes.
//
// A call that nobody has taken yet is cancelled with whoever awaits it. One that runs goes on
// and keeps its thread.
//
// InterpreterPoolExecutor is the same, with an interpreter for each thread: the body runs
// there, under a GIL of its own. What differs with processes is in process.c.

// ---- Rows ----

void sim_row_join(struct sim_run *run, struct sim_row *row, uint32_t t)
{
    struct sim_task *task = &run->tasks[t];
    task->prev = row->tail;
    task->next = SIM_NONE;
    if (row->tail == SIM_NONE)
        row->head = t;
    else
        run->tasks[row->tail].next = t;
    row->tail = t;
    row->count++;
}

void sim_row_leave(struct sim_run *run, struct sim_row *row, uint32_t t)
{
    struct sim_task *task = &run->tasks[t];
    if (task->prev == SIM_NONE)
        row->head = task->next;
    else
        run->tasks[task->prev].next = task->next;
    if (task->next == SIM_NONE)
        row->tail = task->prev;
    else
        run->tasks[task->next].prev = task->prev;
    task->next = task->prev = SIM_NONE;
    row->count--;
}

uint32_t sim_row_first(struct sim_run *run, struct sim_row *row)
{
    uint32_t t = row->head;
    if (t != SIM_NONE)
        sim_row_leave(run, row, t);
    return t;
}

void sim_pool_put(struct sim_run *run, struct sim_pool *p, enum sim_pool_row row,
                  uint32_t call)
{
    sim_task_enter(run, call, SIM_IDLE, SIM_IN_POOL);
    run->offloaded[call].row = (uint8_t)row;
    sim_row_join(run, &p->rows[row], call);
}

void sim_pool_take_out(struct sim_run *run, struct sim_pool *p, uint32_t call)
{
    struct sim_offloaded *o = &run->offloaded[call];
    if (o->row == SIM_ROW_GIVEN)
        run->offloaded[o->servant].gift = SIM_NONE;
    else if (o->row != SIM_ROW_NONE)
        sim_row_leave(run, &p->rows[o->row], call);
    o->row = SIM_ROW_NONE;
}

uint32_t sim_pool_take(struct sim_run *run, struct sim_pool *p, enum sim_pool_row row)
{
    uint32_t call = p->rows[row].head;
    if (call != SIM_NONE)
        sim_pool_take_out(run, p, call);
    return call;
}

// ---- Pools ----

struct sim_pool *sim_pool_of(const struct sim_run *run, uint32_t t)
{
    return &run->pools[run->offloaded[t].pool];
}

const struct sim_pool_def *sim_pool_def_of(const struct sim_run *run,
                                           const struct sim_pool *p)
{
    return &run->model->pools.at[p->number];
}

const struct sim_runtime *sim_pool_runtime(const struct sim_run *run,
                                           const struct sim_pool *p)
{
    const struct sim_station *s = &run->stations[p->station];
    const struct sim_service_def *service = &run->services[s->entity];
    return service->has_runtime ? &service->runtime : NULL;
}

// What the event loop was told, or the executor's default: min(32, process_cpu_count() + 4).
static uint32_t usual_threads(const struct sim_run *run, uint32_t station)
{
    uint32_t told = run->services[run->stations[station].entity].executor.threads;
    if (told > 0)
        return told;
    uint32_t cores = run->hosts[run->stations[station].host].cores;
    return cores > 28 ? 32 : cores + 4;
}

static void open(struct sim_run *run, struct sim_pool *p, uint32_t station, uint32_t number)
{
    const struct sim_row empty = { SIM_NONE, SIM_NONE, 0 };
    const struct sim_pool before = *p;
    *p = (struct sim_pool){ .station = station,
                            .number = number,
                            .first_process = before.first_process,
                            .most = before.most,
                            .manager = SIM_NONE,
                            .feeder = SIM_NONE,
                            .beginner = SIM_NONE,
                            .loafers = empty,
                            .is_open = true };
    for (int i = 0; i < SIM_ROWS; i++)
        p->rows[i] = empty;
    if (sim_pool_def_of(run, p)->kind != SIM_POOL_THREADS)
        return;
    p->most = sim_pool_def_of(run, p)->workers;
    if (p->most == SIM_NONE)
        p->most = usual_threads(run, station);
}

struct sim_pool *sim_pool_at(struct sim_run *run, uint32_t station, uint32_t number)
{
    struct sim_pool *p = &run->pools[station * run->model->pools.count + number];
    if (!p->is_open)
        open(run, p, station, number);
    return p;
}

// NULL: there is none, and the run stops.
static struct sim_pool *pool_for(struct sim_run *run, uint32_t t, uint32_t offload)
{
    struct sim_pool *p =
        sim_pool_at(run, run->tasks[t].station, run->model->offloads.at[offload].pool);
    if (p->most == 0)
        sim_run_stop(run, "a worker of a pool of processes or interpreters sends steps to "
                          "another such pool, and it can have none");
    return p->most > 0 ? p : NULL;
}

void sim_pool_forget(struct sim_run *run, uint32_t station)
{
    uint32_t n = run->model->pools.count;
    for (uint32_t i = 0; i < n; i++)
        run->pools[station * n + i].is_open = false;
}

// Calls go to its workers by way of the parent's threads and a pipe.
static bool is_carried(const struct sim_run *run, const struct sim_pool *p)
{
    const struct sim_pool_def *def = sim_pool_def_of(run, p);
    return def->kind == SIM_POOL_PROCESSES && !def->serves;
}

static bool is_of_interpreters(const struct sim_run *run, const struct sim_pool *p)
{
    const struct sim_pool_def *def = sim_pool_def_of(run, p);
    return def->kind == SIM_POOL_INTERPRETERS && !def->serves;
}

static bool is_of_threads(const struct sim_run *run, const struct sim_pool *p)
{
    return sim_pool_def_of(run, p)->kind == SIM_POOL_THREADS;
}

static bool serves(const struct sim_run *run, const struct sim_pool *p)
{
    return sim_pool_def_of(run, p)->serves;
}

// From a call being there for somebody who waits to that thread running: what is left of a
// round trip when its bytecode is taken out, for each of its ways.
static sim_time hop(const struct sim_run *run, const struct sim_pool *p)
{
    const struct sim_runtime *r = sim_pool_runtime(run, p);
    if (!r || serves(run, p))
        return 0;
    if (is_carried(run, p))
        return sim_process_hop(r);
    sim_time both = r->executor_round_trip - r->executor_burst;
    return both > 0 ? both / 2 : 0;
}

// ---- Servants ----

uint32_t sim_pool_servant(struct sim_run *run, struct sim_pool *p, uint32_t station,
                          uint32_t pc)
{
    uint32_t t = sim_task_new(run, station, pc);
    run->tasks[t].flags = SIM_IS_BRANCH | SIM_IS_SERVANT | SIM_IS_THREAD;
    run->tasks[t].cause = SIM_IN_POOL;
    run->born[t] = ++run->births;
    run->offloaded[t] = (struct sim_offloaded){ .pool = (uint32_t)(p - run->pools),
                                                .gift = SIM_NONE,
                                                .row = SIM_ROW_NONE };
    return t;
}

void sim_pool_wake(struct sim_run *run, struct sim_pool *p, uint32_t servant)
{
    sim_task_sleep(run, servant, SIM_SLEEPING, SIM_IN_POOL, hop(run, p));
}

void sim_pool_wake_loafer(struct sim_run *run, struct sim_pool *p)
{
    uint32_t loafer = sim_row_first(run, &p->loafers);
    if (loafer == SIM_NONE)
        return;
    run->offloaded[loafer].row = SIM_ROW_NONE;
    sim_pool_wake(run, p, loafer);
}

void sim_pool_set_work(struct sim_run *run, uint32_t t, uint32_t pc, sim_time d)
{
    run->work[t] = d;
    run->tasks[t].pc = (uint16_t)(d > 0 ? pc : pc + 1);
}

static bool needs_worker(const struct sim_pool *p)
{
    return p->idle == 0 && p->alive < p->most;
}

static void start_thread(struct sim_run *run, struct sim_pool *p)
{
    p->alive++;
    sim_memory_thread(run, p->station);
    sim_task_ready(run, sim_pool_servant(run, p, p->station, SIM_PC_WORKER));
}

// True when a thread that sleeps has been given the call.
static bool give(struct sim_run *run, struct sim_pool *p, uint32_t call)
{
    const struct sim_runtime *r = sim_pool_runtime(run, p);
    if (!r || !r->hands_over || p->loafers.head == SIM_NONE)
        return false;
    uint32_t loafer = sim_row_first(run, &p->loafers);
    run->offloaded[loafer].row = SIM_ROW_NONE;
    run->offloaded[loafer].gift = call;
    run->offloaded[call].servant = loafer;
    run->offloaded[call].row = SIM_ROW_GIVEN;
    sim_task_enter(run, call, SIM_IDLE, SIM_IN_POOL);
    sim_pool_wake(run, p, loafer);
    return true;
}

// A thread that blocks for a call is given it, or woken for it; then the semaphore says whether
// another is started.
static void employ(struct sim_run *run, struct sim_pool *p, uint32_t call)
{
    if (!give(run, p, call)) {
        sim_pool_put(run, p, SIM_ROW_LINE, call);
        sim_pool_wake_loafer(run, p);
    }
    if (!needs_worker(p))
        p->idle -= p->idle > 0;
    else if (is_of_threads(run, p))
        start_thread(run, p);
    else
        sim_process_start(run, p);
}

static void block(struct sim_run *run, struct sim_pool *p, uint32_t servant)
{
    bool counts = is_of_threads(run, p) || is_of_interpreters(run, p);
    if (counts && !run->offloaded[servant].has_blocked)
        p->idle++;
    run->offloaded[servant].has_blocked = true;
    run->offloaded[servant].row = SIM_ROW_LOAFERS;
    sim_task_enter(run, servant, SIM_IDLE, SIM_IN_POOL);
    sim_row_join(run, &p->loafers, servant);
}

// A thread's own bytecode around a call is half of what a call costs in a burst of many.
static sim_time enter_time(const struct sim_run *run, const struct sim_pool *p,
                           uint32_t call)
{
    const struct sim_runtime *r = sim_pool_runtime(run, p);
    if (!r || serves(run, p))
        return 0;
    if (is_of_threads(run, p))
        return r->executor_burst / 2;
    return sim_process_enter_time(run, p, call);
}

static void begin(struct sim_run *run, struct sim_pool *p, uint32_t servant, uint32_t call)
{
    struct sim_offloaded *o = &run->offloaded[call];
    sim_task_charge(run, call);
    o->servant = servant;
    o->stage = SIM_STAGE_RUNS;
    run->offloaded[servant].has_blocked = false;
    run->tasks[servant].child = call;
    sim_process_watch(run, p, servant);
    if (run->tasks[call].parent != SIM_NONE)
        run->tasks[run->tasks[call].parent].cause = SIM_IN_DEPENDENCY;
    run->tasks[call].station = run->tasks[servant].station;
    sim_pool_set_work(run, call, SIM_PC_CALL, enter_time(run, p, call));
    if (run->has_poison && serves(run, p) && sim_poison_is_in(run, call))
        return;
    sim_task_ready(run, call);
}

// The real line keeps a cancelled call until a worker comes to it, who then looks for the
// next one and says that it is idle, though it had been woken, if there is none.
static void pass_cancelled(struct sim_run *run, struct sim_pool *p, uint32_t servant,
                           uint32_t next)
{
    if (p->cancelled == 0 || (next != SIM_NONE && run->born[next] < p->cancelled))
        return;
    p->cancelled = 0;
    run->offloaded[servant].has_blocked = false;
}

static void work(struct sim_run *run, struct sim_pool *p, uint32_t servant)
{
    bool from_pipe = is_carried(run, p);
    uint32_t call = run->offloaded[servant].gift;
    if (call != SIM_NONE)
        sim_pool_take_out(run, p, call);
    else
        call = sim_pool_take(run, p, from_pipe ? SIM_ROW_PIPED : SIM_ROW_LINE);
    if (!from_pipe)
        pass_cancelled(run, p, servant, call);
    if (call == SIM_NONE) {
        block(run, p, servant);
        return;
    }
    p->in_queue -= from_pipe;
    begin(run, p, servant, call);
}

bool sim_pool_serve(struct sim_run *run, uint32_t servant, const struct sim_op *op)
{
    struct sim_pool *p = sim_pool_of(run, servant);
    if (op->a == SIM_ROLE_MANAGER)
        return sim_process_manage(run, p, servant);
    if (op->a == SIM_ROLE_FEEDER)
        return sim_process_feed(run, p, servant);
    if (run->tasks[servant].child != SIM_NONE) { // its watch is over
        sim_process_time_out(run, run->tasks[servant].station);
        return false;
    }
    if (serves(run, p))
        sim_process_add_threads(run, p, servant);
    work(run, p, servant);
    return false;
}

// ---- Calls ----

sim_time sim_pool_submit_time(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    struct sim_pool *p = pool_for(run, t, op->a);
    const struct sim_runtime *r = p ? sim_pool_runtime(run, p) : NULL;
    if (!r || p->is_broken)
        return 0;
    if (is_carried(run, p))
        return sim_process_submit_time(run, p, t);
    return r->executor_burst / 2 + (needs_worker(p) ? r->thread_start : 0);
}

static double bytes_of(struct sim_run *run, uint32_t call, uint32_t value)
{
    struct sim_random *rng = &run->work_rng[sim_station_of(run, call)->entity];
    double x = value == SIM_NONE ? 0 : sim_value_now(run, value, call, rng);
    return x > 0 ? x : 0;
}

static uint32_t new_call(struct sim_run *run, uint32_t t, const struct sim_op *op,
                         const struct sim_pool *p)
{
    uint32_t call = sim_task_new(run, p->station, SIM_PC_CALL);
    struct sim_task *c = &run->tasks[call];
    c->parent = t;
    c->flags = SIM_IS_BRANCH | SIM_IS_CALL | SIM_IS_THREAD;
    c->request = run->tasks[t].request;
    c->cause = SIM_IN_POOL;
    run->born[call] = ++run->births;
    if (run->uses_fields)
        sim_fields_share(run, t, call);
    if (run->uses_deadlines)
        run->deadlines[call] = run->deadlines[t];
    run->offloaded[call] =
        (struct sim_offloaded){ .pool = (uint32_t)(p - run->pools),
                                .servant = SIM_NONE,
                                .offload = op->a,
                                .bytes = bytes_of(run, call,
                                                  run->model->offloads.at[op->a].bytes),
                                .pc = (uint16_t)(op - run->ops + 1),
                                .row = SIM_ROW_NONE,
                                .stage = SIM_STAGE_WAITS };
    sim_note(run, SIM_TRACE_BEGIN, call, t, SIM_TRACE_BRANCH, run->now, run->now);
    return call;
}

void sim_pool_submit(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    struct sim_pool *p = pool_for(run, t, op->a);
    if (!p)
        return;
    uint32_t call = new_call(run, t, op, p);
    run->tasks[t].pc = (uint16_t)op->to;
    run->tasks[t].child = call;
    sim_task_enter(run, t, SIM_AWAITING, SIM_IN_POOL);
    if (p->is_broken) { // BrokenProcessPool, at once
        sim_pool_deliver(run, call, SIM_ERROR, 500);
        return;
    }
    if (is_of_threads(run, p) || is_of_interpreters(run, p)) {
        employ(run, p, call);
        return;
    }
    sim_pool_put(run, p, SIM_ROW_LINE, call);
    if (is_carried(run, p))
        sim_process_submit(run, p, t);
    else
        sim_process_serve(run, p);
}

void sim_pool_returned(struct sim_run *run, uint32_t call)
{
    const struct sim_offloaded *o = &run->offloaded[call];
    uint32_t t = run->tasks[call].parent;
    sim_task_close(run, call, (enum sim_outcome)o->outcome, o->status);
    if (t != SIM_NONE) {
        run->tasks[t].child = SIM_NONE;
        run->tasks[t].outcome = o->outcome;
        run->tasks[t].slot = o->status;
        sim_retry_hand_on(run, call, t);
        sim_task_ready(run, t);
    }
    sim_task_free(run, call);
}

// Nothing is left to do; who awaits the call is woken.
void sim_pool_deliver(struct sim_run *run, uint32_t call, enum sim_outcome outcome,
                      uint32_t status)
{
    struct sim_offloaded *o = &run->offloaded[call];
    sim_time d = hop(run, sim_pool_of(run, call));
    o->outcome = (uint8_t)outcome;
    o->status = status;
    o->stage = SIM_STAGE_RETURNING;
    if (run->tasks[call].parent == SIM_NONE || d == 0)
        sim_pool_returned(run, call);
    else
        sim_task_sleep(run, call, SIM_RETURNING, SIM_IN_POOL, d);
}

void sim_pool_let_go(struct sim_run *run, uint32_t call)
{
    uint32_t servant = run->offloaded[call].servant;
    run->tasks[servant].child = SIM_NONE;
    sim_heap_cancel(&run->heap, run->task_timers + servant);
    sim_task_ready(run, servant);
}

// The result of a call in a process or an interpreter has a way to go yet.
static void reply(struct sim_run *run, struct sim_pool *p, uint32_t call,
                  enum sim_outcome outcome, uint32_t status)
{
    struct sim_offloaded *o = &run->offloaded[call];
    o->outcome = (uint8_t)outcome;
    o->status = status;
    o->stage = SIM_STAGE_REPLIES;
    o->bytes = bytes_of(run, call, run->model->offloads.at[o->offload].reply_bytes);
    sim_task_charge(run, call);
    run->tasks[call].flags &= (uint16_t) ~(SIM_EXPIRED | SIM_RESUMES);
    run->tasks[call].outcome = SIM_OK;
    if (is_of_interpreters(run, p))
        run->tasks[call].station = (uint16_t)p->station;
    sim_pool_set_work(run, call, SIM_PC_REPLY, sim_process_reply_time(run, p, call));
    sim_task_ready(run, call);
}

void sim_pool_ended(struct sim_run *run, uint32_t call, enum sim_outcome outcome,
                    uint32_t status)
{
    struct sim_pool *p = sim_pool_of(run, call);
    sim_memory_release(run, call);
    if (is_carried(run, p) || is_of_interpreters(run, p)) {
        reply(run, p, call, outcome, status);
        return;
    }
    if (serves(run, p))
        sim_process_retire(run, p, call);
    else
        sim_pool_let_go(run, call);
    sim_pool_deliver(run, call, outcome, status);
}

void sim_pool_sent(struct sim_run *run, uint32_t call)
{
    struct sim_pool *p = sim_pool_of(run, call);
    const struct sim_offloaded *o = &run->offloaded[call];
    if (is_carried(run, p)) {
        sim_process_replied(run, p, call);
        return;
    }
    sim_pool_let_go(run, call);
    sim_pool_deliver(run, call, (enum sim_outcome)o->outcome, o->status);
}

// A thread that wakes with a cancelled call in its hands says, like one that comes to it in the
// line, that it is idle.
static void note_cancelled(struct sim_run *run, struct sim_pool *p, uint32_t call)
{
    const struct sim_offloaded *o = &run->offloaded[call];
    if (o->row == SIM_ROW_GIVEN)
        run->offloaded[o->servant].has_blocked = false;
    else if (run->born[call] > p->cancelled)
        p->cancelled = run->born[call];
}

void sim_pool_abandon(struct sim_run *run, uint32_t t)
{
    uint32_t call = run->tasks[t].child;
    run->tasks[t].child = SIM_NONE;
    if (call == SIM_NONE)
        return;
    struct sim_offloaded *o = &run->offloaded[call];
    run->tasks[call].parent = SIM_NONE;
    if (o->row == SIM_ROW_LINE || o->row == SIM_ROW_GIVEN) {
        note_cancelled(run, sim_pool_of(run, call), call);
        sim_pool_take_out(run, sim_pool_of(run, call), call);
        o->outcome = SIM_CANCELLED;
        sim_pool_returned(run, call);
    } else if (o->stage == SIM_STAGE_RETURNING) {
        sim_heap_cancel(&run->heap, run->task_timers + call);
        sim_pool_returned(run, call);
    }
}

// ---- The end of a process ----

static void leave_call(struct sim_run *run, uint32_t call)
{
    uint32_t t = run->tasks[call].parent;
    if (t != SIM_NONE)
        run->tasks[t].child = SIM_NONE;
    run->tasks[call].parent = SIM_NONE;
    sim_pool_take_out(run, sim_pool_of(run, call), call);
}

void sim_pool_leave(struct sim_run *run, uint32_t t)
{
    if (run->tasks[t].flags & SIM_IS_CALL)
        leave_call(run, t);
    else if (run->offloaded[t].row == SIM_ROW_LOAFERS)
        sim_row_leave(run, &sim_pool_of(run, t)->loafers, t);
}
