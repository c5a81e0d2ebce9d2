#include <stdio.h>

#include "sim/world/inner.h"

// Workers that are processes or interpreters of their own.
//
// ProcessPoolExecutor, as CPython's Lib/concurrent/futures/process.py has it: whoever submits
// puts the call in line and wakes the manager, a thread of the parent. That one moves calls on
// as long as fewer than workers + 1 are sent and not taken, which are beyond cancellation
// from then on; a second thread, the feeder, pickles each and writes it to the pipe that all
// workers read. A worker unpickles, runs, pickles, writes. The manager reads the result,
// unpickles it, wakes whoever awaits it, and releases the idle semaphore.
//
// So a call needs the parent's GIL four times: to be submitted, to be moved on, to be pickled,
// and to be read. A call's share of many submitted at once, when the parent is the
// bottleneck, is divided among the four equally; a worker's two ends of it cost as much as
// the parent's two. What is left of the time of a single call are five wake-ups.

#define CHORES 4
#define WAKES  5

// ---- How many, and where ----

void sim_process_count(struct sim_run *run)
{
    for (uint32_t s = 0; s < run->service_count; s++) {
        const struct sim_service_def *def = &run->services[s];
        uint32_t n = 0;
        for (uint32_t p = 0; p < run->model->pools.count; p++)
            n += sim_model_pool_stations(run->model, s, p);
        run->process_count += n * def->replicas;
        if (def->has_runtime && def->runtime.has_gil)
            run->gil_count += n * def->replicas;
    }
}

static void open_process(struct sim_run *run, uint32_t home, const struct sim_pool *p,
                         uint32_t process, uint32_t gil)
{
    const struct sim_station *s = &run->stations[home];
    enum sim_pool_kind kind = sim_pool_def_of(run, p)->kind;
    run->stations[process] =
        (struct sim_station){ .entity = s->entity,
                              .host = s->host,
                              .gil = gil,
                              .loop = SIM_NONE,
                              .home = home,
                              .is_interpreter = kind == SIM_POOL_INTERPRETERS,
                              .is_up = true,
                              .slow = 1,
                              .head = SIM_NONE,
                              .tail = SIM_NONE };
    run->stations[process].process = &run->processes[process];
    run->processes[process] =
        (struct sim_process){ .pool = (uint32_t)(p - run->pools), .worker = SIM_NONE };
}

static void open_pool(struct sim_run *run, uint32_t home, uint32_t number,
                      uint32_t *process, uint32_t *gil)
{
    struct sim_pool *p = &run->pools[home * run->model->pools.count + number];
    const struct sim_service_def *def = &run->services[run->stations[home].entity];
    char name[96];
    p->number = number;
    p->most = sim_model_pool_stations(run->model, run->stations[home].entity, number);
    p->first_process = *process;
    for (uint32_t i = 0; i < p->most; i++, ++*process) {
        bool has_gil = def->has_runtime && def->runtime.has_gil;
        open_process(run, home, p, *process, has_gil ? *gil : SIM_NONE);
        if (!has_gil)
            continue;
        snprintf(name, sizeof name, "%s[%u].%u.%u", def->name,
                 home - run->first_station[run->stations[home].entity] + 1, number, i + 1);
        sim_run_open_gil(run, (*gil)++, &def->runtime, name);
    }
}

void sim_process_open(struct sim_run *run, uint32_t gil)
{
    uint32_t process = run->station_count;
    for (uint32_t home = 0; home < run->first_client; home++) {
        run->stations[home].process->first_process = process;
        for (uint32_t i = 0; i < run->model->pools.count; i++)
            open_pool(run, home, i, &process, &gil);
        run->stations[home].process->processes =
            process - run->stations[home].process->first_process;
    }
}

// ---- What it costs ----

static enum sim_start start_of(const struct sim_run *run, const struct sim_pool *p)
{
    const struct sim_pool_def *def = sim_pool_def_of(run, p);
    const struct sim_runtime *r = sim_pool_runtime(run, p);
    if (def->start != SIM_START_USUAL)
        return def->start;
    if (def->max_tasks > 0)
        return SIM_START_SPAWN; // as CPython chooses, because fork may not be used with it
    return !r || r->forks ? SIM_START_FORK : SIM_START_FORKSERVER;
}

