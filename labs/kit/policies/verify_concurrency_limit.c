#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "labs/kit/draws.h"
#include "labs/kit/policies/verify_steps.h"
#include "labs/kit/verify_private.h"
#include "sim/policy/concurrency.h"

// Concurrency limits: the same samples on both sides, and so as many must be let through after each
// of them, and the limits be alike to a millionth. Where a sample was taken, as a share of the
// limit, is part of the script: each side is told so many of its own.

static const char *const kinds[] = { "fixed", "aimd", "vegas", "gradient2", NULL };

enum word {
    ASKS,
    SUCCEEDS,
    IS_DROPPED
};
static const char *const words[] = { "asks", "succeeds", "is dropped", NULL };

// What the amount of a step was chosen for.
enum edge {
    USUAL,
    SHORTER,
    BIT_LONGER,
    TWICE, // of the usual, or a nanosecond beside
    LATE,  // AIMD's timeout, or beside; of others four times the usual
    ANY
};

#define USUAL_NS 1000

// ---- The two sides ----

// How many were under way: about half of the limit, all of it, or anything.
static uint32_t under_way(uint64_t chance, uint32_t limit)
{
    uint32_t half = limit / 2;
    switch (chance % 6) {
    case 0:
        return half > 0 ? half - 1 : 0;
    case 1:
        return half;
    case 2:
        return half + 1;
    case 3:
        return (uint32_t)(chance >> 8) % (limit + 1);
    default:
        return limit;
    }
}

struct model {
    struct sim_concurrency rule;
    struct sim_concurrency_state state;
    struct sim_random rng;
};

static void translate(const struct lab_steps *s, struct sim_concurrency *c)
{
    const struct lab_concurrency_def *d = &s->def.concurrency;
    *c = sim_concurrency_of((enum sim_concurrency_kind)s->kind);
    c->initial = (uint32_t)d->initial;
    c->min = (uint32_t)d->min;
    c->max = (uint32_t)d->max;
    c->smoothing = d->smoothing;
    c->backoff = d->backoff;
    c->timeout = d->timeout_ns;
    c->queue = (uint32_t)d->queue;
    c->tolerance = d->tolerance;
    c->window = d->long_window;
    c->probe = d->probe;
}

static void *model_open(const struct lab_steps *s)
{
    struct model *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    translate(s, &m->rule);
    sim_random_init(&m->rng, s->at[0].chance, "verify", "concurrency");
    sim_concurrency_begin(&m->rule, &m->state, &m->rng);
    return m;
}

static int64_t to_millionths(double limit)
{
    return 1 + (int64_t)(limit * 1e6 + 0.5);
}

static int64_t model_step(void *side, const struct lab_steps *s, const struct lab_step *one)
{
    struct model *m = side;
    uint32_t n = 0;
    (void)s;
    while (sim_concurrency_allows(&m->state, n))
        n++;
    if (one->word == ASKS)
        return n;
    struct sim_concurrency_sample sample = { one->amount, under_way(one->chance, n),
                                             one->word == IS_DROPPED };
    sim_concurrency_record(&m->rule, &m->state, &sample, &m->rng);
    return to_millionths(m->state.limit);
}

struct real {
    struct lab_concurrency limit;
    struct sim_random rng;
};

static double draw(void *ctx)
{
    return sim_random_unit(ctx);
}

static void *real_open(const struct lab_steps *s)
{
    struct real *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    sim_random_init(&r->rng, s->at[0].chance, "verify", "concurrency");
    struct lab_concurrency_chance chance = { draw, &r->rng };
    lab_concurrency_init(&r->limit, &s->def.concurrency, &chance);
    return r;
}

static int64_t real_step(void *side, const struct lab_steps *s, const struct lab_step *one)
{
    struct real *r = side;
    uint32_t n = 0;
    (void)s;
    while (lab_concurrency_allows(&r->limit, n))
        n++;
    if (one->word == ASKS)
        return n;
    struct lab_concurrency_sample sample = { one->amount, under_way(one->chance, n),
                                             one->word == IS_DROPPED };
    struct lab_concurrency_chance chance = { draw, &r->rng };
    lab_concurrency_sample(&r->limit, &sample, &chance);
    return to_millionths(r->limit.limit);
}

uint32_t lab_concurrency_draws(const struct lab_steps *s, double *draws)
{
    struct sim_random rng;
    sim_random_init(&rng, s->at[0].chance, "verify", "concurrency");
    for (uint32_t i = 0; i <= s->count; i++)
        draws[i] = sim_random_unit(&rng);
    return s->count + 1;
}

void lab_concurrency_under_way(const struct lab_steps *s, int64_t *under)
{
    const struct lab_step asks = { .word = ASKS };
    void *m = model_open(s);
    for (uint32_t i = 0; m && i < s->count; i++) {
        under[i] = under_way(s->at[i].chance, (uint32_t)model_step(m, s, &asks));
        model_step(m, s, &s->at[i]);
    }
    free(m);
}

