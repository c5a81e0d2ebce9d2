#ifndef SIM_STATS_AVERAGE_H
#define SIM_STATS_AVERAGE_H

// Time-weighted average of a level that changes in steps: the length of a queue, the number
// of busy workers. The integral of the level over time is a whole number and exact, so
// Little's law can be checked to the last nanosecond, and two windows add up to the run.
//
// Times handed to one average must not go back. A window from t0 to t1 is the difference of
// the areas at both:
//
//     sim_average_mean(sim_average_area(&a, t1) - area_at_t0, t1 - t0)

#include <assert.h>
#include <stdint.h>

#include "sim/engine/time.h"
#include "sim/engine/wide.h"

struct sim_average {
    sim_wide area;  // level times nanoseconds, up to since
    sim_time since; // when the level last changed
    int64_t level;  // now; never negative
    int64_t max;    // the highest level since the start or the last restart
};

static inline void sim_average_init(struct sim_average *a, int64_t level, sim_time now)
{
    assert(level >= 0);
    *a = (struct sim_average){ .since = now, .level = level, .max = level };
}

// The integral from the start (or the last restart) to now.
static inline sim_wide sim_average_area(const struct sim_average *a, sim_time now)
{
    assert(now >= a->since);
    return a->area + (sim_wide)(uint64_t)(now - a->since) * (uint64_t)a->level;
}

static inline void sim_average_set(struct sim_average *a, int64_t level, sim_time now)
{
    assert(level >= 0);
    a->area = sim_average_area(a, now);
    a->since = now;
    a->level = level;
    a->max = level > a->max ? level : a->max;
}

static inline void sim_average_add(struct sim_average *a, int64_t change, sim_time now)
{
    sim_average_set(a, a->level + change, now);
}

// Forgets the past and keeps the level: the end of a warm-up.
static inline void sim_average_restart(struct sim_average *a, sim_time now)
{
    sim_average_init(a, a->level, now);
}

// The mean level over a span of time with this area; 0 for an empty span.
static inline double sim_average_mean(sim_wide area, sim_time span)
{
    return span > 0 ? (double)area / (double)span : 0.0;
}

#endif
