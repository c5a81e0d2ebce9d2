#include "sim/world/inner.h"

// Deaths of workers that are processes or interpreters: what each takes along.

static void fail_call(struct sim_run *run, struct sim_pool *p, uint32_t call)
{
    struct sim_offloaded *o = &run->offloaded[call];
    if (o->stage == SIM_STAGE_RETURNING)
        return;
    if (o->row != SIM_ROW_NONE)
        sim_pool_take_out(run, p, call);
    else if (run->tasks[call].state !=
             SIM_IDLE) // else in the hands of the parent's threads
        sim_trouble_halt(run, call);
    sim_memory_release(run, call);
    sim_task_charge(run, call);
    run->tasks[call].station = (uint16_t)p->station;
    sim_pool_deliver(run, call, SIM_ERROR, sim_pool_def_of(run, p)->serves ? 502 : 500);
}

// A worker's thread sets the future of its call in the main interpreter, and is missed there.
static void fail_reply(struct sim_run *run, struct sim_pool *p, uint32_t station)
{
    uint32_t call = run->tasks[run->stations[station].process->worker].child;
    if (call != SIM_NONE && run->tasks[call].station != station)
        fail_call(run, p, call);
}

static void kill_worker(struct sim_run *run, struct sim_pool *p, uint32_t station)
{
    p->alive--;
    fail_reply(run, p, station);
    for (uint32_t call; (call = sim_trouble_call_in(run, station)) != SIM_NONE;)
        fail_call(run, p, call);
    sim_trouble_clear(run, station);
}

// What a worker process died with goes back to the broker, where that is asked for.
static void reject(struct sim_run *run, const struct sim_pool *p, uint32_t station)
{
    uint32_t servant = run->stations[station].process->worker;
    uint32_t call = servant == SIM_NONE ? SIM_NONE : run->tasks[servant].child;
    uint32_t visit = call == SIM_NONE ? SIM_NONE : run->tasks[call].parent;
    if (visit != SIM_NONE && sim_pool_def_of(run, p)->broker.rejects_lost)
        sim_broker_rejected(run, visit);
}

// BrokenProcessPool: whatever was submitted fails, and whatever will be.
static void break_pool(struct sim_run *run, struct sim_pool *p)
{
    uint32_t servants[] = { p->manager, p->feeder };
    p->is_broken = true;
    for (uint32_t i = p->first_process; i < p->first_process + p->most; i++)
        if (run->stations[i].process->worker != SIM_NONE)
            kill_worker(run, p, i);
    for (int row = 0; row < SIM_ROWS; row++)
        while (p->rows[row].head != SIM_NONE)
            fail_call(run, p, p->rows[row].head);
    for (int i = 0; i < 2; i++) {
        if (servants[i] == SIM_NONE)
            continue;
        uint32_t call = run->tasks[servants[i]].child;
        if (call != SIM_NONE)
            fail_call(run, p, call);
        run->tasks[servants[i]].child = SIM_NONE;
        sim_task_kill(run, servants[i]);
    }
    p->manager = p->feeder = SIM_NONE;
    p->in_queue = 0;
}

// A process dies of what it runs, so those with a call are first.
static uint32_t victim(const struct sim_run *run, const struct sim_pool *p)
{
    uint32_t found = SIM_NONE;
    for (uint32_t i = p->first_process; i < p->first_process + p->most; i++) {
        uint32_t worker = run->stations[i].process->worker;
        if (worker == SIM_NONE)
            continue;
        if (run->tasks[worker].child != SIM_NONE)
            return i;
        if (found == SIM_NONE)
            found = i;
    }
    return found;
}

void sim_process_time_out(struct sim_run *run, uint32_t station)
{
    struct sim_pool *p = &run->pools[run->stations[station].process->pool];
    const struct sim_pool_def *def = sim_pool_def_of(run, p);
    kill_worker(run, p, station);
    if (def->isolates || def->serves)
        sim_process_start(run, p);
    else
        break_pool(run, p);
}

void sim_process_kill(struct sim_run *run, uint32_t station)
{
    struct sim_pool *p = &run->pools[run->stations[station].process->pool];
    reject(run, p, station);
    sim_process_time_out(run, station);
    if (sim_pool_def_of(run, p)->broker.rejects_lost)
        sim_broker_freed(run, p->station);
}

void sim_process_crash(struct sim_run *run, struct sim_pool *p, uint32_t workers)
{
    if (!p->is_open || p->is_broken || sim_pool_def_of(run, p)->kind == SIM_POOL_THREADS)
        return;
    for (uint32_t i = 0; i < workers && !p->is_broken; i++) {
        uint32_t station = victim(run, p);
        if (station == SIM_NONE)
            return;
        sim_process_kill(run, station);
    }
}

void sim_run_crash_pool(struct sim_run *run, uint32_t pool, uint32_t workers)
{
    for (uint32_t home = 0; home < run->first_client; home++)
        sim_process_crash(run, &run->pools[home * run->model->pools.count + pool], workers);
}
