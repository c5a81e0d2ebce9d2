#ifndef SIM_POLICY_BALANCER_H
#define SIM_POLICY_BALANCER_H

// A balancer with a memory: one caller's view of the hosts of one service. It knows who is in the
// rotation, weights, how old the loads are that it sees, and how long answers took; n balancers
// before the same hosts are not one. Who is out of the rotation gets nothing, unless so few are
// left that the rule says panic. Of equals the first after the last one chosen is taken, or the
// first drawn.
//
// Choosing takes constant time where hosts are drawn, and time for the hosts where all are looked
// at. Nothing is allocated: the arrays are the caller's.

#include <stdbool.h>
#include <stdint.h>

#include "sim/policy/balance.h"
#include "sim/policy/hash_ring.h"

#define SIM_BALANCE_NOBODY UINT32_MAX

struct sim_balanced {
    double weight;     // above 0
    double credit;     // of smooth weighted round robin
    double latency;    // peak EWMA, in ns; 0: nothing is known
    sim_time observed; // when that was last brought up to date
    sim_time up;       // in the rotation since then, if it has come back into it
    uint32_t seen;     // its load when last looked at
    bool is_out, has_come;
};

struct sim_balancer {
    struct sim_balance rule;
    struct sim_balanced *hosts; // borrowed, [count]
    uint32_t *in; // borrowed, [count]: those in the rotation, in_count of them
    struct sim_hash_ring ring;
    uint32_t count, in_count, turn;
    bool is_smooth; // round robin by weights
    bool has_looked;
    sim_time looked; // at loads
};

// Weights have been set in the hosts, all else in them is zero; a ring is set by the caller.
void sim_balancer_init(struct sim_balancer *b, const struct sim_balance *rule,
                       struct sim_balanced *hosts, uint32_t *in, uint32_t count);

// Takes a host out of the rotation, or in again.
void sim_balancer_set_out(struct sim_balancer *b, uint32_t host, bool is_out, sim_time now);

// loads[i] are requests in flight at host i; the key's hash is of ring hash. NOBODY when nobody is
// in the rotation.
uint32_t sim_balancer_choose(struct sim_balancer *b, const uint32_t *loads,
                             uint64_t key_hash, sim_time now, struct sim_random *rng);

// An answer of that host took so long.
void sim_balancer_took(struct sim_balancer *b, uint32_t host, sim_time took, sim_time now);

#endif
