#include "sim/model/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/model/model_private.h"

// Caps on what a script may describe. They bound memory long before the run's own cap does,
// and a name or a list that needs more is a mistake in the script.
#define THINGS_CAP   65536u
#define STEPS_CAP    262144u
#define STATIONS_CAP 16384u
#define POOLS_CAP    1024u
#define DEPTH_CAP    200u
#define SIZE_CAP     10000u

static uint32_t full(struct sim_model *m, const char *what, uint32_t cap)
{
    snprintf(m->error.text, sizeof m->error.text, "more than %u %s", cap, what);
    return SIM_NONE;
}

// Makes room for one more in a table; false when the cap or the memory is met.
static bool room(void **at, uint32_t count, uint32_t *have, size_t item, uint32_t cap)
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

#define PUSH(m, table, item, what, cap)                                   \
    (room((void **)&(m)->table.at, (m)->table.count, &(m)->table.room,    \
          sizeof *(m)->table.at, (cap))                                   \
         ? ((m)->table.at[(m)->table.count] = (item), (m)->table.count++) \
         : full((m), (what), (cap)))

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
    return size > SIZE_CAP ? SIZE_CAP + 1 : size;
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
    if (size > SIZE_CAP)
        return full(m, "values in one expression", SIZE_CAP);
    uint32_t depth = value_depth(m, v);
    if (depth > DEPTH_CAP)
        return full(m, "operations nested in one expression", DEPTH_CAP);
    if (PUSH(m, value_depth, (struct sim_index){ depth }, "values", STEPS_CAP) == SIM_NONE)
        return SIM_NONE;
    if (PUSH(m, value_size, (struct sim_index){ size }, "values", STEPS_CAP) == SIM_NONE)
        return SIM_NONE;
    return PUSH(m, values, *v, "numbers, distributions and expressions", STEPS_CAP);
}

uint32_t sim_model_const(struct sim_model *m, double x)
{
    return sim_model_value(m, &(struct sim_value){ .kind = SIM_VALUE_CONST, .x = x });
}

uint32_t sim_model_branch(struct sim_model *m, struct sim_branch branch)
{
    return PUSH(m, branches, branch, "branches", STEPS_CAP);
}

uint32_t sim_model_point(struct sim_model *m, struct sim_point point)
{
    return PUSH(m, points, point, "points of curves and replays", 4 * STEPS_CAP);
}

uint32_t sim_model_child(struct sim_model *m, uint32_t step)
{
    return PUSH(m, children, (struct sim_index){ step }, "steps in lists", STEPS_CAP);
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
    if (depth > DEPTH_CAP)
        return full(m, "steps nested in one another", DEPTH_CAP);
    if (PUSH(m, depth, (struct sim_index){ depth }, "steps", STEPS_CAP) == SIM_NONE)
        return SIM_NONE;
    return PUSH(m, steps, *s, "steps", STEPS_CAP);
}

uint32_t sim_model_policy(struct sim_model *m, const struct sim_policy *p)
{
    return PUSH(m, policies, *p, "policies", THINGS_CAP);
}

uint32_t sim_model_semaphore(struct sim_model *m, const char *name, uint32_t n)
{
    struct sim_semaphore_def s = { .n = n };
    snprintf(s.name, sizeof s.name, "%s", name);
    return PUSH(m, semaphores, s, "semaphores", THINGS_CAP);
}

uint32_t sim_model_lock(struct sim_model *m, const char *name)
{
    struct sim_semaphore_def s = { .n = 1, .is_lock = true };
    snprintf(s.name, sizeof s.name, "%s", name);
    return PUSH(m, semaphores, s, "semaphores", THINGS_CAP);
}

uint32_t sim_model_limiter(struct sim_model *m, const struct sim_limiter_def *l)
{
    struct sim_limiter_def own = *l;
    own.ask = own.tell = SIM_NONE;
    m->pushes_back = m->pushes_back || l->pushes_back;
    return PUSH(m, limiters, own, "rate limiters", THINGS_CAP);
}

