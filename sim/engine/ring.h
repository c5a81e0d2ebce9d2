#ifndef SIM_ENGINE_RING_H
#define SIM_ENGINE_RING_H

// Events at "now": what one event sets off at its own instant, first in, first out. A timer
// that is due at this instant was armed before the instant began, so it goes first, and
// the two together keep the order of creation.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/engine/reserve.h"

struct sim_ring {
    uint64_t *at;
    uint32_t head, tail; // taken at head, put at tail; equal when empty
    uint32_t mask;       // capacity - 1
};

// The capacity, a power of two, is a limit that the caller must not pass: it is at least
// the number of things that can be in the ring at once.
static inline bool sim_ring_init(struct sim_ring *r, uint32_t capacity)
{
    *r = (struct sim_ring){ .mask = capacity - 1 };
    r->at = sim_reserve((size_t)capacity * sizeof *r->at);
    return r->at != NULL;
}

static inline void sim_ring_fini(struct sim_ring *r)
{
    sim_release(r->at, ((size_t)r->mask + 1) * sizeof *r->at);
    r->at = NULL;
}

static inline bool sim_ring_is_empty(const struct sim_ring *r)
{
    return r->head == r->tail;
}

static inline void sim_ring_push(struct sim_ring *r, uint64_t item)
{
    // Starting again at the front when empty keeps a quiet run on one cache line.
    if (r->head == r->tail)
        r->head = r->tail = 0;
    r->at[r->tail++ & r->mask] = item;
}

static inline uint64_t sim_ring_pop(struct sim_ring *r)
{
    return r->at[r->head++ & r->mask];
}

#endif
