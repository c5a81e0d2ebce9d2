#ifndef SIM_WORLD_PROCESS_STATE_H
#define SIM_WORLD_PROCESS_STATE_H

// Hosts, locks, loops and processes while a run goes on.

#include "sim/engine/random.h"
#include "sim/model/model_private.h"
#include "sim/world/meter.h"
#include "sim/world/process/sleepers.h"
#include "sim/world/process/turns.h"

struct sim_job {
    uint64_t finish; // virtual time at which it has had its work
    uint64_t key;    // order of arrival above the task's number
};

#define SIM_WAKES_KEPT 16 // equally likely times that a wake-up takes

#define SIM_FULL_SPEED 65536u

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
    uint8_t back_off;     // and longer each time: enum sim_back_off
    int64_t longest;      // work that a place is there for; below 0: there is none yet
    uint32_t
        full; // so many runnable tasks go on at full speed: cores, or none while some is stolen
    uint32_t speed; // 2^-16: the share of its time that a core runs for this host
};
// Its place is found by a shift.
_Static_assert(sizeof(struct sim_host) == 128, "a host's size is a power of two");

struct sim_gil;

// The only core of a host, for the threads of all GILs there.
struct sim_core {
    struct sim_turns turns; // that can run
    uint32_t current;       // of those that have a GIL: who has the core; SIM_NONE: nobody
    sim_time ran;           // its service is counted up to then
    // When one went to sleep last, or ended; -1: it has turned out not to. The task, if whom it has
    // woken may overtake it, or SIM_NONE; its lock.
    sim_time left;
    uint32_t sender;
    struct sim_gil *left_gil;
};

struct sim_gil {
    struct sim_sleepers waiters;  // a task's slot is its place in the array
    uint32_t wakers;              // signalled, not awake yet
    uint32_t holder, last_holder; // tasks
    uint32_t dropper;             // sleeps until somebody else has taken it
    uint32_t behind;              // dropped it, and is behind the holder on that one's core
    uint32_t asker;               // who asked last
    uint32_t runnable;            // on a host of one core: its threads that can run
    bool has_turns;               // there: some could
    int64_t left_owed;            // there: of the service, to the thread that left last
    bool has_left;                // there: some thread has; who comes is one that has slept
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

// What asyncio keeps about a task. Valid while the task is alive, at stations with a loop.
struct sim_coro {
    uint8_t must_cancel; // a cancellation is thrown into it when it goes on or waits next
    uint8_t by;          // who asked last
    uint8_t gathers;     // what it waits for while it gathers: enum sim_gathering
    uint8_t
        ends; // gathers: is cancelled, or of a group: an outcome is kept until the last has ended
    uint8_t is_new;   // its connection has brought it, and it has to be made
    uint8_t blocks;   // blocking steps that it is in
    uint16_t cancels; // requests to cancel it that no timeout has taken back
    uint32_t status;  // of the outcome kept
    uint32_t future;  // that a callback in line will set; 0: none
    // The number of the callback that will cancel its group; 0: none will; SIM_NONE: it was.
    uint32_t abort;
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
    SIM_CALLS_GROUP,   // a branch of its group has failed: the others are cancelled
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
    uint32_t forgets;                  // how often what it keeps has been lost
    uint32_t lives;                    // how often it has begun anew
    bool is_absent;                    // of a replica: its service is scaled to fewer
    bool is_old;                       // of the version that a rollout replaces
    sim_time absent;                   // its absence is counted up to then
    uint32_t pool;                     // of a worker: its place in run->pools
    uint32_t worker, calls;            // its servant, or SIM_NONE, and how many it has done
    // Bytes: a process' own, those it shares with its parent, and, of a replica, those of all
    // of its processes, integrated up to then.
    int64_t own, shared, memory;
    sim_time memory_at;
    sim_time since_gc;            // bytecode since its last collection
    struct sim_codel_state codel; // of its line
    sim_time line_empty;          // which was empty then last, where waits are controlled
    bool rises;        // of a replica that is to stop: it is to be up again after that
    sim_time after;    // and so much later
    sim_time grace;    // of its server, once its pre-stop is over
    sim_time risen;    // of a replica that has begun anew: when
    uint32_t restarts; // in a row
    uint8_t state;     // enum sim_replica_state that is on record
    bool is_told;      // was told to stop, and has not begun anew
    bool is_unready;   // of a replica: out of every rotation
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
    uint16_t entry;    // where its program begins
    bool is_published; // nobody was ever to wait for it
    sim_time since;    // it came to the broker, or came back
};

// What a visit, or a call in a pool, holds of the memory of a process.
struct sim_held {
    int64_t bytes;
    uint32_t station;
};

#endif