uint32_t sim_model_concurrency(struct sim_model *m, const struct sim_concurrency_def *c)
{
    return PUSH(m, concurrency, *c, "concurrency limits", THINGS_CAP);
}

uint32_t sim_model_shed(struct sim_model *m, const struct sim_shed_def *s)
{
    struct sim_shed_def def = *s;
    for (int i = 0; i < SIM_CRITICALITIES; i++)
        def.words[i] = sim_model_symbol(m, sim_criticality_name((enum sim_criticality)i));
    return PUSH(m, sheds, def, "places that shed", THINGS_CAP);
}

uint32_t sim_model_throttle(struct sim_model *m, const struct sim_throttle_def *t)
{
    return PUSH(m, throttles, *t, "throttles", THINGS_CAP);
}

uint32_t sim_model_breaker(struct sim_model *m, const struct sim_breaker_def *b)
{
    return PUSH(m, breakers, *b, "breakers", THINGS_CAP);
}

uint32_t sim_model_keys(struct sim_model *m, const struct sim_idempotency_def *d)
{
    return PUSH(m, idempotencies, *d, "idempotency policies", THINGS_CAP);
}

uint32_t sim_model_effect(struct sim_model *m, const struct sim_effect_def *e)
{
    return PUSH(m, effects, *e, "effects", THINGS_CAP);
}

void sim_model_follow(struct sim_model *m, uint32_t effect, uint32_t first)
{
    m->effects.at[effect].follows = first + 1;
    m->effects.at[first].followed_by = effect + 1;
}

uint32_t sim_model_bulkhead(struct sim_model *m, const struct sim_bulkhead_def *b)
{
    return PUSH(m, bulkheads, *b, "bulkheads", THINGS_CAP);
}

uint32_t sim_model_budget(struct sim_model *m, const struct sim_budget *b)
{
    return PUSH(m, budgets, *b, "budgets", THINGS_CAP);
}

struct sim_pool_def sim_pool_default(enum sim_pool_kind kind, uint32_t workers)
{
    return (struct sim_pool_def){ .kind = kind,
                                  .workers = workers,
                                  .startup = SIM_STARTUP_USUAL };
}

uint32_t sim_model_pool(struct sim_model *m, const struct sim_pool_def *p)
{
    return PUSH(m, pools, *p, "pools", POOLS_CAP);
}

uint32_t sim_model_offload(struct sim_model *m, const struct sim_offload_def *o)
{
    return PUSH(m, offloads, *o, "steps in pools", THINGS_CAP);
}

uint32_t sim_model_hedge(struct sim_model *m, const struct sim_hedge_def *h)
{
    return PUSH(m, hedges, *h, "hedges", THINGS_CAP);
}

uint32_t sim_model_cache(struct sim_model *m, const struct sim_cache_def *c)
{
    return PUSH(m, caches, *c, "caches", THINGS_CAP);
}

uint32_t sim_model_cached(struct sim_model *m, const struct sim_cached_def *c)
{
    return PUSH(m, cached, *c, "cached steps", THINGS_CAP);
}

uint32_t sim_model_call(struct sim_model *m, const struct sim_call_def *c)
{
    return PUSH(m, calls, *c, "calls", THINGS_CAP);
}

uint32_t sim_model_route(struct sim_model *m, const struct sim_route_def *r)
{
    return PUSH(m, routes, *r, "routes", THINGS_CAP);
}

uint32_t sim_model_host(struct sim_model *m, const struct sim_host_def *h)
{
    return PUSH(m, hosts, *h, "hosts", STATIONS_CAP);
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
    if (s->replicas > STATIONS_CAP - stations(m))
        return full(m, "replicas in all", STATIONS_CAP);
    return PUSH(m, services, *s, "services", STATIONS_CAP);
}

bool sim_model_scale(struct sim_model *m, uint32_t service, uint32_t replicas)
{
    struct sim_service_def *s = &m->services.at[service];
    uint32_t each = sim_model_processes(m, service);
    s->scales = true;
    if (replicas * each <= s->replicas)
        return true;
    uint32_t more = replicas * each - s->replicas;
    if (s->balance.weights > 0 || more > STATIONS_CAP - stations(m))
        return false;
    s->replicas += more;
    s->spare += more;
    return true;
}

