#ifndef SIM_WORLD_WORLD_H
#define SIM_WORLD_WORLD_H

// A run: a sealed model, a seed, and all that has happened so far. It is a value: it shares
// nothing with other runs, so that a thousand can go side by side, and the same model, seed
// and faults give the same run, to the last event, on every machine.

#include <stdbool.h>
#include <stdint.h>

#include "sim/engine/digest.h"
#include "sim/engine/time.h"
#include "sim/engine/trace.h"
#include "sim/model/model.h"
#include "sim/world/meter.h"

struct sim_run;

// What a handler written as a function wants next.
enum sim_script_wish {
    SIM_SCRIPT_STEP, // run the fragment at pc, then ask again
    SIM_SCRIPT_WORK, // do one step of work of kind `op`, taking `seconds`, then ask again
    SIM_SCRIPT_DONE, // the function has returned: the handler goes on behind it
    SIM_SCRIPT_FAIL, // the function has raised outcome and status
    SIM_SCRIPT_BUG,  // the script is at fault: the run stops, the host knows the text
};

struct sim_script_answer {
    enum sim_script_wish wish;
    uint32_t pc;
    uint8_t op;    // SIM_OP_PYTHON, SIM_OP_NATIVE or SIM_OP_IO
    uint8_t flags; // of that operation
    double seconds;
    enum sim_outcome outcome;
    uint32_t status;
};

// Handlers written as functions live outside the simulator. Threads of a script are
// numbers chosen by the host. No error of the script may cross these calls.
struct sim_script {
    void *ctx;
    // Starts function `fn` for a task; returns the number of its thread, or SIM_NONE with the
    // answer set to BUG.
    uint32_t (*start)(void *ctx, struct sim_run *run, uint32_t fn, uint32_t task,
                      struct sim_script_answer *answer);
    // Goes on after what it awaited ended so.
    void (*resume)(void *ctx, uint32_t thread, enum sim_outcome outcome, uint32_t status,
                   struct sim_script_answer *answer);
    // The task is gone; the thread is never resumed again.
    void (*drop)(void *ctx, uint32_t thread);
};

struct sim_limits {
    uint64_t memory_bytes;   // of the run's pools and records
    uint64_t events;         // in all
    uint64_t events_at_once; // without progress of time
};

struct sim_run_def {
    struct sim_model *model; // sealed; borrowed for the run's life
    uint64_t seed;
    struct sim_limits limits;
    const struct sim_script *script; // borrowed; NULL when no handler is a function
    uint32_t trace_records;          // kept by the trace; 0: off
    bool trace_steps;                // the trace also tells where in its steps a task is
};

// No trace, 256 MiB, 4e9 events, 2e7 of them at one instant.
void sim_run_default(struct sim_run_def *def);

struct sim_run *sim_run_open(const struct sim_run_def *def); // NULL: no memory
void sim_run_close(struct sim_run *run);

enum sim_state {
    SIM_GOING,
    SIM_FINISHED,     // the scenario's duration is over
    SIM_AT_LIMIT,     // a cap was met; sim_run_reason says which
    SIM_SCRIPT_ERROR, // a function of the script failed
};

// Runs all events before time t (those at t itself are left), but not beyond the
// duration, and stops early at a limit.
enum sim_state sim_run_until(struct sim_run *run, sim_time t);

// Closes the last window; the run cannot go on. Called once, when the caller is done, also
// with a run that was stopped early.
void sim_run_finish(struct sim_run *run);

sim_time sim_run_now(const struct sim_run *run);
uint64_t sim_run_events(const struct sim_run *run);
uint64_t sim_run_digest(const struct sim_run *run);
const char *sim_run_reason(const struct sim_run *run); // of a limit, with the cap's name
const struct sim_model *sim_run_model(const struct sim_run *run);
const struct sim_trace *sim_run_trace(const struct sim_run *run); // NULL when off
uint64_t sim_run_memory(const struct sim_run *run); // bytes touched by pools and records

// An extra window edge at t, so that spans between such edges are exact. Before the start.
void sim_run_edge(struct sim_run *run, sim_time t);