// Half of a fork is the parent's, half the child's own beginning. What a fork server does, or
// the child of a spawn, is not the parent's work.
static sim_time parent_time(const struct sim_runtime *r, enum sim_start start)
{
    return start == SIM_START_FORKSERVER ? 0 : r->fork_start / 2;
}

static sim_time above(sim_time x, sim_time y)
{
    return x > y ? x - y : 0;
}

// What the first process of a parent costs more: the imports of multiprocessing.
static sim_time first_time(const struct sim_runtime *r, enum sim_start start)
{
    switch (start) {
    case SIM_START_FORK:
        return above(r->fork_first, r->fork_start);
    case SIM_START_SPAWN:
        return above(r->spawn_first, r->spawn_start);
    default:
        return 0; // the server's own, before its first child: boot_time
    }
}

static sim_time boot_time(const struct sim_run *run, const struct sim_pool *p)
{
    const struct sim_pool_def *def = sim_pool_def_of(run, p);
    const struct sim_runtime *r = sim_pool_runtime(run, p);
    if (def->serves && !run->stations[p->station].begins_anew)
        return 0; // it has been up for long when the run begins
    if (def->startup != SIM_STARTUP_USUAL)
        return def->startup;
    if (!r)
        return 0;
    if (def->kind == SIM_POOL_INTERPRETERS)
        return r->interpreter_pool_first;
    switch (start_of(run, p)) {
    case SIM_START_FORK:
        return r->fork_start / 2;
    case SIM_START_SPAWN:
        return r->spawn_start;
    default:
        return p->has_begun ? r->forkserver_start : r->forkserver_first;
    }
}

sim_time sim_process_hop(const struct sim_runtime *r)
{
    return above(r->pool_round_trip, r->pool_burst + r->pool_burst / 2) / WAKES;
}

sim_time sim_process_enter_time(const struct sim_run *run, const struct sim_pool *p,
                                uint32_t call)
{
    const struct sim_runtime *r = sim_pool_runtime(run, p);
    double bytes = run->offloaded[call].bytes;
    if (sim_pool_def_of(run, p)->kind == SIM_POOL_PROCESSES)
        return sim_carry_unpickle(r, bytes) + r->pool_burst / CHORES;
    return sim_carry_copy(r, bytes) +
           above(r->interpreter_round_trip, r->executor_round_trip);
}

// A process pickles; what comes back from an interpreter is copied, and the future is set in
// the main one.
sim_time sim_process_reply_time(const struct sim_run *run, const struct sim_pool *p,
                                uint32_t call)
{
    const struct sim_runtime *r = sim_pool_runtime(run, p);
    double bytes = run->offloaded[call].bytes;
    if (!r)
        return 0;
    if (sim_pool_def_of(run, p)->kind == SIM_POOL_PROCESSES)
        return sim_carry_pickle(r, bytes) + r->pool_burst / CHORES;
    return sim_carry_copy(r, bytes) + r->executor_burst / 2;
}

void sim_process_copy(struct sim_run *run, uint32_t t)
{
    const struct sim_pool *p = sim_pool_of(run, t);
    const struct sim_runtime *r = sim_pool_runtime(run, p);
    bool is_servant = run->tasks[t].flags & SIM_IS_SERVANT;
    uint32_t call = is_servant ? run->tasks[t].child : t;
    bool pipes = sim_pool_def_of(run, p)->kind == SIM_POOL_PROCESSES;
    sim_time d = r && pipes ? sim_carry_pipe(r, run->offloaded[call].bytes) : 0;
    sim_pool_set_work(run, t, run->tasks[t].pc + 1u, d);
}

// ---- Starting ----

static uint32_t free_station(const struct sim_run *run, const struct sim_pool *p)
{
    for (uint32_t i = p->first_process; i < p->first_process + p->most; i++)
        if (run->stations[i].process->worker == SIM_NONE)
            return i;
    return SIM_NONE;
}

