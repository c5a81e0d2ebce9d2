#ifndef SIM_POLICY_HASH_RING_H
#define SIM_POLICY_HASH_RING_H

// A ring of hashes: each host has points on it, and a key belongs to the host of the first point
// that is not before the key's own hash. A host that leaves gives its keys to those behind its
// points, and all other keys stay where they are (Karger et al. 1997; Envoy's ring hash).
//
// Building sorts the points once; finding takes logarithmic time.

#include <stdint.h>

struct sim_hash_ring_point {
    uint64_t hash;
    uint32_t host;
};

// Points are borrowed, [count], in the order of their hashes.
struct sim_hash_ring {
    const struct sim_hash_ring_point *points;
    uint32_t count;
};

// Of that host, out of `least` for all: by its share of the weights, rounded up.
uint32_t sim_hash_ring_points_of(double weight, double weights, uint32_t least);

uint64_t sim_hash_ring_place(uint32_t host, uint32_t point);

// Sorts points that have been filled in; equal hashes by host.
void sim_hash_ring_init(struct sim_hash_ring *r, struct sim_hash_ring_point *points,
                        uint32_t count);

// The place of a key's first point; those behind it come next, round the end.
uint32_t sim_hash_ring_find(const struct sim_hash_ring *r, uint64_t key_hash);

#endif
