#ifndef SIM_MODEL_MODEL_H
#define SIM_MODEL_MODEL_H

// What a scenario describes, before it runs: hosts, services, clients, links, and the steps
// of their handlers. A model is filled by the functions below, sealed once, and then only
// read, by one run or by many side by side (steps that a handler written as a function
// builds while it runs are the one thing added later, by the run that owns the model).
//
// Everything is named by a small number, valid as long as the model. Names are copied.
// The caller has checked what it passes (the language refuses bad numbers where they enter,
// with file and line); a model checks only what it alone can know, when it is sealed.
// All durations in definitions are simulated time, in ns; all values that steps draw are in
// the unit that the step takes, seconds for durations.

#include <stdbool.h>
#include <stdint.h>

#include "sim/engine/dist.h"
#include "sim/engine/time.h"
#include "sim/model/runtime.h"
#include "sim/policy/balance.h"
#include "sim/policy/breaker.h"
#include "sim/policy/budget.h"
#include "sim/policy/bulkhead.h"
#include "sim/policy/cache.h"
#include "sim/policy/concurrency.h"
#include "sim/policy/hedge.h"
#include "sim/policy/idempotency.h"
#include "sim/policy/limit.h"
#include "sim/policy/outcome.h"
#include "sim/policy/probe.h"
#include "sim/policy/retry.h"
#include "sim/policy/shed.h"
#include "sim/policy/throttle.h"
#include "sim/policy/utilisation.h"

#define SIM_NONE UINT32_MAX

#define SIM_FIELDS         16u // kinds of fields that the requests of a scenario may have
#define SIM_FIELD_PRIORITY 0u
#define SIM_SYMBOL_BASE    -1e15 // fields that hold words hold numbers from here downwards

// ---- Numbers: where a number may stand, so may these ----

enum sim_value_kind {
    SIM_VALUE_CONST, // x
    SIM_VALUE_DIST,  // drawn from dist at each use
    SIM_VALUE_CURVE, // points[first .. first + count): straight between, repeats by period
    SIM_VALUE_FIELD, // the request's field a
    SIM_VALUE_ADD,   // a + b, and so on; a and b are values
    SIM_VALUE_SUB,
    SIM_VALUE_MUL,
    SIM_VALUE_DIV,
    SIM_VALUE_MIX,    // one of count branches, by weight; what is missing from 1 is 0
    SIM_VALUE_SWITCH, // by the request's field a: the branch whose key equals it
};

struct sim_value {
    enum sim_value_kind kind;
    uint32_t a, b;         // of a mixture or a switch, b: some of its ways are words
    uint32_t first, count; // into the model's branches or points
    double x;              // constant; period of a curve, 0 for none
    struct sim_dist dist;
};

// One way of a mixture or a switch. For values `to` is a value, for steps a step.
struct sim_branch {
    double weight; // of a mixture
    double key;    // of a switch; not a number for "other"
    uint32_t to;
};

struct sim_point {
    double t, y; // seconds, value
};

// ---- Steps ----

