#include "sim/world/step.h"

// The operations of policies around steps: each asks its policy, and lets the task go on, waits
// with it, or raises what it is told.

static enum verdict refuse(struct sim_run *run, uint32_t t, uint32_t status)
{
    return sim_step_raise(run, t, SIM_REJECTED, status) ? GOES_ON : WAITS;
}

static enum verdict open_semaphore(struct sim_run *run, uint32_t t)
{
    uint32_t i = sim_scope_open(run, t, run->tasks[t].pc);
    run->tasks[t].pc++;
    return sim_lock_enter(run, i) ? GOES_ON : WAITS;
}

static enum verdict held_back(struct sim_run *run, uint32_t t, sim_time wait)
{
    sim_time far = (sim_time)3000000000000000000; // a century, as with any duration
    if (wait == 0)
        return GOES_ON;
    sim_task_sleep(run, t, SIM_SLEEPING, SIM_IN_LIMIT, wait < far ? wait : far);
    return WAITS;
}

static void say_when(struct sim_run *run, uint32_t t, uint32_t limiter)
{
    const struct sim_limiter_def *def = &run->model->limiters.at[limiter];
    if (def->pushes_back)
        sim_retry_push_back(run, t, def->retry_after);
    else
        sim_retry_forget(run, t);
}

// Once decided it is not asked again, so who has to wait has let go of the GIL before.
static enum verdict rate_limit(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    sim_time wait = 0;
    bool holds = run->model->limiters.at[op->a].kind == SIM_LIMIT_LEAKY_QUEUE;
    if (holds && !without_gil(run, t))
        return WAITS;
    if (!sim_limiter_passes(run, t, op->a, &wait)) {
        say_when(run, t, op->a);
        return refuse(run, t, op->b << 8 | SIM_BY_RATE_LIMIT);
    }
    run->tasks[t].pc++;
    return held_back(run, t, wait);
}

static enum verdict refuse_limited(struct sim_run *run, uint32_t t,
                                   enum sim_limit_asked asked, uint32_t status)
{
    uint32_t says =
        asked == SIM_FORBIDS ? status << 8 | SIM_BY_RATE_LIMIT : 503u << 8 | SIM_BY_STORE;
    return refuse(run, t, says);
}

static enum verdict limit_answer(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    enum sim_limit_asked asked = sim_shared_answer(run, t);
    if (asked == SIM_FORBIDS || asked == SIM_FAILS_CLOSED)
        return refuse_limited(run, t, asked, op->b);
    run->tasks[t].pc = (uint16_t)(asked == SIM_SEEN ? run->tasks[t].pc + 1u : op->to);
    return GOES_ON;
}

// What a queue holds back has let go of the GIL with its call of the store.
static enum verdict limit_told(struct sim_run *run, uint32_t t)
{
    sim_time wait;
    enum sim_limit_asked asked = sim_shared_told(run, t, &wait);
    if (asked == SIM_FAILS_CLOSED)
        return refuse_limited(run, t, asked, 0);
    run->tasks[t].pc++;
    return held_back(run, t, wait);
}

static enum verdict breaker(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    if (sim_breaker_enter(run, t, op))
        return GOES_ON;
    return refuse(run, t, op->b << 8 | SIM_BY_BREAKER);
}

// Who waits, or opens a connection, has let go of the GIL before.
static enum verdict bulkhead(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    uint32_t refused;
    enum sim_bulkhead_answer would = sim_bulkhead_would(run, t, op->a);
    if ((would == SIM_BULKHEAD_WAITS || would == SIM_BULKHEAD_OPENS) &&
        !without_gil(run, t))
        return WAITS;
    if (sim_bulkhead_go_in(run, t, op, &refused))
        return GOES_ON;
    if (refused == 0)
        return WAITS;
    return refuse(run, t, refused);
}

// Who has to wait for another's load lets go of the GIL first, and then asks.
static enum verdict look_up(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    bool has_gil = run->tasks[t].flags & SIM_HAS_GIL;
    if (has_gil && sim_cache_waits(run, t, op) && !without_gil(run, t))
        return WAITS;
    switch (sim_cache_look_up(run, t, op)) {
    case SIM_CACHE_JOINS:
        return WAITS;
    case SIM_CACHE_HITS:
        sim_scope_close(run, t);
        run->tasks[t].pc = (uint16_t)op->to;
        return GOES_ON;
    default:
        run->tasks[t].pc++;
        return GOES_ON;
    }
}

static enum verdict concurrency_limit(struct sim_run *run, uint32_t t,
                                      const struct sim_op *op)
{
    if (sim_concurrency_enter(run, t, op))
        return GOES_ON;
    return refuse(run, t, op->b << 8 | SIM_BY_CONCURRENCY_LIMIT);
}

