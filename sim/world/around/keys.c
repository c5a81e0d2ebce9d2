#include "sim/engine/reserve.h"
#include "sim/world/inner.h"

// Idempotency keys. A call sends a key along; whoever is called looks it up before the work, in its
// own memory or in a store, and writes down there what became of it. What is kept of a key lies in
// one pool, found by a hash of the policy, the key and where it is kept, of which 128 bits stand for
// it; the table is only looked up, never gone through, so it decides no order.
//
// The scope of a key is open while the work is done. Of it `next` is the key's place, `prev` says
// who its owner is, and u.kept whether there is a key at all. What the store is asked travels with
// the visit there; what it says is put down with the task, if that still waits.

#define KEYS_CAP  (1u << 23)
#define SLOTS_CAP (1u << 24)
#define SLOTS     64u // at first

// What a process keeps in its memory for a key.
#define KEY_BYTES 128

enum {
    WITHOUT, // no key, or a store that failed: the work is done as it is
    OWNED    // the key is this task's
};

bool sim_keys_open(struct sim_run *run)
{
    struct sim_keys *k = &run->keys;
    if (run->model->idempotencies.count == 0)
        return true;
    k->at = sim_reserve(KEYS_CAP * sizeof *k->at);
    k->slots = sim_reserve(SLOTS_CAP * sizeof *k->slots);
    k->of = sim_reserve((size_t)run->task_limit * sizeof *k->of);
    k->asks = sim_reserve((size_t)run->task_limit * sizeof *k->asks);
    k->mask = SLOTS - 1;
    return k->at && k->slots && k->of && k->asks;
}

void sim_keys_close(struct sim_run *run)
{
    struct sim_keys *k = &run->keys;
    sim_release(k->at, KEYS_CAP * sizeof *k->at);
    sim_release(k->slots, SLOTS_CAP * sizeof *k->slots);
    sim_release(k->of, (size_t)run->task_limit * sizeof *k->of);
    sim_release(k->asks, (size_t)run->task_limit * sizeof *k->asks);
}

// ---- The key that comes along ----

// Branches, and what runs in a pool, are of the visit that they belong to.
static uint32_t handler_of(const struct sim_run *run, uint32_t t)
{
    while (run->tasks[t].flags & SIM_IS_BRANCH && run->tasks[t].parent != SIM_NONE)
        t = run->tasks[t].parent;
    return t;
}

// The call's place tells two payments of one handler apart.
static struct sim_who key_of_call(struct sim_run *run, uint32_t t,
                                  const struct sim_call_def *call, uint32_t visit)
{
    const struct sim_task *task = &run->tasks[t];
    uint32_t handler = handler_of(run, t);
    struct sim_who w = { 7, 8 };
    sim_who_mix(&w, call->key);
    if (call->key == SIM_KEY_OF_FIELDS) {
        for (uint32_t i = 0; i < call->key_per_count; i++)
            sim_who_mix(&w, sim_who_bits(sim_run_field(run, t, call->key_per[i])));
        return w;
    }
    sim_who_mix(&w, (uint64_t)task->pc << 32 | task->request);
    if (call->key == SIM_KEY_OF_HANDLER)
        sim_who_mix(&w, (uint64_t)run->tasks[handler].start);
    if (call->key != SIM_KEY_OF_REQUEST)
        sim_who_mix(&w, call->key == SIM_KEY_OF_HANDLER ? handler : visit);
    if (call->key == SIM_KEY_OF_ATTEMPT)
        sim_who_mix(&w, (uint64_t)run->now);
    return w;
}

void sim_keys_send(struct sim_run *run, uint32_t t, uint32_t visit,
                   const struct sim_call_def *call)
{
    struct sim_keys *k = &run->keys;
    bool has_key = t != SIM_NONE && call->key != SIM_NO_KEY;
    k->of[visit] = has_key ? key_of_call(run, t, call, visit) : (struct sim_who){ 0, 0 };
    if (t != SIM_NONE && call->asks_key)
        k->asks[visit] = k->asks[t];
    else
        k->asks[visit].idempotency = SIM_NONE;
}

void sim_keys_send_again(struct sim_run *run, uint32_t visit, uint32_t again)
{
    run->keys.of[again] = run->keys.of[visit];
    run->keys.asks[again].idempotency = SIM_NONE;
}

static struct sim_who key_along(const struct sim_run *run, uint32_t t)
{
    t = handler_of(run, t);
    bool is_visit = !run->stations[run->tasks[t].station].is_client &&
                    !(run->tasks[t].flags & SIM_IS_BRANCH);
    return is_visit ? run->keys.of[t] : (struct sim_who){ 0, 0 };
}

// ---- The table ----

