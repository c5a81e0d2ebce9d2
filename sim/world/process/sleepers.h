#ifndef SIM_WORLD_SLEEPERS_H
#define SIM_WORLD_SLEEPERS_H

// Those who wait for one lock in sleeps that are all equally long: whose sleep ends in vain
// begins the next at once. So each of them wakes at the same place of a clock face whose one
// turn is the length of a sleep, and nothing has to be moved while time passes: a sleeper is
// put at the place of the instant in which it came, and who wakes next after some instant
// is found from that instant's place onwards.
//
// The face has 64 sectors, each with its sleepers in the order of their places; a word says which
// sectors have any. Adding, taking out and finding the next cost the same however many
// there are, as long as they do not crowd between two instants 1/64 of a turn apart.
//
// Of those who share a place, who began its sleep first wakes first. Sleepers lie in a dense
// array as well, so that one can be drawn at random; the last moves into a gap.

#include <stdbool.h>
#include <stdint.h>

#include "sim/engine/time.h"

#define SIM_SECTORS 64

struct sim_sleeper {
    sim_time phase; // its place on the face
    sim_time since; // came
    uint64_t mark;  // for who asks; 0 at first
    uint32_t task;
    uint32_t next, prev; // in its sector
};

struct sim_sleepers {
    struct sim_sleeper *at;
    uint32_t count, room;
    sim_time turn; // the length of a sleep; at least 1
    sim_time seen; // sleeps that ended by then have begun anew
    uint64_t filled;
    uint32_t heads[SIM_SECTORS], tails[SIM_SECTORS];
};

void sim_sleepers_init(struct sim_sleepers *s, sim_time turn);
void sim_sleepers_fini(struct sim_sleepers *s);

// Puts one in whose sleep begins now, and returns its place in the array; SIM_NONE when there
// is no memory. Whose sleep ends at this instant, and has not begun anew, comes behind it.
uint32_t sim_sleepers_add(struct sim_sleepers *s, uint32_t task, sim_time now);

// Takes one out. The one that has moved to its place, or SIM_NONE.
uint32_t sim_sleepers_remove(struct sim_sleepers *s, uint32_t i);

// Who wakes first at t or later, or later than t; *end is when. SIM_NONE when there is nobody.
// A sleep that begins at t does not end then.
uint32_t sim_sleepers_from(const struct sim_sleepers *s, sim_time t, sim_time *end);
uint32_t sim_sleepers_after(const struct sim_sleepers *s, sim_time t, sim_time *end);

#endif