uint32_t sim_model_client(struct sim_model *m, const struct sim_client_def *c)
{
    return PUSH(m, clients, *c, "clients", STATIONS_CAP);
}

uint32_t sim_model_link(struct sim_model *m, const struct sim_link_def *l)
{
    return PUSH(m, links, *l, "links", THINGS_CAP);
}

static uint32_t find_name(const struct sim_name *at, uint32_t count, const char *name)
{
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(at[i].text, name) == 0)
            return i;
    return SIM_NONE;
}

uint32_t sim_model_field(struct sim_model *m, const char *name)
{
    uint32_t found = find_name(m->fields.at, m->fields.count, name);
    if (found != SIM_NONE)
        return found;
    struct sim_name n;
    snprintf(n.text, sizeof n.text, "%s", name);
    return PUSH(m, fields, n, "fields of requests", SIM_FIELDS);
}

double sim_model_symbol(struct sim_model *m, const char *word)
{
    uint32_t found = find_name(m->symbols.at, m->symbols.count, word);
    if (found == SIM_NONE) {
        struct sim_name n;
        snprintf(n.text, sizeof n.text, "%s", word);
        found = PUSH(m, symbols, n, "words as values of fields", THINGS_CAP);
    }
    // Words are told from numbers by lying where no count or amount lies.
    return SIM_SYMBOL_BASE - (double)found;
}

uint32_t sim_model_find_field(const struct sim_model *m, const char *name)
{
    return find_name(m->fields.at, m->fields.count, name);
}

const char *sim_model_symbol_text(const struct sim_model *m, double x)
{
    double i = SIM_SYMBOL_BASE - x;
    return i >= 0 && i < m->symbols.count ? m->symbols.at[(uint32_t)i].text : NULL;
}

