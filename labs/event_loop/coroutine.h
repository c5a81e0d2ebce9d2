#ifndef LABS_EVENT_LOOP_COROUTINE_H
#define LABS_EVENT_LOOP_COROUTINE_H

// Private to program.c: where a coroutine stands, and its open blocks.

#include "labs/event_loop/program.h"

enum lab_block_kind {
    LAB_IN_TRY,
    LAB_IN_HANDLER,
    LAB_IN_CLEANUP,
    LAB_IN_TIMEOUT,
    LAB_IN_GROUP
};

struct lab_block {
    enum lab_block_kind kind;
    uint32_t handler, end; // places of EXCEPT or FINALLY, and of END
    enum lab_exc pending;  // raised again when the cleanup is over
    struct lab_timeout timeout;
    struct lab_group group;
};

struct lab_coroutine {
    struct lab_programs *world;
    const struct lab_program *program;
    struct lab_task *task;
    uint32_t pc, depth;
    bool is_leaving; // the innermost block, a group
    bool is_yielding;
    enum lab_exc exc;              // on its way
    struct lab_loop_handle *timer; // of the sleep that it is in
    struct lab_block blocks[LAB_PROGRAM_BLOCKS];
};

// Opens the block whose first operation is at pc.
struct lab_block *lab_coroutine_open(struct lab_coroutine *c, enum lab_block_kind kind);

struct lab_group *lab_coroutine_group(struct lab_coroutine *c); // the innermost

// Leaves the innermost block, or what is left of it, by an exception or by its end.
void lab_coroutine_leave(struct lab_coroutine *c);

// Goes on in the innermost block's handler, with the exception taken.
void lab_coroutine_handle(struct lab_coroutine *c, enum lab_block_kind kind);

// Takes the exception one block outwards, or into the handler of the innermost.
void lab_coroutine_unwind(struct lab_coroutine *c);

#endif
