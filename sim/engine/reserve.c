#define _DEFAULT_SOURCE // MAP_ANONYMOUS, MAP_NORESERVE and madvise
#include "sim/engine/reserve.h"

#include <sys/mman.h>

#define PLAIN ((size_t)4 << 20) // what lies in ordinary pages all the same

void *sim_reserve(size_t bytes)
{
    void *base = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return base == MAP_FAILED ? NULL : base;
}

void *sim_reserve_far(size_t bytes)
{
    void *base = sim_reserve(bytes);
    // It is advice: a system that does not take it changes nothing.
    if (base && bytes > PLAIN)
        (void)madvise((char *)base + PLAIN, bytes - PLAIN, MADV_HUGEPAGE);
    return base;
}

void sim_release(void *base, size_t bytes)
{
    if (base)
        munmap(base, bytes);
}