uint32_t sim_model_field_set(struct sim_model *m, struct sim_field_set set)
{
    return PUSH(m, sets, set, "fields of clients", THINGS_CAP);
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

static bool looks_at(const struct sim_model *m, uint32_t value, uint32_t field)
{
    const struct sim_value *v = &m->values.at[value];
    switch (v->kind) {
    case SIM_VALUE_FIELD:
        return v->a == field;
    case SIM_VALUE_ADD:
    case SIM_VALUE_SUB:
    case SIM_VALUE_MUL:
    case SIM_VALUE_DIV:
        return looks_at(m, v->a, field) || looks_at(m, v->b, field);
    case SIM_VALUE_MIX:
    case SIM_VALUE_SWITCH:
        for (uint32_t i = 0; i < v->count; i++)
            if (looks_at(m, m->branches.at[v->first + i].to, field))
                return true;
        return v->kind == SIM_VALUE_SWITCH && v->a == field;
    default:
        return false;
    }
}

static bool is_ready(const struct sim_model *m, const struct sim_field_set *sets,
                     uint32_t n, uint32_t i, uint32_t done)
{
    for (uint32_t k = done; k < n; k++)
        if (looks_at(m, sets[i].value, sets[k].field))
            return false;
    return true;
}

bool sim_model_order_fields(const struct sim_model *m, struct sim_field_set *sets,
                            uint32_t n)
{
    for (uint32_t done = 0; done < n; done++) {
        uint32_t best = n;
        for (uint32_t i = done; i < n; i++)
            if (is_ready(m, sets, n, i, done) &&
                (best == n || strcmp(m->fields.at[sets[i].field].text,
                                     m->fields.at[sets[best].field].text) < 0))
                best = i;
        if (best == n)
            return false;
        struct sim_field_set swap = sets[done];
        sets[done] = sets[best];
        sets[best] = swap;
    }
    return true;
}

uint32_t sim_model_find_route(const struct sim_model *m, uint32_t service, const char *name)
{
    const struct sim_service_def *s = &m->services.at[service];
    for (uint32_t i = 0; i < s->routes; i++)
        if (strcmp(m->routes.at[s->first_route + i].name, name) == 0)
            return s->first_route + i;
    return SIM_NONE;
}

const struct sim_limiter_def *sim_model_limiter_at(const struct sim_model *m, uint32_t i)
{
    return &m->limiters.at[i];
}

const struct sim_bulkhead_def *sim_model_bulkhead_at(const struct sim_model *m, uint32_t i)
{
    return &m->bulkheads.at[i];
}

const struct sim_policy *sim_model_policy_at(const struct sim_model *m, uint32_t i)
{
    return &m->policies.at[i];
}

uint32_t sim_model_bulkheads(const struct sim_model *m)
{
    return m->bulkheads.count;
}

uint32_t sim_model_limiters(const struct sim_model *m)
{
    return m->limiters.count;
}

const struct sim_cache_def *sim_model_cache_at(const struct sim_model *m, uint32_t i)
{
    return &m->caches.at[i];
}

uint32_t sim_model_caches(const struct sim_model *m)
{
    return m->caches.count;
}

uint32_t sim_model_find_cache(const struct sim_model *m, const char *name)
{
    for (uint32_t i = 0; i < m->caches.count; i++)
        if (strcmp(m->caches.at[i].name, name) == 0)
            return i;
    return SIM_NONE;
}

double sim_model_find_symbol(const struct sim_model *m, const char *word)
{
    uint32_t found = find_name(m->symbols.at, m->symbols.count, word);
    return found == SIM_NONE ? NAN : SIM_SYMBOL_BASE - (double)found;
}

const struct sim_effect_def *sim_model_effect_at(const struct sim_model *m, uint32_t i)
{
    return &m->effects.at[i];
}

uint32_t sim_model_effects(const struct sim_model *m)
{
    return m->effects.count;
}

uint32_t sim_model_find_effect(const struct sim_model *m, const char *name)
{
    for (uint32_t i = 0; i < m->effects.count; i++)
        if (strcmp(m->effects.at[i].name, name) == 0)
            return i;
    return SIM_NONE;
}

uint32_t sim_model_find_quota(const struct sim_model *m, const char *name)
{
    for (uint32_t i = 0; i < m->limiters.count; i++)
        if (m->limiters.at[i].is_quota && m->limiters.at[i].name[0] != '\0' &&
            strcmp(m->limiters.at[i].name, name) == 0)
            return i;
    return SIM_NONE;
}

uint32_t sim_model_find_bulkhead(const struct sim_model *m, const char *name)
{
    for (uint32_t i = 0; i < m->bulkheads.count; i++)
        if (m->bulkheads.at[i].name[0] != '\0' &&
            strcmp(m->bulkheads.at[i].name, name) == 0)
            return i;
    return SIM_NONE;
}

uint32_t sim_model_find_service(const struct sim_model *m, const char *name)
{
    for (uint32_t i = 0; i < m->services.count; i++)
        if (strcmp(m->services.at[i].name, name) == 0)
            return i;
    return SIM_NONE;
}

uint32_t sim_model_find_client(const struct sim_model *m, const char *name)
{
    for (uint32_t i = 0; i < m->clients.count; i++)
        if (strcmp(m->clients.at[i].name, name) == 0)
            return i;
    return SIM_NONE;
}

bool sim_model_value_is_rate(const struct sim_model *m, uint32_t value)
{
    const struct sim_value *v = &m->values.at[value];
    if (v->kind == SIM_VALUE_CURVE) {
        for (uint32_t i = 0; i < v->count; i++)
            if (!(m->points.at[v->first + i].y >= 0))
                return false;
        return true;
    }
    return v->kind == SIM_VALUE_CONST && v->x >= 0;
}

bool sim_model_value_is_fixed(const struct sim_model *m, uint32_t value)
{
    const struct sim_value *v = &m->values.at[value];
    switch (v->kind) {
    case SIM_VALUE_CONST:
    case SIM_VALUE_FIELD:
        return true;
    case SIM_VALUE_ADD:
    case SIM_VALUE_SUB:
    case SIM_VALUE_MUL:
    case SIM_VALUE_DIV:
        return sim_model_value_is_fixed(m, v->a) && sim_model_value_is_fixed(m, v->b);
    case SIM_VALUE_SWITCH:
        for (uint32_t i = 0; i < v->count; i++)
            if (!sim_model_value_is_fixed(m, m->branches.at[v->first + i].to))
                return false;
        return true;
    default:
        return false;
    }
}

bool sim_model_value_is_word(const struct sim_model *m, uint32_t value)
{
    const struct sim_value *v = &m->values.at[value];
    if (v->kind == SIM_VALUE_CONST)
        return v->x <= SIM_SYMBOL_BASE;
    return (v->kind == SIM_VALUE_MIX || v->kind == SIM_VALUE_SWITCH) && v->b != 0;
}

uint32_t sim_model_value_field(const struct sim_model *m, uint32_t value)
{
    const struct sim_value *v = &m->values.at[value];
    return v->kind == SIM_VALUE_FIELD ? v->a : SIM_NONE;
}

uint32_t sim_model_clients(const struct sim_model *m)
{
    return m->clients.count;
}

uint32_t sim_model_services(const struct sim_model *m)
{
    return m->services.count;
}

const char *sim_model_client_name(const struct sim_model *m, uint32_t client)
{
    return m->clients.at[client].name;
}

const char *sim_model_service_name(const struct sim_model *m, uint32_t service)
{
    return m->services.at[service].name;
}

uint32_t sim_model_replicas(const struct sim_model *m, uint32_t service)
{
    return m->services.at[service].replicas;
}

uint32_t sim_model_replicas_at_first(const struct sim_model *m, uint32_t service)
{
    return m->services.at[service].replicas - m->services.at[service].spare;
}

uint32_t sim_model_processes(const struct sim_model *m, uint32_t service)
{
    uint32_t n = m->services.at[service].executor.processes;
    return n > 1 ? n : 1;
}

uint32_t sim_model_workers(const struct sim_model *m, uint32_t service)
{
    return m->services.at[service].executor.workers;
}

uint32_t sim_model_cores(const struct sim_model *m, uint32_t service)
{
    const struct sim_service_def *s = &m->services.at[service];
    return s->host == SIM_NONE ? s->cores : m->hosts.at[s->host].cores;
}

const struct sim_pool_def *sim_model_pool_at(const struct sim_model *m, uint32_t pool)
{
    return &m->pools.at[pool];
}

const struct sim_service_def *sim_model_service_at(const struct sim_model *m, uint32_t i)
{
    return &m->services.at[i];
}

// ---- Sealing ----

static bool fail(struct sim_model *m, int line, const char *text, const char *word)
{
    snprintf(m->error.text, sizeof m->error.text, "%s \"%s\"", text, word);
    snprintf(m->error.word, sizeof m->error.word, "%s", word);
    m->error.line = line;
    return false;
}

static void offer_services(struct sim_model *m, bool stores_only)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < m->services.count && n < SIM_KNOWN - 1; i++)
        if (m->services.at[i].is_store || !stores_only)
            m->error.known[n++] = m->services.at[i].name;
    m->error.known[n] = NULL;
}