enum sim_step_kind {
    SIM_STEP_LIST,   // children in a row
    SIM_STEP_PYTHON, // value: bytecode, needs the GIL and a core
    SIM_STEP_NATIVE, // value: needs a core; flag: keeps the GIL beyond the switch interval
    SIM_STEP_IO,     // value: waits, as the executor would
    SIM_STEP_CALL,   // call: sends a request and waits for the answer
    SIM_STEP_GATHER, // children at once; a: how many must succeed, 0 for all
    SIM_STEP_MIX,    // one of the branches, by weight
    SIM_STEP_SWITCH, // one of the branches, by the field a
    SIM_STEP_TIMES,  // a times the child b
    SIM_STEP_FANOUT, // a copies of the child b at once; need in value
    SIM_STEP_WITH,   // the child b inside the policy a
    SIM_STEP_TRY,    // the child b; branches: key is an outcome (or not a number for any)
    SIM_STEP_FAIL, // ends the handler with an error; a: status; value: with SIM_PUSHES_BACK
    SIM_STEP_REPLY, // ends the handler well; a: status; b: value plus 1 of its bytes; 0: as usual
    SIM_STEP_SCRIPT,   // a: function number of the script
    SIM_STEP_ALLOC,    // value: bytes that the request holds until it ends
    SIM_STEP_LEAK,     // value: bytes that the process holds until it ends
    SIM_STEP_EFFECT,   // a: effect; it is done
    SIM_STEP_OFFLOAD,  // a: offload; the child b in a worker of its pool, and waits for it
    SIM_STEP_BLOCKING, // the child b, whose waits keep the thread, the event loop's too
    SIM_STEP_SPAWN,    // the child b as a task that nobody waits for
    SIM_STEP_SHIELD,   // the child b, which goes on when the waiting for it is cancelled
    SIM_STEP_STORE, // in a store: does what a rate limiter asks for; a: enum sim_store_action
    SIM_STEP_STORE_FAILED, // the store of a limiter has, or, b: 1, of keys; a: 1: calls pass then
    SIM_STEP_CACHED,       // the child b, unless a cache has what it would bring; a: cached
    SIM_STEP_TRANSACTION, // the child b: all that is done in it, or nothing
    SIM_STEP_PUBLISH,     // call: sends a message, and waits for nobody
    SIM_STEP_NOTHING,
};

enum sim_store_action {
    SIM_STORE_READ,   // what the key remembers
    SIM_STORE_WRITE,  // what the caller made of it
    SIM_STORE_SCRIPT, // both, and the decision, in one; a key is taken
    SIM_STORE_ACTIONS
};

// Of one step on a core: a run stops at a longer one.
#define SIM_WORK_MAX (2 * 3600 * (sim_time)SIM_S)

#define SIM_HOLDS_GIL 1u // flag of SIM_STEP_NATIVE
#define SIM_SERVES    1u // flag of SIM_STEP_OFFLOAD: a handler, which ends as its body does
#define SIM_IS_TIMER \
    4u // flag of SIM_STEP_IO: a sleep, which the runtime ends late and an event loop rounds up
// Flags of SIM_STEP_FAIL: the answer says when to come back, or not to.
#define SIM_PUSHES_BACK 1u
#define SIM_NO_MORE     2u
#define SIM_OUTBOX      1u // flag of SIM_STEP_PUBLISH: with the transaction around it, or never
#define SIM_FINALLY     1u // flag of SIM_STEP_TRY: branch 0 runs in any case and passes on
#define SIM_GROUP \
    1u // flag of SIM_STEP_GATHER: a failure cancels the others, and is raised when all have ended

struct sim_step {
    enum sim_step_kind kind;
    uint32_t flags;
    uint32_t a, b;
    uint32_t first, count; // into the model's children or branches
    uint32_t value;        // of work; SIM_NONE otherwise
    int line;              // in the script; 0: nobody knows
};

// ---- Pools of workers beside a service's own ----

enum sim_pool_kind {
    SIM_POOL_THREADS,      // of the process itself: one GIL for all
    SIM_POOL_PROCESSES,    // ProcessPoolExecutor
    SIM_POOL_INTERPRETERS, // InterpreterPoolExecutor
};

// How multiprocessing starts a process.
enum sim_start {
    SIM_START_USUAL, // as the version does
    SIM_START_FORK,
    SIM_START_SPAWN,
    SIM_START_FORKSERVER,
};

#define SIM_STARTUP_USUAL ((sim_time)-1)

// Between those that send to a service and its replicas, which are workers, stands a broker: one
// line of messages, of which each worker takes some ahead of time (broker.c).
struct sim_broker_def {
    bool is_used;
    bool acks_late;    // a message is acked when its visit has ended, else when that begins
    bool rejects_lost; // of acks_late: what a worker process died with goes back in line
    uint32_t prefetch; // messages that a worker may have and not have acked; 0: no limit
    sim_time
        visibility; // what is not acked for so long is delivered again; 0: at a worker's death
};

