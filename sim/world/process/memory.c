#include <math.h>

#include "sim/world/inner.h"

// Memory of processes, in bytes that are a process' own.
//
// A process that runs an interpreter has what that takes and its threads. A forked worker
// begins with the little that a fork copies, shares the rest with its parent, but for a program that
// it loads itself, and comes to own it as it touches pages (copy-on-write; reference counts are written whenever an
// object is used): each call touches the same share of what is not its own yet. Others have
// their own program from the start. On top comes what requests hold and what they leak.
//
// A host whose processes own more than it has kills the largest, and goes on until
// there is room. A worker that is killed has crashed; a service is up again after its host's
// restart delay, and its own workers are started then.

// Of what a forked worker still shares, a call makes so much its own. A guess: what a call
// touches differs from program to program, and nobody has measured it for one in general.
#define TOUCHED_BY_A_CALL (1.0 / 32)

// Interpreters live in the process of their service.
static uint32_t process_of(const struct sim_run *run, uint32_t station)
{
    const struct sim_station *s = &run->stations[station];
    return s->is_interpreter ? s->home : station;
}

static void integrate(struct sim_station *home, sim_time now)
{
    sim_wide d = (uint64_t)(now - home->process->memory_at);
    home->meter.areas[SIM_MEMORY_AREA] += d * (uint64_t)home->process->memory;
    home->process->memory_at = now;
}

void sim_memory_integrate(struct sim_station *home, sim_time now)
{
    if (!home->is_client)
        integrate(home, now);
}

void sim_memory_next_window(struct sim_station *home)
{
    if (!home->is_client)
        home->meter.memory_max = (uint64_t)home->process->memory;
}

static void send_reaper(struct sim_run *run, uint32_t host)
{
    run->hosts[host].is_reaping = true;
    uint32_t t = sim_memory_agent(run, SIM_PC_REAP);
    run->offloaded[t].pool = host;
    sim_task_ready(run, t);
}

void sim_memory_change(struct sim_run *run, uint32_t station, int64_t bytes)
{
    struct sim_station *s = &run->stations[process_of(run, station)];
    struct sim_station *home = &run->stations[s->home];
    struct sim_host *h = &run->hosts[s->host];
    if (bytes == 0)
        return;
    integrate(home, run->now);
    s->process->own += bytes;
    home->process->memory += bytes;
    if ((uint64_t)home->process->memory > home->meter.memory_max)
        home->meter.memory_max = (uint64_t)home->process->memory;
    h->used += bytes;
    if (h->memory > 0 && h->used > h->memory && !h->is_reaping)
        send_reaper(run, s->host);
}

// ---- Agents: tasks of nobody's, for what happens by itself ----

// They stand at the first client, which never crashes.
uint32_t sim_memory_agent(struct sim_run *run, uint32_t pc)
{
    uint32_t t = sim_task_new(run, run->first_client, pc);
    run->tasks[t].flags = SIM_IS_BRANCH | SIM_IS_SERVANT;
    run->born[t] = ++run->births;
    run->offloaded[t] = (struct sim_offloaded){ .row = SIM_ROW_NONE };
    return t;
}

// ---- What processes have of their own ----

static const struct sim_runtime *runtime_of(const struct sim_run *run, uint32_t station)
{
    const struct sim_service_def *service = &run->services[run->stations[station].entity];
    return service->has_runtime ? &service->runtime : NULL;
}

static int64_t of_service(const struct sim_run *run, uint32_t station)
{
    const struct sim_runtime *r = runtime_of(run, station);
    const struct sim_service_def *s = &run->services[run->stations[station].entity];
    if (!r)
        return s->executor.memory;
    bool has_threads = s->executor.pool == 0 && s->executor.workers != SIM_UNLIMITED;
    double threads = has_threads ? s->executor.workers * r->thread_memory : 0;
    return (int64_t)(r->process_memory + threads) + s->executor.memory;
}

void sim_memory_begin(struct sim_run *run, uint32_t station)
{
    sim_memory_change(run, station, of_service(run, station));
}

// What is left to a process that is gone goes with it.
void sim_memory_end(struct sim_run *run, uint32_t station)
{
    if (!run->stations[station].is_interpreter)
        sim_memory_change(run, station, -run->stations[station].process->own);
    run->stations[station].process->shared = 0;
}

