#ifndef SIM_WORLD_STATE_H
#define SIM_WORLD_STATE_H

// The inside of a run, for sim/world only. Everything that a request touches lies in pools
// that are indexed, never pointed into; a task's structure is one cache line.
//
// The life of a task: it is made READY or put in line at a station, goes through its
// operations (step.c) until one of them waits, and is woken by the timer or the task that
// it waits for; at each change its time since the last one is charged to a cause (task.c).

#include <stdbool.h>
#include <stdint.h>

#include "sim/engine/heap.h"
#include "sim/engine/random.h"
#include "sim/engine/ring.h"
#include "sim/model/model_private.h"
#include "sim/policy/balancer.h"
#include "sim/world/around/state.h"
#include "sim/world/process/pool.h"
#include "sim/world/process/state.h"
#include "sim/world/world.h"

enum sim_task_state {
    SIM_FREE,
    SIM_READY,     // in the ring: goes on at this instant
    SIM_DEAD,      // was in the ring when it was killed; freed when it comes out
    SIM_QUEUED,    // in a station's line; its timer is its patience
    SIM_RUNNING,   // a job of its host
    SIM_STOPPED,   // was running when its process was paused
    SIM_WANTS_GIL, // among the waiters of the GIL
    SIM_RUNNABLE,  // wants the GIL, and waits for the one core that there is
    SIM_WAKES,     // signalled for the GIL, not awake yet; its timer
    SIM_DROPS,     // has dropped the GIL on request, until somebody took it; its timer
    SIM_SLEEPING,  // in its own I/O or backing off; its timer
    SIM_SENDING,   // a visit on its way to the station; its timer
    SIM_CALLING,   // waits for the answer of its child
    SIM_ANSWERING, // a visit whose answer is on its way; its timer
    SIM_GATHERING, // waits for its branches; of a hedge, its timer
    SIM_LINED,     // in the line of a semaphore, or woken for a lock; then its timer
    SIM_HANGING,   // waits for an answer that will never come
    SIM_THINKING,  // a closed client's user, before the next request; its timer
    SIM_AWAITING,  // waits for its call in a pool
    SIM_IDLE,      // a call in its pool's line; a worker of a pool that waits or has a call
    SIM_RETURNING, // a call that has ended: who awaits it is being woken; its timer
    SIM_SCHEDULED, // among what its event loop is to do
    SIM_ON_LOOP,   // the one that its event loop's thread is busy with
    SIM_POLLING,   // a loop's thread that waits for events; its timer, once there is one
    SIM_BLOCKED,   // a loop's thread that waits with its current task; its timer, once over
    SIM_BEATING,   // the probe of a loop's lag, until its next beat; its timer
    SIM_TELLING,   // the word that a caller is gone, on its way to a task; its timer
};

// Flags of a task.
#define SIM_HAS_GIL    1u // holds its station's GIL
#define SIM_IS_BRANCH  2u // a branch of a gather: no visit, no worker
#define SIM_EXPIRED    4u // a timeout around it has fired while it could not be stopped
#define SIM_IS_PARKED  8u // was woken while its process was paused
#define SIM_HAS_WORKER 16u
#define SIM_IS_ROOT    32u  // a visit that answers its client itself, without a caller task
#define SIM_NEEDS_ALL  64u  // gathers, and the first failure ends it
#define SIM_IS_INSIDE  256u // a visit that its station has counted in
#define SIM_RESUMES    128u // goes on with the work that a drop of the GIL left over
#define SIM_IS_TOLD    512u // a visit not begun, taken back at the time found in run->work
#define SIM_IS_CALL    1024u // in a pool; a branch too
#define SIM_IS_SERVANT 2048u // a pool's own: no part of any request, not on record
#define SIM_IS_LOOP    4096u // the thread of an event loop: its time is its current task's
// Of a branch that runs: is cancelled at its next wait. Of who gathers: ends as cancelled when
// the last of its branches has ended.
#define SIM_IS_CANCELLED 8192u
#define SIM_IS_THREAD    16384u // has a thread of its own, beside the loop of its process
#define SIM_IS_WORD      32768u // of a caller that is gone, to a task of an event loop

