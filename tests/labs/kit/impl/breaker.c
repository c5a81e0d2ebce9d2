// The shipped breakers behind the interface for implementations from outside: they have to agree. With
// WRONG they take a wrong turn, and must not.

#include <stdlib.h>

#include "labs/breaker/breaker.h"
#include "labs/host/convoy_impl.h"

// A nanosecond late half open; a failure share that has to be exceeded; a state that is none.
#define IS_LATE  (WRONG == 1)
#define EXCEEDS  (WRONG == 2)
#define NO_STATE (WRONG == 3)

static struct lab_breaker_def of_kind(enum convoy_breaker_kind kind)
{
    switch (kind) {
    case CONVOY_BREAKER_TIME:
        return lab_breaker_resilience4j_time();
    case CONVOY_BREAKER_HYSTRIX:
        return lab_breaker_hystrix();
    case CONVOY_BREAKER_POLLY:
        return lab_breaker_polly();
    case CONVOY_BREAKER_PYBREAKER:
        return lab_breaker_pybreaker();
    default:
        return lab_breaker_resilience4j();
    }
}

static void *open_breaker(const struct convoy_breaker_def *def)
{
    struct lab_breaker_def d = of_kind(def->kind);
    d.window = def->window;
    d.slice_ns = def->slice_ns;
    d.snapshot_ns = def->snapshot_ns;
    d.min_calls = def->min_calls;
    d.failure_milli = def->failure_milli + EXCEEDS;
    d.slow_milli = def->slow_milli;
    d.slow_ns = def->slow_ns;
    d.open_ns = def->open_ns + IS_LATE;
    d.half_open_ns = def->half_open_ns;
    d.probes = def->probes;
    d.successes = def->successes;
    d.is_automatic = def->is_automatic;
    struct lab_breaker *b = calloc(1, sizeof *b);
    lab_breaker_init(b, &d);
    return b;
}

static int allows(void *breaker, int64_t now_ns)
{
    return lab_breaker_allows(breaker, now_ns);
}

static void record(void *breaker, enum convoy_breaker_outcome outcome, int64_t took_ns,
                   int64_t now_ns)
{
    lab_breaker_record(breaker,
                       outcome == CONVOY_SUCCEEDED ? LAB_BREAKER_SUCCESS
                       : outcome == CONVOY_FAILED  ? LAB_BREAKER_FAILURE
                                                   : LAB_BREAKER_IGNORED,
                       took_ns, now_ns);
}

static void force(void *breaker, enum convoy_breaker_state state, int64_t now_ns)
{
    lab_breaker_force(breaker,
                      state == CONVOY_CLOSED     ? LAB_BREAKER_CLOSED
                      : state == CONVOY_DISABLED ? LAB_BREAKER_DISABLED
                                                 : LAB_BREAKER_FORCED_OPEN,
                      now_ns);
}

static enum convoy_breaker_state state(void *breaker, int64_t now_ns)
{
    if (NO_STATE)
        return (enum convoy_breaker_state)77;
    switch (lab_breaker_state(breaker, now_ns)) {
    case LAB_BREAKER_OPEN:
        return CONVOY_OPEN;
    case LAB_BREAKER_HALF_OPEN:
        return CONVOY_HALF_OPEN;
    case LAB_BREAKER_DISABLED:
        return CONVOY_DISABLED;
    case LAB_BREAKER_FORCED_OPEN:
        return CONVOY_FORCED_OPEN;
    default:
        return CONVOY_CLOSED;
    }
}

static void close_breaker(void *breaker)
{
    lab_breaker_fini(breaker);
    free(breaker);
}

const struct convoy_breaker convoy_breaker = {
    CONVOY_IMPL_VERSION, open_breaker, allows, record, force, state, close_breaker
};
