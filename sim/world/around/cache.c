#include <stdlib.h>

#include "sim/engine/reserve.h"
#include "sim/world/inner.h"

// Caches around steps that load. A lookup draws its key once, asks, and then has it, loads, or
// stands in the line of who loads: a list that hangs on that one's scope. The load's end is told
// to all of the line. A load that is given up, because its caller is gone or its process dies,
// says nothing about the value: who waited for it asks again, and the first of them loads.
//
// Of a scope: until it is asked `u` is the key; is_held, it loads: `u` is the load, next and prev
// are the first and the last of those who joined; is_called, it has joined: `order` is the scope
// that loads, next and prev its neighbours in the line.

#define ENTRIES_CAP (1u << 22)

static bool open_meters(struct sim_run *run, uint32_t n)
{
    struct sim_caches *all = &run->caches;
    all->meter = calloc(n, sizeof *all->meter);
    all->key_rng = calloc(n, sizeof *all->key_rng);
    all->ttl_rng = calloc(n, sizeof *all->ttl_rng);
    for (uint32_t i = 0; all->meter && all->key_rng && all->ttl_rng && i < n; i++) {
        const char *name = run->model->caches.at[i].name;
        sim_random_init(&all->key_rng[i], run->seed, name, "key");
        sim_random_init(&all->ttl_rng[i], run->seed, name, "ttl");
        if (!sim_meter_init(&all->meter[i], run->stations[0].meter.live))
            return false;
    }
    return all->meter && all->key_rng && all->ttl_rng;
}

bool sim_cache_open_all(struct sim_run *run, size_t stations)
{
    struct sim_caches *all = &run->caches;
    uint32_t n = run->model->caches.count;
    if (n == 0)
        return true;
    all->places = (stations + 1) * n;
    all->at = sim_reserve(all->places * sizeof *all->at);
    all->leaders = sim_reserve((ENTRIES_CAP + 1ul) * sizeof *all->leaders);
    struct sim_cache_entry *at = sim_reserve((ENTRIES_CAP + 1ul) * sizeof *at);
    uint32_t *heads = sim_reserve(ENTRIES_CAP * sizeof *heads);
    sim_cache_pool_init(&all->pool, at, heads, ENTRIES_CAP);
    return all->at && all->leaders && at && heads && open_meters(run, n);
}

void sim_cache_close_all(struct sim_run *run)
{
    struct sim_caches *all = &run->caches;
    for (uint32_t i = 0; all->meter && i < run->model->caches.count; i++)
        sim_meter_fini(&all->meter[i]);
    sim_release(all->at, all->places * sizeof *all->at);
    sim_release(all->leaders, (ENTRIES_CAP + 1ul) * sizeof *all->leaders);
    sim_release(all->pool.at, (ENTRIES_CAP + 1ul) * sizeof *all->pool.at);
    sim_release(all->pool.heads, ENTRIES_CAP * sizeof *all->pool.heads);
    free(all->meter);
    free(all->key_rng);
    free(all->ttl_rng);
}

// ---- One of them ----

// Where a task's process has it. What is local begins anew with its process.
static struct sim_cache_memory *memory_of(struct sim_run *run, uint32_t t, uint32_t cache)
{
    struct sim_caches *all = &run->caches;
    bool is_local = run->model->caches.at[cache].is_local;
    size_t row = is_local ? run->tasks[t].station + 1ul : 0;
    size_t place = row * run->model->caches.count + cache;
    struct sim_cache_keep *keep = &all->at[place];
    uint32_t life = is_local ? sim_life_of(run, t) : 1;
    if (keep->life == 0)
        sim_run_take(run, sizeof *keep);
    else if (keep->life != life)
        sim_cache_flush(&all->pool, &keep->memory);
    keep->memory.owner = (uint32_t)place;
    keep->life = life;
    return &keep->memory;
}

static void count(struct sim_run *run, uint32_t cache, enum sim_cache_count what,
                  int64_t more)
{
    run->caches.meter[cache].counts[what] += more;
}

static const struct sim_cached_def *use_of(const struct sim_run *run,
                                           const struct sim_op *op)
{
    return &run->model->cached.at[op->a];
}

// ---- Asking ----

void sim_cache_enter(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    const struct sim_cached_def *use = use_of(run, op);
    struct sim_random *rng = &run->caches.key_rng[use->cache];
    double key = use->key == SIM_NONE ? 0 : sim_value_now(run, use->key, t, rng);
    uint32_t i = sim_scope_open(run, t, run->tasks[t].pc);
    run->scopes[i].u.kept = sim_who_bits(key);
    run->tasks[t].pc++;
}

bool sim_cache_waits(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    const struct sim_cached_def *use = use_of(run, op);
    uint64_t key = run->scopes[run->tasks[t].scope].u.kept;
    return use->single_flight &&
           sim_cache_would_join(&run->caches.pool, memory_of(run, t, use->cache), key,
                                run->now);
}

static void join(struct sim_run *run, uint32_t i, uint32_t leader)
{
    struct sim_scope *s = &run->scopes[i], *l = &run->scopes[leader];
    s->is_called = 1;
    s->order = leader;
    s->next = SIM_NONE;
    s->prev = l->prev;
    if (l->prev == SIM_NONE)
        l->next = i;
    else
        run->scopes[l->prev].next = i;
    l->prev = i;
    sim_task_enter(run, s->task, SIM_LINED, SIM_IN_DEPENDENCY);
}

