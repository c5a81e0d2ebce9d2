#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "labs/kit/draws.h"
#include "labs/kit/policies/loads.h"
#include "labs/kit/policies/verify_steps.h"
#include "labs/kit/verify_private.h"
#include "sim/policy/hedge.h"

// Hedges: the same attempts fail, are answered and are begun with on both sides, and so as many must
// be sent, the same be cancelled, the next be due at the same instant, and the call end alike. A
// budget that lets some out and not others says the same to both.

enum kind {
    DELAY,
    AT_ONCE,
    AFTER_FAILURE,
    GRPC,
    TIED
};
static const char *const kinds[] = { "delay", "all at once", "after a failure",
                                     "grpc",  "tied",        NULL };

enum word {
    TIMER,
    FAILS,
    FAILS_FATALLY,
    SUCCEEDS,
    IS_STARTED,
    BEGINS // another call
};
static const char *const words[] = { "the timer", "fails",      "fails fatally",
                                     "succeeds",  "is started", "a call begins",
                                     NULL };

enum edge {
    SAME,
    DUE, // when the last one was sent so long ago, or a nanosecond beside
    ANY,
    END // of the clock, and the start
};

#define ATTEMPTS 6

// What a step came to. Below 1: it was not due, or of an attempt that is not under way.
enum {
    NOT_DUE = -1,
    IS_STALE = LAB_HEDGE_IS_STALE
};

static int64_t answer_of(uint32_t verdict, uint32_t send, uint32_t cancel, int64_t next,
                         int64_t now)
{
    int64_t until = next == INT64_MAX ? 0 : 1 + (next - now) % 1000;
    return 1 + (int64_t)verdict + 3 * (int64_t)send + 30 * (int64_t)cancel + 3000 * until;
}

// ---- The model's side ----

struct model {
    struct sim_hedge rule;
    struct sim_hedge_state state;
    uint32_t mask; // of those under way
    int64_t next;
};

static void *model_open(const struct lab_steps *s)
{
    struct model *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    const struct lab_hedge_def *d = &s->def.hedge;
    m->rule = (struct sim_hedge){ .max_attempts = d->max_attempts, .after = d->delay_ns };
    if (s->kind == GRPC && m->rule.max_attempts > 5)
        m->rule.max_attempts = 5;
    if (s->kind == AFTER_FAILURE)
        m->rule.on_failure = true;
    m->rule.is_tied = s->kind == TIED;
    m->state.is_over = true;
    m->next = INT64_MAX;
    return m;
}

// Of those that should go out, as many as the budget lets out, which is not asked about the first.
static uint32_t start(struct model *m, uint32_t wanted, const struct lab_step *one)
{
    uint64_t bits = one->chance;
    uint32_t n = 0;
    for (; n < wanted; n++) {
        bool is_first = m->state.sent + n == 0;
        if (!is_first && !(bits & 1))
            break;
        bits = is_first ? bits : bits >> 1;
        m->mask |= 1u << (m->state.sent + n);
    }
    return n;
}

static uint32_t send(struct model *m, uint32_t wanted, const struct lab_step *one)
{
    uint32_t n = start(m, wanted, one);
    if (n > 0 || one->word != FAILS)
        m->next = sim_hedge_sent(&m->rule, &m->state, n, one->at_ns);
    return n;
}

static int64_t model_ends(struct model *m, const struct lab_step *one)
{
    uint32_t bit = 1u << one->amount, sent = 0, cancel = 0, verdict = LAB_HEDGE_WAITS;
    if (!(m->mask & bit))
        return IS_STALE;
    m->mask &= ~bit;
    if (one->word == SUCCEEDS) {
        sim_hedge_won(&m->state);
        verdict = LAB_HEDGE_SUCCEEDED;
    } else {
        uint32_t wanted = sim_hedge_failed(&m->rule, &m->state, one->word == FAILS_FATALLY);
        if (wanted)
            sent = send(m, wanted, one);
        if (sim_hedge_is_lost(&m->state))
            verdict = LAB_HEDGE_FAILED;
    }
    if (verdict != LAB_HEDGE_WAITS) {
        cancel = m->mask;
        m->mask = 0;
        m->next = INT64_MAX;
    }
    return answer_of(verdict, sent, cancel, m->next, one->at_ns);
}

