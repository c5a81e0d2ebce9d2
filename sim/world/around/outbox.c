#include "sim/world/inner.h"

// Messages that nobody waits for, and transactions, in which all that happens does or nothing.
//
// A message goes to the broker of a service. Published in a transaction with outbox, it is a row
// there: it is held, and sets out when the transaction commits, or never was. Without, it is gone
// at once, whatever becomes of the rows beside it: that is a dual write.
//
// Of a transaction's scope `prev` is the first of the effects in it (0: none), `next` the first of
// the messages (SIM_NONE: none), in their order, and has_fired says that it has been committed.
// What is neither committed nor rolled back yet is rolled back with its task, whatever ends it.

static uint32_t around_task(const struct sim_run *run, uint32_t t)
{
    bool is_branch = run->tasks[t].flags & SIM_IS_BRANCH;
    return is_branch ? run->tasks[t].parent : SIM_NONE;
}

// The innermost transaction from that scope of the task on; SIM_NONE: there is none.
static uint32_t transaction_from(const struct sim_run *run, uint32_t t, uint32_t scope)
{
    for (;;) {
        for (; scope != SIM_NONE; scope = run->scopes[scope].outer)
            if (run->ops[run->scopes[scope].op].code == SIM_OP_TRANSACTION &&
                !run->scopes[scope].has_fired)
                return scope;
        t = around_task(run, t);
        if (t == SIM_NONE)
            return SIM_NONE;
        scope = run->tasks[t].scope;
    }
}

uint32_t *sim_outbox_effects(struct sim_run *run, uint32_t t)
{
    uint32_t scope = transaction_from(run, t, run->tasks[t].scope);
    return scope == SIM_NONE ? NULL : &run->scopes[scope].prev;
}

static void append(struct sim_run *run, uint32_t scope, uint32_t message)
{
    uint32_t *end = &run->scopes[scope].next;
    while (*end != SIM_NONE)
        end = &run->tasks[*end].next;
    *end = message;
}

static uint32_t take_first(struct sim_run *run, uint32_t scope)
{
    uint32_t message = run->scopes[scope].next;
    run->scopes[scope].next = run->tasks[message].next;
    run->tasks[message].next = SIM_NONE;
    return message;
}

// ---- The operations ----

void sim_outbox_begin(struct sim_run *run, uint32_t t)
{
    run->scopes[sim_scope_open(run, t, run->tasks[t].pc)].prev = 0;
    run->tasks[t].pc++;
}

void sim_outbox_publish(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    uint32_t scope =
        op->flags & SIM_OUTBOX ? transaction_from(run, t, run->tasks[t].scope) : SIM_NONE;
    uint32_t message = sim_call_message(run, t, op);
    run->tasks[t].pc++;
    if (scope != SIM_NONE)
        append(run, scope, message);
    else
        sim_call_post(run, t, message);
}

// In a transaction around it, what it did is a part of that.
void sim_outbox_commit(struct sim_run *run, uint32_t scope)
{
    struct sim_scope *s = &run->scopes[scope];
    uint32_t t = s->task;
    if (s->has_fired)
        return;
    s->has_fired = 1;
    uint32_t outer = transaction_from(run, t, s->outer);
    sim_effect_commit(run, t, s->prev);
    while (s->next != SIM_NONE) {
        uint32_t message = take_first(run, scope);
        if (outer != SIM_NONE)
            append(run, outer, message);
        else
            sim_call_post(run, t, message);
    }
}

void sim_outbox_close(struct sim_run *run, uint32_t scope)
{
    struct sim_scope *s = &run->scopes[scope];
    if (s->has_fired)
        return;
    s->has_fired = 1;
    sim_effect_settle(run, s->prev, false);
    while (s->next != SIM_NONE)
        sim_call_take_back(run, take_first(run, scope));
}
