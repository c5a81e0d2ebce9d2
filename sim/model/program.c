#include "sim/model/program.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "sim/model/model_private.h"

#define OPS_CAP    65535u
#define WAYS_CAP   (1u << 20)
#define FRAMES_CAP (1u << 20)

// Compiling one step: everything appends, and a cap that is met is remembered to the end.
struct compiler {
    struct sim_program *p;
    const struct sim_model *m;
    uint32_t frame; // of the step that is being compiled; SIM_NONE: of none
    bool on_loop;
    bool blocking;     // inside a blocking step
    bool hedged;       // or in hedged steps
    uint32_t choices;  // that it stands in
    const char *error; // what is not possible there
    bool full;         // or there is an error: nothing more is appended
};

static void compile(struct compiler *c, uint32_t step);
static void compile_step(struct compiler *c, const struct sim_step *s);

static bool grow(void **at, uint32_t *room, uint32_t wanted, size_t item, uint32_t cap)
{
    if (wanted <= *room)
        return true;
    if (wanted > cap)
        return false;
    uint32_t more = *room ? *room * 2 : 64;
    while (more < wanted)
        more *= 2;
    void *moved = realloc(*at, more * item);
    if (!moved)
        return false;
    *at = moved;
    *room = more;
    return true;
}

static uint32_t emit(struct compiler *c, enum sim_opcode code)
{
    struct sim_program *p = c->p;
    if (!grow((void **)&p->ops, &p->room, p->count + 1, sizeof *p->ops, OPS_CAP) ||
        !grow((void **)&p->frame_of, &p->frame_of_room, p->count + 1, sizeof *p->frame_of,
              OPS_CAP)) {
        c->full = true;
        return 0;
    }
    p->frame_of[p->count] = c->frame;
    if (c->frame != SIM_NONE && p->frames[c->frame].first == SIM_NONE)
        p->frames[c->frame].first = p->count;
    p->ops[p->count] = (struct sim_op){ .code = (uint8_t)code, .value = SIM_NONE };
    return p->count++;
}

static void emit_with(struct compiler *c, enum sim_opcode code, uint32_t a)
{
    uint32_t op = emit(c, code);
    c->p->ops[op].a = a;
}

static void emit_asking(struct compiler *c, enum sim_opcode code, uint32_t a,
                        uint32_t status)
{
    uint32_t op = emit(c, code);
    c->p->ops[op].a = a;
    c->p->ops[op].b = status;
}

static void refuse(struct compiler *c, const char *why)
{
    if (!c->full)
        c->error = why;
    c->full = true;
}

#define NO_LOOP                                                                       \
    "create_task, shield and task_group are an event loop's (executor = asyncio {}):" \
    " there is none in"
#define NO_TASKS                                                                         \
    "gather, task_group, shield and hedge stand in a blocking step, and a blocked event" \
    " loop runs no other task: in"

// Whether tasks of its own can be made here.
static void check_tasks(struct compiler *c, bool needs_loop)
{
    if (needs_loop && !c->on_loop)
        refuse(c, NO_LOOP);
    if (c->on_loop && c->blocking)
        refuse(c, NO_TASKS);
}

// Before whatever others can see of a task of an event loop.
static void pay(struct compiler *c)
{
    if (c->on_loop)
        emit(c, SIM_OP_PAY);
}

static uint32_t add_ways(struct compiler *c, uint32_t n)
{
    struct sim_program *p = c->p;
    if (!grow((void **)&p->ways, &p->way_room, p->way_count + n, sizeof *p->ways,
              WAYS_CAP)) {
        c->full = true;
        return 0;
    }
    p->way_count += n;
    return p->way_count - n;
}

static void jump_here(struct compiler *c, uint32_t op)
{
    c->p->ops[op].to = c->p->count;
}

// A duration that needs no request is drawn in ns from a distribution inside the operation;
// the others are worked out, and then scaled, at each use.
static void set_work(struct compiler *c, uint32_t op, uint32_t value)
{
    const struct sim_value *v = &c->m->values.at[value];
    struct sim_op *o = &c->p->ops[op];
    if (v->kind == SIM_VALUE_CONST)
        o->dist = sim_dist_scaled(sim_dist_constant(v->x), SIM_S);
    else if (v->kind == SIM_VALUE_DIST)
        o->dist = sim_dist_scaled(v->dist, SIM_S);
    else
        o->value = value;
}

