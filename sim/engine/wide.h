#ifndef SIM_ENGINE_WIDE_H
#define SIM_ENGINE_WIDE_H

// 128-bit whole numbers, for products of two 64-bit ones and for sums that must stay exact
// over a whole run (a queue of a million for ten years is 3 * 10^23 nanoseconds). gcc and
// clang have them on every 64-bit machine.

__extension__ typedef unsigned __int128 sim_wide;

#endif
