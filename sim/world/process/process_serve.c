#include "sim/world/inner.h"

// Services that are made of processes or interpreters, as gunicorn's and Celery's: workers are up
// when the run begins, each takes what comes, and one that ends is replaced.

void sim_process_serve(struct sim_run *run, struct sim_pool *p)
{
    if (!p->has_begun) {
        for (uint32_t i = 0; i < p->most; i++)
            sim_process_start(run, p);
        run->stations[p->station].begins_anew =
            true; // whoever starts later is a replacement
    }
    sim_pool_wake_loafer(run, p);
}

void sim_process_begin(struct sim_run *run, uint32_t station)
{
    for (uint32_t i = 0; i < run->model->pools.count; i++)
        if (run->model->pools.at[i].serves &&
            run->pools[station * run->model->pools.count + i].most > 0)
            sim_process_serve(run, sim_pool_at(run, station, i));
}

void sim_process_add_threads(struct sim_run *run, struct sim_pool *p, uint32_t servant)
{
    struct sim_station *s = sim_station_of(run, servant);
    uint32_t threads = sim_pool_def_of(run, p)->threads;
    if (s->process->worker != servant || s->has_threads)
        return;
    s->has_threads = true;
    for (uint32_t i = 1; i < threads; i++) {
        sim_memory_thread(run, run->tasks[servant].station);
        sim_task_ready(
            run, sim_pool_servant(run, p, run->tasks[servant].station, SIM_PC_WORKER));
    }
}

static sim_time up_to(sim_time t, sim_time step)
{
    return step > 0 ? (t + step - 1) / step * step : t;
}

void sim_process_watch(struct sim_run *run, struct sim_pool *p, uint32_t servant)
{
    const struct sim_pool_def *def = sim_pool_def_of(run, p);
    sim_time end = up_to(run->now + def->timeout, def->watch);
    if (def->timeout == 0 || def->threads > 1)
        sim_task_enter(run, servant, SIM_IDLE, SIM_IN_POOL);
    else
        sim_task_sleep(run, servant, SIM_SLEEPING, SIM_IN_POOL, end - run->now);
}

static bool has_had_enough(const struct sim_pool_def *def, const struct sim_station *s)
{
    return (def->max_tasks > 0 && s->process->calls >= def->max_tasks) ||
           (def->max_memory > 0 && s->process->own > def->max_memory);
}

// A worker of one thread ends at its limit, and another is started in its place.
void sim_process_retire(struct sim_run *run, struct sim_pool *p, uint32_t call)
{
    const struct sim_pool_def *def = sim_pool_def_of(run, p);
    uint32_t worker = run->tasks[call].station;
    struct sim_station *s = &run->stations[worker];
    s->process->calls++;
    sim_memory_touch(run, worker);
    if (!has_had_enough(def, s) || def->threads > 1) {
        sim_pool_let_go(run, call);
        return;
    }
    sim_process_end_worker(run, p, worker);
    sim_process_start(run, p);
}
