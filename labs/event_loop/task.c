#include "labs/event_loop/task.h"

static void wake(void *task);
static void step(struct lab_task *t, enum lab_exc thrown);

static void step_anew(void *task)
{
    step(task, LAB_EXC_NONE);
}

static void end(struct lab_task *t, enum lab_exc exc)
{
    if (exc == LAB_EXC_CANCELLED)
        lab_future_mark_cancelled(&t->future);
    else
        lab_future_set(&t->future, exc);
    lab_loop_saw(t->future.loop, LAB_LOOP_TASK_ENDED, t->id, exc);
}

// A request that came while the coroutine ran, from itself, hits its await at once.
static void await(struct lab_task *t, struct lab_future *on)
{
    lab_future_then(on, wake, t);
    t->waiter = on;
    if (t->must_cancel && lab_future_cancel(on))
        t->must_cancel = false;
}

static void act_on(struct lab_task *t, struct lab_step s)
{
    switch (s.kind) {
    case LAB_STEP_AWAIT:
        await(t, s.on);
        break;
    case LAB_STEP_YIELD:
        lab_loop_call_soon(t->future.loop, step_anew, t, LAB_LOOP_NOBODY);
        break;
    case LAB_STEP_RETURN:
        end(t, t->must_cancel ? LAB_EXC_CANCELLED : LAB_EXC_NONE);
        break;
    case LAB_STEP_RAISE:
        end(t, s.exc);
        break;
    }
}

// One throw into a coroutine that has not begun ends it: its body never runs.
// DOC(task-cancelled-before-it-began)
static void step(struct lab_task *t, enum lab_exc thrown)
{
    bool is_first = !t->has_begun;
    if (t->must_cancel)
        thrown = LAB_EXC_CANCELLED;
    t->must_cancel = false;
    t->waiter = NULL;
    t->has_begun = true;
    if (is_first && thrown != LAB_EXC_NONE) {
        end(t, thrown);
        return;
    }
    if (is_first)
        lab_loop_saw(t->future.loop, LAB_LOOP_TASK_BEGAN, t->id, 0);
    act_on(t, t->step(t->self, t, thrown));
}

static void wake(void *task)
{
    struct lab_task *t = task;
    step(t, lab_future_result(t->waiter));
}

// Passed on to what the task waits for: when that is cancelled, its callback throws the
// exception into the coroutine, a turn later. If that swallows it, nothing more happens.
// DOC(task-cancel-is-a-request)
bool lab_task_cancel(struct lab_task *t)
{
    if (lab_future_is_done(&t->future))
        return false;
    t->cancelling++;
    if (!t->waiter || !lab_future_cancel(t->waiter))
        t->must_cancel = true;
    return true;
}

uint32_t lab_task_uncancel(struct lab_task *t)
{
    if (t->cancelling > 0 && --t->cancelling == 0)
        t->must_cancel = false; // since 3.13
    return t->cancelling;
}

static bool cancel_as_future(struct lab_future *f)
{
    return lab_task_cancel((struct lab_task *)f);
}

struct lab_task *lab_task_new(struct lab_loop *l, uint32_t id,
                              struct lab_step (*coroutine)(void *self, struct lab_task *t,
                                                           enum lab_exc thrown),
                              void *self)
{
    struct lab_task *t = lab_loop_keep(l, sizeof *t);
    lab_future_init(&t->future, l);
    t->future.cancel = cancel_as_future;
    t->id = id;
    t->step = coroutine;
    t->self = self;
    lab_loop_call_soon(l, step_anew, t, LAB_LOOP_NOBODY);
    return t;
}