// ---- What happened ----

// Books of all clients together; balanced says that what arrived is accounted for, counted
// afresh from the requests that are still inside.
struct sim_books {
    int64_t arrived, ended[SIM_OUTCOMES], inside;
    bool balanced;
};
struct sim_books sim_run_books(const struct sim_run *run);

// What can be said of a replica when it is looked at from outside.
enum sim_replica_state {
    SIM_REPLICA_UP,
    SIM_REPLICA_DOWN,
    SIM_REPLICA_STARTING, // its startup probe has not succeeded yet
    SIM_REPLICA_UNREADY,  // it runs, and is out of the rotation
    SIM_REPLICA_STOPPING, // it has been told to stop, and runs
    SIM_REPLICA_STATES
};

// Kinds of trace records. Task and request are in all but SIM_TRACE_FAULT and SIM_TRACE_REPLICA.
enum sim_trace_kind {
    SIM_TRACE_SPAN, // time of a task charged to a cause; code: the cause; other: 1 when it held
                    // the GIL meanwhile
    SIM_TRACE_BEGIN, // a task begins, a visit its way to the replica; other: the task that
                     // waits for it, or SIM_NONE; code: SIM_TRACE_BRANCH, SIM_TRACE_AGAIN
    SIM_TRACE_START, // a visit gets its worker; begin: when it had arrived
    SIM_TRACE_END, // a task ends; begin: when it began, a visit when it had arrived; code:
                   // outcome, with SIM_TRACE_ABANDONED; other: status
    SIM_TRACE_REPLY,   // its call is answered; other: the visit's task; code: outcome
    SIM_TRACE_GIVE_UP, // it waits for its call no longer; other: the visit's task; code: why
    SIM_TRACE_VAIN,    // it was woken for the GIL, and somebody else had taken that
    SIM_TRACE_QUEUE,   // the length of a replica's line; other: the length
    SIM_TRACE_LOOP,    // a callback of an event loop; task: the loop's thread; other: the
        // request whose task went on, or SIM_NONE; code: 1 for 100 ms or more
    SIM_TRACE_FAULT,   // something goes wrong or is mended; other: its number; code: which
    SIM_TRACE_REPLICA, // the replica at the place is something else; code: its state
    SIM_TRACE_STEP,    // it comes to an operation, or back to the one that it is at; other:
                       // which; code: 1 for going back, to try again. Only on demand
};

// Of what begins: a branch of a gather, or a call that is tried again.
#define SIM_TRACE_BRANCH 1u
#define SIM_TRACE_AGAIN  2u

// Added to the outcome of a visit or a branch that nobody waited for any more.
#define SIM_TRACE_ABANDONED 0x80u

// Places of trace records: replicas in the order of their services, then clients.
struct sim_place {
    bool is_client;
    const char *name;
    uint32_t replica, replicas; // from 0
};
uint32_t sim_run_places(const struct sim_run *run);
struct sim_place sim_run_place(const struct sim_run *run, uint32_t place);

// Clients and replicas by number; calls are met as they are first made.
const struct sim_meter *sim_run_client_meter(const struct sim_run *run, uint32_t client);
const struct sim_meter *sim_run_replica_meter(const struct sim_run *run, uint32_t service,
                                              uint32_t replica);
// What an event loop has been doing; NULL where a replica has none. Its latencies are lags,
// and its counts those of enum sim_loop_count.
const struct sim_meter *sim_run_loop_meter(const struct sim_run *run, uint32_t service,
                                           uint32_t replica);
int64_t sim_run_client_inside(const struct sim_run *run, uint32_t client);

// What an effect of the model has come to; its counts are those of enum sim_effect_count.
const struct sim_meter *sim_run_effect_meter(const struct sim_run *run, uint32_t effect);

struct sim_edge_view {
    const char *from, *to;
    const struct sim_meter *meter;
};
uint32_t sim_run_edges(const struct sim_run *run);
// Of the calls from a caller (clients by number, then services) to a service; NULL when none
// has been made yet.
const struct sim_meter *sim_run_edge_meter(const struct sim_run *run, uint32_t caller,
                                           uint32_t service);
