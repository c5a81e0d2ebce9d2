#include <lauxlib.h>
#include <string.h>

#include "scenarios/host/advice.h"
#include "scenarios/host/build.h"

// The same call once more before it has failed, and what is done where all fails.

static enum sim_hedge_scheme to_scheme(lua_State *L)
{
    const char *names[SIM_HEDGE_SCHEMES] = { NULL };
    for (int i = 1; i < SIM_HEDGE_SCHEMES; i++)
        names[i - 1] = sim_hedge_name((enum sim_hedge_scheme)i);
    return (enum sim_hedge_scheme)(scn_name_among(L, "hedge", lua_tostring(L, 1), names) +
                                   1);
}

static void read_rule(struct scn_args *a, struct sim_hedge_def *def)
{
    struct sim_hedge *h = &def->rule;
    scn_args_integer(a, "max_attempts", &h->max_attempts, 1, SIM_HEDGE_MOST);
    bool has_after = scn_args_duration(a, "after", &h->after);
    scn_args_boolean(a, "tied", &h->is_tied);
    scn_args_boolean(a, "on_failure", &h->on_failure);
    scn_read_on(a, &def->on);
    if (has_after + h->is_tied + h->on_failure > 1)
        scn_args_fail(
            a, "\"after\" is a wait, \"tied\" sends all at once, \"on_failure\" waits "
               "for a failure: give one");
    if (!has_after && !h->is_tied && !h->on_failure && def->scheme != SIM_HEDGE_POLLY)
        scn_args_lack(a, (const char *const[]){ "after", NULL },
                      "needs a wait: after = 50*ms, as a rule what 95 of 100 answers take "
                      "at most");
    if (def->scheme == SIM_HEDGE_GRPC && h->max_attempts > 5)
        h->max_attempts = 5;
}

static int word_hedge(lua_State *L)
{
    struct scn_args a;
    struct sim_policy p;
    bool is_named = lua_type(L, 1) == LUA_TSTRING;
    struct sim_hedge_def def = { .on = sim_retry_default().on, .budget = SIM_NO_BUDGET };
    if (!is_named && (lua_gettop(L) > 1 || !lua_istable(L, 1)))
        return scn_fail(L, "hedge takes a table, or a name in quotes and a table: hedge "
                           "{after = 50*ms}");
    def.scheme = is_named ? to_scheme(L) : SIM_HEDGE_PLAIN;
    def.rule = sim_hedge_of(def.scheme);
    scn_args_open(L, is_named ? 2 : 1, "hedge", &a);
    read_rule(&a, &def);
    if (scn_args_push(&a, "budget")) {
        def.budget = scn_to_budget(&a);
        lua_pop(L, 1);
    }
    scn_args_close(&a);
    scn_blank_policy(&p, SIM_POLICY_HEDGE)->hedge =
        scn_added(L, sim_model_hedge(scn_of(L)->model, &def));
    return scn_push_policy(L, &p);
}

static int word_fallback(lua_State *L)
{
    struct sim_policy p;
    uint32_t step = scn_to_step(L, 1);
    scn_blank_policy(&p, SIM_POLICY_FALLBACK)->step = step;
    return scn_push_policy(L, &p);
}

void scn_open_hedges(lua_State *L)
{
    static const struct scn_entry words[] = {
        { "hedge", word_hedge, 2, SCN_BUILDS },
        { "fallback", word_fallback, 1, SCN_ANY_TIME },
        { NULL, NULL, 0, SCN_ANY_TIME },
    };
    scn_register(L, words);
}
