#include "sim/world/inner.h"

// Hedged steps. Attempts are branches: the task that hedges waits as for those of a gather, and its
// own timer is when the next one goes out. Who loses is cancelled and let go; the calls of hedged
// steps tell their callees when they are given up, and the word takes as long as the way there.
//
// Of the scope: `next` counts attempts sent, `prev` those under way, `order` the hedges among them,
// that is all but the first, `u` is when that was born, and has_fired says that it is over.

static const struct sim_hedge_def *def_of(const struct sim_run *run,
                                          const struct sim_scope *s)
{
    return &run->model->hedges.at[run->ops[s->op].a];
}

static struct sim_hedge_state read(const struct sim_scope *s)
{
    return (struct sim_hedge_state){ s->next, s->prev, s->has_fired };
}

static void keep(struct sim_scope *s, const struct sim_hedge_state *state)
{
    s->next = state->sent;
    s->prev = state->under_way;
    s->has_fired = state->is_over;
}

bool sim_hedge_waits(const struct sim_run *run, uint32_t t)
{
    const struct sim_task *task = &run->tasks[t];
    return task->state == SIM_GATHERING && task->scope != SIM_NONE &&
           run->ops[run->scopes[task->scope].op].code == SIM_OP_HEDGE;
}

static void count(struct sim_run *run, uint32_t t, enum sim_count what, uint64_t times)
{
    const struct sim_op *op = &run->ops[run->scopes[run->tasks[t].scope].op];
    struct sim_edge *e = sim_call_edge_of(run, run->tasks[t].station, op->b);
    for (; times > 0; times--) {
        sim_meter_rare(sim_meter_of(run, t), what);
        if (e)
            sim_meter_rare(&e->meter, what);
    }
}

// ---- The budget ----

// A hedge is paid for like a retry; what it took is the same for all.
static void tell_budget(struct sim_run *run, const struct sim_scope *s, bool is_hedge,
                        enum sim_outcome outcome)
{
    uint32_t budget = def_of(run, s)->budget;
    if (budget == SIM_NO_BUDGET)
        return;
    const struct sim_budget *rule = &run->model->budgets.at[budget];
    int64_t taken = !is_hedge ? 0 : rule->cost > 0 ? rule->cost : 1;
    sim_budget_ended(rule, sim_retry_budget(run, s->task, budget), outcome, &taken);
}

static bool is_paid(struct sim_run *run, uint32_t t, uint32_t budget)
{
    int64_t taken;
    if (budget == SIM_NO_BUDGET ||
        sim_budget_allows(&run->model->budgets.at[budget], sim_retry_budget(run, t, budget),
                          &run->budget_log, run->now, SIM_OK, &taken))
        return true;
    sim_meter_rare(sim_meter_of(run, t), SIM_UNPAID);
    return false;
}

// ---- Sending ----

static void set_timer(struct sim_run *run, uint32_t t, sim_time due)
{
    uint32_t timer = run->task_timers + t;
    if (due != SIM_NEVER)
        sim_heap_arm(&run->heap, timer, due);
    else
        sim_heap_cancel(&run->heap, timer);
}

// How many of those wanted go out: the first always, others as the budget lets them.
static uint32_t start(struct sim_run *run, uint32_t t, uint32_t wanted)
{
    uint32_t i = run->tasks[t].scope, sent = 0, op = run->scopes[i].op;
    const struct sim_hedge_def *def = def_of(run, &run->scopes[i]);
    for (; sent < wanted && !run->stop; sent++) {
        bool is_hedge = run->scopes[i].next + sent > 0;
        if (is_hedge && !is_paid(run, t, def->budget))
            break;
        uint32_t branch = sim_gather_start(run, t, op + 1);
        if (is_hedge)
            run->scopes[i].order++;
        else
            run->scopes[i].u.kept = run->born[branch];
        count(run, t, SIM_HEDGES, is_hedge);
    }
    return sent;
}

static void told(struct sim_run *run, uint32_t t, uint32_t sent)
{
    struct sim_scope *s = &run->scopes[run->tasks[t].scope];
    struct sim_hedge_state state = read(s);
    sim_time due = sim_hedge_sent(&def_of(run, s)->rule, &state, sent, run->now);
    keep(s, &state);
    set_timer(run, t, due);
}

void sim_hedge_open(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    const struct sim_hedge_def *def = &run->model->hedges.at[op->a];
    struct sim_hedge_state state;
    uint32_t i = sim_scope_open(run, t, run->tasks[t].pc);
    if (def->budget != SIM_NO_BUDGET)
        sim_retry_pay_in(run, t, def->budget);
    uint32_t wanted = sim_hedge_begin(&def->rule, &state);
    keep(&run->scopes[i], &state);
    sim_gather_wait(run, t, op->to);
    told(run, t, start(run, t, wanted));
}

