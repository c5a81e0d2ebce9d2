// The shipped concurrency limits behind the interface for implementations from outside: they have to agree.
// With WRONG they take a wrong turn, and must not.

#include <stdlib.h>

#include "labs/concurrency_limit/concurrency_limit.h"
#include "labs/host/convoy_impl.h"

// What takes as long as the timeout is late; a drop is an answer; lets one more through.
#define IS_STRICT  (WRONG == 1)
#define IS_BLIND   (WRONG == 2)
#define IS_LENIENT (WRONG == 3)

struct limiter {
    struct lab_concurrency limit;
    struct lab_concurrency_chance chance;
};

static void *open_limiter(const struct convoy_concurrency_limit_def *def)
{
    static const enum lab_concurrency_kind of[] = { LAB_CONCURRENCY_FIXED,
                                                    LAB_CONCURRENCY_AIMD,
                                                    LAB_CONCURRENCY_VEGAS,
                                                    LAB_CONCURRENCY_GRADIENT2 };
    struct lab_concurrency_def d = { .kind = of[def->kind],
                                     .initial = def->initial,
                                     .min = def->min,
                                     .max = def->max,
                                     .smoothing = def->smoothing,
                                     .backoff = def->backoff,
                                     .tolerance = def->tolerance,
                                     .timeout_ns = def->timeout_ns - IS_STRICT,
                                     .queue = def->queue,
                                     .long_window = def->long_window,
                                     .probe = def->probe };
    struct limiter *l = calloc(1, sizeof *l);
    l->chance = (struct lab_concurrency_chance){ def->chance.draw, def->chance.ctx };
    lab_concurrency_init(&l->limit, &d, &l->chance);
    return l;
}

static int allows(void *limiter, uint32_t in_flight)
{
    struct limiter *l = limiter;
    return (IS_LENIENT && in_flight == 0) ||
           lab_concurrency_allows(&l->limit, in_flight - IS_LENIENT);
}

static double sample(void *limiter, const struct convoy_concurrency_sample *sample)
{
    struct limiter *l = limiter;
    struct lab_concurrency_sample s = { sample->took_ns, sample->in_flight,
                                        sample->was_dropped && !IS_BLIND };
    lab_concurrency_sample(&l->limit, &s, &l->chance);
    return l->limit.limit;
}

static void close_limiter(void *limiter)
{
    free(limiter);
}

const struct convoy_concurrency_limit convoy_concurrency_limit = { CONVOY_IMPL_VERSION,
                                                                   open_limiter, allows,
                                                                   sample, close_limiter };
