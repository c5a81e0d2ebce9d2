#include "labs/event_loop/coroutine.h"

#include <assert.h>

static bool opens(enum lab_op_kind kind)
{
    return kind == LAB_OP_TRY || kind == LAB_OP_TIMEOUT || kind == LAB_OP_GROUP;
}

struct lab_block *lab_coroutine_open(struct lab_coroutine *c, enum lab_block_kind kind)
{
    const struct lab_op *ops = c->program->ops;
    assert(c->depth < LAB_PROGRAM_BLOCKS);
    struct lab_block *b = &c->blocks[c->depth++];
    *b = (struct lab_block){ .kind = kind, .end = c->pc };
    for (uint32_t inner = 0; inner > 0 || ops[b->end].kind != LAB_OP_END; b->end++) {
        enum lab_op_kind k = ops[b->end].kind;
        if (inner == 0 && (k == LAB_OP_EXCEPT || k == LAB_OP_FINALLY))
            b->handler = b->end;
        inner += opens(k);
        inner -= k == LAB_OP_END;
    }
    return b;
}

static struct lab_block *innermost(struct lab_coroutine *c)
{
    return &c->blocks[c->depth - 1];
}

struct lab_group *lab_coroutine_group(struct lab_coroutine *c)
{
    for (uint32_t i = c->depth; i-- > 0;)
        if (c->blocks[i].kind == LAB_IN_GROUP)
            return &c->blocks[i].group;
    assert(!"a JOIN is in a group");
    return NULL;
}

void lab_coroutine_leave(struct lab_coroutine *c)
{
    struct lab_block *b = innermost(c);
    c->pc = b->end + 1;
    switch (b->kind) {
    case LAB_IN_TRY:
    case LAB_IN_HANDLER:
        c->depth--;
        break;
    case LAB_IN_CLEANUP: // an exception of its own goes before the one that it was for
        c->depth--;
        c->exc = c->exc == LAB_EXC_NONE ? b->pending : c->exc;
        break;
    case LAB_IN_TIMEOUT:
        c->depth--;
        c->exc = lab_timeout_exit(&b->timeout, c->exc);
        break;
    case LAB_IN_GROUP:
        lab_group_leave(&b->group, c->exc);
        c->exc = LAB_EXC_NONE;
        c->is_leaving = true;
        break;
    }
}

void lab_coroutine_handle(struct lab_coroutine *c, enum lab_block_kind kind)
{
    struct lab_block *b = innermost(c);
    b->kind = kind;
    b->pending = c->exc;
    c->exc = LAB_EXC_NONE;
    c->pc = b->handler + 1;
}

// One block outwards. An except that names the exception swallows it, whoever waits for the
// task to die of it.
void lab_coroutine_unwind(struct lab_coroutine *c)
{
    struct lab_block *b = innermost(c);
    const struct lab_op *handler = &c->program->ops[b->handler];
    if (b->kind != LAB_IN_TRY) {
        lab_coroutine_leave(c);
    } else if (handler->kind == LAB_OP_FINALLY) {
        lab_coroutine_handle(c, LAB_IN_CLEANUP);
    } else if (handler->a == (uint32_t)c->exc) {
        lab_loop_saw(c->world->loop, LAB_LOOP_TASK_CAUGHT, c->task->id, c->exc);
        lab_coroutine_handle(c, LAB_IN_HANDLER);
    } else {
        lab_coroutine_leave(c);
    }
}