// One a replica. Pool 0 is in every model: asyncio's default executor, which to_thread uses.
struct sim_pool_def {
    enum sim_pool_kind kind;
    uint32_t workers; // at most; SIM_NONE: as many as the executor's default is
    enum sim_start start;
    sim_time startup; // of a worker, until it takes calls; SIM_STARTUP_USUAL: the runtime's
    bool isolates;    // a worker that dies takes its call with it, else the whole pool
    uint32_t max_tasks; // calls that a worker does before it ends; 0: no limit
    // The workers of a service that is itself made of processes or interpreters, as
    // gunicorn's: started with it, they take requests as they come, and one that dies is
    // replaced.
    bool serves;
    uint32_t threads; // in each, of those that serve; 0 is one
    int64_t memory;   // bytes of a worker beyond its interpreter: its program and data
    bool loads;       // each worker loads that itself, so it shares none with its parent
    // Of those that serve with one thread: a worker that has had a request for longer than
    // timeout is killed, at the next whole multiple of watch; 0: never, and at once.
    sim_time timeout, watch;
    int64_t max_memory; // bytes: who has more when a request ends is replaced; 0: no limit
    uint32_t backlog;   // requests that may wait; 0: no limit
    bool is_server;     // it can do nothing but serve
    sim_time grace;     // of those that serve, as of their executor
    struct sim_broker_def broker; // the same; prefetch is of each worker process or thread
};

// Of a definition that says nothing but how many.
struct sim_pool_def sim_pool_default(enum sim_pool_kind kind, uint32_t workers);

// What a step sends to a pool. Values, SIM_NONE for nothing.
struct sim_offload_def {
    uint32_t pool;
    uint32_t bytes, reply_bytes;
};

// ---- Policies around a step ----

// ---- Caches ----

// One for all who ask it, or, where it is local, one in each replica, worker process and client,
// which begins empty with it.
struct sim_cache_def {
    char name[64];
    uint32_t entries; // at most, those that are being loaded too; SIM_CACHE_UNLIMITED
    uint32_t latency; // value in seconds: of asking it; SIM_NONE: none
    bool is_local;
};

// A use of one around steps that load.
struct sim_cached_def {
    uint32_t cache;
    uint32_t key; // value; SIM_NONE: there is but one
    uint32_t ttl; // value in seconds, of each load afresh; SIM_NONE: without end
    bool single_flight;
};

enum sim_policy_kind {
    SIM_POLICY_TIMEOUT,           // value: after it the waiting ends
    SIM_POLICY_RETRY,             // retry
    SIM_POLICY_SEMAPHORE,         // semaphore
    SIM_POLICY_RATE_LIMIT,        // limiter
    SIM_POLICY_BREAKER,           // breaker
    SIM_POLICY_HEDGE,             // hedge
    SIM_POLICY_FALLBACK,          // step: what is done where the steps inside fail
    SIM_POLICY_BULKHEAD,          // bulkhead
    SIM_POLICY_CONCURRENCY_LIMIT, // concurrency
    SIM_POLICY_SHED,              // shed
    SIM_POLICY_IDEMPOTENCY,       // idempotency
    SIM_POLICY_THROTTLE,          // throttle
};

#define SIM_LIMIT_FIELDS 4

// A rate limiter. Each replica, worker process and client counts for itself, and each value of
// the limit, and of the fields that it counts by, has counts of its own.
struct sim_limiter_def {
    enum sim_limit_kind kind;
    uint32_t limit; // value: calls a window, rounded down; below 1 nothing passes
    sim_time window;
    uint32_t burst; // SIM_NONE: so that as many pass at once as the limit says
    uint32_t per[SIM_LIMIT_FIELDS], per_count;
    uint32_t status; // of a refusal
    // A quota keeps accounts of what each key has used, and may let calls through beyond the limit,
    // which cost otherwise. Costs are for each call, in whatever the bill is in.
    bool is_quota, lets_over;
    double price, overage;
    char name[64];    // "": it has no metrics of its own
    bool pushes_back; // a refusal says when to come back
    sim_time retry_after;
    // Of one whose counts lie in a store: steps that ask it, and, where it does not decide
    // itself, write back. Both SIM_NONE: the counts are here.
    uint32_t ask, tell;
};

// Where the counts of a rate limiter lie that several places share.
struct sim_sharing {
    char store[64]; // its name
    bool
        is_atomic; // a script in the store decides; else the caller reads, decides and writes
    bool fails_open;  // calls pass while the store fails; else they are refused
    uint32_t timeout; // value in seconds: of each call of the store
    int line;
};