static uint32_t *slot_of(struct sim_keys *k, struct sim_who w)
{
    uint32_t i = (uint32_t)w.a & k->mask;
    while (k->slots[i] != 0 &&
           (k->at[k->slots[i] - 1].who.a != w.a || k->at[k->slots[i] - 1].who.b != w.b))
        i = (i + 1) & k->mask;
    return &k->slots[i];
}

// Twice the table, in place: keys know where they belong.
static void widen(struct sim_keys *k)
{
    for (uint32_t i = 0; i <= k->mask; i++)
        k->slots[i] = 0;
    k->mask = 2 * k->mask + 1;
    for (uint32_t i = 0; i < k->count; i++)
        *slot_of(k, k->at[i].who) = i + 1;
}

// Its place; at the cap the run stops, and the last key stands for it.
static uint32_t place_of(struct sim_run *run, struct sim_who w, bool *is_new)
{
    struct sim_keys *k = &run->keys;
    uint32_t slot = *slot_of(k, w);
    *is_new = slot == 0;
    if (slot != 0)
        return slot - 1;
    if (k->count == KEYS_CAP) {
        sim_run_stop(run, "more idempotency keys than a run can hold");
        return KEYS_CAP - 1;
    }
    if (2 * (k->count + 1) > k->mask + 1 && k->mask + 1 < SLOTS_CAP)
        widen(k);
    sim_run_take(run, sizeof *k->at + 4 * sizeof *k->slots);
    k->at[k->count] = (struct sim_kept_key){ .who = w };
    *slot_of(k, w) = k->count + 1;
    return k->count++;
}

// Without a store the keys are those of this life of the replica.
static uint32_t find(struct sim_run *run, uint32_t t, uint32_t number, struct sim_who key)
{
    const struct sim_station *s = sim_station_of(run, t);
    bool is_here = run->model->idempotencies.at[number].take == SIM_NONE, is_new;
    sim_who_mix(&key, number);
    if (is_here)
        sim_who_mix(&key, (uint64_t)s->home << 32 |
                              (s->is_client ? 0 : run->stations[s->home].process->lives));
    uint32_t place = place_of(run, key, &is_new);
    if (is_new && is_here && !s->is_client)
        sim_memory_change(run, s->home, KEY_BYTES);
    return place;
}

// ---- Scopes ----

static struct sim_scope *scope_of(struct sim_run *run, uint32_t t)
{
    return &run->scopes[sim_keys_scope(run, t)];
}

uint32_t sim_keys_scope(const struct sim_run *run, uint32_t t)
{
    for (;;) {
        for (uint32_t i = run->tasks[t].scope; i != SIM_NONE; i = run->scopes[i].outer)
            if (run->ops[run->scopes[i].op].code == SIM_OP_KEY)
                return i;
        if (!(run->tasks[t].flags & SIM_IS_BRANCH) || run->tasks[t].parent == SIM_NONE)
            return SIM_NONE;
        t = run->tasks[t].parent;
    }
}

static uint32_t number_of(const struct sim_run *run, const struct sim_scope *s)
{
    return run->ops[s->op].a;
}

static const struct sim_idempotency_def *def_of(const struct sim_run *run,
                                                const struct sim_scope *s)
{
    return &run->model->idempotencies.at[number_of(run, s)];
}

// Who is no longer the owner works for nothing: its effects go where nobody will have them.
uint32_t *sim_keys_pending(struct sim_run *run, uint32_t scope)
{
    const struct sim_scope *s = &run->scopes[scope];
    if (s->u.kept != OWNED || def_of(run, s)->rule.record != SIM_RECORD_WITH)
        return NULL;
    if (run->keys.at[s->next].key.owner == s->prev)
        return &run->keys.at[s->next].pending;
    sim_effect_settle(run, run->keys.vain, false);
    run->keys.vain = 0;
    return &run->keys.vain;
}

static uint64_t fingerprint_of(struct sim_run *run, uint32_t t,
                               const struct sim_idempotency_def *def)
{
    if (!def->rule.checks_fingerprint)
        return 0;
    return sim_who_bits(sim_value_now(run, def->fingerprint, t, NULL));
}

// ---- Looking it up ----

enum sim_key_next sim_keys_enter(struct sim_run *run, uint32_t t,
                                 struct sim_key_reply *reply)
{
    uint32_t pc = run->tasks[t].pc;
    const struct sim_op *op = &run->ops[pc];
    struct sim_who key = key_along(run, t);
    bool has_key = key.a != 0 || key.b != 0;
    if (!has_key && run->model->idempotencies.at[op->a].is_required) {
        *reply = (struct sim_key_reply){ SIM_ERROR, 400 };
        return SIM_KEY_LEAVES;
    }
    struct sim_scope *s = &run->scopes[sim_scope_open(run, t, pc)];
    s->u.kept = WITHOUT;
    if (has_key)
        s->next = find(run, t, op->a, key);
    run->tasks[t].pc = (uint16_t)(has_key ? pc + 1 : op->to);
    return SIM_KEY_GOES_ON;
}

