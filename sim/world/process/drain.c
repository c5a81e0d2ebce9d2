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
    const struct sim_process *p = run->stations[station].process;
    bool rises = p->rises;
    sim_trouble_crash(run, station);
    if (rises && p->after > 0)
        sim_memory_rise_later(run, station, p->after);
    else if (rises)
        sim_trouble_rise(run, station);
}

static uint32_t undertaker(struct sim_run *run, uint32_t station)
{
    uint32_t t = sim_memory_agent(run, SIM_PC_EXIT);
    run->offloaded[t].pool = station;
    run->offloaded[t].status = run->stations[station].process->lives;
    return t;
}

static void stop(struct sim_run *run, uint32_t station, sim_time grace)
{
    struct sim_station *s = &run->stations[station];
    s->is_draining = true;
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

// Of two graces, 0 for those without an end.
static sim_time sooner(sim_time a, sim_time b)
{
    return a > 0 && (b == 0 || a < b) ? a : b;
}

static bool can_stop(const struct sim_station *s)
{
    return s->is_up && !s->is_draining;
}

void sim_drain_begin(struct sim_run *run, uint32_t station)
{
    struct sim_station *s = &run->stations[station];
    if (!can_stop(s))
        return;
    s->process->rises = false;
    s->process->after = 0;
    stop(run, station,
         sooner(run->services[s->entity].executor.grace,
                run->services[s->entity].termination));
}

void sim_drain_restart(struct sim_run *run, uint32_t station, sim_time grace,
                       sim_time after)
{
    struct sim_station *s = &run->stations[station];
    sim_time own = run->services[s->entity].executor.grace;
    if (!can_stop(s))
        return;
    s->process->rises = true;
    s->process->after = after;
    stop(run, station, sooner(own, grace));
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
