#include "labs/breaker/breaker.h"

#define MS    ((int64_t)1000000)
#define S     (1000 * MS)
#define NEVER 1001

struct lab_breaker_def lab_breaker_plain(void)
{
    return (struct lab_breaker_def){ .signal = LAB_BREAKER_CONSECUTIVE,
                                     .probing = LAB_BREAKER_ONE_BY_ONE,
                                     .min_calls = 5,
                                     .failure_milli = NEVER,
                                     .slow_milli = NEVER,
                                     .open_ns = 30 * S,
                                     .probes = 1,
                                     .successes = 1 };
}

struct lab_breaker_def lab_breaker_resilience4j(void)
{
    return (struct lab_breaker_def){ .signal = LAB_BREAKER_COUNT,
                                     .look = LAB_BREAKER_EACH_RESULT,
                                     .probing = LAB_BREAKER_ALL_TOGETHER,
                                     .window = 100,
                                     .min_calls = 100,
                                     .failure_milli = 500,
                                     .slow_milli = 1000,
                                     .slow_ns = 60 * S,
                                     .open_ns = 60 * S,
                                     .probes = 10 };
}

struct lab_breaker_def lab_breaker_resilience4j_time(void)
{
    struct lab_breaker_def def = lab_breaker_resilience4j();
    def.signal = LAB_BREAKER_TIME;
    def.slice_ns = S;
    return def;
}

struct lab_breaker_def lab_breaker_hystrix(void)
{
    return (struct lab_breaker_def){ .signal = LAB_BREAKER_TIME,
                                     .look = LAB_BREAKER_EACH_CALL,
                                     .probing = LAB_BREAKER_ONE_BY_ONE,
                                     .window = 10,
                                     .slice_ns = S,
                                     .snapshot_ns = 500 * MS,
                                     .min_calls = 20,
                                     .failure_milli = 500,
                                     .slow_milli = NEVER,
                                     .open_ns = 5 * S,
                                     .is_strict = true,
                                     .probes = 1,
                                     .successes = 1 };
}

struct lab_breaker_def lab_breaker_polly(void)
{
    return (struct lab_breaker_def){ .signal = LAB_BREAKER_TIME,
                                     .look = LAB_BREAKER_EACH_FAILURE,
                                     .probing = LAB_BREAKER_ONE_BY_ONE,
                                     .window = 10,
                                     .slice_ns = 3 * S,
                                     .min_calls = 100,
                                     .failure_milli = 100,
                                     .slow_milli = NEVER,
                                     .open_ns = 5 * S,
                                     .probes = 1,
                                     .successes = 1 };
}

struct lab_breaker_def lab_breaker_pybreaker(void)
{
    struct lab_breaker_def def = lab_breaker_plain();
    def.open_ns = 60 * S;
    return def;
}