void sim_keys_ask(struct sim_run *run, uint32_t t)
{
    const struct sim_scope *s = scope_of(run, t);
    run->keys.asks[t] = (struct sim_key_ask){
        .idempotency = number_of(run, s),
        .key = s->next,
        .fingerprint = fingerprint_of(run, t, def_of(run, s)),
    };
    run->tasks[t].pc++;
}

// A new owner begins with nothing of what the former one left.
static void take(struct sim_run *run, struct sim_key_ask *ask)
{
    struct sim_kept_key *k = &run->keys.at[ask->key];
    const struct sim_idempotency *rule =
        &run->model->idempotencies.at[ask->idempotency].rule;
    enum sim_key_answer answer =
        sim_key_take(rule, &k->key, run->now, ask->fingerprint, &ask->owner);
    if (answer == SIM_KEY_GO) {
        sim_effect_settle(run, k->pending, false);
        k->pending = 0;
    }
    ask->answer = (uint8_t)answer;
    ask->said = SIM_KEY_SAID;
    ask->outcome = k->key.outcome;
    ask->status = k->key.status;
}

static void record(struct sim_run *run, struct sim_key_ask *ask)
{
    struct sim_kept_key *k = &run->keys.at[ask->key];
    const struct sim_idempotency *rule =
        &run->model->idempotencies.at[ask->idempotency].rule;
    enum sim_outcome outcome = (enum sim_outcome)ask->outcome;
    bool heard = sim_key_finish(rule, &k->key, run->now, ask->owner, ask->fingerprint,
                                outcome, ask->status);
    if (heard) {
        uint32_t pending = k->pending;
        k->pending = 0;
        sim_effect_settle(run, pending, outcome == SIM_OK);
    }
    ask->said = SIM_KEY_SAID;
    ask->answer = heard;
}

void sim_keys_serve(struct sim_run *run, uint32_t visit)
{
    struct sim_key_ask *ask = &run->keys.asks[visit];
    uint32_t caller = run->tasks[visit].parent;
    if (ask->idempotency == SIM_NONE)
        return;
    if (ask->owner == 0)
        take(run, ask);
    else
        record(run, ask);
    run->keys.at[ask->key].store = run->tasks[visit].station + 1u;
    run->keys.at[ask->key].written = run->now;
    if (caller != SIM_NONE)
        run->keys.asks[caller] = *ask;
}

// An effect that was in one with a record stays done.
void sim_keys_lose(struct sim_run *run, uint32_t station, sim_time since)
{
    for (uint32_t i = 0; i < run->keys.count; i++) {
        struct sim_kept_key *k = &run->keys.at[i];
        if (k->store != station + 1 || k->written < since)
            continue;
        uint32_t pending = k->pending, owner = k->key.owner;
        k->pending = 0;
        k->key = (struct sim_key){ .owner = owner + 1 };
        sim_effect_settle(run, pending, false);
    }
}

void sim_keys_lost(struct sim_run *run, uint32_t t, bool passes)
{
    run->keys.asks[t].said = passes ? SIM_KEY_FAILS_OPEN : SIM_KEY_FAILS_CLOSED;
    run->tasks[t].pc++;
}

// ---- What it says ----

static enum sim_key_next leave(struct sim_key_reply *reply, enum sim_outcome outcome,
                               uint32_t status)
{
    *reply = (struct sim_key_reply){ outcome, status };
    return SIM_KEY_LEAVES;
}

// What was written down before it was done may never be.
static void promise(struct sim_run *run, uint32_t t, const struct sim_scope *s,
                    uint32_t end)
{
    for (uint32_t i = s->op; i < end; i++)
        if (run->ops[i].code == SIM_OP_EFFECT && !(run->ops[i].flags & SIM_MAY_NOT_COME))
            sim_effect_promised(run, t, run->ops[i].a);
}

// An answer that was a reply ends the handler as it did; else the steps go on behind the work.
static enum sim_key_next replay(struct sim_run *run, uint32_t t,
                                struct sim_key_reply *reply)
{
    const struct sim_key_ask *ask = &run->keys.asks[t];
    const struct sim_scope *s = scope_of(run, t);
    uint32_t end = run->ops[run->tasks[t].pc].to;
    sim_meter_rare(sim_meter_of(run, t), SIM_REPLAYED);
    if (ask->outcome != SIM_OK)
        return leave(reply, (enum sim_outcome)ask->outcome, ask->status);
    if (def_of(run, s)->rule.record == SIM_RECORD_BEFORE)
        promise(run, t, s, end);
    run->tasks[t].pc = (uint16_t)end;
    bool replied = ask->status != 0 && def_of(run, s)->rule.record != SIM_RECORD_BEFORE;
    return replied ? leave(reply, SIM_OK, ask->status) : SIM_KEY_GOES_ON;
}