struct sim_edge_view sim_run_edge_at(const struct sim_run *run, uint32_t i);

// How breakers changed their states, in the order in which it was noticed: at an edge of time
// that is when somebody asked next. The first 65,536 are kept.
struct sim_breaker_view {
    sim_time at;
    uint32_t place;     // whose it is
    const char *around; // the service that it is before; "": none
    enum sim_breaker_state from, to;
    uint32_t calls, failed, slow; // what it opened for last
};
uint32_t sim_run_breaker_changes(const struct sim_run *run);
struct sim_breaker_view sim_run_breaker_change(const struct sim_run *run, uint32_t i);

// What all bulkheads, or pools of connections, of one definition do: counts are those of enum
// sim_bulkhead_count, areas who waits and who is inside, memory_max the most inside at one place.
const struct sim_meter *sim_run_bulkhead_meter(const struct sim_run *run, uint32_t number);

// Of a cache, by number: its counts are those of enum sim_cache_count.
const struct sim_meter *sim_run_cache_meter(const struct sim_run *run, uint32_t cache);

// ---- Accounts: of tenants, and of the keys of quotas ----

#define SIM_BOOK_TENANTS 0u
#define SIM_BOOK_QUOTAS  1u // and the number of the limiter

enum sim_account_count {
    SIM_ACCOUNT_OFFERED, // of a tenant: requests, from the end of the warm-up on, as the others
    SIM_ACCOUNT_OK,
    SIM_ACCOUNT_REJECTED,
    SIM_ACCOUNT_FAILED,   // the rejected ones too
    SIM_ACCOUNT_USED = 0, // of a quota: calls that passed, in the whole run
    SIM_ACCOUNT_OVER,     // and those of them that were beyond the limit
    SIM_ACCOUNT_REFUSED,
    SIM_ACCOUNT_COUNTS = 4
};

struct sim_account_view {
    uint32_t book, keys;
    const double *key; // values of the fields that it is kept by
    const int64_t *counts;
    int64_t left; // of a quota: in the window of the run's end
};
uint32_t sim_run_accounts(const struct sim_run *run);
struct sim_account_view sim_run_account(const struct sim_run *run, uint32_t i);

// Times of the window edges, shared by all meters: edge[0] is 0, window i lies between edge i
// and edge i + 1.
const sim_time *sim_run_window_edges(const struct sim_run *run, uint32_t *windows);

// ---- What goes wrong: faults act through these, between events ----

struct sim_target {
    uint32_t service;
    uint32_t replica; // SIM_NONE: all of them
    uint32_t route;   // SIM_NONE: all; else the model's number of the route
};

// Of several that slow the same route of a replica, or have it fail, the one that began last counts; a
// value below 0 takes away the one of that target.
void sim_run_slow(struct sim_run *run, struct sim_target target, double factor);
void sim_run_fail(struct sim_run *run, struct sim_target target, double share);
void sim_run_crash(struct sim_run *run, struct sim_target target);
void sim_run_restart(struct sim_run *run, struct sim_target target);
void sim_run_drain(struct sim_run *run, struct sim_target target, bool on);
void sim_run_pause(struct sim_run *run, struct sim_target target, bool paused);
// A store is gone, and so long as its definition says nothing is in its place.
void sim_run_failover(struct sim_run *run, uint32_t service);
// The largest process of each replica that is up, the replica's own or a worker's, is killed as the
// kernel does it on a host without memory.
void sim_run_oom(struct sim_run *run, struct sim_target target);
// The next n requests that get a worker of a service, or of one of its routes, kill the process that
// works on them, as often as they are tried, until with n = 0 they are harmless again.
void sim_run_poison(struct sim_run *run, struct sim_target target, uint32_t n);
// Each replica that is up has so much more memory until its process ends; a server's worker
// processes have it in equal parts.
void sim_run_leak(struct sim_run *run, struct sim_target target, int64_t bytes);
// A share of the time of each core of a host, SIM_STEAL_MOST at most, goes to other machines: of a
// host of the model, or of all on which the replicas run, with whoever else runs there. 0: none.
#define SIM_STEAL_MOST 0.99
void sim_run_steal_host(struct sim_run *run, uint32_t host, double share);
void sim_run_steal(struct sim_run *run, struct sim_target target, double share);
// A service that scales has so many replicas, the first ones, or, with SIM_NONE, as many as at first.
void sim_run_scale(struct sim_run *run, uint32_t service, uint32_t replicas);
// A rolling update as Kubernetes' Deployment does it. A service that scales begins to replace all
// replicas that it has, and has so many.
struct sim_rollout {
    uint32_t surge;       // so many replicas more than it has, at most
    uint32_t unavailable; // so many of them not there or not ready, at most
    sim_time min_ready;   // a new one counts when it has been ready for so long
    sim_time startup;     // until the process of a new one runs
};
uint32_t sim_run_rollout(struct sim_run *run, uint32_t service);
// What its controller does at a moment; false when all are new, and ready.
bool sim_run_roll(struct sim_run *run, uint32_t service, uint32_t replicas,
                  const struct sim_rollout *rule);