static void work(struct compiler *c, const struct sim_step *s, enum sim_opcode code)
{
    uint32_t op = emit(c, code);
    if (c->full)
        return;
    c->p->ops[op].flags = (uint8_t)s->flags;
    set_work(c, op, s->value);
}

// A call that keeps the GIL goes with the bytecode before it.
static void native(struct compiler *c, const struct sim_step *s)
{
    if (!(s->flags & SIM_HOLDS_GIL))
        pay(c);
    work(c, s, c->on_loop ? SIM_OP_LOOP_NATIVE : SIM_OP_NATIVE);
}

static void timeout(struct compiler *c, const struct sim_step *s)
{
    uint32_t op = emit(c, c->on_loop ? SIM_OP_LOOP_TIMEOUT : SIM_OP_TIMEOUT);
    if (c->full)
        return;
    uint32_t value = c->m->policies.at[s->a].value;
    set_work(c, op, value);
    bool same = c->m->values.at[value].kind == SIM_VALUE_CONST && !c->on_loop;
    c->p->ops[op].a = s->a;
    c->p->ops[op].b = same ? c->p->lanes++ : SIM_NONE;
}

static uint32_t emit_limit(struct compiler *c, enum sim_opcode code, uint32_t limiter)
{
    uint32_t op = emit(c, code);
    c->p->ops[op].a = limiter;
    c->p->ops[op].b = c->m->limiters.at[limiter].status;
    return op;
}

// Where the counts lie in a store, it is asked first, and written to where it did not decide.
static void shared_limit(struct compiler *c, uint32_t limiter)
{
    const struct sim_limiter_def *def = &c->m->limiters.at[limiter];
    emit_limit(c, SIM_OP_LIMIT_ASK, limiter);
    compile(c, def->ask);
    uint32_t answer = emit_limit(c, SIM_OP_LIMIT_SAID, limiter);
    if (def->tell != SIM_NONE)
        compile(c, def->tell);
    if (!c->full)
        jump_here(c, answer);
    emit_limit(c, SIM_OP_LIMIT_TOLD, limiter);
}

// Once a call is let through the limiter has nothing more to do with it.
static void rate_limit(struct compiler *c, uint32_t limiter)
{
    if (c->m->limiters.at[limiter].ask == SIM_NONE)
        emit_limit(c, SIM_OP_RATE_LIMIT, limiter);
    else
        shared_limit(c, limiter);
}

// The call that a breaker is around is the first one inside, without what a limiter in between
// asks its store; 0: there is none.
static uint32_t first_call(const struct compiler *c, uint32_t from)
{
    const struct sim_op *ops = c->p->ops;
    for (uint32_t i = from; i < c->p->count; i++)
        if (ops[i].code == SIM_OP_CALL && !c->m->calls.at[ops[i].a].asks)
            return i;
    return 0;
}

static void breaker(struct compiler *c, const struct sim_step *s)
{
    uint32_t number = c->m->policies.at[s->a].breaker;
    uint32_t op = emit(c, SIM_OP_BREAKER);
    c->p->ops[op].a = number;
    c->p->ops[op].b = c->m->breakers.at[number].status;
    compile(c, s->b);
    c->p->ops[op].to = first_call(c, op + 1);
    emit(c, SIM_OP_CLOSE);
}

// All who wait there wait as long, and so in a lane.
static void bulkhead(struct compiler *c, uint32_t number)
{
    const struct sim_bulkhead_def *def = &c->m->bulkheads.at[number];
    uint32_t op = emit(c, SIM_OP_BULKHEAD);
    if (c->full)
        return;
    c->p->ops[op].a = number;
    c->p->ops[op].need = (uint16_t)def->status;
    bool ends = def->rule.wait > 0 && def->rule.wait != SIM_NEVER;
    c->p->ops[op].b = ends ? c->p->lanes++ : SIM_NONE;
}

// Attempts are branches of the same steps.
static void hedge(struct compiler *c, const struct sim_step *s)
{
    bool around = c->hedged;
    check_tasks(c, false);
    uint32_t op = emit(c, SIM_OP_HEDGE);
    if (c->full)
        return;
    c->p->ops[op].a = c->m->policies.at[s->a].hedge;
    c->hedged = true;
    compile(c, s->b);
    c->hedged = around;
    pay(c);
    emit(c, SIM_OP_END);
    if (c->full)
        return;
    jump_here(c, op);
    c->p->ops[op].b = first_call(c, op + 1);
    emit(c, SIM_OP_CLOSE);
}