// What must happen once for each request, or for each value of some of its fields: a charge, a
// message, a row.
struct sim_effect_def {
    char name[64];
    uint32_t per[SIM_LIMIT_FIELDS], per_count; // fields; none: for each request
    // Effects of which one should have the other where it has this one: numbers plus 1; 0: none. An
    // effect may follow one, or be followed, but not both.
    uint32_t follows, followed_by;
};

// Idempotency keys of what is inside. Without a store they lie in the memory of each replica, and
// are gone with it; a store keeps them through its own crashes.
struct sim_idempotency_def {
    struct sim_idempotency rule;
    uint32_t fingerprint; // value of what is asked for, where the rule checks that
    bool is_required;     // who sends no key is refused (400)
    sim_time wait;        // a key in progress: asked again so much later; 0: refused (409)
    // Steps that take a key in the store, and that record there; SIM_NONE: the keys are here.
    uint32_t take, tell;
};

// A circuit breaker. Each replica, worker process and client has its own.
struct sim_breaker_def {
    struct sim_breaker rule;
    enum sim_breaker_scheme scheme; // that it was asked for by
    uint32_t on;                    // bit 1 << outcome: those that are failures
    uint32_t status;                // of a refusal
};

// A bulkhead, or a pool of connections. Each replica, worker process and client has its own.
struct sim_bulkhead_def {
    struct sim_bulkhead rule;
    uint32_t scheme;  // enum sim_bulkhead_scheme, or of a pool sim_connections_scheme
    uint32_t status;  // of a refusal
    uint32_t connect; // value in seconds: to open a connection; SIM_NONE: no time
    char name[64];    // "": it has no metrics of its own
};

// A concurrency limit. Each replica, worker process and client has its own.
struct sim_concurrency_def {
    struct sim_concurrency rule;
    uint32_t on;     // bit 1 << outcome: those that are drops
    uint32_t status; // of a refusal
};

// Turns away by criticality what comes to a replica that has many inside, or is busy for long.
struct sim_shed_def {
    struct sim_shed rule;
    bool by_utilisation, of_cores; // of the workers, or of the host's cores
    struct sim_utilisation load;   // its rule
    uint32_t by; // value: which class it is of; SIM_NONE: all are critical
    double words[SIM_CRITICALITIES]; // that the classes are
    uint32_t status;                 // of a refusal
};

// Client-side throttling. Each replica, worker process and client has its own.
struct sim_throttle_def {
    struct sim_throttle rule;
    uint32_t on;     // bit 1 << outcome: those that say that a call was not accepted
    uint32_t status; // of a refusal
};

// The same steps again before they have failed.
struct sim_hedge_def {
    struct sim_hedge rule;
    enum sim_hedge_scheme scheme; // that it was asked for by
    uint32_t on;                  // bit 1 << outcome: failures that others may make up for
    uint32_t budget;              // number from sim_model_budget, or SIM_NO_BUDGET
};

struct sim_policy {
    enum sim_policy_kind kind;
    uint32_t value;       // of a timeout, in seconds
    uint32_t semaphore;   // number from sim_model_semaphore
    uint32_t limiter;     // number from sim_model_limiter
    uint32_t breaker;     // number from sim_model_breaker
    uint32_t hedge;       // number from sim_model_hedge
    uint32_t step;        // of a fallback
    uint32_t bulkhead;    // number from sim_model_bulkhead
    uint32_t concurrency; // number from sim_model_concurrency
    uint32_t shed;        // number from sim_model_shed
    uint32_t idempotency; // number from sim_model_idempotency
    uint32_t throttle;    // number from sim_model_throttle
    struct sim_retry retry;
};

// ---- What exists ----

enum sim_discipline {
    SIM_FIFO,
    SIM_LIFO,
    SIM_PRIORITY,
    SIM_ADAPTIVE_LIFO, // who is next is decided by the length of the line
    SIM_CODEL          // oldest first, and some are dropped
};

