#ifndef SIM_MODEL_PROGRAM_H
#define SIM_MODEL_PROGRAM_H

// The steps of a model as one flat array of operations, which is what a task runs: a program
// counter is all that it needs to remember of a handler. Policies become scopes: an
// operation opens one, another closes it, and an outcome that is raised inside unwinds
// them from the innermost outwards.
//
//   with(retry, with(timeout, call))     RETRY  TIMEOUT  CALL  CLOSE  CLOSE  END

#include <stdbool.h>
#include <stdint.h>

#include "sim/engine/dist.h"
#include "sim/engine/time.h"
#include "sim/model/model.h"

enum sim_opcode {
    SIM_OP_PYTHON,    // work
    SIM_OP_NATIVE,    // work; flag SIM_HOLDS_GIL
    SIM_OP_IO,        // work
    SIM_OP_CALL,      // a: call
    SIM_OP_TIMEOUT,   // opens a scope; a: policy, b: lane or SIM_NONE
    SIM_OP_RETRY,     // opens a scope; a: policy
    SIM_OP_SEMAPHORE, // opens a scope; a: semaphore
    SIM_OP_BREAKER, // opens a scope; a: breaker, b: status of a refusal, to: its first call, or 0
    SIM_OP_BULKHEAD, // opens a scope; a: bulkhead, b: lane or SIM_NONE, need: status of a refusal
    SIM_OP_CONCURRENCY_LIMIT, // opens a scope; a: limit, b: status of a refusal
    SIM_OP_SHED,              // a: shed, b: status of a refusal; opens no scope
    SIM_OP_THROTTLE,          // opens a scope; a: throttle, b: status of a refusal
    SIM_OP_RATE_LIMIT,        // a: limiter, b: status of a refusal; opens no scope
    SIM_OP_LIMIT_ASK,         // a: limiter; its store is asked next
    SIM_OP_LIMIT_SAID, // a: limiter, b: status of a refusal; nothing to write: goes on at `to`
    SIM_OP_LIMIT_TOLD, // a: limiter; the call goes on, or waits for its turn
    SIM_OP_LIMIT_LOST, // the store has failed; a: 1: the call passes all the same
    SIM_OP_STORE,      // a: enum sim_store_action
    SIM_OP_HEDGE, // opens a scope; branches at the next one; a: hedge, b: its first call, or 0
    SIM_OP_FALL_BACK,   // counts that a fallback is gone to
    SIM_OP_CACHED,      // opens a scope with the key; a: cached
    SIM_OP_LOOKUP,      // asks the cache for it; a: cached; what is there goes on at `to`
    SIM_OP_TRANSACTION, // opens a scope
    SIM_OP_COMMIT,      // the innermost scope, a transaction: what is done in it is done
    SIM_OP_PUBLISH,     // a: call; flag SIM_OUTBOX
    SIM_OP_TRY,         // opens a scope; a, b: handlers [a, a + b)
    SIM_OP_FINALLY,     // opens a scope that keeps the outcome to be raised again
    SIM_OP_TIMES,       // opens a scope; a: how often
    SIM_OP_CLOSE,       // closes the innermost scope
    SIM_OP_LOOP,        // closes the innermost scope or goes back to `to`
    SIM_OP_RAISE,       // closes the innermost scope and raises what it kept
    SIM_OP_GATHER,      // branches at pcs [a, a + b), `need` must succeed
    SIM_OP_FANOUT,      // b branches at `to`, `need` must succeed; goes on behind its body
    SIM_OP_MIX,         // branches [a, a + b) by weight, else `to`
    SIM_OP_SWITCH,      // branches [a, a + b) by field, else `to`
    SIM_OP_JUMP,        // to
    SIM_OP_FAIL,        // a: status; value: when to come back, with the flag of the step
    SIM_OP_REPLY,       // a: status; b: bytes, a value plus 1, or 0
    SIM_OP_SCRIPT,      // a: function; opens a scope that holds its coroutine
    SIM_OP_SCRIPT_END,  // a fragment that a function awaits has ended well
    SIM_OP_SUBMIT,      // the work of handing the offload a to its pool
    SIM_OP_OFFLOAD,     // a: offload; its body follows, the task goes on at `to`
    SIM_OP_SERVE,       // a worker of a pool, in the role a, looks for something to do
    SIM_OP_ENTER,       // a call goes on at its own body
    SIM_OP_CHORE,       // bytecode of the runtime's own, taking the time in run->work
    SIM_OP_COPY,        // sets the time that the pipe takes
    SIM_OP_SERVED,      // a thread of a pool, in the role a, has done it
    SIM_OP_SENT,        // the result of a call has left its worker
    SIM_OP_ALLOC,       // value
    SIM_OP_LEAK,        // value
    SIM_OP_EFFECT,      // a: effect; flag SIM_MAY_NOT_COME
    SIM_OP_KEY,         // opens a scope; a: idempotency; without a key goes on at `to`
    SIM_OP_KEY_ASK,     // its store is asked next
    SIM_OP_KEY_SAID, // a: idempotency; work done, or the answer is there: goes on at `to`
    SIM_OP_KEY_ENDS, // a: idempotency; the work has ended; nothing to tell: goes on at `to`
    SIM_OP_KEY_TOLD, // what it has come to is recorded
    SIM_OP_KEY_LOST, // the store has failed; a: 1: the work is done all the same
    SIM_OP_REAP,     // an agent kills who has most memory
    SIM_OP_RISE,     // an agent lets a service that was killed be up again
    SIM_OP_EXIT,     // an agent ends a process that was to stop
    SIM_OP_TERM,     // an agent tells a process to stop, whose pre-stop is over
    SIM_OP_HEAR,     // an agent lets balancers hear that a replica is ready, or not
    SIM_OP_POISON,   // an agent kills who works on a poisoned request
    SIM_OP_REDELIVER, // an agent delivers a message again that was not acked in time
    SIM_OP_STOP,      // an agent stops what runs bytecode in a process
    SIM_OP_GO_ON,     // and lets it go on
    SIM_OP_PROBE,     // an agent asks a replica whether it is well
    SIM_OP_LEAVE,     // the task ends as what it awaited did
    SIM_OP_END,       // the task ends well

