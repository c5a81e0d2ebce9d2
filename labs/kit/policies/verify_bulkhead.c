#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "labs/kit/draws.h"
#include "labs/kit/policies/loads.h"
#include "labs/kit/policies/verify_steps.h"
#include "labs/kit/verify_private.h"
#include "sim/policy/bulkhead.h"

// Bulkheads and pools of connections: the same calls come, leave and give up on both sides, and so
// the same must get in, be refused, wait, and go in when somebody leaves. Whoever waits is told
// when its time is up, as whoever drives them would: before anything that happens later.

enum kind {
    PLACES,
    CONNECTIONS
};
static const char *const kinds[] = { "places", "connections", NULL };

enum word {
    ASKS,
    LEAVES,   // one that is inside, if there is one
    BREAKS,   // the same; of a pool its connection is not used again
    GIVES_UP, // one that waits, if there is one
    ENDS      // of an instant: whose time is up gives up
};
static const char *const words[] = { "asks", "leaves", "breaks", "gives up", "ends", NULL };

enum edge {
    SAME,
    WAITED, // as long as one waits since some step, or a nanosecond beside
    AGED,   // as long as a connection may be idle since some step, or beside
    IDLE,
    ANY,
    END, // of the clock, and the start
    EDGES
};

// What it is answered who asks: above 0 if it has a place, or will.
enum answer {
    REFUSED,
    INSIDE,
    OPENS,
    WAITS
};

// ---- The model ----

struct model {
    struct sim_bulkhead b;
    struct sim_bulkhead_state s;
    struct sim_line_node nodes[LAB_STEPS + 1];
    sim_time since[LAB_STEPS];
    struct sim_bulkhead_room room;
    uint32_t calls;
};

static void translate(const struct lab_steps *s, struct sim_bulkhead *b)
{
    const struct lab_bulkhead_def *d = &s->def.bulkhead;
    const struct lab_pool_def *p = &s->def.pool;
    if (s->kind == PLACES)
        *b = (struct sim_bulkhead){ .most = d->max_calls,
                                    .queue = d->max_waiting,
                                    .wait = d->max_wait_ns };
    else
        *b = (struct sim_bulkhead){ .most = p->size + p->max_overflow,
                                    .queue = p->max_waiting,
                                    .wait = p->acquire_timeout_ns,
                                    .pools = true,
                                    .kept = p->size,
                                    .idle = p->max_idle_ns };
}

static void *model_open(const struct lab_steps *s)
{
    struct model *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    translate(s, &m->b);
    m->room = (struct sim_bulkhead_room){ m->since, m->nodes };
    return m;
}

// Whose wait was over before an instant gives up; returns how many.
static int64_t model_tell(struct model *m, int64_t before_ns)
{
    int64_t n = 0;
    uint32_t who;
    while ((who = sim_bulkhead_overdue(&m->b, &m->s, &m->room, before_ns)) != 0) {
        sim_bulkhead_give_up(&m->s, &m->room, who);
        n++;
    }
    return n;
}

static int64_t model_asks(struct model *m, int64_t now_ns)
{
    switch (sim_bulkhead_enter(&m->b, &m->s, &m->room, ++m->calls, now_ns)) {
    case SIM_BULKHEAD_PASSES:
        return INSIDE;
    case SIM_BULKHEAD_OPENS:
        return OPENS;
    case SIM_BULKHEAD_WAITS:
        return WAITS;
    default:
        return REFUSED;
    }
}

static int64_t model_gives_up(struct model *m, int64_t amount)
{
    if (m->s.line.count == 0)
        return 0;
    uint32_t who = m->s.line.head;
    for (int64_t i = amount % m->s.line.count; i > 0; i--)
        who = m->nodes[who].next;
    sim_bulkhead_give_up(&m->s, &m->room, who);
    return who;
}

static int64_t model_step(void *side, const struct lab_steps *s, const struct lab_step *one)
{
    struct model *m = side;
    bool breaks = one->word == BREAKS && s->kind == CONNECTIONS;
    model_tell(m, one->at_ns);
    switch ((enum word)one->word) {
    case ASKS:
        return model_asks(m, one->at_ns);
    case LEAVES:
    case BREAKS:
        if (m->s.used == 0)
            return 0;
        return 1 + (breaks ? sim_bulkhead_leave_broken(&m->s, &m->room)
                           : sim_bulkhead_leave(&m->b, &m->s, &m->room, one->at_ns));
    case GIVES_UP:
        return model_gives_up(m, one->amount);
    case ENDS:
        return model_tell(m, one->at_ns + 1);
    }
    return 0;
}

// ---- The real code ----

// Its calls are the caller's: they are told apart by where they lie. A place without a pool is
// asked for in the same way, as the call of a pool begins with it.
struct real {
    struct lab_bulkhead places;
    struct lab_pool pool;
    struct lab_bulkhead *line; // of either
    struct lab_pool_call calls[LAB_STEPS + 1];
    uint32_t count;
    bool is_pool;
};

