#ifndef SIM_WORLD_AROUND_STATE_H
#define SIM_WORLD_AROUND_STATE_H

// What policies keep while a run goes on.

#include "sim/engine/random.h"
#include "sim/model/model_private.h"
#include "sim/policy/balancer.h"
#include "sim/world/world.h"

// Who probes a replica, or several that are one container (probe.c).
struct sim_prober {
    struct sim_probe_state state;
    sim_time due;     // of the last tick
    uint32_t visit;   // under way, or SIM_NONE
    uint32_t station; // the first one's
    uint32_t life;    // of its process, when it was asked
    uint8_t kind;
    bool has_answer, is_good;
};

// In place of an edge: the visit is a probe's.
#define SIM_NO_EDGE UINT16_MAX

// What all rate limiters of a run remember (limiter.c).
struct sim_limit_key {
    uint64_t a, b; // whose it is
    struct sim_limit_state state;
};
_Static_assert(sizeof(struct sim_limit_key) == 40,
               "with its slots a key fits one cache line");

enum sim_limit_asked {
    SIM_ASKED,   // no answer has come yet
    SIM_SEEN,    // what was seen, and the caller decides
    SIM_LETS,    // the call passes
    SIM_FORBIDS, // or does not
    SIM_FAILS_OPEN,
    SIM_FAILS_CLOSED
};

// What a call asks of a limiter's store, and what it has been told; of its visit there, what
// that brings along.
struct sim_limit_ask {
    struct sim_limit_state seen;
    sim_time wait;
    uint32_t limiter; // SIM_NONE: the visit of a store does not come from one
    uint8_t asked;    // enum sim_limit_asked
};

// 128 bits that stand for somebody.
struct sim_who {
    uint64_t a, b;
};

// An account (account.c).
struct sim_account {
    struct sim_who who;
    double key[SIM_LIMIT_FIELDS];
    uint32_t book, keys;
    int64_t counts[SIM_ACCOUNT_COUNTS];
    int64_t window, used, limit; // of a quota: used in that window, which may be over
};

struct sim_accounts {
    struct sim_account *at;
    uint32_t *slots; // place in `at` plus 1; 0: none
    uint32_t count, mask;
    uint32_t tenant; // field; SIM_NONE: no client says whose its requests are
};

// For whom an effect has been done, and how often (effect.c).
struct sim_effect_done {
    struct sim_who who;
    uint32_t times;
    bool is_missing; // it was said to be done before it was
};

// One that will be had when what it is in one with is recorded.
struct sim_effect_pending {
    struct sim_who who,
        other;             // other: as of the effect that it follows, or that follows it
    uint32_t effect, next; // next: of the key, or of the free ones; 0: the last
};

struct sim_effects {
    struct sim_effect_pending *pending; // from 1
    uint32_t pending_free, pending_used;
    struct sim_meter *meters; // of the model's effects
    struct sim_effect_done *at;
    uint32_t *slots; // place in `at` plus 1; 0: none
    uint32_t count, mask;
};

// Idempotency keys (keys.c).
struct sim_kept_key {
    struct sim_who who;
    struct sim_key key;
    uint32_t pending; // effects of its owner that are in one with its record; 0: none
    uint32_t store;   // its station plus 1; 0: it is in none
    sim_time written; // there, last
};

enum sim_key_said {
    SIM_KEY_NOTHING_SAID, // no answer has come yet
    SIM_KEY_SAID,         // what the store says
    SIM_KEY_FAILS_OPEN,
    SIM_KEY_FAILS_CLOSED
};

// What a task asks of the store of its key, and what it has been told; of its visit there, what that
// brings along.
struct sim_key_ask {
    uint32_t idempotency; // SIM_NONE: the visit does not come from one
    uint32_t key;         // place
    uint32_t owner, status;
    uint64_t fingerprint;
    uint8_t said;    // enum sim_key_said
    uint8_t answer;  // enum sim_key_answer; of a record 1: heard
    uint8_t outcome; // of the work
};

struct sim_keys {
    struct sim_kept_key *at;
    uint32_t *slots; // place in `at` plus 1; 0: none
    uint32_t count, mask;
    struct sim_who *of;       // of tasks: the key that came along; zeros: none
    struct sim_key_ask *asks; // of tasks
    uint32_t vain;            // effects of who has lost its key: nobody will have them
};

