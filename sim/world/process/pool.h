#ifndef SIM_WORLD_POOL_H
#define SIM_WORLD_POOL_H

// Pools of workers beside those of a service: what to_thread and run_in_executor send their
// steps to. Inside of sim/world only.
//
// What is sent is a task of its own, a call; who sent it awaits it. While somebody does, each
// stretch of the call's time is charged to the one that awaits it too, for the same
// cause, so that the time of a visit says what its work in pools was. A worker is a task
// as well (a servant), in whose name a call runs: it sleeps while the call does.
//
// A worker that is a process, or an interpreter, is a station of its own: it has a GIL of its
// own, on the host of the replica that it belongs to. These stations stand behind those of
// the clients and have no meter; what runs in them is charged where it is awaited.
//
// Nothing here allocates while a request passes: pools lie in one array, calls are tasks, and
// what they need beyond that lies in an array beside the tasks.

#include <stdbool.h>
#include <stdint.h>

#include "sim/engine/time.h"
#include "sim/policy/outcome.h"

struct sim_run;
struct sim_op;
struct sim_runtime;
struct sim_pool_def;

// Tasks in a row, linked by next and prev.
struct sim_row {
    uint32_t head, tail, count;
};

void sim_row_join(struct sim_run *run, struct sim_row *row, uint32_t t);
void sim_row_leave(struct sim_run *run, struct sim_row *row, uint32_t t);
uint32_t sim_row_first(struct sim_run *run, struct sim_row *row); // taken out; or SIM_NONE

// The rows in which calls stand. All but the line are on the way to processes and back.
enum sim_pool_row {
    SIM_ROW_LINE,    // nobody has taken it: it may still be cancelled
    SIM_ROW_FEEDING, // for the thread that pickles and sends
    SIM_ROW_PIPED,   // for a worker
    SIM_ROW_RESULTS, // for the thread that reads what came back
    SIM_ROWS,
    SIM_ROW_NONE = SIM_ROWS,
    SIM_ROW_LOAFERS, // of servants
    SIM_ROW_GIVEN    // in none: given to a servant that is not awake yet
};

// A pool of one replica.
struct sim_pool {
    uint32_t station, number; // where it is, and which of the model's
    uint32_t first_process;   // station of its first worker; SIM_NONE: threads
    uint32_t most;            // workers
    uint32_t alive;           // workers started
    uint32_t idle; // what the executor's idle semaphore counts: not always those idle
    uint32_t
        in_queue; // calls sent on that no worker has taken: one more than workers, at most
    uint32_t manager, feeder; // servants of a pool of processes
    struct sim_row rows[SIM_ROWS];
    // The youngest call that was cancelled in the line and that no worker has passed over yet,
    // by its birth; 0: none.
    uint64_t cancelled;
    struct sim_row loafers; // servants that wait for calls
    bool is_open, is_broken;
    bool has_begun; // its first worker was started: what only the first one costs is paid
    // Who submits first, its request, and where it does: it pays, and starts them; SIM_NONE: nobody has
    // yet.
    uint32_t beginner, beginners_request, beginners_pc;
};

enum sim_stage {
    SIM_STAGE_WAITS,     // for a worker: in a row, or in the hands of a pool's thread
    SIM_STAGE_RUNS,      // its body, in a worker
    SIM_STAGE_REPLIES,   // its body has ended, and its result is on its way
    SIM_STAGE_RETURNING, // who awaits it is being woken
};

// Of a call; of a servant: pool, and whether it has blocked since it last had a call.
struct sim_offloaded {
    uint32_t pool; // its place in run->pools
    uint32_t servant;
    uint32_t gift;    // of a servant: the call that it wakes with, or SIM_NONE
    uint32_t offload; // definition
    uint32_t status;
    double bytes; // sent along
    uint16_t pc;  // of its body
    uint8_t row, stage, outcome;
    bool has_blocked;
    bool was_last; // its worker has ended with it
};

// ---- pool.c ----

// The pools of each station are made at their first use; a process that begins anew has none.
void sim_pool_forget(struct sim_run *run, uint32_t station);
struct sim_pool *sim_pool_at(struct sim_run *run, uint32_t station, uint32_t number);
struct sim_pool *sim_pool_of(const struct sim_run *run, uint32_t t); // of a call or servant
const struct sim_pool_def *sim_pool_def_of(const struct sim_run *run,
                                           const struct sim_pool *p);
// What it costs, or NULL where the service has no runtime.
const struct sim_runtime *sim_pool_runtime(const struct sim_run *run,
                                           const struct sim_pool *p);