static void *real_open(const struct lab_steps *s)
{
    struct real *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->is_pool = s->kind == CONNECTIONS;
    r->line = r->is_pool ? &r->pool.places : &r->places;
    if (!r->is_pool)
        lab_bulkhead_init(&r->places, &s->def.bulkhead);
    if (!r->is_pool || lab_pool_init(&r->pool, &s->def.pool))
        return r;
    free(r);
    return NULL;
}

static void real_close(void *side)
{
    struct real *r = side;
    if (r->is_pool)
        lab_pool_fini(&r->pool);
    free(r);
}

static uint32_t number_of(const struct real *r, const struct lab_bulkhead_call *c)
{
    return c ? (uint32_t)((const struct lab_pool_call *)c - r->calls) : 0;
}

// Whose time is up at an instant, or was before; returns how many gave up.
static int64_t real_tell(struct real *r, int64_t at_ns)
{
    uint32_t waiting = r->line->waiting;
    if (r->is_pool)
        lab_pool_expire(&r->pool, at_ns);
    else
        lab_bulkhead_expire(&r->places, at_ns);
    return (int64_t)waiting - r->line->waiting;
}

static int64_t real_asks(struct real *r, int64_t now_ns)
{
    struct lab_pool_call *c = &r->calls[++r->count];
    enum lab_bulkhead_state state = r->is_pool
                                        ? lab_pool_acquire(&r->pool, c, now_ns)
                                        : lab_bulkhead_enter(&r->places, &c->call, now_ns);
    switch (state) {
    case LAB_BULKHEAD_INSIDE:
        return r->is_pool && c->opens ? OPENS : INSIDE;
    case LAB_BULKHEAD_WAITING:
        return WAITS;
    default:
        return REFUSED;
    }
}

// A waiter that is handed a place for which there is no connection has to open one.
static int64_t real_leaves(struct real *r, bool breaks, int64_t now_ns)
{
    if (r->line->calls == 0)
        return 0;
    if (!r->is_pool)
        return 1 + number_of(r, lab_bulkhead_leave(&r->places, now_ns));
    struct lab_pool_call *c = lab_pool_release(&r->pool, breaks, now_ns);
    if (c && c->opens != breaks)
        return -1;
    return 1 + (int64_t)number_of(r, c ? &c->call : NULL);
}

static int64_t real_gives_up(struct real *r, int64_t amount)
{
    if (r->line->waiting == 0)
        return 0;
    struct lab_bulkhead_call *c = r->line->first;
    for (int64_t i = amount % r->line->waiting; i > 0; i--)
        c = c->next;
    uint32_t who = number_of(r, c);
    lab_bulkhead_cancel(r->line, c);
    return who;
}

// Who leaves finds those whose time was up by itself.
static int64_t real_step(void *side, const struct lab_steps *s, const struct lab_step *one)
{
    struct real *r = side;
    (void)s;
    if (one->word != LEAVES && one->word != BREAKS && one->at_ns > 0)
        real_tell(r, one->at_ns - 1);
    switch ((enum word)one->word) {
    case ASKS:
        return real_asks(r, one->at_ns);
    case LEAVES:
    case BREAKS:
        return real_leaves(r, one->word == BREAKS, one->at_ns);
    case GIVES_UP:
        return real_gives_up(r, one->amount);
    case ENDS:
        return real_tell(r, one->at_ns);
    }
    return 0;
}

// ---- Scripts ----

// One in eight waits without end, and one does not wait at all.
static int64_t any_wait(uint64_t *r)
{
    uint32_t which = lab_draw_below(r, 8);
    return which == 0 ? 0 : which == 1 ? INT64_MAX : 1 + (int64_t)lab_draw_below(r, 100);
}

static void make_def(uint64_t *r, struct lab_steps *s)
{
    uint32_t waiting = lab_draw_below(r, 3) ? UINT32_MAX : lab_draw_below(r, 4);
    if (s->kind == PLACES) {
        s->def.bulkhead = (struct lab_bulkhead_def){ .max_calls = 1 + lab_draw_below(r, 4),
                                                     .max_waiting = waiting,
                                                     .max_wait_ns = any_wait(r) };
        return;
    }
    s->def.pool = (struct lab_pool_def){ .size = 1 + lab_draw_below(r, 3),
                                         .max_overflow = lab_draw_below(r, 3),
                                         .max_waiting = waiting,
                                         .acquire_timeout_ns = any_wait(r) };
    s->def.pool.max_idle_ns =
        lab_draw_below(r, 3) ? 1 + (int64_t)lab_draw_below(r, 100) : INT64_MAX;
}

static int64_t beside(uint64_t *r)
{
    return (int64_t)lab_draw_below(r, 3) - 1;
}

// What takes for ever has no edge: then it is as if it took 50.
static int64_t finite(int64_t d)
{
    return d == INT64_MAX ? 50 : d;
}

