#include "sim/engine/random.h"
#include "sim/engine/reserve.h"
#include "sim/world/inner.h"

// Rate limiters, local to the replica, worker process or client whose calls they count, or to the
// store that their counts lie in (shared.c). What
// all of them remember lies in one pool, found by a hash of who asks: the limiter, the place, the
// limit, and the fields that it counts by. 128 bits of it stand for the key, so two keys that
// share them are not to be met. The table is only looked up, never gone through, so it decides no
// order.
//
// A key costs 40 bytes, and 8 to 16 of the table.

#define KEYS_CAP  (1u << 24)
#define SLOTS_CAP (1u << 25)
#define LOG_CAP   (1u << 26)
#define SLOTS     64u // at first

// What a program keeps: for a key a line of the cache, for a call in its log as much as is kept here.
#define KEY_BYTES   64
#define ENTRY_BYTES 16

bool sim_limiter_open(struct sim_run *run)
{
    struct sim_limit_keys *k = &run->limit_keys;
    if (run->model->limiters.count == 0)
        return true;
    k->at = sim_reserve(KEYS_CAP * sizeof *k->at);
    k->slots = sim_reserve(SLOTS_CAP * sizeof *k->slots);
    k->log.nodes = sim_reserve((LOG_CAP + 1ul) * sizeof *k->log.nodes);
    k->log.cap = LOG_CAP;
    k->mask = SLOTS - 1;
    return k->at && k->slots && k->log.nodes && sim_shared_open(run);
}

void sim_limiter_close(struct sim_run *run)
{
    struct sim_limit_keys *k = &run->limit_keys;
    sim_release(k->at, KEYS_CAP * sizeof *k->at);
    sim_release(k->slots, SLOTS_CAP * sizeof *k->slots);
    sim_release(k->log.nodes, (LOG_CAP + 1ul) * sizeof *k->log.nodes);
    sim_shared_close(run);
}

// ---- Who asks ----

// In two lanes that start apart.
void sim_who_mix(struct sim_who *w, uint64_t x)
{
    w->a = sim_random_mix(w->a + x + 0x9e3779b97f4a7c15u);
    w->b = sim_random_mix((w->b ^ x) + 0xd1342543de82ef95u);
}

// Equal numbers have equal bits, 0 and -0 too; what is no number is one.
uint64_t sim_who_bits(double x)
{
    union {
        double x;
        uint64_t bits;
    } u = { .x = x == x ? x + 0.0 : 0.0 };
    return x == x ? u.bits : UINT64_MAX;
}

static struct sim_who who_asks(struct sim_run *run, uint32_t t, uint32_t limiter,
                               uint32_t limit)
{
    const struct sim_limiter_def *def = &run->model->limiters.at[limiter];
    const struct sim_station *s = sim_station_of(run, t);
    struct sim_who w = { 1, 2 };
    sim_who_mix(&w, (uint64_t)limiter << 32 | run->tasks[t].station);
    sim_who_mix(&w, (uint64_t)limit << 32 |
                        (s->is_client ? 0 : run->stations[s->home].process->forgets));
    for (uint32_t i = 0; i < def->per_count; i++)
        sim_who_mix(&w, sim_who_bits(sim_run_field(run, t, def->per[i])));
    return w;
}

// ---- The table ----

static uint32_t *slot_of(struct sim_limit_keys *k, struct sim_who w)
{
    uint32_t i = (uint32_t)w.a & k->mask;
    while (k->slots[i] != 0 &&
           (k->at[k->slots[i] - 1].a != w.a || k->at[k->slots[i] - 1].b != w.b))
        i = (i + 1) & k->mask;
    return &k->slots[i];
}

// Twice the table, in place: keys know where they belong.
static void widen(struct sim_limit_keys *k)
{
    for (uint32_t i = 0; i <= k->mask; i++)
        k->slots[i] = 0;
    k->mask = 2 * k->mask + 1;
    for (uint32_t i = 0; i < k->count; i++)
        *slot_of(k, (struct sim_who){ k->at[i].a, k->at[i].b }) = i + 1;
}

