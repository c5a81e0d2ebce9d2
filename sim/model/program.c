#include "sim/model/program.h"

#include <assert.h>
#include <stdlib.h>

#include "sim/model/compile.h"

static void compile_step(struct sim_compiler *c, const struct sim_step *s);

static void work(struct sim_compiler *c, const struct sim_step *s, enum sim_opcode code)
{
    uint32_t op = sim_emit(c, code);
    if (c->full)
        return;
    c->p->ops[op].flags = (uint8_t)s->flags;
    sim_emit_work(c, op, s->value);
}

// A call that keeps the GIL goes with the bytecode before it.
static void native(struct sim_compiler *c, const struct sim_step *s)
{
    if (!(s->flags & SIM_HOLDS_GIL))
        sim_emit_pay(c);
    work(c, s, c->on_loop ? SIM_OP_LOOP_NATIVE : SIM_OP_NATIVE);
}

static void times(struct sim_compiler *c, const struct sim_step *s)
{
    if (s->a == 0)
        return;
    uint32_t op = sim_emit(c, SIM_OP_TIMES);
    c->p->ops[op].a = s->a;
    sim_compile(c, s->b);
    uint32_t loop = sim_emit(c, SIM_OP_LOOP);
    c->p->ops[loop].to = op + 1;
}

// The branches of a step each in a row, all but the last jumping behind the whole.
static void branches(struct sim_compiler *c, const struct sim_step *s, enum sim_opcode code)
{
    uint32_t op = sim_emit(c, code);
    uint32_t way = sim_emit_ways(c, s->count);
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
        sim_compile(c, b->to);
        jumps[i] = sim_emit(c, SIM_OP_JUMP);
    }
    if (!c->full && jumps) {
        for (uint32_t i = 0; i < s->count; i++)
            sim_emit_here(c, jumps[i]);
        sim_emit_here(c, op);
    }
    c->full = c->full || !jumps;
    free(jumps);
}

// The body, then the handlers, each going on behind the whole.
static void try(struct sim_compiler *c, const struct sim_step *s)
{
    uint32_t op = sim_emit(c, SIM_OP_TRY);
    uint32_t way = sim_emit_ways(c, s->count);
    if (c->full)
        return;
    c->p->ops[op].a = way;
    c->p->ops[op].b = s->count;
    sim_compile(c, s->b);
    sim_emit(c, SIM_OP_CLOSE);
    uint32_t *jumps = calloc(s->count + 1, sizeof *jumps);
    if (!jumps)
        c->full = true;
    if (c->full) {
        free(jumps);
        return;
    }
    jumps[s->count] = sim_emit(c, SIM_OP_JUMP);
    for (uint32_t i = 0; i < s->count && !c->full; i++) {
        const struct sim_branch *b = &c->m->branches.at[s->first + i];
        c->p->ways[way + i].weight = b->key;
        c->p->ways[way + i].to = c->p->count;
        sim_compile(c, b->to);
        jumps[i] = sim_emit(c, SIM_OP_JUMP);
    }
    for (uint32_t i = 0; i <= s->count && !c->full; i++)
        sim_emit_here(c, jumps[i]);
    free(jumps);
}

static void finally(struct sim_compiler *c, const struct sim_step *s)
{
    sim_emit_finally(c, s->b, sim_compile, c->m->branches.at[s->first].to);
}

static void gather(struct sim_compiler *c, const struct sim_step *s)
{
    sim_compile_check_tasks(c, s->flags & SIM_GROUP);
    sim_emit_pay(c);
    uint32_t op = sim_emit(c, SIM_OP_GATHER);
    uint32_t way = sim_emit_ways(c, s->count);
    if (c->full)
        return;
    c->p->ops[op].a = way;
    c->p->ops[op].b = s->count;
    c->p->ops[op].need = (uint16_t)s->a;
    c->p->ops[op].flags = (uint8_t)s->flags;
    for (uint32_t i = 0; i < s->count && !c->full; i++) {
        c->p->ways[way + i].to = c->p->count;
        sim_compile(c, c->m->children.at[s->first + i].of);
        sim_emit_pay(c);
        sim_emit(c, SIM_OP_END);
    }
    if (!c->full)
        sim_emit_here(c, op);
}

static void fanout(struct sim_compiler *c, const struct sim_step *s)
{
    sim_compile_check_tasks(c, false);
    sim_emit_pay(c);
    uint32_t op = sim_emit(c, SIM_OP_FANOUT);
    if (c->full)
        return;
    c->p->ops[op].b = s->a;
    c->p->ops[op].need = (uint16_t)s->value;
    sim_compile(c, s->b);
    sim_emit_pay(c);
    sim_emit(c, SIM_OP_END);
    if (!c->full)
        sim_emit_here(c, op);
}

// Only an event loop has tasks of their own and a thread that is not the task's.
static void spawn(struct sim_compiler *c, const struct sim_step *s, enum sim_opcode code)
{
    sim_compile_check_tasks(c, true);
    uint32_t op = sim_emit(c, code);
    sim_compile(c, s->b);
    sim_emit_pay(c);
    sim_emit(c, SIM_OP_END);
    if (!c->full)
        sim_emit_here(c, op);
}

