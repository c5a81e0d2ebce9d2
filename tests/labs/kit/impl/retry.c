// The shipped retries behind the interface for implementations from outside: they have to agree. With
// WRONG they take a wrong turn, and must not.

#include <stdlib.h>

#include "labs/host/convoy_impl.h"
#include "labs/retry/retry.h"

// One attempt too many; goes on waiting longer after a push-back; goes on counting with another call.
#define IS_LATE (WRONG == 1)
#define IS_DEAF (WRONG == 2)
#define GOES_ON (WRONG == 3)

struct retry {
    struct lab_retry_def def;
    struct lab_retry call;
};

static void *open_retry(const struct convoy_retry_def *def)
{
    static const enum lab_backoff_scheme of[] = { LAB_BACKOFF_CAPPED,
                                                  LAB_BACKOFF_FULL_JITTER,
                                                  LAB_BACKOFF_EQUAL_JITTER,
                                                  LAB_BACKOFF_DECORRELATED,
                                                  LAB_BACKOFF_TENACITY,
                                                  LAB_BACKOFF_TENACITY_RANDOM,
                                                  LAB_BACKOFF_GRPC,
                                                  LAB_BACKOFF_GRPC_LEGACY,
                                                  LAB_BACKOFF_ENVOY,
                                                  LAB_BACKOFF_RESILIENCE4J,
                                                  LAB_BACKOFF_POLLY_CONSTANT,
                                                  LAB_BACKOFF_POLLY_LINEAR,
                                                  LAB_BACKOFF_POLLY_EXPONENTIAL,
                                                  LAB_BACKOFF_CELERY };
    struct retry *r = calloc(1, sizeof *r);
    r->def = lab_retry_default(of[def->backoff]);
    r->def.timeout_ns = LAB_RETRY_NEVER;
    r->def.max_attempts = def->max_attempts ? def->max_attempts + IS_LATE : 0;
    r->def.backoff.base_ns = def->base_ns;
    r->def.backoff.cap_ns = def->cap_ns;
    r->def.backoff.floor_ns = def->floor_ns;
    r->def.backoff.jitter_ns = def->jitter_ns;
    r->def.backoff.factor = def->factor;
    r->def.backoff.spread = def->spread;
    r->def.backoff.jitters = true;
    lab_retry_init(&r->call, &r->def, 0);
    return r;
}

static void begins(void *retry)
{
    struct retry *r = retry;
    if (!GOES_ON)
        lab_retry_init(&r->call, &r->def, 0);
}

static double draw(void *ctx)
{
    return *(double *)ctx;
}

static int64_t failed(void *retry, enum convoy_retry_failure failure, int64_t advice_ns,
                      double chance)
{
    struct retry *r = retry;
    struct lab_backoff before = r->call.backoff;
    struct lab_backoff_chance drawn = { draw, &chance };
    struct lab_retry_answer a = lab_retry_failed(
        &r->call, &r->def,
        failure == CONVOY_RETRY_FATAL ? LAB_RETRY_FATAL : LAB_RETRY_TRANSIENT, advice_ns, 0,
        &drawn);
    if (IS_DEAF && advice_ns != CONVOY_RETRY_NO_ADVICE)
        r->call.backoff = before;
    return a.verdict == LAB_RETRY_AGAIN ? a.at_ns : -1;
}

static void close_retry(void *retry)
{
    free(retry);
}

const struct convoy_retry convoy_retry = { CONVOY_IMPL_VERSION, open_retry, begins, failed,
                                           close_retry };
