#include <lauxlib.h>
#include <string.h>

#include "scenarios/host/advice.h"
#include "scenarios/host/build.h"

// Circuit breakers: plain, and those that are named after a library.

static enum sim_breaker_scheme to_scheme(lua_State *L)
{
    const char *names[SIM_BREAKER_SCHEMES] = { NULL };
    for (int i = 1; i < SIM_BREAKER_SCHEMES; i++)
        names[i - 1] = sim_breaker_name((enum sim_breaker_scheme)i);
    return (enum sim_breaker_scheme)(
        scn_name_among(L, "breaker", lua_tostring(L, 1), names) + 1);
}

// A share in whole millionths, as the model compares.
static bool read_share(struct scn_args *a, const char *key, uint32_t *millionths)
{
    double x;
    bool is_given = scn_args_number(a, key, &x, 1e-6, 1);
    if (is_given)
        *millionths = (uint32_t)(x * 1e6 + 0.5);
    return is_given;
}

// A window of time is in buckets: of a second each, or, where the library has ten, a tenth.
static void read_window(struct scn_args *a, struct sim_breaker *b)
{
    int64_t length;
    bool of_calls = false;
    bool in_seconds = b->kind == SIM_BREAKER_RATE;
    if (in_seconds)
        of_calls = scn_args_integer(a, "window", &b->window, 1, 10000);
    if (!scn_args_duration(a, "time_window", &length))
        return;
    if (of_calls)
        scn_args_fail(a,
                      "\"window\" is so many calls and \"time_window\" so long: give one");
    if (length <= 0 ||
        (in_seconds && (length % (int64_t)SIM_S != 0 || length > 3600 * (int64_t)SIM_S)))
        scn_args_fail(a, "time_window: expected %s",
                      in_seconds ? "whole seconds, up to an hour" : "longer than 0");
    b->bucket = in_seconds ? SIM_S : (length + 9) / 10;
    b->window = in_seconds ? (uint32_t)(length / (int64_t)SIM_S) : 10;
}

static void read_rate(struct scn_args *a, struct sim_breaker *b)
{
    read_share(a, "failure_rate", &b->failure_rate);
    read_window(a, b);
    scn_args_integer(a, "min_calls", &b->min_calls, 1, 1000000);
}

// Calls that are too slow are as bad as those that fail, where somebody says what is slow.
static void read_slow(struct scn_args *a, struct sim_breaker *b)
{
    bool says_slow = scn_args_duration(a, "slow", &b->slow) || b->slow > 0;
    if (read_share(a, "slow_rate", &b->slow_rate) && !says_slow)
        scn_args_fail(a, "slow_rate needs slow, how long a call takes that counts as slow: "
                         "breaker {slow = 1*s, slow_rate = 0.5}");
    scn_args_duration(a, "half_open_for", &b->half_open_for);
    scn_args_boolean(a, "automatic", &b->automatic);
}

static void read_breaker(struct scn_args *a, struct sim_breaker_def *def)
{
    struct sim_breaker *b = &def->rule;
    bool is_rate = b->kind == SIM_BREAKER_RATE;
    bool is_row = b->kind == SIM_BREAKER_CONSECUTIVE;
    if (is_row)
        scn_args_integer(a, "failures", &b->failures, 1, 1000000);
    else
        read_rate(a, b);
    scn_args_duration(a, "open", &b->open_for);
    if (is_rate || is_row)
        scn_args_integer(a, "probes", &b->probes, 1, 10000);
    if (is_rate)
        read_slow(a, b);
    if (b->kind == SIM_BREAKER_HYSTRIX)
        scn_args_duration(a, "snapshot", &b->snapshot);
    scn_read_on(a, &def->on);
    scn_args_integer(a, "status", &def->status, 400, 599);
}

static int word_breaker(lua_State *L)
{
    struct scn_args a;
    struct sim_policy p;
    bool is_named = lua_type(L, 1) == LUA_TSTRING;
    struct sim_breaker_def def = { .on = sim_retry_default().on, .status = 503 };
    if (!is_named && (lua_gettop(L) > 1 || lua_type(L, 1) == LUA_TNUMBER))
        return scn_fail(L, "breaker takes a name in quotes and a table, or a table: "
                           "breaker {failure_rate = 0.5}");
    def.scheme = is_named ? to_scheme(L) : SIM_BREAKER_PLAIN;
    def.rule = sim_breaker_of(def.scheme);
    scn_args_open(L, is_named ? 2 : 1, "breaker", &a);
    read_breaker(&a, &def);
    scn_args_close(&a);
    scn_blank_policy(&p, SIM_POLICY_BREAKER)->breaker =
        scn_added(L, sim_model_breaker(scn_of(L)->model, &def));
    return scn_push_policy(L, &p);
}

void scn_open_breakers(lua_State *L)
{
    static const struct scn_entry words[] = {
        { "breaker", word_breaker, 2, SCN_BUILDS },
        { NULL, NULL, 0, SCN_ANY_TIME },
    };
    scn_register(L, words);
}
