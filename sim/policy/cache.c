#include "sim/policy/cache.h"

#include <assert.h>

#include "sim/engine/random.h"

#define HEADS 64u // at first

void sim_cache_pool_init(struct sim_cache_pool *p, struct sim_cache_entry *at,
                         uint32_t *heads, uint32_t cap)
{
    uint32_t n = 1;
    while (n < cap && n < HEADS)
        n *= 2;
    *p = (struct sim_cache_pool){ .at = at, .heads = heads, .cap = cap, .mask = n - 1 };
}

// ---- Finding ----

static uint32_t *head_of(struct sim_cache_pool *p, uint32_t owner, uint64_t key)
{
    uint64_t h = sim_random_mix(sim_random_mix(key) + owner + 1);
    return &p->heads[(uint32_t)h & p->mask];
}

static uint32_t find(struct sim_cache_pool *p, uint32_t owner, uint64_t key)
{
    uint32_t i = *head_of(p, owner, key);
    while (i != 0 && (p->at[i].key != key || p->at[i].owner != owner))
        i = p->at[i].chain;
    return i;
}

static void hang_in(struct sim_cache_pool *p, uint32_t i)
{
    uint32_t *head = head_of(p, p->at[i].owner, p->at[i].key);
    p->at[i].chain = *head;
    *head = i;
}

static void take_out(struct sim_cache_pool *p, uint32_t i)
{
    uint32_t *link = head_of(p, p->at[i].owner, p->at[i].key);
    while (*link != i)
        link = &p->at[*link].chain;
    *link = p->at[i].chain;
}

// Twice the heads, in place. Places that are free are in no chain, and have no owner's list.
static void widen(struct sim_cache_pool *p)
{
    for (uint32_t i = 0; i <= p->mask; i++)
        p->heads[i] = 0;
    p->mask = 2 * p->mask + 1;
    for (uint32_t i = 1; i <= p->used; i++)
        if (p->at[i].has_value || p->at[i].loads > 0)
            hang_in(p, i);
}

// ---- By when they were asked for ----

static void leave_list(struct sim_cache_pool *p, struct sim_cache_memory *m, uint32_t i)
{
    const struct sim_cache_entry *e = &p->at[i];
    if (e->newer)
        p->at[e->newer].older = e->older;
    else
        m->newest = e->older;
    if (e->older)
        p->at[e->older].newer = e->newer;
    else
        m->oldest = e->newer;
}

static void be_newest(struct sim_cache_pool *p, struct sim_cache_memory *m, uint32_t i)
{
    p->at[i].newer = 0;
    p->at[i].older = m->newest;
    if (m->newest)
        p->at[m->newest].newer = i;
    else
        m->oldest = i;
    m->newest = i;
}

static void touch(struct sim_cache_pool *p, struct sim_cache_memory *m, uint32_t i)
{
    if (m->newest == i)
        return;
    leave_list(p, m, i);
    be_newest(p, m, i);
}

// ---- Places ----

static void give(struct sim_cache_pool *p, struct sim_cache_memory *m, uint32_t i)
{
    struct sim_cache_entry *e = &p->at[i];
    take_out(p, i);
    leave_list(p, m, i);
    m->loading -= e->loads > 0;
    m->count--;
    p->live--;
    *e = (struct sim_cache_entry){ .turn = e->turn + 1, .chain = p->free };
    p->free = i;
}

// Of those that nobody is loading, the one not asked for longest.
static bool make_room(struct sim_cache_pool *p, struct sim_cache_memory *m)
{
    uint32_t i = m->oldest;
    if (m->loading == m->count)
        return false;
    while (p->at[i].loads > 0)
        i = p->at[i].newer;
    give(p, m, i);
    m->evicted++;
    return true;
}

// A place for a key; 0 where the pool has none.
static uint32_t take(struct sim_cache_pool *p, struct sim_cache_memory *m, uint64_t key)
{
    uint32_t i = p->free;
    if (i == 0 && p->used == p->cap)
        return 0;
    if (p->live > p->mask && p->mask + 1 < p->cap)
        widen(p);
    if (i != 0)
        p->free = p->at[i].chain;
    else
        i = ++p->used;
    p->at[i].key = key;
    p->at[i].owner = m->owner;
    hang_in(p, i);
    be_newest(p, m, i);
    m->count++;
    p->live++;
    return i;
}

// ---- Deciding ----

static enum sim_cache_answer begin_load(struct sim_cache_pool *p,
                                        struct sim_cache_memory *m, uint32_t i,
                                        bool single_flight, struct sim_cache_load *load)
{
    struct sim_cache_entry *e = &p->at[i];
    m->loading += e->loads == 0;
    e->loads++;
    if (single_flight)
        e->in_flight = 1;
    *load = (struct sim_cache_load){ i, e->turn };
    return SIM_CACHE_LOADS;
}

enum sim_cache_answer sim_cache_ask(struct sim_cache_pool *p, struct sim_cache_memory *m,
                                    uint32_t entries, uint64_t key, bool single_flight,
                                    sim_time now, struct sim_cache_load *load)
{
    uint32_t i = find(p, m->owner, key);
    if (i == 0) {
        if (m->count >= entries && !make_room(p, m))
            return SIM_CACHE_BYPASSES;
        i = take(p, m, key);
        return i ? begin_load(p, m, i, single_flight, load) : SIM_CACHE_POOL_IS_FULL;
    }
    struct sim_cache_entry *e = &p->at[i];
    touch(p, m, i);
    *load = (struct sim_cache_load){ i, e->turn };
    if (e->has_value && now < e->until)
        return SIM_CACHE_HITS;
    e->has_value = 0;
    if (!single_flight || !e->in_flight)
        return begin_load(p, m, i, single_flight, load);
    return SIM_CACHE_JOINS;
}

bool sim_cache_would_join(struct sim_cache_pool *p, const struct sim_cache_memory *m,
                          uint64_t key, sim_time now)
{
    const struct sim_cache_entry *e = &p->at[find(p, m->owner, key)];
    return e->in_flight && !(e->has_value && now < e->until);
}

bool sim_cache_loaded(struct sim_cache_pool *p, struct sim_cache_memory *m,
                      struct sim_cache_load load, bool single_flight, sim_time now,
                      sim_time ttl)
{
    struct sim_cache_entry *e = &p->at[load.place];
    if (e->turn != load.turn)
        return false;
    assert(e->loads > 0);
    e->loads--;
    m->loading -= e->loads == 0;
    if (single_flight)
        e->in_flight = 0;
    if (ttl >= 0) {
        e->has_value = 1;
        e->until = now > SIM_NEVER - ttl ? SIM_NEVER : now + ttl;
        return true;
    }
    if (e->loads == 0 && !e->has_value)
        give(p, m, load.place);
    return false;
}

void sim_cache_flush(struct sim_cache_pool *p, struct sim_cache_memory *m)
{
    while (m->oldest)
        give(p, m, m->oldest);
}
