#ifndef SIM_MODEL_MODEL_PRIVATE_H
#define SIM_MODEL_MODEL_PRIVATE_H

// The inside of a model, for sim/model and sim/world only: growable tables, one a kind of thing.

#include <stddef.h>

#include "sim/model/model.h"
#include "sim/model/program.h"

#define SIM_TABLE(type)       \
    struct {                  \
        struct type *at;      \
        uint32_t count, room; \
    }

struct sim_name {
    char text[64];
};

struct sim_semaphore_def {
    char name[64];
    uint32_t n;
    bool is_lock; // of an interpreter's threads
};

struct sim_index {
    uint32_t of;
};

// What sealing found out, beside the definitions.
struct sim_model {
    struct sim_model_def def;
    SIM_TABLE(sim_value) values;
    SIM_TABLE(sim_branch) branches;
    SIM_TABLE(sim_point) points;
    SIM_TABLE(sim_index) children;
    SIM_TABLE(sim_step) steps;
    SIM_TABLE(sim_index) depth;       // of steps
    SIM_TABLE(sim_index) value_depth; // of values
    SIM_TABLE(sim_index) value_size;  // of values
    SIM_TABLE(sim_policy) policies;
    SIM_TABLE(sim_semaphore_def) semaphores;
    SIM_TABLE(sim_limiter_def) limiters;
    SIM_TABLE(sim_budget) budgets;
    SIM_TABLE(sim_breaker_def) breakers;
    SIM_TABLE(sim_concurrency_def) concurrency;
    SIM_TABLE(sim_shed_def) sheds;
    SIM_TABLE(sim_throttle_def) throttles;
    SIM_TABLE(sim_effect_def) effects;
    SIM_TABLE(sim_idempotency_def) idempotencies;
    SIM_TABLE(sim_bulkhead_def) bulkheads;
    SIM_TABLE(sim_hedge_def) hedges;
    SIM_TABLE(sim_cache_def) caches;
    SIM_TABLE(sim_cached_def) cached;
    SIM_TABLE(sim_pool_def) pools;
    SIM_TABLE(sim_offload_def) offloads;
    SIM_TABLE(sim_call_def) calls;
    SIM_TABLE(sim_route_def) routes;
    SIM_TABLE(sim_host_def) hosts;
    SIM_TABLE(sim_service_def) services;
    SIM_TABLE(sim_client_def) clients;
    SIM_TABLE(sim_link_def) links;
    SIM_TABLE(sim_name) fields;
    SIM_TABLE(sim_name) symbols;
    SIM_TABLE(sim_field_set) sets;
    SIM_TABLE(sim_index) route_entry;  // of routes: first operation
    SIM_TABLE(sim_index) client_entry; // of clients
    uint8_t *reaches;                  // of services and pools: one sends to the other
    struct sim_program program;
    struct sim_model_error error;
    bool sealed;
    bool pushes_back; // some answer says when to come back
};

// ---- model.c ----

// Caps on what a script may describe. They bound memory long before the run's own cap does,
// and a name or a list that needs more is a mistake in the script.
#define SIM_THINGS_CAP   65536u
#define SIM_STEPS_CAP    262144u
#define SIM_STATIONS_CAP 16384u
#define SIM_POOLS_CAP    1024u
#define SIM_DEPTH_CAP    200u
#define SIM_SIZE_CAP     10000u

// Says that there are too many, and is SIM_NONE.
uint32_t sim_model_full(struct sim_model *m, const char *what, uint32_t cap);
// Makes room for one more in a table; false when the cap or the memory is met.
bool sim_model_room(void **at, uint32_t count, uint32_t *have, size_t item, uint32_t cap);

// Adds an item to a table, and is its number, or SIM_NONE with the error set.
#define SIM_PUSH(m, table, item, what, cap)                                      \
    (sim_model_room((void **)&(m)->table.at, (m)->table.count, &(m)->table.room, \
                    sizeof *(m)->table.at, (cap))                                \
         ? ((m)->table.at[(m)->table.count] = (item), (m)->table.count++)        \
         : sim_model_full((m), (what), (cap)))

// Adds one as it is; sim_model_idempotency makes its steps before.
uint32_t sim_model_keys(struct sim_model *m, const struct sim_idempotency_def *d);

// ---- reach.c ----

// Worker processes and interpreters of all pools: they are stations, as replicas are.
#define SIM_PROCESSES 32768u

bool sim_model_find_reach(struct sim_model *m); // false: the error is set
bool sim_model_check_processes(struct sim_model *m);
// Stations that a replica needs for the workers of a pool: none where it sends nothing there.
uint32_t sim_model_pool_stations(const struct sim_model *m, uint32_t service,
                                 uint32_t pool);

#endif
