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
#include "sim/world/pool.h"
#include "sim/world/sleepers.h"
#include "sim/world/turns.h"
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

struct sim_job {
    uint64_t finish; // virtual time at which it has had its work
    uint64_t key;    // order of arrival above the task's number
};

#define SIM_WAKES_KEPT 16 // equally likely times that a wake-up takes

struct sim_host {
    uint32_t cores, count, room;
    uint32_t switching; // 2^-16: share of a full host's time that is not lost to switching
    struct sim_job *jobs; // heap by (finish, key)
    uint64_t virtual;     // service that each runnable task has had, 2^-20 ns
    uint64_t rest;        // what the last division left over
    uint64_t order;
    sim_time last;
    sim_time tick, switch_cost; // of the kernel's clock; 0: takes no notice of it
    bool is_finishing;
    bool is_reaping;      // it has no memory left, and somebody will be killed
    int64_t memory, used; // bytes; memory 0: without limit
    sim_time restart;     // until a service that was killed is up again
    int64_t longest;      // work that a place is there for; below 0: there is none yet
    // So large that its place is found by a shift.
    char spare[16];
};
_Static_assert(sizeof(struct sim_host) == 128, "a host's size is a power of two");

struct sim_gil {
    struct sim_sleepers waiters;  // a task's slot is its place in the array
    uint32_t wakers;              // signalled, not awake yet
    uint32_t holder, last_holder; // tasks
    uint32_t dropper;             // sleeps until somebody else has taken it
    uint32_t behind;              // dropped it, and is behind the holder on that one's core
    uint32_t asker;               // who asked last
    struct sim_turns turns;       // on a host of one core: its threads that can run
    int64_t left_owed;            // there: of the service, to the thread that left last
    bool has_left;                // there: some thread has; who comes is one that has slept
    sim_time ran;                 // there: the holder's service is counted up to then
    uint32_t chain;               // there: threads that had the core in a row last
    bool is_asking;               // there: the asker has the core, and asks at this instant
    uint32_t lagging;             // would have asked by now, but has no core until the tick
    uint32_t rested;              // of the waiters: were not made to drop it
    bool requested;               // the holder has been asked to drop
    sim_time switched;            // when it last went to another task
    sim_time dropped;             // when a dropper last went to sleep for it; -1: none has
    sim_time taken;               // when its holder came to have it
    const struct sim_runtime *costs;
    sim_time wakes[SIM_WAKES_KEPT];
    uint64_t switches;
    struct sim_random rng;
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

// What asyncio keeps about a task. Valid while the task is alive, at stations with a loop.
struct sim_coro {
    uint8_t must_cancel; // a cancellation is thrown into it when it goes on or waits next
    uint8_t by;          // who asked last
    uint8_t gathers;     // what it waits for while it gathers: enum sim_gathering
    uint8_t ends;   // gathers: an outcome is kept until the last of its branches has ended
    uint8_t is_new; // its connection has brought it, and it has to be made
    uint8_t blocks; // blocking steps that it is in
    uint16_t cancels; // requests to cancel it that no timeout has taken back
    uint32_t status;  // of the outcome kept
    uint32_t future;  // that a callback in line will set; 0: none
};

enum sim_gathering {
    SIM_GATHERS, // asyncio.gather
    SIM_GROUPS,  // a TaskGroup
    SIM_SHIELDS  // asyncio.shield
};

// What a loop does next with what: a callback.
struct sim_callback {
    uint64_t key; // tells whether it is stale; of a probe when it should have run
    uint32_t of;
    uint32_t kind; // enum sim_callback_kind
};

enum sim_callback_kind {
    SIM_CALLS_TASK,    // the task `of` goes on
    SIM_CALLS_FUTURE,  // what the task waited for has come: it goes on in the next turn
    SIM_CALLS_TIMEOUT, // of the scope
    SIM_CALLS_CLOSED,  // the caller of the visit is gone
    SIM_CALLS_HEDGE,   // of a task that hedges: the next attempt is due
    SIM_CALLS_BEAT,    // of the probe
    SIM_CALLS_PROBE    // the probe's task goes on and looks at the clock
};

// A line of callbacks: a ring that doubles.
struct sim_callbacks {
    struct sim_callback *at;
    uint32_t head, tail, room; // room is a power of two; head == tail: empty
};

enum sim_loop_phase {
    SIM_LOOP_POLLS,   // waits for events, without the GIL
    SIM_LOOP_WAKES,   // has something to do, and asks for the GIL
    SIM_LOOP_RUNS,    // takes the callbacks of this turn
    SIM_LOOP_STEPS,   // inside its current task
    SIM_LOOP_BEGINS,  // a piece of work is about to begin
    SIM_LOOP_WORKS,   // and under way
    SIM_LOOP_RETURNS, // and over: asks for the GIL, and the task goes on
    SIM_LOOP_BLOCKS,  // waits with its current task, without the GIL
};

// The event loop of a replica: one thread. The hot part is what a turn reads.
struct sim_loop {
    uint32_t station;
    uint32_t thread, probe; // tasks: the OS thread, and what probes the loop's lag
    uint32_t current;       // the task it is busy with, or SIM_NONE
    uint32_t request;       // of which that is
    uint8_t phase;
    bool is_over;     // what its current task blocks it with has come
    bool needs_gil;   // the piece of work does
    uint8_t cause;    // of the piece
    uint32_t left;    // callbacks of this turn not yet run
    sim_time piece;   // how long it is
    sim_time debt;    // what callbacks have cost and the thread has not worked off
    sim_time began;   // its callback
    sim_time polled;  // when its poll began
    uint32_t futures; // that were set by callbacks; numbers them
    struct sim_callbacks ready;
    struct sim_callbacks events; // what the next poll finds: sockets
    struct sim_callbacks due;    // and timers whose time has come
    uint32_t branches;           // its tasks that are no visits
    sim_time touched;
    sim_time half_turn; // a poll and its bookkeeping cost this, and each callback at least
    sim_time crowd;     // what each costs more among a thousand tasks than alone
    sim_time birth;     // to make a task
    sim_time wake;      // from an event to the thread running
    struct sim_random rng;       // of its wake-ups among others
    sim_time step;               // polls with a timeout are rounded up to it
    sim_time slack[2];           // and late by so much, of 1 ms and of 10 ms
    double late[SIM_WAKES_KEPT]; // equally likely times as much
    double lateness;             // of this poll
    struct sim_random poll_rng;
    sim_time period, beat;  // of the probe; when it should look next
    struct sim_meter meter; // of lags; counts by enum sim_loop_count
};

// What is seldom looked at of a replica, or of a worker process of its pools.
struct sim_process {
    uint32_t first_process, processes; // of a replica: stations of its workers
    uint32_t lives;                    // how often it has begun anew
    uint32_t pool;                     // of a worker: its place in run->pools
    uint32_t worker, calls;            // its servant, or SIM_NONE, and how many it has done
    // Bytes: a process' own, those it shares with its parent, and, of a replica, those of all
    // of its processes, integrated up to then.
    int64_t own, shared, memory;
    sim_time memory_at;
    sim_time since_gc;            // bytecode since its last collection
    struct sim_codel_state codel; // of its line
    sim_time line_empty;          // which was empty then last, where waits are controlled
    bool rises;      // of a replica that is to stop: it is to be up again after that
    sim_time after;  // and so much later
    sim_time risen;  // of a replica that has begun anew: when
    bool is_unready; // of a replica: out of every rotation
};

// Who probes a replica, or several that are one container (probe.c).
struct sim_prober {
    struct sim_probe_state state;
    sim_time due;      // of the last tick
    uint32_t visit;    // under way, or SIM_NONE
    uint32_t station;  // the first one's
    uint32_t life;     // of its process, when it was asked
    uint32_t restarts; // in a row
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
    struct sim_who who;
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

// A retry budget of a station.
struct sim_budget_keep {
    struct sim_budget_state state;
    uint32_t life; // of the process that it is of, from 1; 0: has not been used
};

// The broker of a service (broker.c): visits that no worker has taken, in the order of their times.
struct sim_broker {
    struct sim_row line;
    uint32_t turn;   // replica that is served next, if it has room
    bool is_feeding; // its loop is under way
};

// What a broker knows of a visit.
struct sim_message {
    uint32_t
        agent; // that delivers it again, plus 1; 0: none. SIM_NONE: it is a second delivery
    uint16_t entry; // where its program begins
    sim_time since; // it came to the broker, or came back
};

// A replica of a service, or a client.
struct sim_station {
    uint32_t entity; // number of the service, or of the client
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
    double slow, fail;
    uint32_t slow_route, fail_route; // SIM_NONE: all
    struct sim_levels levels;
    struct sim_meter meter;
    char spare[32]; // as of a host
};
// All that happens looks up its station, by a shift.
_Static_assert(sizeof(struct sim_station) == 512, "a station's size is a power of two");

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

// From one caller (client or service) to one service.
struct sim_edge {
    uint32_t caller, service;
    uint32_t first, replicas; // the service's: its first station, and how many
    uint32_t latency;         // value, SIM_NONE: none
    uint32_t extra;           // the same, while somebody makes the link slower
    double drop;
    uint32_t turn;
    struct sim_rotation *rotation; // NULL: a turn is all that its balancer remembers
    struct sim_random balance, network;
    struct sim_meter meter;
};

// What is wrong with a link, also with those that no call has used yet.
struct sim_link_trouble {
    char from[64]; // "" for all links to the service
    uint32_t service;
    uint32_t extra;
    double drop;
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
    double peak;    // highest rate of a Poisson process
    bool varies;    // its rate is a curve
    struct sim_dist gap; // at the highest rate, in ns
    struct sim_random gaps, fields;
};

// What a visit, or a call in a pool, holds of the memory of a process.
struct sim_held {
    int64_t bytes;
    uint32_t station;
};

// A request's fields, shared by all of its tasks.
struct sim_fields {
    double at[SIM_FIELDS];
    uint32_t users;  // or the next free one
    uint32_t tenant; // account plus 1; 0: none
};

#define SIM_EXTRA_EDGES   256
#define SIM_LINK_TROUBLES 256

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
    bool redelivers;   // some broker delivers again what was not acked in time

    uint32_t task_free, task_used, task_limit;
    uint32_t scope_free, scope_used, scope_limit;
    uint32_t fields_free, fields_used;
    struct sim_fields *fields;
    uint32_t *fields_of;   // of tasks, plus 1; 0: none
    sim_time *deadlines;   // of tasks; 0: none
    sim_time *pushed;      // of tasks: when their last answer said to come back (retry.c)
    struct sim_held *held; // of tasks
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
    struct sim_link_trouble troubles[SIM_LINK_TROUBLES];
    uint32_t trouble_count;
};

#endif