// 56 bytes; what only some tasks need lies in arrays beside, untouched where unused: work,
// fields_of, deadlines.
struct sim_task {
    sim_time start, mark; // mark: charged up to here
    uint32_t next, prev;  // in the line it stands in, or among its siblings
    uint32_t parent;      // who waits for it: a task, or SIM_NONE
    uint32_t child;       // the visit it waits for, or the first of its branches
    uint32_t scope;       // innermost open scope
    uint32_t request;
    uint32_t slot; // place in its host's or GIL's arrays; gathering: branches still needed
    uint16_t station, pc, flags;
    uint16_t edge; // visits: the one they came by
    uint8_t state, cause, outcome;
};
_Static_assert(sizeof(struct sim_task) == 56, "a task fits one cache line");

// An open scope. Timeouts lie in the FIFO lane of their place, which shows only its first
// entry to the heap, or, where durations differ, in the heap under a timer of their own.
struct sim_scope {
    uint32_t outer, task;
    uint32_t next,
        prev; // in the lane, or in the semaphore's line; of a retry see retry.c
    uint64_t op : 16;
    uint64_t order : 40; // of arming, in a lane
    uint64_t
        is_held : 1; // semaphore, bulkhead: it has it, and is not in line; cached: it loads
    // Lock: it has been woken, and is not in line; its task's timer. Cached: it has joined a load.
    uint64_t is_called : 1;
    uint64_t is_armed : 1;
    uint64_t is_root : 1;   // the client's own, on a visit that has no caller task
    uint64_t has_fired : 1; // timeout: what is inside has been cancelled
    union {
        sim_time due;   // timeout
        sim_time since; // semaphore: stands in line
        double last;    // retry: what the jitter remembers
        uint64_t
            kept; // finally: status and outcome; script: thread; times: left; cached: key
        struct sim_cache_load load; // cached: under way
    } u;
};
_Static_assert(sizeof(struct sim_scope) == 32, "two scopes fit one cache line");

// Slots that every pool keeps beyond its limits: a gather of 65,535 takes the most in one
// event, and no event takes so many.
#define SIM_SPARE      (1u << 17)
#define SIM_FIELDS_CAP (1u << 22)

struct sim_lane {
    uint32_t head, tail;
    bool is_shown; // the heap has a timer for it, maybe of an entry that has left
};

// Integrals over time of what changes by ones, kept without a look at the level: a rise adds
// all that is to come and a fall takes it off again, so each change is one addition of the
// moment's time. What is kept plus level x now is the integral up to now, exactly.
struct sim_levels {
    sim_wide queued, busy, inside;
};

static inline void sim_level_rises(sim_wide *level, sim_time now)
{
    *level -= (uint64_t)now;
}

static inline void sim_level_falls(sim_wide *level, sim_time now)
{
    sim_wide_add(level, (uint64_t)now);
}
// ---- Event loops ----

// A replica of a service, or a client.
struct sim_station {
    uint32_t entity; // number of the service, or of the client
    // What digests and streams know it by: its place among those that are there when a run begins, so that
    // a run is the same up to the moment at which another replica comes.
    uint32_t number;
    uint32_t host;
    uint32_t gil;  // SIM_NONE without one
    uint32_t loop; // SIM_NONE without one
    uint32_t workers, busy;
    uint32_t started; // of its workers; all, unless it grows
    uint32_t head, tail, waiting, capacity;
    uint32_t max_wait; // value: the patience of its visits; SIM_NONE without end
    uint32_t parked;   // tasks that were woken while the process was paused
    uint32_t inside;   // visits, or a client's requests
    // Worker processes of a replica's pools are stations too, behind those of the clients.
    uint32_t home;               // the replica that it is or belongs to; a client itself
    uint32_t streams;            // so many have been given to what it has
    struct sim_process *process; // its cold half; NULL: a client
    bool is_client, is_up, is_paused, drops_expired;
    bool detours;        // paused, or with a loop: who is woken does not simply go on
    bool is_handing;     // its worker loop is under way
    uint8_t paused_by;   // for whom it stands still
    bool begins_anew;    // its worker processes have to be started
    bool is_draining;    // was told to stop, and does what is inside
    bool accepts;        // at a socket, with others or alone (accept.c)
    bool consumes;       // what a broker gives it (broker.c)
    bool is_interpreter; // in the process of its home
    bool has_threads;    // of a process: those beside its first one
    uint8_t discipline;
    double slow, fail; // below 0: by route (trouble.c)
    struct sim_levels levels;
    struct sim_meter meter;
    char spare[24]; // as of a host
};
// All that happens looks up its station, by a shift.
_Static_assert(sizeof(struct sim_station) == 512, "a station's size is a power of two");

