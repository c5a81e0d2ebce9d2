#include "sim/engine/trace.h"

#include <stddef.h>

#include "sim/engine/reserve.h"

static size_t bytes(const struct sim_trace *t)
{
    return ((size_t)t->mask + 1) * sizeof *t->at;
}

bool sim_trace_init(struct sim_trace *t, uint32_t capacity)
{
    uint32_t power = 1;
    while (power < capacity && power < 1u << 31)
        power *= 2;
    *t = (struct sim_trace){ .mask = power - 1 };
    t->at = sim_reserve(bytes(t));
    return t->at != NULL;
}

void sim_trace_fini(struct sim_trace *t)
{
    sim_release(t->at, bytes(t));
    *t = (struct sim_trace){ 0 };
}
