#include "sim/policy/utilisation.h"

#include "sim/engine/wide.h"

struct sim_utilisation sim_utilisation_default(void)
{
    return (struct sim_utilisation){ .threshold = 800000,
                                     .ramp = 120 * (sim_time)SIM_S,
                                     .gap = SIM_S };
}

static void move(const struct sim_utilisation *rule, struct sim_utilisation_state *s,
                 sim_time now, bool is_busy)
{
    sim_time most = SIM_CRITICAL_PLUS * rule->ramp;
    sim_time by = now - s->last < rule->gap ? now - s->last : rule->gap;
    s->level += is_busy ? by : -by;
    if (s->level < 0)
        s->level = 0;
    if (s->level > most)
        s->level = most;
    s->last = now;
}

bool sim_utilisation_passes(const struct sim_utilisation *rule,
                            struct sim_utilisation_state *s, sim_time now, uint32_t busy,
                            uint32_t of, enum sim_criticality class, uint64_t draw)
{
    move(rule, s, now, (uint64_t)busy * 1000000 >= (uint64_t)of * rule->threshold);
    sim_time own = s->level - (sim_time) class * rule->ramp;
    if (class == SIM_CRITICAL_PLUS || own <= 0)
        return true;
    // draw / 2^64 < own / ramp says no.
    return (sim_wide)draw * (uint64_t)rule->ramp >= (sim_wide)(uint64_t)own << 64;
}