// The two ways of a link.
enum sim_link_way {
    SIM_WAY_THERE, // of requests
    SIM_WAY_BACK,  // of answers
    SIM_WAYS
};

// What is wrong with a link, each way.
struct sim_ill {
    uint32_t extra[SIM_WAYS];   // value: how much longer it takes; SIM_NONE: no longer
    double drop[SIM_WAYS];      // share of the messages that vanish
    bool cut[SIM_WAYS];         // all of them do
    double bandwidth[SIM_WAYS]; // bytes a second, in place of its own; 0: as it is
    bool refuses;               // whoever comes is told that nobody listens
    bool is_ill;                // any of it
};

// From one caller (client or service) to one service.
struct sim_edge {
    uint32_t caller, service;
    uint32_t first, replicas;   // the service's: its first station, and how many
    uint32_t latency;           // value, SIM_NONE: none
    double bandwidth;           // bytes a second, each way; 0: without end
    sim_time through[SIM_WAYS]; // when all that has set out will be
    struct sim_ill ill;
    uint32_t turn;
    struct sim_rotation *rotation; // NULL: a turn is all that its balancer remembers
    struct sim_random balance, network;
    struct sim_meter meter;
};

// Of a task that is a visit: how it is sent, and its answer.
struct sim_size {
    sim_time through; // its link, with its last byte
    double reply;     // bytes, plus 1; 0: as usual
};

// One thing that is wrong with a link, also with one that no call has used yet.
struct sim_link_trouble {
    char from[64]; // "" for all links to the service
    uint32_t service;
    enum sim_side side;
    enum sim_link_ill {
        SIM_LINK_LATENCY,   // value
        SIM_LINK_DROP,      // amount
        SIM_LINK_BANDWIDTH, // amount
        SIM_LINK_CUT,
        SIM_LINK_REFUSES
    } kind;
    uint32_t value;
    double amount;
};

// One that is wrong with a service: work takes `amount` times as long, or that share fails.
struct sim_service_trouble {
    struct sim_target target;
    bool fails;
    double amount;
};

struct sim_semaphore {
    uint32_t free, head, tail; // line of scopes
    bool is_open;
};

struct sim_source {
    uint32_t client;
    enum sim_arrival_kind kind;
    uint32_t left; // of a burst or a replay: index of the next
    bool is_on;    // bursty
    sim_time switch_at;
    uint32_t plain; // the operation of its only call, where requests need no task; or 0
    uint32_t edge;  // of that call; SIM_NONE before the first
    double peak;    // highest rate of a Poisson process, or of one in on times
    bool varies;    // its rate is a curve
    double rate;    // constant: so many gaps have begun at that rate since then
    sim_time since;
    uint64_t nth;
    struct sim_dist gap; // at the highest rate, in ns
    struct sim_random gaps, fields;
};

// A request's fields, shared by all of its tasks.
struct sim_fields {
    double at[SIM_FIELDS];
    uint32_t users;  // or the next free one
    uint32_t tenant; // account plus 1; 0: none
};

#define SIM_EXTRA_EDGES 256
#define SIM_TROUBLES    256

// The next visits of a service, or of one of its routes, that are poisoned; and the requests that were.
struct sim_poison {
    uint32_t service, route; // SIM_NONE: any
    uint32_t left;
};
struct sim_poisoned {
    uint32_t dose, request;
};
struct sim_poisons {
    struct sim_poison *of;
    struct sim_poisoned *at; // has room for all that are left, too
    uint32_t count, used;
};

