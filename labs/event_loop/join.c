#include "labs/event_loop/join.h"

// ---- gather ----

struct gather;

struct child {
    struct gather *gather;
    struct lab_task *task;
};

struct gather {
    struct lab_future outer; // first: a gather is a future
    uint32_t count, finished;
    bool is_cancel_requested;
    struct child children[];
};

// A child that failed fails the whole at once. Nobody stops its siblings: they go on, and
// whatever they end with is not looked at any more. DOC(gather-siblings-run-on)
static void child_ended(void *child)
{
    struct child *c = child;
    struct gather *g = c->gather;
    enum lab_exc exc = lab_future_result(&c->task->future);
    g->finished++;
    if (lab_future_is_done(&g->outer))
        return;
    if (exc != LAB_EXC_NONE)
        lab_future_set(&g->outer, exc);
    else if (g->finished == g->count)
        lab_future_set(&g->outer,
                       g->is_cancel_requested ? LAB_EXC_CANCELLED : LAB_EXC_NONE);
}

// The outer future is not cancelled itself: it ends by what becomes of the children.
static bool cancel_children(struct lab_future *f)
{
    struct gather *g = (struct gather *)f;
    bool has_any = false;
    if (lab_future_is_done(f))
        return false;
    for (uint32_t i = 0; i < g->count; i++)
        has_any |= lab_task_cancel(g->children[i].task);
    g->is_cancel_requested |= has_any;
    return has_any;
}

struct lab_future *lab_join_gather(struct lab_loop *l, struct lab_task *const *tasks,
                                   uint32_t count)
{
    struct gather *g = lab_loop_keep(l, sizeof *g + count * sizeof g->children[0]);
    lab_future_init(&g->outer, l);
    g->outer.cancel = cancel_children;
    g->count = count;
    for (uint32_t i = 0; i < count; i++) {
        g->children[i] = (struct child){ g, tasks[i] };
        if (!lab_future_is_done(&tasks[i]->future))
            lab_future_then(&tasks[i]->future, child_ended, &g->children[i]);
    }
    for (uint32_t i = 0; i < count; i++)
        if (lab_future_is_done(&tasks[i]->future))
            child_ended(&g->children[i]);
    return &g->outer;
}

// ---- shield ----

struct shield {
    struct lab_future *outer;
    struct lab_task *inner;
    struct lab_future_callback *on_inner;
};

static void inner_ended(void *shield)
{
    struct shield *s = shield;
    enum lab_exc exc = lab_future_result(&s->inner->future);
    if (lab_future_is_done(s->outer))
        return;
    if (exc == LAB_EXC_CANCELLED)
        lab_future_cancel(s->outer);
    else
        lab_future_set(s->outer, exc);
}

static void outer_ended(void *shield)
{
    struct shield *s = shield;
    if (!lab_future_is_done(&s->inner->future))
        s->on_inner->is_removed = true;
}

// The awaiting task cancels what it awaits, and that is the outer future. The inner task has
// no part in it; somebody must keep it, or the collector may. DOC(shield-inner-runs-on)
struct lab_future *lab_join_shield(struct lab_task *t)
{
    struct lab_loop *l = t->future.loop;
    if (lab_future_is_done(&t->future))
        return &t->future;
    struct shield *s = lab_loop_keep(l, sizeof *s);
    s->outer = lab_future_new(l);
    s->inner = t;
    s->on_inner = lab_future_then(&t->future, inner_ended, s);
    lab_future_then(s->outer, outer_ended, s);
    return s->outer;
}
