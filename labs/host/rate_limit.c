#include "labs/host/convoy_impl.h"
#include "labs/host/pattern.h"

static int answer(const void *object, const int64_t *in, uint32_t count, int64_t *out)
{
    const struct convoy_rate_limit *impl = object;
    struct convoy_limit_def def = { .algorithm = (enum convoy_limit_algorithm)in[0],
                                    .limit = (uint32_t)in[1],
                                    .window_ns = in[2],
                                    .burst = (uint32_t)in[3] };
    void *limiter = impl->open(&def);
    int n = 0;
    if (!limiter)
        return -1;
    for (uint32_t i = LAB_WIRE_LIMIT_DEF; i + 1 < count; i += 2) {
        struct convoy_limit_answer a = impl->take(limiter, (uint32_t)in[i + 1], in[i]);
        out[n++] = a.is_allowed != 0;
        out[n++] = a.wait_ns;
    }
    impl->close(limiter);
    return n;
}

const struct lab_host_pattern lab_host_rate_limit = { .name = "rate_limit",
                                                      .object = "convoy_rate_limit",
                                                      .answer = answer };
