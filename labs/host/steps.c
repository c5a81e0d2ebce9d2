#include <string.h>

#include "labs/host/pattern.h"

double lab_host_draw(void *ctx)
{
    struct lab_asked *a = ctx;
    double draw = 0;
    if (a->drawn < a->draw_count)
        memcpy(&draw, &a->draws[a->drawn++], sizeof draw);
    return draw;
}

int lab_host_steps(const struct lab_host_pattern *p, const void *object, const int64_t *in,
                   uint32_t count, int64_t *out)
{
    uint32_t def = LAB_WIRE_DEF(p->def_size), n = (uint32_t)in[0];
    const int64_t *steps = in + 1 + def;
    struct lab_asked a = { .impl = object,
                           .draws = steps + n * LAB_WIRE_STEP,
                           .draw_count = count - 1 - def - n * LAB_WIRE_STEP };
    if (!p->open(&a, in + 1))
        return -1;
    for (uint32_t i = 0; i < n; i++) {
        a.number = i + 1;
        out[i] = p->step(&a, steps + i * LAB_WIRE_STEP);
    }
    p->close(&a);
    return (int)n;
}
