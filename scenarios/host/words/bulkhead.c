#include <lauxlib.h>
#include <string.h>

#include "scenarios/host/build.h"

// Bulkheads and pools of connections: plain, and those that are named after a library, whose own
// names their keys have.

#define KEPT_MOST 10000

static uint32_t read_size(lua_State *L, const char *word, double most)
{
    double n = scn_check_number(L, 1, word, 1, most);
    if (n != (double)(uint32_t)n)
        scn_fail(L, "%s(%.14g): expected a whole number", word, n);
    return (uint32_t)n;
}

static void read_name(struct scn_args *a, const char *word, char *name, size_t size)
{
    if (!scn_args_push(a, "name"))
        return;
    scn_check_name(a->L, -1, "name", name, size);
    scn_take_name(a->L, word, name);
    lua_pop(a->L, 1);
}

static int push(lua_State *L, const struct sim_bulkhead_def *def)
{
    struct sim_policy p;
    scn_blank_policy(&p, SIM_POLICY_BULKHEAD)->bulkhead =
        scn_added(L, sim_model_bulkhead(scn_of(L)->model, def));
    return scn_push_policy(L, &p);
}

// ---- Bulkheads ----

static enum sim_bulkhead_scheme bulkhead_scheme(lua_State *L)
{
    const char *names[SIM_BULKHEAD_SCHEMES] = { NULL };
    for (int i = 1; i < SIM_BULKHEAD_SCHEMES; i++)
        names[i - 1] = sim_bulkhead_name((enum sim_bulkhead_scheme)i);
    return (enum sim_bulkhead_scheme)(
        scn_name_among(L, "bulkhead", lua_tostring(L, 1), names) + 1);
}

// A line without a time of its own is waited in for as long as it takes.
static void read_waiting(struct scn_args *a, struct sim_bulkhead *b)
{
    bool has_queue = scn_args_integer(a, "queue", &b->queue, 0, 1000000000);
    bool has_wait = scn_args_duration(a, "wait", &b->wait);
    if (has_queue && !has_wait)
        b->wait = SIM_NEVER;
    if (has_queue && has_wait && b->queue > 0 && b->wait == 0)
        scn_args_fail(a, "a queue in which nobody may wait: give it a wait");
}

static int word_bulkhead(lua_State *L)
{
    struct scn_args a;
    bool is_named = lua_type(L, 1) == LUA_TSTRING;
    struct sim_bulkhead_def def = { .status = 503, .connect = SIM_NONE };
    if (!is_named && lua_type(L, 1) != LUA_TNUMBER)
        return scn_fail(L,
                        "bulkhead takes how many may be inside, or a name in quotes, and a "
                        "table: bulkhead(10, {wait = 100*ms}), got %s",
                        scn_what_is(L, 1));
    def.scheme = is_named ? bulkhead_scheme(L) : SIM_BULKHEAD_PLAIN;
    def.rule = sim_bulkhead_of((enum sim_bulkhead_scheme)def.scheme);
    if (!is_named)
        def.rule.most = read_size(L, "bulkhead", 1e9);
    scn_args_open(L, 2, "bulkhead", &a);
    if (is_named)
        scn_args_integer(&a, "limit", &def.rule.most, 1, 1000000000);
    read_waiting(&a, &def.rule);
    scn_args_integer(&a, "status", &def.status, 400, 599);
    read_name(&a, "bulkhead", def.name, sizeof def.name);
    scn_args_close(&a);
    return push(L, &def);
}

// ---- Pools of connections ----

static enum sim_connections_scheme connections_scheme(lua_State *L)
{
    const char *names[SIM_CONNECTIONS_SCHEMES] = { NULL };
    for (int i = 1; i < SIM_CONNECTIONS_SCHEMES; i++)
        names[i - 1] = sim_connections_name((enum sim_connections_scheme)i);
    return (enum sim_connections_scheme)(
        scn_name_among(L, "connections", lua_tostring(L, 1), names) + 1);
}

