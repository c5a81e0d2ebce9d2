#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "labs/kit/draws.h"
#include "labs/kit/policies/loads.h"
#include "labs/kit/policies/verify_steps.h"
#include "labs/kit/verify_private.h"
#include "sim/policy/cache.h"

// Caches: the same keys are asked for and the same loads end on both sides, and so the same must be
// hits, and of the same load; the same must load, wait, and find no place; and the same be kept.

enum kind {
    EVERYBODY,
    SINGLE_FLIGHT
};
static const char *const kinds[] = { "everybody loads", "single flight", NULL };

enum word {
    ASKS,
    LOADED, // of the loads under way, one ends
    FAILED,
    FLUSHES
};
static const char *const words[] = { "asks for", "loaded", "failed to load", "flushes",
                                     NULL };

enum edge {
    SAME,
    TTL, // some step is as long ago as the time to live, or a nanosecond beside
    ANY,
    IDLE,
    END // of the clock, and the start
};

// What asking comes to. A hit is HITS and the step whose load it is of.
enum answer {
    FINDS_NO_PLACE,
    LOADS,
    WAITS,
    HITS
};

// ---- The two sides ----

#define KEYS 6

struct model {
    struct sim_cache_pool pool;
    struct sim_cache_memory memory;
    struct sim_cache_entry entries[LAB_STEPS + 1];
    uint32_t heads[64];
    struct sim_cache_load loads[LAB_STEPS]; // under way
    uint32_t count, values[LAB_STEPS + 1];  // values: of places
};

static void *model_open(const struct lab_steps *s)
{
    struct model *m = calloc(1, sizeof *m);
    (void)s;
    if (m)
        sim_cache_pool_init(&m->pool, m->entries, m->heads, LAB_STEPS);
    return m;
}

static int64_t model_asks(struct model *m, const struct lab_steps *s,
                          const struct lab_step *one)
{
    struct sim_cache_load load = { 0 };
    enum sim_cache_answer answer =
        sim_cache_ask(&m->pool, &m->memory, s->def.cache.capacity, (uint64_t)one->amount,
                      s->kind == SINGLE_FLIGHT, one->at_ns, &load);
    if (answer == SIM_CACHE_LOADS)
        m->loads[m->count++] = load;
    return answer == SIM_CACHE_HITS    ? HITS + m->values[load.place]
           : answer == SIM_CACHE_LOADS ? LOADS
           : answer == SIM_CACHE_JOINS ? WAITS
                                       : FINDS_NO_PLACE;
}

// A load that ends is any of those under way. Below 0: there is none.
static int64_t model_ends(struct model *m, const struct lab_steps *s,
                          const struct lab_step *one)
{
    if (m->count == 0)
        return -1;
    uint32_t i = (uint32_t)(one->chance % m->count);
    struct sim_cache_load load = m->loads[i];
    m->loads[i] = m->loads[--m->count];
    bool kept =
        sim_cache_loaded(&m->pool, &m->memory, load, s->kind == SINGLE_FLIGHT, one->at_ns,
                         one->word == LOADED ? s->def.cache.ttl_ns : -1);
    if (kept)
        m->values[load.place] = (uint32_t)(one - s->at);
    return kept;
}

static int64_t model_step(void *side, const struct lab_steps *s, const struct lab_step *one)
{
    struct model *m = side;
    if (one->word == ASKS)
        return model_asks(m, s, one);
    if (one->word != FLUSHES)
        return model_ends(m, s, one);
    sim_cache_flush(&m->pool, &m->memory);
    return 1;
}

// A cache is the first thing in it.
struct real {
    struct lab_cache cache;
    struct lab_cache_load loads[LAB_STEPS];
    uint32_t count;
};

static void *real_open(const struct lab_steps *s)
{
    struct real *r = calloc(1, sizeof *r);
    if (r && lab_cache_init(&r->cache, &s->def.cache))
        return r;
    free(r);
    return NULL;
}

static int64_t real_asks(struct real *r, const struct lab_step *one)
{
    struct lab_cache_load load;
    uint64_t value = 0;
    switch (lab_cache_ask(&r->cache, (uint64_t)one->amount, one->at_ns, &value, &load)) {
    case LAB_CACHE_HIT:
        return HITS + (int64_t)value;
    case LAB_CACHE_LOAD:
        r->loads[r->count++] = load;
        return LOADS;
    case LAB_CACHE_WAIT:
        return WAITS;
    default:
        return FINDS_NO_PLACE;
    }
}

