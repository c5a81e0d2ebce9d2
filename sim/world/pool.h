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
// Nothing here allocates while a request passes: pools lie in one array, calls are tasks, and
// what they need beyond that lies in an array beside the tasks.

#include <stdbool.h>
#include <stdint.h>

#include "sim/engine/time.h"
#include "sim/policy/outcome.h"

struct sim_run;
struct sim_op;

// Tasks in a row, linked by next and prev.
struct sim_row {
    uint32_t head, tail, count;
};

// A pool of one replica.
struct sim_pool {
    uint32_t station, number; // where it is, and which of the model's
    uint32_t most;            // workers
    uint32_t alive;           // workers started
    uint32_t
        idle; // what the executor's idle semaphore counts: fewer than are idle, at times
    struct sim_row line;    // calls that nobody has taken
    struct sim_row loafers; // servants that wait for calls
    bool is_open;
};

enum sim_stage {
    SIM_STAGE_LINED,     // in the pool's line: may still be cancelled
    SIM_STAGE_TAKEN,     // runs
    SIM_STAGE_RETURNING, // has ended; who awaits it is being woken
};

// Of a call; of a servant: pool, and whether it has blocked since it last had a call.
struct sim_offloaded {
    uint32_t pool; // its place in run->pools
    uint32_t servant;
    uint32_t offload; // definition
    uint32_t status;
    uint16_t pc; // of its body
    uint8_t stage, outcome;
    bool has_blocked;
};

enum sim_role {
    SIM_ROLE_THREAD
};

// The pools of each replica are made at their first use; a process that begins anew has none.
void sim_pool_forget(struct sim_run *run, uint32_t station);

// What handing it over costs whoever does, in bytecode of the runtime.
sim_time sim_pool_submit_time(struct sim_run *run, uint32_t t, const struct sim_op *op);
void sim_pool_submit(struct sim_run *run, uint32_t t, const struct sim_op *op);
// A servant, which holds no GIL, looks for a call. True: it goes on at its counter.
bool sim_pool_serve(struct sim_run *run, uint32_t servant, const struct sim_op *op);
// The body of a call has ended so.
void sim_pool_ended(struct sim_run *run, uint32_t call, enum sim_outcome outcome,
                    uint32_t status);
void sim_pool_returned(struct sim_run *run, uint32_t call); // its timer
// Who awaits a call waits no more: a call that nobody has taken is cancelled, another goes on.
void sim_pool_abandon(struct sim_run *run, uint32_t t);
// A call or a servant is killed: out of whatever row it stands in.
void sim_pool_leave(struct sim_run *run, uint32_t t);

#endif
