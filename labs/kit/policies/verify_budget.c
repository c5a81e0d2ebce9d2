#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "labs/kit/draws.h"
#include "labs/kit/policies/verify_steps.h"
#include "labs/kit/verify_private.h"
#include "sim/policy/budget.h"

// Retry budgets: what is asked and what happens to the calls is the same for both sides, and so
// must be which retries go out.

enum kind {
    BUCKET,
    BROOKER,
    GRPC,
    FINAGLE,
    ENVOY,
    AWS,
    FAILURE_RATE
};
static const char *const kinds[] = { "bucket", "brooker", "grpc",         "finagle",
                                     "envoy",  "aws",     "failure_rate", NULL };

enum word {
    ASKS, // for a retry
    CALLS,
    SUCCEEDS, // a first try
    FAILS,
    IS_CANCELLED,
    RETRIED_WELL, // a retry that went out, if there is one
    RETRIED_BADLY,
    ENDS // a call, with a retry that went out, if there is one
};
static const char *const words[] = { "asks",          "calls",        "succeeds",
                                     "fails",         "is cancelled", "retried well",
                                     "retried badly", "ends",         NULL };

enum edge {
    SAME, // the instant of the step before
    AGE,  // something before is as old as the ttl, or a nanosecond beside
    IDLE,
    ANY,
    END, // of the clock
    START
};

// ---- The two sides ----

struct model {
    struct sim_budget b;
    struct sim_budget_state s;
    struct sim_budget_node nodes[LAB_STEPS + 1];
    struct sim_budget_log log;
    int64_t calls, out;       // calls under way, and retries that went out
    int64_t taken[LAB_STEPS]; // by each of those
};

static void translate(const struct lab_steps *s, struct sim_budget *b)
{
    static const enum sim_budget_kind of[] = { SIM_BUDGET_TOKENS,      SIM_BUDGET_BROOKER,
                                               SIM_BUDGET_GRPC,        SIM_BUDGET_FINAGLE,
                                               SIM_BUDGET_ENVOY,       SIM_BUDGET_AWS,
                                               SIM_BUDGET_FAILURE_RATE };
    const struct lab_budget_def *def = &s->def.budget;
    *b = (struct sim_budget){ .kind = of[s->kind] };
    b->size = 1000 * (int64_t)def->most_milli;
    bool has_price = s->kind < GRPC || s->kind == AWS;
    b->cost = has_price ? 1000 * (int64_t)def->price_milli : SIM_TOKEN;
    b->timeout_cost = 1000 * (int64_t)def->late_price_milli;
    if (s->kind == AWS)
        b->per_success = 0; // one token, by its own rule
    else if (def->deposits_at_try)
        b->per_call = 1000 * (int64_t)def->deposit_milli;
    else
        b->per_success = 1000 * (int64_t)def->deposit_milli;
    b->share = 1000 * (int64_t)def->share_milli;
    b->least = def->reserve;
    if (s->kind != FINAGLE)
        return;
    b->per_success = 0;
    b->per_call = b->share;
    b->ttl = def->ttl_ns;
    b->least = def->reserve / (uint32_t)(def->ttl_ns / (sim_time)SIM_S); // a second
}

static void *model_open(const struct lab_steps *s)
{
    struct model *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    translate(s, &m->b);
    m->log.nodes = m->nodes;
    m->log.cap = LAB_STEPS;
    sim_budget_begin(&m->b, &m->s);
    return m;
}

// Of retries the one that went out last ends first.
static void model_ends(struct model *m, enum sim_outcome outcome, bool retried)
{
    int64_t taken = retried ? m->taken[--m->out] : 0;
    sim_budget_ended(&m->b, &m->s, outcome, &taken);
}

