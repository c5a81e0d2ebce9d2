#define _GNU_SOURCE // of threads, the cores that they may be on
#include "labs/kit/cores.h"

#include <sched.h>

// The n-th core that this process may use; none (an empty set) where there are fewer.
static cpu_set_t core_of(uint32_t n)
{
    cpu_set_t all, one;
    CPU_ZERO(&one);
    if (sched_getaffinity(0, sizeof all, &all) != 0)
        return one;
    for (size_t i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET(i, &all) && n-- == 0) {
            CPU_SET(i, &one);
            break;
        }
    return one;
}

bool lab_has_cores(uint32_t count)
{
    cpu_set_t last = core_of(count - 1);
    return CPU_COUNT(&last) == 1;
}

bool lab_begin_on_core(uint32_t n, pthread_t *thread, void *(*what)(void *arg), void *arg)
{
    pthread_attr_t attr;
    cpu_set_t core = core_of(n);
    if (pthread_attr_init(&attr) != 0)
        return false;
    bool has_begun = CPU_COUNT(&core) == 1 &&
                     pthread_attr_setaffinity_np(&attr, sizeof core, &core) == 0 &&
                     pthread_create(thread, &attr, what, arg) == 0;
    pthread_attr_destroy(&attr);
    return has_begun;
}
