#ifndef SIM_ENGINE_WIDE_H
#define SIM_ENGINE_WIDE_H

// 128-bit whole numbers, for products of two 64-bit ones and for sums that must stay exact
// over a whole run (a queue of a million for ten years is 3 * 10^23 nanoseconds). gcc and
// clang have them on every 64-bit machine.

#include <stdint.h>

__extension__ typedef unsigned __int128 sim_wide;

// Adds a 64-bit number in two instructions. Of a plain sum gcc keeps the number's upper half,
// which is zero, in a register or even in memory.
static inline void sim_wide_add(sim_wide *x, uint64_t d)
{
    uint64_t low = (uint64_t)*x, high = (uint64_t)(*x >> 64);
    high += __builtin_add_overflow(low, d, &low);
    *x = (sim_wide)high << 64 | low;
}

#endif