// All that may fail is caught; a cancellation is none of it.
static void fallback(struct compiler *c, const struct sim_step *s)
{
    static const enum sim_outcome caught[] = { SIM_ERROR, SIM_TIMEOUT, SIM_REJECTED,
                                               SIM_LOST };
    uint32_t op = emit(c, SIM_OP_TRY), way = add_ways(c, 4);
    if (c->full)
        return;
    c->p->ops[op].a = way;
    c->p->ops[op].b = 4;
    compile(c, s->b);
    emit(c, SIM_OP_CLOSE);
    uint32_t jump = emit(c, SIM_OP_JUMP);
    if (c->full)
        return;
    for (uint32_t i = 0; i < 4; i++)
        c->p->ways[way + i] = (struct sim_way){ caught[i], c->p->count };
    emit(c, SIM_OP_FALL_BACK);
    compile(c, c->m->policies.at[s->a].step);
    if (!c->full)
        jump_here(c, jump);
}

// A `finally` in which the work is told of: behind a body that ended well, and where anything else
// that became of it is kept.
static void tell_of_work(struct compiler *c, uint32_t number)
{
    const struct sim_idempotency_def *def = &c->m->idempotencies.at[number];
    pay(c);
    uint32_t ends = emit(c, SIM_OP_KEY_ENDS);
    c->p->ops[ends].a = number;
    if (def->tell != SIM_NONE)
        compile(c, def->tell);
    emit(c, SIM_OP_KEY_TOLD);
    if (!c->full)
        jump_here(c, ends);
}

// What must happen in any case stands twice: behind a body that ended well, and where an
// outcome is caught, kept, and raised again afterwards.
static void with_finally(struct compiler *c, uint32_t body,
                         void (*last)(struct compiler *c, uint32_t what), uint32_t what)
{
    uint32_t op = emit(c, SIM_OP_TRY);
    uint32_t way = add_ways(c, 1);
    if (c->full)
        return;
    c->p->ops[op].a = way;
    c->p->ops[op].b = 1;
    c->p->ops[op].flags = SIM_FINALLY;
    compile(c, body);
    emit(c, SIM_OP_CLOSE);
    last(c, what);
    uint32_t jump = emit(c, SIM_OP_JUMP);
    if (c->full)
        return;
    c->p->ways[way].weight = NAN;
    c->p->ways[way].to = c->p->count;
    emit(c, SIM_OP_FINALLY);
    last(c, what);
    emit(c, SIM_OP_RAISE);
    if (!c->full)
        jump_here(c, jump);
}

static void idempotency(struct compiler *c, uint32_t number, uint32_t body)
{
    const struct sim_idempotency_def *def = &c->m->idempotencies.at[number];
    uint32_t op = emit(c, SIM_OP_KEY);
    c->p->ops[op].a = number;
    if (def->take != SIM_NONE) {
        emit(c, SIM_OP_KEY_ASK);
        compile(c, def->take);
    }
    uint32_t said = emit(c, SIM_OP_KEY_SAID);
    c->p->ops[said].a = number;
    if (!c->full)
        jump_here(c, op);
    with_finally(c, body, tell_of_work, number);
    if (!c->full)
        jump_here(c, said);
    emit(c, SIM_OP_CLOSE);
}

