#ifndef LABS_PROCESS_POOL_PROCESS_SCRIPT_H
#define LABS_PROCESS_POOL_PROCESS_SCRIPT_H

// Runs a real pool, with real processes and real deaths, step by step: each step waits until
// nothing moves any more, so that what has changed follows from the steps alone. A call runs
// until the script finishes it. Workers line up in the order in which they were begun, or came
// to be idle; one that ends a call takes the next from the pipe before the manager fills it,
// as it does when nobody holds it up. Linux only: whether a worker sleeps is read from /proc.

#include "labs/process_pool/process_pool.h"

#define LAB_PROCESS_SCRIPT_CALLS 64

enum lab_process_step_kind {
    LAB_PROCESS_DO_SUBMIT, // call `who`
    LAB_PROCESS_DO_FINISH, // lets call `who` end; if it does not run yet, as soon as it does
    LAB_PROCESS_DO_CANCEL, // call `who`
    LAB_PROCESS_DO_KILL,   // SIGKILL to worker `who`, by its number, if it lives
    LAB_PROCESS_DO_DRAIN,  // close, once only
    LAB_PROCESS_DO_ABANDON // close and cancel what is pending, once only
};

struct lab_process_step {
    enum lab_process_step_kind kind;
    uint32_t who;
};

struct lab_process_script {
    uint32_t max_workers;
    enum lab_process_pool_start start;
    uint32_t max_tasks;
    bool is_isolated;
    uint32_t calls; // at most LAB_PROCESS_SCRIPT_CALLS
    const struct lab_process_step *steps;
    uint32_t count;
};

enum lab_process_change_kind {
    LAB_PROCESS_GONE,      // worker has ended, or died
    LAB_PROCESS_BEGAN,     // worker was begun
    LAB_PROCESS_REFUSED,   // call, at its submit
    LAB_PROCESS_PENDING,   // call can be cancelled
    LAB_PROCESS_QUEUED,    // call is in the pipe: beyond cancellation
    LAB_PROCESS_RUNNING,   // call is on worker
    LAB_PROCESS_DONE,      // call
    LAB_PROCESS_CANCELLED, // call
    LAB_PROCESS_BROKEN,    // call: the pool broke
    LAB_PROCESS_DIED       // call: its worker died, and the pool lives
};

struct lab_process_change {
    uint32_t step;
    enum lab_process_change_kind kind;
    uint32_t worker, call; // LAB_PROCESS_POOL_NOBODY where there is none
};

// Plays it and writes the first `cap` changes: for each step the workers that are gone, then
// those that began, both by number, then the calls by id, each with its state after the step.
// After the last step all calls may end, the pool is drained, and nobody looks.
// Returns how many changes there were, below 0 when the system gave no process or pipe.
int64_t lab_process_script_play(const struct lab_process_script *script,
                                struct lab_process_change *out, uint32_t cap);

#endif