    // The same where an event loop runs the task. What waits, waits as elsewhere.
    SIM_OP_ARRIVE,       // a visit comes to the loop as an event of its connection
    SIM_OP_PAY,          // the loop works off what its callbacks have cost so far
    SIM_OP_LOOP_PYTHON,  // work of the loop's thread
    SIM_OP_LOOP_NATIVE,  // the same; flag SIM_HOLDS_GIL
    SIM_OP_LOOP_SUBMIT,  // a: offload; work of the loop's thread too
    SIM_OP_LOOP_TIMEOUT, // opens a scope: cancels the task, if the loop comes round to it
    SIM_OP_BLOCKING,     // opens a scope: waits keep the loop's thread
    SIM_OP_SPAWN,        // a task at pc a; goes on at `to`
    SIM_OP_SHIELD,       // the same, and waits for it
    SIM_OP_TURN,         // of the loop's own thread
};

// What a servant of a pool is for.
enum sim_role {
    SIM_ROLE_WORKER,  // takes calls from the line, or, a process, from the pipe
    SIM_ROLE_MANAGER, // of a pool of processes: moves calls on, reads results
    SIM_ROLE_FEEDER   // pickles and sends calls
};

// Flag of the calls of hedged steps.
#define SIM_IS_HEDGED 1u
// Flag of an effect that stands in a choice: who ends well need not have had it.
#define SIM_MAY_NOT_COME 1u

// Flag of the work operations that take the time found in the task's slot of run->work.
#define SIM_WORK_GIVEN 2u

// Every program begins with these, for the single steps of work that a function awaits: each
// is followed by SCRIPT_END. Then the same for functions that an event loop runs, where what
// gives up the GIL or waits pays first; and what the thread of a loop runs itself. Behind them
// stand the programs of pools (pool.c).
enum {
    SIM_PC_PYTHON = 1,
    SIM_PC_NATIVE = 3,
    SIM_PC_NATIVE_HOLDING = 5,
    SIM_PC_IO = 7,
    SIM_PC_SLEEP = 9,
    SIM_PC_LOOP_PYTHON = 11,
    SIM_PC_LOOP_NATIVE = 13, // PAY first, as of both kinds of io
    SIM_PC_LOOP_NATIVE_HOLDING = 16,
    SIM_PC_LOOP_IO = 18,
    SIM_PC_LOOP_SLEEP = 21,
    SIM_PC_TURN = 24,    // a piece of work of a loop's thread begins or goes on
    SIM_PC_WORKED = 25,  // and is done
    SIM_PC_BOOT = 26,    // a worker: CHORE
    SIM_PC_WORKER = 27,  // SERVE
    SIM_PC_CALL = 28,    // a call in a worker: CHORE, ENTER
    SIM_PC_REPLY = 30,   // and back: CHORE, COPY, NATIVE, SENT
    SIM_PC_MANAGER = 34, // SERVE, CHORE, SERVED
    SIM_PC_FEEDER = 37,  // SERVE, CHORE, COPY, NATIVE, SERVED
    SIM_PC_REAP = 42,
    SIM_PC_RISE = 43,
    SIM_PC_EXIT = 44,
    SIM_PC_STOP = 45,
    SIM_PC_GO_ON = 46,
    SIM_PC_REDELIVER = 47,
    SIM_PC_PROBE = 48,
    SIM_PC_TERM = 49,
    SIM_PC_HEAR = 50,
    SIM_PC_POISON = 51,
    SIM_PC_FIRST = 52
};

struct sim_op {
    uint8_t code;
    uint8_t flags;
    uint16_t need;
    uint32_t a, b;
    uint32_t to;
    uint32_t value;       // a value that only a request can give; SIM_NONE: dist serves
    struct sim_dist dist; // of work, scaled to ns
};

// Where a branch of MIX, SWITCH, TRY or GATHER goes.
struct sim_way {
    double weight; // MIX: cumulated; SWITCH and TRY: the key
    uint32_t to;
};

// A step at one of the places where it is used: what stands twice has two frames.
struct sim_frame {
    uint32_t step;
    uint32_t parent; // the frame around it; SIM_NONE: a handler, a request, or a fragment
    uint32_t first;  // its first operation; SIM_NONE: it has none
};

struct sim_program {
    struct sim_op *ops;
    uint32_t count, room;
    uint32_t *frame_of; // of operations: the step that each belongs to, as it is used there
    uint32_t frame_of_room;
    struct sim_frame *frames;
    uint32_t frame_count, frame_room;
    struct sim_way *ways;
    uint32_t way_count, way_room;
    const char *error; // why the last step could not be compiled; NULL: it was too long
    uint32_t lanes;    // FIFO lanes of timeouts: one a place and constant duration
};

void sim_program_fini(struct sim_program *p);

// Appends the code of a step for tasks that are executed so, ended by `end` (END, in which
// case an event loop meets it as an arriving visit, or SCRIPT_END). Returns where it begins, or
// SIM_NONE: with the error set, or without where the program would pass its cap of 65,535
// operations.
uint32_t sim_program_compile(struct sim_program *p, const struct sim_model *m,
                             uint32_t step, enum sim_opcode end, enum sim_executor_kind by);

#endif
