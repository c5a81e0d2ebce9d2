#include "sim/engine/reserve.h"
#include "sim/world/inner.h"

// A retry scope, and the budget that its retries are paid from. Each replica, worker process and
// client has budgets of its own, opened at their first use; what windows remember lies in one
// pool.
//
// Of a retry scope `next` counts attempts, `prev` those before the server last pushed back, `u`
// what the jitter remembers, `order` what the retry under way has taken, and has_fired says that the
// last attempt's end has been told to the budget.

#define LOG_CAP (1u << 26)

// What a retry takes is below a million tokens, of millionths.
#define TAKEN_MASK (((uint64_t)1 << 40) - 1)

bool sim_retry_open_budgets(struct sim_run *run, size_t stations)
{
    struct sim_budget_log *log = &run->budget_log;
    if (run->model->budgets.count == 0)
        return true;
    size_t n = stations * run->model->budgets.count;
    run->budgets = sim_reserve(n * sizeof *run->budgets);
    log->nodes = sim_reserve((LOG_CAP + 1ul) * sizeof *log->nodes);
    log->cap = LOG_CAP;
    return run->budgets && log->nodes;
}

void sim_retry_close_budgets(struct sim_run *run)
{
    size_t n =
        ((size_t)run->station_count + run->process_count) * run->model->budgets.count;
    sim_release(run->budgets, n * sizeof *run->budgets);
    sim_release(run->budget_log.nodes, (LOG_CAP + 1ul) * sizeof *run->budget_log.nodes);
}

static const struct sim_retry *policy_of(const struct sim_run *run,
                                         const struct sim_scope *s)
{
    return &run->model->policies.at[run->ops[s->op].a].retry;
}

static const struct sim_budget *rule_of(const struct sim_run *run,
                                        const struct sim_scope *s)
{
    return &run->model->budgets.at[policy_of(run, s)->budget];
}

struct sim_budget_state *sim_retry_budget(struct sim_run *run, uint32_t t, uint32_t budget)
{
    size_t i = (size_t)run->tasks[t].station * run->model->budgets.count + budget;
    struct sim_budget_keep *keep = &run->budgets[i];
    uint32_t life = sim_life_of(run, t);
    if (keep->life == 0)
        sim_run_take(run, sizeof *keep);
    if (keep->life != life)
        sim_budget_begin(&run->model->budgets.at[budget], &keep->state);
    keep->life = life;
    return &keep->state;
}

static struct sim_budget_state *budget_of(struct sim_run *run, const struct sim_scope *s)
{
    return sim_retry_budget(run, s->task, policy_of(run, s)->budget);
}

void sim_retry_pay_in(struct sim_run *run, uint32_t t, uint32_t budget)
{
    struct sim_budget_log *log = &run->budget_log;
    uint32_t used = log->used;
    if (!sim_budget_call(&run->model->budgets.at[budget], sim_retry_budget(run, t, budget),
                         log, run->now))
        sim_run_stop(run, "more calls in the windows of budgets than a run can hold");
    if (log->used > used)
        sim_run_take(run, sizeof *log->nodes);
}

static bool has_budget(const struct sim_run *run, const struct sim_scope *s)
{
    return policy_of(run, s)->budget != SIM_NO_BUDGET;
}

void sim_retry_open(struct sim_run *run, uint32_t t)
{
    struct sim_scope *s = &run->scopes[sim_scope_open(run, t, run->tasks[t].pc)];
    s->next = 1;
    s->prev = 0;
    run->tasks[t].pc++;
    if (has_budget(run, s))
        sim_retry_pay_in(run, t, policy_of(run, s)->budget);
}

// Its attempt has ended so.
static void tell_budget(struct sim_run *run, struct sim_scope *s, enum sim_outcome outcome)
{
    int64_t taken = (int64_t)s->order;
    bool counts = outcome == SIM_OK || policy_of(run, s)->on & 1u << outcome;
    sim_budget_ended(rule_of(run, s), budget_of(run, s), counts ? outcome : SIM_CANCELLED,
                     &taken);
    s->order = 0;
}

