#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "labs/kit/draws.h"
#include "labs/kit/policies/verify_steps.h"
#include "labs/kit/verify_private.h"
#include "sim/policy/breaker.h"

// Circuit breakers: the same calls ask and end on both sides, and so the same must be let through.
// Half open, more results may come than calls were let through: late ones, of calls that began
// before.

enum kind {
    COUNT,
    TIME,
    HYSTRIX,
    POLLY,
    PYBREAKER
};
static const char *const kinds[] = {
    "count", "time", "hystrix", "polly", "pybreaker", NULL
};

enum word {
    ASKS,
    SUCCEEDS,
    FAILS,
    IS_IGNORED,
    IS_FORCED // into the state that the amount says
};
static const char *const words[] = { "asks",       "succeeds",  "fails",
                                     "is ignored", "is forced", NULL };

enum edge {
    SAME,
    OPENED,   // open for as long as it has to be since some step, or a nanosecond beside
    SLICE,    // the next slice of time begins, or beside
    AGE,      // some step leaves the window, or beside
    SNAPSHOT, // a picture that was taken at some step is too old, or beside
    IDLE,
    ANY,
    END // of the clock, and the start
};

// ---- The two sides ----

struct model {
    struct sim_breaker b;
    struct sim_breaker_memory m;
    struct sim_breaker_bucket buckets[16];
};

static void translate(const struct lab_steps *s, struct sim_breaker *b)
{
    static const enum sim_breaker_kind of[] = { SIM_BREAKER_RATE, SIM_BREAKER_RATE,
                                                SIM_BREAKER_HYSTRIX, SIM_BREAKER_POLLY,
                                                SIM_BREAKER_CONSECUTIVE };
    const struct lab_breaker_def *d = &s->def.breaker;
    *b = (struct sim_breaker){ .kind = of[s->kind] };
    b->window = s->kind == PYBREAKER ? 0 : d->window;
    b->bucket = s->kind == COUNT || s->kind == PYBREAKER ? 0 : d->slice_ns;
    b->min_calls = b->failures = d->min_calls;
    b->failure_rate = 1000 * d->failure_milli;
    b->slow_rate = 1000 * d->slow_milli;
    b->slow = d->slow_milli > 1000 ? 0 : d->slow_ns;
    b->open_for = d->open_ns;
    b->half_open_for = d->half_open_ns;
    b->snapshot = d->snapshot_ns;
    b->probes = s->kind <= TIME ? d->probes : d->successes;
    b->automatic = d->is_automatic;
}

// By hand.
static const struct {
    enum sim_breaker_state model;
    enum lab_breaker_state real;
} forced[] = { { SIM_BREAKER_CLOSED, LAB_BREAKER_CLOSED },
               { SIM_BREAKER_DISABLED, LAB_BREAKER_DISABLED },
               { SIM_BREAKER_FORCED_OPEN, LAB_BREAKER_FORCED_OPEN } };

static void *model_open(const struct lab_steps *s)
{
    struct model *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    translate(s, &m->b);
    sim_breaker_begin(&m->b, &m->m, s->at[0].at_ns);
    return m;
}

static int64_t model_step(void *side, const struct lab_steps *s, const struct lab_step *one)
{
    struct model *m = side;
    enum sim_breaker_result result = one->word == SUCCEEDS ? SIM_BREAKER_OK
                                     : one->word == FAILS  ? SIM_BREAKER_FAILED
                                                           : SIM_BREAKER_IGNORED;
    (void)s;
    if (one->word == ASKS)
        return sim_breaker_allows(&m->b, &m->m, m->buckets, one->at_ns);
    if (one->word == IS_FORCED)
        sim_breaker_force(&m->b, &m->m, m->buckets, forced[one->amount % 3].model,
                          one->at_ns);
    else
        sim_breaker_record(&m->b, &m->m, m->buckets, one->at_ns, result, one->amount);
    // Which states it goes through has to agree too.
    return 1 + (int64_t)sim_breaker_state_at(&m->b, &m->m, one->at_ns);
}

static void *real_open(const struct lab_steps *s)
{
    struct lab_breaker *b = calloc(1, sizeof *b);
    if (b && lab_breaker_init(b, &s->def.breaker))
        return b;
    free(b);
    return NULL;
}

static int64_t real_step(void *side, const struct lab_steps *s, const struct lab_step *one)
{
    struct lab_breaker *b = side;
    enum lab_breaker_outcome outcome = one->word == SUCCEEDS ? LAB_BREAKER_SUCCESS
                                       : one->word == FAILS  ? LAB_BREAKER_FAILURE
                                                             : LAB_BREAKER_IGNORED;
    (void)s;
    if (one->word == ASKS)
        return lab_breaker_allows(b, one->at_ns);
    if (one->word == IS_FORCED)
        lab_breaker_force(b, forced[one->amount % 3].real, one->at_ns);
    else
        lab_breaker_record(b, outcome, one->amount, one->at_ns);
    switch (lab_breaker_state(b, one->at_ns)) {
    case LAB_BREAKER_OPEN:
        return 1 + SIM_BREAKER_OPEN;
    case LAB_BREAKER_HALF_OPEN:
        return 1 + SIM_BREAKER_HALF_OPEN;
    case LAB_BREAKER_DISABLED:
        return 1 + SIM_BREAKER_DISABLED;
    case LAB_BREAKER_FORCED_OPEN:
        return 1 + SIM_BREAKER_FORCED_OPEN;
    default:
        return 1 + SIM_BREAKER_CLOSED;
    }
}

static void real_close(void *side)
{
    lab_breaker_fini(side);
    free(side);
}

