#ifndef LABS_EVENT_LOOP_TIMERS_H
#define LABS_EVENT_LOOP_TIMERS_H

// The loop's timers, earliest first. It is the heap of Lib/heapq.py, move for move, so timers
// of the same time, whose order asyncio leaves open, come out as CPython has them. Push and
// pop cost O(log n), a sweep O(n). Memory that cannot be had ends the program.

#include <stdint.h>

struct lab_loop_handle;

struct lab_timers {
    struct lab_loop_handle **heap; // owned; the handles are borrowed
    uint32_t count, cap;
};

void lab_timers_fini(struct lab_timers *t);
void lab_timers_push(struct lab_timers *t, struct lab_loop_handle *h);
struct lab_loop_handle *lab_timers_pop(struct lab_timers *t); // there is one

// Takes out those that are cancelled.
void lab_timers_sweep(struct lab_timers *t);

#endif