static enum verdict throttle(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    if (sim_throttle_enter(run, t, op))
        return GOES_ON;
    return refuse(run, t, op->b << 8 | SIM_BY_THROTTLE);
}

static enum verdict shed(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    if (sim_shed_enter(run, t, op))
        return GOES_ON;
    return refuse(run, t, op->b << 8 | SIM_BY_SHED);
}

// ---- Idempotency keys ----

static enum verdict key_goes(struct sim_run *run, uint32_t t, enum sim_key_next next,
                             const struct sim_key_reply *reply)
{
    if (next != SIM_KEY_LEAVES)
        return next == SIM_KEY_GOES_ON ? GOES_ON : WAITS;
    sim_retry_forget(run, t);
    return sim_step_raise(run, t, reply->outcome, reply->status) ? GOES_ON : WAITS;
}

// Who may have to wait for another with its key has let go of the GIL before.
static enum verdict key_said(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    struct sim_key_reply reply;
    if (run->model->idempotencies.at[op->a].wait > 0 && !without_gil(run, t))
        return WAITS;
    enum sim_key_next next = sim_keys_said(run, t, &reply);
    return key_goes(run, t, next, &reply);
}

static enum verdict key(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    struct sim_key_reply reply;
    enum sim_key_next next = SIM_KEY_GOES_ON;
    switch ((enum sim_opcode)op->code) {
    case SIM_OP_KEY:
        next = sim_keys_enter(run, t, &reply);
        break;
    case SIM_OP_KEY_ASK:
        sim_keys_ask(run, t);
        break;
    case SIM_OP_KEY_SAID:
        return key_said(run, t, op);
    case SIM_OP_KEY_ENDS:
        sim_keys_ends(run, t);
        break;
    case SIM_OP_KEY_TOLD:
        next = sim_keys_told(run, t, &reply);
        break;
    default:
        sim_keys_lost(run, t, op->a);
        break;
    }
    return key_goes(run, t, next, &reply);
}

enum verdict sim_step_around(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    struct sim_task *task = &run->tasks[t];
    switch ((enum sim_opcode)op->code) {
    case SIM_OP_RETRY:
        sim_retry_open(run, t);
        return GOES_ON;
    case SIM_OP_SEMAPHORE:
        return sim_lock_is_free(run, t, op) || without_gil(run, t) ? open_semaphore(run, t)
                                                                   : WAITS;
    case SIM_OP_BREAKER:
        return breaker(run, t, op);
    case SIM_OP_BULKHEAD:
        return bulkhead(run, t, op);
    case SIM_OP_CONCURRENCY_LIMIT:
        return concurrency_limit(run, t, op);
    case SIM_OP_THROTTLE:
        return throttle(run, t, op);
    case SIM_OP_SHED:
        return shed(run, t, op);
    case SIM_OP_RATE_LIMIT:
        return rate_limit(run, t, op);
    case SIM_OP_LIMIT_ASK:
        sim_shared_ask(run, t, op->a);
        task->pc++;
        return GOES_ON;
    case SIM_OP_LIMIT_SAID:
        return limit_answer(run, t, op);
    case SIM_OP_LIMIT_TOLD:
        return limit_told(run, t);
    case SIM_OP_LIMIT_LOST:
        sim_shared_failed(run, t, op->a);
        task->pc++;
        return GOES_ON;
    case SIM_OP_STORE:
        sim_shared_serve(run, t, (enum sim_store_action)op->a);
        task->pc++;
        return GOES_ON;
    case SIM_OP_HEDGE:
        if (without_gil(run, t))
            sim_hedge_open(run, t, op);
        return WAITS;
    case SIM_OP_FALL_BACK:
        sim_meter_rare(sim_meter_of(run, t), SIM_FALLBACKS);
        task->pc++;
        return GOES_ON;
    case SIM_OP_CACHED:
        sim_cache_enter(run, t, op);
        return GOES_ON;
    case SIM_OP_LOOKUP:
        return look_up(run, t, op);
    case SIM_OP_TRANSACTION:
        sim_outbox_begin(run, t);
        return GOES_ON;
    case SIM_OP_COMMIT:
        sim_outbox_commit(run, task->scope);
        task->pc++;
        return GOES_ON;
    case SIM_OP_PUBLISH:
        sim_outbox_publish(run, t, op);
        return GOES_ON;
    case SIM_OP_KEY:
    case SIM_OP_KEY_ASK:
    case SIM_OP_KEY_SAID:
    case SIM_OP_KEY_ENDS:
    case SIM_OP_KEY_TOLD:
    case SIM_OP_KEY_LOST:
        return key(run, t, op);
    default:
        return WAITS;
    }
}