struct sim_run {
    // The hot part.
    sim_time now, window_end;
    struct sim_op *ops;
    struct sim_task *tasks;
    struct sim_scope *scopes;
    struct sim_station *stations;
    struct sim_process *processes; // their cold halves
    struct sim_host *hosts;
    uint32_t *loads; // visits inside, of each station: what balancers see
    struct sim_heap heap;
    struct sim_ring ring;
    struct sim_ring late; // timeouts due now: completions of this instant go first
    struct sim_digest digest;
    uint64_t events, events_here; // events_here: at one instant, in steps of a check
    sim_time checked_at;
    bool tracing, tracing_steps, stop, uses_fields, uses_deadlines, uses_push_back;
    bool has_ties;     // attempts that cancel one another
    bool has_crowds;   // some runtime collects, or its threads share objects
    bool frees_more;   // tasks have fields, deadlines or memory
    bool holds_memory; // some task has held some
    bool publishes;    // some step sends what nobody waits for
    bool has_pipes;    // some link has a bandwidth
    bool says_sizes;   // some answer had a size of its own
    bool has_poison;   // some request kills who works on it
    bool redelivers;   // some broker delivers again what was not acked in time

    uint32_t task_free, task_used, task_limit;
    uint32_t scope_free, scope_used, scope_limit;
    uint32_t fields_free, fields_used;
    struct sim_fields *fields;
    uint32_t *fields_of;    // of tasks, plus 1; 0: none
    sim_time *deadlines;    // of tasks; 0: none
    sim_time *pushed;       // of tasks: when their last answer said to come back (retry.c)
    struct sim_held *held;  // of tasks
    struct sim_size *sizes; // of tasks
    struct sim_turn *turn_of; // of tasks
    int64_t *work; // of tasks: ns of CPU work asked for, or left when not running
    // Of branches and visits: in which order they were made, whatever slots they have; 0: of
    // its request the first, a visit that has or had no caller task.
    uint64_t *born;
    uint64_t births;
    uint64_t turns; // of `times`
    struct sim_coro *coros;

    struct sim_model *model;
    const struct sim_service_def *services;
    const struct sim_client_def *clients;
    struct sim_lane *lanes;
    uint32_t lane_count;
    struct sim_core *cores; // of the hosts
    struct sim_gil *gils;
    struct sim_loop *loops;
    uint32_t loop_count;
    struct sim_edge *edges;
    uint32_t edge_count;
    uint32_t *edge_of;                // [caller * services + service], plus 1
    struct sim_semaphore *semaphores; // [station * semaphores of the model + number]
    struct sim_limit_keys limit_keys;
    struct sim_accounts accounts;
    struct sim_effects effects;
    struct sim_keys keys;
    struct sim_limit_ask *limit_asks; // of tasks; NULL: no limiter has a store
    struct sim_budget_keep *budgets;  // [station * budgets of the model + number]
    struct sim_budget_log budget_log;
    struct sim_breakers breakers;
    struct sim_bulkheads bulkheads;
    struct sim_caches caches;
    struct sim_concurrency_keeps concurrency;
    struct sim_throttles throttles;
    struct sim_utilisations utilisations;
    struct sim_poisons poisons;
    struct sim_pool *pools;          // [station * pools of the model + number]
    struct sim_offloaded *offloaded; // of tasks that are calls in pools, or workers there
    struct sim_broker *brokers;      // of services
    struct sim_message *messages;    // of tasks that are visits of services with a broker
    struct sim_prober *probers; // [station * SIM_PROBES + kind]; NULL: nobody is probed
    struct sim_source *sources;
    struct sim_random *work_rng;  // of services
    struct sim_random *fail_rng;  // of services
    struct sim_random *retry_rng; // of callers: clients, then services
    uint32_t service_count, client_count, station_count, host_count, gil_count;
    uint32_t process_count;  // stations behind station_count
    uint32_t *first_station; // of services; clients come behind all replicas
    uint32_t first_client;   // their first station
    uint32_t next_request;
    uint32_t host_timers, gil_timers, lane_timers, task_timers, scope_timers;

    const struct sim_script *script;
    struct sim_trace trace;
    struct sim_limits limits;
    uint64_t memory;
    char reason[160];
    bool script_failed, finished;

    sim_time *edges_at; // of windows
    uint32_t windows;
    sim_time window_width;
    sim_time extra_edges[SIM_EXTRA_EDGES];
    uint32_t extra_count, extra_next;
    uint64_t seed;
    struct sim_link_trouble troubles[SIM_TROUBLES]; // of links, by when they began
    uint32_t trouble_count;
    struct sim_service_trouble service_troubles[SIM_TROUBLES]; // the same of services
    uint32_t service_trouble_count;
    bool has_refusals; // some link refuses
};

#endif
