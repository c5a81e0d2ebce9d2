#include <string.h>

#include "labs/host/convoy_impl.h"
#include "labs/host/pattern.h"

static bool open_retry(struct lab_asked *a, const int64_t *bytes)
{
    const struct convoy_retry *impl = a->impl;
    struct convoy_retry_def def;
    memcpy(&def, bytes, sizeof def);
    a->own = impl->open(&def);
    return a->own != NULL;
}

static int64_t step(struct lab_asked *a, const int64_t *step)
{
    const struct convoy_retry *impl = a->impl;
    bool is_advised = step[0] == LAB_WIRE_RETRY_PUSHED_BACK;
    double chance;
    memcpy(&chance, &step[3], sizeof chance);
    if (step[0] == LAB_WIRE_RETRY_BEGINS) {
        impl->begins(a->own);
        return 1;
    }
    int64_t wait_ns = impl->failed(
        a->own,
        step[0] == LAB_WIRE_RETRY_IS_FATAL ? CONVOY_RETRY_FATAL : CONVOY_RETRY_TRANSIENT,
        is_advised ? step[2] : CONVOY_RETRY_NO_ADVICE, chance);
    return wait_ns < 0 ? 0 : wait_ns == INT64_MAX ? INT64_MAX : 1 + wait_ns;
}

static void close_retry(struct lab_asked *a)
{
    const struct convoy_retry *impl = a->impl;
    impl->close(a->own);
}

const struct lab_host_pattern lab_host_retry = { .name = "retry",
                                                 .object = "convoy_retry",
                                                 .def_size =
                                                     sizeof(struct convoy_retry_def),
                                                 .open = open_retry,
                                                 .step = step,
                                                 .close = close_retry };