struct sim_limit_keys {
    struct sim_limit_key *at;
    uint32_t *slots; // place in `at` plus 1; 0: none
    uint32_t count, mask;
    struct sim_limit_log log;
    uint32_t counted; // of the log's nodes, as memory
};

// What is kept about the breakers of a run (breaker.c).
struct sim_breaker_keep {
    struct sim_breaker_memory memory;
    uint32_t life; // of the process that it is of, from 1; 0: has not been used
    uint32_t op;   // that asked it or told it last
};

#define SIM_BREAKER_CHANGES (1u << 16) // that are put on record

struct sim_breaker_change {
    sim_time at;
    uint32_t station, breaker, call; // call: the operation that it is around; 0: none
    enum sim_breaker_state from, to;
    struct sim_breaker_bucket cause;
};

struct sim_breakers {
    struct sim_breaker_keep *at; // [station * breakers of the model + number]
    struct sim_breaker_bucket *buckets;
    uint32_t *first;       // of breakers: bucket among those of a station
    uint32_t buckets_each; // of a station
    size_t stations;
    enum sim_breaker_state *forced; // of breakers: what they were put into; closed: nothing
    struct sim_breaker_change *changes;
    uint32_t change_count;
};

// What is kept about the bulkheads and the pools of connections of a run (bulkhead.c).
struct sim_bulkhead_keep {
    struct sim_bulkhead_state state;
    uint32_t life; // of the process that it is of, from 1; 0: has not been used
};

// Of all that have one definition.
struct sim_bulkhead_book {
    struct sim_meter meter;
    sim_wide queued, busy; // levels
    uint32_t waiting, used;
};

struct sim_bulkheads {
    struct sim_bulkhead_keep *at; // [station * bulkheads of the model + number]
    sim_time *since;              // of connections that nobody uses
    uint32_t *first;     // of bulkheads: place of the first among those of a station
    uint32_t since_each; // of a station
    struct sim_line_node *nodes; // of scopes, plus 1
    struct sim_bulkhead_book *books;
    size_t stations;
};

// The caches of a run (cache.c): the shared ones first, then a row of local ones for each station.
struct sim_cache_keep {
    struct sim_cache_memory memory;
    uint32_t life; // of the process that it is of, from 1; 0: has not been used
};

struct sim_caches {
    struct sim_cache_pool pool;
    uint32_t *leaders; // of entries: the scope that loads for those who join
    uint32_t counted;  // entries, as memory
    struct sim_cache_keep *at;
    size_t places;           // so many
    struct sim_meter *meter; // of each; counts by enum sim_cache_count
    struct sim_random *key_rng, *ttl_rng;
};

// A concurrency limit of a station (concurrency.c).
struct sim_concurrency_keep {
    struct sim_concurrency_state state;
    struct sim_random rng;
    sim_time since; // how many it lets through is integrated up to then
    uint32_t under_way;
    uint32_t life; // of the process that it is of, from 1; 0: has not been used
};

struct sim_concurrency_keeps {
    struct sim_concurrency_keep *at; // [station * limits of the model + number]
    size_t stations;
};

// A throttle of a station (throttle.c).
struct sim_throttle_keep {
    struct sim_throttle_memory memory;
    struct sim_random rng;
    uint32_t life; // of the process that it is of, from 1; 0: has not been used
};

struct sim_throttles {
    struct sim_throttle_keep *at; // [station * throttles of the model + number]
    size_t stations;
};

// Shedding by utilisation at a station (utilisation.c).
struct sim_utilisation_keep {
    struct sim_utilisation_state state;
    struct sim_random rng;
    uint32_t life; // of the process that it is of, from 1; 0: has not been used
};

struct sim_utilisations {
    struct sim_utilisation_keep *at; // [station * sheds of the model + number]
    size_t stations;
};

// A retry budget of a station.
struct sim_budget_keep {
    struct sim_budget_state state;
    uint32_t life; // of the process that it is of, from 1; 0: has not been used
};

// A balancer with a memory between a caller and a service (rotation.c).
struct sim_rotation {
    struct sim_balancer b;
    struct sim_outliers outliers;
    struct sim_balanced *hosts;
    struct sim_outlier_host *watched;
    struct sim_hash_ring_point *points; // NULL: no ring
    uint32_t *in;
    uint32_t ejections; // that have been counted
};

#endif
