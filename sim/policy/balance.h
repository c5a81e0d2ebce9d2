#ifndef SIM_POLICY_BALANCE_H
#define SIM_POLICY_BALANCE_H

// Which replica gets the next request, as a rule; and the rules that need no memory but a turn,
// decided over the loads that are shown. The others are in balancer.h.
//
//   round robin     in turn, by a counter that the caller keeps
//   random          uniformly
//   least requests  the fewest in flight; of equals the first after the last one chosen
//   power of d      the least loaded of d uniform choices, drawn with replacement; of equals
//                   the first drawn (Mitzenmacher 2001; Envoy's LEAST_REQUEST with d = 2)
//   peak EWMA       the least latency * (in flight + 1) of d such choices (Finagle)
//   ring hash       by a key of the request (Karger et al. 1997; Envoy)

#include <stdbool.h>
#include <stdint.h>

#include "sim/engine/random.h"
#include "sim/engine/time.h"
#include "sim/policy/outlier.h"

enum sim_balance_kind {
    SIM_BALANCE_ROUND_ROBIN,
    SIM_BALANCE_RANDOM,
    SIM_BALANCE_LEAST,
    SIM_BALANCE_POWER,
    SIM_BALANCE_PEAK_EWMA,
    SIM_BALANCE_RING_HASH,
    SIM_BALANCES
};

struct sim_balance {
    enum sim_balance_kind kind;
    uint32_t choices; // d; of peak EWMA 0: looks at all
    // Of least requests and power of d: who is chosen has the least (load + 1)^bias / weight.
    double bias;
    sim_time tau;     // peak EWMA: e-folding time of its memory
    sim_time refresh; // loads that are seen are so old at most; 0: always true
    // Who comes (back) into the rotation has slow_least of its weight at first, and more as time
    // passes, until all of it after slow_start; 0: at once.
    sim_time slow_start;
    double slow_least;
    uint32_t panic; // thousandths: fewer in the rotation, and requests go to all; 0: never
    // Ring hash: points on it at least; and nobody has more than `bound` times the mean load; 0:
    // whatever it is.
    uint32_t points;
    double bound;
    uint32_t key; // ring hash: number of the request's field
    // Weights are points of the model, one a replica; without, all are alike.
    uint32_t first_weight, weights;
    struct sim_outlier outlier; // who stands out is taken from the rotation
};

// What is known of each by its name: Envoy's d = 2, bias 1, slow start from a tenth (but off),
// and ring of 1024; Finagle's tau of 10 s. No panic, no outlier detection, loads that are true.
struct sim_balance sim_balance_default(enum sim_balance_kind kind);

// True: sim_balance_pick decides it. False: a balancer with a memory does.
bool sim_balance_is_plain(const struct sim_balance *b);

// loads[i] is the number of requests in flight at replica i of n (n at least 1); *turn
// is the balancer's memory, 0 at first.
uint32_t sim_balance_pick(const struct sim_balance *b, const uint32_t *loads, uint32_t n,
                          uint32_t *turn, struct sim_random *rng);

const char *sim_balance_name(enum sim_balance_kind kind);

#endif