static int64_t model_step(void *side, const struct lab_steps *s, const struct lab_step *one)
{
    struct model *m = side;
    int64_t taken = 0;
    (void)s;
    switch ((enum word)one->word) {
    case ASKS:
        if (!sim_budget_allows(&m->b, &m->s, &m->log, one->at_ns,
                               one->amount ? SIM_TIMEOUT : SIM_ERROR, &taken))
            return 0;
        m->taken[m->out++] = taken;
        return 1;
    case CALLS:
        m->calls++;
        return sim_budget_call(&m->b, &m->s, &m->log, one->at_ns);
    case SUCCEEDS:
        model_ends(m, SIM_OK, false);
        return 0;
    case FAILS:
        model_ends(m, SIM_ERROR, false);
        return 0;
    case IS_CANCELLED:
        model_ends(m, SIM_CANCELLED, false);
        return 0;
    case RETRIED_WELL:
    case RETRIED_BADLY:
        if (m->out == 0)
            return 0;
        model_ends(m, one->word == RETRIED_WELL ? SIM_OK : SIM_ERROR, true);
        return 1;
    case ENDS:
        if (m->calls == 0)
            return 0;
        m->calls--;
        sim_budget_closed(&m->b, &m->s, m->out > 0 ? m->taken[m->out - 1] : 0);
        m->out -= m->out > 0;
        return 1;
    }
    return 0;
}

struct real {
    struct lab_budget b;
    int64_t calls, out;
    uint32_t paid[LAB_STEPS];
};

static void *real_open(const struct lab_steps *s)
{
    struct real *r = calloc(1, sizeof *r);
    if (r)
        lab_budget_init(&r->b, &s->def.budget);
    return r;
}

static void real_close(void *side)
{
    lab_budget_fini(&((struct real *)side)->b);
    free(side);
}

static int64_t real_step(void *side, const struct lab_steps *s, const struct lab_step *one)
{
    struct real *r = side;
    (void)s;
    switch ((enum word)one->word) {
    case ASKS:
        if (!lab_budget_allows_after(&r->b, one->amount, one->at_ns, &r->paid[r->out]))
            return 0;
        r->out++;
        return 1;
    case CALLS:
        r->calls++;
        lab_budget_began(&r->b, one->at_ns);
        return 1;
    case SUCCEEDS:
        lab_budget_succeeded(&r->b, 0);
        return 0;
    case FAILS:
        lab_budget_answered(&r->b, LAB_BUDGET_FAILURE);
        return 0;
    case IS_CANCELLED:
        lab_budget_answered(&r->b, LAB_BUDGET_OTHER);
        return 0;
    case RETRIED_WELL:
    case RETRIED_BADLY:
        if (r->out == 0)
            return 0;
        r->out--;
        lab_budget_retry_ended(&r->b);
        if (one->word == RETRIED_WELL)
            lab_budget_succeeded(&r->b, r->paid[r->out]);
        else
            lab_budget_answered(&r->b, LAB_BUDGET_FAILURE);
        return 1;
    case ENDS:
        if (r->calls == 0)
            return 0;
        r->calls--;
        if (r->out > 0)
            lab_budget_retry_ended(&r->b);
        r->out -= r->out > 0;
        lab_budget_request_ended(&r->b);
        return 1;
    }
    return 0;
}

// ---- Scripts ----

static void make_def(uint64_t *r, uint32_t kind, struct lab_budget_def *def)
{
    static const enum lab_budget_kind of[] = { LAB_BUDGET_BUCKET,      LAB_BUDGET_BUCKET,
                                               LAB_BUDGET_GRPC,        LAB_BUDGET_FINAGLE,
                                               LAB_BUDGET_ENVOY,       LAB_BUDGET_AWS,
                                               LAB_BUDGET_FAILURE_RATE };
    *def = (struct lab_budget_def){ .kind = of[kind] };
    if (kind <= GRPC) {
        def->most_milli = 1000 * (1 + lab_draw_below(r, 5));
        def->deposit_milli = 100 * (1 + lab_draw_below(r, 9));
        def->price_milli = 1000;
        def->is_strict = kind == BROOKER;
        def->deposits_at_try = kind == BROOKER || (kind == BUCKET && lab_draw_below(r, 2));
        return;
    }
    if (kind ==
        AWS) { // of a timeout less than, as much as and more than of another failure
        def->price_milli = 1000 * (1 + lab_draw_below(r, 4));
        def->late_price_milli = 1000 * (1 + lab_draw_below(r, 6));
        def->most_milli = 1000 * (4 + lab_draw_below(r, 12));
        def->deposit_milli = 1000;
        return;
    }
    uint32_t seconds = 1 + lab_draw_below(r, 3);
    def->share_milli = 100 * (1 + lab_draw_below(r, 6));
    def->reserve = lab_draw_below(r, 3) * (kind == FINAGLE ? seconds : 1);
    def->ttl_ns = seconds * (int64_t)SIM_S;
}

