#include <lauxlib.h>

#include "scenarios/host/build.h"

// Client-side throttling: throttle {k}.

static void read_rule(struct scn_args *a, struct sim_throttle *rule)
{
    static const char *const counts[] = { "asked", "answered", NULL };
    double k;
    int64_t window;
    uint32_t late;
    if (scn_args_number(a, "k", &k, 1, 1000))
        rule->k = (uint32_t)(k * 1e6 + 0.5);
    if (scn_args_duration(a, "window", &window)) {
        if (window < (int64_t)SIM_MS || window > 3600 * (int64_t)SIM_S)
            scn_args_fail(a, "window: expected 1 ms to an hour");
        rule->window = window;
    }
    if (scn_args_choice(a, "count", counts, &late))
        rule->counts_late = late == 1;
}

static int word_throttle(lua_State *L)
{
    struct scn_args a;
    struct sim_policy p;
    struct sim_throttle_def def = { .rule = sim_throttle_default(),
                                    .on = sim_retry_default().on,
                                    .status = 503 };
    if (lua_gettop(L) > 0 && lua_type(L, 1) != LUA_TTABLE)
        return scn_fail(L, "throttle takes a table: throttle {k = 2}");
    scn_args_open(L, 1, "throttle", &a);
    read_rule(&a, &def.rule);
    scn_read_on(&a, &def.on);
    scn_args_integer(&a, "status", &def.status, 400, 599);
    scn_args_close(&a);
    scn_blank_policy(&p, SIM_POLICY_THROTTLE)->throttle =
        scn_added(L, sim_model_throttle(scn_of(L)->model, &def));
    return scn_push_policy(L, &p);
}

void scn_open_throttles(lua_State *L)
{
    static const struct scn_entry words[] = {
        { "throttle", word_throttle, 1, SCN_BUILDS },
        { NULL, NULL, 0, SCN_ANY_TIME },
    };
    scn_register(L, words);
}