void sim_memory_thread(struct sim_run *run, uint32_t station)
{
    const struct sim_runtime *r = runtime_of(run, station);
    if (r)
        sim_memory_change(run, station, (int64_t)r->thread_memory);
}

static int64_t of_start(const struct sim_runtime *r, enum sim_start start)
{
    switch (start) {
    case SIM_START_FORK:
        return (int64_t)r->fork_memory;
    case SIM_START_SPAWN:
        return (int64_t)r->spawn_memory;
    default:
        return (int64_t)r->forkserver_memory;
    }
}

void sim_memory_worker(struct sim_run *run, uint32_t station,
                       const struct sim_pool_def *def, enum sim_start start)
{
    struct sim_station *s = &run->stations[station];
    const struct sim_runtime *r = runtime_of(run, station);
    int64_t begin = 0, whole = 0;
    if (r && s->is_interpreter) {
        begin = (int64_t)(r->interpreter_memory + r->thread_memory);
    } else if (r) {
        begin = of_start(r, start);
        whole = (int64_t)r->process_memory - begin;
    }
    bool shares = start == SIM_START_FORK && !s->is_interpreter;
    bool shares_program = shares && !def->loads;
    s->process->shared = shares && whole > 0 ? whole : 0;
    s->process->shared += shares_program ? def->memory : 0;
    sim_memory_change(run, station, begin + (shares_program ? 0 : def->memory));
}

void sim_memory_touch(struct sim_run *run, uint32_t station)
{
    struct sim_station *s = &run->stations[station];
    int64_t touched = (int64_t)((double)s->process->shared * TOUCHED_BY_A_CALL);
    s->process->shared -= touched;
    sim_memory_change(run, station, touched);
}

// ---- What requests hold and leak ----

// A branch holds memory for the visit, or the call in a pool, that it is part of.
static uint32_t holder_of(const struct sim_run *run, uint32_t t)
{
    while (run->tasks[t].flags & SIM_IS_BRANCH && !(run->tasks[t].flags & SIM_IS_CALL) &&
           run->tasks[t].parent != SIM_NONE)
        t = run->tasks[t].parent;
    return t;
}

static int64_t amount(struct sim_run *run, uint32_t t, uint32_t value)
{
    struct sim_random *rng = &run->work_rng[sim_station_of(run, t)->entity];
    double x = sim_value_now(run, value, t, rng);
    return x > 0 ? llrint(x < 1e15 ? x : 1e15) : 0;
}

static void hold(struct sim_run *run, uint32_t t, int64_t bytes)
{
    run->frees_more = run->holds_memory = true;
    run->held[t].bytes += bytes;
    run->held[t].station = run->tasks[t].station;
    sim_memory_change(run, run->tasks[t].station, bytes);
}

void sim_memory_alloc(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    hold(run, holder_of(run, t), amount(run, t, op->value));
}

void sim_memory_task(struct sim_run *run, uint32_t t)
{
    const struct sim_runtime *r = runtime_of(run, run->tasks[t].station);
    if (r && r->task_memory > 0)
        hold(run, t, (int64_t)r->task_memory);
}

void sim_memory_leak(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    sim_memory_change(run, run->tasks[t].station, amount(run, t, op->value));
}

void sim_memory_release(struct sim_run *run, uint32_t t)
{
    struct sim_held *h = &run->held[t];
    if (h->bytes != 0)
        sim_memory_change(run, h->station, -h->bytes);
    h->bytes = 0;
}

// ---- Leaks from outside ----

static struct sim_pool *server_of(struct sim_run *run, uint32_t station)
{
    uint32_t pool = run->services[run->stations[station].entity].executor.pool;
    return pool > 0 ? &run->pools[station * run->model->pools.count + pool] : NULL;
}

static void leak(struct sim_run *run, uint32_t station, int64_t bytes)
{
    const struct sim_pool *p = server_of(run, station);
    if (!p) {
        sim_memory_change(run, station, bytes);
        return;
    }
    for (uint32_t i = p->first_process; i < p->first_process + p->most; i++)
        if (run->stations[i].process->worker != SIM_NONE)
            sim_memory_change(run, i, bytes / p->most);
}

