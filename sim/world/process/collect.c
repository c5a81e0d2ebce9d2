#include "sim/world/inner.h"

// What threads of one interpreter cost each other beyond the GIL: collections of garbage, and
// objects that they share where there is no GIL.
//
// After so much bytecode of a process a full collection is due, at the next step of bytecode
// that begins. With a GIL whoever runs that step collects, keeps the GIL meanwhile and cannot
// be asked to drop it. Without one the world stops: nothing that runs bytecode goes on
// until it is over; native code, which is not attached, does, up to its end.
//
// n threads of a free-threaded process that run bytecode at once take 1 + a (n - 1) + b n (n - 1)
// times as long: a for waiting for one another's writes, b for what the caches have to agree
// on (N. J. Gunther, "A General Theory of Computational Scalability", 2008). n is that of the
// moment when a step begins.

static bool computes_in(const struct sim_run *run, uint32_t t, uint32_t station)
{
    const struct sim_task *task = &run->tasks[t];
    return task->station == station && task->cause == SIM_IN_PYTHON;
}

static double crowding(const struct sim_run *run, uint32_t t, const struct sim_runtime *r)
{
    uint32_t station = run->tasks[t].station;
    const struct sim_host *h = &run->hosts[run->stations[station].host];
    double n = 1;
    for (uint32_t i = 0; i < h->count; i++)
        n += computes_in(run, (uint32_t)h->jobs[i].key & (SIM_TIMERS - 1), station);
    return 1 + r->contention * (n - 1) + r->coherence * n * (n - 1);
}

static void stop_world(struct sim_run *run, uint32_t station)
{
    uint32_t agent = sim_memory_agent(run, SIM_PC_STOP);
    run->offloaded[agent].pool = station;
    sim_task_ready(run, agent);
}

static sim_time pause_of(const struct sim_runtime *r)
{
    return sim_seconds((double)r->gc_object * r->gc_live / SIM_S);
}

static const struct sim_runtime *runtime_of(const struct sim_run *run, uint32_t t)
{
    const struct sim_service_def *service =
        &run->services[run->stations[run->tasks[t].station].entity];
    return service->has_runtime ? &service->runtime : NULL;
}

sim_time sim_collect_crowded(struct sim_run *run, uint32_t t, sim_time d)
{
    const struct sim_runtime *r = runtime_of(run, t);
    if (!r)
        return d;
    if (!r->has_gil && (r->contention > 0 || r->coherence > 0))
        d = (sim_time)((double)d * crowding(run, t, r) + 0.5);
    sim_station_of(run, t)->process->since_gc += d;
    return d;
}

// It waits as others do whose process stands still.
static void stand_still(struct sim_run *run, uint32_t t)
{
    run->tasks[t].outcome = SIM_OK;
    sim_task_ready(run, t);
}

bool sim_collect_first(struct sim_run *run, uint32_t t)
{
    struct sim_station *s = sim_station_of(run, t);
    const struct sim_runtime *r = runtime_of(run, t);
    if (s->is_paused) {
        stand_still(run, t);
        return true;
    }
    if (!r || r->gc_every == 0 || s->process->since_gc < r->gc_every)
        return false;
    s->process->since_gc = 0;
    if (!r->has_gil) {
        stop_world(run, run->tasks[t].station);
        return false;
    }
    sim_task_enter(run, t, SIM_RUNNING, SIM_IN_NATIVE);
    sim_host_add(run, t, pause_of(r));
    return true;
}

void sim_collect_stop(struct sim_run *run, uint32_t agent)
{
    uint32_t station = run->offloaded[agent].pool;
    const struct sim_service_def *service = &run->services[run->stations[station].entity];
    sim_trouble_pause(run, station, SIM_WORLD_STOPS, true);
    run->tasks[agent].pc = SIM_PC_GO_ON;
    sim_task_sleep(run, agent, SIM_SLEEPING, SIM_IN_PAUSE, pause_of(&service->runtime));
}

void sim_collect_go_on(struct sim_run *run, uint32_t agent)
{
    sim_trouble_pause(run, run->offloaded[agent].pool, SIM_WORLD_STOPS, false);
    sim_task_free(run, agent);
}
