#include "sim/model/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/model/model_private.h"

uint32_t sim_model_full(struct sim_model *m, const char *what, uint32_t cap)
{
    snprintf(m->error.text, sizeof m->error.text, "more than %u %s", cap, what);
    return SIM_NONE;
}

bool sim_model_room(void **at, uint32_t count, uint32_t *have, size_t item, uint32_t cap)
{
    if (count < *have)
        return true;
    if (count >= cap)
        return false;
    uint32_t more = *have ? *have * 2 : 16;
    void *moved = realloc(*at, more * item);
    if (!moved)
        return false;
    *at = moved;
    *have = more;
    return true;
}

struct sim_model *sim_model_open(const struct sim_model_def *def)
{
    struct sim_model *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    m->def = *def;
    const struct sim_pool_def usual = sim_pool_default(SIM_POOL_THREADS, SIM_NONE);
    if (sim_model_field(m, "priority") == SIM_FIELD_PRIORITY &&
        sim_model_pool(m, &usual) == 0)
        return m;
    sim_model_close(m);
    return NULL;
}

void sim_model_close(struct sim_model *m)
{
    if (!m)
        return;
    void *tables[] = {
        m->values.at,       m->branches.at,      m->points.at,      m->children.at,
        m->steps.at,        m->policies.at,      m->semaphores.at,  m->calls.at,
        m->routes.at,       m->hosts.at,         m->services.at,    m->clients.at,
        m->links.at,        m->fields.at,        m->symbols.at,     m->sets.at,
        m->depth.at,        m->value_depth.at,   m->value_size.at,  m->route_entry.at,
        m->client_entry.at, m->pools.at,         m->offloads.at,    m->limiters.at,
        m->budgets.at,      m->breakers.at,      m->effects.at,     m->bulkheads.at,
        m->caches.at,       m->cached.at,        m->concurrency.at, m->sheds.at,
        m->hedges.at,       m->idempotencies.at, m->throttles.at,
    };
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        free(tables[i]);
    sim_program_fini(&m->program);
    free(m->reaches);
    free(m);
}

static uint32_t value_below(const struct sim_model *m, uint32_t depth, uint32_t value)
{
    uint32_t d = m->value_depth.at[value].of + 1;
    return d > depth ? d : depth;
}

// Working a value out recurses as deep as its expression is nested.
static uint32_t value_depth(const struct sim_model *m, const struct sim_value *v)
{
    uint32_t depth = 0;
    if (v->kind == SIM_VALUE_MIX || v->kind == SIM_VALUE_SWITCH)
        for (uint32_t i = 0; i < v->count; i++)
            depth = value_below(m, depth, m->branches.at[v->first + i].to);
    if (v->kind >= SIM_VALUE_ADD && v->kind <= SIM_VALUE_DIV)
        depth = value_below(m, value_below(m, depth, v->a), v->b);
    return depth;
}

static uint32_t size_above(uint32_t size, const struct sim_model *m, uint32_t value)
{
    size += m->value_size.at[value].of;
    return size > SIM_SIZE_CAP ? SIM_SIZE_CAP + 1 : size;
}

// How many values are looked at for one: a sum of a value with itself looks at that one
// twice, so an expression that is short to write may take for ever to work out.
static uint32_t value_size(const struct sim_model *m, const struct sim_value *v)
{
    uint32_t size = 1;
    if (v->kind == SIM_VALUE_MIX || v->kind == SIM_VALUE_SWITCH)
        for (uint32_t i = 0; i < v->count; i++)
            size = size_above(size, m, m->branches.at[v->first + i].to);
    if (v->kind >= SIM_VALUE_ADD && v->kind <= SIM_VALUE_DIV)
        size = size_above(size_above(size, m, v->a), m, v->b);
    return size;
}

uint32_t sim_model_value(struct sim_model *m, const struct sim_value *v)
{
    uint32_t size = value_size(m, v);
    if (size > SIM_SIZE_CAP)
        return sim_model_full(m, "values in one expression", SIM_SIZE_CAP);
    uint32_t depth = value_depth(m, v);
    if (depth > SIM_DEPTH_CAP)
        return sim_model_full(m, "operations nested in one expression", SIM_DEPTH_CAP);
    if (SIM_PUSH(m, value_depth, (struct sim_index){ depth }, "values", SIM_STEPS_CAP) ==
        SIM_NONE)
        return SIM_NONE;
    if (SIM_PUSH(m, value_size, (struct sim_index){ size }, "values", SIM_STEPS_CAP) ==
        SIM_NONE)
        return SIM_NONE;
    return SIM_PUSH(m, values, *v, "numbers, distributions and expressions", SIM_STEPS_CAP);
}

uint32_t sim_model_const(struct sim_model *m, double x)
{
    return sim_model_value(m, &(struct sim_value){ .kind = SIM_VALUE_CONST, .x = x });
}