void sim_process_start(struct sim_run *run, struct sim_pool *p)
{
    uint32_t station = free_station(run, p);
    if (station == SIM_NONE)
        return;
    uint32_t servant = sim_pool_servant(run, p, station, SIM_PC_BOOT);
    sim_pool_set_work(run, servant, SIM_PC_BOOT, boot_time(run, p));
    run->stations[station].process->worker = servant;
    run->stations[station].process->calls = 0;
    run->stations[station].has_threads = false;
    sim_memory_worker(run, station, sim_pool_def_of(run, p), start_of(run, p));
    p->alive++;
    p->has_begun = true;
    sim_task_ready(run, servant);
}

static void start_threads(struct sim_run *run, struct sim_pool *p)
{
    if (p->manager != SIM_NONE)
        return;
    p->manager = sim_pool_servant(run, p, p->station, SIM_PC_MANAGER);
    p->feeder = sim_pool_servant(run, p, p->station, SIM_PC_FEEDER);
    run->tasks[p->manager].state = SIM_IDLE;
    run->tasks[p->feeder].state = SIM_IDLE;
}

static void rouse(struct sim_run *run, struct sim_pool *p, uint32_t servant)
{
    if (run->tasks[servant].state == SIM_IDLE)
        sim_pool_wake(run, p, servant);
}

// ---- The parent's part ----

// Another task submits first, and others wait for the executor's lock meanwhile: what starting costs is
// paid once. One that was interrupted in the midst of it is somewhere else by now.
static bool begins_elsewhere(const struct sim_run *run, const struct sim_pool *p,
                             uint32_t t)
{
    const struct sim_task *b = p->beginner == SIM_NONE ? NULL : &run->tasks[p->beginner];
    return b && p->beginner != t && b->state != SIM_FREE && b->state != SIM_DEAD &&
           b->request == p->beginners_request && b->pc - p->beginners_pc <= 1u;
}

static bool is_first(const struct sim_run *run, const struct sim_pool *p, uint32_t t)
{
    return !p->has_begun && !begins_elsewhere(run, p, t);
}

// With fork all workers are started at the first submit, for a fork beside threads is not safe;
// else one for each submit that cannot take the idle semaphore.
sim_time sim_process_submit_time(const struct sim_run *run, struct sim_pool *p, uint32_t t)
{
    const struct sim_runtime *r = sim_pool_runtime(run, p);
    enum sim_start start = start_of(run, p);
    sim_time d = r->pool_burst / CHORES;
    if (sim_pool_def_of(run, p)->startup != SIM_STARTUP_USUAL)
        return d;
    bool begins = is_first(run, p, t);
    if (begins) {
        p->beginner = t;
        p->beginners_request = run->tasks[t].request;
        p->beginners_pc = run->tasks[t].pc;
        d += first_time(r, start);
    }
    if (start == SIM_START_FORK && begins)
        d += p->most * parent_time(r, start);
    else if (start != SIM_START_FORK && p->idle == 0 && p->alive < p->most)
        d += parent_time(r, start);
    return d;
}

static void adjust(struct sim_run *run, struct sim_pool *p)
{
    if (p->idle > 0)
        p->idle--;
    else if (p->alive < p->most)
        sim_process_start(run, p);
}

void sim_process_submit(struct sim_run *run, struct sim_pool *p, uint32_t t)
{
    start_threads(run, p);
    rouse(run, p, p->manager);
    if (start_of(run, p) != SIM_START_FORK) {
        adjust(run, p);
        return;
    }
    if (is_first(run, p, t))
        for (uint32_t i = 0; i < p->most; i++)
            sim_process_start(run, p);
}

static sim_time chore_time(const struct sim_run *run, const struct sim_pool *p,
                           double bytes, bool pickles)
{
    const struct sim_runtime *r = sim_pool_runtime(run, p);
    if (!r)
        return 0;
    return r->pool_burst / CHORES +
           (pickles ? sim_carry_pickle(r, bytes) : sim_carry_unpickle(r, bytes));
}

