#include "sim/report/orders.h"

#include <stdio.h>
#include <string.h>

#include "sim/model/frame.h"

static bool has(const struct sim_orders *o, const char *text)
{
    for (uint32_t i = 0; i < o->count; i++)
        if (strcmp(o->text[i], text) == 0)
            return true;
    return false;
}

void sim_orders_read(struct sim_orders *o, const struct sim_model *m, const char *from,
                     const char *to)
{
    char text[sizeof o->text[0]];
    const char *owner = NULL;
    o->count = 0;
    for (uint32_t i = 0; i < sim_frames(m) && o->count < SIM_ORDERS; i++) {
        struct sim_frame_view v = sim_frame_at(m, i);
        if (v.parent == SIM_NONE)
            owner = sim_frame_owner(m, i);
        if (v.kind != SIM_STEP_CALL || strcmp(v.of, to) != 0 || !owner ||
            strcmp(owner, from) != 0)
            continue;
        sim_frame_around(m, i, text, sizeof text);
        if (text[0] && !has(o, text))
            snprintf(o->text[o->count++], sizeof o->text[0], "%s", text);
    }
}