static bool resolve_route(struct sim_model *m, struct sim_call_def *c)
{
    const struct sim_service_def *s = &m->services.at[c->service];
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->routes; i++) {
        struct sim_route_def *r = &m->routes.at[s->first_route + i];
        if (c->route[0] == '\0' || strcmp(r->name, c->route) == 0) {
            c->entry = s->first_route + i;
            return true;
        }
        if (n < SIM_KNOWN - 1)
            m->error.known[n++] = r->name;
    }
    m->error.known[n] = NULL;
    return fail(m, c->line, "the service called has no route", c->route);
}

static bool resolve_call(struct sim_model *m, struct sim_call_def *c)
{
    c->service = sim_model_find_service(m, c->target);
    if (c->service == SIM_NONE) {
        offer_services(m, c->asks);
        return fail(m, c->line, c->asks ? "there is no store" : "there is no service",
                    c->target);
    }
    if (c->asks && !m->services.at[c->service].is_store) {
        offer_services(m, true);
        return fail(m, c->line,
                    "a rate limit counts in a store, which this is not:", c->target);
    }
    if (c->is_message && !m->services.at[c->service].executor.broker.is_used)
        return fail(m, c->line,
                    "a message needs a broker, as that of executor = celery {}, which this "
                    "service does not have:",
                    c->target);
    return resolve_route(m, c);
}

