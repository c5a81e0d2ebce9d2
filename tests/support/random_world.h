#ifndef TESTS_SUPPORT_RANDOM_WORLD_H
#define TESTS_SUPPORT_RANDOM_WORLD_H

// Small worlds that nobody would think of: random services, handlers, pools, lines, links,
// policies, clients and faults, all decided by a number. The same number gives the same
// world. Services call only services before them, so nothing goes in circles.

#include "tests/support/worlds.h"

#define RANDOM_FAULTS 4

struct random_world {
    struct sim_model *model; // sealed; closed by random_world_close
    struct sim_fault faults[RANDOM_FAULTS];
    uint32_t fault_count;
    bool has_probes; // which are on no record
};

void random_world_open(struct random_world *w, uint64_t number);
void random_world_close(struct random_world *w);

// A whole run, finished; stops at `splits` random moments on its way, which must not matter.
struct sim_run *random_world_run(const struct random_world *w, uint64_t seed,
                                 uint32_t trace_records, uint32_t splits);

#endif
