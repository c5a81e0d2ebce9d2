#include "sim/model/lint.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/model/model_private.h"

// Calls lead from service to service, in circles too, and each may make many: so deep and so
// many steps are far enough.
#define FAR_ENOUGH 12
#define STEPS      100000u

struct lint {
    const struct sim_model *m;
    sim_lint_remark *remark;
    void *ctx;
    double patience;    // of the caller, in seconds
    const char *caller; // whose patience that is
    const char *who;    // whose steps are looked at
    int depth;
    uint32_t *left; // steps to look at
};

// What stands around a step, from the outside in.
struct around {
    double timeout; // the shortest so far
    bool hedge, keys;
    bool timeout_outside_fallback, timeout_inside_fallback;
    bool retry, timeout_inside_retry, timeout_outside_retry;
    bool semaphore, timeout_after_semaphore;
    bool transaction;
    // Of those that stand in a row right around it: the usual place of the last one, 0 for none,
    // and its word; and two that stand the other way round, where there are such.
    int last;
    const char *last_word, *before, *after;
    bool last_is_pool;
    // Of the last that learns from what becomes of the call: a breaker, a concurrency limit.
    const char *learner;
    bool timeout_inside, timeout_around;
};

// The usual order, outermost first; a limit on how many at once is a bulkhead, whatever it is made
// with.
enum {
    BREAKER_PLACE = 2,
    TIMEOUT_PLACE = 4,
    BULKHEAD_PLACE = 5
};

static void walk(const struct lint *l, uint32_t step, struct around a);

static int place_of(const struct sim_policy *p)
{
    switch (p->kind) {
    case SIM_POLICY_RETRY:
        return 1;
    case SIM_POLICY_BREAKER:
    case SIM_POLICY_THROTTLE: // which learns too
        return BREAKER_PLACE;
    case SIM_POLICY_RATE_LIMIT:
    case SIM_POLICY_CONCURRENCY_LIMIT: // which refuses at once, and learns
        return 3;
    case SIM_POLICY_TIMEOUT:
        return TIMEOUT_PLACE;
    case SIM_POLICY_SEMAPHORE:
    case SIM_POLICY_BULKHEAD:
        return BULKHEAD_PLACE;
    case SIM_POLICY_SHED:
        return 0;          // it is a service's own
    case SIM_POLICY_HEDGE: // each may stand where it makes sense
    case SIM_POLICY_FALLBACK:
    case SIM_POLICY_IDEMPOTENCY: // around the work of whoever is called
        return 0;
    }
    return 0;
}

static const char *word_of(const struct lint *l, const struct sim_policy *p)
{
    switch (p->kind) {
    case SIM_POLICY_RETRY:
        return "retry";
    case SIM_POLICY_BREAKER:
        return "breaker";
    case SIM_POLICY_RATE_LIMIT:
        return "rate_limit";
    case SIM_POLICY_TIMEOUT:
        return "timeout";
    case SIM_POLICY_SEMAPHORE:
        return "semaphore";
    case SIM_POLICY_BULKHEAD:
        return l->m->bulkheads.at[p->bulkhead].rule.pools ? "connections" : "bulkhead";
    case SIM_POLICY_CONCURRENCY_LIMIT:
        return "concurrency_limit";
    case SIM_POLICY_SHED:
        return "shed";
    case SIM_POLICY_THROTTLE:
        return "throttle";
    case SIM_POLICY_HEDGE:
        return "hedge";
    case SIM_POLICY_FALLBACK:
        return "fallback";
    case SIM_POLICY_IDEMPOTENCY:
        return "idempotency";
    }
    return "";
}

// A timeout around others is for all of them together, and has remarks of its own.
static struct around in_order(const struct lint *l, const struct sim_policy *p,
                              struct around a)
{
    int place = place_of(p);
    if (place == 0)
        return a;
    // A connection may well be held for several calls, each with a timeout of its own.
    bool is_held = place == TIMEOUT_PLACE && a.last_is_pool;
    if (a.last > place && !a.before && !is_held) {
        a.before = a.last_word;
        a.after = word_of(l, p);
    }
    if (p->kind == SIM_POLICY_BREAKER || p->kind == SIM_POLICY_CONCURRENCY_LIMIT) {
        a.learner = p->kind == SIM_POLICY_BREAKER ? "breaker" : "concurrency limit";
        a.timeout_around = a.timeout < HUGE_VAL;
        a.timeout_inside = false;
    }
    if (place == TIMEOUT_PLACE) {
        a.timeout_inside = true;
    } else if (place > a.last) {
        a.last = place;
        a.last_word = word_of(l, p);
        a.last_is_pool =
            p->kind == SIM_POLICY_BULKHEAD && l->m->bulkheads.at[p->bulkhead].rule.pools;
    }
    return a;
}

