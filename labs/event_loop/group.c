#include "labs/event_loop/group.h"

struct lab_group_member {
    struct lab_group *group;
    struct lab_task *task;
    struct lab_group_member *next;
};

void lab_group_enter(struct lab_group *g, struct lab_task *parent)
{
    *g = (struct lab_group){ .parent = parent };
}

// In the order in which they were begun; asyncio keeps them in a set, and promises none.
static void abort_all(struct lab_group *g)
{
    g->is_aborting = true;
    for (struct lab_group_member *m = g->first; m; m = m->next)
        lab_task_cancel(m->task);
}

// The parent is cancelled too: its block may be at an await of its own. That request is the
// group's, which answers for it on leaving. DOC(group-first-failure)
static void member_ended(void *member)
{
    struct lab_group_member *m = member;
    struct lab_group *g = m->group;
    enum lab_exc exc = lab_future_result(&m->task->future);
    if (--g->left == 0 && g->completed && !lab_future_is_done(g->completed))
        lab_future_set(g->completed, LAB_EXC_NONE);
    if (exc == LAB_EXC_NONE || exc == LAB_EXC_CANCELLED)
        return;
    g->has_errors = true;
    if (g->is_aborting || lab_future_is_done(&g->parent->future))
        return;
    abort_all(g);
    g->has_cancelled_parent = true;
    lab_task_cancel(g->parent);
}

bool lab_group_may_add(const struct lab_group *g)
{
    return !g->is_aborting;
}

void lab_group_add(struct lab_group *g, struct lab_task *t)
{
    struct lab_group_member *m = lab_loop_keep(t->future.loop, sizeof *m);
    *m = (struct lab_group_member){ .group = g, .task = t };
    *(g->first ? &g->last->next : &g->first) = m;
    g->last = m;
    g->left++;
    lab_future_then(&t->future, member_ended, m);
}

void lab_group_leave(struct lab_group *g, enum lab_exc exc)
{
    g->is_cancelled = exc == LAB_EXC_CANCELLED;
    if (exc != LAB_EXC_NONE && !g->is_aborting)
        abort_all(g);
    // The block's own error counts, but after the members': it must not abort them twice.
    g->has_errors |= exc != LAB_EXC_NONE && exc != LAB_EXC_CANCELLED;
}

struct lab_future *lab_group_pending(struct lab_group *g)
{
    if (g->left == 0)
        return NULL;
    g->completed = lab_future_new(g->parent->future.loop);
    return g->completed;
}

// A second cancel wakes the parent again; the group does not ask its members twice, and waits
// on: it never leaves one behind. DOC(group-waits-for-all)
void lab_group_woke(struct lab_group *g, enum lab_exc thrown)
{
    g->completed = NULL;
    if (thrown != LAB_EXC_CANCELLED || g->is_aborting)
        return;
    g->is_cancelled = true;
    abort_all(g);
}

// Errors come before a cancellation. If somebody else has cancelled the parent besides, it is
// cancelled anew, so that its next await says so.
enum lab_exc lab_group_exit(struct lab_group *g)
{
    if (g->has_cancelled_parent && lab_task_uncancel(g->parent) == 0)
        g->is_cancelled = false;
    if (!g->has_errors)
        return g->is_cancelled ? LAB_EXC_CANCELLED : LAB_EXC_NONE;
    if (g->parent->cancelling > 0) {
        lab_task_uncancel(g->parent);
        lab_task_cancel(g->parent);
    }
    return LAB_EXC_GROUP;
}
