#include <stdlib.h>

#include "sim/engine/reserve.h"
#include "sim/world/inner.h"

// What must happen once: how often it did, for each request that meant it, or for each value of the
// fields that say what is one. Work that goes on for nobody does it too, so a request is
// remembered beyond its end.
//
// For whom is a hash, of which 128 bits stand for it, as with keys of limits; the table is only
// looked up, never gone through, so it decides no order.

#define DONE_CAP    (1u << 24)
#define SLOTS_CAP   (1u << 25)
#define SLOTS       64u // at first
#define PENDING_CAP (1u << 22)

bool sim_effect_open(struct sim_run *run)
{
    struct sim_effects *e = &run->effects;
    uint32_t n = run->model->effects.count;
    if (n == 0)
        return true;
    e->at = sim_reserve(DONE_CAP * sizeof *e->at);
    e->slots = sim_reserve(SLOTS_CAP * sizeof *e->slots);
    e->mask = SLOTS - 1;
    e->pending = sim_reserve(PENDING_CAP * sizeof *e->pending);
    e->meters = calloc(n, sizeof *e->meters);
    bool ok = e->at && e->slots && e->pending && e->meters;
    for (uint32_t i = 0; ok && i < n; i++)
        ok = sim_meter_init(&e->meters[i], NULL);
    return ok;
}

void sim_effect_close(struct sim_run *run)
{
    struct sim_effects *e = &run->effects;
    for (uint32_t i = 0; e->meters && i < run->model->effects.count; i++)
        sim_meter_fini(&e->meters[i]);
    free(e->meters);
    sim_release(e->at, DONE_CAP * sizeof *e->at);
    sim_release(e->slots, SLOTS_CAP * sizeof *e->slots);
    sim_release(e->pending, PENDING_CAP * sizeof *e->pending);
}

static struct sim_who for_whom(struct sim_run *run, uint32_t t, uint32_t effect)
{
    const struct sim_effect_def *def = &run->model->effects.at[effect];
    struct sim_who w = { 5, 6 };
    sim_who_mix(&w, effect);
    if (def->per_count == 0)
        sim_who_mix(&w, run->tasks[t].request);
    for (uint32_t i = 0; i < def->per_count; i++)
        sim_who_mix(&w, sim_who_bits(sim_run_field(run, t, def->per[i])));
    return w;
}

// ---- The table ----

static uint32_t *slot_of(struct sim_effects *e, struct sim_who w)
{
    uint32_t i = (uint32_t)w.a & e->mask;
    while (e->slots[i] != 0 &&
           (e->at[e->slots[i] - 1].who.a != w.a || e->at[e->slots[i] - 1].who.b != w.b))
        i = (i + 1) & e->mask;
    return &e->slots[i];
}

// Twice the table, in place: who is in it knows where it belongs.
static void widen(struct sim_effects *e)
{
    for (uint32_t i = 0; i <= e->mask; i++)
        e->slots[i] = 0;
    e->mask = 2 * e->mask + 1;
    for (uint32_t i = 0; i < e->count; i++)
        *slot_of(e, e->at[i].who) = i + 1;
}

// NULL: there is no place left, and the run stops.
static struct sim_effect_done *done_for(struct sim_run *run, struct sim_who w)
{
    struct sim_effects *e = &run->effects;
    uint32_t slot = *slot_of(e, w);
    if (slot != 0)
        return &e->at[slot - 1];
    if (e->count == DONE_CAP) {
        sim_run_stop(run, "more effects than a run can remember");
        return NULL;
    }
    if (2 * (e->count + 1) > e->mask + 1 && e->mask + 1 < SLOTS_CAP)
        widen(e);
    sim_run_take(run, sizeof *e->at + 4 * sizeof *e->slots);
    e->at[e->count].who = w;
    *slot_of(e, w) = e->count + 1;
    return &e->at[e->count++];
}

// ---- Having it ----

// For whom an effect is, and the one that it goes with: it follows that, or is followed by it.
struct whose {
    uint32_t effect;
    struct sim_who who, other;
};

static uint32_t goes_with(const struct sim_effect_def *def)
{
    return def->follows > 0 ? def->follows : def->followed_by;
}

