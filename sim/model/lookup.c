// What a model has: by number, by name, and how many.

#include <string.h>

#include "sim/model/model_private.h"

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
