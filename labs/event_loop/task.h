#ifndef LABS_EVENT_LOOP_TASK_H
#define LABS_EVENT_LOOP_TASK_H

// asyncio's Task: drives a coroutine, one step a turn of the loop, and is the future of its
// end. A coroutine is a step function: it is given what its await raised, runs to its next
// await, and says what that waits for. Cancelling is a request: it is thrown into the
// coroutine at the await where it stands, which may do with it what it likes.

#include "labs/event_loop/future.h"

enum lab_step_kind {
    LAB_STEP_AWAIT, // goes on when the future `on`, not done yet, is done
    LAB_STEP_YIELD, // goes on in the next turn
    LAB_STEP_RETURN,
    LAB_STEP_RAISE
};

struct lab_step {
    enum lab_step_kind kind;
    struct lab_future *on;
    enum lab_exc exc;
};

struct lab_task {
    struct lab_future future; // first: a task is a future
    uint32_t id;
    struct lab_step (*step)(void *self, struct lab_task *t, enum lab_exc thrown);
    void *self;
    struct lab_future *waiter; // null: a step is on its way
    bool has_begun, must_cancel;
    uint32_t cancelling; // requests that nobody has answered for
};

// Its first step comes in the next turn. Lives as long as the loop.
struct lab_task *lab_task_new(struct lab_loop *l, uint32_t id,
                              struct lab_step (*step)(void *self, struct lab_task *t,
                                                      enum lab_exc thrown),
                              void *self);

bool lab_task_cancel(struct lab_task *t); // false when it is done

// Who has dealt with a request says so; returns how many are left.
uint32_t lab_task_uncancel(struct lab_task *t);

#endif
