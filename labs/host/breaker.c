#include <string.h>

#include "labs/host/convoy_impl.h"
#include "labs/host/pattern.h"

static bool open_breaker(struct lab_asked *a, const int64_t *bytes)
{
    const struct convoy_breaker *impl = a->impl;
    struct convoy_breaker_def def;
    memcpy(&def, bytes, sizeof def);
    a->own = impl->open(&def);
    return a->own != NULL;
}

static int64_t step(struct lab_asked *a, const int64_t *step)
{
    const struct convoy_breaker *impl = a->impl;
    int64_t at = step[1], amount = step[2];
    switch ((enum lab_wire_breaker_word)step[0]) {
    case LAB_WIRE_ASKS:
        return impl->allows(a->own, at) != 0;
    case LAB_WIRE_SUCCEEDS:
        impl->record(a->own, CONVOY_SUCCEEDED, amount, at);
        break;
    case LAB_WIRE_FAILS:
        impl->record(a->own, CONVOY_FAILED, amount, at);
        break;
    case LAB_WIRE_IS_IGNORED:
        impl->record(a->own, CONVOY_IGNORED, amount, at);
        break;
    case LAB_WIRE_IS_FORCED:
        impl->force(a->own, (enum convoy_breaker_state)amount, at);
        break;
    }
    return 1 + (int64_t)impl->state(a->own, at);
}

static void close_breaker(struct lab_asked *a)
{
    const struct convoy_breaker *impl = a->impl;
    impl->close(a->own);
}

const struct lab_host_pattern lab_host_breaker = { .name = "breaker",
                                                   .object = "convoy_breaker",
                                                   .def_size =
                                                       sizeof(struct convoy_breaker_def),
                                                   .open = open_breaker,
                                                   .step = step,
                                                   .close = close_breaker };
