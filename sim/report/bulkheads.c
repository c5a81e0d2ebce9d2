#include "sim/report/bulkheads.h"

#include <inttypes.h>
#include <stdio.h>

#include "sim/model/frame.h"

const char *sim_bulkhead_owner(const struct sim_model *m, uint32_t number)
{
    const char *owner = NULL;
    for (uint32_t i = 0; i < sim_frames(m); i++) {
        if (sim_frame_at(m, i).parent == SIM_NONE)
            owner = sim_frame_owner(m, i);
        if (owner && sim_frame_bulkhead(m, i) == number)
            return owner;
    }
    return "";
}

const char *sim_bulkhead_kind(const struct sim_model *m, uint32_t number)
{
    return sim_model_bulkhead_at(m, number)->rule.pools ? "connections" : "bulkhead";
}

void sim_bulkhead_title(const struct sim_model *m, uint32_t number, char *text, size_t size)
{
    const struct sim_bulkhead_def *def = sim_model_bulkhead_at(m, number);
    const char *owner = sim_bulkhead_owner(m, number);
    uint32_t service = sim_model_find_service(m, owner);
    uint32_t n = service == SIM_NONE ? 1 : sim_model_replicas(m, service);
    char many[16] = "";
    if (n > 1)
        snprintf(many, sizeof many, " x%" PRIu32, n);
    if (def->name[0])
        snprintf(text, size, "%s%s", def->name, many);
    else
        snprintf(text, size, "%s%s%s%s", owner, owner[0] ? " " : "",
                 sim_bulkhead_kind(m, number), many);
}