struct sim_host_def {
    char name[64];
    uint32_t cores;
    int64_t memory;   // bytes; 0: without limit
    sim_time restart; // until a service that was killed for memory is up again
    // And more and more, for who is killed again and again, as the kubelet does it: of a service with
    // probes or drain, unless said.
    enum sim_back_off {
        SIM_BACK_OFF_USUAL,
        SIM_BACK_OFF_NEVER,
        SIM_BACK_OFF_ALWAYS
    } back_off;
    sim_time slice;       // of the scheduler, while more are runnable than cores
    sim_time switch_cost; // paid at the end of each slice
    sim_time tick;        // of the kernel's clock; 0: nobody waits for it
};

// A core. Linux' CFS: slices of 3 ms at least for each task on one core or two; 5 us for a
// switch and what it costs the caches; ticks of 4 ms, as Debian's kernel has them.
void sim_host_default(struct sim_host_def *def);

#define SIM_UNLIMITED UINT32_MAX

enum sim_executor_kind {
    SIM_THREADS,
    SIM_ASYNCIO // one event loop in one thread; a worker is a task of it
};

struct sim_executor_def {
    enum sim_executor_kind kind;
    uint32_t workers;  // at least 1; SIM_UNLIMITED: a worker for each request
    uint32_t capacity; // of the line before the workers
    enum sim_discipline discipline;
    uint32_t
        max_wait; // value in seconds: how long an entry stays in line; SIM_NONE: for ever
    bool drop_expired;      // the line throws away what nobody waits for
    uint32_t lifo_from;     // of the adaptive LIFO: how many in line make it one
    struct sim_codel codel; // of CoDel, and of a controlled wait
    bool controls_wait;     // max_wait is not given: it is what CoDel's patience says
    bool grows;             // a thread is started when a visit finds no idle one
    uint32_t pool; // of the processes that it is made of; 0: threads of the service's own
    uint32_t threads; // asyncio: of the pool of to_thread; 0: as many as Python would
    sim_time probe;   // asyncio: how often the loop's lag is probed; 0: never
    // asyncio: so many replicas are the processes of one server, on one host, and accept from one
    // socket, before which `backlog` connections may stand; 0: each has a line of its own.
    uint32_t processes, backlog;
    int64_t
        memory; // asyncio: bytes of a process beyond its interpreter: its program and data
    // Told to stop, it does what is inside for so long at most; 0: without limit.
    sim_time grace;
    struct sim_broker_def broker;
};

struct sim_route_def {
    char name[64]; // "" for the only one
    uint32_t step;
};

// A probe of each replica; its steps are one of the service's routes.
struct sim_probe_def {
    struct sim_probe rule;
    uint32_t route; // number of the model's
};

struct sim_service_def {
    char name[64];
    uint32_t replicas;
    uint32_t spare; // of them, the last ones: are not there when a run begins
    bool scales;    // it is told how many there are to be, and callers know which there are
    uint32_t host;  // the host of all replicas, or SIM_NONE: one of its own for each
    uint32_t cores; // of each host of its own
    bool has_runtime;
    struct sim_runtime runtime;
    struct sim_executor_def executor;
    struct sim_balance balance;
    struct sim_probe_def probes[SIM_PROBES];
    struct sim_drain drain;
    sim_time termination; // until one that is to stop and does not is killed; 0: never
    uint32_t first_route, routes; // into the model's routes
    bool is_store;                // its routes are those of a store
    sim_time failover, lag;       // of a store
    int line;                     // in the script, for messages
};

// A store is a service with the routes "read", "write" and "script", without a runtime.
struct sim_store_def {
    char name[64];
    uint32_t took[SIM_STORE_ACTIONS]; // values in seconds: how long each takes
    uint32_t connections;             // of them at once; SIM_UNLIMITED: all
    uint32_t capacity;                // of the line before
    sim_time failover;                // until another is in its place; 0: none will be
    sim_time lag;                     // what was written so long before is not there then
    int line;
};

// The idempotency key that a call sends along.
enum sim_call_key {
    SIM_NO_KEY,
    SIM_KEY_OF_REQUEST, // one for each request of a client, however often it comes
    SIM_KEY_OF_FIELDS,  // one for the values of some fields
    SIM_KEY_OF_HANDLER, // made anew when the handler runs, the same for all attempts there
    SIM_KEY_OF_ATTEMPT  // made anew for each attempt
};

