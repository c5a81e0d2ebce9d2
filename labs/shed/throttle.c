#include "labs/shed/throttle.h"

#include <string.h>

struct lab_throttle_def lab_throttle_default(void)
{
    return (struct lab_throttle_def){ .k = 2, .window_ns = 120000000000 };
}

void lab_throttle_init(struct lab_throttle *t, const struct lab_throttle_def *def)
{
    *t = (struct lab_throttle){ .def = *def };
}

static struct lab_throttle_slice *slice(struct lab_throttle *t, int64_t number)
{
    return &t->slices[number % LAB_THROTTLE_SLICES];
}

static void turn(struct lab_throttle *t, int64_t now_ns)
{
    int64_t now = now_ns / (t->def.window_ns / LAB_THROTTLE_SLICES);
    if (now - t->at >= LAB_THROTTLE_SLICES) {
        memset(t->slices, 0, sizeof t->slices);
        t->total = (struct lab_throttle_slice){ 0 };
        t->at = now;
    }
    while (t->at < now) {
        struct lab_throttle_slice *oldest = slice(t, ++t->at);
        t->total.requests -= oldest->requests;
        t->total.accepts -= oldest->accepts;
        *oldest = (struct lab_throttle_slice){ 0 };
    }
}

static void count_request(struct lab_throttle *t)
{
    slice(t, t->at)->requests++;
    t->total.requests++;
}

double lab_throttle_chance(struct lab_throttle *t, int64_t now_ns)
{
    turn(t, now_ns);
    double over = t->total.requests - t->def.k * t->total.accepts;
    return over > 0 ? over / (t->total.requests + 1.0) : 0;
}

// DOC(shed-throttle) What is rejected here counts as asked for: it keeps the chance up while the
// server refuses, and there is always one in some that finds out whether it still does.
bool lab_throttle_allows(struct lab_throttle *t, double draw, int64_t now_ns)
{
    bool is_rejected = draw < lab_throttle_chance(t, now_ns);
    if (t->def.count == LAB_THROTTLE_WHEN_ASKED)
        count_request(t);
    return !is_rejected;
}

void lab_throttle_answered(struct lab_throttle *t, bool was_accepted, int64_t now_ns)
{
    turn(t, now_ns);
    if (t->def.count == LAB_THROTTLE_WHEN_ANSWERED)
        count_request(t);
    slice(t, t->at)->accepts += was_accepted;
    t->total.accepts += was_accepted;
}
