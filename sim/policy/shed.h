#ifndef SIM_POLICY_SHED_H
#define SIM_POLICY_SHED_H

// What a line does when more comes than is served: who is next, and who is turned away. Each is a
// decision about one visit: whoever keeps the line says what time it is, and acts on the answer.
//
//   CoDel           looks at how long the visit whose turn it is has stood in line. Once all of
//                   them have stood there for the target or longer for a whole interval, one is
//                   dropped; the next after interval / sqrt(2), then interval / sqrt(3), until one
//                   comes that has not. A spell that follows soon on another begins at the rate
//                   that the other had come to (RFC 8289, 5.5 and 5.6; the last one in line, where
//                   that speaks of one packet of bytes, is never dropped)
//   controlled      a line that has been empty within the interval lets who comes wait for the
//   delay           interval, any other for the target only (B. Maurer, Fail at Scale, ACM Queue
//                   13/8, 2015)
//   adaptive LIFO   the oldest is next, and the newest while so many or more stand in line (the
//                   same article)
//   criticality     what may be missed is turned away first: each class may fill a share of the
//                   places only (Google's SRE book, Handling Overload, whose four classes these are)

#include <stdbool.h>
#include <stdint.h>

#include "sim/engine/time.h"

struct sim_codel {
    sim_time target, interval;
};

struct sim_codel_state {
    sim_time above; // since then all have been late, if is_above
    sim_time next;  // dropping: when the next one is
    uint32_t count; // of drops in this spell
    uint32_t began; // the count that it began with
    bool is_above, is_dropping;
    uint8_t turn; // what has been done at this turn: who is next may be dropped too
};

struct sim_codel sim_codel_default(void); // RFC 8289: 5 ms, 100 ms

// It is the turn of a visit that stands there since then. After a drop it is the turn of the one
// behind it, at the same instant.
bool sim_codel_drops(const struct sim_codel *c, struct sim_codel_state *s, sim_time now,
                     sim_time since, bool is_last);
void sim_codel_empty(struct sim_codel_state *s); // all in line have left it otherwise

// How long a visit that comes now may wait. The line was empty last at `empty`: now, where it is.
sim_time sim_codel_patience(const struct sim_codel *c, sim_time now, sim_time empty);

// With so many in line. True: the newest is next.
static inline bool sim_shed_newest_first(uint32_t from, uint32_t waiting)
{
    return waiting >= from;
}

enum sim_criticality {
    SIM_SHEDDABLE,
    SIM_SHEDDABLE_PLUS,
    SIM_CRITICAL,
    SIM_CRITICAL_PLUS,
    SIM_CRITICALITIES
};

struct sim_shed {
    uint32_t limit;                         // places in all
    uint32_t millionths[SIM_CRITICALITIES]; // of them: that each class may fill
};

// Half, seven and nine tenths, and all: ours, for the book gives no numbers.
struct sim_shed sim_shed_default(uint32_t limit);
const char *sim_criticality_name(enum sim_criticality c); // "sheddable_plus"

// With so many inside, itself counted.
bool sim_shed_passes(const struct sim_shed *s, enum sim_criticality c, uint32_t inside);

#endif
