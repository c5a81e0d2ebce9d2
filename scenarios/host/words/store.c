#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "scenarios/host/build.h"

// Stores: what several places read and write.

static uint32_t read_duration(lua_State *L, struct scn_args *a, const char *key,
                              uint32_t otherwise)
{
    if (!scn_args_push(a, key))
        return otherwise;
    char what[160];
    snprintf(what, sizeof what, "%s: %s", a->what, key);
    uint32_t value = scn_to_value(L, -1, what, 0, 1e7);
    lua_pop(L, 1);
    return value;
}

static int word_store(lua_State *L)
{
    struct scn_args a;
    char what[96];
    struct sim_store_def s = { .connections = SIM_UNLIMITED, .capacity = SIM_UNLIMITED };
    scn_new_name(L, "store", s.name, sizeof s.name);
    s.line = scn_line(L);
    snprintf(what, sizeof what, "store \"%s\"", s.name);
    scn_args_open(L, 2, what, &a);
    uint32_t none = scn_added(L, sim_model_const(scn_of(L)->model, 0));
    s.took[SIM_STORE_READ] = read_duration(L, &a, "read", none);
    s.took[SIM_STORE_WRITE] = read_duration(L, &a, "write", none);
    s.took[SIM_STORE_SCRIPT] = read_duration(L, &a, "script", s.took[SIM_STORE_WRITE]);
    scn_args_integer(&a, "connections", &s.connections, 1, 1000000);
    bool has_queue = scn_args_integer(&a, "queue", &s.capacity, 0, 1000000000);
    scn_args_later(&a, "commit");
    bool has_lag = scn_args_duration(&a, "lag", &s.lag);
    scn_args_duration(&a, "failover", &s.failover);
    scn_args_close(&a);
    if (has_lag && s.failover == 0)
        scn_args_fail(&a, "lag is what a failover loses: give failover too, failover = 5*s");
    if (has_queue && s.connections == SIM_UNLIMITED)
        scn_args_fail(&a, "nobody waits in line where there is no end of connections: "
                          "connections = 1");
    uint32_t id = scn_added(L, sim_model_store(scn_of(L)->model, &s));
    struct scn_box *b = scn_box_push(L, SCN_SERVICE);
    b->u.service.id = id;
    b->u.service.replica = SIM_NONE;
    return 1;
}

// A name in quotes may be of one that comes later.
void scn_to_store_name(lua_State *L, int index, const char *what, char *name, size_t size)
{
    struct scn_box *b = scn_box_test(L, index, SCN_SERVICE);
    bool is_store = b && sim_model_service_at(scn_of(L)->model, b->u.service.id)->is_store;
    if (is_store)
        snprintf(name, size, "%s",
                 sim_model_service_name(scn_of(L)->model, b->u.service.id));
    else if (lua_type(L, index) == LUA_TSTRING)
        scn_check_name(L, index, what, name, size);
    else
        scn_fail(L,
                 "%s: expected a store, such as store(\"redis\", {read = 0.3*ms, write = "
                 "0.3*ms}), or its name in quotes, got %s",
                 what, scn_what_is(L, index));
}

void scn_open_stores(lua_State *L)
{
    static const struct scn_entry words[] = {
        { "store", word_store, 2, SCN_BUILDS },
        { NULL, NULL, 0, SCN_ANY_TIME },
    };
    scn_register(L, words);
}
