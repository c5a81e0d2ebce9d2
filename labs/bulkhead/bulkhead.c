#include "labs/bulkhead/bulkhead.h"

#include <stddef.h>

struct lab_bulkhead_def lab_bulkhead_resilience4j(void)
{
    return (struct lab_bulkhead_def){ 25, UINT32_MAX, 0 };
}

struct lab_bulkhead_def lab_bulkhead_resilience4j_pool(uint32_t threads)
{
    return (struct lab_bulkhead_def){ threads, 100, LAB_BULKHEAD_FOR_EVER };
}

struct lab_bulkhead_def lab_bulkhead_hystrix(void)
{
    return (struct lab_bulkhead_def){ 10, 0, 0 };
}

struct lab_bulkhead_def lab_bulkhead_polly(void)
{
    return (struct lab_bulkhead_def){ 1000, 0, 0 };
}

void lab_bulkhead_init(struct lab_bulkhead *b, const struct lab_bulkhead_def *def)
{
    *b = (struct lab_bulkhead){ .def = *def };
}

static void push(struct lab_bulkhead *b, struct lab_bulkhead_call *c)
{
    c->next = NULL;
    *(b->first ? &b->last->next : &b->first) = c;
    b->last = c;
    b->waiting++;
}

static struct lab_bulkhead_call *pop(struct lab_bulkhead *b, enum lab_bulkhead_state state)
{
    struct lab_bulkhead_call *c = b->first;
    b->first = c->next;
    b->waiting--;
    c->state = state;
    return c;
}

// All wait equally long, so who came first is also the first whose time is up.
static void give_up_before(struct lab_bulkhead *b, int64_t at_ns)
{
    while (b->first && b->first->until_ns < at_ns)
        pop(b, LAB_BULKHEAD_TIMED_OUT);
}

static int64_t after(int64_t now_ns, int64_t wait_ns)
{
    return wait_ns > INT64_MAX - now_ns ? INT64_MAX : now_ns + wait_ns;
}

enum lab_bulkhead_state lab_bulkhead_enter(struct lab_bulkhead *b,
                                           struct lab_bulkhead_call *c, int64_t now_ns)
{
    // At its very instant a wait is over only when nobody leaves, which may still come.
    give_up_before(b, now_ns);
    c->state = LAB_BULKHEAD_REFUSED;
    if (b->calls < b->def.max_calls) {
        b->calls++;
        c->state = LAB_BULKHEAD_INSIDE;
    } else if (b->def.max_wait_ns > 0 && b->waiting < b->def.max_waiting) {
        c->state = LAB_BULKHEAD_WAITING;
        c->until_ns = after(now_ns, b->def.max_wait_ns);
        push(b, c);
    }
    return c->state;
}

// DOC(bulkhead-hand-over) The place goes to who waits longest and is never free meanwhile: a call
// that came just now would take it otherwise, and who waits could wait for ever.
struct lab_bulkhead_call *lab_bulkhead_leave(struct lab_bulkhead *b, int64_t now_ns)
{
    give_up_before(b, now_ns);
    if (b->first)
        return pop(b, LAB_BULKHEAD_INSIDE);
    b->calls--;
    return NULL;
}

void lab_bulkhead_expire(struct lab_bulkhead *b, int64_t now_ns)
{
    while (b->first && b->first->until_ns <= now_ns &&
           b->first->until_ns != LAB_BULKHEAD_FOR_EVER)
        pop(b, LAB_BULKHEAD_TIMED_OUT);
}

void lab_bulkhead_cancel(struct lab_bulkhead *b, struct lab_bulkhead_call *c)
{
    struct lab_bulkhead_call *before = NULL;
    for (struct lab_bulkhead_call *at = b->first; at != c; at = at->next)
        before = at;
    *(before ? &before->next : &b->first) = c->next;
    if (b->last == c)
        b->last = before;
    b->waiting--;
    c->state = LAB_BULKHEAD_OUTSIDE;
}
