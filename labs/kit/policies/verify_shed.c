#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "labs/kit/draws.h"
#include "labs/kit/policies/verify_steps.h"
#include "labs/kit/verify_private.h"
#include "sim/policy/shed.h"

// Lines under overload: the same requests come and are taken on both sides, and so the same must be
// next, and the same be dropped on the way, in the same order; or be allowed to wait as long.

enum kind {
    CODEL,
    ADAPTIVE_LIFO,
    CONTROLLED
};
static const char *const kinds[] = { "codel", "adaptive_lifo", "controlled_delay", NULL };

enum word {
    IS_FREE, // a worker is
    COMES
};
static const char *const words[] = { "a worker is free", "one comes", NULL };

enum edge {
    SAME,
    TARGET,   // some step is as long ago as the target, or a nanosecond beside
    INTERVAL, // or as the interval
    NEXT,     // or as the interval by a root of a small number
    SPELL,    // or as sixteen intervals
    ANY,
    END // of the clock, and the start
};

// ---- The model's side: a line that asks the policies ----

struct waiting {
    int64_t since, until;
    uint32_t who;
};

struct model {
    struct sim_codel rule;
    struct sim_codel_state codel;
    int64_t empty; // until then
    struct waiting line[LAB_STEPS];
    uint32_t count;
};

// What a step came to: who was dropped, in their order, and who was served; 0 is nobody.
struct taken {
    uint32_t dropped, served;
    uint64_t hash;
};

static void drop(struct taken *t, uint32_t who)
{
    t->hash = (t->hash * 41 + who) % 1000003;
    t->dropped++;
}

// Below 1 where nobody is served. The last two digits are who; those before, how many were dropped.
static int64_t answer_of(const struct taken *t)
{
    int64_t all = (int64_t)(t->hash * 10000 + t->dropped * 100u + t->served);
    return t->served ? all : -all;
}

static void *model_open(const struct lab_steps *s)
{
    struct model *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    const struct lab_shed_def *d = &s->def.shed;
    m->rule = s->kind == CODEL
                  ? (struct sim_codel){ d->codel.target_ns, d->codel.interval_ns }
                  : (struct sim_codel){ d->short_ns, d->long_ns };
    m->empty = s->at[0].at_ns;
    return m;
}

static int64_t model_comes(struct model *m, const struct lab_steps *s,
                           const struct lab_step *one)
{
    if (m->count == 0)
        m->empty = one->at_ns;
    int64_t patience = s->kind == CONTROLLED
                           ? sim_codel_patience(&m->rule, one->at_ns, m->empty)
                           : INT64_MAX;
    m->line[m->count] = (struct waiting){ one->at_ns, lab_moved(one->at_ns, patience),
                                          1 + (uint32_t)(one - s->at) };
    return lab_moved(m->line[m->count++].until - one->at_ns, 1);
}

static struct waiting take_out(struct model *m, uint32_t i)
{
    struct waiting w = m->line[i];
    m->count--;
    for (; i < m->count; i++)
        m->line[i] = m->line[i + 1];
    return w;
}

static bool is_dropped(struct model *m, uint32_t kind, const struct waiting *w, int64_t now)
{
    if (kind == CODEL)
        return sim_codel_drops(&m->rule, &m->codel, now, w->since, m->count == 0);
    return kind == CONTROLLED && w->until < now;
}

static int64_t model_free(struct model *m, const struct lab_steps *s, int64_t now)
{
    struct taken t = { 0 };
    while (m->count > 0 && !t.served) {
        bool newest = s->kind == ADAPTIVE_LIFO &&
                      sim_shed_newest_first(s->def.shed.lifo_from, m->count);
        struct waiting w = take_out(m, newest ? m->count - 1 : 0);
        if (m->count == 0)
            m->empty = now;
        if (is_dropped(m, s->kind, &w, now))
            drop(&t, w.who);
        else
            t.served = w.who;
    }
    if (!t.served)
        sim_codel_empty(&m->codel);
    return answer_of(&t);
}

static int64_t model_step(void *side, const struct lab_steps *s, const struct lab_step *one)
{
    struct model *m = side;
    return one->word == COMES ? model_comes(m, s, one) : model_free(m, s, one->at_ns);
}

// ---- The real side ----

struct real {
    struct lab_shed_queue queue;
    struct lab_shed_entry entries[LAB_STEPS];
};

static void *real_open(const struct lab_steps *s)
{
    struct real *r = calloc(1, sizeof *r);
    if (r)
        lab_shed_queue_init(&r->queue, &s->def.shed, s->at[0].at_ns);
    return r;
}

static int64_t real_step(void *side, const struct lab_steps *s, const struct lab_step *one)
{
    struct real *r = side;
    struct lab_shed_entry *e = &r->entries[one - s->at], *gone = NULL;
    if (one->word == COMES) {
        lab_shed_queue_push(&r->queue, e, one->at_ns);
        return lab_moved(e->until_ns - one->at_ns, 1);
    }
    struct lab_shed_entry *next = lab_shed_queue_pop(&r->queue, one->at_ns, &gone);
    struct taken t = { .served = next ? 1 + (uint32_t)(next - r->entries) : 0 };
    for (; gone; gone = gone->newer)
        drop(&t, 1 + (uint32_t)(gone - r->entries));
    return answer_of(&t);
}

// ---- Scripts ----

