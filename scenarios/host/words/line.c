#include <string.h>

#include "scenarios/host/build.h"

// The line before an executor's workers: how many may stand there, who is next, and who is
// turned away.

// Either "controlled", or so long.
static void read_max_wait(lua_State *L, struct scn_args *a, struct sim_executor_def *e)
{
    if (!scn_args_push(a, "max_wait"))
        return;
    if (lua_type(L, -1) != LUA_TSTRING) {
        e->max_wait = scn_to_value(L, -1, "max_wait", 0, 1e7);
    } else if (strcmp(lua_tostring(L, -1), "controlled") == 0) {
        e->controls_wait = true;
        e->max_wait = scn_added(L, sim_model_const(scn_of(L)->model, 0));
    } else {
        scn_args_fail(a, "max_wait: expected a duration or \"controlled\", got \"%s\"",
                      lua_tostring(L, -1));
    }
    lua_pop(L, 1);
}

// Keys that would be ignored are refused.
static void read_codel(struct scn_args *a, struct sim_executor_def *e)
{
    e->codel = sim_codel_default();
    bool any = scn_args_duration(a, "target", &e->codel.target);
    any = scn_args_duration(a, "interval", &e->codel.interval) || any;
    if (any && e->discipline != SIM_CODEL && !e->controls_wait)
        scn_args_fail(a, "\"target\" and \"interval\" belong to discipline = \"codel\" and "
                         "to max_wait = \"controlled\"");
    if (e->discipline == SIM_CODEL && e->controls_wait)
        scn_args_fail(a, "\"codel\" and a \"controlled\" wait are two ways to keep a line "
                         "short: use one of them");
    if (e->codel.target <= 0 || e->codel.interval <= e->codel.target)
        scn_args_fail(a, "the target must be longer than 0, and the interval longer than "
                         "the target");
}

// Not before a line is longer than what all workers could take from it at once.
static uint32_t usual_lifo_from(const struct sim_executor_def *e)
{
    return e->workers < SIM_UNLIMITED ? e->workers + 1 : SIM_UNLIMITED;
}

void scn_read_line(lua_State *L, struct scn_args *a, struct sim_executor_def *e)
{
    static const char *const disciplines[] = { "fifo",          "lifo",  "priority",
                                               "adaptive_lifo", "codel", NULL };
    uint32_t discipline = SIM_FIFO;
    scn_args_integer(a, "queue", &e->capacity, 0, 1000000000);
    scn_args_choice(a, "discipline", disciplines, &discipline);
    e->discipline = (enum sim_discipline)discipline;
    if (e->discipline == SIM_PRIORITY && scn_of(L)->priority_line == 0)
        scn_of(L)->priority_line = scn_line(L);
    read_max_wait(L, a, e);
    scn_args_boolean(a, "drop_expired", &e->drop_expired);
    e->lifo_from = usual_lifo_from(e);
    if (scn_args_integer(a, "lifo_from", &e->lifo_from, 2, 1000000000) &&
        e->discipline != SIM_ADAPTIVE_LIFO)
        scn_args_fail(a, "\"lifo_from\" belongs to discipline = \"adaptive_lifo\"");
    read_codel(a, e);
}
