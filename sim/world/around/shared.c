#include "sim/engine/reserve.h"
#include "sim/world/inner.h"

// Limits whose counts lie in a store, so that all who ask it share them. A key's place is then the
// replica of the store, and what it remembers is gone when that begins anew.
//
// A script decides when the store has worked on it, at one instant. Without one a caller sees what
// the store had, decides when the answer has come back, and writes when its second call has been
// worked on: who looks in between sees what was there before, and the limit is passed by as many as
// look at once.
//
// What a call asks travels with its visit; what it is told is put down with the caller, if that
// still waits.

bool sim_shared_open(struct sim_run *run)
{
    const struct sim_model *m = run->model;
    bool any = false;
    for (uint32_t i = 0; i < m->limiters.count; i++)
        any = any || m->limiters.at[i].ask != SIM_NONE;
    if (any)
        run->limit_asks = sim_reserve((size_t)run->task_limit * sizeof *run->limit_asks);
    return !any || run->limit_asks;
}

void sim_shared_close(struct sim_run *run)
{
    sim_release(run->limit_asks, (size_t)run->task_limit * sizeof *run->limit_asks);
}

void sim_shared_ask(struct sim_run *run, uint32_t t, uint32_t limiter)
{
    run->limit_asks[t] = (struct sim_limit_ask){ .limiter = limiter, .asked = SIM_ASKED };
}

void sim_shared_send(struct sim_run *run, uint32_t t, uint32_t visit, bool asks)
{
    if (asks)
        run->limit_asks[visit] = run->limit_asks[t];
    else
        run->limit_asks[visit].limiter = SIM_NONE;
}

// ---- In the store ----

static void decide(struct sim_run *run, const struct sim_limit *l,
                   struct sim_limit_state *key, struct sim_limit_ask *ask)
{
    struct sim_limit_log *log = &run->limit_keys.log;
    enum sim_limit_answer a = sim_limit_take(l, key, log, run->now, 1, &ask->wait);
    ask->asked = a == SIM_LIMIT_PASSES ? SIM_LETS : SIM_FORBIDS;
    sim_limiter_grown(run, a == SIM_LIMIT_LOG_IS_FULL);
}

static void write(struct sim_run *run, const struct sim_limit *l,
                  struct sim_limit_state *key, struct sim_limit_ask *ask)
{
    struct sim_limit_log *log = &run->limit_keys.log;
    bool fits = sim_limit_write(l, key, log, &ask->seen, run->now, 1);
    sim_limiter_grown(run, !fits);
}

void sim_shared_serve(struct sim_run *run, uint32_t visit, enum sim_store_action action)
{
    struct sim_limit l;
    struct sim_limit_ask *ask = run->limit_asks ? &run->limit_asks[visit] : NULL;
    if (run->keys.of)
        sim_keys_serve(run, visit);
    if (!ask || ask->limiter == SIM_NONE)
        return;
    struct sim_limit_state *key = sim_limiter_key(run, visit, ask->limiter, &l);
    if (!key)
        return;
    uint64_t before = sim_limiter_entries(&l, key);
    if (action == SIM_STORE_WRITE) {
        write(run, &l, key, ask);
    } else if (action == SIM_STORE_SCRIPT) {
        decide(run, &l, key, ask);
    } else {
        sim_limit_look(&l, key, &run->limit_keys.log, run->now, &ask->seen);
        ask->asked = SIM_SEEN;
    }
    sim_limiter_logged(run, visit, &l, key, before);
    uint32_t caller = run->tasks[visit].parent;
    if (caller != SIM_NONE && action != SIM_STORE_WRITE)
        run->limit_asks[caller] = *ask;
}

// ---- At the caller ----

void sim_shared_failed(struct sim_run *run, uint32_t t, bool passes)
{
    run->limit_asks[t].asked = passes ? SIM_FAILS_OPEN : SIM_FAILS_CLOSED;
    if (passes)
        sim_meter_rare(sim_meter_of(run, t), SIM_FAIL_OPEN);
}

// A quota's usage is known here, and it may let calls over the limit. What passes uncounted while
// the store fails is on no bill.
static void keep_account(struct sim_run *run, uint32_t t, struct sim_limit_ask *ask)
{
    const struct sim_limiter_def *def = &run->model->limiters.at[ask->limiter];
    if (!def->is_quota ||
        (ask->asked != SIM_FORBIDS && ask->asked != SIM_LETS && ask->asked != SIM_SEEN))
        return;
    uint32_t limit = sim_limiter_limit(run, t, def).limit;
    bool passes = ask->asked != SIM_FORBIDS;
    if (sim_account_uses(run, t, ask->limiter, limit, passes) && !passes)
        ask->asked = SIM_LETS;
}

static void count_refusal(struct sim_run *run, uint32_t t, enum sim_limit_asked asked)
{
    struct sim_meter *m = sim_meter_of(run, t);
    if (asked == SIM_FORBIDS)
        sim_meter_refused(m, SIM_BY_RATE_LIMIT);
    else if (asked == SIM_FAILS_CLOSED)
        sim_meter_refused(m, SIM_BY_STORE);
}

enum sim_limit_asked sim_shared_answer(struct sim_run *run, uint32_t t)
{
    struct sim_limit_ask *ask = &run->limit_asks[t];
    if (ask->asked == SIM_SEEN) {
        const struct sim_limiter_def *def = &run->model->limiters.at[ask->limiter];
        struct sim_limit l = sim_limiter_limit(run, t, def);
        if (sim_limit_decide(&l, &ask->seen, run->now, 1, &ask->wait) != SIM_LIMIT_PASSES)
            ask->asked = SIM_FORBIDS;
    }
    keep_account(run, t, ask);
    count_refusal(run, t, ask->asked);
    return ask->asked;
}

enum sim_limit_asked sim_shared_told(struct sim_run *run, uint32_t t, sim_time *wait)
{
    const struct sim_limit_ask *ask = &run->limit_asks[t];
    *wait = ask->asked == SIM_SEEN || ask->asked == SIM_LETS ? ask->wait : 0;
    count_refusal(run, t, ask->asked);
    return ask->asked;
}
