#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/model/model_private.h"

// A store is a service whose routes take their time and then do what a rate limiter asks for.
// Asking it is a call within a timeout; whatever becomes of that but an answer is the store's
// failure, and the limiter's own step says what then. A cancellation is none, and passes.

static const char *const actions[SIM_STORE_ACTIONS] = {
    [SIM_STORE_READ] = "read",
    [SIM_STORE_WRITE] = "write",
    [SIM_STORE_SCRIPT] = "script",
};

static uint32_t step(struct sim_model *m, enum sim_step_kind kind, uint32_t a, uint32_t b)
{
    return sim_model_step(
        m, &(struct sim_step){ .kind = kind, .a = a, .b = b, .value = SIM_NONE });
}

// ---- The service ----

static uint32_t act(struct sim_model *m, enum sim_store_action action, uint32_t took)
{
    struct sim_step wait = { .kind = SIM_STEP_IO, .value = took };
    struct sim_step both = { .kind = SIM_STEP_LIST, .count = 2, .value = SIM_NONE };
    uint32_t first = sim_model_step(m, &wait), then = step(m, SIM_STEP_STORE, action, 0);
    if (first == SIM_NONE || then == SIM_NONE)
        return SIM_NONE;
    both.first = sim_model_child(m, first);
    return sim_model_child(m, then) == SIM_NONE ? SIM_NONE : sim_model_step(m, &both);
}

uint32_t sim_model_store(struct sim_model *m, const struct sim_store_def *def)
{
    struct sim_route_def routes[SIM_STORE_ACTIONS];
    struct sim_service_def s; // its bytes are compared (sim_model_apart)
    memset(&s, 0, sizeof s);
    memset(routes, 0, sizeof routes); // definitions are compared byte by byte
    s.replicas = s.cores = 1;
    s.host = SIM_NONE;
    s.routes = SIM_STORE_ACTIONS;
    s.executor.workers = def->connections;
    s.executor.capacity = def->capacity;
    s.executor.max_wait = SIM_NONE;
    s.is_store = true;
    s.failover = def->failover;
    s.lag = def->lag;
    s.line = def->line;
    snprintf(s.name, sizeof s.name, "%s", def->name);
    for (uint32_t i = 0; i < SIM_STORE_ACTIONS; i++) {
        routes[i].step = act(m, (enum sim_store_action)i, def->took[i]);
        if (routes[i].step == SIM_NONE)
            return SIM_NONE;
        snprintf(routes[i].name, sizeof routes[i].name, "%s", actions[i]);
    }
    for (uint32_t i = 0; i < SIM_STORE_ACTIONS; i++) {
        uint32_t at = sim_model_route(m, &routes[i]);
        if (at == SIM_NONE)
            return SIM_NONE;
        s.first_route = i == 0 ? at : s.first_route;
    }
    return sim_model_service(m, &s);
}

// ---- Asking it ----

// What asks a store.
enum asker {
    LIMITER,
    KEYS
};

static uint32_t call_within_timeout(struct sim_model *m, const struct sim_sharing *sharing,
                                    enum sim_store_action action, enum asker asker)
{
    struct sim_policy timeout = { .kind = SIM_POLICY_TIMEOUT, .value = sharing->timeout };
    struct sim_call_def call = { .service = SIM_NONE,
                                 .deadline = SIM_NONE,
                                 .asks = asker == LIMITER,
                                 .asks_key = asker == KEYS,
                                 .line = sharing->line };
    snprintf(call.target, sizeof call.target, "%s", sharing->store);
    snprintf(call.route, sizeof call.route, "%s", actions[action]);
    uint32_t policy = sim_model_policy(m, &timeout), to = sim_model_call(m, &call);
    if (policy == SIM_NONE || to == SIM_NONE)
        return SIM_NONE;
    uint32_t asking = step(m, SIM_STEP_CALL, to, 0);
    return asking == SIM_NONE ? SIM_NONE : step(m, SIM_STEP_WITH, policy, asking);
}

static uint32_t ask(struct sim_model *m, const struct sim_sharing *sharing,
                    enum sim_store_action action, enum asker asker)
{
    static const enum sim_outcome failures[] = { SIM_ERROR, SIM_TIMEOUT, SIM_REJECTED,
                                                 SIM_LOST };
    uint32_t n = sizeof failures / sizeof *failures;
    struct sim_step tries = { .kind = SIM_STEP_TRY, .count = n, .value = SIM_NONE };
    tries.b = call_within_timeout(m, sharing, action, asker);
    uint32_t failed = step(m, SIM_STEP_STORE_FAILED, sharing->fails_open, asker == KEYS);
    if (tries.b == SIM_NONE || failed == SIM_NONE)
        return SIM_NONE;
    for (uint32_t i = 0; i < n; i++) {
        struct sim_branch branch = { .key = failures[i], .to = failed };
        uint32_t at = sim_model_branch(m, branch);
        if (at == SIM_NONE)
            return SIM_NONE;
        tries.first = i == 0 ? at : tries.first;
    }
    return sim_model_step(m, &tries);
}

uint32_t sim_model_shared_limiter(struct sim_model *m, const struct sim_limiter_def *l,
                                  const struct sim_sharing *sharing)
{
    uint32_t asks =
        ask(m, sharing, sharing->is_atomic ? SIM_STORE_SCRIPT : SIM_STORE_READ, LIMITER);
    uint32_t tells =
        sharing->is_atomic ? SIM_NONE : ask(m, sharing, SIM_STORE_WRITE, LIMITER);
    if (asks == SIM_NONE || (!sharing->is_atomic && tells == SIM_NONE))
        return SIM_NONE;
    uint32_t limiter = sim_model_limiter(m, l);
    if (limiter == SIM_NONE)
        return SIM_NONE;
    m->limiters.at[limiter].ask = asks;
    m->limiters.at[limiter].tell = tells;
    return limiter;
}

// Taking a key is one step of the store, which looks and claims at once; so is recording.
uint32_t sim_model_idempotency(struct sim_model *m, const struct sim_idempotency_def *d,
                               const struct sim_sharing *sharing)
{
    struct sim_idempotency_def def = *d;
    def.take = def.tell = SIM_NONE;
    if (sharing) {
        def.take = ask(m, sharing, SIM_STORE_SCRIPT, KEYS);
        def.tell = ask(m, sharing, SIM_STORE_WRITE, KEYS);
        if (def.take == SIM_NONE || def.tell == SIM_NONE)
            return SIM_NONE;
    }
    return sim_model_keys(m, &def);
}
