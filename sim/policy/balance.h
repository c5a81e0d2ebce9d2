#ifndef SIM_POLICY_BALANCE_H
#define SIM_POLICY_BALANCE_H

// Which replica gets the next request. A pure decision over the loads that are shown to it.
//
//   round robin     in turn, by a counter that the caller keeps
//   random          uniformly
//   least requests  the fewest in flight; of equals the first after the last one chosen
//   power of d      the least loaded of d uniform choices, drawn with replacement; of equals
//                   the first drawn (Mitzenmacher 2001; Envoy's LEAST_REQUEST with d = 2)

#include <stdint.h>

#include "sim/engine/random.h"

enum sim_balance_kind {
    SIM_BALANCE_ROUND_ROBIN,
    SIM_BALANCE_RANDOM,
    SIM_BALANCE_LEAST,
    SIM_BALANCE_POWER,
    SIM_BALANCES
};

struct sim_balance {
    enum sim_balance_kind kind;
    uint32_t choices; // d of power of d
};

// loads[i] is the number of requests in flight at replica i of n (n at least 1); *turn
// is the balancer's memory, 0 at first.
uint32_t sim_balance_pick(const struct sim_balance *b, const uint32_t *loads, uint32_t n,
                          uint32_t *turn, struct sim_random *rng);

const char *sim_balance_name(enum sim_balance_kind kind);

#endif
