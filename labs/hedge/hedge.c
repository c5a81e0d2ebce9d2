#include "labs/hedge/hedge.h"

struct lab_hedge_def lab_hedge_grpc(uint32_t max_attempts, int64_t delay_ns)
{
    return (struct lab_hedge_def){ .max_attempts = max_attempts,
                                   .delay_ns = delay_ns,
                                   .is_grpc = true };
}

struct lab_hedge_def lab_hedge_polly(void)
{
    return (struct lab_hedge_def){ .max_attempts = 2, .delay_ns = 2000000000 };
}

struct lab_hedge_def lab_hedge_tied(void)
{
    return (struct lab_hedge_def){ .max_attempts = 2, .is_tied = true };
}

static uint32_t most(const struct lab_hedge_def *def)
{
    uint32_t n = def->max_attempts < LAB_HEDGE_MOST ? def->max_attempts : LAB_HEDGE_MOST;
    return def->is_grpc && n > 5 ? 5 : n;
}

static uint32_t bit(uint32_t attempt)
{
    return attempt < LAB_HEDGE_MOST ? (uint32_t)1 << attempt : 0;
}

static bool may_send(const struct lab_hedge *h, const struct lab_hedge_def *def)
{
    return h->sent < most(def) && (!def->allows || def->allows(def->ctx));
}

static void send(struct lab_hedge *h)
{
    h->under_way |= bit(h->sent++);
}

// The wait for the next begins with each that is sent, for whatever reason it was.
static void set_timer(struct lab_hedge *h, const struct lab_hedge_def *def, int64_t now_ns)
{
    h->next_ns = LAB_HEDGE_NEVER;
    if (!h->is_over && h->sent < most(def) && def->delay_ns > 0 &&
        def->delay_ns <= INT64_MAX - now_ns)
        h->next_ns = now_ns + def->delay_ns;
}

static struct lab_hedge_answer end(struct lab_hedge *h, enum lab_hedge_verdict verdict)
{
    struct lab_hedge_answer a = { .verdict = verdict, .cancel = h->under_way };
    h->is_over = true;
    h->under_way = 0;
    h->next_ns = LAB_HEDGE_NEVER;
    return a;
}

struct lab_hedge_answer lab_hedge_begin(struct lab_hedge *h,
                                        const struct lab_hedge_def *def, int64_t now_ns)
{
    *h = (struct lab_hedge){ 0 };
    send(h);
    while (def->delay_ns == 0 && may_send(h, def))
        send(h);
    set_timer(h, def, now_ns);
    return (struct lab_hedge_answer){ .send = h->sent };
}

// DOC(hedge-budget) A hedge that the budget refuses is not sent, and asked for again later: when all
// is slow, hedges would be the load that keeps it slow.
struct lab_hedge_answer lab_hedge_timer(struct lab_hedge *h,
                                        const struct lab_hedge_def *def, int64_t now_ns)
{
    struct lab_hedge_answer a = { 0 };
    if (h->is_over || h->next_ns == LAB_HEDGE_NEVER || now_ns < h->next_ns)
        return a;
    if (may_send(h, def)) {
        send(h);
        a.send = 1;
    }
    set_timer(h, def, now_ns);
    return a;
}

// DOC(hedge-failure) A failure is an answer: there is nothing to wait for, so the next is sent at
// once. A fatal one would fail everywhere, so there is nothing to try either.
struct lab_hedge_answer lab_hedge_failed(struct lab_hedge *h,
                                         const struct lab_hedge_def *def, uint32_t attempt,
                                         bool is_fatal, int64_t now_ns)
{
    struct lab_hedge_answer a = { 0 };
    if (!(h->under_way & bit(attempt)))
        return a;
    h->under_way &= ~bit(attempt);
    if (is_fatal)
        return end(h, LAB_HEDGE_FAILED);
    if (may_send(h, def)) {
        send(h);
        a.send = 1;
        set_timer(h, def, now_ns);
    }
    return h->under_way == 0 ? end(h, LAB_HEDGE_FAILED) : a;
}

struct lab_hedge_answer lab_hedge_succeeded(struct lab_hedge *h, uint32_t attempt)
{
    if (!(h->under_way & bit(attempt)))
        return (struct lab_hedge_answer){ 0 };
    h->under_way &= ~bit(attempt);
    return end(h, LAB_HEDGE_SUCCEEDED);
}

// DOC(hedge-tied) What a tied request costs is a message: its twin waits in a queue, where it can be
// cancelled for nothing.
struct lab_hedge_answer lab_hedge_started(struct lab_hedge *h,
                                          const struct lab_hedge_def *def, uint32_t attempt)
{
    struct lab_hedge_answer a = { 0 };
    if (!def->is_tied || !(h->under_way & bit(attempt)))
        return a;
    a.cancel = h->under_way & ~bit(attempt);
    h->under_way = bit(attempt);
    return a;
}
