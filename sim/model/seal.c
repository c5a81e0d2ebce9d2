// Sealing: names become numbers, and the steps one flat program.

#include <stdio.h>
#include <string.h>

#include "sim/model/model_private.h"

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
    return SIM_PUSH(m, route_entry, (struct sim_index){ entry }, "routes",
                    SIM_THINGS_CAP) != SIM_NONE;
}

static bool compile_client(struct sim_model *m, uint32_t i)
{
    const struct sim_client_def *c = &m->clients.at[i];
    uint32_t entry = sim_program_compile(&m->program, m, c->step, SIM_OP_END, SIM_THREADS);
    if (entry == SIM_NONE)
        return cannot_compile(m, c->line, c->name);
    return SIM_PUSH(m, client_entry, (struct sim_index){ entry }, "clients",
                    SIM_STATIONS_CAP) != SIM_NONE;
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
        sim_model_full(m, "steps; build steps that are all alike outside the function",
                       65535);
    return entry;
}
