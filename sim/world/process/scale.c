#include "sim/world/inner.h"

// How many replicas a service has, as an orchestrator is told: those beyond are told to stop, as a
// planned stop tells them, and callers hear of it at once, or after the lag of its drain; those that
// are there again begin anew. A replica that is not to be there does not come back by itself, whoever
// would start it. All that there will ever be are made when the run begins.

static uint32_t stride_of(const struct sim_service_def *service)
{
    return service->executor.processes > 1 ? service->executor.processes : 1;
}

static void integrate(struct sim_run *run, uint32_t station)
{
    struct sim_station *s = &run->stations[station];
    sim_wide d = (uint64_t)(run->now - s->process->absent);
    if (s->process->is_absent)
        s->meter.kept->rare_areas[SIM_ABSENT_AREA - SIM_HOT_AREAS] += d;
    s->process->absent = run->now;
}

void sim_scale_integrate(struct sim_run *run)
{
    for (uint32_t i = 0; i < run->service_count; i++) {
        const struct sim_service_def *s = &run->services[i];
        for (uint32_t r = 0; s->scales && r < s->replicas; r++)
            integrate(run, run->first_station[i] + r);
    }
}

static void open_spare(struct sim_run *run, uint32_t station)
{
    struct sim_process *p = run->stations[station].process;
    p->is_absent = p->is_unready = true;
    sim_trouble_crash(run, station);
}

void sim_scale_open(struct sim_run *run)
{
    for (uint32_t i = 0; i < run->service_count; i++) {
        const struct sim_service_def *s = &run->services[i];
        for (uint32_t r = s->replicas - s->spare; r < s->replicas; r++)
            open_spare(run, run->first_station[i] + r);
    }
}

// Who is stopping already, to be started again, is not.
void sim_scale_leave(struct sim_run *run, uint32_t station)
{
    integrate(run, station);
    run->stations[station].process->is_absent = true;
    run->stations[station].process->rises = false;
    sim_drain_begin(run, station);
    uint32_t replica = station - run->first_station[run->stations[station].entity];
    if (replica % stride_of(&run->services[run->stations[station].entity]) == 0)
        sim_rotation_set_ready(run, station, false);
}

void sim_scale_come(struct sim_run *run, uint32_t station, sim_time startup)
{
    integrate(run, station);
    run->stations[station].process->is_absent = false;
    if (startup > 0)
        sim_memory_rise_later(run, station, startup);
    else
        sim_drain_undo(run, station);
}

void sim_run_scale(struct sim_run *run, uint32_t service, uint32_t replicas)
{
    const struct sim_service_def *s = &run->services[service];
    uint32_t n = replicas == SIM_NONE ? s->replicas - s->spare : replicas * stride_of(s);
    for (uint32_t r = 0; r < s->replicas; r++) {
        uint32_t station = run->first_station[service] + r;
        bool is_absent = r >= n;
        if (run->stations[station].process->is_absent == is_absent)
            continue;
        if (is_absent)
            sim_scale_leave(run, station);
        else
            sim_scale_come(run, station, 0);
    }
}