// Tells one wait of a hedge from all others of the run.
static uint64_t key_of(const struct sim_run *run, uint32_t t)
{
    const struct sim_scope *s = &run->scopes[run->tasks[t].scope];
    return s->u.kept * SIM_HEDGE_MOST + s->next;
}

void sim_hedge_goes_on(struct sim_run *run, uint32_t t, uint64_t key)
{
    if (!sim_hedge_waits(run, t) || key_of(run, t) != key ||
        run->tasks[t].flags & SIM_IS_CANCELLED ||
        (sim_loop_of(run, t) && run->coros[t].ends))
        return;
    const struct sim_scope *s = &run->scopes[run->tasks[t].scope];
    struct sim_hedge_state state = read(s);
    uint32_t wanted = sim_hedge_due(&def_of(run, s)->rule, &state);
    if (wanted)
        told(run, t, start(run, t, wanted));
}

// A timer of an event loop is noticed by its next poll.
void sim_hedge_due_now(struct sim_run *run, uint32_t t)
{
    struct sim_loop *l = sim_loop_of(run, t);
    uint64_t key = key_of(run, t);
    if (l)
        sim_loop_timer(
            run, l, (struct sim_callback){ .key = key, .of = t, .kind = SIM_CALLS_HEDGE });
    else
        sim_hedge_goes_on(run, t, key);
}

// ---- Ends ----

// All that are still under way, but one.
static void cancel_others(struct sim_run *run, uint32_t t, uint32_t but)
{
    struct sim_scope *s = &run->scopes[run->tasks[t].scope];
    uint32_t b = run->tasks[t].child;
    while (b != SIM_NONE) {
        uint32_t next = run->tasks[b].next;
        bool is_hedge = run->born[b] != s->u.kept;
        if (b != but) {
            tell_budget(run, s, is_hedge, SIM_CANCELLED);
            count(run, t, SIM_HEDGES_WASTED, is_hedge);
            s->order -= is_hedge;
            sim_gather_unlink(run, b);
            sim_gather_stop(run, b);
        }
        b = next;
    }
}

void sim_hedge_ended(struct sim_run *run, uint32_t t, uint64_t born,
                     enum sim_outcome outcome, uint32_t status)
{
    struct sim_scope *s = &run->scopes[run->tasks[t].scope];
    const struct sim_hedge_def *def = def_of(run, s);
    struct sim_hedge_state state = read(s);
    bool is_hedge = born != s->u.kept, is_fatal = !(def->on & 1u << outcome);
    uint32_t wanted = 0;
    s->order -= is_hedge;
    tell_budget(run, s, is_hedge, outcome);
    if (outcome == SIM_OK)
        sim_hedge_won(&state);
    else
        wanted = sim_hedge_failed(&def->rule, &state, is_fatal);
    keep(s, &state);
    uint32_t sent = wanted ? start(run, t, wanted) : 0;
    if (sent)
        told(run, t, sent);
    state = read(s);
    if (!sim_hedge_is_lost(&state))
        return;
    count(run, t, SIM_HEDGES_WON, outcome == SIM_OK && is_hedge);
    set_timer(run, t, SIM_NEVER);
    cancel_others(run, t, SIM_NONE);
    sim_gather_finish(run, t, outcome, outcome == SIM_OK ? 200 : status);
}

void sim_hedge_begun(struct sim_run *run, uint32_t visit)
{
    uint32_t branch = run->tasks[visit].parent;
    if (branch == SIM_NONE || !(run->tasks[branch].flags & SIM_IS_BRANCH))
        return;
    uint32_t t = run->tasks[branch].parent;
    if (t == SIM_NONE || !sim_hedge_waits(run, t))
        return;
    struct sim_scope *s = &run->scopes[run->tasks[t].scope];
    struct sim_hedge_state state = read(s);
    if (sim_hedge_started(&def_of(run, s)->rule, &state) == 0)
        return;
    keep(s, &state);
    cancel_others(run, t, branch);
}

void sim_hedge_close(struct sim_run *run, uint32_t scope)
{
    struct sim_scope *s = &run->scopes[scope];
    uint32_t budget = def_of(run, s)->budget;
    sim_heap_cancel(&run->heap, run->task_timers + s->task);
    if (budget == SIM_NO_BUDGET)
        return;
    for (; s->order > 0; s->order--)
        tell_budget(run, s, true, SIM_CANCELLED);
    sim_budget_closed(&run->model->budgets.at[budget],
                      sim_retry_budget(run, s->task, budget), 0);
}

bool sim_hedge_is_again(const struct sim_run *run, uint32_t t)
{
    uint32_t around = run->tasks[t].parent;
    return run->tasks[t].flags & SIM_IS_BRANCH && around != SIM_NONE &&
           sim_hedge_waits(run, around) &&
           run->born[t] != run->scopes[run->tasks[around].scope].u.kept;
}