// NULL: there is no place left, and the run stops.
static struct sim_limit_state *new_key(struct sim_run *run, const struct sim_limit *l,
                                       struct sim_who w)
{
    struct sim_limit_keys *k = &run->limit_keys;
    if (k->count == KEYS_CAP) {
        sim_run_stop(run, "more keys of rate limits than a run can hold");
        return NULL;
    }
    if (2 * (k->count + 1) > k->mask + 1 && k->mask + 1 < SLOTS_CAP)
        widen(k);
    sim_run_take(run, sizeof *k->at + 4 * sizeof *k->slots);
    struct sim_limit_key *key = &k->at[k->count];
    key->a = w.a;
    key->b = w.b;
    *slot_of(k, w) = ++k->count;
    sim_limit_begin(l, &key->state, run->now);
    return &key->state;
}

static struct sim_limit_state *state_of(struct sim_run *run, const struct sim_limit *l,
                                        struct sim_who w)
{
    struct sim_limit_keys *k = &run->limit_keys;
    uint32_t slot = *slot_of(k, w);
    return slot != 0 ? &k->at[slot - 1].state : new_key(run, l, w);
}

// ---- Deciding ----

static uint32_t limit_now(struct sim_run *run, uint32_t t,
                          const struct sim_limiter_def *def)
{
    double x = sim_value_now(run, def->limit, t, NULL);
    if (!(x >= 1))
        return 0;
    return x < UINT32_MAX ? (uint32_t)x : UINT32_MAX;
}

struct sim_limit sim_limiter_limit(struct sim_run *run, uint32_t t,
                                   const struct sim_limiter_def *def)
{
    struct sim_limit l = { .kind = def->kind, .window = def->window };
    l.limit = limit_now(run, t, def);
    l.burst = def->burst;
    if (def->burst == SIM_NONE)
        l.burst = l.limit - (def->kind == SIM_LIMIT_GCRA && l.limit > 0);
    return l;
}

// What is remembered lies in the memory of the process that counts. A client has none, and one that
// was replaced has nothing to give back.
static void remember(struct sim_run *run, uint32_t t, int64_t bytes)
{
    const struct sim_station *s = sim_station_of(run, t);
    if (!s->is_client && (bytes > 0 || s->is_interpreter || s->process->own + bytes >= 0))
        sim_memory_change(run, run->tasks[t].station, bytes);
}

struct sim_limit_state *sim_limiter_key(struct sim_run *run, uint32_t t, uint32_t limiter,
                                        struct sim_limit *l)
{
    uint32_t keys = run->limit_keys.count;
    *l = sim_limiter_limit(run, t, &run->model->limiters.at[limiter]);
    struct sim_limit_state *state = state_of(run, l, who_asks(run, t, limiter, l->limit));
    if (run->limit_keys.count > keys)
        remember(run, t, KEY_BYTES);
    return state;
}

uint64_t sim_limiter_entries(const struct sim_limit *l, const struct sim_limit_state *s)
{
    return l->kind == SIM_LIMIT_SLIDING_LOG ? s->u.log.cost : 0;
}

void sim_limiter_logged(struct sim_run *run, uint32_t t, const struct sim_limit *l,
                        const struct sim_limit_state *s, uint64_t before)
{
    uint64_t now = sim_limiter_entries(l, s);
    if (now != before)
        remember(run, t, ((int64_t)now - (int64_t)before) * ENTRY_BYTES);
}

void sim_limiter_grown(struct sim_run *run, bool is_full)
{
    struct sim_limit_keys *k = &run->limit_keys;
    while (k->counted < k->log.used) {
        sim_run_take(run, sizeof *k->log.nodes);
        k->counted++;
    }
    if (is_full)
        sim_run_stop(run, "more calls in sliding logs than a run can hold");
}

bool sim_limiter_passes(struct sim_run *run, uint32_t t, uint32_t limiter, sim_time *wait)
{
    struct sim_limit l;
    struct sim_limit_state *state = sim_limiter_key(run, t, limiter, &l);
    enum sim_limit_answer answer = SIM_LIMIT_REFUSES;
    if (state) {
        uint64_t before = sim_limiter_entries(&l, state);
        answer = sim_limit_take(&l, state, &run->limit_keys.log, run->now, 1, wait);
        sim_limiter_logged(run, t, &l, state, before);
    }
    sim_limiter_grown(run, answer == SIM_LIMIT_LOG_IS_FULL);
    bool passes = answer == SIM_LIMIT_PASSES;
    if (run->model->limiters.at[limiter].is_quota)
        passes = sim_account_uses(run, t, limiter, l.limit, passes);
    if (passes)
        return true;
    sim_meter_refused(sim_meter_of(run, t), SIM_BY_RATE_LIMIT);
    return false;
}