static bool is_paid(struct sim_run *run, uint32_t t, struct sim_scope *s,
                    enum sim_outcome outcome)
{
    int64_t taken = 0;
    if (!sim_budget_allows(rule_of(run, s), budget_of(run, s), &run->budget_log, run->now,
                           outcome, &taken)) {
        sim_meter_rare(sim_meter_of(run, t), SIM_UNPAID);
        return false;
    }
    s->order = (uint64_t)taken & TAKEN_MASK;
    return true;
}

// ---- Servers that push back ----

// 0: nothing was said, below 0: not to come back, else after how long, plus 1.
void sim_retry_push_back(struct sim_run *run, uint32_t t, sim_time after)
{
    run->pushed[t] = after < 0 ? -1 : after + 1;
}

void sim_retry_forget(struct sim_run *run, uint32_t t)
{
    if (run->uses_push_back)
        run->pushed[t] = 0;
}

void sim_retry_hand_on(struct sim_run *run, uint32_t from, uint32_t to)
{
    if (run->uses_push_back)
        run->pushed[to] = run->pushed[from];
}

// Only answers say so: who stopped waiting has none.
static bool goes_on(struct sim_run *run, uint32_t t, const struct sim_retry *r,
                    struct sim_retry_state *state, enum sim_outcome outcome, sim_time *wait)
{
    struct sim_random *rng = &run->retry_rng[sim_caller_of(run, sim_station_of(run, t))];
    sim_time said = run->uses_push_back ? run->pushed[t] : 0;
    bool is_answer = outcome == SIM_ERROR || outcome == SIM_REJECTED;
    if (!r->heeds || said == 0 || !is_answer)
        return sim_retry_next(r, state, outcome, rng, wait);
    return sim_retry_pushed_back(r, state, outcome, said > 0 ? said - 1 : -1, wait);
}

// Going on at once is going on well: what the answer left behind is not raised again.
static void go_again(struct sim_run *run, uint32_t t, const struct sim_scope *s,
                     sim_time wait)
{
    run->tasks[t].pc = (uint16_t)(s->op + 1);
    if (run->tracing_steps)
        sim_note(run, SIM_TRACE_STEP, t, s->op, 1, run->now, run->now);
    if (run->tasks[t].flags & SIM_HAS_GIL)
        sim_gil_leave(run, t);
    run->tasks[t].outcome = SIM_OK;
    if (wait == 0)
        sim_task_ready(run, t);
    else
        sim_task_sleep(run, t, SIM_SLEEPING, SIM_IN_BACKOFF, wait);
}

bool sim_retry_back_off(struct sim_run *run, uint32_t t, enum sim_outcome outcome)
{
    struct sim_scope *s = &run->scopes[run->tasks[t].scope];
    struct sim_retry_state state = { .attempts = s->next, .before = s->prev };
    sim_time wait;
    bool pays = has_budget(run, s);
    state.last = s->u.last;
    if (pays)
        tell_budget(run, s, outcome);
    s->has_fired = 1;
    if (!goes_on(run, t, policy_of(run, s), &state, outcome, &wait) ||
        (pays && !is_paid(run, t, s, outcome)))
        return false;
    sim_retry_forget(run, t);
    s->has_fired = 0;
    s->next = state.attempts;
    s->prev = state.before;
    s->u.last = state.last;
    go_again(run, t, s, wait);
    return true;
}

void sim_retry_close(struct sim_run *run, uint32_t scope)
{
    struct sim_scope *s = &run->scopes[scope];
    if (!has_budget(run, s))
        return;
    if (!s->has_fired)
        tell_budget(run, s, SIM_OK);
    sim_budget_closed(rule_of(run, s), budget_of(run, s), (int64_t)s->order);
}
