#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "labs/kit/draws.h"
#include "labs/kit/policies/verify_steps.h"
#include "labs/kit/verify_private.h"
#include "sim/policy/utilisation.h"

// Shedding by utilisation: the same requests find as many at work on both sides, with the same
// draws, and so the same must be served, and as much be refused of each class after each of them.
// Half of the draws are eighths, which shares are too.

#define WORKERS 10u

static const char *const kinds[] = { "utilisation", NULL };

enum word {
    SHEDDABLE,
    SHEDDABLE_PLUS,
    CRITICAL,
    CRITICAL_PLUS
};
static const char *const words[] = { "sheddable asks", "sheddable plus asks",
                                     "critical asks", "critical plus asks", NULL };

enum edge {
    SAME,
    SOON, // within some nanoseconds
    RAMP, // a ramp, or a nanosecond beside
    GAP,  // the longest that is assumed, or beside
    LONG,
    END // of the clock, and the start
};

// Both sides take the upper 53 bits.
static uint64_t draw_of(const struct lab_step *one)
{
    return one->chance >> 11;
}

// A no is below 1; both tell how much is refused.
static int64_t answer(bool is_served, int64_t refused_ns)
{
    return is_served ? 1 + refused_ns : -refused_ns;
}

struct model {
    struct sim_utilisation rule;
    struct sim_utilisation_state state;
};

static void *model_open(const struct lab_steps *s)
{
    struct model *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    const struct lab_utilisation_def *d = &s->def.utilisation;
    m->rule = (struct sim_utilisation){ (uint32_t)(d->threshold * 1e6 + 0.5), d->ramp_ns,
                                        d->gap_ns };
    m->state.last = s->at[0].at_ns;
    return m;
}

static int64_t model_step(void *side, const struct lab_steps *s, const struct lab_step *one)
{
    struct model *m = side;
    (void)s;
    bool is_served = sim_utilisation_passes(
        &m->rule, &m->state, one->at_ns, (uint32_t)one->amount, WORKERS,
        (enum sim_criticality)one->word, draw_of(one) << 11);
    return answer(is_served, m->state.level);
}

static void *real_open(const struct lab_steps *s)
{
    struct lab_utilisation *u = calloc(1, sizeof *u);
    if (u)
        lab_utilisation_init(u, &s->def.utilisation, s->at[0].at_ns);
    return u;
}

static int64_t real_step(void *side, const struct lab_steps *s, const struct lab_step *one)
{
    struct lab_utilisation *u = side;
    int64_t refused = 0;
    (void)s;
    bool is_served = lab_utilisation_serves(u, (int)one->word, (double)one->amount, WORKERS,
                                            (double)draw_of(one) * 0x1p-53, one->at_ns);
    for (int i = 0; i < LAB_UTILISATION_CLASSES - 1; i++)
        refused += u->refused_ns[i];
    return answer(is_served, refused);
}

// ---- Scripts ----

// Short ramps, often of eighths, and thresholds that so many of ten are just at.
static void make_def(uint64_t *r, struct lab_utilisation_def *d)
{
    static const double thresholds[] = { 0.8, 0.5, 1, 0.75 };
    *d = lab_utilisation_default();
    d->threshold = thresholds[lab_draw_below(r, 4)];
    d->ramp_ns = 8 * (1 + (int64_t)lab_draw_below(r, 5)) + (lab_draw_below(r, 4) == 0);
    d->gap_ns = d->ramp_ns / 2 + lab_draw_below(r, 40);
}

static int64_t next_time(uint64_t *r, const struct lab_steps *s, enum edge edge)
{
    const struct lab_utilisation_def *d = &s->def.utilisation;
    int64_t last = s->at[s->count - 1].at_ns, at = last;
    int64_t beside = (int64_t)lab_draw_below(r, 3) - 1;
    if (edge == SOON)
        at = lab_moved(last, 1 + (int64_t)lab_draw_below(r, 12));
    if (edge == RAMP)
        at = lab_moved(last, d->ramp_ns + beside);
    if (edge == GAP)
        at = lab_moved(last, d->gap_ns + beside);
    if (edge == LONG)
        at = lab_moved(last, 1000 + (int64_t)lab_draw_below(r, 1000000));
    if (edge == END)
        at = INT64_MAX - (int64_t)lab_draw_below(r, 3);
    return at > last ? at : last;
}

// They are busy for longer at first, and idle for longer later.
static int64_t at_work(uint64_t *r, const struct lab_steps *s)
{
    double at = s->def.utilisation.threshold * WORKERS;
    bool is_busy = (s->count < LAB_STEPS * 2 / 3) == (lab_draw_below(r, 4) > 0);
    int64_t n = (int64_t)at + (is_busy ? 1 : -1) * (int64_t)lab_draw_below(r, 3);
    return n < 0 ? 0 : n > WORKERS ? WORKERS : n;
}

static void make(uint32_t kind, uint64_t seed, struct lab_steps *s)
{
    static const enum edge edges[] = { SAME, SOON, SOON, SOON, SOON, RAMP, GAP, GAP };
    uint64_t r = seed * 8 + kind;
    *s = (struct lab_steps){ .kind = kind, .count = 1 };
    make_def(&r, &s->def.utilisation);
    s->at[0] = (struct lab_step){ .at_ns = lab_draw_beginning(&r), .edge = END };
    while (s->count < LAB_STEPS) {
        struct lab_step one = { .word = lab_draw_below(&r, 4),
                                .edge = edges[lab_draw_below(&r, 8)] };
        if (lab_draw_below(&r, 40) == 0)
            one.edge = LONG;
        if (lab_draw_below(&r, 150) == 0)
            one.edge = END;
        one.at_ns = next_time(&r, s, (enum edge)one.edge);
        one.amount = at_work(&r, s);
        one.chance = lab_draw(&r);
        if (lab_draw_below(&r, 2))
            one.chance = one.chance >> 61 << 61;
        s->at[s->count++] = one;
    }
}

static void describe(const struct lab_steps *s, char *text, size_t size)
{
    const struct lab_utilisation_def *d = &s->def.utilisation;
    snprintf(text, size, "threshold %g, ramp %" PRId64 " ns, gap %" PRId64 " ns",
             d->threshold, d->ramp_ns, d->gap_ns);
}

const struct lab_steps_pattern lab_utilisation_pattern = {
    .name = "utilisation",
    .kinds = kinds,
    .words = words,
    .model = { model_open, model_step, free },
    .real = { real_open, real_step, free },
    .make = make,
    .describe = describe,
};

void lab_verify_utilisation(const struct lab_verify_def *def, struct lab_report *out)
{
    lab_verify_steps(def, &lab_utilisation_pattern, &lab_utilisation_pattern.real, out);
}