static struct around within(const struct lint *l, const struct sim_policy *p,
                            struct around a)
{
    const struct sim_value *v;
    if (p->kind != SIM_POLICY_IDEMPOTENCY)
        a = in_order(l, p, a);
    switch (p->kind) {
    case SIM_POLICY_RETRY:
        a.retry = true;
        a.timeout_outside_retry = a.timeout < HUGE_VAL;
        break;
    case SIM_POLICY_HEDGE:
        a.hedge = true;
        break;
    case SIM_POLICY_FALLBACK:
        a.timeout_outside_fallback = a.timeout < HUGE_VAL;
        a.timeout_inside_fallback = false;
        break;
    case SIM_POLICY_SEMAPHORE:
        a.semaphore = true;
        break;
    case SIM_POLICY_RATE_LIMIT:
    case SIM_POLICY_BREAKER:
    case SIM_POLICY_BULKHEAD: // whose own wait has an end
    case SIM_POLICY_CONCURRENCY_LIMIT:
    case SIM_POLICY_SHED:
    case SIM_POLICY_THROTTLE: // whom a timeout around it tells the same as one inside
        break;
    case SIM_POLICY_IDEMPOTENCY:
        a.keys = true;
        break;
    case SIM_POLICY_TIMEOUT:
        v = &l->m->values.at[p->value];
        if (v->kind == SIM_VALUE_CONST && v->x < a.timeout)
            a.timeout = v->x;
        a.timeout_inside_retry = a.retry;
        a.timeout_inside_fallback = true;
        a.timeout_after_semaphore = a.timeout_after_semaphore || a.semaphore;
        break;
    }
    return a;
}

static void say_too_patient(const struct lint *l, const struct sim_call_def *c, double t)
{
    char text[240];
    snprintf(text, sizeof text,
             "the call to \"%s\" waits up to %.6g s, but \"%s\", which asked for it, only "
             "%.6g s: the rest is for nobody",
             c->target, t, l->caller, l->patience);
    l->remark(l->ctx, c->line, text);
}

static void say_deaf(const struct lint *l, const struct sim_call_def *c,
                     const char *learner)
{
    char text[240];
    snprintf(
        text, sizeof text,
        "the timeout stands before the %s, which so never hears of calls that took too "
        "long; put it behind",
        learner);
    l->remark(l->ctx, c->line, text);
}

static void say_order(const struct lint *l, const struct sim_call_def *c, struct around a)
{
    char text[240];
    snprintf(text, sizeof text,
             "%s stands before %s; the usual order is retry, breaker, rate_limit, timeout, "
             "bulkhead, so that each attempt is asked for",
             a.before, a.after);
    l->remark(l->ctx, c->line, text);
}

// ---- What is done again ----

// Where an effect is looked for.
struct search {
    int depth;    // of calls
    bool has_key; // an idempotency key came along that is the same for each attempt
};

static uint32_t effect_in(const struct lint *l, uint32_t step, struct search at);

static uint32_t effect_in_children(const struct lint *l, const struct sim_step *s,
                                   struct search at)
{
    uint32_t found = SIM_NONE;
    for (uint32_t i = 0; i < s->count && found == SIM_NONE; i++)
        found = effect_in(l, l->m->children.at[s->first + i].of, at);
    return found;
}

static uint32_t effect_in_branches(const struct lint *l, const struct sim_step *s,
                                   struct search at)
{
    uint32_t found = SIM_NONE;
    for (uint32_t i = 0; i < s->count && found == SIM_NONE; i++)
        found = effect_in(l, l->m->branches.at[s->first + i].to, at);
    return found;
}

static bool is_lasting(const struct sim_call_def *c)
{
    return c->key == SIM_KEY_OF_REQUEST || c->key == SIM_KEY_OF_FIELDS;
}

static uint32_t effect_of_call(const struct lint *l, const struct sim_call_def *c,
                               struct search at)
{
    if (at.depth == FAR_ENOUGH || c->service == SIM_NONE)
        return SIM_NONE;
    at.depth++;
    return effect_in(l, l->m->routes.at[c->entry].step, at);
}

// Keys keep what is inside from being done again, if there is a key.
static uint32_t effect_within(const struct lint *l, const struct sim_step *s,
                              struct search at)
{
    bool has_keys = l->m->policies.at[s->a].kind == SIM_POLICY_IDEMPOTENCY;
    return has_keys && at.has_key ? SIM_NONE : effect_in(l, s->b, at);
}

