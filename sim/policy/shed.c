#include "sim/policy/shed.h"

#include <math.h>

struct sim_codel sim_codel_default(void)
{
    return (struct sim_codel){ .target = 5 * SIM_MS, .interval = 100 * SIM_MS };
}

// ---- CoDel ----

enum turn {
    FRESH,   // nobody has been dropped at it
    ENTERED, // the first of a spell has: the one behind it is served, whatever it is
    AGAIN    // another has
};

// The control law, in whole ns. A square root and a quotient are rounded alike on every machine.
static sim_time after(const struct sim_codel *c, sim_time t, uint32_t count)
{
    sim_time d = (sim_time)((double)c->interval / sqrt((double)count) + 0.5);
    return d < INT64_MAX - t ? t + d : INT64_MAX;
}

// Keeps in mind since when all have been late. Whether that is long enough.
static bool is_late(const struct sim_codel *c, struct sim_codel_state *s, sim_time now,
                    sim_time since, bool is_last)
{
    if (now - since < c->target || is_last) {
        s->is_above = false;
        return false;
    }
    if (!s->is_above)
        s->above = now;
    bool was_above = s->is_above;
    s->is_above = true;
    return was_above && now - s->above >= c->interval;
}

// A spell soon after another goes on from about the rate that the load needed then.
static void begin(const struct sim_codel *c, struct sim_codel_state *s, sim_time now)
{
    uint32_t came_to = s->count - s->began;
    bool is_soon = now - s->next < 16 * c->interval;
    s->is_dropping = true;
    s->count = came_to > 1 && is_soon ? came_to : 1;
    s->began = s->count;
    s->next = after(c, now, s->count);
    s->turn = ENTERED;
}

static bool drops_again(const struct sim_codel *c, struct sim_codel_state *s, sim_time now,
                        bool late)
{
    uint8_t turn = s->turn;
    s->turn = FRESH;
    if (turn == ENTERED)
        return false;
    if (!late) {
        s->is_dropping = false;
        return false;
    }
    if (turn == AGAIN)
        s->next = after(c, s->next, s->count);
    if (now < s->next)
        return false;
    s->count++;
    s->turn = AGAIN;
    return true;
}

bool sim_codel_drops(const struct sim_codel *c, struct sim_codel_state *s, sim_time now,
                     sim_time since, bool is_last)
{
    bool late = is_late(c, s, now, since, is_last);
    if (s->is_dropping)
        return drops_again(c, s, now, late);
    if (late)
        begin(c, s, now);
    return late;
}

void sim_codel_empty(struct sim_codel_state *s)
{
    s->is_above = false;
    s->is_dropping = false;
    s->turn = FRESH;
}

sim_time sim_codel_patience(const struct sim_codel *c, sim_time now, sim_time empty)
{
    return now - empty > c->interval ? c->target : c->interval;
}

// ---- Criticality ----

struct sim_shed sim_shed_default(uint32_t limit)
{
    return (struct sim_shed){
        .limit = limit,
        .millionths = { 500000, 700000, 900000, 1000000 },
    };
}

const char *sim_criticality_name(enum sim_criticality c)
{
    static const char *const names[SIM_CRITICALITIES] = { "sheddable", "sheddable_plus",
                                                          "critical", "critical_plus" };
    return names[c];
}

bool sim_shed_passes(const struct sim_shed *s, enum sim_criticality c, uint32_t inside)
{
    return (uint64_t)inside * 1000000 <= (uint64_t)s->limit * s->millionths[c];
}
