#include <string.h>

#include "labs/host/convoy_impl.h"
#include "labs/host/pattern.h"

static bool open_bulkhead(struct lab_asked *a, const int64_t *bytes)
{
    const struct convoy_bulkhead *impl = a->impl;
    struct convoy_bulkhead_def def;
    memcpy(&def, bytes, sizeof def);
    a->own = impl->open(&def);
    return a->own != NULL;
}

static int64_t step(struct lab_asked *a, const int64_t *step)
{
    const struct convoy_bulkhead *impl = a->impl;
    int64_t at = step[1];
    if (at > 0)
        impl->expire(a->own, at - 1);
    switch ((enum lab_wire_bulkhead_word)step[0]) {
    case LAB_WIRE_BULKHEAD_ASKS:
        return impl->enter(a->own, (uint32_t)step[3], at);
    case LAB_WIRE_BULKHEAD_LEAVES:
    case LAB_WIRE_BULKHEAD_BREAKS:
        return 1 + (int64_t)impl->leave(a->own, step[3] != 0, at);
    case LAB_WIRE_BULKHEAD_GIVES_UP:
        impl->cancel(a->own, (uint32_t)step[3]);
        return step[3];
    case LAB_WIRE_BULKHEAD_ENDS:
        return impl->expire(a->own, at);
    }
    return 0;
}

static void close_bulkhead(struct lab_asked *a)
{
    const struct convoy_bulkhead *impl = a->impl;
    impl->close(a->own);
}

const struct lab_host_pattern lab_host_bulkhead = { .name = "bulkhead",
                                                    .object = "convoy_bulkhead",
                                                    .def_size =
                                                        sizeof(struct convoy_bulkhead_def),
                                                    .open = open_bulkhead,
                                                    .step = step,
                                                    .close = close_bulkhead };
