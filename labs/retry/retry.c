#include "labs/retry/retry.h"

#define S ((int64_t)1000000000)

// An end that no clock reaches is the end of the clock.
static int64_t after(int64_t now_ns, int64_t wait_ns)
{
    return wait_ns > INT64_MAX - now_ns ? INT64_MAX : now_ns + wait_ns;
}

static bool is_grpc(const struct lab_retry_def *def)
{
    return def->backoff.scheme == LAB_BACKOFF_GRPC ||
           def->backoff.scheme == LAB_BACKOFF_GRPC_LEGACY;
}

// DOC(retry-grpc-five) More than five attempts are taken for five, and nobody is told.
static uint32_t most_attempts(const struct lab_retry_def *def)
{
    uint32_t most = def->max_attempts > 0 ? def->max_attempts : UINT32_MAX;
    return is_grpc(def) && most > 5 ? 5 : most;
}

struct lab_retry_def lab_retry_default(enum lab_backoff_scheme scheme)
{
    struct lab_retry_def def = { .backoff = lab_backoff_default(scheme),
                                 .max_attempts = 3,
                                 .try_timeout_ns = LAB_RETRY_NEVER,
                                 .timeout_ns = LAB_RETRY_NEVER };
    switch (scheme) {
    case LAB_BACKOFF_TENACITY:
    case LAB_BACKOFF_TENACITY_RANDOM:
        def.max_attempts = 0;
        break;
    case LAB_BACKOFF_GRPC:
    case LAB_BACKOFF_GRPC_LEGACY:
    case LAB_BACKOFF_POLLY_CONSTANT: // Polly and Celery say 3 and mean retries
    case LAB_BACKOFF_POLLY_LINEAR:
    case LAB_BACKOFF_POLLY_EXPONENTIAL:
    case LAB_BACKOFF_CELERY:
        def.max_attempts = 4;
        break;
    case LAB_BACKOFF_ENVOY:
        def.max_attempts = 2;
        def.timeout_ns = 15 * S;
        break;
    default:
        break;
    }
    return def;
}

void lab_retry_init(struct lab_retry *r, const struct lab_retry_def *def, int64_t now_ns)
{
    *r = (struct lab_retry){ .attempts = 1, .ends_at = after(now_ns, def->timeout_ns) };
}

int64_t lab_retry_try_ends(const struct lab_retry *r, const struct lab_retry_def *def,
                           int64_t now_ns)
{
    int64_t ends_at = after(now_ns, def->try_timeout_ns);
    return ends_at < r->ends_at ? ends_at : r->ends_at;
}

// DOC(retry-push-back) The server knows when it can be asked again: its word replaces the wait,
// and what had grown until then is forgotten.
static int64_t wait_of(struct lab_retry *r, const struct lab_retry_def *def,
                       int64_t advice_ns, const struct lab_backoff_chance *chance)
{
    if (advice_ns == LAB_RETRY_NO_ADVICE)
        return lab_backoff_next(&r->backoff, &def->backoff, chance);
    r->backoff = (struct lab_backoff){ 0 };
    return advice_ns;
}

struct lab_retry_answer lab_retry_failed(struct lab_retry *r,
                                         const struct lab_retry_def *def,
                                         enum lab_retry_failure failure, int64_t advice_ns,
                                         int64_t now_ns,
                                         const struct lab_backoff_chance *chance)
{
    if (now_ns >= r->ends_at)
        return (struct lab_retry_answer){ LAB_RETRY_TIMED_OUT, r->ends_at };
    if (failure == LAB_RETRY_TRANSPARENT)
        return (struct lab_retry_answer){ LAB_RETRY_AGAIN, now_ns };
    if (failure == LAB_RETRY_FATAL || advice_ns < 0)
        return (struct lab_retry_answer){ LAB_RETRY_GIVES_UP, now_ns };
    if (r->attempts >= most_attempts(def))
        return (struct lab_retry_answer){ LAB_RETRY_EXHAUSTED, now_ns };
    int64_t at = after(now_ns, wait_of(r, def, advice_ns, chance));
    // DOC(retry-waits-count) The waits are the call's time too: it ends while it waits.
    if (at >= r->ends_at)
        return (struct lab_retry_answer){ LAB_RETRY_TIMED_OUT, r->ends_at };
    r->attempts++;
    return (struct lab_retry_answer){ LAB_RETRY_AGAIN, at };
}
