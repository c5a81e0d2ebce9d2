#include "sim/world/pool.h"

#include "sim/world/inner.h"

// ThreadPoolExecutor, as CPython's Lib/concurrent/futures/thread.py has it:
//
// One line without end, first come first served. Whoever submits a call puts it in line, and
// then, unless the idle semaphore can be taken, starts another thread while there are
// fewer than the most. A thread that has finished a call looks into the line; only when it
// finds nothing does it release the idle semaphore and block. One that was woken for a call
// that another has taken meanwhile blocks again, and the semaphore is not released for it.
//
// A call that nobody has taken yet is cancelled with whoever awaits it. One that runs goes on
// and keeps its thread.

// ---- Rows ----

static void join(struct sim_run *run, struct sim_row *row, uint32_t t)
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

static void leave(struct sim_run *run, struct sim_row *row, uint32_t t)
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

static uint32_t first_of(struct sim_run *run, struct sim_row *row)
{
    uint32_t t = row->head;
    if (t != SIM_NONE)
        leave(run, row, t);
    return t;
}

// ---- Pools ----

static struct sim_pool *pool_of(const struct sim_run *run, uint32_t t)
{
    return &run->pools[run->offloaded[t].pool];
}

static const struct sim_runtime *runtime_of(const struct sim_run *run,
                                            const struct sim_pool *p)
{
    const struct sim_station *s = &run->stations[p->station];
    const struct sim_service_def *service = &run->services[s->entity];
    return service->has_runtime ? &service->runtime : NULL;
}

// ThreadPoolExecutor's default: min(32, process_cpu_count() + 4).
static uint32_t usual_threads(const struct sim_run *run, uint32_t station)
{
    uint32_t cores = run->hosts[run->stations[station].host].cores;
    return cores > 28 ? 32 : cores + 4;
}

static void open(struct sim_run *run, struct sim_pool *p, uint32_t station, uint32_t number)
{
    const struct sim_row empty = { SIM_NONE, SIM_NONE, 0 };
    const struct sim_pool_def *def = &run->model->pools.at[number];
    *p = (struct sim_pool){ .station = station,
                            .number = number,
                            .most = def->workers,
                            .line = empty,
                            .loafers = empty,
                            .is_open = true };
    if (p->most == SIM_NONE)
        p->most = usual_threads(run, station);
}

static struct sim_pool *pool_for(struct sim_run *run, uint32_t t, uint32_t offload)
{
    uint32_t station = run->tasks[t].station;
    uint32_t number = run->model->offloads.at[offload].pool;
    struct sim_pool *p = &run->pools[station * run->model->pools.count + number];
    if (!p->is_open)
        open(run, p, station, number);
    return p;
}

void sim_pool_forget(struct sim_run *run, uint32_t station)
{
    uint32_t n = run->model->pools.count;
    for (uint32_t i = 0; i < n; i++)
        run->pools[station * n + i].is_open = false;
}

// From the call of something that another thread waits for to that thread running: what is
// left of a round trip when its bytecode is taken out, for each of the two ways.
static sim_time hop(const struct sim_runtime *r)
{
    sim_time both = r ? r->executor_round_trip - r->executor_burst : 0;
    return both > 0 ? both / 2 : 0;
}

// ---- Servants ----

static uint32_t new_servant(struct sim_run *run, struct sim_pool *p, uint32_t pc)
{
    uint32_t t = sim_task_new(run, p->station, pc);
    run->tasks[t].flags = SIM_IS_BRANCH | SIM_IS_SERVANT;
    run->tasks[t].cause = SIM_IN_POOL;
    run->born[t] = ++run->births;
    run->offloaded[t] = (struct sim_offloaded){ .pool = (uint32_t)(p - run->pools) };
    p->alive++;
    return t;
}

static bool needs_thread(const struct sim_pool *p)
{
    return p->idle == 0 && p->alive < p->most;
}

// A call was put in line: a thread that blocks for one is woken, and the semaphore says
// whether another is started.
static void employ(struct sim_run *run, struct sim_pool *p)
{
    uint32_t loafer = first_of(run, &p->loafers);
    if (loafer != SIM_NONE)
        sim_task_sleep(run, loafer, SIM_SLEEPING, SIM_IN_POOL, hop(runtime_of(run, p)));
    if (needs_thread(p))
        sim_task_ready(run, new_servant(run, p, SIM_PC_THREAD));
    else if (p->idle > 0)
        p->idle--;
}

static void block(struct sim_run *run, struct sim_pool *p, uint32_t servant)
{
    if (!run->offloaded[servant].has_blocked)
        p->idle++;
    run->offloaded[servant].has_blocked = true;
    sim_task_enter(run, servant, SIM_IDLE, SIM_IN_POOL);
    join(run, &p->loafers, servant);
}

// The thread's own bytecode around a call is half of what a call costs in a burst of many.
static void begin(struct sim_run *run, struct sim_pool *p, uint32_t servant, uint32_t call)
{
    struct sim_offloaded *o = &run->offloaded[call];
    const struct sim_runtime *r = runtime_of(run, p);
    sim_task_charge(run, call);
    o->servant = servant;
    o->stage = SIM_STAGE_TAKEN;
    run->offloaded[servant].has_blocked = false;
    run->tasks[servant].child = call;
    sim_task_enter(run, servant, SIM_IDLE, SIM_IN_POOL);
    if (run->tasks[call].parent != SIM_NONE)
        run->tasks[run->tasks[call].parent].cause = SIM_IN_DEPENDENCY;
    run->work[call] = r ? r->executor_burst / 2 : 0;
    run->tasks[call].pc = SIM_PC_CALL;
    sim_task_ready(run, call);
}

