#ifndef LABS_BALANCE_RING_H
#define LABS_BALANCE_RING_H

// Consistent hashing: hosts have points on a ring, a key goes to the next point. A host that comes
// or goes moves the keys of its own points and no others. With bounded load, a host that has more
// than its share of what is under way is passed over.
//
// Finding takes logarithmic time, and a step for each point that is passed over. Sources: Karger
// et al. (1997); Envoy's ring hash; Mirrokni et al., "Consistent Hashing with Bounded Loads" (2016).

#include <stdbool.h>
#include <stdint.h>

#define LAB_RING_NOBODY UINT32_MAX

struct lab_ring_point {
    uint64_t hash;
    uint32_t host;
};

struct lab_ring {
    struct lab_ring_point *points; // [count], in the order of their hashes; owned
    uint32_t count, hosts;
};

// Where the n-th point of a host is; the one that is null is a good mixture of both numbers.
typedef uint64_t (*lab_ring_hash)(uint32_t host, uint32_t n);

// At least so many points (Envoy: 1024), shared out by weight and rounded up, at least one a host.
// False when there is no memory.
bool lab_ring_init(struct lab_ring *r, const double *weights, uint32_t hosts,
                   uint32_t least_points, lab_ring_hash hash);
void lab_ring_fini(struct lab_ring *r);

// The host of a key's hash: the first point that is not before it, round the end.
uint32_t lab_ring_find(const struct lab_ring *r, uint64_t key_hash);

// The same, passing over hosts that have ceil(factor * (all under way + 1) / hosts) or more;
// factor is at least 1, so there is always one that has less.
uint32_t lab_ring_find_bounded(const struct lab_ring *r, uint64_t key_hash,
                               const uint32_t *under_way, double factor);

#endif