static void with(struct compiler *c, const struct sim_step *s)
{
    const struct sim_policy *policy = &c->m->policies.at[s->a];
    switch (policy->kind) {
    case SIM_POLICY_TIMEOUT:
        timeout(c, s);
        break;
    case SIM_POLICY_RETRY:
        emit_with(c, SIM_OP_RETRY, s->a);
        break;
    case SIM_POLICY_SEMAPHORE:
        pay(c);
        emit_with(c, SIM_OP_SEMAPHORE, policy->semaphore);
        break;
    case SIM_POLICY_RATE_LIMIT:
        pay(c);
        rate_limit(c, policy->limiter);
        compile(c, s->b);
        return;
    case SIM_POLICY_BREAKER:
        pay(c);
        breaker(c, s);
        return;
    case SIM_POLICY_HEDGE:
        pay(c);
        hedge(c, s);
        return;
    case SIM_POLICY_FALLBACK:
        fallback(c, s);
        return;
    case SIM_POLICY_BULKHEAD:
        pay(c);
        bulkhead(c, policy->bulkhead);
        break;
    case SIM_POLICY_CONCURRENCY_LIMIT:
        pay(c);
        emit_asking(c, SIM_OP_CONCURRENCY_LIMIT, policy->concurrency,
                    c->m->concurrency.at[policy->concurrency].status);
        break;
    case SIM_POLICY_THROTTLE:
        pay(c);
        emit_asking(c, SIM_OP_THROTTLE, policy->throttle,
                    c->m->throttles.at[policy->throttle].status);
        break;
    case SIM_POLICY_SHED:
        pay(c);
        emit_asking(c, SIM_OP_SHED, policy->shed, c->m->sheds.at[policy->shed].status);
        compile(c, s->b);
        return;
    case SIM_POLICY_IDEMPOTENCY:
        pay(c);
        idempotency(c, policy->idempotency, s->b);
        return;
    }
    compile(c, s->b);
    emit(c, SIM_OP_CLOSE);
}

static void times(struct compiler *c, const struct sim_step *s)
{
    if (s->a == 0)
        return;
    uint32_t op = emit(c, SIM_OP_TIMES);
    c->p->ops[op].a = s->a;
    compile(c, s->b);
    uint32_t loop = emit(c, SIM_OP_LOOP);
    c->p->ops[loop].to = op + 1;
}

// The branches of a step each in a row, all but the last jumping behind the whole.
static void branches(struct compiler *c, const struct sim_step *s, enum sim_opcode code)
{
    uint32_t op = emit(c, code);
    uint32_t way = add_ways(c, s->count);
    if (c->full)
        return;
    c->p->ops[op].a = way;
    c->p->ops[op].b = s->count;
    c->p->ops[op].need = 0;
    if (code == SIM_OP_SWITCH)
        c->p->ops[op].value = s->a;
    uint32_t *jumps = calloc(s->count + 1, sizeof *jumps);
    double sum = 0;
    for (uint32_t i = 0; jumps && i < s->count && !c->full; i++) {
        const struct sim_branch *b = &c->m->branches.at[s->first + i];
        sum += b->weight;
        c->p->ways[way + i].weight = code == SIM_OP_MIX ? sum : b->key;
        c->p->ways[way + i].to = c->p->count;
        compile(c, b->to);
        jumps[i] = emit(c, SIM_OP_JUMP);
    }
    if (!c->full && jumps) {
        for (uint32_t i = 0; i < s->count; i++)
            jump_here(c, jumps[i]);
        jump_here(c, op);
    }
    c->full = c->full || !jumps;
    free(jumps);
}

// The body, then the handlers, each going on behind the whole.
static void try(struct compiler *c, const struct sim_step *s)
{
    uint32_t op = emit(c, SIM_OP_TRY);
    uint32_t way = add_ways(c, s->count);
    if (c->full)
        return;
    c->p->ops[op].a = way;
    c->p->ops[op].b = s->count;
    compile(c, s->b);
    emit(c, SIM_OP_CLOSE);
    uint32_t *jumps = calloc(s->count + 1, sizeof *jumps);
    if (!jumps)
        c->full = true;
    if (c->full) {
        free(jumps);
        return;
    }
    jumps[s->count] = emit(c, SIM_OP_JUMP);
    for (uint32_t i = 0; i < s->count && !c->full; i++) {
        const struct sim_branch *b = &c->m->branches.at[s->first + i];
        c->p->ways[way + i].weight = b->key;
        c->p->ways[way + i].to = c->p->count;
        compile(c, b->to);
        jumps[i] = emit(c, SIM_OP_JUMP);
    }
    for (uint32_t i = 0; i <= s->count && !c->full; i++)
        jump_here(c, jumps[i]);
    free(jumps);
}

static void finally(struct compiler *c, const struct sim_step *s)
{
    with_finally(c, s->b, compile, c->m->branches.at[s->first].to);
}

