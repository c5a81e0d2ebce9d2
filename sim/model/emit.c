// Operations one after the other, and where they jump to.

#include <math.h>
#include <stdlib.h>

#include "sim/model/compile.h"

#define OPS_CAP    65535u
#define WAYS_CAP   (1u << 20)
#define FRAMES_CAP (1u << 20)

#define NO_LOOP                                                                       \
    "create_task, shield and task_group are an event loop's (executor = asyncio {}):" \
    " there is none in"
#define NO_TASKS                                                                         \
    "gather, task_group, shield and hedge stand in a blocking step, and a blocked event" \
    " loop runs no other task: in"

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

uint32_t sim_emit(struct sim_compiler *c, enum sim_opcode code)
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

void sim_emit_with(struct sim_compiler *c, enum sim_opcode code, uint32_t a)
{
    uint32_t op = sim_emit(c, code);
    c->p->ops[op].a = a;
}

void sim_emit_asking(struct sim_compiler *c, enum sim_opcode code, uint32_t a,
                     uint32_t status)
{
    uint32_t op = sim_emit(c, code);
    c->p->ops[op].a = a;
    c->p->ops[op].b = status;
}

void sim_compile_refuse(struct sim_compiler *c, const char *why)
{
    if (!c->full)
        c->error = why;
    c->full = true;
}

void sim_compile_check_tasks(struct sim_compiler *c, bool needs_loop)
{
    if (needs_loop && !c->on_loop)
        sim_compile_refuse(c, NO_LOOP);
    if (c->on_loop && c->blocking)
        sim_compile_refuse(c, NO_TASKS);
}

void sim_emit_pay(struct sim_compiler *c)
{
    if (c->on_loop)
        sim_emit(c, SIM_OP_PAY);
}

uint32_t sim_emit_ways(struct sim_compiler *c, uint32_t n)
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

void sim_emit_here(struct sim_compiler *c, uint32_t op)
{
    c->p->ops[op].to = c->p->count;
}

// A duration that needs no request is drawn in ns from a distribution inside the operation;
// the others are worked out, and then scaled, at each use.
void sim_emit_work(struct sim_compiler *c, uint32_t op, uint32_t value)
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

// What must happen in any case stands twice: behind a body that ended well, and where an
// outcome is caught, kept, and raised again afterwards.
void sim_emit_finally(struct sim_compiler *c, uint32_t body,
                      void (*last)(struct sim_compiler *c, uint32_t what), uint32_t what)
{
    uint32_t op = sim_emit(c, SIM_OP_TRY);
    uint32_t way = sim_emit_ways(c, 1);
    if (c->full)
        return;
    c->p->ops[op].a = way;
    c->p->ops[op].b = 1;
    c->p->ops[op].flags = SIM_FINALLY;
    sim_compile(c, body);
    sim_emit(c, SIM_OP_CLOSE);
    last(c, what);
    uint32_t jump = sim_emit(c, SIM_OP_JUMP);
    if (c->full)
        return;
    c->p->ways[way].weight = NAN;
    c->p->ways[way].to = c->p->count;
    sim_emit(c, SIM_OP_FINALLY);
    last(c, what);
    sim_emit(c, SIM_OP_RAISE);
    if (!c->full)
        sim_emit_here(c, jump);
}

uint32_t sim_emit_frame(struct sim_compiler *c, uint32_t step)
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
