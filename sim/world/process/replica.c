#include "sim/world/inner.h"

// What a replica is when it is looked at from outside: on record each time that it changes, and
// nothing that the run itself goes by.

static enum sim_replica_state state_of(const struct sim_run *run, uint32_t station)
{
    const struct sim_station *s = &run->stations[station];
    if (!s->is_up)
        return SIM_REPLICA_DOWN;
    if (s->process->is_told)
        return SIM_REPLICA_STOPPING;
    if (!sim_probe_has_started(run, station))
        return SIM_REPLICA_STARTING;
    return sim_probe_is_out(run, station) ? SIM_REPLICA_UNREADY : SIM_REPLICA_UP;
}

void sim_replica_note(struct sim_run *run, uint32_t station)
{
    enum sim_replica_state state = state_of(run, station);
    struct sim_process *process = run->stations[station].process;
    if (process->state == state)
        return;
    process->state = (uint8_t)state;
    if (run->tracing)
        sim_trace_put(&run->trace, (struct sim_trace_record){ .begin = run->now,
                                                              .end = run->now,
                                                              .place = (uint16_t)station,
                                                              .kind = SIM_TRACE_REPLICA,
                                                              .code = (uint8_t)state });
}
