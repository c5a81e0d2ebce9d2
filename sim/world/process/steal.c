#include "sim/world/inner.h"

// CPU time that a hypervisor gives to other machines (steal, in Linux' /proc/stat): a share of each
// core's time, in slices that are short beside a request, so that all that runs on the host goes on
// more slowly. To who runs there it is time in which it could have run, and did not.

static uint32_t speed_of(double stolen)
{
    return (uint32_t)((1 - stolen) * SIM_FULL_SPEED + 0.5);
}

void sim_run_steal_host(struct sim_run *run, uint32_t host, double share)
{
    sim_host_speed(run, host, speed_of(share));
}

void sim_run_steal(struct sim_run *run, struct sim_target target, double share)
{
    struct sim_stations r = sim_trouble_stations(run, target);
    for (uint32_t i = r.first; i < r.end; i++)
        sim_run_steal_host(run, run->stations[i].host, share);
}
