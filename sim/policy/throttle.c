#include "sim/policy/throttle.h"

#include "sim/engine/wide.h"

#define MILLION 1000000u

struct sim_throttle sim_throttle_default(void)
{
    return (struct sim_throttle){ .k = 2 * MILLION, .window = 120 * (sim_time)SIM_S };
}

static int64_t slice_at(const struct sim_throttle *rule, sim_time now)
{
    return now / (rule->window / SIM_THROTTLE_SLICES);
}

void sim_throttle_begin(const struct sim_throttle *rule, struct sim_throttle_memory *m,
                        sim_time now)
{
    *m = (struct sim_throttle_memory){ .newest = slice_at(rule, now) };
}

static struct sim_throttle_slice *slice(struct sim_throttle_memory *m, int64_t number)
{
    return &m->slices[number % SIM_THROTTLE_SLICES];
}

// Forgets the slices that have left the window, which are at most all of them.
static void go_on(const struct sim_throttle *rule, struct sim_throttle_memory *m,
                  sim_time now)
{
    int64_t number = slice_at(rule, now);
    if (number - m->newest >= SIM_THROTTLE_SLICES) {
        sim_throttle_begin(rule, m, now);
        return;
    }
    while (m->newest < number) {
        struct sim_throttle_slice *old = slice(m, ++m->newest);
        m->sum.requests -= old->requests;
        m->sum.accepts -= old->accepts;
        *old = (struct sim_throttle_slice){ 0 };
    }
}

static void count_request(struct sim_throttle_memory *m)
{
    slice(m, m->newest)->requests++;
    m->sum.requests++;
}

// draw / 2^64 < (requests - k accepts) / (requests + 1), all of it times what stands below.
static bool is_rejected(const struct sim_throttle *rule,
                        const struct sim_throttle_memory *m, uint64_t draw)
{
    uint64_t asked = (uint64_t)m->sum.requests * MILLION;
    uint64_t borne = (uint64_t)m->sum.accepts * rule->k;
    if (asked <= borne)
        return false;
    return (sim_wide)draw * (asked + MILLION) < (sim_wide)(asked - borne) << 64;
}

bool sim_throttle_allows(const struct sim_throttle *rule, struct sim_throttle_memory *m,
                         sim_time now, uint64_t draw)
{
    go_on(rule, m, now);
    bool allows = !is_rejected(rule, m, draw);
    if (!rule->counts_late)
        count_request(m);
    return allows;
}

void sim_throttle_ended(const struct sim_throttle *rule, struct sim_throttle_memory *m,
                        sim_time now, bool is_accepted)
{
    go_on(rule, m, now);
    if (rule->counts_late)
        count_request(m);
    slice(m, m->newest)->accepts += is_accepted;
    m->sum.accepts += is_accepted;
}
