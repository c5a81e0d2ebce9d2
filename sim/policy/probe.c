#include "sim/policy/probe.h"

struct sim_probe sim_probe_default(void)
{
    return (struct sim_probe){
        .period = 10 * (sim_time)SIM_S, .timeout = SIM_S, .failures = 3, .successes = 1
    };
}

bool sim_probe_record(const struct sim_probe *p, struct sim_probe_state *s, bool is_good)
{
    s->good = is_good ? s->good + 1 : 0;
    s->bad = is_good ? 0 : s->bad + 1;
    if (s->is_well ? s->bad < p->failures : s->good < p->successes)
        return false;
    s->is_well = !s->is_well;
    return true;
}

sim_time sim_probe_back_off(uint32_t restarts)
{
    sim_time most = 300 * (sim_time)SIM_S, wait = 10 * (sim_time)SIM_S;
    if (restarts == 0)
        return 0;
    for (uint32_t i = 1; i < restarts && wait < most; i++)
        wait *= 2;
    return wait < most ? wait : most;
}

const char *sim_probe_name(enum sim_probe_kind kind)
{
    return kind == SIM_READINESS ? "readiness" : "liveness";
}
