#ifndef LABS_EVENT_LOOP_GROUP_H
#define LABS_EVENT_LOOP_GROUP_H

// asyncio.TaskGroup: a block of a task that does not end before the tasks that it began. The
// first that fails cancels the others and the block. Owned by whoever runs the block; the
// loop holds on to it until exit.
//
// Leaving takes several awaits: leave, then as long as pending gives a future, await that and
// tell woke what was thrown, then exit.

#include "labs/event_loop/task.h"

struct lab_group_member;

struct lab_group {
    struct lab_task *parent;
    struct lab_future *completed; // awaited by the parent; null when it is not
    struct lab_group_member *first, *last;
    uint32_t left; // members that run
    bool is_aborting, has_cancelled_parent, has_errors, is_cancelled;
};

void lab_group_enter(struct lab_group *g, struct lab_task *parent);

// False once the group is aborting: it takes no more.
bool lab_group_may_add(const struct lab_group *g);
void lab_group_add(struct lab_group *g, struct lab_task *t);

void lab_group_leave(struct lab_group *g, enum lab_exc exc); // what the block raised
struct lab_future *lab_group_pending(struct lab_group *g);   // null: all have ended
void lab_group_woke(struct lab_group *g, enum lab_exc thrown);
enum lab_exc lab_group_exit(struct lab_group *g); // what the context manager raises

#endif
