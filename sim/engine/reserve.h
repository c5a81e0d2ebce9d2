#ifndef SIM_ENGINE_RESERVE_H
#define SIM_ENGINE_RESERVE_H

// Address space for pools that grow without moving: a pool reserves the bytes of its limit
// once, the system hands out zeroed pages as they are first touched, and an index stays
// valid for the whole run. What is never touched costs nothing.

#include <stddef.h>

// Returns zeroed memory of that many bytes, owned by the caller until sim_release with the
// same size, or NULL when the address space is not to be had.
void *sim_reserve(size_t bytes);

// The same for what large runs go to and fro over. Beyond the first 4 MiB it lies in huge pages
// where the system has them, for it is more memory than a processor has translations for. A
// smaller run takes no more memory for that, a larger one 2 MiB at most.
void *sim_reserve_far(size_t bytes);

void sim_release(void *base, size_t bytes);

#endif
