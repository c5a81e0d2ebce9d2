#ifndef SIM_POLICY_LINE_H
#define SIM_POLICY_LINE_H

// Who waits, first come first served. Waiters are numbers from 1 on, each with a node of its own in
// an array that the caller lends, so that joining, leaving from anywhere and going first cost O(1).

#include <stdint.h>

#include "sim/engine/time.h"

struct sim_line_node {
    uint32_t next, prev; // 0: nobody
    sim_time since;      // it has been waiting
};

// Zeroed it is empty.
struct sim_line {
    uint32_t head, tail, count;
};

void sim_line_join(struct sim_line *l, struct sim_line_node *nodes, uint32_t who,
                   sim_time now);
void sim_line_leave(struct sim_line *l, struct sim_line_node *nodes, uint32_t who);

#endif
