#ifndef LABS_EVENT_LOOP_JOIN_H
#define LABS_EVENT_LOOP_JOIN_H

// asyncio.gather() and asyncio.shield(): futures that follow tasks, and differ in what they do
// with a cancellation: gather passes it to all of its tasks, shield to none.

#include "labs/event_loop/task.h"

// Done with the last task, or failed with the first that fails: the others run on. The array
// is read before it returns. At least one task.
struct lab_future *lab_join_gather(struct lab_loop *l, struct lab_task *const *tasks,
                                   uint32_t count);

// Ends as the task does. Cancelled, it is cancelled at once, and the task runs on.
struct lab_future *lab_join_shield(struct lab_task *t);

#endif