// Small spans, so that a script sees many of them.
static void make_def(uint64_t *r, uint32_t kind, struct lab_shed_def *d)
{
    int64_t target = 1 + lab_draw_below(r, 10),
            interval = target + 1 + lab_draw_below(r, 100);
    *d = lab_shed_default();
    d->capacity = LAB_STEPS;
    d->order = kind == ADAPTIVE_LIFO ? LAB_SHED_ADAPTIVE_LIFO : LAB_SHED_FIFO;
    d->lifo_from = 2 + lab_draw_below(r, 5);
    d->max_wait_ns = LAB_SHED_FOR_EVER;
    d->delay = kind == CODEL        ? LAB_SHED_CODEL
               : kind == CONTROLLED ? LAB_SHED_CONTROLLED
                                    : LAB_SHED_MAX_WAIT;
    d->codel = (struct lab_codel_def){ target, interval };
    d->short_ns = target;
    d->long_ns = interval;
}

static int64_t next_time(uint64_t *r, const struct lab_steps *s, enum edge edge)
{
    static const int64_t roots[] = { 1000, 1414, 1732, 2000, 2236 };
    const struct lab_shed_def *d = &s->def.shed;
    int64_t last = s->at[s->count - 1].at_ns, at = last;
    int64_t any = s->at[lab_draw_below(r, s->count)].at_ns;
    int64_t beside = (int64_t)lab_draw_below(r, 3) - 1;
    if (edge == TARGET)
        at = lab_moved(any, d->short_ns + beside);
    if (edge == INTERVAL)
        at = lab_moved(any, d->long_ns + beside);
    if (edge == NEXT)
        at = lab_moved(any, d->long_ns * 1000 / roots[lab_draw_below(r, 5)] + beside);
    if (edge == SPELL)
        at = lab_moved(any, 16 * d->long_ns + beside);
    if (edge == ANY)
        at = lab_moved(last, (int64_t)lab_draw_below(r, 40));
    if (edge == END)
        at = INT64_MAX - (int64_t)lab_draw_below(r, 3);
    return at > last ? at : last;
}

// More come than are served at first, so that there is a line; later more are served.
static void make(uint32_t kind, uint64_t seed, struct lab_steps *s)
{
    uint64_t r = seed * 8 + kind;
    *s = (struct lab_steps){ .kind = kind, .count = 1 };
    make_def(&r, kind, &s->def.shed);
    s->at[0] =
        (struct lab_step){ .word = COMES, .at_ns = lab_draw_beginning(&r), .edge = END };
    while (s->count < LAB_STEPS) {
        static const enum edge edges[] = { SAME,     SAME,     SAME, SAME, TARGET, TARGET,
                                           INTERVAL, INTERVAL, NEXT, NEXT, ANY,    ANY };
        enum edge edge = edges[lab_draw_below(&r, 12)];
        bool early = s->count < LAB_STEPS / 2;
        if (lab_draw_below(&r, 60) == 0)
            edge = SPELL;
        if (lab_draw_below(&r, 300) == 0)
            edge = END;
        struct lab_step one = { .word = lab_draw_below(&r, 4) < (early ? 3u : 1u) ? COMES
                                                                                  : IS_FREE,
                                .edge = edge };
        one.at_ns = next_time(&r, s, edge);
        s->at[s->count++] = one;
    }
}

static void describe(const struct lab_steps *s, char *text, size_t size)
{
    const struct lab_shed_def *d = &s->def.shed;
    if (s->kind == ADAPTIVE_LIFO)
        snprintf(text, size, "newest first from %" PRIu32, d->lifo_from);
    else
        snprintf(text, size, "target %" PRId64 " ns, interval %" PRId64 " ns", d->short_ns,
                 d->long_ns);
}

static void tell(const struct lab_steps *s, const struct lab_step *one, char *text,
                 size_t size)
{
    if (one->word == COMES)
        snprintf(text, size, "number %u comes", 1 + (unsigned)(one - s->at));
    else
        snprintf(text, size, "%s", words[one->word]);
}

static void tell_answer(const struct lab_steps *s, const struct lab_step *one,
                        int64_t answer, char *text, size_t size)
{
    int64_t all = answer < 0 ? -answer : answer, served = all % 100, n = all / 100 % 100;
    char who[24] = "nobody";
    (void)s;
    if (served > 0)
        snprintf(who, sizeof who, "number %d", (int)served);
    if (one->word == COMES && answer == INT64_MAX)
        snprintf(text, size, "a wait without end");
    else if (one->word == COMES)
        snprintf(text, size, "a wait of %" PRId64 " ns", answer - 1);
    else if (n == 0)
        snprintf(text, size, "%s", who);
    else if (n == 1)
        snprintf(text, size, "%s, number %" PRId64 " dropped", who, all / 10000);
    else
        snprintf(text, size, "%s, %" PRId64 " dropped (hash %" PRId64 ")", who, n,
                 all / 10000);
}

const struct lab_steps_pattern lab_shed_pattern = {
    .name = "shed",
    .kinds = kinds,
    .words = words,
    .model = { model_open, model_step, free },
    .real = { real_open, real_step, free },
    .make = make,
    .describe = describe,
    .tell = tell,
    .tell_answer = tell_answer,
};

void lab_verify_shed(const struct lab_verify_def *def, struct lab_report *out)
{
    lab_verify_steps(def, &lab_shed_pattern, &lab_shed_pattern.real, out);
}
