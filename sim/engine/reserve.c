#define _DEFAULT_SOURCE // MAP_ANONYMOUS and MAP_NORESERVE
#include "sim/engine/reserve.h"

#include <sys/mman.h>

void *sim_reserve(size_t bytes)
{
    void *base = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return base == MAP_FAILED ? NULL : base;
}

void sim_release(void *base, size_t bytes)
{
    if (base)
        munmap(base, bytes);
}
