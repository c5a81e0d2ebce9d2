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
    switch (kind) {
    case SIM_READINESS:
        return "readiness";
    case SIM_LIVENESS:
        return "liveness";
    default:
        return "startup";
    }
}

struct sim_drain sim_probe_drain_default(void)
{
    return (struct sim_drain){ .is_used = true, .endpoint_lag = SIM_S };
}

sim_time sim_probe_told_after(const struct sim_drain *d, sim_time grace)
{
    return grace > 0 && d->pre_stop > grace ? grace : d->pre_stop;
}

sim_time sim_probe_killed_after(const struct sim_drain *d, sim_time grace)
{
    sim_time left = grace - sim_probe_told_after(d, grace);
    sim_time least = d->pre_stop > 0 ? 2 * (sim_time)SIM_S : 0;
    if (grace == 0)
        return 0;
    return left < least ? least : left;
}
