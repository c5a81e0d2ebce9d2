#include "labs/event_loop/future.h"

#include <assert.h>

void lab_future_init(struct lab_future *f, struct lab_loop *l)
{
    *f = (struct lab_future){ .loop = l, .cancel = lab_future_mark_cancelled };
}

struct lab_future *lab_future_new(struct lab_loop *l)
{
    struct lab_future *f = lab_loop_keep(l, sizeof *f);
    lab_future_init(f, l);
    return f;
}

bool lab_future_is_done(const struct lab_future *f)
{
    return f->state != LAB_FUTURE_PENDING;
}

enum lab_exc lab_future_result(const struct lab_future *f)
{
    assert(lab_future_is_done(f));
    return f->state == LAB_FUTURE_CANCELLED ? LAB_EXC_CANCELLED : f->exc;
}

static void tell_all(struct lab_future *f)
{
    for (struct lab_future_callback *c = f->first; c; c = c->next)
        if (!c->is_removed)
            lab_loop_call_soon(f->loop, c->run, c->arg, LAB_LOOP_NOBODY);
    f->first = NULL;
}

void lab_future_set(struct lab_future *f, enum lab_exc exc)
{
    assert(!lab_future_is_done(f));
    f->state = LAB_FUTURE_DONE;
    f->exc = exc;
    tell_all(f);
}

bool lab_future_cancel(struct lab_future *f)
{
    return f->cancel(f);
}

bool lab_future_mark_cancelled(struct lab_future *f)
{
    if (lab_future_is_done(f))
        return false;
    f->state = LAB_FUTURE_CANCELLED;
    tell_all(f);
    return true;
}

struct lab_future_callback *lab_future_then(struct lab_future *f, void (*run)(void *arg),
                                            void *arg)
{
    struct lab_future_callback *c = lab_loop_keep(f->loop, sizeof *c);
    *c = (struct lab_future_callback){ .run = run, .arg = arg };
    if (lab_future_is_done(f)) {
        lab_loop_call_soon(f->loop, run, arg, LAB_LOOP_NOBODY);
        return c;
    }
    *(f->first ? &f->last->next : &f->first) = c;
    f->last = c;
    return c;
}
