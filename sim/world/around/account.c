#include "sim/engine/reserve.h"
#include "sim/world/inner.h"

// What is kept about somebody, and for long: how each tenant's requests ended, and what each key of
// a quota has used. An account is found by a hash of its book and its key, of which 128 bits stand
// for it; accounts are numbered as they are first met, and that is the order in which they are
// told. A request knows its tenant's account, so that its end finds it without looking.

#define ACCOUNTS_CAP (1u << 22)
#define SLOTS_CAP    (1u << 23)
#define SLOTS        64u // at first

static bool has_tenants(const struct sim_model *m, uint32_t field)
{
    for (uint32_t i = 0; field != SIM_NONE && i < m->sets.count; i++)
        if (m->sets.at[i].field == field)
            return true;
    return false;
}

static bool has_quotas(const struct sim_model *m)
{
    for (uint32_t i = 0; i < m->limiters.count; i++)
        if (m->limiters.at[i].is_quota)
            return true;
    return false;
}

bool sim_account_open(struct sim_run *run)
{
    struct sim_accounts *a = &run->accounts;
    a->tenant = sim_model_find_field(run->model, "tenant");
    if (!has_tenants(run->model, a->tenant))
        a->tenant = SIM_NONE;
    if (a->tenant == SIM_NONE && !has_quotas(run->model))
        return true;
    a->at = sim_reserve(ACCOUNTS_CAP * sizeof *a->at);
    a->slots = sim_reserve(SLOTS_CAP * sizeof *a->slots);
    a->mask = SLOTS - 1;
    return a->at && a->slots;
}

void sim_account_close(struct sim_run *run)
{
    sim_release(run->accounts.at, ACCOUNTS_CAP * sizeof *run->accounts.at);
    sim_release(run->accounts.slots, SLOTS_CAP * sizeof *run->accounts.slots);
}

static uint32_t *slot_of(struct sim_accounts *a, struct sim_who w)
{
    uint32_t i = (uint32_t)w.a & a->mask;
    while (a->slots[i] != 0 &&
           (a->at[a->slots[i] - 1].who.a != w.a || a->at[a->slots[i] - 1].who.b != w.b))
        i = (i + 1) & a->mask;
    return &a->slots[i];
}

// Twice the table, in place: accounts know where they belong.
static void widen(struct sim_accounts *a)
{
    for (uint32_t i = 0; i <= a->mask; i++)
        a->slots[i] = 0;
    a->mask = 2 * a->mask + 1;
    for (uint32_t i = 0; i < a->count; i++)
        *slot_of(a, a->at[i].who) = i + 1;
}

// NULL: there is no place left, and the run stops.
static struct sim_account *new_account(struct sim_run *run, struct sim_who w)
{
    struct sim_accounts *a = &run->accounts;
    if (a->count == ACCOUNTS_CAP) {
        sim_run_stop(run, "more tenants and keys of quotas than a run can hold");
        return NULL;
    }
    if (2 * (a->count + 1) > a->mask + 1 && a->mask + 1 < SLOTS_CAP)
        widen(a);
    sim_run_take(run, sizeof *a->at + 4 * sizeof *a->slots);
    a->at[a->count] = (struct sim_account){ .who = w };
    *slot_of(a, w) = a->count + 1;
    return &a->at[a->count++];
}

static struct sim_account *account(struct sim_run *run, uint32_t book, const double *keys,
                                   uint32_t n)
{
    struct sim_who w = { 3, 4 };
    sim_who_mix(&w, (uint64_t)book << 32 | n);
    for (uint32_t i = 0; i < n; i++)
        sim_who_mix(&w, sim_who_bits(keys[i]));
    uint32_t slot = *slot_of(&run->accounts, w);
    if (slot != 0)
        return &run->accounts.at[slot - 1];
    struct sim_account *a = new_account(run, w);
    if (!a)
        return NULL;
    a->book = book;
    a->keys = n;
    for (uint32_t i = 0; i < n; i++)
        a->key[i] = keys[i];
    return a;
}

// ---- Tenants: what is measured, so nothing before the end of the warm-up ----

void sim_account_begins(struct sim_run *run, uint32_t t)
{
    struct sim_fields *f = &run->fields[run->fields_of[t] - 1];
    struct sim_account *a = account(run, SIM_BOOK_TENANTS, &f->at[run->accounts.tenant], 1);
    if (!a)
        return;
    f->tenant = (uint32_t)(a - run->accounts.at) + 1;
    a->counts[SIM_ACCOUNT_OFFERED] += run->now >= run->model->def.warmup;
}

void sim_account_ended(struct sim_run *run, uint32_t t, enum sim_outcome outcome)
{
    uint32_t fields = run->fields_of[t];
    uint32_t tenant = fields ? run->fields[fields - 1].tenant : 0;
    if (tenant == 0 || run->now < run->model->def.warmup)
        return;
    int64_t *counts = run->accounts.at[tenant - 1].counts;
    counts[SIM_ACCOUNT_OK] += outcome == SIM_OK;
    counts[SIM_ACCOUNT_REJECTED] += outcome == SIM_REJECTED;
    counts[SIM_ACCOUNT_FAILED] += outcome != SIM_OK && outcome != SIM_CANCELLED;
}

// ---- Quotas: a bill has no warm-up ----

static void use(struct sim_account *a, const struct sim_limiter_def *def, sim_time now)
{
    int64_t window = now / def->window;
    if (a->window != window)
        a->used = 0;
    a->window = window;
    a->used++;
}

bool sim_account_uses(struct sim_run *run, uint32_t t, uint32_t limiter, uint32_t limit,
                      bool passes)
{
    const struct sim_limiter_def *def = &run->model->limiters.at[limiter];
    double keys[SIM_LIMIT_FIELDS];
    for (uint32_t i = 0; i < def->per_count; i++)
        keys[i] = sim_run_field(run, t, def->per[i]);
    struct sim_account *a = account(run, SIM_BOOK_QUOTAS + limiter, keys, def->per_count);
    if (!a)
        return passes;
    a->limit = limit;
    if (passes || def->lets_over)
        use(a, def, run->now);
    a->counts[SIM_ACCOUNT_USED] += passes || def->lets_over;
    a->counts[SIM_ACCOUNT_OVER] += !passes && def->lets_over;
    a->counts[SIM_ACCOUNT_REFUSED] += !passes && !def->lets_over;
    return passes || def->lets_over;
}

// ---- Reading ----

uint32_t sim_run_accounts(const struct sim_run *run)
{
    return run->accounts.count;
}

struct sim_account_view sim_run_account(const struct sim_run *run, uint32_t i)
{
    const struct sim_account *a = &run->accounts.at[i];
    struct sim_account_view v = {
        .book = a->book, .keys = a->keys, .key = a->key, .counts = a->counts
    };
    if (a->book == SIM_BOOK_TENANTS)
        return v;
    sim_time window = run->model->limiters.at[a->book - SIM_BOOK_QUOTAS].window;
    int64_t used = run->now / window == a->window ? a->used : 0;
    v.left = used < a->limit ? a->limit - used : 0;
    return v;
}