uint32_t sim_model_branch(struct sim_model *m, struct sim_branch branch)
{
    return SIM_PUSH(m, branches, branch, "branches", SIM_STEPS_CAP);
}

uint32_t sim_model_point(struct sim_model *m, struct sim_point point)
{
    return SIM_PUSH(m, points, point, "points of curves and replays", 4 * SIM_STEPS_CAP);
}

uint32_t sim_model_child(struct sim_model *m, uint32_t step)
{
    return SIM_PUSH(m, children, (struct sim_index){ step }, "steps in lists",
                    SIM_STEPS_CAP);
}

static uint32_t deeper(const struct sim_model *m, uint32_t depth, uint32_t step)
{
    return m->depth.at[step].of + 1 > depth ? m->depth.at[step].of + 1 : depth;
}

// How deep steps are nested inside this one; compiling and unwinding recurse that deep.
static uint32_t depth_of(const struct sim_model *m, const struct sim_step *s)
{
    uint32_t depth = 0;
    if (s->kind == SIM_STEP_LIST || s->kind == SIM_STEP_GATHER)
        for (uint32_t i = 0; i < s->count; i++)
            depth = deeper(m, depth, m->children.at[s->first + i].of);
    if (s->kind == SIM_STEP_MIX || s->kind == SIM_STEP_SWITCH || s->kind == SIM_STEP_TRY)
        for (uint32_t i = 0; i < s->count; i++)
            depth = deeper(m, depth, m->branches.at[s->first + i].to);
    if (s->kind == SIM_STEP_WITH || s->kind == SIM_STEP_TRY || s->kind == SIM_STEP_TIMES ||
        s->kind == SIM_STEP_FANOUT || s->kind == SIM_STEP_OFFLOAD ||
        s->kind == SIM_STEP_BLOCKING || s->kind == SIM_STEP_SPAWN ||
        s->kind == SIM_STEP_SHIELD || s->kind == SIM_STEP_CACHED ||
        s->kind == SIM_STEP_TRANSACTION)
        depth = deeper(m, depth, s->b);
    if (s->kind == SIM_STEP_WITH && m->policies.at[s->a].kind == SIM_POLICY_FALLBACK)
        depth = deeper(m, depth, m->policies.at[s->a].step);
    return depth;
}

uint32_t sim_model_step(struct sim_model *m, const struct sim_step *s)
{
    uint32_t depth = depth_of(m, s);
    if (s->kind == SIM_STEP_FAIL && s->flags & (SIM_PUSHES_BACK | SIM_NO_MORE))
        m->pushes_back = true;
    if (depth > SIM_DEPTH_CAP)
        return sim_model_full(m, "steps nested in one another", SIM_DEPTH_CAP);
    if (SIM_PUSH(m, depth, (struct sim_index){ depth }, "steps", SIM_STEPS_CAP) == SIM_NONE)
        return SIM_NONE;
    return SIM_PUSH(m, steps, *s, "steps", SIM_STEPS_CAP);
}

uint32_t sim_model_policy(struct sim_model *m, const struct sim_policy *p)
{
    return SIM_PUSH(m, policies, *p, "policies", SIM_THINGS_CAP);
}

uint32_t sim_model_semaphore(struct sim_model *m, const char *name, uint32_t n)
{
    struct sim_semaphore_def s = { .n = n };
    snprintf(s.name, sizeof s.name, "%s", name);
    return SIM_PUSH(m, semaphores, s, "semaphores", SIM_THINGS_CAP);
}

uint32_t sim_model_lock(struct sim_model *m, const char *name)
{
    struct sim_semaphore_def s = { .n = 1, .is_lock = true };
    snprintf(s.name, sizeof s.name, "%s", name);
    return SIM_PUSH(m, semaphores, s, "semaphores", SIM_THINGS_CAP);
}

uint32_t sim_model_limiter(struct sim_model *m, const struct sim_limiter_def *l)
{
    struct sim_limiter_def own = *l;
    own.ask = own.tell = SIM_NONE;
    m->pushes_back = m->pushes_back || l->pushes_back;
    return SIM_PUSH(m, limiters, own, "rate limiters", SIM_THINGS_CAP);
}

uint32_t sim_model_concurrency(struct sim_model *m, const struct sim_concurrency_def *c)
{
    return SIM_PUSH(m, concurrency, *c, "concurrency limits", SIM_THINGS_CAP);
}

uint32_t sim_model_shed(struct sim_model *m, const struct sim_shed_def *s)
{
    struct sim_shed_def def = *s;
    for (int i = 0; i < SIM_CRITICALITIES; i++)
        def.words[i] = sim_model_symbol(m, sim_criticality_name((enum sim_criticality)i));
    return SIM_PUSH(m, sheds, def, "places that shed", SIM_THINGS_CAP);
}