static int64_t next_time(uint64_t *r, const struct lab_steps *s, enum edge edge)
{
    bool is_pool = s->kind == CONNECTIONS;
    int64_t wait = is_pool ? s->def.pool.acquire_timeout_ns : s->def.bulkhead.max_wait_ns;
    int64_t idle = is_pool ? s->def.pool.max_idle_ns : wait;
    int64_t last = s->at[s->count - 1].at_ns, at = last;
    int64_t any = s->at[lab_draw_below(r, s->count)].at_ns;
    if (edge == WAITED)
        at = lab_moved(any, finite(wait) + beside(r));
    if (edge == AGED)
        at = lab_moved(any, finite(idle) + beside(r));
    if (edge == IDLE)
        at = lab_moved(last, 100 * (2 + (int64_t)lab_draw_below(r, 9)));
    if (edge == ANY)
        at = lab_moved(last, (int64_t)lab_draw_below(r, 30));
    if (edge == END)
        at = INT64_MAX - 1 - (int64_t)lab_draw_below(r, 3);
    return at > last ? at : last;
}

static struct lab_step any_step(uint64_t *r)
{
    static const uint32_t likely[] = { ASKS,   ASKS,   ASKS,   ASKS,     ASKS,
                                       LEAVES, LEAVES, LEAVES, GIVES_UP, ENDS };
    struct lab_step one = { .word = likely[lab_draw_below(r, 10)] };
    if (one.word == LEAVES && lab_draw_below(r, 6) == 0)
        one.word = BREAKS;
    one.amount = (int64_t)lab_draw_below(r, 12);
    return one;
}

static void make(uint32_t kind, uint64_t seed, struct lab_steps *s)
{
    static const enum edge edges[] = { SAME, SAME, SAME, SAME, WAITED, WAITED,
                                       AGED, AGED, ANY,  ANY,  ANY,    IDLE };
    uint64_t r = seed * 8 + kind;
    *s = (struct lab_steps){ .kind = kind, .count = 1 };
    make_def(&r, s);
    s->at[0] = any_step(&r);
    s->at[0].at_ns = lab_draw_beginning(&r);
    s->at[0].edge = END;
    if (s->at[0].at_ns > INT64_MAX - 1)
        s->at[0].at_ns = INT64_MAX - 1;
    while (s->count < LAB_STEPS) {
        enum edge edge = edges[lab_draw_below(&r, 12)];
        if (lab_draw_below(&r, 300) == 0)
            edge = END;
        struct lab_step one = any_step(&r);
        one.at_ns = next_time(&r, s, edge);
        one.edge = edge;
        if (edge == WAITED && lab_draw_below(&r, 3) == 0)
            one.word = ENDS;
        if (one.at_ns > INT64_MAX - 1) // the last instant has an end too
            one.at_ns = INT64_MAX - 1;
        s->at[s->count++] = one;
    }
}

static void describe(const struct lab_steps *s, char *text, size_t size)
{
    const struct lab_bulkhead_def *d = &s->def.bulkhead;
    const struct lab_pool_def *p = &s->def.pool;
    if (s->kind == PLACES)
        snprintf(text, size, "%" PRIu32 " at once, %" PRIu32 " wait %" PRId64 " ns",
                 d->max_calls, d->max_waiting, d->max_wait_ns);
    else
        snprintf(text, size,
                 "size %" PRIu32 ", overflow %" PRIu32 ", %" PRIu32 " wait %" PRId64
                 " ns, idle %" PRId64 " ns",
                 p->size, p->max_overflow, p->max_waiting, p->acquire_timeout_ns,
                 p->max_idle_ns);
}

static void tell_answer(const struct lab_steps *s, const struct lab_step *one,
                        int64_t answer, char *text, size_t size)
{
    static const char *const said[] = { "refused", "inside", "inside with a new connection",
                                        "waiting" };
    (void)s;
    if (one->word == ASKS && answer >= 0 && answer <= WAITS)
        snprintf(text, size, "%s", said[answer]);
    else if ((one->word == LEAVES || one->word == BREAKS) && answer == 1)
        snprintf(text, size, "nobody in its place");
    else if (one->word == LEAVES || one->word == BREAKS)
        snprintf(text, size, "call %" PRId64 " in its place", answer - 1);
    else if (one->word == ENDS)
        snprintf(text, size, "%" PRId64 " give up", answer);
    else
        snprintf(text, size, "%" PRId64, answer);
}

const struct lab_steps_pattern lab_bulkhead_pattern = {
    .name = "bulkhead",
    .kinds = kinds,
    .words = words,
    .model = { model_open, model_step, free },
    .real = { real_open, real_step, real_close },
    .make = make,
    .describe = describe,
    .tell_answer = tell_answer,
};

void lab_verify_bulkhead(const struct lab_verify_def *def, struct lab_report *out)
{
    lab_verify_steps(def, &lab_bulkhead_pattern, &lab_bulkhead_pattern.real, out);
    if (def->has_statistics)
        lab_verify_bulkhead_load(def, out);
}