static void begin_load(struct sim_run *run, uint32_t i, const struct sim_cached_def *use,
                       struct sim_cache_load load)
{
    struct sim_scope *s = &run->scopes[i];
    s->is_held = 1;
    s->u.load = load;
    if (use->single_flight)
        run->caches.leaders[load.place] = i;
}

// The pool may have grown.
static void take_memory(struct sim_run *run)
{
    struct sim_caches *all = &run->caches;
    for (; all->counted < all->pool.used; all->counted++)
        sim_run_take(run, sizeof *all->pool.at + 3 * sizeof *all->pool.heads);
}

enum sim_cache_answer sim_cache_look_up(struct sim_run *run, uint32_t t,
                                        const struct sim_op *op)
{
    const struct sim_cached_def *use = use_of(run, op);
    struct sim_cache_memory *m = memory_of(run, t, use->cache);
    uint32_t i = run->tasks[t].scope, entries = run->model->caches.at[use->cache].entries;
    uint64_t evicted = m->evicted;
    struct sim_cache_load load;
    enum sim_cache_answer answer =
        sim_cache_ask(&run->caches.pool, m, entries, run->scopes[i].u.kept,
                      use->single_flight, run->now, &load);
    take_memory(run);
    count(run, use->cache, SIM_CACHE_EVICTED, (int64_t)(m->evicted - evicted));
    count(run, use->cache,
          answer == SIM_CACHE_HITS    ? SIM_CACHE_HIT
          : answer == SIM_CACHE_JOINS ? SIM_CACHE_JOINED
                                      : SIM_CACHE_MISS,
          1);
    if (answer == SIM_CACHE_JOINS)
        join(run, i, run->caches.leaders[load.place]);
    else if (answer == SIM_CACHE_LOADS)
        begin_load(run, i, use, load);
    else if (answer == SIM_CACHE_BYPASSES)
        count(run, use->cache, SIM_CACHE_PASSED, 1);
    else if (answer == SIM_CACHE_POOL_IS_FULL)
        sim_run_stop(run, "more keys in caches than a run can hold");
    return answer;
}

// ---- The end of a load ----

static void leave(struct sim_run *run, struct sim_scope *s)
{
    struct sim_scope *leader = &run->scopes[s->order];
    if (s->prev == SIM_NONE)
        leader->next = s->next;
    else
        run->scopes[s->prev].next = s->next;
    if (s->next == SIM_NONE)
        leader->prev = s->prev;
    else
        run->scopes[s->next].prev = s->prev;
    // It may load next itself, with a line of its own.
    s->next = s->prev = SIM_NONE;
    s->is_called = 0;
}

// It goes on with what the load has brought, or asks again.
static void tell(struct sim_run *run, struct sim_scope *s, enum sim_outcome outcome,
                 uint32_t status)
{
    uint32_t t = s->task, lookup = s->op + 1u, leader = (uint32_t)s->order;
    bool asks = outcome == SIM_CANCELLED;
    leave(run, s);
    if (!asks)
        sim_scope_close(run, t);
    run->tasks[t].pc = (uint16_t)(asks ? lookup : run->ops[lookup].to);
    sim_task_charge(run, t);
    sim_retry_hand_on(run, run->scopes[leader].task, t);
    run->tasks[t].outcome = (uint8_t)(asks ? SIM_OK : outcome);
    run->tasks[t].slot = status;
    sim_task_ready(run, t);
}

static sim_time time_to_live(struct sim_run *run, uint32_t t,
                             const struct sim_cached_def *use)
{
    if (use->ttl == SIM_NONE)
        return SIM_NEVER;
    return sim_value_time(run, use->ttl, t, &run->caches.ttl_rng[use->cache]);
}

void sim_cache_ended(struct sim_run *run, uint32_t scope, enum sim_outcome outcome,
                     uint32_t status)
{
    struct sim_scope *s = &run->scopes[scope];
    const struct sim_cached_def *use = use_of(run, &run->ops[s->op]);
    if (s->is_called)
        leave(run, s);
    if (!s->is_held)
        return;
    s->is_held = 0;
    sim_time ttl = outcome == SIM_OK ? time_to_live(run, s->task, use) : -1;
    count(run, use->cache, SIM_CACHE_FAILED, outcome != SIM_OK);
    sim_cache_loaded(&run->caches.pool, memory_of(run, s->task, use->cache), s->u.load,
                     use->single_flight, run->now, ttl);
    while (s->next != SIM_NONE)
        tell(run, &run->scopes[s->next], outcome, status);
}

// ---- What goes wrong, and what others may see ----

void sim_run_flush(struct sim_run *run, uint32_t cache)
{
    struct sim_caches *all = &run->caches;
    for (size_t i = cache; i < all->places; i += run->model->caches.count)
        sim_cache_flush(&all->pool, &all->at[i].memory);
    count(run, cache, SIM_CACHE_FLUSHED, 1);
}

const struct sim_meter *sim_run_cache_meter(const struct sim_run *run, uint32_t cache)
{
    return &run->caches.meter[cache];
}