void sim_run_leak(struct sim_run *run, struct sim_target target, int64_t bytes)
{
    struct sim_stations r = sim_trouble_stations(run, target);
    for (uint32_t i = r.first; i < r.end; i++)
        if (run->stations[i].is_up)
            leak(run, i, bytes);
}

// ---- A host that has none left ----

static uint32_t largest(const struct sim_run *run, uint32_t host)
{
    uint32_t found = SIM_NONE, n = run->station_count + run->process_count;
    for (uint32_t i = 0; i < n; i++) {
        const struct sim_station *s = &run->stations[i];
        if (!s->is_client && s->host == host && s->process->own > 0 &&
            (found == SIM_NONE || s->process->own > run->stations[found].process->own))
            found = i;
    }
    return found;
}

void sim_memory_rise_later(struct sim_run *run, uint32_t station, sim_time after)
{
    uint32_t t = sim_memory_agent(run, SIM_PC_RISE);
    run->offloaded[t].pool = station;
    sim_task_sleep(run, t, SIM_SLEEPING, SIM_IN_PAUSE, after);
}

// Processes behind one socket are their server's, which starts them again. Who was told to stop
// does not come back by itself.
static void kill_service(struct sim_run *run, uint32_t station)
{
    const struct sim_station *s = &run->stations[station];
    bool is_several = run->services[s->entity].executor.processes > 1;
    bool stays_down = s->process->is_told && !s->process->rises;
    if (!stays_down)
        sim_memory_rise_later(run, station,
                              is_several ? run->hosts[s->host].restart
                                         : sim_probe_restart(run, station));
    sim_trouble_crash(run, station);
}

void sim_memory_kill(struct sim_run *run, uint32_t victim)
{
    if (victim < run->first_client)
        kill_service(run, victim);
    else
        sim_process_kill(run, victim);
}

static void kill_process(struct sim_run *run, uint32_t victim)
{
    sim_meter_rare(&run->stations[run->stations[victim].home].meter, SIM_OOM_KILLS);
    sim_memory_kill(run, victim);
}

// Of a replica and its workers; itself where none has anything.
static uint32_t largest_of(const struct sim_run *run, uint32_t station)
{
    const struct sim_process *home = run->stations[station].process;
    uint32_t found = station;
    for (uint32_t i = home->first_process; i < home->first_process + home->processes; i++)
        if (run->stations[i].process->own > run->stations[found].process->own)
            found = i;
    return found;
}

void sim_run_oom(struct sim_run *run, struct sim_target target)
{
    struct sim_stations r = sim_trouble_stations(run, target);
    for (uint32_t i = r.first; i < r.end; i++)
        if (run->stations[i].is_up)
            kill_process(run, largest_of(run, i));
}

// A server starts a worker again at once, and if that does not fit it is the next to be killed: once
// it has touched its memory.
#define TOUCHES (10 * (sim_time)SIM_MS)

static uint32_t alive(const struct sim_run *run, uint32_t host)
{
    uint32_t found = 0, n = run->station_count + run->process_count;
    for (uint32_t i = 0; i < n; i++) {
        const struct sim_station *s = &run->stations[i];
        found += !s->is_client && s->host == host && s->process->own > 0;
    }
    return found;
}

void sim_memory_reap(struct sim_run *run, uint32_t agent)
{
    uint32_t host = run->offloaded[agent].pool;
    struct sim_host *h = &run->hosts[host];
    for (uint32_t left = alive(run, host); left > 0 && h->used > h->memory; left--) {
        uint32_t victim = largest(run, host);
        if (victim == SIM_NONE)
            break;
        kill_process(run, victim);
    }
    if (h->used > h->memory && alive(run, host) > 0) {
        run->tasks[agent].pc = SIM_PC_REAP;
        sim_task_sleep(run, agent, SIM_SLEEPING, SIM_IN_PAUSE, TOUCHES);
        return;
    }
    h->is_reaping = false;
    sim_task_free(run, agent);
}

void sim_memory_rise(struct sim_run *run, uint32_t agent)
{
    sim_trouble_rise(run, run->offloaded[agent].pool);
    sim_task_free(run, agent);
}