// Of limits that are no whole numbers, the last bits depend on the order of the operations.
static int64_t slack(const struct lab_step *one, int64_t answer)
{
    (void)answer;
    return one->word != ASKS;
}

// ---- Scripts ----

static void make_def(uint64_t *r, uint32_t kind, struct lab_concurrency_def *d)
{
    static const double shares[] = { 0.1, 0.2, 0.5, 1, 1 };
    *d = lab_concurrency_default((enum lab_concurrency_kind)kind);
    if (lab_draw_below(r, 4) == 0)
        return; // as Netflix has it
    d->min = 1 + lab_draw_below(r, 4);
    d->initial = d->min + lab_draw_below(r, lab_draw_below(r, 2) ? 20 : 200);
    d->max = d->initial + lab_draw_below(r, 30);
    if (kind >= SIM_CONCURRENCY_VEGAS)
        d->smoothing = shares[lab_draw_below(r, 5)];
    d->backoff = 0.5 + 0.1 * lab_draw_below(r, 5);
    d->timeout_ns = 2 * USUAL_NS;
    d->queue = lab_draw_below(r, 6);
    d->tolerance = 1 + 0.5 * lab_draw_below(r, 3);
    d->long_window = 1 + lab_draw_below(r, 20);
    d->probe = 1 + lab_draw_below(r, 3);
}

static int64_t amount_of(uint64_t *r, const struct lab_steps *s, enum edge edge)
{
    int64_t beside = (int64_t)lab_draw_below(r, 3) - 1;
    switch (edge) {
    case SHORTER:
        return USUAL_NS - 1 - lab_draw_below(r, 900);
    case BIT_LONGER:
        return USUAL_NS + lab_draw_below(r, 500);
    case TWICE:
        return 2 * USUAL_NS + beside;
    case LATE:
        return (s->kind == SIM_CONCURRENCY_AIMD ? s->def.concurrency.timeout_ns
                                                : 4 * USUAL_NS) +
               beside;
    case ANY:
        return 1 + lab_draw_below(r, 100 * USUAL_NS);
    default:
        return USUAL_NS;
    }
}

static void make(uint32_t kind, uint64_t seed, struct lab_steps *s)
{
    uint64_t r = seed * 8 + kind;
    *s = (struct lab_steps){ .kind = kind };
    make_def(&r, kind, &s->def.concurrency);
    for (; s->count < LAB_STEPS; s->count++) {
        static const enum edge edges[] = { USUAL,      USUAL,      USUAL,      SHORTER,
                                           BIT_LONGER, BIT_LONGER, BIT_LONGER, TWICE,
                                           LATE,       ANY };
        static const uint32_t likely[] = { ASKS,     ASKS,     SUCCEEDS, SUCCEEDS,
                                           SUCCEEDS, SUCCEEDS, SUCCEEDS, IS_DROPPED };
        struct lab_step *one = &s->at[s->count];
        one->at_ns = s->count;
        one->word = likely[lab_draw_below(&r, 8)];
        one->edge = edges[lab_draw_below(&r, 10)];
        one->amount = amount_of(&r, s, (enum edge)one->edge);
        one->chance = lab_draw(&r);
    }
}

static void describe(const struct lab_steps *s, char *text, size_t size)
{
    const struct lab_concurrency_def *d = &s->def.concurrency;
    snprintf(text, size, "from %g, %g to %g, smoothing %g", d->initial, d->min, d->max,
             d->smoothing);
}

static void tell(const struct lab_steps *s, const struct lab_step *one, char *text,
                 size_t size)
{
    int64_t under[LAB_STEPS] = { 0 };
    lab_concurrency_under_way(s, under);
    if (one->word == ASKS)
        snprintf(text, size, "asks");
    else
        snprintf(text, size, "one of %" PRId64 " %s after %" PRId64, under[one - s->at],
                 words[one->word], one->amount);
}

static void tell_answer(const struct lab_steps *s, const struct lab_step *one,
                        int64_t answer, char *text, size_t size)
{
    (void)s;
    if (one->word == ASKS)
        snprintf(text, size, "%" PRId64 " at once", answer);
    else
        snprintf(text, size, "a limit of %g", (double)(answer - 1) / 1e6);
}

const struct lab_steps_pattern lab_concurrency_limit_pattern = {
    .name = "concurrency_limit",
    .kinds = kinds,
    .words = words,
    .model = { model_open, model_step, free },
    .real = { real_open, real_step, free },
    .make = make,
    .slack = slack,
    .describe = describe,
    .tell = tell,
    .tell_answer = tell_answer,
};

void lab_verify_concurrency_limit(const struct lab_verify_def *def, struct lab_report *out)
{
    lab_verify_steps(def, &lab_concurrency_limit_pattern,
                     &lab_concurrency_limit_pattern.real, out);
}
