#include "labs/event_loop/program.h"

#include <assert.h>

#include "labs/event_loop/coroutine.h"
#include "labs/event_loop/join.h"

// ---- Operations ----

static void end_sleep(void *future)
{
    struct lab_future *f = future;
    if (!lab_future_is_done(f))
        lab_future_set(f, LAB_EXC_NONE);
}

static struct lab_future *sleep(struct lab_coroutine *c, int64_t ns)
{
    struct lab_loop *l = c->world->loop;
    c->is_yielding = ns <= 0;
    if (c->is_yielding)
        return NULL;
    struct lab_future *f = lab_future_new(l);
    c->timer = lab_loop_call_at(l, lab_loop_now(l) + ns, end_sleep, f, LAB_LOOP_NOBODY);
    return f;
}

struct nap {
    struct lab_loop *loop;
    int64_t ns;
};

static void take_nap(void *nap)
{
    struct nap *n = nap;
    n->loop->env.sleep(n->loop->env.ctx, n->ns);
}

static struct lab_future *to_thread(struct lab_coroutine *c, int64_t ns)
{
    struct nap *nap = lab_loop_keep(c->world->loop, sizeof *nap);
    *nap = (struct nap){ c->world->loop, ns };
    struct lab_future *f = lab_offload_run(c->world->pool, c->task->id, take_nap, nap);
    if (!f)
        c->exc = LAB_EXC_ERROR;
    return f;
}

static struct lab_future *gather(struct lab_coroutine *c, uint32_t first, uint32_t last)
{
    for (uint32_t k = first; k <= last; k++)
        lab_program_begin(c->world, k);
    return lab_join_gather(c->world->loop, &c->world->tasks[first], last - first + 1);
}

static void join(struct lab_coroutine *c, uint32_t k)
{
    struct lab_group *g = lab_coroutine_group(c);
    if (lab_group_may_add(g))
        lab_group_add(g, lab_program_begin(c->world, k));
    else
        c->exc = LAB_EXC_ERROR;
}

// Does the next operation; returns the future that it awaits, if any.
static struct lab_future *operate(struct lab_coroutine *c, const struct lab_op *op)
{
    struct lab_loop *l = c->world->loop;
    c->pc++;
    switch (op->kind) {
    case LAB_OP_WORK:
        l->env.burn(l->env.ctx, op->ns);
        break;
    case LAB_OP_SLEEP:
        return sleep(c, op->ns);
    case LAB_OP_THREAD:
        return to_thread(c, op->ns);
    case LAB_OP_SPAWN:
        lab_program_begin(c->world, op->a);
        break;
    case LAB_OP_AWAIT:
        return &lab_program_begin(c->world, op->a)->future;
    case LAB_OP_SHIELD:
        return lab_join_shield(lab_program_begin(c->world, op->a));
    case LAB_OP_GATHER:
        return gather(c, op->a, op->b);
    case LAB_OP_CANCEL:
        if (c->world->tasks[op->a])
            lab_task_cancel(c->world->tasks[op->a]);
        break;
    case LAB_OP_UNCANCEL:
        lab_task_uncancel(c->task);
        break;
    case LAB_OP_RAISE:
        c->exc = LAB_EXC_ERROR;
        break;
    case LAB_OP_NOTE:
        lab_loop_saw(l, LAB_LOOP_TASK_NOTED, c->task->id, op->a);
        break;
    case LAB_OP_TIMEOUT:
        lab_timeout_enter(&lab_coroutine_open(c, LAB_IN_TIMEOUT)->timeout, c->task,
                          lab_loop_now(l) + op->ns);
        break;
    case LAB_OP_GROUP:
        lab_group_enter(&lab_coroutine_open(c, LAB_IN_GROUP)->group, c->task);
        break;
    case LAB_OP_JOIN:
        join(c, op->a);
        break;
    case LAB_OP_TRY:
        lab_coroutine_open(c, LAB_IN_TRY);
        break;
    case LAB_OP_FINALLY:
        lab_coroutine_handle(c, LAB_IN_CLEANUP);
        break;
    case LAB_OP_EXCEPT:
    case LAB_OP_END:
        lab_coroutine_leave(c);
        break;
    }
    return NULL;
}

// ---- Steps ----

static void resume(struct lab_coroutine *c, enum lab_exc thrown)
{
    c->exc = thrown;
    if (c->timer)
        lab_loop_cancel(c->world->loop, c->timer);
    c->timer = NULL;
    if (!c->is_leaving)
        return;
    lab_group_woke(&c->blocks[c->depth - 1].group, thrown);
    c->exc = LAB_EXC_NONE;
}

// What the group still waits for; if nothing, its block is over.
static struct lab_future *go_on_leaving(struct lab_coroutine *c)
{
    struct lab_group *g = &c->blocks[c->depth - 1].group;
    struct lab_future *f = lab_group_pending(g);
    if (f)
        return f;
    c->is_leaving = false;
    c->depth--;
    c->exc = lab_group_exit(g);
    return NULL;
}

static bool is_over(const struct lab_coroutine *c)
{
    if (c->is_leaving)
        return false;
    return c->exc == LAB_EXC_NONE ? c->pc == c->program->count : c->depth == 0;
}

static struct lab_future *go_on(struct lab_coroutine *c)
{
    if (c->is_leaving)
        return go_on_leaving(c);
    if (c->exc == LAB_EXC_NONE)
        return operate(c, &c->program->ops[c->pc]);
    lab_coroutine_unwind(c);
    return NULL;
}

// To the next await of something that is not done: one that is done does not stop the task.
static struct lab_step step(void *coroutine, struct lab_task *t, enum lab_exc thrown)
{
    struct lab_coroutine *c = coroutine;
    c->task = t;
    resume(c, thrown);
    while (!is_over(c)) {
        struct lab_future *f = go_on(c);
        if (f && !lab_future_is_done(f))
            return (struct lab_step){ .kind = LAB_STEP_AWAIT, .on = f };
        if (f)
            c->exc = lab_future_result(f);
        if (c->is_yielding) {
            c->is_yielding = false;
            return (struct lab_step){ .kind = LAB_STEP_YIELD };
        }
    }
    enum lab_step_kind end = c->exc == LAB_EXC_NONE ? LAB_STEP_RETURN : LAB_STEP_RAISE;
    return (struct lab_step){ .kind = end, .exc = c->exc };
}

struct lab_task *lab_program_begin(struct lab_programs *p, uint32_t k)
{
    assert(k < p->count);
    if (p->tasks[k])
        return p->tasks[k];
    struct lab_coroutine *c = lab_loop_keep(p->loop, sizeof *c);
    *c = (struct lab_coroutine){ .world = p, .program = &p->programs[k] };
    p->tasks[k] = lab_task_new(p->loop, k, step, c);
    return p->tasks[k];
}
