#include <string.h>

#include "labs/host/convoy_impl.h"
#include "labs/host/pattern.h"

static bool open_shed(struct lab_asked *a, const int64_t *bytes)
{
    const struct convoy_shed *impl = a->impl;
    struct convoy_shed_def def;
    memcpy(&def, bytes, sizeof def);
    a->own = impl->open(&def);
    return a->own != NULL;
}

// As the model's side puts it: below 1 where nobody is served.
static int64_t answer_of(uint32_t served, const uint32_t *dropped, uint32_t count)
{
    uint64_t hash = 0;
    if (served > 99 || count > 99)
        return INT64_MIN;
    for (uint32_t i = 0; i < count; i++)
        hash = (hash * 41 + dropped[i]) % 1000003;
    int64_t all = (int64_t)(hash * 10000 + count * 100u + served);
    return served ? all : -all;
}

static int64_t step(struct lab_asked *a, const int64_t *step)
{
    const struct convoy_shed *impl = a->impl;
    uint32_t dropped[LAB_WIRE_ROOM] = { 0 }, count = 0;
    if (step[0] == LAB_WIRE_SHED_COMES)
        return impl->comes(a->own, (uint32_t)step[3], step[1]);
    uint32_t served = impl->next(a->own, step[1], dropped, &count);
    return answer_of(served, dropped, count);
}

static void close_shed(struct lab_asked *a)
{
    const struct convoy_shed *impl = a->impl;
    impl->close(a->own);
}

const struct lab_host_pattern lab_host_shed = { .name = "shed",
                                                .object = "convoy_shed",
                                                .def_size = sizeof(struct convoy_shed_def),
                                                .open = open_shed,
                                                .step = step,
                                                .close = close_shed };
