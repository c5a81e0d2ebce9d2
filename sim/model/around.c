// Policies around steps, as operations.

#include "sim/model/compile.h"

static void timeout(struct sim_compiler *c, const struct sim_step *s)
{
    uint32_t op = sim_emit(c, c->on_loop ? SIM_OP_LOOP_TIMEOUT : SIM_OP_TIMEOUT);
    if (c->full)
        return;
    uint32_t value = c->m->policies.at[s->a].value;
    sim_emit_work(c, op, value);
    bool same = c->m->values.at[value].kind == SIM_VALUE_CONST && !c->on_loop;
    c->p->ops[op].a = s->a;
    c->p->ops[op].b = same ? c->p->lanes++ : SIM_NONE;
}

static uint32_t emit_limit(struct sim_compiler *c, enum sim_opcode code, uint32_t limiter)
{
    uint32_t op = sim_emit(c, code);
    c->p->ops[op].a = limiter;
    c->p->ops[op].b = c->m->limiters.at[limiter].status;
    return op;
}

// Where the counts lie in a store, it is asked first, and written to where it did not decide.
static void shared_limit(struct sim_compiler *c, uint32_t limiter)
{
    const struct sim_limiter_def *def = &c->m->limiters.at[limiter];
    emit_limit(c, SIM_OP_LIMIT_ASK, limiter);
    sim_compile(c, def->ask);
    uint32_t answer = emit_limit(c, SIM_OP_LIMIT_SAID, limiter);
    if (def->tell != SIM_NONE)
        sim_compile(c, def->tell);
    if (!c->full)
        sim_emit_here(c, answer);
    emit_limit(c, SIM_OP_LIMIT_TOLD, limiter);
}

// Once a call is let through the limiter has nothing more to do with it.
static void rate_limit(struct sim_compiler *c, uint32_t limiter)
{
    if (c->m->limiters.at[limiter].ask == SIM_NONE)
        emit_limit(c, SIM_OP_RATE_LIMIT, limiter);
    else
        shared_limit(c, limiter);
}

// The call that a breaker is around is the first one inside, without what a limiter in between
// asks its store; 0: there is none.
static uint32_t first_call(const struct sim_compiler *c, uint32_t from)
{
    const struct sim_op *ops = c->p->ops;
    for (uint32_t i = from; i < c->p->count; i++)
        if (ops[i].code == SIM_OP_CALL && !c->m->calls.at[ops[i].a].asks)
            return i;
    return 0;
}

static void breaker(struct sim_compiler *c, const struct sim_step *s)
{
    uint32_t number = c->m->policies.at[s->a].breaker;
    uint32_t op = sim_emit(c, SIM_OP_BREAKER);
    c->p->ops[op].a = number;
    c->p->ops[op].b = c->m->breakers.at[number].status;
    sim_compile(c, s->b);
    c->p->ops[op].to = first_call(c, op + 1);
    sim_emit(c, SIM_OP_CLOSE);
}

// All who wait there wait as long, and so in a lane.
static void bulkhead(struct sim_compiler *c, uint32_t number)
{
    const struct sim_bulkhead_def *def = &c->m->bulkheads.at[number];
    uint32_t op = sim_emit(c, SIM_OP_BULKHEAD);
    if (c->full)
        return;
    c->p->ops[op].a = number;
    c->p->ops[op].need = (uint16_t)def->status;
    bool ends = def->rule.wait > 0 && def->rule.wait != SIM_NEVER;
    c->p->ops[op].b = ends ? c->p->lanes++ : SIM_NONE;
}

// Attempts are branches of the same steps.
static void hedge(struct sim_compiler *c, const struct sim_step *s)
{
    bool around = c->hedged;
    sim_compile_check_tasks(c, false);
    uint32_t op = sim_emit(c, SIM_OP_HEDGE);
    if (c->full)
        return;
    c->p->ops[op].a = c->m->policies.at[s->a].hedge;
    c->hedged = true;
    sim_compile(c, s->b);
    c->hedged = around;
    sim_emit_pay(c);
    sim_emit(c, SIM_OP_END);
    if (c->full)
        return;
    sim_emit_here(c, op);
    c->p->ops[op].b = first_call(c, op + 1);
    sim_emit(c, SIM_OP_CLOSE);
}

