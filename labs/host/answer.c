#include "labs/host/answer.h"

#include <stddef.h>

#include "labs/host/convoy_impl.h"
#include "labs/host/wire.h"

int lab_answer_limit(const void *object, const int64_t *in, uint32_t count, int64_t *out)
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

static int64_t breaker_step(const struct convoy_breaker *impl, void *b, const int64_t *step)
{
    int64_t at = step[1], amount = step[2];
    switch ((enum lab_wire_breaker_word)step[0]) {
    case LAB_WIRE_ASKS:
        return impl->allows(b, at) != 0;
    case LAB_WIRE_SUCCEEDS:
        impl->record(b, CONVOY_SUCCEEDED, amount, at);
        break;
    case LAB_WIRE_FAILS:
        impl->record(b, CONVOY_FAILED, amount, at);
        break;
    case LAB_WIRE_IS_IGNORED:
        impl->record(b, CONVOY_IGNORED, amount, at);
        break;
    case LAB_WIRE_IS_FORCED:
        impl->force(b, (enum convoy_breaker_state)amount, at);
        break;
    }
    return 1 + (int64_t)impl->state(b, at);
}

int lab_answer_breaker(const void *object, const int64_t *in, uint32_t count, int64_t *out)
{
    const struct convoy_breaker *impl = object;
    struct convoy_breaker_def def = { .kind = (enum convoy_breaker_kind)in[0],
                                      .window = (uint32_t)in[1],
                                      .slice_ns = in[2],
                                      .snapshot_ns = in[3],
                                      .min_calls = (uint32_t)in[4],
                                      .failure_milli = (uint32_t)in[5],
                                      .slow_milli = (uint32_t)in[6],
                                      .slow_ns = in[7],
                                      .open_ns = in[8],
                                      .half_open_ns = in[9],
                                      .probes = (uint32_t)in[10],
                                      .successes = (uint32_t)in[11],
                                      .is_automatic = in[12] != 0 };
    void *b = impl->open(&def);
    int n = 0;
    if (!b)
        return -1;
    for (uint32_t i = LAB_WIRE_BREAKER_DEF; i + LAB_WIRE_STEP <= count; i += LAB_WIRE_STEP)
        out[n++] = breaker_step(impl, b, in + i);
    impl->close(b);
    return n;
}
