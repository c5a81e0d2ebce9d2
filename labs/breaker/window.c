#include "labs/breaker/window.h"

#include <stdlib.h>
#include <string.h>

bool lab_window_init(struct lab_window *w, uint32_t size, int64_t slice_ns)
{
    *w = (struct lab_window){ .size = size, .slice_ns = slice_ns };
    if (size > 0)
        w->places = calloc(size, sizeof *w->places);
    return size == 0 || w->places;
}

void lab_window_fini(struct lab_window *w)
{
    free(w->places);
}

void lab_window_clear(struct lab_window *w)
{
    if (w->size > 0)
        memset(w->places, 0, w->size * sizeof *w->places);
    w->total = (struct lab_window_counts){ 0 };
    if (w->slice_ns == 0)
        w->at = 0;
}

static void leave(struct lab_window *w, struct lab_window_counts *place)
{
    w->total.calls -= place->calls;
    w->total.failures -= place->failures;
    w->total.slow -= place->slow;
    *place = (struct lab_window_counts){ 0 };
}

static void enter(struct lab_window_counts *c, bool failed, bool was_slow)
{
    c->calls++;
    c->failures += failed;
    c->slow += was_slow;
}

// DOC(breaker-stale-window) Each slice that has begun since takes the place of one that is too
// old, also those in which nobody called: a window that only turns when somebody calls would
// count the failures of an hour ago.
static void turn(struct lab_window *w, int64_t now_ns)
{
    int64_t slice = now_ns / w->slice_ns;
    if (slice - w->at >= w->size) {
        lab_window_clear(w);
        w->at = slice;
    }
    while (w->at < slice)
        leave(w, &w->places[++w->at % w->size]);
}

void lab_window_add(struct lab_window *w, bool failed, bool was_slow, int64_t now_ns)
{
    if (w->size == 0)
        return;
    if (w->slice_ns > 0)
        turn(w, now_ns);
    else
        leave(w, &w->places[w->at++ % w->size]);
    int64_t place = w->slice_ns > 0 ? w->at : w->at - 1;
    enter(&w->places[place % w->size], failed, was_slow);
    enter(&w->total, failed, was_slow);
}

struct lab_window_counts lab_window_counts(struct lab_window *w, int64_t now_ns)
{
    if (w->slice_ns > 0 && w->size > 0)
        turn(w, now_ns);
    return w->total;
}