static int64_t model_step(void *side, const struct lab_steps *s, const struct lab_step *one)
{
    struct model *m = side;
    uint32_t bit = 1u << one->amount, others = m->mask & ~bit, sent;
    (void)s;
    switch ((enum word)one->word) {
    case BEGINS:
        m->mask = 0;
        sent = send(m, sim_hedge_begin(&m->rule, &m->state), one);
        return answer_of(LAB_HEDGE_WAITS, sent, 0, m->next, one->at_ns);
    case TIMER:
        if (m->next == INT64_MAX || one->at_ns < m->next)
            return NOT_DUE;
        sent = send(m, sim_hedge_due(&m->rule, &m->state), one);
        return answer_of(LAB_HEDGE_WAITS, sent, 0, m->next, one->at_ns);
    case IS_STARTED:
        if (!(m->mask & bit))
            return IS_STALE;
        if (sim_hedge_started(&m->rule, &m->state) == 0)
            others = 0;
        m->mask &= ~others;
        return answer_of(LAB_HEDGE_WAITS, 0, others, m->next, one->at_ns);
    default:
        return model_ends(m, one);
    }
}

// ---- The real side ----

struct real {
    struct lab_hedge hedge;
    struct lab_hedge_def def;
    uint64_t bits; // what the budget says next
};

static bool allows(void *ctx)
{
    struct real *r = ctx;
    bool yes = r->bits & 1;
    r->bits >>= 1;
    return yes;
}

static void *real_open(const struct lab_steps *s)
{
    struct real *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->def = s->def.hedge;
    r->def.allows = allows;
    r->def.ctx = r;
    r->hedge.is_over = true;
    r->hedge.next_ns = LAB_HEDGE_NEVER;
    return r;
}

static struct lab_hedge_answer real_does(struct real *r, const struct lab_step *one)
{
    uint32_t attempt = (uint32_t)one->amount;
    switch ((enum word)one->word) {
    case BEGINS:
        return lab_hedge_begin(&r->hedge, &r->def, one->at_ns);
    case TIMER:
        return lab_hedge_timer(&r->hedge, &r->def, one->at_ns);
    case SUCCEEDS:
        return lab_hedge_succeeded(&r->hedge, attempt);
    case IS_STARTED:
        return lab_hedge_started(&r->hedge, &r->def, attempt);
    default:
        return lab_hedge_failed(&r->hedge, &r->def, attempt, one->word == FAILS_FATALLY,
                                one->at_ns);
    }
}

static int64_t real_step(void *side, const struct lab_steps *s, const struct lab_step *one)
{
    struct real *r = side;
    struct lab_hedge before = r->hedge;
    bool is_stale =
        one->word != BEGINS && one->word != TIMER && !(before.under_way >> one->amount & 1);
    (void)s;
    if (one->word == TIMER &&
        (before.next_ns == LAB_HEDGE_NEVER || one->at_ns < before.next_ns))
        return NOT_DUE;
    r->bits = one->chance;
    struct lab_hedge_answer a = real_does(r, one);
    if (is_stale && a.send == 0 && a.cancel == 0 && before.sent == r->hedge.sent &&
        before.under_way == r->hedge.under_way && before.next_ns == r->hedge.next_ns)
        return IS_STALE;
    return answer_of(a.verdict, a.send, a.cancel, r->hedge.next_ns, one->at_ns);
}

// ---- Scripts ----

static void make_def(uint64_t *r, uint32_t kind, struct lab_hedge_def *d)
{
    *d =
        lab_hedge_grpc(1 + lab_draw_below(r, ATTEMPTS), 1 + (int64_t)lab_draw_below(r, 50));
    d->is_grpc = kind == GRPC;
    d->is_tied = kind == TIED;
    if (kind == AT_ONCE || kind == TIED)
        d->delay_ns = 0;
    if (kind == AFTER_FAILURE)
        d->delay_ns = LAB_HEDGE_AFTER_FAILURE;
    d->allows = NULL;
    d->ctx = NULL;
}