static void gather(struct compiler *c, const struct sim_step *s)
{
    check_tasks(c, s->flags & SIM_GROUP);
    pay(c);
    uint32_t op = emit(c, SIM_OP_GATHER);
    uint32_t way = add_ways(c, s->count);
    if (c->full)
        return;
    c->p->ops[op].a = way;
    c->p->ops[op].b = s->count;
    c->p->ops[op].need = (uint16_t)s->a;
    c->p->ops[op].flags = (uint8_t)s->flags;
    for (uint32_t i = 0; i < s->count && !c->full; i++) {
        c->p->ways[way + i].to = c->p->count;
        compile(c, c->m->children.at[s->first + i].of);
        pay(c);
        emit(c, SIM_OP_END);
    }
    if (!c->full)
        jump_here(c, op);
}

static void fanout(struct compiler *c, const struct sim_step *s)
{
    check_tasks(c, false);
    pay(c);
    uint32_t op = emit(c, SIM_OP_FANOUT);
    if (c->full)
        return;
    c->p->ops[op].b = s->a;
    c->p->ops[op].need = (uint16_t)s->value;
    compile(c, s->b);
    pay(c);
    emit(c, SIM_OP_END);
    if (!c->full)
        jump_here(c, op);
}

// Only an event loop has tasks of their own and a thread that is not the task's.
static void spawn(struct compiler *c, const struct sim_step *s, enum sim_opcode code)
{
    check_tasks(c, true);
    uint32_t op = emit(c, code);
    compile(c, s->b);
    pay(c);
    emit(c, SIM_OP_END);
    if (!c->full)
        jump_here(c, op);
}

// What a worker runs is no task of the loop.
static void offload(struct compiler *c, const struct sim_step *s)
{
    bool serves = s->flags & SIM_SERVES, on_loop = c->on_loop;
    if (!serves)
        emit_with(c, on_loop ? SIM_OP_LOOP_SUBMIT : SIM_OP_SUBMIT, s->a);
    uint32_t op = emit(c, SIM_OP_OFFLOAD);
    if (c->full)
        return;
    c->p->ops[op].a = s->a;
    c->on_loop = false;
    compile(c, s->b);
    c->on_loop = on_loop;
    emit(c, SIM_OP_END);
    if (!c->full)
        jump_here(c, op);
    if (serves)
        emit(c, SIM_OP_LEAVE);
}

static void memory(struct compiler *c, const struct sim_step *s, enum sim_opcode code)
{
    uint32_t op = emit(c, code);
    if (!c->full)
        c->p->ops[op].value = s->value;
}

static void fail(struct compiler *c, const struct sim_step *s)
{
    uint32_t op = emit(c, SIM_OP_FAIL);
    c->p->ops[op].a = s->a;
    c->p->ops[op].flags = (uint8_t)s->flags;
    c->p->ops[op].value = s->flags & SIM_PUSHES_BACK ? s->value : SIM_NONE;
}

static void effect(struct compiler *c, uint32_t number)
{
    uint32_t op = emit(c, SIM_OP_EFFECT);
    c->p->ops[op].a = number;
    c->p->ops[op].flags = c->choices > 0 ? SIM_MAY_NOT_COME : 0;
}

static void blocking(struct compiler *c, const struct sim_step *s)
{
    bool around = c->blocking;
    if (c->on_loop)
        emit(c, SIM_OP_BLOCKING);
    c->blocking = true;
    compile(c, s->b);
    c->blocking = around;
    if (c->on_loop)
        emit(c, SIM_OP_CLOSE);
}

// A lookup waits before it is decided, and what it finds it leaves the scope with.
static void cached(struct compiler *c, const struct sim_step *s)
{
    uint32_t latency = c->m->caches.at[c->m->cached.at[s->a].cache].latency;
    pay(c);
    if (latency != SIM_NONE) {
        uint32_t wait = emit(c, SIM_OP_IO);
        if (!c->full)
            set_work(c, wait, latency);
    }
    emit_with(c, SIM_OP_CACHED, s->a);
    uint32_t lookup = emit(c, SIM_OP_LOOKUP);
    c->p->ops[lookup].a = s->a;
    c->choices++;
    compile(c, s->b);
    c->choices--;
    emit(c, SIM_OP_CLOSE);
    if (!c->full)
        jump_here(c, lookup);
}

static void list(struct compiler *c, const struct sim_step *s)
{
    for (uint32_t i = 0; i < s->count && !c->full; i++)
        compile(c, c->m->children.at[s->first + i].of);
}

