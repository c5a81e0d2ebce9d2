#ifndef SIM_POLICY_UTILISATION_H
#define SIM_POLICY_UTILISATION_H

// Turns requests away while those who work are too busy, the least critical first, and not all of a
// class at once: while at least a threshold of them is at work a level rises, else it falls, in
// step with time. One ramp of it turns a class away, beginning with nobody and ending with
// everybody; then comes the next. The most critical are never turned away.
//
// What lies between two requests counts as the second finds it, up to a gap: nobody has looked.
//
// Source: P. Tarjan, "Scaling your API with rate limiters" (Stripe, 2017): the worker utilisation
// load shedder. 80 % and two minutes are what third parties quote; the gap is ours. The decision is
// one of whole numbers.

#include <stdbool.h>
#include <stdint.h>

#include "sim/engine/time.h"
#include "sim/policy/shed.h"

struct sim_utilisation {
    uint32_t threshold; // millionths, of those who work
    sim_time ramp, gap;
};

struct sim_utilisation_state {
    sim_time level; // from 0 to three ramps
    sim_time last;  // when somebody came
};

struct sim_utilisation sim_utilisation_default(void); // 0.8, two minutes, a second

// A request of that class comes and finds so many of all at work. `draw` is 64 random bits.
bool sim_utilisation_passes(const struct sim_utilisation *rule,
                            struct sim_utilisation_state *s, sim_time now, uint32_t busy,
                            uint32_t of, enum sim_criticality class, uint64_t draw);

#endif
