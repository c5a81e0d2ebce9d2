#include "labs/event_loop/timers.h"

#include <stdlib.h>

#include "labs/event_loop/loop.h"

void lab_timers_fini(struct lab_timers *t)
{
    free(t->heap);
}

static bool before(const struct lab_loop_handle *x, const struct lab_loop_handle *y)
{
    return x->when_ns < y->when_ns;
}

// Moves h from pos towards the root, as far as it is earlier than what is there.
static void sift_down(struct lab_timers *t, uint32_t pos, uint32_t start,
                      struct lab_loop_handle *h)
{
    while (pos > start && before(h, t->heap[(pos - 1) / 2])) {
        t->heap[pos] = t->heap[(pos - 1) / 2];
        pos = (pos - 1) / 2;
    }
    t->heap[pos] = h;
}

// heapq's names: up means towards the leaves. The hole goes all the way down, for what fills
// it came from there and will mostly stay there; then h rises.
static void sift_up(struct lab_timers *t, uint32_t pos)
{
    uint32_t start = pos;
    struct lab_loop_handle *h = t->heap[pos];
    for (uint32_t child = 2 * pos + 1; child < t->count; child = 2 * pos + 1) {
        if (child + 1 < t->count && !before(t->heap[child], t->heap[child + 1]))
            child++;
        t->heap[pos] = t->heap[child];
        pos = child;
    }
    sift_down(t, pos, start, h);
}

static void grow(struct lab_timers *t)
{
    t->cap = t->cap ? 2 * t->cap : 64;
    t->heap = realloc(t->heap, t->cap * sizeof(struct lab_loop_handle *));
    if (!t->heap)
        abort();
}

void lab_timers_push(struct lab_timers *t, struct lab_loop_handle *h)
{
    if (t->count == t->cap)
        grow(t);
    h->is_scheduled = true;
    sift_down(t, t->count++, 0, h);
}

struct lab_loop_handle *lab_timers_pop(struct lab_timers *t)
{
    struct lab_loop_handle *first = t->heap[0];
    t->heap[0] = t->heap[--t->count];
    if (t->count > 0)
        sift_up(t, 0);
    first->is_scheduled = false;
    return first;
}

void lab_timers_sweep(struct lab_timers *t)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < t->count; i++) {
        t->heap[i]->is_scheduled = !t->heap[i]->is_cancelled;
        if (t->heap[i]->is_scheduled)
            t->heap[kept++] = t->heap[i];
    }
    t->count = kept;
    for (uint32_t i = kept / 2; i-- > 0;)
        sift_up(t, i);
}