// What handing it over costs whoever does, in bytecode of the runtime.
sim_time sim_pool_submit_time(struct sim_run *run, uint32_t t, const struct sim_op *op);
void sim_pool_submit(struct sim_run *run, uint32_t t, const struct sim_op *op);
// A servant, which holds no GIL, looks for something to do. True: it has, at its counter.
bool sim_pool_serve(struct sim_run *run, uint32_t servant, const struct sim_op *op);
// The body of a call has ended so.
void sim_pool_ended(struct sim_run *run, uint32_t call, enum sim_outcome outcome,
                    uint32_t status);
void sim_pool_sent(struct sim_run *run, uint32_t call);     // its reply has left the worker
void sim_pool_returned(struct sim_run *run, uint32_t call); // its timer
// Who awaits a call waits no more: a call that nobody has taken is cancelled, another goes on.
void sim_pool_abandon(struct sim_run *run, uint32_t t);
// A call or a servant is killed: out of whatever row it stands in.
void sim_pool_leave(struct sim_run *run, uint32_t t);

// For process.c.
void sim_pool_put(struct sim_run *run, struct sim_pool *p, enum sim_pool_row row,
                  uint32_t call);
uint32_t sim_pool_take(struct sim_run *run, struct sim_pool *p, enum sim_pool_row row);
uint32_t sim_pool_servant(struct sim_run *run, struct sim_pool *p, uint32_t station,
                          uint32_t pc);
void sim_pool_wake(struct sim_run *run, struct sim_pool *p, uint32_t servant);
void sim_pool_wake_loafer(struct sim_run *run, struct sim_pool *p); // if there is one
void sim_pool_take_out(struct sim_run *run, struct sim_pool *p, uint32_t call);
void sim_pool_deliver(struct sim_run *run, uint32_t call, enum sim_outcome outcome,
                      uint32_t status);
void sim_pool_let_go(struct sim_run *run, uint32_t call); // its worker, for the next one
// The time in run->work, and the counter of what takes it, which is passed over if there is none.
void sim_pool_set_work(struct sim_run *run, uint32_t t, uint32_t pc, sim_time d);

// ---- carry.c: what bytes cost on their way ----

sim_time sim_carry_pickle(const struct sim_runtime *r, double bytes); // to a buffer
sim_time sim_carry_pipe(const struct sim_runtime *r, double bytes);   // to another process
sim_time sim_carry_unpickle(const struct sim_runtime *r, double bytes); // from there
sim_time sim_carry_copy(const struct sim_runtime *r, double bytes); // between interpreters

// ---- process.c: workers that are processes or interpreters ----

// Counts and opens the stations of all of them.
void sim_process_count(struct sim_run *run);
void sim_process_open(struct sim_run *run, uint32_t gil); // the first of theirs

// A task submits: how long that takes, and what comes of it then.
sim_time sim_process_submit_time(const struct sim_run *run, struct sim_pool *p, uint32_t t);
void sim_process_submit(struct sim_run *run, struct sim_pool *p, uint32_t t);
void sim_process_start(struct sim_run *run, struct sim_pool *p); // one more worker
bool sim_process_manage(struct sim_run *run, struct sim_pool *p, uint32_t manager);
bool sim_process_feed(struct sim_run *run, struct sim_pool *p, uint32_t feeder);
void sim_process_served(struct sim_run *run, uint32_t servant, const struct sim_op *op);
void sim_process_copy(struct sim_run *run, uint32_t t); // what the pipe takes, to run->work
// What begins and ends a call costs its worker.
sim_time sim_process_enter_time(const struct sim_run *run, const struct sim_pool *p,
                                uint32_t call);
sim_time sim_process_reply_time(const struct sim_run *run, const struct sim_pool *p,
                                uint32_t call);
sim_time sim_process_hop(const struct sim_runtime *r);
void sim_process_replied(struct sim_run *run, struct sim_pool *p, uint32_t call);
void sim_process_end_worker(struct sim_run *run, struct sim_pool *p, uint32_t station);

// ---- process_serve.c ----

// Of a service that is made of processes: its line has grown; it begins; a worker has done a
// call; a worker that begins is joined by its other threads.
void sim_process_serve(struct sim_run *run, struct sim_pool *p);
void sim_process_begin(struct sim_run *run, uint32_t station);
void sim_process_retire(struct sim_run *run, struct sim_pool *p, uint32_t call);
void sim_process_add_threads(struct sim_run *run, struct sim_pool *p, uint32_t servant);
// A worker has a call: it sleeps until that ends, or until it has had it for too long.
void sim_process_watch(struct sim_run *run, struct sim_pool *p, uint32_t servant);

// ---- process_crash.c ----

// The pool's worker processes die with this call or that; a call fails with its worker.
void sim_process_crash(struct sim_run *run, struct sim_pool *p, uint32_t workers);
void sim_process_kill(struct sim_run *run, uint32_t station); // one of them
void sim_process_time_out(struct sim_run *run,
                          uint32_t station); // the same, by its own parent

#endif
