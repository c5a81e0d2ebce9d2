#include "labs/bulkhead/pool.h"

#include <stdlib.h>

#define S ((int64_t)1000000000)

struct lab_pool_def lab_pool_sqlalchemy(void)
{
    return (struct lab_pool_def){ 5, 10, UINT32_MAX, 30 * S, LAB_POOL_NEVER };
}

struct lab_pool_def lab_pool_hikari(void)
{
    return (struct lab_pool_def){ 10, 0, UINT32_MAX, 30 * S, LAB_POOL_NEVER };
}

bool lab_pool_init(struct lab_pool *p, const struct lab_pool_def *def)
{
    const struct lab_bulkhead_def places = { def->size + def->max_overflow,
                                             def->max_waiting, def->acquire_timeout_ns };
    *p = (struct lab_pool){ .def = *def };
    lab_bulkhead_init(&p->places, &places);
    p->idle_since = calloc(def->size > 0 ? def->size : 1, sizeof *p->idle_since);
    return p->idle_since != NULL;
}

void lab_pool_fini(struct lab_pool *p)
{
    free(p->idle_since);
}

static void take_longest_idle(struct lab_pool *p)
{
    p->first = (p->first + 1) % p->def.size;
    p->idle--;
}

// DOC(bulkhead-idle) What was idle for long was closed by the other side, or by a firewall between:
// who used it would find out with its own request.
static void close_stale(struct lab_pool *p, int64_t now_ns)
{
    while (p->idle > 0 && now_ns - p->idle_since[p->first] > p->def.max_idle_ns) {
        take_longest_idle(p);
        p->open--;
    }
}

enum lab_bulkhead_state lab_pool_acquire(struct lab_pool *p, struct lab_pool_call *c,
                                         int64_t now_ns)
{
    enum lab_bulkhead_state state = lab_bulkhead_enter(&p->places, &c->call, now_ns);
    close_stale(p, now_ns);
    c->opens = state == LAB_BULKHEAD_INSIDE && p->idle == 0;
    if (c->opens)
        p->open++;
    else if (state == LAB_BULKHEAD_INSIDE)
        take_longest_idle(p);
    return state;
}

struct lab_pool_call *lab_pool_release(struct lab_pool *p, bool is_broken, int64_t now_ns)
{
    struct lab_bulkhead_call *next = lab_bulkhead_leave(&p->places, now_ns);
    if (next) { // who waited has the connection, or opens one in its place
        ((struct lab_pool_call *)next)->opens = is_broken;
        return (struct lab_pool_call *)next;
    }
    close_stale(p, now_ns); // before a good one is one too many
    if (is_broken || p->idle == p->def.size)
        p->open--;
    else
        p->idle_since[(p->first + p->idle++) % p->def.size] = now_ns;
    return NULL;
}

void lab_pool_expire(struct lab_pool *p, int64_t now_ns)
{
    lab_bulkhead_expire(&p->places, now_ns);
}