static int64_t next_time(uint64_t *r, const struct lab_steps *s, enum edge edge)
{
    int64_t last = s->at[s->count - 1].at_ns;
    int64_t any = s->at[lab_draw_below(r, s->count)].at_ns;
    int64_t ttl = s->def.budget.ttl_ns > 0 ? s->def.budget.ttl_ns : SIM_S, at = last;
    if (edge == AGE)
        at = lab_moved(any, ttl + (int64_t)lab_draw_below(r, 3) - 1);
    if (edge == IDLE)
        at = lab_moved(last, ttl * (2 + (int64_t)lab_draw_below(r, 9)));
    if (edge == ANY)
        at = lab_moved(last, (int64_t)(lab_draw(r) % (uint64_t)ttl));
    if (edge == END)
        at = INT64_MAX - (int64_t)lab_draw_below(r, 3);
    return at > last ? at : last; // the clock does not go back
}

static uint32_t any_word(uint64_t *r)
{
    static const uint32_t likely[] = { ASKS,          ASKS,  ASKS,         ASKS,
                                       CALLS,         CALLS, CALLS,        SUCCEEDS,
                                       SUCCEEDS,      FAILS, IS_CANCELLED, RETRIED_WELL,
                                       RETRIED_BADLY, ENDS };
    return likely[lab_draw_below(r, sizeof likely / sizeof *likely)];
}

static void make(uint32_t kind, uint64_t seed, struct lab_steps *s)
{
    uint64_t r = seed * 8 + kind;
    *s = (struct lab_steps){ .kind = kind, .count = 1 };
    make_def(&r, kind, &s->def.budget);
    s->at[0] = (struct lab_step){ .at_ns = lab_draw_beginning(&r),
                                  .word = any_word(&r),
                                  .edge = START };
    while (s->count < LAB_STEPS) {
        static const enum edge edges[] = { SAME, SAME, AGE, AGE, ANY, ANY, ANY, IDLE };
        enum edge edge = edges[lab_draw_below(&r, 8)];
        if (lab_draw_below(&r, 200) == 0)
            edge = END;
        s->at[s->count] =
            (struct lab_step){ .at_ns = next_time(&r, s, edge),
                               .word = any_word(&r),
                               .amount = kind == AWS && lab_draw_below(&r, 3) == 0,
                               .edge = edge };
        s->count++;
    }
}

static void describe(const struct lab_steps *s, char *text, size_t size)
{
    const struct lab_budget_def *d = &s->def.budget;
    snprintf(text, size,
             "size %" PRIu32 ", deposit %" PRIu32 ", share %" PRIu32
             " (thousandths), reserve "
             "%" PRIu32 ", ttl %" PRId64 " ns",
             d->most_milli, d->deposit_milli, d->share_milli, d->reserve, d->ttl_ns);
}

const struct lab_steps_pattern lab_budget_pattern = {
    .name = "budget",
    .kinds = kinds,
    .words = words,
    .model = { model_open, model_step, free },
    .real = { real_open, real_step, real_close },
    .make = make,
    .describe = describe,
};

void lab_verify_budget(const struct lab_verify_def *def, struct lab_report *out)
{
    lab_verify_steps(def, &lab_budget_pattern, &lab_budget_pattern.real, out);
}
