#include "labs/shed/codel.h"

#include <math.h>

struct lab_codel_def lab_codel_default(void)
{
    return (struct lab_codel_def){ 5000000, 100000000 };
}

// DOC(shed-control-law) Drops come closer by the root of their number: that brings the load down
// in a straight line, whatever its sources are.
static int64_t step(const struct lab_codel *c, const struct lab_codel_def *def)
{
    return llround((double)def->interval_ns / sqrt(c->count));
}

// A clock that would go beyond its end stands there.
static int64_t later(int64_t t, int64_t by)
{
    return by < INT64_MAX - t ? t + by : INT64_MAX;
}

// DOC(shed-standing-queue) One that got through in less than the target in the meantime is enough:
// the queue was a burst and is gone. So is one that is alone.
static bool stands(struct lab_codel *c, const struct lab_codel_def *def, int64_t waited_ns,
                   bool is_last, int64_t now_ns)
{
    if (waited_ns < def->target_ns || is_last) {
        c->is_above = false;
        return false;
    }
    if (!c->is_above) {
        c->is_above = true;
        c->above_ns = now_ns;
        return false;
    }
    return now_ns - c->above_ns >= def->interval_ns;
}

// A spell that follows soon goes on near where the last one ended, for the load is the same.
static void begin(struct lab_codel *c, const struct lab_codel_def *def, int64_t now_ns)
{
    uint32_t more = c->count - c->count_before;
    bool is_soon = now_ns - c->next_ns < 16 * def->interval_ns;
    c->is_dropping = true;
    c->count = more > 1 && is_soon ? more : 1;
    c->count_before = c->count;
    c->next_ns = later(now_ns, step(c, def));
    c->has_begun = true;
}

enum lab_codel_verdict lab_codel_look(struct lab_codel *c, const struct lab_codel_def *def,
                                      int64_t waited_ns, bool is_last, int64_t now_ns)
{
    if (!stands(c, def, waited_ns, is_last, now_ns)) {
        c->is_dropping = c->has_begun = c->has_dropped = false;
        return LAB_CODEL_PASS;
    }
    if (!c->is_dropping) {
        begin(c, def, now_ns);
        return LAB_CODEL_DROP;
    }
    // Who stands behind the first to go is served, whatever the time is.
    if (c->has_begun) {
        c->has_begun = false;
        return LAB_CODEL_PASS;
    }
    // The next drop follows the last one's due time: who is late catches up. It is set only when
    // the queue still stands behind the one that went.
    if (c->has_dropped)
        c->next_ns = later(c->next_ns, step(c, def));
    c->has_dropped = now_ns >= c->next_ns;
    c->count += c->has_dropped;
    return c->has_dropped ? LAB_CODEL_DROP : LAB_CODEL_PASS;
}

void lab_codel_empty(struct lab_codel *c)
{
    c->is_above = c->is_dropping = c->has_begun = c->has_dropped = false;
}