// Opens a frame for a step and returns the one around it, to go back to.
static uint32_t enter(struct compiler *c, uint32_t step)
{
    struct sim_program *p = c->p;
    uint32_t around = c->frame;
    if (!grow((void **)&p->frames, &p->frame_room, p->frame_count + 1, sizeof *p->frames,
              FRAMES_CAP)) {
        c->full = true;
        return around;
    }
    p->frames[p->frame_count] = (struct sim_frame){ step, around, SIM_NONE };
    c->frame = p->frame_count++;
    return around;
}

static void compile(struct compiler *c, uint32_t step)
{
    uint32_t around = enter(c, step);
    if (!c->full)
        compile_step(c, &c->m->steps.at[step]);
    c->frame = around;
}

static void call(struct compiler *c, uint32_t number)
{
    uint32_t op = emit(c, SIM_OP_CALL);
    c->p->ops[op].a = number;
    c->p->ops[op].flags = c->hedged ? SIM_IS_HEDGED : 0;
}

static void publish(struct compiler *c, const struct sim_step *s)
{
    uint32_t op = emit(c, SIM_OP_PUBLISH);
    c->p->ops[op].a = s->a;
    c->p->ops[op].flags = (uint8_t)s->flags;
}

static void compile_step(struct compiler *c, const struct sim_step *s)
{
    switch (s->kind) {
    case SIM_STEP_LIST:
        list(c, s);
        break;
    case SIM_STEP_PYTHON:
        work(c, s, c->on_loop ? SIM_OP_LOOP_PYTHON : SIM_OP_PYTHON);
        break;
    case SIM_STEP_NATIVE:
        native(c, s);
        break;
    case SIM_STEP_IO:
        pay(c);
        work(c, s, SIM_OP_IO);
        break;
    case SIM_STEP_CALL:
        pay(c);
        call(c, s->a);
        break;
    case SIM_STEP_GATHER:
        gather(c, s);
        break;
    case SIM_STEP_FANOUT:
        fanout(c, s);
        break;
    case SIM_STEP_MIX:
        c->choices++;
        branches(c, s, SIM_OP_MIX);
        c->choices--;
        break;
    case SIM_STEP_SWITCH:
        c->choices++;
        branches(c, s, SIM_OP_SWITCH);
        c->choices--;
        break;
    case SIM_STEP_TIMES:
        times(c, s);
        break;
    case SIM_STEP_WITH:
        with(c, s);
        break;
    case SIM_STEP_TRY:
        c->choices++;
        if (s->flags & SIM_FINALLY)
            finally(c, s);
        else
            try(c, s);
        c->choices--;
        break;
    case SIM_STEP_BLOCKING:
        blocking(c, s);
        break;
    case SIM_STEP_SPAWN:
        spawn(c, s, SIM_OP_SPAWN);
        break;
    case SIM_STEP_SHIELD:
        pay(c);
        spawn(c, s, SIM_OP_SHIELD);
        break;
    case SIM_STEP_FAIL:
        pay(c);
        fail(c, s);
        break;
    case SIM_STEP_REPLY:
        pay(c);
        emit_with(c, SIM_OP_REPLY, s->a);
        break;
    case SIM_STEP_SCRIPT:
        emit_with(c, SIM_OP_SCRIPT, s->a);
        break;
    case SIM_STEP_ALLOC:
        memory(c, s, SIM_OP_ALLOC);
        break;
    case SIM_STEP_LEAK:
        memory(c, s, SIM_OP_LEAK);
        break;
    case SIM_STEP_EFFECT:
        pay(c);
        effect(c, s->a);
        break;
    case SIM_STEP_OFFLOAD:
        offload(c, s);
        break;
    case SIM_STEP_STORE:
        emit_with(c, SIM_OP_STORE, s->a);
        break;
    case SIM_STEP_STORE_FAILED:
        emit_with(c, s->b ? SIM_OP_KEY_LOST : SIM_OP_LIMIT_LOST, s->a);
        break;
    case SIM_STEP_CACHED:
        cached(c, s);
        break;
    case SIM_STEP_TRANSACTION:
        pay(c);
        emit(c, SIM_OP_TRANSACTION);
        compile(c, s->b);
        pay(c);
        emit(c, SIM_OP_COMMIT);
        emit(c, SIM_OP_CLOSE);
        break;
    case SIM_STEP_PUBLISH:
        pay(c);
        publish(c, s);
        break;
    case SIM_STEP_NOTHING:
        break;
    }
}