// What a worker runs is no task of the loop.
static void offload(struct sim_compiler *c, const struct sim_step *s)
{
    bool serves = s->flags & SIM_SERVES, on_loop = c->on_loop;
    if (!serves)
        sim_emit_with(c, on_loop ? SIM_OP_LOOP_SUBMIT : SIM_OP_SUBMIT, s->a);
    uint32_t op = sim_emit(c, SIM_OP_OFFLOAD);
    if (c->full)
        return;
    c->p->ops[op].a = s->a;
    c->on_loop = false;
    sim_compile(c, s->b);
    c->on_loop = on_loop;
    sim_emit(c, SIM_OP_END);
    if (!c->full)
        sim_emit_here(c, op);
    if (serves)
        sim_emit(c, SIM_OP_LEAVE);
}

static void memory(struct sim_compiler *c, const struct sim_step *s, enum sim_opcode code)
{
    uint32_t op = sim_emit(c, code);
    if (!c->full)
        c->p->ops[op].value = s->value;
}

static void fail(struct sim_compiler *c, const struct sim_step *s)
{
    uint32_t op = sim_emit(c, SIM_OP_FAIL);
    c->p->ops[op].a = s->a;
    c->p->ops[op].flags = (uint8_t)s->flags;
    c->p->ops[op].value = s->flags & SIM_PUSHES_BACK ? s->value : SIM_NONE;
}

static void effect(struct sim_compiler *c, uint32_t number)
{
    uint32_t op = sim_emit(c, SIM_OP_EFFECT);
    c->p->ops[op].a = number;
    c->p->ops[op].flags = c->choices > 0 ? SIM_MAY_NOT_COME : 0;
}

static void blocking(struct sim_compiler *c, const struct sim_step *s)
{
    bool around = c->blocking;
    if (c->on_loop)
        sim_emit(c, SIM_OP_BLOCKING);
    c->blocking = true;
    sim_compile(c, s->b);
    c->blocking = around;
    if (c->on_loop)
        sim_emit(c, SIM_OP_CLOSE);
}

// A lookup waits before it is decided, and what it finds it leaves the scope with.
static void cached(struct sim_compiler *c, const struct sim_step *s)
{
    uint32_t latency = c->m->caches.at[c->m->cached.at[s->a].cache].latency;
    sim_emit_pay(c);
    if (latency != SIM_NONE) {
        uint32_t wait = sim_emit(c, SIM_OP_IO);
        if (!c->full)
            sim_emit_work(c, wait, latency);
    }
    sim_emit_with(c, SIM_OP_CACHED, s->a);
    uint32_t lookup = sim_emit(c, SIM_OP_LOOKUP);
    c->p->ops[lookup].a = s->a;
    c->choices++;
    sim_compile(c, s->b);
    c->choices--;
    sim_emit(c, SIM_OP_CLOSE);
    if (!c->full)
        sim_emit_here(c, lookup);
}

static void list(struct sim_compiler *c, const struct sim_step *s)
{
    for (uint32_t i = 0; i < s->count && !c->full; i++)
        sim_compile(c, c->m->children.at[s->first + i].of);
}

void sim_compile(struct sim_compiler *c, uint32_t step)
{
    uint32_t around = sim_emit_frame(c, step);
    if (!c->full)
        compile_step(c, &c->m->steps.at[step]);
    c->frame = around;
}

static void call(struct sim_compiler *c, uint32_t number)
{
    uint32_t op = sim_emit(c, SIM_OP_CALL);
    c->p->ops[op].a = number;
    c->p->ops[op].flags = c->hedged ? SIM_IS_HEDGED : 0;
}

static void transaction(struct sim_compiler *c, const struct sim_step *s)
{
    sim_emit_pay(c);
    sim_emit(c, SIM_OP_TRANSACTION);
    sim_compile(c, s->b);
    sim_emit_pay(c);
    sim_emit(c, SIM_OP_COMMIT);
    sim_emit(c, SIM_OP_CLOSE);
}

static void publish(struct sim_compiler *c, const struct sim_step *s)
{
    sim_emit_pay(c);
    uint32_t op = sim_emit(c, SIM_OP_PUBLISH);
    c->p->ops[op].a = s->a;
    c->p->ops[op].flags = (uint8_t)s->flags;
}