bool sim_pool_serve(struct sim_run *run, uint32_t servant, const struct sim_op *op)
{
    (void)op;
    struct sim_pool *p = pool_of(run, servant);
    uint32_t call = first_of(run, &p->line);
    if (call == SIM_NONE)
        block(run, p, servant);
    else
        begin(run, p, servant, call);
    return false;
}

// ---- Calls ----

sim_time sim_pool_submit_time(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    const struct sim_pool *p = pool_for(run, t, op->a);
    const struct sim_runtime *r = runtime_of(run, p);
    if (!r)
        return 0;
    return r->executor_burst / 2 + (needs_thread(p) ? r->thread_start : 0);
}

static uint32_t new_call(struct sim_run *run, uint32_t t, const struct sim_op *op,
                         const struct sim_pool *p)
{
    uint32_t call = sim_task_new(run, p->station, SIM_PC_CALL);
    struct sim_task *c = &run->tasks[call];
    c->parent = t;
    c->flags = SIM_IS_BRANCH | SIM_IS_CALL;
    c->request = run->tasks[t].request;
    c->state = SIM_IDLE;
    c->cause = SIM_IN_POOL;
    run->born[call] = ++run->births;
    run->offloaded[call] = (struct sim_offloaded){ .pool = (uint32_t)(p - run->pools),
                                                   .servant = SIM_NONE,
                                                   .offload = op->a,
                                                   .pc = (uint16_t)(op - run->ops + 1),
                                                   .stage = SIM_STAGE_LINED };
    if (run->uses_fields)
        sim_fields_share(run, t, call);
    if (run->uses_deadlines)
        run->deadlines[call] = run->deadlines[t];
    sim_note(run, SIM_TRACE_BEGIN, call, t, SIM_TRACE_BRANCH, run->now, run->now);
    return call;
}

void sim_pool_submit(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    struct sim_pool *p = pool_for(run, t, op->a);
    uint32_t call = new_call(run, t, op, p);
    run->tasks[t].pc = (uint16_t)op->to;
    run->tasks[t].child = call;
    sim_task_enter(run, t, SIM_AWAITING, SIM_IN_POOL);
    join(run, &p->line, call);
    employ(run, p);
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
        sim_task_ready(run, t);
    }
    sim_task_free(run, call);
}

// Nothing is left to do; who awaits the call is woken.
static void deliver(struct sim_run *run, uint32_t call, enum sim_outcome outcome,
                    uint32_t status)
{
    struct sim_offloaded *o = &run->offloaded[call];
    sim_time d = hop(runtime_of(run, pool_of(run, call)));
    o->outcome = (uint8_t)outcome;
    o->status = status;
    o->stage = SIM_STAGE_RETURNING;
    if (run->tasks[call].parent == SIM_NONE || d == 0)
        sim_pool_returned(run, call);
    else
        sim_task_sleep(run, call, SIM_RETURNING, SIM_IN_POOL, d);
}

void sim_pool_ended(struct sim_run *run, uint32_t call, enum sim_outcome outcome,
                    uint32_t status)
{
    uint32_t servant = run->offloaded[call].servant;
    run->tasks[servant].child = SIM_NONE;
    sim_task_ready(run, servant);
    deliver(run, call, outcome, status);
}

void sim_pool_abandon(struct sim_run *run, uint32_t t)
{
    uint32_t call = run->tasks[t].child;
    run->tasks[t].child = SIM_NONE;
    if (call == SIM_NONE)
        return;
    run->tasks[call].parent = SIM_NONE;
    switch ((enum sim_stage)run->offloaded[call].stage) {
    case SIM_STAGE_LINED:
        leave(run, &pool_of(run, call)->line, call);
        run->offloaded[call].outcome = SIM_CANCELLED;
        sim_pool_returned(run, call);
        break;
    case SIM_STAGE_RETURNING:
        sim_heap_cancel(&run->heap, run->task_timers + call);
        sim_pool_returned(run, call);
        break;
    default:
        break;
    }
}

// ---- The end of a process ----

static void leave_call(struct sim_run *run, uint32_t call)
{
    uint32_t t = run->tasks[call].parent;
    if (t != SIM_NONE)
        run->tasks[t].child = SIM_NONE;
    run->tasks[call].parent = SIM_NONE;
    if (run->offloaded[call].stage == SIM_STAGE_LINED)
        leave(run, &pool_of(run, call)->line, call);
    run->offloaded[call].stage = SIM_STAGE_TAKEN;
}

void sim_pool_leave(struct sim_run *run, uint32_t t)
{
    if (run->tasks[t].flags & SIM_IS_CALL)
        leave_call(run, t);
    else if (run->tasks[t].state == SIM_IDLE && run->tasks[t].child == SIM_NONE)
        leave(run, &pool_of(run, t)->loafers, t);
}
