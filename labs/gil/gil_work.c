#include "labs/gil/gil_work.h"

static void spin(struct lab_gil *g, struct lab_gil_thread *t, int64_t ns, int64_t step_ns)
{
    for (int64_t left = ns; left > 0; left -= step_ns) {
        g->env.burn(g->env.ctx, t->id, left < step_ns ? left : step_ns);
        lab_gil_check(g, t);
    }
}

static void act(struct lab_gil *g, struct lab_gil_thread *t, struct lab_gil_act a,
                int64_t step_ns)
{
    switch (a.kind) {
    case LAB_GIL_SPIN:
        spin(g, t, a.ns, step_ns);
        break;
    case LAB_GIL_CALL:
        spin(g, t, a.ns, a.ns);
        break;
    case LAB_GIL_HOLD:
        g->env.burn(g->env.ctx, t->id, a.ns);
        break;
    case LAB_GIL_IO:
        lab_gil_drop(g, t);
        g->env.sleep(g->env.ctx, t->id, a.ns);
        lab_gil_take(g, t);
        break;
    }
}

void lab_gil_work(struct lab_gil *g, struct lab_gil_thread *t,
                  const struct lab_gil_act *acts, uint32_t count, int64_t step_ns)
{
    lab_gil_take(g, t);
    for (uint32_t i = 0; i < count; i++)
        act(g, t, acts[i], step_ns);
    lab_gil_leave(g, t);
}
