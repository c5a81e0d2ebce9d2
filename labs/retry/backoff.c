#include "labs/retry/backoff.h"

#include <math.h>

#define MS 1000000
#define S  (1000 * (int64_t)MS)

static double draw(const struct lab_backoff_chance *chance, double from, double to)
{
    return from + (to - from) * chance->draw(chance->ctx);
}

static double cap(const struct lab_backoff_def *def, double wait)
{
    return def->cap_ns == LAB_BACKOFF_UNCAPPED ? wait : fmin(wait, (double)def->cap_ns);
}

static double power(const struct lab_backoff_def *def, double factor, uint32_t n)
{
    return (double)def->base_ns * pow(factor, (double)n + def->first);
}

// DOC(retry-decorrelated) The state is the last wait, so no call is ever back at the start; and
// as the draw begins at the base, no wait is ever zero, which full jitter's can be.
static double decorrelated(struct lab_backoff *b, const struct lab_backoff_def *def,
                           const struct lab_backoff_chance *chance)
{
    double base = (double)def->base_ns;
    double last = b->n == 0 ? base : b->previous;
    b->previous = cap(def, draw(chance, base, 3 * last));
    return b->previous;
}

// Polly draws a place on a curve for each retry, and waits from the last place to this one: the
// places come in order, the waits between them need not grow.
static double along_curve(struct lab_backoff *b, const struct lab_backoff_def *def,
                          const struct lab_backoff_chance *chance)
{
    double t = draw(chance, b->n, b->n + 1.0);
    double place = pow(2, t) * tanh(sqrt(4 * t));
    double wait = (place - b->previous) / 1.4 * (double)def->base_ns;
    b->previous = place;
    return wait;
}

static double spread(const struct lab_backoff_def *def, double wait,
                     const struct lab_backoff_chance *chance)
{
    return wait * draw(chance, 1 - def->spread, 1 + def->spread);
}

static double polly(struct lab_backoff *b, const struct lab_backoff_def *def,
                    const struct lab_backoff_chance *chance)
{
    double wait = (double)def->base_ns;
    if (def->scheme == LAB_BACKOFF_POLLY_EXPONENTIAL)
        return def->jitters ? along_curve(b, def, chance) : power(def, 2, b->n);
    if (def->scheme == LAB_BACKOFF_POLLY_LINEAR)
        wait *= b->n + 1.0;
    return def->jitters ? spread(def, wait, chance) : wait;
}

// randrange(c + 1): c is one of the outcomes.
static double celery(const struct lab_backoff *b, const struct lab_backoff_def *def,
                     const struct lab_backoff_chance *chance)
{
    double seconds = floor(cap(def, power(def, 2, b->n)) / (double)S);
    if (def->jitters)
        seconds = floor(draw(chance, 0, seconds + 1));
    return seconds * (double)S;
}

static double wait_of(struct lab_backoff *b, const struct lab_backoff_def *def,
                      const struct lab_backoff_chance *chance)
{
    double bare = power(def, def->factor, b->n), e = cap(def, bare);
    double least = (double)def->floor_ns;
    switch (def->scheme) {
    case LAB_BACKOFF_CONSTANT:
        return (double)def->base_ns;
    case LAB_BACKOFF_GOOGLE:
        return bare + draw(chance, 0, (double)def->jitter_ns);
    case LAB_BACKOFF_CAPPED:
        return e;
    case LAB_BACKOFF_FULL_JITTER:
    case LAB_BACKOFF_GRPC_LEGACY:
        return draw(chance, 0, e);
    case LAB_BACKOFF_EQUAL_JITTER:
        return e / 2 + draw(chance, 0, e / 2);
    case LAB_BACKOFF_DECORRELATED:
        return decorrelated(b, def, chance);
    case LAB_BACKOFF_TENACITY: // DOC(retry-clamp-last) capped behind the jitter
        return fmax(least, cap(def, bare + draw(chance, 0, (double)def->jitter_ns)));
    case LAB_BACKOFF_TENACITY_RANDOM:
        return draw(chance, least, fmax(least, e));
    case LAB_BACKOFF_GRPC: // DOC(retry-jitter-last) capped before: 1.2 s under a cap of 1 s
        return spread(def, e, chance);
    case LAB_BACKOFF_ENVOY:
        return draw(chance, 0, cap(def, (pow(2, b->n + 1.0) - 1) * (double)def->base_ns));
    case LAB_BACKOFF_RESILIENCE4J:
        return cap(def, spread(def, bare, chance));
    case LAB_BACKOFF_POLLY_CONSTANT:
    case LAB_BACKOFF_POLLY_LINEAR:
    case LAB_BACKOFF_POLLY_EXPONENTIAL:
        return cap(def, polly(b, def, chance));
    case LAB_BACKOFF_CELERY:
        return celery(b, def, chance);
    }
    return 0;
}

int64_t lab_backoff_next(struct lab_backoff *b, const struct lab_backoff_def *def,
                         const struct lab_backoff_chance *chance)
{
    const double most = (double)(INT64_MAX / 4);
    double wait = wait_of(b, def, chance);
    b->n++;
    return wait >= most ? INT64_MAX / 4 : llround(fmax(wait, 0));
}

struct lab_backoff_def lab_backoff_default(enum lab_backoff_scheme scheme)
{
    struct lab_backoff_def def = {
        .scheme = scheme, .base_ns = 100 * MS, .cap_ns = 10 * S, .jitter_ns = S, .factor = 2
    };
    switch (scheme) {
    case LAB_BACKOFF_TENACITY:
    case LAB_BACKOFF_TENACITY_RANDOM:
        def.base_ns = S;
        def.cap_ns = LAB_BACKOFF_UNCAPPED;
        break;
    case LAB_BACKOFF_GRPC:
    case LAB_BACKOFF_GRPC_LEGACY:
        def.cap_ns = S;
        def.spread = 0.2;
        break;
    case LAB_BACKOFF_ENVOY:
        def.base_ns = 25 * MS;
        def.cap_ns = 250 * MS;
        break;
    case LAB_BACKOFF_RESILIENCE4J:
        def.base_ns = 500 * MS;
        def.cap_ns = LAB_BACKOFF_UNCAPPED;
        def.factor = 1.5;
        def.spread = 0.5;
        break;
    case LAB_BACKOFF_POLLY_CONSTANT:
    case LAB_BACKOFF_POLLY_LINEAR:
    case LAB_BACKOFF_POLLY_EXPONENTIAL:
        def.base_ns = 2 * S;
        def.cap_ns = LAB_BACKOFF_UNCAPPED;
        def.spread = 0.25;
        break;
    case LAB_BACKOFF_CELERY:
        def.base_ns = S;
        def.cap_ns = 600 * S;
        def.jitters = true;
        break;
    default:
        break;
    }
    return def;
}
