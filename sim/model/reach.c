#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/model/model_private.h"

// Which services send steps to which pools: a run makes worker processes for those alone. What
// a handler that is a function sends is known only when it does, so it may reach all pools.

static uint32_t end_of_route(const struct sim_model *m, uint32_t route)
{
    if (route + 1 < m->routes.count)
        return m->route_entry.at[route + 1].of;
    return m->clients.count > 0 ? m->client_entry.at[0].of : m->program.count;
}

static uint32_t end_of_client(const struct sim_model *m, uint32_t client)
{
    return client + 1 < m->clients.count ? m->client_entry.at[client + 1].of
                                         : m->program.count;
}

static void mark_calls(const struct sim_model *m, uint32_t begin, uint32_t end,
                       uint8_t *done)
{
    for (uint32_t i = begin; i < end; i++) {
        const struct sim_op *op = &m->program.ops[i];
        if (op->code == SIM_OP_CALL || op->code == SIM_OP_PUBLISH)
            done[op->a] = 1;
    }
}

static uint32_t count_calls(const struct sim_model *m, uint32_t service,
                            const uint8_t *done)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < m->calls.count; i++)
        n += m->calls.at[i].service == service && (!done || done[i]);
    return n;
}

// Where a call to it was made that nobody does, some variant of the scenario may have a use for it.
static bool may_call(const struct sim_model *m, uint32_t begin, uint32_t end,
                     uint32_t service, uint8_t *done)
{
    mark_calls(m, 0, m->program.count, done);
    uint32_t all = count_calls(m, service, done);
    if (all == 0 || all < count_calls(m, service, NULL))
        return true;
    memset(done, 0, m->calls.count);
    mark_calls(m, begin, end, done);
    return count_calls(m, service, done) > 0;
}

bool sim_model_may_call(const struct sim_model *m, const char *from, const char *to)
{
    uint32_t client = sim_model_find_client(m, from);
    uint32_t caller = sim_model_find_service(m, from);
    uint32_t begin, end;
    if (client != SIM_NONE) {
        begin = m->client_entry.at[client].of;
        end = end_of_client(m, client);
    } else if (caller != SIM_NONE) {
        const struct sim_service_def *s = &m->services.at[caller];
        begin = m->route_entry.at[s->first_route].of;
        end = end_of_route(m, s->first_route + s->routes - 1);
    } else {
        return false;
    }
    uint8_t *done = calloc(m->calls.count + 1u, 1);
    bool may = !done || may_call(m, begin, end, sim_model_find_service(m, to), done);
    free(done);
    return may;
}

static bool is_thread_pool(const struct sim_model *m, uint32_t pool)
{
    return m->pools.at[pool].kind == SIM_POOL_THREADS;
}

static bool nests(struct sim_model *m, const struct sim_service_def *s)
{
    snprintf(m->error.text, sizeof m->error.text,
             "steps in a worker of a pool of processes or interpreters cannot be sent to "
             "another such pool: service \"%s\"",
             s->name);
    m->error.line = s->line;
    return false;
}

// Bodies of steps that are sent stand behind the operation, up to where it goes on.
static bool read_ops(struct sim_model *m, const struct sim_service_def *s, uint8_t *row)
{
    uint32_t inside = 0;
    uint32_t end = end_of_route(m, s->first_route + s->routes - 1);
    for (uint32_t i = m->route_entry.at[s->first_route].of; i < end; i++) {
        const struct sim_op *op = &m->program.ops[i];
        if (op->code == SIM_OP_SCRIPT)
            memset(row, 1, m->pools.count);
        if (op->code != SIM_OP_OFFLOAD)
            continue;
        uint32_t pool = m->offloads.at[op->a].pool;
        row[pool] = 1;
        if (is_thread_pool(m, pool))
            continue;
        if (i < inside)
            return nests(m, s);
        inside = op->to;
    }
    return true;
}

bool sim_model_find_reach(struct sim_model *m)
{
    uint32_t pools = m->pools.count;
    m->reaches = calloc((size_t)m->services.count * pools + 1, 1);
    if (!m->reaches) {
        snprintf(m->error.text, sizeof m->error.text, "no memory left for the pools");
        return false;
    }
    for (uint32_t i = 0; i < m->services.count; i++)
        if (!read_ops(m, &m->services.at[i], m->reaches + (size_t)i * pools))
            return false;
    return true;
}

static uint32_t usual_workers(const struct sim_model *m, uint32_t service,
                              enum sim_pool_kind kind)
{
    const struct sim_service_def *s = &m->services.at[service];
    uint32_t cores = s->host == SIM_NONE ? s->cores : m->hosts.at[s->host].cores;
    if (kind == SIM_POOL_PROCESSES)
        return cores;
    return cores > 28 ? 32 : cores + 4;
}

uint32_t sim_model_pool_stations(const struct sim_model *m, uint32_t service, uint32_t pool)
{
    const struct sim_pool_def *p = &m->pools.at[pool];
    if (is_thread_pool(m, pool) || !m->reaches[(size_t)service * m->pools.count + pool])
        return 0;
    return p->workers == SIM_NONE ? usual_workers(m, service, p->kind) : p->workers;
}

bool sim_model_check_processes(struct sim_model *m)
{
    uint64_t n = 0;
    for (uint32_t s = 0; s < m->services.count; s++)
        for (uint32_t p = 0; p < m->pools.count; p++)
            n += (uint64_t)sim_model_pool_stations(m, s, p) * m->services.at[s].replicas;
    if (n <= SIM_PROCESSES)
        return true;
    snprintf(m->error.text, sizeof m->error.text,
             "more than %u worker processes and interpreters of pools in all",
             SIM_PROCESSES);
    return false;
}