static void compile_step(struct sim_compiler *c, const struct sim_step *s)
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
        sim_emit_pay(c);
        work(c, s, SIM_OP_IO);
        break;
    case SIM_STEP_CALL:
        sim_emit_pay(c);
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
        sim_compile_with(c, s);
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
        sim_emit_pay(c);
        spawn(c, s, SIM_OP_SHIELD);
        break;
    case SIM_STEP_FAIL:
        sim_emit_pay(c);
        fail(c, s);
        break;
    case SIM_STEP_REPLY:
        sim_emit_pay(c);
        sim_emit_asking(c, SIM_OP_REPLY, s->a, s->b);
        break;
    case SIM_STEP_SCRIPT:
        sim_emit_with(c, SIM_OP_SCRIPT, s->a);
        break;
    case SIM_STEP_ALLOC:
        memory(c, s, SIM_OP_ALLOC);
        break;
    case SIM_STEP_LEAK:
        memory(c, s, SIM_OP_LEAK);
        break;
    case SIM_STEP_EFFECT:
        sim_emit_pay(c);
        effect(c, s->a);
        break;
    case SIM_STEP_OFFLOAD:
        offload(c, s);
        break;
    case SIM_STEP_STORE:
        sim_emit_with(c, SIM_OP_STORE, s->a);
        break;
    case SIM_STEP_STORE_FAILED:
        sim_emit_with(c, s->b ? SIM_OP_KEY_LOST : SIM_OP_LIMIT_LOST, s->a);
        break;
    case SIM_STEP_CACHED:
        cached(c, s);
        break;
    case SIM_STEP_TRANSACTION:
        transaction(c, s);
        break;
    case SIM_STEP_PUBLISH:
        publish(c, s);
        break;
    case SIM_STEP_NOTHING:
        break;
    }
}

static void given(struct sim_compiler *c, enum sim_opcode code, unsigned flags)
{
    uint32_t op = sim_emit(c, code);
    c->p->ops[op].flags = (uint8_t)(SIM_WORK_GIVEN | flags);
    sim_emit(c, SIM_OP_SCRIPT_END);
}

// Pickling and writing to a pipe.
static void send(struct sim_compiler *c)
{
    sim_emit(c, SIM_OP_CHORE);
    sim_emit(c, SIM_OP_COPY);
    uint32_t op = sim_emit(c, SIM_OP_NATIVE);
    c->p->ops[op].flags = SIM_WORK_GIVEN;
}

static void given_on_loop(struct sim_compiler *c)
{
    given(c, SIM_OP_LOOP_PYTHON, 0);
    sim_emit(c, SIM_OP_PAY);
    given(c, SIM_OP_LOOP_NATIVE, 0);
    given(c, SIM_OP_LOOP_NATIVE, SIM_HOLDS_GIL);
    sim_emit(c, SIM_OP_PAY);
    given(c, SIM_OP_IO, 0);
    sim_emit(c, SIM_OP_PAY);
    given(c, SIM_OP_IO, SIM_IS_TIMER);
}

// Operation 0 is spare, so that emit may answer 0 when the program is full.
static void prelude(struct sim_compiler *c)
{
    sim_emit(c, SIM_OP_END);
    if (c->full)
        return;
    given(c, SIM_OP_PYTHON, 0);
    given(c, SIM_OP_NATIVE, 0);
    given(c, SIM_OP_NATIVE, SIM_HOLDS_GIL);
    given(c, SIM_OP_IO, 0);
    given(c, SIM_OP_IO, SIM_IS_TIMER);
    given_on_loop(c);
    sim_emit(c, SIM_OP_TURN);
    sim_emit(c, SIM_OP_TURN);
    sim_emit(c, SIM_OP_CHORE);
    sim_emit_with(c, SIM_OP_SERVE, SIM_ROLE_WORKER);
    sim_emit(c, SIM_OP_CHORE);
    sim_emit(c, SIM_OP_ENTER);
    send(c);
    sim_emit(c, SIM_OP_SENT);
    sim_emit_with(c, SIM_OP_SERVE, SIM_ROLE_MANAGER);
    sim_emit(c, SIM_OP_CHORE);
    sim_emit_with(c, SIM_OP_SERVED, SIM_ROLE_MANAGER);
    sim_emit_with(c, SIM_OP_SERVE, SIM_ROLE_FEEDER);
    send(c);
    sim_emit_with(c, SIM_OP_SERVED, SIM_ROLE_FEEDER);
    sim_emit(c, SIM_OP_REAP);
    sim_emit(c, SIM_OP_RISE);
    sim_emit(c, SIM_OP_EXIT);
    sim_emit(c, SIM_OP_STOP);
    sim_emit(c, SIM_OP_GO_ON);
    sim_emit(c, SIM_OP_REDELIVER);
    sim_emit(c, SIM_OP_PROBE);
    sim_emit(c, SIM_OP_TERM);
    sim_emit(c, SIM_OP_HEAR);
    sim_emit(c, SIM_OP_POISON);
    assert(c->full || c->p->count == SIM_PC_FIRST);
}

uint32_t sim_program_compile(struct sim_program *p, const struct sim_model *m,
                             uint32_t step, enum sim_opcode end, enum sim_executor_kind by)
{
    struct sim_compiler c = {
        .p = p, .m = m, .frame = SIM_NONE, .on_loop = by == SIM_ASYNCIO
    };
    uint32_t frames = p->frame_count;
    if (p->count == 0)
        prelude(&c);
    uint32_t begin = p->count;
    if (c.on_loop && end == SIM_OP_END)
        sim_emit(&c, SIM_OP_ARRIVE);
    sim_compile(&c, step);
    c.frame = frames; // the end belongs to the whole
    if (end == SIM_OP_END)
        sim_emit_pay(&c);
    sim_emit(&c, end);
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