static struct whose whose_is(struct sim_run *run, uint32_t t, uint32_t effect)
{
    uint32_t other = goes_with(&run->model->effects.at[effect]);
    struct whose w = { .effect = effect, .who = for_whom(run, t, effect) };
    if (other > 0)
        w.other = for_whom(run, t, other - 1);
    return w;
}

// Had for the first time. What should follow and has not is lost; what has come without the first
// was invented.
static void match(struct sim_run *run, const struct whose *w)
{
    struct sim_effects *e = &run->effects;
    const struct sim_effect_def *def = &run->model->effects.at[w->effect];
    bool is_second = def->follows > 0;
    uint32_t slot = *slot_of(e, w->other);
    bool has_other = slot != 0 && e->at[slot - 1].times > 0;
    int64_t *counts = e->meters[is_second ? w->effect : def->followed_by - 1].counts;
    if (is_second == has_other)
        counts[SIM_EFFECT_LOST] += has_other ? -1 : 1;
    else
        counts[SIM_EFFECT_INVENTED] += has_other ? -1 : 1;
}

static void have(struct sim_run *run, const struct whose *w)
{
    int64_t *counts = run->effects.meters[w->effect].counts;
    struct sim_effect_done *done = done_for(run, w->who);
    if (!done)
        return;
    bool is_again = done->times++ > 0;
    counts[is_again ? SIM_EFFECT_DUPLICATES : SIM_EFFECT_DONE]++;
    counts[SIM_EFFECT_MISSING] -= done->is_missing;
    done->is_missing = false;
    if (!is_again && goes_with(&run->model->effects.at[w->effect]) > 0)
        match(run, w);
}

static void postpone(struct sim_run *run, uint32_t *pending, const struct whose *w)
{
    struct sim_effects *e = &run->effects;
    uint32_t i = e->pending_free;
    if (i == 0 && e->pending_used + 1 == PENDING_CAP) {
        sim_run_stop(run, "more effects in transactions at once than a run can hold");
        return;
    }
    if (i == 0) {
        i = ++e->pending_used;
        sim_run_take(run, sizeof *e->pending);
    } else {
        e->pending_free = e->pending[i].next;
    }
    e->pending[i] = (struct sim_effect_pending){ w->who, w->other, w->effect, *pending };
    *pending = i;
}

// What is around a task that its effects are in one with: a transaction, or the record of a key;
// NULL: nothing.
static uint32_t *in_one_with(struct sim_run *run, uint32_t t)
{
    uint32_t *pending = sim_outbox_effects(run, t);
    if (pending || !run->keys.of)
        return pending;
    uint32_t scope = sim_keys_scope(run, t);
    return scope != SIM_NONE ? sim_keys_pending(run, scope) : NULL;
}

void sim_effect_do(struct sim_run *run, uint32_t t, uint32_t effect)
{
    struct whose w = whose_is(run, t, effect);
    uint32_t *pending = in_one_with(run, t);
    if (pending)
        postpone(run, pending, &w);
    else
        have(run, &w);
}

void sim_effect_commit(struct sim_run *run, uint32_t t, uint32_t pending)
{
    struct sim_effects *e = &run->effects;
    uint32_t *around = in_one_with(run, t);
    if (!around || pending == 0) {
        sim_effect_settle(run, pending, true);
        return;
    }
    uint32_t last = pending;
    while (e->pending[last].next != 0)
        last = e->pending[last].next;
    e->pending[last].next = *around;
    *around = pending;
}

void sim_effect_settle(struct sim_run *run, uint32_t pending, bool is_had)
{
    struct sim_effects *e = &run->effects;
    while (pending != 0) {
        struct sim_effect_pending *p = &e->pending[pending];
        uint32_t next = p->next;
        if (is_had)
            have(run, &(struct whose){ p->effect, p->who, p->other });
        p->next = e->pending_free;
        e->pending_free = pending;
        pending = next;
    }
}

void sim_effect_promised(struct sim_run *run, uint32_t t, uint32_t effect)
{
    struct sim_effect_done *done = done_for(run, for_whom(run, t, effect));
    if (!done || done->times > 0 || done->is_missing)
        return;
    done->is_missing = true;
    run->effects.meters[effect].counts[SIM_EFFECT_MISSING]++;
}

const struct sim_meter *sim_run_effect_meter(const struct sim_run *run, uint32_t effect)
{
    return &run->effects.meters[effect];
}