struct sim_call_def {
    uint32_t service; // set when sealed; SIM_NONE before
    uint32_t entry;   // the route, set when sealed
    char target[64];  // the service's name
    char route[64];   // "" for the service's first
    bool cancel;      // tell the callee when the caller gives up
    sim_time cancel_delay;
    uint32_t deadline;  // value in seconds from the call's start; SIM_NONE: none
    bool pass_deadline; // the caller's own time left travels along
    bool asks;          // for a rate limiter, of its store
    bool asks_key;      // for idempotency keys
    bool is_message;    // nobody waits for it; it needs a broker
    uint32_t bytes;     // value plus 1: of the request; 0: as usual
    uint32_t key;       // enum sim_call_key
    uint32_t key_per[SIM_LIMIT_FIELDS], key_per_count;
    int line;
};

enum sim_arrival_kind {
    SIM_ARRIVE_POISSON,  // rate
    SIM_ARRIVE_CONSTANT, // rate
    SIM_ARRIVE_RENEWAL,  // gap: a value in seconds
    SIM_ARRIVE_BURSTY, // Poisson of that rate during exponential on times, nothing during off
    SIM_ARRIVE_BURST,  // n at once at `at`
    SIM_ARRIVE_REPLAY, // at the points' times
    SIM_ARRIVE_CLOSED, // n users, each waiting for its answer, then thinking
};

struct sim_arrivals_def {
    enum sim_arrival_kind kind;
    uint32_t rate;  // value, per second; a constant or a curve
    uint32_t gap;   // value, seconds: of a renewal process; think time of closed users
    double on, off; // mean seconds
    uint32_t n;
    sim_time at;
    uint32_t first, count; // points of a replay
};

struct sim_client_def {
    char name[64];
    struct sim_arrivals_def arrivals;
    uint32_t step; // what a request does: as a rule a call within its policies
    uint32_t first_field, fields; // into the model's field settings
    int line;
};

struct sim_link_def {
    char from[64], to[64]; // "" for any caller
    uint32_t latency;      // value in seconds, one way; SIM_NONE: as of links not declared
    double bandwidth;      // bytes a second, each way; 0: without end
};

// Of a message that does not say how large it is: a request or an answer of a small API with its
// headers. A guess, so that links with a bandwidth mean something to all.
#define SIM_USUAL_BYTES 1000.0

struct sim_field_set {
    uint32_t field; // from sim_model_field
    uint32_t value;
};

// ---- The model ----

struct sim_model;

struct sim_model_def {
    char name[128];
    sim_time duration, warmup;
    uint32_t latency; // value: of links that are not declared; SIM_NONE: 0
};

// Sets the definition afresh; before sealing.
void sim_model_describe(struct sim_model *m, const struct sim_model_def *def);

struct sim_model *sim_model_open(const struct sim_model_def *def); // NULL: no memory
void sim_model_close(struct sim_model *m);

// Each returns the number of what was added, or SIM_NONE where a cap on what a model may
// hold was met; sim_model_error then says which.
uint32_t sim_model_value(struct sim_model *m, const struct sim_value *v);
uint32_t sim_model_const(struct sim_model *m, double x);
uint32_t sim_model_branch(struct sim_model *m, struct sim_branch branch); // in a row
uint32_t sim_model_point(struct sim_model *m, struct sim_point point);    // in a row
uint32_t sim_model_child(struct sim_model *m, uint32_t step);             // in a row
uint32_t sim_model_step(struct sim_model *m, const struct sim_step *s);
uint32_t sim_model_policy(struct sim_model *m, const struct sim_policy *p);
uint32_t sim_model_semaphore(struct sim_model *m, const char *name, uint32_t n);
// A semaphore of one; where threads of an interpreter use it, its threading.Lock.
uint32_t sim_model_lock(struct sim_model *m, const char *name);
uint32_t sim_model_limiter(struct sim_model *m, const struct sim_limiter_def *l);
// One whose counts lie in a store. Its steps are made here.
uint32_t sim_model_shared_limiter(struct sim_model *m, const struct sim_limiter_def *l,
                                  const struct sim_sharing *sharing);
