// Would be called by the linker itself, while it is loaded.

#include <stddef.h>

#include "labs/host/convoy_impl.h"

static struct convoy_limit_answer take(void *limiter, uint32_t cost, int64_t now_ns)
{
    (void)limiter, (void)cost, (void)now_ns;
    return (struct convoy_limit_answer){ 1, 0 };
}

static void (*choose(void))(void *limiter)
{
    return NULL;
}

void chosen(void *limiter) __attribute__((ifunc("choose")));

const struct convoy_rate_limit convoy_rate_limit = { CONVOY_IMPL_VERSION, NULL, take,
                                                     chosen };
