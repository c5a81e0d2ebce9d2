#include "sim/model/model_private.h"

void sim_host_default(struct sim_host_def *def)
{
    *def = (struct sim_host_def){ .cores = 1,
                                  .slice = 3 * (sim_time)SIM_MS,
                                  .switch_cost = 5 * (sim_time)SIM_US,
                                  .tick = 4 * (sim_time)SIM_MS,
                                  .restart = SIM_S };
}

const char *sim_model_host_name(const struct sim_model *m, uint32_t host)
{
    return m->hosts.at[host].name;
}

uint32_t sim_model_host_cores(const struct sim_model *m, uint32_t host)
{
    return m->hosts.at[host].cores;
}
