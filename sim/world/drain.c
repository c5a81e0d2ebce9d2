#include "sim/world/inner.h"

// A planned stop, as SIGTERM asks for one: a process takes nothing new, does what is inside, and
// ends when that has; what is still inside after the server's grace ends with it.
//
// What waits before the socket of a server of processes nobody has accepted: it is reset when
// the socket is closed. What a Celery worker has not begun goes back to its broker. Other lines
// are the process' own and are worked off.

static bool has_socket(const struct sim_run *run, const struct sim_station *s)
{
    uint32_t pool = run->services[s->entity].executor.pool;
    return pool > 0 && run->model->pools.at[pool].is_server;
}

static void reset(struct sim_run *run, uint32_t station)
{
    for (uint32_t visit; (visit = run->stations[station].head) != SIM_NONE;) {
        sim_station_unqueue(run, visit);
        sim_task_charge(run, visit);
        sim_task_end(run, visit, SIM_ERROR, 502);
    }
}

static void end(struct sim_run *run, uint32_t station)
{
    bool rises = run->stations[station].process->rises;
    sim_trouble_crash(run, station);
    if (rises)
        sim_trouble_rise(run, station);
}

static uint32_t undertaker(struct sim_run *run, uint32_t station)
{
    uint32_t t = sim_memory_agent(run, SIM_PC_EXIT);
    run->offloaded[t].pool = station;
    run->offloaded[t].status = run->stations[station].process->lives;
    return t;
}

void sim_drain_begin(struct sim_run *run, uint32_t station)
{
    struct sim_station *s = &run->stations[station];
    sim_time grace = run->services[s->entity].executor.grace;
    if (!s->is_up || s->is_draining)
        return;
    s->is_draining = true;
    s->process->rises = false;
    if (s->consumes)
        sim_broker_return(run, station);
    else if (has_socket(run, s))
        reset(run, station);
    sim_accept_closed(run, station);
    if (s->inside == 0)
        end(run, station);
    else if (grace > 0)
        sim_task_sleep(run, undertaker(run, station), SIM_SLEEPING, SIM_IN_PAUSE, grace);
}

void sim_drain_undo(struct sim_run *run, uint32_t station)
{
    if (run->stations[station].is_draining)
        run->stations[station].process->rises = true; // once the old process has ended
    else
        sim_trouble_rise(run, station);
}

// Its last visit is about to be gone, from within whatever that was doing.
void sim_drain_left(struct sim_run *run, uint32_t station)
{
    sim_task_ready(run, undertaker(run, station));
}

void sim_drain_exit(struct sim_run *run, uint32_t agent)
{
    uint32_t station = run->offloaded[agent].pool;
    const struct sim_station *s = &run->stations[station];
    bool is_same = run->offloaded[agent].status == s->process->lives;
    sim_task_free(run, agent);
    if (is_same && s->is_draining)
        end(run, station);
}