static int64_t next_time(uint64_t *r, const struct lab_steps *s, enum edge edge)
{
    int64_t last = s->at[s->count - 1].at_ns, at = last;
    int64_t delay = s->def.hedge.delay_ns > 0 ? s->def.hedge.delay_ns : 10;
    if (edge == DUE)
        at = lab_moved(s->at[lab_draw_below(r, s->count)].at_ns,
                       delay + (int64_t)lab_draw_below(r, 3) - 1);
    if (edge == ANY)
        at = lab_moved(last, (int64_t)lab_draw_below(r, 40));
    if (edge == END)
        at = INT64_MAX - (int64_t)lab_draw_below(r, 3);
    return at > last ? at : last;
}

// Two of three times the budget lets one out.
static struct lab_step any_step(uint64_t *r)
{
    static const enum word likely[] = { TIMER,      TIMER,         TIMER,    TIMER,
                                        TIMER,      FAILS,         FAILS,    FAILS,
                                        FAILS,      FAILS_FATALLY, SUCCEEDS, IS_STARTED,
                                        IS_STARTED, BEGINS };
    struct lab_step one = { .word =
                                likely[lab_draw_below(r, sizeof likely / sizeof *likely)] };
    one.amount = (int64_t)lab_draw_below(r, 1 + lab_draw_below(r, ATTEMPTS));
    one.chance = lab_draw_below(r, 2) ? UINT64_MAX : lab_draw(r);
    return one;
}

static void make(uint32_t kind, uint64_t seed, struct lab_steps *s)
{
    uint64_t r = seed * 8 + kind;
    *s = (struct lab_steps){ .kind = kind, .count = 1 };
    make_def(&r, kind, &s->def.hedge);
    s->at[0] = (struct lab_step){
        .word = BEGINS, .at_ns = lab_draw_beginning(&r), .edge = END, .chance = lab_draw(&r)
    };
    while (s->count < LAB_STEPS) {
        static const enum edge edges[] = { SAME, SAME, DUE, DUE, DUE, DUE, ANY, ANY };
        enum edge edge = edges[lab_draw_below(&r, 8)];
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
    const struct lab_hedge_def *d = &s->def.hedge;
    snprintf(text, size, "%" PRIu32 " attempts, delay %" PRId64 " ns", d->max_attempts,
             d->delay_ns);
}

static void tell(const struct lab_steps *s, const struct lab_step *one, char *text,
                 size_t size)
{
    (void)s;
    if (one->word == TIMER || one->word == BEGINS)
        snprintf(text, size, "%s", words[one->word]);
    else
        snprintf(text, size, "attempt %" PRId64 " %s", one->amount, words[one->word]);
}

// Takes apart what answer_of() made of it.
static void tell_answer(const struct lab_steps *s, const struct lab_step *one,
                        int64_t answer, char *text, size_t size)
{
    static const char *const verdicts[] = { "waits", "succeeds", "fails" };
    int64_t all = answer - 1, until = (all - (all < 0 ? 2999 : 0)) / 3000;
    char next[32] = "no timer";
    (void)s, (void)one;
    if (answer == NOT_DUE || answer == IS_STALE) {
        snprintf(text, size, "nothing");
        return;
    }
    all -= 3000 * until;
    if (until != 0)
        snprintf(next, sizeof next, "timer in %d", (int)(until - 1));
    snprintf(text, size, "%s (%d sent, cancels bits %d, %s)", verdicts[all % 3],
             (int)(all / 3 % 10), (int)(all / 30), next);
}

const struct lab_steps_pattern lab_hedge_pattern = {
    .name = "hedge",
    .kinds = kinds,
    .words = words,
    .model = { model_open, model_step, free },
    .real = { real_open, real_step, free },
    .make = make,
    .describe = describe,
    .tell = tell,
    .tell_answer = tell_answer,
};

void lab_verify_hedge(const struct lab_verify_def *def, struct lab_report *out)
{
    lab_verify_steps(def, &lab_hedge_pattern, &lab_hedge_pattern.real, out);
    if (def->has_statistics)
        lab_verify_hedge_load(def, out);
}
