#ifndef SIM_ENGINE_HEAP_H
#define SIM_ENGINE_HEAP_H

// The pending timers of a run, earliest first; timers due at one instant leave in the order
// in which they were armed, so the order is strict and total. A timer is a number chosen by
// the caller (it is computed from what the timer belongs to, nothing is allocated) and is
// armed at most once at a time. Arm, move and cancel cost O(log n) through the position
// that the heap keeps for each timer; dead entries never linger.
//
// A 4-ary heap of 16-byte entries: the four children of a node share one cache line.

#include <stdbool.h>
#include <stdint.h>

#include "sim/engine/time.h"

#define SIM_TIMER_BITS 24
#define SIM_TIMERS     (1u << SIM_TIMER_BITS)

// The key holds the order of arming above the timer's number: comparing (due, key) compares
// time, then order. 40 bits of order last for 1.1e12 arms.
struct sim_heap_entry {
    sim_time due;
    uint64_t key;
};

struct sim_heap {
    // at[0 .. count - 1]; at[1] starts a cache line. An empty heap says SIM_NEVER in at[0].
    struct sim_heap_entry *at;
    uint32_t *position; // of each timer: index in at, plus 1; 0 when not armed
    void *entries_base, *position_base;
    uint64_t next_order;
    uint32_t count;
};

// Returns false when the address space is not to be had.
bool sim_heap_init(struct sim_heap *h);
void sim_heap_fini(struct sim_heap *h);

// Arms the timer, or moves it when it is armed; it is then the last armed of its instant.
void sim_heap_arm(struct sim_heap *h, uint32_t timer, sim_time due);

// The same with an order taken earlier from sim_heap_order: for lines that keep their own
// entries and show only the first one to the heap.
void sim_heap_arm_as(struct sim_heap *h, uint32_t timer, sim_time due, uint64_t order);

// Moves the earliest timer, which is due again then and not sooner: the same as arming it, and
// cheaper, because it can only sink from the top. The heap must not be empty.
void sim_heap_delay(struct sim_heap *h, sim_time due);

// Cancelling a timer that is not armed is no error.
void sim_heap_cancel(struct sim_heap *h, uint32_t timer);

// The number of the earliest timer; the heap must not be empty.
static inline uint32_t sim_heap_first(const struct sim_heap *h)
{
    return (uint32_t)h->at[0].key & (SIM_TIMERS - 1);
}

// Takes the earliest timer out; the heap must not be empty.
void sim_heap_drop(struct sim_heap *h);

// The same, and returns its number.
static inline uint32_t sim_heap_pop(struct sim_heap *h)
{
    uint32_t timer = sim_heap_first(h);
    sim_heap_drop(h);
    return timer;
}

static inline uint64_t sim_heap_order(struct sim_heap *h)
{
    return h->next_order++;
}

static inline bool sim_heap_armed(const struct sim_heap *h, uint32_t timer)
{
    return h->position[timer] != 0;
}

// When the earliest timer is due; SIM_NEVER when there is none.
static inline sim_time sim_heap_due(const struct sim_heap *h)
{
    return h->at[0].due;
}

#endif
