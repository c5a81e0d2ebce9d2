#include "sim/world/inner.h"

// Branches that run at once are tasks of their own at the same station, without a worker.
// The task that gathers keeps their list and how many of them must still end well. The
// first failure after which too few can still end well is raised at once, as asyncio.gather
// does, and the others go on, with nobody waiting for them; so do those that are not needed
// any more. A timeout around it cancels the branches, and they may clean up: the gathering ends
// when the last of them has, but on an event loop as asyncio.gather does (coro.c).

static void link_branch(struct sim_run *run, uint32_t t, uint32_t branch)
{
    uint32_t first = run->tasks[t].child;
    run->tasks[branch].next = first;
    if (first != SIM_NONE)
        run->tasks[first].prev = branch;
    run->tasks[t].child = branch;
}

uint32_t sim_gather_start(struct sim_run *run, uint32_t t, uint32_t pc)
{
    uint32_t branch = sim_task_new(run, run->tasks[t].station, pc);
    struct sim_task *b = &run->tasks[branch];
    b->parent = t;
    b->flags = SIM_IS_BRANCH | (run->tasks[t].flags & SIM_IS_THREAD);
    b->request = run->tasks[t].request;
    b->cause = SIM_IN_CORE;
    run->born[branch] = ++run->births;
    if (run->uses_fields)
        sim_fields_share(run, t, branch);
    if (run->uses_deadlines)
        run->deadlines[branch] = run->deadlines[t];
    link_branch(run, t, branch);
    if (sim_loop_of(run, branch))
        sim_coro_born(run, branch);
    sim_note(run, SIM_TRACE_BEGIN, branch, t, SIM_TRACE_BRANCH, run->now, run->now);
    sim_task_ready(run, branch);
    return branch;
}

void sim_gather_wait(struct sim_run *run, uint32_t t, uint32_t to)
{
    struct sim_task *task = &run->tasks[t];
    sim_task_enter(run, t, SIM_GATHERING, SIM_IN_DEPENDENCY);
    task->child = SIM_NONE;
    task->slot = 0;
    task->flags &= (uint16_t) ~(SIM_NEEDS_ALL | SIM_IS_CANCELLED);
    task->pc = (uint16_t)to;
    if (sim_loop_of(run, t))
        sim_coro_gathers(run, t, SIM_GATHERS);
}

void sim_gather_begin(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    struct sim_task *task = &run->tasks[t];
    sim_task_enter(run, t, SIM_GATHERING, SIM_IN_DEPENDENCY);
    task->child = SIM_NONE;
    task->slot = op->need ? op->need : op->b;
    task->flags &= (uint16_t) ~(SIM_NEEDS_ALL | SIM_IS_CANCELLED);
    if (op->need == 0 || op->need == op->b)
        task->flags |= SIM_NEEDS_ALL;
    task->pc = (uint16_t)op->to;
    if (sim_loop_of(run, t))
        sim_coro_gathers(run, t, op->flags & SIM_GROUP ? SIM_GROUPS : SIM_GATHERS);
    if (op->b == 0) {
        task->outcome = SIM_OK;
        sim_task_ready(run, t);
        return;
    }
    for (uint32_t i = 0; i < op->b && !run->stop; i++) {
        uint32_t pc = op->code == SIM_OP_FANOUT ? (uint32_t)(op - run->ops) + 1
                                                : run->model->program.ways[op->a + i].to;
        sim_gather_start(run, t, pc);
    }
}

void sim_gather_unlink(struct sim_run *run, uint32_t branch)
{
    struct sim_task *b = &run->tasks[branch];
    uint32_t t = b->parent;
    if (t == SIM_NONE)
        return;
    if (b->prev == SIM_NONE)
        run->tasks[t].child = b->next;
    else
        run->tasks[b->prev].next = b->next;
    if (b->next != SIM_NONE)
        run->tasks[b->next].prev = b->prev;
    b->next = b->prev = b->parent = SIM_NONE;
}

void sim_gather_let_go(struct sim_run *run, uint32_t t)
{
    uint32_t b = run->tasks[t].child;
    while (b != SIM_NONE) {
        uint32_t next = run->tasks[b].next;
        run->tasks[b].parent = run->tasks[b].next = run->tasks[b].prev = SIM_NONE;
        b = next;
    }
    run->tasks[t].child = SIM_NONE;
}

