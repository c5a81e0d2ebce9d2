// The shipped lines behind the interface for implementations from outside: they have to agree. With WRONG
// they take a wrong turn, and must not.

#include <stdlib.h>

#include "labs/host/convoy_impl.h"
#include "labs/shed/shed_queue.h"

// A target that has to be exceeded; one more waits before the newest is first; tells of nobody who is
// dropped.
#define EXCEEDS   (WRONG == 1)
#define IS_LATE   (WRONG == 2)
#define IS_SILENT (WRONG == 3)

struct shed {
    struct lab_shed_queue queue;
    struct lab_shed_entry entries[64];
};

static void *open_shed(const struct convoy_shed_def *def)
{
    struct lab_shed_def d = lab_shed_default();
    struct shed *s = calloc(1, sizeof *s);
    if (def->kind == CONVOY_SHED_ADAPTIVE_LIFO)
        d.order = LAB_SHED_ADAPTIVE_LIFO;
    else
        d.delay = def->kind == CONVOY_SHED_CODEL ? LAB_SHED_CODEL : LAB_SHED_CONTROLLED;
    d.lifo_from = def->lifo_from + IS_LATE;
    d.short_ns = d.codel.target_ns = def->target_ns + EXCEEDS;
    d.long_ns = d.codel.interval_ns = def->interval_ns;
    lab_shed_queue_init(&s->queue, &d, def->opened_ns);
    return s;
}

static int64_t comes(void *shed, uint32_t who, int64_t now_ns)
{
    struct shed *s = shed;
    struct lab_shed_entry *e = &s->entries[who];
    lab_shed_queue_push(&s->queue, e, now_ns);
    return e->until_ns == INT64_MAX ? INT64_MAX : e->until_ns - now_ns;
}

static uint32_t next(void *shed, int64_t now_ns, uint32_t *dropped, uint32_t *count)
{
    struct shed *s = shed;
    struct lab_shed_entry *gone = NULL, *e = lab_shed_queue_pop(&s->queue, now_ns, &gone);
    for (; gone && !IS_SILENT; gone = gone->newer)
        dropped[(*count)++] = (uint32_t)(gone - s->entries);
    return e ? (uint32_t)(e - s->entries) : 0;
}

static void close_shed(void *shed)
{
    free(shed);
}

const struct convoy_shed convoy_shed = { CONVOY_IMPL_VERSION, open_shed, comes, next,
                                         close_shed };