// All that may fail is caught; a cancellation is none of it.
static void fallback(struct sim_compiler *c, const struct sim_step *s)
{
    static const enum sim_outcome caught[] = { SIM_ERROR, SIM_TIMEOUT, SIM_REJECTED,
                                               SIM_LOST };
    uint32_t op = sim_emit(c, SIM_OP_TRY), way = sim_emit_ways(c, 4);
    if (c->full)
        return;
    c->p->ops[op].a = way;
    c->p->ops[op].b = 4;
    sim_compile(c, s->b);
    sim_emit(c, SIM_OP_CLOSE);
    uint32_t jump = sim_emit(c, SIM_OP_JUMP);
    if (c->full)
        return;
    for (uint32_t i = 0; i < 4; i++)
        c->p->ways[way + i] = (struct sim_way){ caught[i], c->p->count };
    sim_emit(c, SIM_OP_FALL_BACK);
    sim_compile(c, c->m->policies.at[s->a].step);
    if (!c->full)
        sim_emit_here(c, jump);
}

// A `finally` in which the work is told of: behind a body that ended well, and where anything else
// that became of it is kept.
static void tell_of_work(struct sim_compiler *c, uint32_t number)
{
    const struct sim_idempotency_def *def = &c->m->idempotencies.at[number];
    sim_emit_pay(c);
    uint32_t ends = sim_emit(c, SIM_OP_KEY_ENDS);
    c->p->ops[ends].a = number;
    if (def->tell != SIM_NONE)
        sim_compile(c, def->tell);
    sim_emit(c, SIM_OP_KEY_TOLD);
    if (!c->full)
        sim_emit_here(c, ends);
}

static void idempotency(struct sim_compiler *c, uint32_t number, uint32_t body)
{
    const struct sim_idempotency_def *def = &c->m->idempotencies.at[number];
    uint32_t op = sim_emit(c, SIM_OP_KEY);
    c->p->ops[op].a = number;
    if (def->take != SIM_NONE) {
        sim_emit(c, SIM_OP_KEY_ASK);
        sim_compile(c, def->take);
    }
    uint32_t said = sim_emit(c, SIM_OP_KEY_SAID);
    c->p->ops[said].a = number;
    if (!c->full)
        sim_emit_here(c, op);
    sim_emit_finally(c, body, tell_of_work, number);
    if (!c->full)
        sim_emit_here(c, said);
    sim_emit(c, SIM_OP_CLOSE);
}

void sim_compile_with(struct sim_compiler *c, const struct sim_step *s)
{
    const struct sim_policy *policy = &c->m->policies.at[s->a];
    switch (policy->kind) {
    case SIM_POLICY_TIMEOUT:
        timeout(c, s);
        break;
    case SIM_POLICY_RETRY:
        sim_emit_with(c, SIM_OP_RETRY, s->a);
        break;
    case SIM_POLICY_SEMAPHORE:
        sim_emit_pay(c);
        sim_emit_with(c, SIM_OP_SEMAPHORE, policy->semaphore);
        break;
    case SIM_POLICY_RATE_LIMIT:
        sim_emit_pay(c);
        rate_limit(c, policy->limiter);
        sim_compile(c, s->b);
        return;
    case SIM_POLICY_BREAKER:
        sim_emit_pay(c);
        breaker(c, s);
        return;
    case SIM_POLICY_HEDGE:
        sim_emit_pay(c);
        hedge(c, s);
        return;
    case SIM_POLICY_FALLBACK:
        fallback(c, s);
        return;
    case SIM_POLICY_BULKHEAD:
        sim_emit_pay(c);
        bulkhead(c, policy->bulkhead);
        break;
    case SIM_POLICY_CONCURRENCY_LIMIT:
        sim_emit_pay(c);
        sim_emit_asking(c, SIM_OP_CONCURRENCY_LIMIT, policy->concurrency,
                        c->m->concurrency.at[policy->concurrency].status);
        break;
    case SIM_POLICY_THROTTLE:
        sim_emit_pay(c);
        sim_emit_asking(c, SIM_OP_THROTTLE, policy->throttle,
                        c->m->throttles.at[policy->throttle].status);
        break;
    case SIM_POLICY_SHED:
        sim_emit_pay(c);
        sim_emit_asking(c, SIM_OP_SHED, policy->shed, c->m->sheds.at[policy->shed].status);
        sim_compile(c, s->b);
        return;
    case SIM_POLICY_IDEMPOTENCY:
        sim_emit_pay(c);
        idempotency(c, policy->idempotency, s->b);
        return;
    }
    sim_compile(c, s->b);
    sim_emit(c, SIM_OP_CLOSE);
}