// ---- Scripts ----

static struct lab_breaker_def default_of(uint32_t kind)
{
    switch ((enum kind)kind) {
    case TIME:
        return lab_breaker_resilience4j_time();
    case HYSTRIX:
        return lab_breaker_hystrix();
    case POLLY:
        return lab_breaker_polly();
    case PYBREAKER:
        return lab_breaker_pybreaker();
    default:
        return lab_breaker_resilience4j();
    }
}

// Small windows, so that a script sees all of it; one second in ten is too slow.
static void make_def(uint64_t *r, uint32_t kind, struct lab_breaker_def *d)
{
    static const uint32_t shares[] = { 1, 250, 333, 500, 500, 750, 1000 };
    *d = default_of(kind);
    d->window = 1 + lab_draw_below(r, 8);
    d->min_calls = 1 + lab_draw_below(r, 5);
    d->slice_ns = kind == COUNT || kind == PYBREAKER ? 0 : 1 + lab_draw_below(r, 100);
    d->open_ns = lab_draw_below(r, 200);
    d->snapshot_ns = kind == HYSTRIX ? lab_draw_below(r, 100) : 0;
    if (kind != PYBREAKER)
        d->failure_milli = shares[lab_draw_below(r, 7)];
    if (kind == PYBREAKER)
        d->successes = 1 + lab_draw_below(r, 3);
    if (kind > TIME)
        return;
    d->probes = 1 + lab_draw_below(r, 4);
    d->slow_milli = lab_draw_below(r, 2) ? 1001 : shares[1 + lab_draw_below(r, 6)];
    d->slow_ns = 10;
    if (lab_draw_below(r, 4) == 0)
        d->is_automatic = true;
    else if (lab_draw_below(r, 3) == 0)
        d->half_open_ns = 1 + lab_draw_below(r, 300);
}

static int64_t beside(uint64_t *r)
{
    return (int64_t)lab_draw_below(r, 3) - 1;
}

static int64_t next_time(uint64_t *r, const struct lab_steps *s, enum edge edge)
{
    const struct lab_breaker_def *d = &s->def.breaker;
    int64_t last = s->at[s->count - 1].at_ns, at = last;
    int64_t any = s->at[lab_draw_below(r, s->count)].at_ns;
    int64_t slice = d->slice_ns > 0 ? d->slice_ns : 50;
    if (edge == OPENED)
        at = lab_moved(last, d->open_ns + beside(r));
    if (edge == SLICE)
        at = lab_moved(last, slice - last % slice + beside(r));
    if (edge == AGE)
        at = lab_moved(any, slice * d->window - any % slice + beside(r));
    if (edge == SNAPSHOT)
        at = lab_moved(any, d->snapshot_ns + beside(r));
    if (edge == IDLE)
        at = lab_moved(last, slice * d->window * (2 + (int64_t)lab_draw_below(r, 9)));
    if (edge == ANY)
        at = lab_moved(last, (int64_t)lab_draw_below(r, 40));
    if (edge == END)
        at = INT64_MAX - (int64_t)lab_draw_below(r, 3);
    return at > last ? at : last;
}

static struct lab_step any_step(uint64_t *r)
{
    static const uint32_t likely[] = { ASKS,  ASKS,  ASKS,  ASKS,     SUCCEEDS,
                                       FAILS, FAILS, FAILS, SUCCEEDS, IS_IGNORED };
    struct lab_step one = { .word = likely[lab_draw_below(r, 10)] };
    one.amount = 9 + (int64_t)lab_draw_below(r, 3); // around what is slow
    if (lab_draw_below(r, 60) == 0)
        one.word = IS_FORCED;
    return one;
}

static void make(uint32_t kind, uint64_t seed, struct lab_steps *s)
{
    uint64_t r = seed * 8 + kind;
    *s = (struct lab_steps){ .kind = kind, .count = 1 };
    make_def(&r, kind, &s->def.breaker);
    s->at[0] = any_step(&r);
    s->at[0].at_ns = lab_draw_beginning(&r);
    s->at[0].edge = END;
    while (s->count < LAB_STEPS) {
        static const enum edge edges[] = { SAME,   SAME,   SAME, SAME, OPENED,
                                           OPENED, OPENED, AGE,  AGE,  SNAPSHOT,
                                           IDLE,   SLICE,  ANY,  ANY };
        enum edge edge = edges[lab_draw_below(&r, 14)];
        if (lab_draw_below(&r, 300) == 0)
            edge = END;
        struct lab_step one = any_step(&r);
        one.at_ns = next_time(&r, s, edge);
        one.edge = edge;
        s->at[s->count++] = one;
    }
}

static void describe(const struct lab_steps *s, char *text, size_t size)
{
    const struct lab_breaker_def *d = &s->def.breaker;
    snprintf(text, size,
             "window %" PRIu32 " of %" PRId64 " ns, min %" PRIu32 ", at %" PRIu32
             "/1000, open %" PRId64 " ns, probes %" PRIu32 " and %" PRIu32,
             d->window, d->slice_ns, d->min_calls, d->failure_milli, d->open_ns, d->probes,
             d->successes);
}

const struct lab_steps_pattern lab_breaker_pattern = {
    .name = "breaker",
    .kinds = kinds,
    .words = words,
    .model = { model_open, model_step, free },
    .real = { real_open, real_step, real_close },
    .make = make,
    .describe = describe,
};

void lab_verify_breaker(const struct lab_verify_def *def, struct lab_report *out)
{
    lab_verify_steps(def, &lab_breaker_pattern, &lab_breaker_pattern.real, out);
}
