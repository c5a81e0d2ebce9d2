// The shipped hedges behind the interface for implementations from outside: they have to agree. With WRONG
// they take a wrong turn, and must not.

#include <stdlib.h>

#include "labs/hedge/hedge.h"
#include "labs/host/convoy_impl.h"

// Waits a nanosecond longer; asks no budget; lets the losers run.
#define IS_LATE   (WRONG == 1)
#define IS_GREEDY (WRONG == 2)
#define FORGETS   (WRONG == 3)

struct hedge {
    struct convoy_hedge_def given;
    struct lab_hedge_def def;
    struct lab_hedge call;
};

static bool allows(void *ctx)
{
    struct hedge *h = ctx;
    return h->given.allows(h->given.ctx) || IS_GREEDY;
}

static void *open_hedge(const struct convoy_hedge_def *def)
{
    struct hedge *h = calloc(1, sizeof *h);
    h->given = *def;
    h->def =
        (struct lab_hedge_def){ .max_attempts = def->max_attempts,
                                .delay_ns = def->delay_ns + (IS_LATE && def->delay_ns > 0),
                                .is_grpc = def->is_grpc,
                                .is_tied = def->is_tied,
                                .allows = allows,
                                .ctx = h };
    h->call.is_over = true;
    h->call.next_ns = LAB_HEDGE_NEVER;
    return h;
}

static struct convoy_hedge_answer told(struct hedge *h, struct lab_hedge_answer a)
{
    enum convoy_hedge_verdict verdict =
        a.verdict == LAB_HEDGE_SUCCEEDED ? CONVOY_HEDGE_SUCCEEDED
        : a.verdict == LAB_HEDGE_FAILED  ? CONVOY_HEDGE_FAILED
                                         : CONVOY_HEDGE_WAITS;
    return (struct convoy_hedge_answer){ verdict, a.send, FORGETS ? 0 : a.cancel,
                                         h->call.next_ns };
}

static struct convoy_hedge_answer begin(void *hedge, int64_t now_ns)
{
    struct hedge *h = hedge;
    return told(h, lab_hedge_begin(&h->call, &h->def, now_ns));
}

static struct convoy_hedge_answer timer(void *hedge, int64_t now_ns)
{
    struct hedge *h = hedge;
    return told(h, lab_hedge_timer(&h->call, &h->def, now_ns));
}

static struct convoy_hedge_answer failed(void *hedge, uint32_t attempt, int is_fatal,
                                         int64_t now_ns)
{
    struct hedge *h = hedge;
    return told(h, lab_hedge_failed(&h->call, &h->def, attempt, is_fatal, now_ns));
}

static struct convoy_hedge_answer succeeded(void *hedge, uint32_t attempt, int64_t now_ns)
{
    struct hedge *h = hedge;
    return told(h, lab_hedge_succeeded(&h->call, attempt));
}

static struct convoy_hedge_answer started(void *hedge, uint32_t attempt, int64_t now_ns)
{
    struct hedge *h = hedge;
    return told(h, lab_hedge_started(&h->call, &h->def, attempt));
}

static void close_hedge(void *hedge)
{
    free(hedge);
}

const struct convoy_hedge convoy_hedge = {
    CONVOY_IMPL_VERSION, open_hedge, begin, timer, failed, succeeded, started, close_hedge
};