// The first effect that the steps do, or whom they call; SIM_NONE: none is found.
static uint32_t effect_in(const struct lint *l, uint32_t step, struct search at)
{
    const struct sim_step *s = &l->m->steps.at[step];
    uint32_t found;
    if (*l->left == 0)
        return SIM_NONE;
    --*l->left;
    switch (s->kind) {
    case SIM_STEP_EFFECT:
        return s->a;
    case SIM_STEP_CALL:
    case SIM_STEP_PUBLISH:
        at.has_key = is_lasting(&l->m->calls.at[s->a]);
        return effect_of_call(l, &l->m->calls.at[s->a], at);
    case SIM_STEP_LIST:
    case SIM_STEP_GATHER:
        return effect_in_children(l, s, at);
    case SIM_STEP_MIX:
    case SIM_STEP_SWITCH:
        return effect_in_branches(l, s, at);
    case SIM_STEP_TRY:
        found = effect_in(l, s->b, at);
        return found != SIM_NONE ? found : effect_in_branches(l, s, at);
    case SIM_STEP_WITH:
        return effect_within(l, s, at);
    case SIM_STEP_TIMES:
    case SIM_STEP_FANOUT:
    case SIM_STEP_OFFLOAD:
    case SIM_STEP_BLOCKING:
    case SIM_STEP_SPAWN:
    case SIM_STEP_SHIELD:
    case SIM_STEP_TRANSACTION:
        return effect_in(l, s->b, at);
    default:
        return SIM_NONE;
    }
}

static void look_at_effects(const struct lint *l, const struct sim_call_def *c)
{
    char text[240];
    bool has_key = is_lasting(c) || c->key == SIM_KEY_OF_HANDLER;
    uint32_t effect = effect_of_call(l, c, (struct search){ .has_key = has_key });
    if (effect == SIM_NONE)
        return;
    snprintf(
        text, sizeof text,
        "the call to \"%.30s\" is tried again, and \"%.30s\", which an attempt did before it "
        "failed, is done again: send an idempotency_key to a service with idempotency {}",
        c->target, l->m->effects.at[effect].name);
    l->remark(l->ctx, c->line, text);
}

// Whoever does it twice does it twice.
static void look_at_route(const struct lint *l, const struct sim_call_def *c, bool hedged)
{
    char text[240];
    if (strncmp(c->route, "POST ", 5) != 0 && strncmp(c->route, "PATCH ", 6) != 0)
        return;
    snprintf(
        text, sizeof text,
        hedged
            ? "\"%.80s\" of \"%s\" is hedged, and so is done twice: hedge only what is "
              "idempotent"
            : "\"%.80s\" of \"%s\" is tried again, and what an attempt did before it failed "
              "is done again: retry only what is idempotent",
        c->route, c->target);
    l->remark(l->ctx, c->line, text);
}

static void look_at_call(const struct lint *l, const struct sim_call_def *c,
                         struct around a)
{
    if (l->depth > 0 && a.timeout < HUGE_VAL && a.timeout > l->patience)
        say_too_patient(l, c, a.timeout);
    if ((a.retry || a.hedge) && c->key == SIM_NO_KEY)
        look_at_route(l, c, !a.retry);
    if (a.retry)
        look_at_effects(l, c);
    if (a.retry && a.timeout_outside_retry && !a.timeout_inside_retry)
        l->remark(
            l->ctx, c->line,
            "the timeout stands before retry, so it is for all attempts together; for "
            "each attempt put it behind");
    if (a.timeout_outside_fallback && !a.timeout_inside_fallback)
        l->remark(
            l->ctx, c->line,
            "the timeout stands before the fallback, which so does not answer when it is over; "
            "put it behind");
    if (l->depth == 0 && a.keys)
        l->remark(
            l->ctx, c->line,
            "idempotency around a client's call does nothing, for nobody sends a client a key: "
            "put it around the work of the service, and send an idempotency_key");
    if (a.before)
        say_order(l, c, a);
    if (a.timeout_around && !a.timeout_inside)
        say_deaf(l, c, a.learner);
    if (a.timeout_after_semaphore)
        l->remark(
            l->ctx, c->line,
            "the timeout stands behind a semaphore, so waiting for that has no limit");
}

static void look_inside(const struct lint *l, const struct sim_call_def *c, struct around a)
{
    struct lint inner = *l;
    if (l->depth == FAR_ENOUGH || c->service == SIM_NONE)
        return;
    inner.depth++;
    if (a.timeout < inner.patience) {
        inner.patience = a.timeout;
        inner.caller = l->who;
    }
    inner.who = c->target;
    walk(&inner, l->m->routes.at[c->entry].step, (struct around){ .timeout = HUGE_VAL });
}

static void forget_order(struct around *a)
{
    a->last = 0;
    a->before = NULL;
}