static bool takes_up(struct sim_run *run, uint32_t servant, uint32_t call, sim_time d)
{
    run->tasks[servant].child = call;
    run->tasks[servant].state = SIM_READY;
    sim_pool_set_work(run, servant, run->tasks[servant].pc + 1u, d);
    return true;
}

// True with a call in its hands, moved on from the line or come back.
bool sim_process_manage(struct sim_run *run, struct sim_pool *p, uint32_t manager)
{
    uint32_t call = SIM_NONE;
    if (p->in_queue <= p->most)
        call = sim_pool_take(run, p, SIM_ROW_LINE);
    if (call != SIM_NONE) {
        p->in_queue++;
        return takes_up(run, manager, call, chore_time(run, p, 0, false));
    }
    call = sim_pool_take(run, p, SIM_ROW_RESULTS);
    if (call != SIM_NONE)
        return takes_up(run, manager, call,
                        chore_time(run, p, run->offloaded[call].bytes, false));
    sim_task_enter(run, manager, SIM_IDLE, SIM_IN_POOL);
    return false;
}

bool sim_process_feed(struct sim_run *run, struct sim_pool *p, uint32_t feeder)
{
    uint32_t call = sim_pool_take(run, p, SIM_ROW_FEEDING);
    if (call != SIM_NONE)
        return takes_up(run, feeder, call,
                        chore_time(run, p, run->offloaded[call].bytes, true));
    sim_task_enter(run, feeder, SIM_IDLE, SIM_IN_POOL);
    return false;
}

// A worker that has ended is replaced whatever the semaphore says, for that counts calls that
// ended, not workers; where the replacement asks it first, as it did in CPython for years
// (gh-115634), a pool may be left without any worker.
static void read_result(struct sim_run *run, struct sim_pool *p, uint32_t call)
{
    const struct sim_offloaded *o = &run->offloaded[call];
    if (o->was_last)
        sim_process_start(run, p);
    else
        p->idle++;
    sim_pool_deliver(run, call, (enum sim_outcome)o->outcome, o->status);
}

void sim_process_served(struct sim_run *run, uint32_t servant, const struct sim_op *op)
{
    struct sim_pool *p = sim_pool_of(run, servant);
    uint32_t call = run->tasks[servant].child;
    run->tasks[servant].child = SIM_NONE;
    if (op->a == SIM_ROLE_FEEDER) {
        run->tasks[servant].pc = SIM_PC_FEEDER;
        sim_pool_put(run, p, SIM_ROW_PIPED, call);
        sim_pool_wake_loafer(run, p);
        return;
    }
    run->tasks[servant].pc = SIM_PC_MANAGER;
    if (run->offloaded[call].stage == SIM_STAGE_REPLIES) {
        read_result(run, p, call);
        return;
    }
    sim_pool_put(run, p, SIM_ROW_FEEDING, call);
    rouse(run, p, p->feeder);
}

// ---- The worker's part ----

void sim_process_end_worker(struct sim_run *run, struct sim_pool *p, uint32_t station)
{
    sim_heap_cancel(&run->heap, run->task_timers + run->stations[station].process->worker);
    sim_task_free(run, run->stations[station].process->worker);
    run->stations[station].process->worker = SIM_NONE;
    run->stations[station].process->lives++;
    sim_memory_end(run, station);
    p->alive--;
}

// A worker that has done all that it may ends, and the manager starts another when it reads
// this result.
void sim_process_replied(struct sim_run *run, struct sim_pool *p, uint32_t call)
{
    uint32_t worker = run->tasks[call].station;
    struct sim_station *s = &run->stations[worker];
    uint32_t most = sim_pool_def_of(run, p)->max_tasks;
    sim_memory_touch(run, worker);
    sim_task_charge(run, call);
    run->tasks[call].station = (uint16_t)p->station;
    s->process->calls++;
    if (most > 0 && s->process->calls >= most) {
        run->offloaded[call].was_last = true;
        sim_process_end_worker(run, p, worker);
    } else {
        sim_pool_let_go(run, call);
    }
    sim_pool_put(run, p, SIM_ROW_RESULTS, call);
    rouse(run, p, p->manager);
}
