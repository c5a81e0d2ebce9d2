#include "sim/world/inner.h"

// One socket that the event loops of several processes listen at, as uvicorn's workers do.
//
// A connection stands in the socket's backlog until somebody accepts it. It wakes every loop
// that waits in its poll, for each has the socket in an epoll of its own (not EPOLLEXCLUSIVE);
// the first that is awake accepts all that stand there (asyncio/selector_events.py,
// _accept_connection), and the others go round for nothing. A loop that computes accepts when
// it comes back to its poll. Nobody deals connections out: who is quick to come back has many.
//
// The backlog is the line of the first process of each group. What stands there belongs to the
// kernel, so no process counts it in, and none takes it along when it dies.

uint32_t sim_accept_first(const struct sim_run *run, uint32_t station)
{
    const struct sim_station *s = &run->stations[station];
    uint32_t first = run->first_station[s->entity];
    return station - (station - first) % run->services[s->entity].executor.processes;
}

static bool is_open(const struct sim_station *s)
{
    return s->is_up && !s->is_draining;
}

static bool is_anybody_up(const struct sim_run *run, uint32_t first)
{
    uint32_t n = run->services[run->stations[first].entity].executor.processes;
    for (uint32_t i = first; i < first + n; i++)
        if (is_open(&run->stations[i]))
            return true;
    return false;
}

static void wake_all(struct sim_run *run, uint32_t first)
{
    uint32_t n = run->services[run->stations[first].entity].executor.processes;
    for (uint32_t i = first; i < first + n; i++)
        if (is_open(&run->stations[i]))
            sim_loop_rouse(run, &run->loops[run->stations[i].loop]);
}

void sim_accept_arrive(struct sim_run *run, uint32_t visit)
{
    uint32_t first = run->tasks[visit].station;
    struct sim_station *s = &run->stations[first];
    if (!is_anybody_up(run, first)) {
        sim_station_admit(run, visit);
    } else if (sim_station_is_taken_back(run, visit)) {
        sim_station_count_in(run, visit);
        sim_task_end(run, visit, SIM_CANCELLED, 0);
    } else if (s->waiting >= run->services[s->entity].executor.backlog) {
        sim_station_count_in(run, visit);
        sim_station_refuse(run, visit, SIM_BY_QUEUE);
    } else {
        sim_station_enqueue(run, visit);
        wake_all(run, first);
    }
}

bool sim_accept_waits(const struct sim_run *run, uint32_t station)
{
    return run->stations[station].accepts && !run->stations[station].is_draining &&
           run->stations[sim_accept_first(run, station)].head != SIM_NONE;
}

void sim_accept(struct sim_run *run, uint32_t station)
{
    if (!run->stations[station].accepts || run->stations[station].is_draining)
        return;
    uint32_t first = sim_accept_first(run, station);
    for (uint32_t visit; (visit = run->stations[first].head) != SIM_NONE;) {
        sim_station_unqueue(run, visit);
        sim_task_charge(run, visit);
        run->loads[first]--;
        run->loads[station]++;
        run->tasks[visit].station = (uint16_t)station;
        run->stations[station].meter.counts[SIM_WAITED] +=
            run->now > run->tasks[visit].start;
        sim_station_admit(run, visit);
    }
}

void sim_accept_closed(struct sim_run *run, uint32_t station)
{
    if (!run->stations[station].accepts)
        return;
    uint32_t first = sim_accept_first(run, station);
    while (!is_anybody_up(run, first) && run->stations[first].head != SIM_NONE) {
        uint32_t visit = run->stations[first].head;
        sim_station_unqueue(run, visit);
        sim_task_charge(run, visit);
        sim_station_count_in(run, visit);
        sim_drain_dropped(run, visit);
        sim_task_end(run, visit, SIM_ERROR, 502);
    }
}