static void walk(const struct lint *l, uint32_t step, struct around a)
{
    const struct sim_model *m = l->m;
    const struct sim_step *s = &m->steps.at[step];
    if (*l->left == 0)
        return;
    --*l->left;
    if (s->kind != SIM_STEP_WITH && s->kind != SIM_STEP_CALL)
        forget_order(&a);
    switch (s->kind) {
    case SIM_STEP_CALL:
        look_at_call(l, &m->calls.at[s->a], a);
        look_inside(l, &m->calls.at[s->a], a);
        break;
    case SIM_STEP_PUBLISH:
        if (a.retry)
            look_at_effects(l, &m->calls.at[s->a]);
        if (s->flags & SIM_OUTBOX && !a.transaction)
            l->remark(l->ctx, s->line,
                      "outbox, but there is no transaction around it: the message goes out "
                      "at once");
        break;
    case SIM_STEP_TRANSACTION:
        a.transaction = true;
        walk(l, s->b, a);
        break;
    case SIM_STEP_LIST:
    case SIM_STEP_GATHER:
        for (uint32_t i = 0; i < s->count; i++)
            walk(l, m->children.at[s->first + i].of, a);
        break;
    case SIM_STEP_WITH:
        walk(l, s->b, within(l, &m->policies.at[s->a], a));
        if (m->policies.at[s->a].kind == SIM_POLICY_FALLBACK)
            walk(l, m->policies.at[s->a].step, (struct around){ .timeout = a.timeout });
        break;
    case SIM_STEP_MIX:
    case SIM_STEP_SWITCH:
    case SIM_STEP_TRY:
        for (uint32_t i = 0; i < s->count; i++)
            walk(l, m->branches.at[s->first + i].to, a);
        if (s->kind == SIM_STEP_TRY)
            walk(l, s->b, a);
        break;
    case SIM_STEP_TIMES:
    case SIM_STEP_FANOUT:
    case SIM_STEP_OFFLOAD:
    case SIM_STEP_BLOCKING:
    case SIM_STEP_SPAWN:
    case SIM_STEP_SHIELD:
    case SIM_STEP_CACHED:
        walk(l, s->b, a);
        break;
    default:
        break;
    }
}

// ---- Blocking steps on a loop ----

// What a worker of a pool runs keeps that worker only.
static void find_blocking(const struct lint *l, uint32_t step)
{
    const struct sim_model *m = l->m;
    const struct sim_step *s = &m->steps.at[step];
    if (*l->left == 0)
        return;
    --*l->left;
    if (s->kind == SIM_STEP_BLOCKING) {
        char text[240];
        snprintf(
            text, sizeof text,
            "a blocking step on the event loop of \"%s\" keeps all of its tasks waiting: "
            "to_thread(steps), or a client that awaits",
            l->who);
        l->remark(l->ctx, s->line, text);
        return;
    }
    if (s->kind == SIM_STEP_LIST || s->kind == SIM_STEP_GATHER)
        for (uint32_t i = 0; i < s->count; i++)
            find_blocking(l, m->children.at[s->first + i].of);
    if (s->kind == SIM_STEP_MIX || s->kind == SIM_STEP_SWITCH || s->kind == SIM_STEP_TRY)
        for (uint32_t i = 0; i < s->count; i++)
            find_blocking(l, m->branches.at[s->first + i].to);
    if (s->kind == SIM_STEP_WITH || s->kind == SIM_STEP_TRY || s->kind == SIM_STEP_TIMES ||
        s->kind == SIM_STEP_FANOUT || s->kind == SIM_STEP_SPAWN ||
        s->kind == SIM_STEP_SHIELD || s->kind == SIM_STEP_CACHED ||
        s->kind == SIM_STEP_TRANSACTION)
        find_blocking(l, s->b);
}

static void look_at_loops(const struct sim_model *m, sim_lint_remark *remark, void *ctx,
                          uint32_t *left)
{
    for (uint32_t i = 0; i < m->services.count; i++) {
        const struct sim_service_def *s = &m->services.at[i];
        struct lint l = { m, remark, ctx, HUGE_VAL, s->name, s->name, 0, left };
        for (uint32_t r = 0; s->executor.kind == SIM_ASYNCIO && r < s->routes; r++)
            find_blocking(&l, m->routes.at[s->first_route + r].step);
    }
}

void sim_model_lint(const struct sim_model *m, sim_lint_remark *remark, void *ctx)
{
    uint32_t left = STEPS;
    for (uint32_t i = 0; i < m->clients.count; i++) {
        const char *name = m->clients.at[i].name;
        struct lint l = { m, remark, ctx, HUGE_VAL, name, name, 0, &left };
        walk(&l, m->clients.at[i].step, (struct around){ .timeout = HUGE_VAL });
    }
    look_at_loops(m, remark, ctx, &left);
}
