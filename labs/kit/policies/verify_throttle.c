#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "labs/kit/draws.h"
#include "labs/kit/policies/verify_steps.h"
#include "labs/kit/verify_private.h"
#include "sim/policy/throttle.h"

// Client-side throttling: the same calls are asked for at the same times with the same draws, and
// so the same must be sent; after each that has ended, both must have counted as many. Half of the
// draws are eighths, which many chances are too, so that a draw is just as large as a chance.

static const char *const kinds[] = { "counted when asked", "counted when answered", NULL };

enum word {
    ASKS,
    IS_ACCEPTED,
    IS_REFUSED
};
static const char *const words[] = { "asks", "is accepted", "is refused", NULL };

enum edge {
    SAME,
    SLICE,  // the running slice ends, or a nanosecond beside
    WINDOW, // some step leaves the window, or beside
    ANY,    // within a few slices
    LONG,   // more than a window
    END     // of the clock, and the start
};

// Both sides take the upper 53 bits.
static uint64_t draw_of(const struct lab_step *one)
{
    return one->chance >> 11;
}

static int64_t counted(uint32_t requests, uint32_t accepts)
{
    return 1 + 100 * (int64_t)requests + accepts;
}

// ---- The two sides ----

struct model {
    struct sim_throttle rule;
    struct sim_throttle_memory memory;
};

static void *model_open(const struct lab_steps *s)
{
    struct model *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    const struct lab_throttle_def *d = &s->def.throttle;
    m->rule = (struct sim_throttle){ (uint32_t)(d->k * 1e6 + 0.5), d->window_ns,
                                     d->count == LAB_THROTTLE_WHEN_ANSWERED };
    sim_throttle_begin(&m->rule, &m->memory, s->at[0].at_ns);
    return m;
}

static int64_t model_step(void *side, const struct lab_steps *s, const struct lab_step *one)
{
    struct model *m = side;
    (void)s;
    if (one->word == ASKS)
        return sim_throttle_allows(&m->rule, &m->memory, one->at_ns, draw_of(one) << 11);
    sim_throttle_ended(&m->rule, &m->memory, one->at_ns, one->word == IS_ACCEPTED);
    return counted(m->memory.sum.requests, m->memory.sum.accepts);
}

static void *real_open(const struct lab_steps *s)
{
    struct lab_throttle *t = calloc(1, sizeof *t);
    if (t)
        lab_throttle_init(t, &s->def.throttle);
    return t;
}

static int64_t real_step(void *side, const struct lab_steps *s, const struct lab_step *one)
{
    struct lab_throttle *t = side;
    (void)s;
    if (one->word == ASKS)
        return lab_throttle_allows(t, (double)draw_of(one) * 0x1p-53, one->at_ns);
    lab_throttle_answered(t, one->word == IS_ACCEPTED, one->at_ns);
    return counted(t->total.requests, t->total.accepts);
}

// ---- Scripts ----

// Short windows, of which few are a multiple of their slices.
static void make_def(uint64_t *r, uint32_t kind, struct lab_throttle_def *d)
{
    static const double ks[] = { 1, 1.25, 1.5, 2, 3, 1.1 };
    *d = lab_throttle_default();
    d->k = ks[lab_draw_below(r, 6)];
    d->window_ns = LAB_THROTTLE_SLICES * (int64_t)(1 + lab_draw_below(r, 6)) +
                   lab_draw_below(r, LAB_THROTTLE_SLICES);
    d->count = kind == 0 ? LAB_THROTTLE_WHEN_ASKED : LAB_THROTTLE_WHEN_ANSWERED;
}

static int64_t next_time(uint64_t *r, const struct lab_steps *s, enum edge edge)
{
    int64_t window = s->def.throttle.window_ns, slice = window / LAB_THROTTLE_SLICES;
    int64_t last = s->at[s->count - 1].at_ns, at = last;
    int64_t any = s->at[lab_draw_below(r, s->count)].at_ns;
    int64_t beside = (int64_t)lab_draw_below(r, 3) - 1;
    if (edge == SLICE)
        at = lab_moved(last, slice - last % slice + beside);
    if (edge == WINDOW)
        at = lab_moved(any, slice * LAB_THROTTLE_SLICES - any % slice + beside);
    if (edge == ANY)
        at = lab_moved(last, (int64_t)lab_draw_below(r, 20));
    if (edge == LONG)
        at = lab_moved(last, (1 + (int64_t)lab_draw_below(r, 3)) * window + beside);
    if (edge == END)
        at = INT64_MAX - (int64_t)lab_draw_below(r, 3);
    return at > last ? at : last;
}

static void make(uint32_t kind, uint64_t seed, struct lab_steps *s)
{
    static const enum edge edges[] = { SAME, SAME, SAME, SAME, SAME,  SLICE,
                                       ANY,  ANY,  ANY,  ANY,  SLICE, WINDOW };
    static const uint32_t likely[] = { ASKS,        ASKS,        ASKS,       ASKS,
                                       IS_ACCEPTED, IS_ACCEPTED, IS_REFUSED, IS_REFUSED };
    uint64_t r = seed * 8 + kind;
    *s = (struct lab_steps){ .kind = kind, .count = 1 };
    make_def(&r, kind, &s->def.throttle);
    s->at[0] =
        (struct lab_step){ .word = ASKS, .at_ns = lab_draw_beginning(&r), .edge = END };
    while (s->count < LAB_STEPS) {
        struct lab_step one = { .edge = edges[lab_draw_below(&r, 12)] };
        if (lab_draw_below(&r, 30) == 0)
            one.edge = LONG;
        if (lab_draw_below(&r, 200) == 0)
            one.edge = END;
        one.word = likely[lab_draw_below(&r, 8)];
        one.at_ns = next_time(&r, s, (enum edge)one.edge);
        one.chance = lab_draw(&r);
        if (lab_draw_below(&r, 2))
            one.chance = one.chance >> 61 << 61;
        s->at[s->count++] = one;
    }
}

static void describe(const struct lab_steps *s, char *text, size_t size)
{
    const struct lab_throttle_def *d = &s->def.throttle;
    snprintf(text, size, "k %g, window %" PRId64 " ns", d->k, d->window_ns);
}

const struct lab_steps_pattern lab_throttle_pattern = {
    .name = "throttle",
    .kinds = kinds,
    .words = words,
    .model = { model_open, model_step, free },
    .real = { real_open, real_step, free },
    .make = make,
    .describe = describe,
};

void lab_verify_throttle(const struct lab_verify_def *def, struct lab_report *out)
{
    lab_verify_steps(def, &lab_throttle_pattern, &lab_throttle_pattern.real, out);
}
