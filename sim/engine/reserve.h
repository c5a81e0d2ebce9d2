#ifndef SIM_ENGINE_RESERVE_H
#define SIM_ENGINE_RESERVE_H

// Address space for pools that grow without moving: a pool reserves the bytes of its limit
// once, the system hands out zeroed pages as they are first touched, and an index stays
// valid for the whole run. What is never touched costs nothing.

#include <stddef.h>

// Returns zeroed memory of that many bytes, owned by the caller until sim_release with the
// same size, or NULL when the address space is not to be had.
void *sim_reserve(size_t bytes);

void sim_release(void *base, size_t bytes);

#endif
