#include "sim/world/inner.h"

// A planned stop, as SIGTERM asks for one: a process takes nothing new, does what is inside, and
// ends when that has; what is still inside after the server's grace ends with it.
//
// Where a service says how it drains, a replica is told as Kubernetes tells a pod: its callers
// hear of it after a while, and meanwhile go on; its process is told when its pre-stop is over; and
// it is killed when the grace of the whole is, the pre-stop counted.
//
// What waits before the socket of a server of processes nobody has accepted: it is reset when
// the socket is closed. What a Celery worker has not begun goes back to its broker. Other lines
// are the process' own and are worked off.

static bool has_socket(const struct sim_run *run, const struct sim_station *s)
{
    uint32_t pool = run->services[s->entity].executor.pool;
    return pool > 0 && run->model->pools.at[pool].is_server;
}

// ---- What is lost by it ----

static void count(struct sim_run *run, uint32_t visit, enum sim_count what)
{
    struct sim_station *s = sim_station_of(run, visit);
    if (s->process->is_told && run->tasks[visit].edge != SIM_NO_EDGE)
        sim_meter_rare(&s->meter, what);
}

void sim_drain_refuse(struct sim_run *run, uint32_t visit)
{
    count(run, visit, SIM_STOP_REFUSED);
    sim_task_end(run, visit, SIM_ERROR, 503);
}

void sim_drain_dropped(struct sim_run *run, uint32_t visit)
{
    count(run, visit, SIM_STOP_DROPPED);
}

static void reset(struct sim_run *run, uint32_t station)
{
    for (uint32_t visit; (visit = run->stations[station].head) != SIM_NONE;) {
        sim_station_unqueue(run, visit);
        sim_task_charge(run, visit);
        sim_drain_dropped(run, visit);
        sim_task_end(run, visit, SIM_ERROR, 502);
    }
}

// ---- Stopping ----

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

static uint32_t agent_of(struct sim_run *run, uint32_t station, uint32_t pc)
{
    uint32_t t = sim_memory_agent(run, pc);
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
        sim_task_sleep(run, agent_of(run, station, SIM_PC_EXIT), SIM_SLEEPING, SIM_IN_PAUSE,
                       grace);
}

// Of two graces, 0 for those without an end.
static sim_time sooner(sim_time a, sim_time b)
{
    return a > 0 && (b == 0 || a < b) ? a : b;
}

static void tell(struct sim_run *run, uint32_t station, sim_time termination)
{
    const struct sim_service_def *service = &run->services[run->stations[station].entity];
    struct sim_process *p = run->stations[station].process;
    sim_time told_after = sim_probe_told_after(&service->drain, termination);
    p->is_told = true;
    p->grace = sooner(service->executor.grace,
                      sim_probe_killed_after(&service->drain, termination));
    sim_replica_note(run, station);
    sim_probe_told(run, station);
    if (told_after == 0)
        stop(run, station, p->grace);
    else
        sim_task_sleep(run, agent_of(run, station, SIM_PC_TERM), SIM_SLEEPING, SIM_IN_PAUSE,
                       told_after);
}

static bool can_stop(const struct sim_station *s)
{
    return s->is_up && !s->process->is_told;
}

void sim_drain_begin(struct sim_run *run, uint32_t station)
{
    struct sim_station *s = &run->stations[station];
    if (!can_stop(s))
        return;
    s->process->rises = false;
    s->process->after = 0;
    tell(run, station, run->services[s->entity].termination);
}

void sim_drain_restart(struct sim_run *run, uint32_t station, sim_time grace,
                       sim_time after)
{
    struct sim_station *s = &run->stations[station];
    if (!can_stop(s))
        return;
    s->process->rises = true;
    s->process->after = after;
    tell(run, station, grace);
}

void sim_drain_undo(struct sim_run *run, uint32_t station)
{
    const struct sim_station *s = &run->stations[station];
    if (s->is_up && s->process->is_told)
        s->process->rises = true; // once the old process has ended
    else
        sim_trouble_rise(run, station);
}

// Its last visit is about to be gone, from within whatever that was doing.
void sim_drain_left(struct sim_run *run, uint32_t station)
{
    sim_task_ready(run, agent_of(run, station, SIM_PC_EXIT));
}

// The process that the agent was sent for, and not one that came after it.
static bool is_same(const struct sim_run *run, uint32_t agent)
{
    uint32_t station = run->offloaded[agent].pool;
    return run->offloaded[agent].status == run->stations[station].process->lives;
}

void sim_drain_term(struct sim_run *run, uint32_t agent)
{
    uint32_t station = run->offloaded[agent].pool;
    bool is_due = is_same(run, agent) && run->stations[station].is_up;
    sim_task_free(run, agent);
    if (is_due)
        stop(run, station, run->stations[station].process->grace);
}

void sim_drain_exit(struct sim_run *run, uint32_t agent)
{
    uint32_t station = run->offloaded[agent].pool;
    bool is_due = is_same(run, agent) && run->stations[station].is_draining;
    sim_task_free(run, agent);
    if (is_due)
        end(run, station);
}