static void given(struct compiler *c, enum sim_opcode code, unsigned flags)
{
    uint32_t op = emit(c, code);
    c->p->ops[op].flags = (uint8_t)(SIM_WORK_GIVEN | flags);
    emit(c, SIM_OP_SCRIPT_END);
}

// Pickling and writing to a pipe.
static void send(struct compiler *c)
{
    emit(c, SIM_OP_CHORE);
    emit(c, SIM_OP_COPY);
    uint32_t op = emit(c, SIM_OP_NATIVE);
    c->p->ops[op].flags = SIM_WORK_GIVEN;
}

static void given_on_loop(struct compiler *c)
{
    given(c, SIM_OP_LOOP_PYTHON, 0);
    emit(c, SIM_OP_PAY);
    given(c, SIM_OP_LOOP_NATIVE, 0);
    given(c, SIM_OP_LOOP_NATIVE, SIM_HOLDS_GIL);
    emit(c, SIM_OP_PAY);
    given(c, SIM_OP_IO, 0);
    emit(c, SIM_OP_PAY);
    given(c, SIM_OP_IO, SIM_IS_TIMER);
}

// Operation 0 is spare, so that emit may answer 0 when the program is full.
static void prelude(struct compiler *c)
{
    emit(c, SIM_OP_END);
    if (c->full)
        return;
    given(c, SIM_OP_PYTHON, 0);
    given(c, SIM_OP_NATIVE, 0);
    given(c, SIM_OP_NATIVE, SIM_HOLDS_GIL);
    given(c, SIM_OP_IO, 0);
    given(c, SIM_OP_IO, SIM_IS_TIMER);
    given_on_loop(c);
    emit(c, SIM_OP_TURN);
    emit(c, SIM_OP_TURN);
    emit(c, SIM_OP_CHORE);
    emit_with(c, SIM_OP_SERVE, SIM_ROLE_WORKER);
    emit(c, SIM_OP_CHORE);
    emit(c, SIM_OP_ENTER);
    send(c);
    emit(c, SIM_OP_SENT);
    emit_with(c, SIM_OP_SERVE, SIM_ROLE_MANAGER);
    emit(c, SIM_OP_CHORE);
    emit_with(c, SIM_OP_SERVED, SIM_ROLE_MANAGER);
    emit_with(c, SIM_OP_SERVE, SIM_ROLE_FEEDER);
    send(c);
    emit_with(c, SIM_OP_SERVED, SIM_ROLE_FEEDER);
    emit(c, SIM_OP_REAP);
    emit(c, SIM_OP_RISE);
    emit(c, SIM_OP_EXIT);
    emit(c, SIM_OP_STOP);
    emit(c, SIM_OP_GO_ON);
    emit(c, SIM_OP_REDELIVER);
    emit(c, SIM_OP_PROBE);
    emit(c, SIM_OP_TERM);
    emit(c, SIM_OP_HEAR);
    assert(c->full || c->p->count == SIM_PC_FIRST);
}

uint32_t sim_program_compile(struct sim_program *p, const struct sim_model *m,
                             uint32_t step, enum sim_opcode end, enum sim_executor_kind by)
{
    struct compiler c = { .p = p, .m = m, .frame = SIM_NONE, .on_loop = by == SIM_ASYNCIO };
    uint32_t frames = p->frame_count;
    if (p->count == 0)
        prelude(&c);
    uint32_t begin = p->count;
    if (c.on_loop && end == SIM_OP_END)
        emit(&c, SIM_OP_ARRIVE);
    compile(&c, step);
    c.frame = frames; // the end belongs to the whole
    if (end == SIM_OP_END)
        pay(&c);
    emit(&c, end);
    p->error = c.error;
    if (c.full) {
        p->count = begin;
        p->frame_count = frames;
        return SIM_NONE;
    }
    return begin;
}

void sim_program_fini(struct sim_program *p)
{
    free(p->ops);
    free(p->ways);
    free(p->frame_of);
    free(p->frames);
    *p = (struct sim_program){ 0 };
}
