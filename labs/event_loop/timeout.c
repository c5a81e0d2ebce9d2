#include "labs/event_loop/timeout.h"

static void expire(void *timeout)
{
    struct lab_timeout *o = timeout;
    lab_task_cancel(o->task);
    o->is_expiring = true;
    o->handle = NULL;
}

// What is due by now does not wait for a timer, but still for a turn.
void lab_timeout_enter(struct lab_timeout *o, struct lab_task *t, int64_t when_ns)
{
    struct lab_loop *l = t->future.loop;
    *o = (struct lab_timeout){ .task = t, .cancelling = t->cancelling };
    o->handle = when_ns <= lab_loop_now(l)
                    ? lab_loop_call_soon(l, expire, o, LAB_LOOP_NOBODY)
                    : lab_loop_call_at(l, when_ns, expire, o, LAB_LOOP_NOBODY);
}

// Only the block that asked for the cancellation may answer for it, and only when nobody else
// asked too. A block that swallowed it ended well, and no error is made up for it.
// DOC(timeout-answers-for-its-own)
enum lab_exc lab_timeout_exit(struct lab_timeout *o, enum lab_exc exc)
{
    if (o->handle)
        lab_loop_cancel(o->task->future.loop, o->handle);
    o->handle = NULL;
    if (!o->is_expiring)
        return exc;
    if (lab_task_uncancel(o->task) <= o->cancelling && exc == LAB_EXC_CANCELLED)
        return LAB_EXC_TIMEOUT;
    return exc;
}
