// The shipped bulkhead and pool behind the interface for implementations from outside: they have to agree.
// With WRONG they take a wrong turn, and must not.

#include <stdlib.h>

#include "labs/bulkhead/pool.h"
#include "labs/host/convoy_impl.h"

// A wait that is over at its end has one more nanosecond; one place more; who goes away stays in line.
#define IS_LATE  (WRONG == 1)
#define IS_ROOMY (WRONG == 2)
#define FORGETS  (WRONG == 3)

struct bulkhead {
    struct lab_bulkhead places;
    struct lab_pool pool;
    struct lab_bulkhead *line; // of either
    struct lab_pool_call calls[64];
    int is_pool;
};

static int64_t longer(int64_t wait_ns)
{
    return wait_ns > 0 && wait_ns < INT64_MAX ? wait_ns + IS_LATE : wait_ns;
}

static void *open_bulkhead(const struct convoy_bulkhead_def *def)
{
    struct lab_bulkhead_def places = { def->size + IS_ROOMY, def->max_waiting,
                                       longer(def->max_wait_ns) };
    struct lab_pool_def pool = { def->size + IS_ROOMY, def->max_overflow, def->max_waiting,
                                 longer(def->max_wait_ns), def->max_idle_ns };
    struct bulkhead *b = calloc(1, sizeof *b);
    b->is_pool = def->kind == CONVOY_BULKHEAD_CONNECTIONS;
    b->line = b->is_pool ? &b->pool.places : &b->places;
    lab_bulkhead_init(&b->places, &places);
    lab_pool_init(&b->pool, &pool);
    return b;
}

static enum convoy_bulkhead_answer enter(void *bulkhead, uint32_t who, int64_t now_ns)
{
    struct bulkhead *b = bulkhead;
    struct lab_pool_call *c = &b->calls[who];
    switch (b->is_pool ? lab_pool_acquire(&b->pool, c, now_ns)
                       : lab_bulkhead_enter(&b->places, &c->call, now_ns)) {
    case LAB_BULKHEAD_INSIDE:
        return b->is_pool && c->opens ? CONVOY_BULKHEAD_OPENS : CONVOY_BULKHEAD_INSIDE;
    case LAB_BULKHEAD_WAITING:
        return CONVOY_BULKHEAD_WAITS;
    default:
        return CONVOY_BULKHEAD_REFUSED;
    }
}

static uint32_t leave(void *bulkhead, int is_broken, int64_t now_ns)
{
    struct bulkhead *b = bulkhead;
    void *in = b->is_pool ? (void *)lab_pool_release(&b->pool, is_broken, now_ns)
                          : (void *)lab_bulkhead_leave(&b->places, now_ns);
    return in ? (uint32_t)((struct lab_pool_call *)in - b->calls) : 0;
}

static void cancel(void *bulkhead, uint32_t who)
{
    struct bulkhead *b = bulkhead;
    if (!FORGETS)
        lab_bulkhead_cancel(b->line, &b->calls[who].call);
}

static uint32_t expire(void *bulkhead, int64_t at_ns)
{
    struct bulkhead *b = bulkhead;
    uint32_t waiting = b->line->waiting;
    lab_bulkhead_expire(b->line, at_ns);
    return waiting - b->line->waiting;
}

static void close_bulkhead(void *bulkhead)
{
    lab_pool_fini(&((struct bulkhead *)bulkhead)->pool);
    free(bulkhead);
}

const struct convoy_bulkhead convoy_bulkhead = {
    CONVOY_IMPL_VERSION, open_bulkhead, enter, leave, cancel, expire, close_bulkhead
};
