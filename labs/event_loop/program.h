#ifndef LABS_EVENT_LOOP_PROGRAM_H
#define LABS_EVENT_LOOP_PROGRAM_H

// Coroutines as lists of operations, so that a test can say what a task does: the step
// function of task.h is an interpreter that stops at each await and unwinds blocks as Python
// does. Blocks nest; each ends with LAB_OP_END.

#include "labs/event_loop/group.h"
#include "labs/event_loop/offload.h"
#include "labs/event_loop/timeout.h"

#define LAB_PROGRAM_TASKS  64
#define LAB_PROGRAM_BLOCKS 8 // that may be open at once, in one task

enum lab_op_kind {
    LAB_OP_WORK,     // computes for `ns`, on the loop
    LAB_OP_SLEEP,    // await asyncio.sleep(ns)
    LAB_OP_THREAD,   // await asyncio.to_thread(...), a job of `ns`
    LAB_OP_SPAWN,    // create_task(program a)
    LAB_OP_AWAIT,    // await task a
    LAB_OP_SHIELD,   // await shield(task a)
    LAB_OP_GATHER,   // await gather(tasks a to b)
    LAB_OP_CANCEL,   // task a.cancel()
    LAB_OP_UNCANCEL, // current_task().uncancel()
    LAB_OP_RAISE,    // an error
    LAB_OP_NOTE,     // leaves the mark `a`
    LAB_OP_TIMEOUT,  // async with timeout(ns):
    LAB_OP_GROUP,    // async with TaskGroup() as g:
    LAB_OP_JOIN,     // g.create_task(program a), of the innermost group
    LAB_OP_TRY,      // try:
    LAB_OP_EXCEPT,   // except: of the one exception `a`, an enum lab_exc
    LAB_OP_FINALLY,  // finally:
    LAB_OP_END       // of a block
};

struct lab_op {
    enum lab_op_kind kind;
    uint32_t a, b;
    int64_t ns;
};

struct lab_program {
    const struct lab_op *ops;
    uint32_t count;
};

// Program k becomes task k, once. Who awaits, shields or gathers one that has not been
// begun, begins it, as asyncio does with a coroutine.
struct lab_programs {
    struct lab_loop *loop;
    struct lab_offload *pool;
    const struct lab_program *programs;
    uint32_t count; // at most LAB_PROGRAM_TASKS
    struct lab_task *tasks[LAB_PROGRAM_TASKS];
};

struct lab_task *lab_program_begin(struct lab_programs *p, uint32_t k);

#endif