static const struct sim_service_def *service_of(const struct sim_model *m, uint32_t route)
{
    for (uint32_t i = 0; i < m->services.count; i++) {
        const struct sim_service_def *s = &m->services.at[i];
        if (route >= s->first_route && route < s->first_route + s->routes)
            return s;
    }
    return NULL;
}

static bool cannot_compile(struct sim_model *m, int line, const char *what)
{
    if (m->program.error)
        return fail(m, line, m->program.error, what);
    snprintf(m->error.text, sizeof m->error.text,
             "the handlers together have more steps than the 65,535 that a scenario "
             "may hold");
    return false;
}

static bool compile_route(struct sim_model *m, uint32_t i)
{
    const struct sim_service_def *s = service_of(m, i);
    enum sim_executor_kind by = s ? s->executor.kind : SIM_THREADS;
    uint32_t entry =
        sim_program_compile(&m->program, m, m->routes.at[i].step, SIM_OP_END, by);
    if (entry == SIM_NONE)
        return cannot_compile(m, s ? s->line : 0, s ? s->name : "");
    return PUSH(m, route_entry, (struct sim_index){ entry }, "routes", THINGS_CAP) !=
           SIM_NONE;
}

static bool compile_client(struct sim_model *m, uint32_t i)
{
    const struct sim_client_def *c = &m->clients.at[i];
    uint32_t entry = sim_program_compile(&m->program, m, c->step, SIM_OP_END, SIM_THREADS);
    if (entry == SIM_NONE)
        return cannot_compile(m, c->line, c->name);
    return PUSH(m, client_entry, (struct sim_index){ entry }, "clients", STATIONS_CAP) !=
           SIM_NONE;
}

static bool compile_all(struct sim_model *m)
{
    for (uint32_t i = 0; i < m->routes.count; i++)
        if (!compile_route(m, i))
            return false;
    for (uint32_t i = 0; i < m->clients.count; i++)
        if (!compile_client(m, i))
            return false;
    return true;
}

// A client has no cores and no runtime: what it does is call and wait.
static bool check_clients(struct sim_model *m)
{
    for (uint32_t i = 0; i < m->clients.count; i++) {
        const struct sim_client_def *c = &m->clients.at[i];
        uint32_t end =
            i + 1 < m->clients.count ? m->client_entry.at[i + 1].of : m->program.count;
        for (uint32_t op = m->client_entry.at[i].of; op < end; op++)
            if (m->program.ops[op].code == SIM_OP_PYTHON ||
                m->program.ops[op].code == SIM_OP_NATIVE ||
                m->program.ops[op].code == SIM_OP_OFFLOAD)
                return fail(m, c->line, "there is no core for the work of client", c->name);
    }
    return true;
}

bool sim_model_seal(struct sim_model *m)
{
    for (uint32_t i = 0; i < m->calls.count; i++)
        if (!resolve_call(m, &m->calls.at[i]))
            return false;
    if (!compile_all(m))
        return false;
    m->sealed = check_clients(m) && sim_model_find_reach(m) && sim_model_check_processes(m);
    return m->sealed;
}

uint32_t sim_model_extend(struct sim_model *m, uint32_t step, enum sim_executor_kind by)
{
    for (uint32_t i = 0; i < m->calls.count; i++)
        if (m->calls.at[i].service == SIM_NONE && !resolve_call(m, &m->calls.at[i]))
            return SIM_NONE;
    uint32_t entry = sim_program_compile(&m->program, m, step, SIM_OP_SCRIPT_END, by);
    if (entry == SIM_NONE && m->program.error)
        fail(m, 0, m->program.error, "this service");
    else if (entry == SIM_NONE)
        full(m, "steps; build steps that are all alike outside the function", 65535);
    return entry;
}