static int64_t real_step(void *side, const struct lab_steps *s, const struct lab_step *one)
{
    struct real *r = side;
    uint64_t value = (uint64_t)(one - s->at);
    if (one->word == ASKS)
        return real_asks(r, one);
    if (one->word == FLUSHES) {
        lab_cache_flush(&r->cache);
        return 1;
    }
    if (r->count == 0)
        return -1;
    uint32_t i = (uint32_t)(one->chance % r->count);
    struct lab_cache_load load = r->loads[i];
    r->loads[i] = r->loads[--r->count];
    return lab_cache_loaded(&r->cache, &load, one->word == LOADED ? &value : NULL,
                            one->at_ns);
}

static void real_close(void *side)
{
    lab_cache_fini(side);
    free(side);
}

// ---- Scripts ----

static int64_t next_time(uint64_t *r, const struct lab_steps *s, enum edge edge)
{
    int64_t last = s->at[s->count - 1].at_ns, at = last, ttl = s->def.cache.ttl_ns;
    if (edge == TTL)
        at = lab_moved(s->at[lab_draw_below(r, s->count)].at_ns,
                       ttl + (int64_t)lab_draw_below(r, 3) - 1);
    if (edge == ANY)
        at = lab_moved(last, (int64_t)lab_draw_below(r, 20));
    if (edge == IDLE)
        at = lab_moved(last, 2 * ttl + (int64_t)lab_draw_below(r, 1000));
    if (edge == END)
        at = INT64_MAX - (int64_t)lab_draw_below(r, 3);
    return at > last ? at : last;
}

static struct lab_step any_step(uint64_t *r)
{
    static const enum word likely[] = { ASKS, ASKS,   ASKS,   ASKS,   ASKS,   ASKS,
                                        ASKS, LOADED, LOADED, LOADED, LOADED, FAILED };
    struct lab_step one = { .word = likely[lab_draw_below(r, 12)] };
    if (lab_draw_below(r, 25) == 0)
        one.word = FLUSHES;
    one.amount = (int64_t)lab_draw_below(r, KEYS);
    one.chance = lab_draw(r);
    return one;
}

// Few keys and fewer places; half of the scripts have a time to live that they see the end of.
static void make(uint32_t kind, uint64_t seed, struct lab_steps *s)
{
    uint64_t r = seed * 8 + kind;
    *s = (struct lab_steps){ .kind = kind, .count = 1 };
    s->def.cache.capacity = 1 + lab_draw_below(&r, 4);
    s->def.cache.ttl_ns = lab_draw_below(&r, 2) ? 1 + lab_draw_below(&r, 40)
                                                : 1000 + lab_draw_below(&r, 1000);
    s->def.cache.loads_alone = kind == SINGLE_FLIGHT;
    s->at[0] = any_step(&r);
    s->at[0].at_ns = lab_draw_beginning(&r);
    s->at[0].edge = END;
    while (s->count < LAB_STEPS) {
        static const enum edge edges[] = { SAME, SAME, SAME, TTL, TTL, TTL, ANY, ANY };
        enum edge edge = edges[lab_draw_below(&r, 8)];
        if (lab_draw_below(&r, 40) == 0)
            edge = IDLE;
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
    snprintf(text, size, "%" PRIu32 " places, ttl %" PRId64 " ns", s->def.cache.capacity,
             s->def.cache.ttl_ns);
}

static void tell_answer(const struct lab_steps *s, const struct lab_step *one,
                        int64_t answer, char *text, size_t size)
{
    static const char *const said[] = { "no place", "a load", "a wait" };
    (void)s;
    if (one->word == ASKS && answer >= 0 && answer < HITS)
        snprintf(text, size, "%s", said[answer]);
    else if (one->word == ASKS)
        snprintf(text, size, "a hit of what step %" PRId64 " loaded", answer - (HITS - 1));
    else
        snprintf(text, size, "%s", answer > 0 ? "kept" : "not kept");
}

const struct lab_steps_pattern lab_cache_pattern = {
    .name = "cache",
    .tells_amount = true,
    .kinds = kinds,
    .words = words,
    .model = { model_open, model_step, free },
    .real = { real_open, real_step, real_close },
    .make = make,
    .describe = describe,
    .tell_answer = tell_answer,
};

void lab_verify_cache(const struct lab_verify_def *def, struct lab_report *out)
{
    lab_verify_steps(def, &lab_cache_pattern, &lab_cache_pattern.real, out);
    if (def->has_statistics)
        lab_verify_cache_load(def, out);
}
