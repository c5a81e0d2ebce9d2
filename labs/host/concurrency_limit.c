#include <string.h>

#include "labs/host/convoy_impl.h"
#include "labs/host/pattern.h"

static bool open_concurrency_limit(struct lab_asked *a, const int64_t *bytes)
{
    const struct convoy_concurrency_limit *impl = a->impl;
    struct convoy_concurrency_limit_def def;
    memcpy(&def, bytes, sizeof def);
    def.chance = (struct convoy_chance){ lab_host_draw, a };
    a->own = impl->open(&def);
    return a->own != NULL;
}

// What is no limit is no answer of any model's.
static int64_t in_millionths(double limit)
{
    return limit >= 0 && limit < 1e9 ? 1 + (int64_t)(limit * 1e6 + 0.5) : INT64_MIN;
}

static int64_t step(struct lab_asked *a, const int64_t *step)
{
    const struct convoy_concurrency_limit *impl = a->impl;
    struct convoy_concurrency_sample sample = {
        .took_ns = step[2],
        .in_flight = (uint32_t)step[3],
        .was_dropped = step[0] == LAB_WIRE_CONCURRENCY_IS_DROPPED
    };
    int64_t n = 0;
    if (step[0] != LAB_WIRE_CONCURRENCY_ASKS)
        return in_millionths(impl->sample(a->own, &sample));
    while (n < 100000 && impl->allows(a->own, (uint32_t)n))
        n++;
    return n;
}

static void close_concurrency_limit(struct lab_asked *a)
{
    const struct convoy_concurrency_limit *impl = a->impl;
    impl->close(a->own);
}

const struct lab_host_pattern lab_host_concurrency_limit = {
    .name = "concurrency_limit",
    .object = "convoy_concurrency_limit",
    .def_size = sizeof(struct convoy_concurrency_limit_def),
    .open = open_concurrency_limit,
    .step = step,
    .close = close_concurrency_limit
};