static void read_overflow(struct scn_args *a, const char *key, uint32_t overflow,
                          struct sim_bulkhead *b)
{
    scn_args_integer(a, key, &overflow, 0, 1000000);
    b->most = b->kept + overflow;
    if (b->most == 0)
        scn_args_fail(a, "a pool without any connection");
}

static void read_plain(struct scn_args *a, struct sim_bulkhead *b)
{
    b->kept = read_size(a->L, "connections", KEPT_MOST);
    read_overflow(a, "overflow", 0, b);
    scn_args_duration(a, "acquire_timeout", &b->wait);
    scn_args_duration(a, "idle", &b->idle);
    scn_args_boolean(a, "lifo", &b->lifo);
}

static void read_sqlalchemy(struct scn_args *a, struct sim_bulkhead *b)
{
    uint32_t overflow = b->most - b->kept;
    scn_args_integer(a, "pool_size", &b->kept, 1, KEPT_MOST);
    read_overflow(a, "max_overflow", overflow, b);
    scn_args_duration(a, "timeout", &b->wait);
    scn_args_boolean(a, "use_lifo", &b->lifo);
}

static void read_hikaricp(struct scn_args *a, struct sim_bulkhead *b)
{
    scn_args_integer(a, "maximum_pool_size", &b->kept, 1, KEPT_MOST);
    b->most = b->kept;
    scn_args_duration(a, "connection_timeout", &b->wait);
}

static void read_httpx(struct scn_args *a, struct sim_bulkhead *b)
{
    scn_args_integer(a, "max_connections", &b->most, 1, 1000000);
    bool has_kept =
        scn_args_integer(a, "max_keepalive_connections", &b->kept, 0, KEPT_MOST);
    scn_args_duration(a, "keepalive_expiry", &b->idle);
    scn_args_duration(a, "timeout", &b->wait);
    if (has_kept && b->kept > b->most)
        scn_args_fail(a, "max_keepalive_connections is more than max_connections");
    if (b->kept > b->most)
        b->kept = b->most;
}

static void read_pool(struct scn_args *a, struct sim_bulkhead_def *def)
{
    switch ((enum sim_connections_scheme)def->scheme) {
    case SIM_CONNECTIONS_SQLALCHEMY:
        read_sqlalchemy(a, &def->rule);
        break;
    case SIM_CONNECTIONS_HIKARICP:
        read_hikaricp(a, &def->rule);
        break;
    case SIM_CONNECTIONS_HTTPX:
        read_httpx(a, &def->rule);
        break;
    default:
        read_plain(a, &def->rule);
        break;
    }
}

static int word_connections(lua_State *L)
{
    struct scn_args a;
    bool is_named = lua_type(L, 1) == LUA_TSTRING;
    struct sim_bulkhead_def def = { .status = 503, .connect = SIM_NONE };
    if (!is_named && lua_type(L, 1) != LUA_TNUMBER)
        return scn_fail(L,
                        "connections takes how many are kept, or a name in quotes, and a "
                        "table: connections(5, {overflow = 10}), got %s",
                        scn_what_is(L, 1));
    def.scheme = is_named ? connections_scheme(L) : SIM_CONNECTIONS_PLAIN;
    def.rule = sim_connections_of((enum sim_connections_scheme)def.scheme);
    scn_args_open(L, 2, "connections", &a);
    read_pool(&a, &def);
    if (scn_args_push(&a, "connect")) {
        def.connect = scn_to_value(L, -1, "connections: connect", 0, 1e7);
        lua_pop(L, 1);
    }
    scn_args_integer(&a, "status", &def.status, 400, 599);
    read_name(&a, "connections", def.name, sizeof def.name);
    scn_args_close(&a);
    return push(L, &def);
}

void scn_open_bulkheads(lua_State *L)
{
    static const struct scn_entry words[] = {
        { "bulkhead", word_bulkhead, 2, SCN_BUILDS },
        { "connections", word_connections, 2, SCN_BUILDS },
        { NULL, NULL, 0, SCN_ANY_TIME },
    };
    scn_register(L, words);
}