static enum sim_key_next in_progress(struct sim_run *run, uint32_t t,
                                     struct sim_key_reply *reply)
{
    const struct sim_scope *s = scope_of(run, t);
    const struct sim_idempotency_def *def = def_of(run, s);
    if (def->wait == 0) {
        sim_meter_rare(sim_meter_of(run, t), SIM_CONFLICTS);
        return leave(reply, SIM_ERROR, 409);
    }
    run->tasks[t].pc = (uint16_t)(s->op + 1);
    sim_task_sleep(run, t, SIM_SLEEPING, SIM_IN_LOCK, def->wait);
    return SIM_KEY_WAITS;
}

static enum sim_key_next fails(struct sim_run *run, uint32_t t, struct sim_key_reply *reply)
{
    sim_meter_rare(sim_meter_of(run, t), SIM_REFUSED + SIM_BY_STORE);
    return leave(reply, SIM_REJECTED, 503u << 8 | SIM_BY_STORE);
}

static enum sim_key_next go(struct sim_run *run, uint32_t t)
{
    struct sim_scope *s = scope_of(run, t);
    const struct sim_key_ask *ask = &run->keys.asks[t];
    if (ask->said == SIM_KEY_SAID) {
        s->u.kept = OWNED;
        s->prev = ask->owner;
    } else {
        sim_meter_rare(sim_meter_of(run, t), SIM_FAIL_OPEN);
    }
    run->tasks[t].pc++;
    return SIM_KEY_GOES_ON;
}

enum sim_key_next sim_keys_said(struct sim_run *run, uint32_t t,
                                struct sim_key_reply *reply)
{
    struct sim_key_ask *ask = &run->keys.asks[t];
    if (def_of(run, scope_of(run, t))->take == SIM_NONE) {
        sim_keys_ask(run, t);
        run->tasks[t].pc--;
        take(run, ask);
    }
    if (ask->said == SIM_KEY_FAILS_OPEN)
        return go(run, t);
    if (ask->said != SIM_KEY_SAID)
        return fails(run, t, reply);
    switch ((enum sim_key_answer)ask->answer) {
    case SIM_KEY_GO:
        return go(run, t);
    case SIM_KEY_REPLAY:
        return replay(run, t, reply);
    case SIM_KEY_BUSY:
        return in_progress(run, t, reply);
    default:
        sim_meter_rare(sim_meter_of(run, t), SIM_MISMATCHED);
        return leave(reply, SIM_ERROR, 422);
    }
}

// ---- What becomes of the work ----

// Kept by the `finally` that it is in, or it has ended well.
static struct sim_key_reply how_it_ended(const struct sim_run *run, uint32_t t)
{
    const struct sim_scope *s = &run->scopes[run->tasks[t].scope];
    if (run->ops[s->op].code != SIM_OP_FINALLY)
        return (struct sim_key_reply){ SIM_OK, 0 };
    return (struct sim_key_reply){ (enum sim_outcome)(s->u.kept & 0xff),
                                   (uint32_t)(s->u.kept >> 8) };
}

// Where nothing is written down the task goes on behind that.
void sim_keys_ends(struct sim_run *run, uint32_t t)
{
    const struct sim_scope *s = scope_of(run, t);
    const struct sim_op *op = &run->ops[run->tasks[t].pc];
    struct sim_key_reply end = how_it_ended(run, t);
    if (s->u.kept != OWNED) {
        run->tasks[t].pc = (uint16_t)op->to;
        return;
    }
    sim_keys_ask(run, t);
    struct sim_key_ask *ask = &run->keys.asks[t];
    ask->owner = s->prev;
    ask->outcome = (uint8_t)end.outcome;
    ask->status = end.status;
    if (def_of(run, s)->tell == SIM_NONE)
        record(run, ask);
}

// Work that ended well but is not on record where it should be in one with it, or is somebody else's
// by now, has not.
enum sim_key_next sim_keys_told(struct sim_run *run, uint32_t t,
                                struct sim_key_reply *reply)
{
    const struct sim_key_ask *ask = &run->keys.asks[t];
    enum sim_recording record = def_of(run, scope_of(run, t))->rule.record;
    bool was_well = how_it_ended(run, t).outcome == SIM_OK;
    run->tasks[t].pc++;
    if (was_well && record == SIM_RECORD_WITH && ask->said != SIM_KEY_SAID)
        return fails(run, t, reply);
    bool fences = record == SIM_RECORD_WITH || record == SIM_RECORD_AFTER;
    if (was_well && fences && ask->said == SIM_KEY_SAID && !ask->answer)
        return leave(reply, SIM_ERROR, 409);
    return SIM_KEY_GOES_ON;
}
