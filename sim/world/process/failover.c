#include "sim/world/inner.h"

// A store that fails over: it is gone, and after a while another is in its place, which has been told of
// all that was written but for the last moments. Who is inside ends with an error, who comes meanwhile is
// refused. The counts of rate limits are as they were; of idempotency keys those that were written within
// the lag are not known any more.

void sim_run_failover(struct sim_run *run, uint32_t service)
{
    const struct sim_service_def *def = &run->services[service];
    uint32_t station = run->first_station[service];
    if (!run->stations[station].is_up)
        return;
    sim_trouble_crash(run, station);
    run->stations[station].process->forgets--;
    if (def->lag > 0 && run->keys.of)
        sim_keys_lose(run, station, run->now - def->lag);
    sim_memory_rise_later(run, station, def->failover);
}
