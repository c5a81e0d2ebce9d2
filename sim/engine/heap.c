#include "sim/engine/heap.h"

#include <assert.h>
#include <stddef.h>

#include "sim/engine/inline.h"
#include "sim/engine/reserve.h"

// Due times are never negative, so one unsigned comparison of 128 bits orders by time and
// then by order of arming. Against two steps it makes no difference on small heaps and is
// clearly faster where branch prediction fails, at a million entries.
__extension__ typedef unsigned __int128 wide;

#define ENTRIES_BYTES  ((size_t)SIM_TIMERS * sizeof(struct sim_heap_entry) + 64)
#define POSITION_BYTES ((size_t)SIM_TIMERS * sizeof(uint32_t))

static inline bool before(struct sim_heap_entry x, struct sim_heap_entry y)
{
    return ((wide)(uint64_t)x.due << 64 | x.key) < ((wide)(uint64_t)y.due << 64 | y.key);
}

static inline uint32_t timer_of(struct sim_heap_entry e)
{
    return (uint32_t)e.key & (SIM_TIMERS - 1);
}

static inline void place(struct sim_heap *h, uint32_t i, struct sim_heap_entry e)
{
    h->at[i] = e;
    h->position[timer_of(e)] = i + 1;
}

// Moves a hole up from i until e fits, then fills it.
SIM_INLINE void sift_up(struct sim_heap *h, uint32_t i, struct sim_heap_entry e)
{
    while (i > 0) {
        uint32_t parent = (i - 1) / 4;
        if (!before(e, h->at[parent]))
            break;
        place(h, i, h->at[parent]);
        i = parent;
    }
    place(h, i, e);
}

// Which of four siblings it is cannot be foreseen, so a full group does without branches. Not
// in a heap beyond the caches: behind a guessed branch the memory below is asked for early.
#define LARGE (1u << 14)

SIM_INLINE uint32_t least_of_four(const struct sim_heap_entry *at, uint32_t first)
{
    uint32_t x = first + before(at[first + 1], at[first]);
    uint32_t y = first + 2 + before(at[first + 3], at[first + 2]);
    return before(at[y], at[x]) ? y : x;
}

// By index, for with pointers gcc does without branches here too.
SIM_INLINE uint32_t least_from(const struct sim_heap *h, uint32_t first, uint32_t end)
{
    uint32_t least = first;
    for (uint32_t c = first + 1; c < end; c++)
        if (before(h->at[c], h->at[least]))
            least = c;
    return least;
}

static __attribute__((noinline)) void sink(struct sim_heap *h, uint32_t i,
                                           struct sim_heap_entry e)
{
    for (uint32_t first = 4 * i + 1; first < h->count; first = 4 * i + 1) {
        uint32_t end = first + 4;
        uint32_t least = end > h->count ? least_from(h, first, h->count)
                         : end < LARGE  ? least_of_four(h->at, first)
                                        : least_from(h, first, end);
        if (!before(h->at[least], e))
            break;
        place(h, i, h->at[least]);
        i = least;
    }
    place(h, i, e);
}

// Below a group that is not full there is nothing, so no loop is needed there. A small heap has
// no other group.
SIM_INLINE void sift_down(struct sim_heap *h, uint32_t i, struct sim_heap_entry e)
{
    uint32_t first = 4 * i + 1;
    if (first + 4 <= h->count) {
        sink(h, i, e);
        return;
    }
    if (first < h->count) {
        uint32_t least = least_from(h, first, h->count);
        if (before(h->at[least], e)) {
            place(h, i, h->at[least]);
            i = least;
        }
    }
    place(h, i, e);
}

// Takes the entry at i out; the last entry is sifted into the hole, either way.
static void remove_at(struct sim_heap *h, uint32_t i)
{
    h->position[timer_of(h->at[i])] = 0;
    struct sim_heap_entry last = h->at[--h->count];
    if (h->count == 0)
        h->at[0].due = SIM_NEVER;
    if (i == h->count)
        return;
    if (i > 0 && before(last, h->at[(i - 1) / 4]))
        sift_up(h, i, last);
    else
        sift_down(h, i, last);
}

bool sim_heap_init(struct sim_heap *h)
{
    *h = (struct sim_heap){ 0 };
    h->entries_base = sim_reserve_far(ENTRIES_BYTES);
    h->position_base = sim_reserve(POSITION_BYTES);
    if (!h->entries_base || !h->position_base) {
        sim_heap_fini(h);
        return false;
    }
    // 48 bytes in, so that at[1 .. 4] and every later group of siblings is one cache line.
    h->at = (struct sim_heap_entry *)((char *)h->entries_base + 48);
    h->position = h->position_base;
    h->at[0].due = SIM_NEVER;
    return true;
}

void sim_heap_fini(struct sim_heap *h)
{
    sim_release(h->entries_base, ENTRIES_BYTES);
    sim_release(h->position_base, POSITION_BYTES);
    *h = (struct sim_heap){ 0 };
}

// Moves an armed timer, whose entry is at i. Mostly it becomes due later than it was.
static __attribute__((noinline)) void move(struct sim_heap *h, uint32_t i,
                                           struct sim_heap_entry e)
{
    if (i > 0 && before(e, h->at[(i - 1) / 4]))
        sift_up(h, i, e);
    else
        sift_down(h, i, e);
}

SIM_INLINE void arm(struct sim_heap *h, uint32_t timer, sim_time due, uint64_t order)
{
    assert(timer < SIM_TIMERS && due >= 0);
    struct sim_heap_entry e = { due, order << SIM_TIMER_BITS | timer };
    uint32_t position = h->position[timer];
    if (position == 0)
        sift_up(h, h->count++, e);
    else
        move(h, position - 1, e);
}

void sim_heap_arm_as(struct sim_heap *h, uint32_t timer, sim_time due, uint64_t order)
{
    arm(h, timer, due, order);
}

void sim_heap_arm(struct sim_heap *h, uint32_t timer, sim_time due)
{
    arm(h, timer, due, h->next_order++);
}

void sim_heap_delay(struct sim_heap *h, sim_time due)
{
    assert(h->count > 0 && due >= h->at[0].due);
    uint64_t key = h->next_order++ << SIM_TIMER_BITS | sim_heap_first(h);
    sift_down(h, 0, (struct sim_heap_entry){ due, key });
}

void sim_heap_cancel(struct sim_heap *h, uint32_t timer)
{
    if (h->position[timer])
        remove_at(h, h->position[timer] - 1);
}

void sim_heap_drop(struct sim_heap *h)
{
    assert(h->count > 0);
    h->position[timer_of(h->at[0])] = 0;
    struct sim_heap_entry last = h->at[--h->count];
    if (h->count > 0)
        sift_down(h, 0, last);
    else
        h->at[0].due = SIM_NEVER;
}
