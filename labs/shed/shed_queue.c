#include "labs/shed/shed_queue.h"

#include <stddef.h>

struct lab_shed_def lab_shed_default(void)
{
    return (struct lab_shed_def){ .capacity = UINT32_MAX,
                                  .lifo_from = 2,
                                  .max_wait_ns = LAB_SHED_FOR_EVER,
                                  .codel = lab_codel_default(),
                                  .short_ns = 5000000,
                                  .long_ns = 100000000 };
}

void lab_shed_queue_init(struct lab_shed_queue *q, const struct lab_shed_def *def,
                         int64_t now_ns)
{
    *q = (struct lab_shed_queue){ .def = *def, .empty_ns = now_ns };
}

static int64_t after(int64_t now_ns, int64_t wait_ns)
{
    return wait_ns > INT64_MAX - now_ns ? INT64_MAX : now_ns + wait_ns;
}

// DOC(shed-controlled-delay) Normally a queue is empty now and then, and a burst may wait in it. One
// that was not for that long is not a burst: then only who is served soon is served in time.
static int64_t may_wait(const struct lab_shed_queue *q, int64_t now_ns)
{
    if (q->def.delay != LAB_SHED_CONTROLLED)
        return q->def.max_wait_ns;
    return now_ns - q->empty_ns > q->def.long_ns ? q->def.short_ns : q->def.long_ns;
}

bool lab_shed_queue_push(struct lab_shed_queue *q, struct lab_shed_entry *e, int64_t now_ns)
{
    if (q->waiting == 0)
        q->empty_ns = now_ns;
    if (q->waiting >= q->def.capacity)
        return false;
    *e = (struct lab_shed_entry){ .since_ns = now_ns,
                                  .until_ns = after(now_ns, may_wait(q, now_ns)),
                                  .older = q->newest };
    *(q->newest ? &q->newest->newer : &q->oldest) = e;
    q->newest = e;
    q->waiting++;
    return true;
}

static void take_out(struct lab_shed_queue *q, struct lab_shed_entry *e)
{
    *(e->older ? &e->older->newer : &q->oldest) = e->newer;
    *(e->newer ? &e->newer->older : &q->newest) = e->older;
    e->older = e->newer = NULL;
    q->waiting--;
}

static struct lab_shed_entry **drop(struct lab_shed_queue *q, struct lab_shed_entry *e,
                                    struct lab_shed_entry **end)
{
    take_out(q, e);
    *end = e;
    return &e->newer;
}

// DOC(shed-adaptive-lifo) When more come than are served, the oldest is the one whose caller has most
// likely gone: served first, everybody is served too late. The newest can still be in time.
static struct lab_shed_entry *next(const struct lab_shed_queue *q)
{
    bool is_lifo =
        q->def.order == LAB_SHED_LIFO ||
        (q->def.order == LAB_SHED_ADAPTIVE_LIFO && q->waiting >= q->def.lifo_from);
    return is_lifo ? q->newest : q->oldest;
}

static bool is_dropped(struct lab_shed_queue *q, const struct lab_shed_entry *e,
                       int64_t now_ns)
{
    if (now_ns > e->until_ns)
        return true;
    return q->def.delay == LAB_SHED_CODEL &&
           lab_codel_look(&q->codel, &q->def.codel, now_ns - e->since_ns, q->waiting == 1,
                          now_ns) == LAB_CODEL_DROP;
}

// Whose time is up goes first, wherever it stands: in a LIFO the old ones would stay for ever and
// fill the queue. A wait that is just over is not up.
static struct lab_shed_entry **drop_late(struct lab_shed_queue *q, int64_t now_ns,
                                         struct lab_shed_entry **end)
{
    while (q->oldest && now_ns > q->oldest->until_ns)
        end = drop(q, q->oldest, end);
    return end;
}

struct lab_shed_entry *lab_shed_queue_pop(struct lab_shed_queue *q, int64_t now_ns,
                                          struct lab_shed_entry **dropped)
{
    struct lab_shed_entry **end = dropped, *e;
    *end = NULL;
    end = drop_late(q, now_ns, end);
    while ((e = next(q)) && is_dropped(q, e, now_ns))
        end = drop(q, e, end);
    *end = NULL;
    if (e)
        take_out(q, e);
    else
        lab_codel_empty(&q->codel);
    return e;
}