uint32_t sim_model_store(struct sim_model *m, const struct sim_store_def *s);
// `sharing` NULL: the keys are where they are asked for.
uint32_t sim_model_idempotency(struct sim_model *m, const struct sim_idempotency_def *d,
                               const struct sim_sharing *sharing);
uint32_t sim_model_effect(struct sim_model *m, const struct sim_effect_def *e);
void sim_model_follow(struct sim_model *m, uint32_t effect, uint32_t first);
uint32_t sim_model_breaker(struct sim_model *m, const struct sim_breaker_def *b);
uint32_t sim_model_bulkhead(struct sim_model *m, const struct sim_bulkhead_def *b);
uint32_t sim_model_concurrency(struct sim_model *m, const struct sim_concurrency_def *c);
// Its words are made here.
uint32_t sim_model_shed(struct sim_model *m, const struct sim_shed_def *s);
uint32_t sim_model_throttle(struct sim_model *m, const struct sim_throttle_def *t);
// Each replica, worker process and client has its own of each; retries name it (sim_retry).
uint32_t sim_model_budget(struct sim_model *m, const struct sim_budget *b);
uint32_t sim_model_pool(struct sim_model *m, const struct sim_pool_def *p);
uint32_t sim_model_offload(struct sim_model *m, const struct sim_offload_def *o);
uint32_t sim_model_hedge(struct sim_model *m, const struct sim_hedge_def *h);
uint32_t sim_model_cache(struct sim_model *m, const struct sim_cache_def *c);
uint32_t sim_model_cached(struct sim_model *m, const struct sim_cached_def *c);
uint32_t sim_model_call(struct sim_model *m, const struct sim_call_def *c);
uint32_t sim_model_route(struct sim_model *m, const struct sim_route_def *r);
uint32_t sim_model_host(struct sim_model *m, const struct sim_host_def *h);
uint32_t sim_model_service(struct sim_model *m, const struct sim_service_def *s);
// A service is to be told how many replicas it has, up to so many, before the model is sealed. False:
// its balancer has weights for those that it has, or there is no room for more.
bool sim_model_scale(struct sim_model *m, uint32_t service, uint32_t replicas);
uint32_t sim_model_client(struct sim_model *m, const struct sim_client_def *c);
uint32_t sim_model_link(struct sim_model *m, const struct sim_link_def *l);

// Fields of requests by name; the same name gives the same number. "priority", which the
// lines of services look at, is number 0 in every model. Words that stand for values of a field ("free", "pro") are numbered too.
uint32_t sim_model_field(struct sim_model *m, const char *name);
uint32_t sim_model_field_set(struct sim_model *m, struct sim_field_set set);
// Puts settings into an order in which each comes behind those that its value looks at, and
// else by field. False when they go in a circle.
bool sim_model_order_fields(const struct sim_model *m, struct sim_field_set *sets,
                            uint32_t n);
double sim_model_symbol(struct sim_model *m, const char *word);
uint32_t sim_model_find_field(const struct sim_model *m, const char *name); // or SIM_NONE
const char *sim_model_symbol_text(const struct sim_model *m, double x); // NULL: a number

// Resolves names, compiles the steps, checks the whole. Returns false with a message
// (and the line of the thing at fault) in the model's error.
bool sim_model_seal(struct sim_model *m);

// Two sealed models of one script may differ in numbers only: durations and distributions, rates,
// weights, curves, timeouts, how retries wait and how often they are made, when hedges go out, how much
// throttles send, how many concurrency limits and shedding let in. NULL when they do; else what differs
// besides, as a noun for the end of a sentence.
const char *sim_model_apart(const struct sim_model *m, const struct sim_model *to);

// Takes over the numbers of another one that is no further apart.
void sim_model_turn(struct sim_model *m, const struct sim_model *to);
// The same with those numbers alone that are others in `mask` than in `base`, all no further apart.
void sim_model_set(struct sim_model *m, const struct sim_model *base,
                   const struct sim_model *mask, const struct sim_model *to);

#define SIM_KNOWN 32