void sim_gather_finish(struct sim_run *run, uint32_t t, enum sim_outcome outcome,
                       uint32_t status)
{
    sim_gather_let_go(run, t);
    sim_task_charge(run, t);
    run->tasks[t].outcome = (uint8_t)outcome;
    run->tasks[t].slot = status;
    sim_task_ready(run, t);
}

// As many branches are still under way as must still end well.
static bool can_succeed(const struct sim_run *run, uint32_t t)
{
    uint32_t b = run->tasks[t].child;
    for (uint32_t needed = run->tasks[t].slot; needed > 0; needed--) {
        if (b == SIM_NONE)
            return false;
        b = run->tasks[b].next;
    }
    return true;
}

void sim_gather_ended(struct sim_run *run, uint32_t branch, enum sim_outcome outcome,
                      uint32_t status)
{
    uint32_t t = run->tasks[branch].parent;
    bool on_loop = sim_loop_of(run, branch) != NULL;
    uint64_t born = run->born[branch];
    bool is_first = !on_loop || (t != SIM_NONE && !run->coros[t].ends);
    if (t != SIM_NONE && is_first)
        sim_retry_hand_on(run, branch, t);
    sim_gather_unlink(run, branch);
    if (on_loop)
        sim_coro_gone(run, branch);
    sim_task_free(run, branch);
    if (t == SIM_NONE || (on_loop && sim_coro_gathered(run, t, outcome, status)))
        return;
    struct sim_task *task = &run->tasks[t];
    if (task->flags & SIM_IS_CANCELLED) {
        if (task->child != SIM_NONE)
            return;
        task->flags &= (uint16_t)~SIM_IS_CANCELLED;
        sim_gather_finish(run, t, SIM_CANCELLED, 0);
    } else if (sim_hedge_waits(run, t)) {
        sim_hedge_ended(run, t, born, outcome, status);
    } else if (outcome == SIM_OK) {
        if (--run->tasks[t].slot == 0)
            sim_gather_finish(run, t, SIM_OK, 200);
    } else if (task->flags & SIM_NEEDS_ALL || !can_succeed(run, t)) {
        sim_gather_finish(run, t, outcome, status);
    }
}

// A branch that is about to go on is cancelled there, which is before its first step when it is
// new; one that runs cannot be stopped before it waits.
static void cancel(struct sim_run *run, uint32_t branch)
{
    struct sim_task *b = &run->tasks[branch];
    if (sim_scope_can_stop(b)) {
        sim_scope_cancel(run, branch);
    } else {
        b->flags |= SIM_EXPIRED | SIM_IS_CANCELLED;
    }
}

void sim_gather_stop(struct sim_run *run, uint32_t branch)
{
    if (sim_loop_of(run, branch))
        sim_coro_cancel(run, branch, SIM_BY_GROUP);
    else
        cancel(run, branch);
}

// The branch that is cancelled may end at once, and is then in the list no more.
void sim_gather_cancel(struct sim_run *run, uint32_t t)
{
    uint32_t b = run->tasks[t].child;
    run->tasks[t].flags |= SIM_IS_CANCELLED;
    while (b != SIM_NONE) {
        uint32_t next = run->tasks[b].next;
        cancel(run, b);
        b = next;
    }
}

uint32_t sim_gather_spawn(struct sim_run *run, uint32_t t, uint32_t pc)
{
    // Its own list of branches is left as it is.
    uint32_t first = run->tasks[t].child;
    run->tasks[t].child = SIM_NONE;
    uint32_t branch = sim_gather_start(run, t, pc);
    sim_gather_unlink(run, branch);
    run->tasks[t].child = first;
    return branch;
}

void sim_gather_shield(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    struct sim_task *task = &run->tasks[t];
    sim_task_enter(run, t, SIM_GATHERING, SIM_IN_DEPENDENCY);
    task->child = SIM_NONE;
    task->slot = 1;
    task->flags |= SIM_NEEDS_ALL;
    task->pc = (uint16_t)op->to;
    sim_coro_gathers(run, t, SIM_SHIELDS);
    sim_gather_start(run, t, (uint32_t)(op - run->ops) + 1);
}

// What is gathered dies with who gathers, where the process does.
void sim_gather_drop(struct sim_run *run, uint32_t t)
{
    uint32_t b = run->tasks[t].child;
    run->tasks[t].child = SIM_NONE;
    while (b != SIM_NONE) {
        uint32_t next = run->tasks[b].next;
        run->tasks[b].parent = SIM_NONE;
        sim_task_kill(run, b);
        b = next;
    }
}