// The link from a caller to a service, or, with from NULL, all links to it: both ways of it, or that
// of the requests, or that of the answers, alone.
enum sim_side {
    SIM_BOTH_SIDES,
    SIM_SIDE_REQUEST,
    SIM_SIDE_REPLY
};
struct sim_link_target {
    const char *from;
    uint32_t service;
    enum sim_side side;
};
// Of several for one link the one that began last counts, each kind for itself, and the last of two with
// the same target alone. So much longer; SIM_NONE: not any more.
void sim_run_link_latency(struct sim_run *run, struct sim_link_target link, uint32_t value);
// That share of the messages vanishes; below 0: not any more.
void sim_run_link_drop(struct sim_run *run, struct sim_link_target link, double share);
// So many bytes get through in a second, one message after the other; 0: as before.
void sim_run_link_bandwidth(struct sim_run *run, struct sim_link_target link,
                            double bytes_per_s);
// Nothing gets through, and nobody is told.
void sim_run_link_cut(struct sim_run *run, struct sim_link_target link, bool on);
// Nobody listens there: who comes is told so at once, with an error 503. Who is inside stays. It has
// no sides.
void sim_run_link_refuse(struct sim_run *run, struct sim_link_target link, bool on);

// Puts all breakers of that number into a state: disabled, forced open, or closed as new. What it is
// then holds for those whose process begins anew, too.
void sim_run_force_breaker(struct sim_run *run, uint32_t breaker,
                           enum sim_breaker_state to);

// From here on with the numbers of another model, from which the run's is no further apart
// (sim_model_apart). What has begun goes on as it began: work, waits, gaps between arrivals.
void sim_run_turn(struct sim_run *run, const struct sim_model *to);

// The same with those numbers alone that are others in `mask` than in `base`.
void sim_run_set(struct sim_run *run, const struct sim_model *base,
                 const struct sim_model *mask, const struct sim_model *to);

// So many workers of a pool die, in each replica that has it, those with a call first.
void sim_run_crash_pool(struct sim_run *run, uint32_t pool, uint32_t workers);

// What a cache holds is forgotten, wherever that is.
void sim_run_flush(struct sim_run *run, uint32_t cache);

// Puts a change of a fault on record.
void sim_run_note_fault(struct sim_run *run, uint32_t fault, bool on);

// ---- For functions of the script, while they run ----

double sim_run_field(struct sim_run *run, uint32_t task, uint32_t field);
double sim_run_draw(struct sim_run *run, uint32_t task, uint32_t value);
uint64_t sim_run_request(const struct sim_run *run, uint32_t task);
enum sim_executor_kind sim_run_executor(const struct sim_run *run, uint32_t task);

// A task of an event loop that its maker may cancel. Stale when it has ended.
struct sim_task_ref {
    uint32_t task;
    uint64_t born;
};
// Of the steps compiled at pc, beside the task that makes it.
struct sim_task_ref sim_run_spawn(struct sim_run *run, uint32_t task, uint32_t pc);
void sim_run_cancel(struct sim_run *run, struct sim_task_ref ref);

#endif