uint32_t sim_model_throttle(struct sim_model *m, const struct sim_throttle_def *t)
{
    return SIM_PUSH(m, throttles, *t, "throttles", SIM_THINGS_CAP);
}

uint32_t sim_model_breaker(struct sim_model *m, const struct sim_breaker_def *b)
{
    return SIM_PUSH(m, breakers, *b, "breakers", SIM_THINGS_CAP);
}

uint32_t sim_model_keys(struct sim_model *m, const struct sim_idempotency_def *d)
{
    return SIM_PUSH(m, idempotencies, *d, "idempotency policies", SIM_THINGS_CAP);
}

uint32_t sim_model_effect(struct sim_model *m, const struct sim_effect_def *e)
{
    return SIM_PUSH(m, effects, *e, "effects", SIM_THINGS_CAP);
}

void sim_model_follow(struct sim_model *m, uint32_t effect, uint32_t first)
{
    m->effects.at[effect].follows = first + 1;
    m->effects.at[first].followed_by = effect + 1;
}

uint32_t sim_model_bulkhead(struct sim_model *m, const struct sim_bulkhead_def *b)
{
    return SIM_PUSH(m, bulkheads, *b, "bulkheads", SIM_THINGS_CAP);
}

uint32_t sim_model_budget(struct sim_model *m, const struct sim_budget *b)
{
    return SIM_PUSH(m, budgets, *b, "budgets", SIM_THINGS_CAP);
}

struct sim_pool_def sim_pool_default(enum sim_pool_kind kind, uint32_t workers)
{
    return (struct sim_pool_def){ .kind = kind,
                                  .workers = workers,
                                  .startup = SIM_STARTUP_USUAL };
}

uint32_t sim_model_pool(struct sim_model *m, const struct sim_pool_def *p)
{
    return SIM_PUSH(m, pools, *p, "pools", SIM_POOLS_CAP);
}

uint32_t sim_model_offload(struct sim_model *m, const struct sim_offload_def *o)
{
    return SIM_PUSH(m, offloads, *o, "steps in pools", SIM_THINGS_CAP);
}

uint32_t sim_model_hedge(struct sim_model *m, const struct sim_hedge_def *h)
{
    return SIM_PUSH(m, hedges, *h, "hedges", SIM_THINGS_CAP);
}

uint32_t sim_model_cache(struct sim_model *m, const struct sim_cache_def *c)
{
    return SIM_PUSH(m, caches, *c, "caches", SIM_THINGS_CAP);
}

uint32_t sim_model_cached(struct sim_model *m, const struct sim_cached_def *c)
{
    return SIM_PUSH(m, cached, *c, "cached steps", SIM_THINGS_CAP);
}

uint32_t sim_model_call(struct sim_model *m, const struct sim_call_def *c)
{
    return SIM_PUSH(m, calls, *c, "calls", SIM_THINGS_CAP);
}

uint32_t sim_model_route(struct sim_model *m, const struct sim_route_def *r)
{
    return SIM_PUSH(m, routes, *r, "routes", SIM_THINGS_CAP);
}

uint32_t sim_model_host(struct sim_model *m, const struct sim_host_def *h)
{
    return SIM_PUSH(m, hosts, *h, "hosts", SIM_STATIONS_CAP);
}

static uint32_t stations(const struct sim_model *m)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < m->services.count; i++)
        n += m->services.at[i].replicas;
    return n;
}

uint32_t sim_model_service(struct sim_model *m, const struct sim_service_def *s)
{
    if (s->replicas > SIM_STATIONS_CAP - stations(m))
        return sim_model_full(m, "replicas in all", SIM_STATIONS_CAP);
    return SIM_PUSH(m, services, *s, "services", SIM_STATIONS_CAP);
}

bool sim_model_scale(struct sim_model *m, uint32_t service, uint32_t replicas)
{
    struct sim_service_def *s = &m->services.at[service];
    uint32_t each = sim_model_processes(m, service);
    s->scales = true;
    if (replicas * each <= s->replicas)
        return true;
    uint32_t more = replicas * each - s->replicas;
    if (s->balance.weights > 0 || more > SIM_STATIONS_CAP - stations(m))
        return false;
    s->replicas += more;
    s->spare += more;
    return true;
}

uint32_t sim_model_client(struct sim_model *m, const struct sim_client_def *c)
{
    return SIM_PUSH(m, clients, *c, "clients", SIM_STATIONS_CAP);
}

uint32_t sim_model_link(struct sim_model *m, const struct sim_link_def *l)
{
    return SIM_PUSH(m, links, *l, "links", SIM_THINGS_CAP);
}

const struct sim_model_error *sim_model_error(const struct sim_model *m)
{
    return &m->error;
}

const struct sim_model_def *sim_model_about(const struct sim_model *m)
{
    return &m->def;
}

void sim_model_describe(struct sim_model *m, const struct sim_model_def *def)
{
    m->def = *def;
}