struct sim_model_error {
    char text[256];
    char word[64]; // the name that was not found, "" if the matter is another
    const char *known[SIM_KNOWN]; // names that would have been right, NULL after the last
    int line;
};
const struct sim_model_error *sim_model_error(const struct sim_model *m);

// Compiles a step that a handler built while the run goes on, for a service with such an
// executor, and returns its first operation, or SIM_NONE with the error set.
uint32_t sim_model_extend(struct sim_model *m, uint32_t step, enum sim_executor_kind by);

const struct sim_model_def *sim_model_about(const struct sim_model *m);

// What there is, by number, for those who read a model.
uint32_t sim_model_clients(const struct sim_model *m);
uint32_t sim_model_services(const struct sim_model *m);
const char *sim_model_client_name(const struct sim_model *m, uint32_t client);
const char *sim_model_service_name(const struct sim_model *m, uint32_t service);
uint32_t sim_model_replicas(const struct sim_model *m, uint32_t service);
// Those that are there when a run begins: without the spare ones.
uint32_t sim_model_replicas_at_first(const struct sim_model *m, uint32_t service);
// So many of them are the processes of one server, and come and go together; 1: none.
uint32_t sim_model_processes(const struct sim_model *m, uint32_t service);
uint32_t sim_model_workers(const struct sim_model *m, uint32_t service); // of a replica
uint32_t sim_model_cores(const struct sim_model *m, uint32_t service);   // of its host
const struct sim_pool_def *sim_model_pool_at(const struct sim_model *m, uint32_t pool);
const char *sim_model_host_name(const struct sim_model *m, uint32_t host);
uint32_t sim_model_host_cores(const struct sim_model *m, uint32_t host);
const struct sim_service_def *sim_model_service_at(const struct sim_model *m, uint32_t i);

// A constant that is not negative, or a curve of such.
bool sim_model_value_is_rate(const struct sim_model *m, uint32_t value);

// A word of a field ("free"), or a choice of such: nothing that work can last for.
bool sim_model_value_is_word(const struct sim_model *m, uint32_t value);

// It takes no random numbers and does not change with time: constants, fields, choices by a field,
// and arithmetic on them.
bool sim_model_value_is_fixed(const struct sim_model *m, uint32_t value);

// The field that a value is, or SIM_NONE when it is something else.
uint32_t sim_model_value_field(const struct sim_model *m, uint32_t value);

const struct sim_limiter_def *sim_model_limiter_at(const struct sim_model *m, uint32_t i);
uint32_t sim_model_limiters(const struct sim_model *m);
const struct sim_bulkhead_def *sim_model_bulkhead_at(const struct sim_model *m, uint32_t i);
const struct sim_policy *sim_model_policy_at(const struct sim_model *m, uint32_t i);
uint32_t sim_model_bulkheads(const struct sim_model *m);
const struct sim_cache_def *sim_model_cache_at(const struct sim_model *m, uint32_t i);
uint32_t sim_model_caches(const struct sim_model *m);
uint32_t sim_model_find_cache(const struct sim_model *m, const char *name); // or SIM_NONE
// The value that stands for a word of a field; not a number where there is no such word.
double sim_model_find_symbol(const struct sim_model *m, const char *word);

// Looks up by name; SIM_NONE when there is none.
const struct sim_effect_def *sim_model_effect_at(const struct sim_model *m, uint32_t i);
uint32_t sim_model_effects(const struct sim_model *m);
uint32_t sim_model_find_effect(const struct sim_model *m, const char *name);
uint32_t sim_model_find_quota(const struct sim_model *m, const char *name);
uint32_t sim_model_find_bulkhead(const struct sim_model *m, const char *name);
uint32_t sim_model_find_service(const struct sim_model *m, const char *name);
// Whether a client or a service of that name sends anything to a service, itself or for its policies,
// in a sealed model, or may in another variant of it: nobody sends that service anything, or a call to
// it was made that nobody does. What functions call is not known.
bool sim_model_may_call(const struct sim_model *m, const char *from, const char *to);
uint32_t sim_model_find_client(const struct sim_model *m, const char *name);
uint32_t sim_model_find_route(const struct sim_model *m, uint32_t service,
                              const char *name);

#endif
