#ifndef SIM_ENGINE_TRACE_H
#define SIM_ENGINE_TRACE_H

// The record of a run: what each task did, from when to when, for which request. Records have a
// fixed size and lie in a ring: when it is full the oldest give way, and the count says how
// many there were. What kinds and codes mean is the world's business.

#include <stdbool.h>
#include <stdint.h>

#include "sim/engine/time.h"

struct sim_trace_record {
    sim_time begin, end; // equal for what takes no time
    uint32_t task;       // slot of the task
    uint32_t request;    // low 32 bits of the request's number
    uint32_t other;      // depends on the kind
    uint16_t place;      // replica or client
    uint8_t kind, code;
};

struct sim_trace {
    struct sim_trace_record *at;
    uint32_t mask;  // capacity - 1
    uint64_t count; // written so far; the last capacity of them are kept
};

// Rounds the capacity up to a power of two. False when there is no address space.
bool sim_trace_init(struct sim_trace *t, uint32_t capacity);
void sim_trace_fini(struct sim_trace *t);

static inline void sim_trace_put(struct sim_trace *t, struct sim_trace_record r)
{
    t->at[t->count++ & t->mask] = r;
}

// The first record that is still there; the next ones follow up to count.
static inline uint64_t sim_trace_first(const struct sim_trace *t)
{
    return t->count > (uint64_t)t->mask + 1 ? t->count - t->mask - 1 : 0;
}

static inline const struct sim_trace_record *sim_trace_at(const struct sim_trace *t,
                                                          uint64_t i)
{
    return &t->at[i & t->mask];
}

#endif
