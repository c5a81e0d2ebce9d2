#ifndef LABS_EVENT_LOOP_TIMEOUT_H
#define LABS_EVENT_LOOP_TIMEOUT_H

// asyncio.timeout(): a block of a task that is cancelled when its time is over, and that turns
// that cancellation, and no other, into a TimeoutError. Owned by whoever runs the block; the
// loop holds on to it between enter and exit.

#include "labs/event_loop/task.h"

struct lab_timeout {
    struct lab_task *task;
    struct lab_loop_handle *handle; // null: it went off
    uint32_t cancelling;            // requests that were there before the block
    bool is_expiring;
};

void lab_timeout_enter(struct lab_timeout *o, struct lab_task *t, int64_t when_ns);

// What the block raised in, what the context manager raises out.
enum lab_exc lab_timeout_exit(struct lab_timeout *o, enum lab_exc exc);

#endif
