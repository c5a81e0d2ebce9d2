#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "scenarios/host/build.h"

// Messages that nobody waits for, and transactions, with which they can be one.

static int word_publish(lua_State *L)
{
    struct scn_args a;
    struct sim_call_def c;
    struct sim_step s;
    bool outbox = false;
    scn_read_target(L, "publish", &c);
    c.is_message = true;
    scn_args_open(L, 2, "publish", &a);
    scn_args_string(&a, "route", c.route, sizeof c.route);
    scn_args_boolean(&a, "outbox", &outbox);
    scn_args_later(&a, "trace");
    scn_read_key(&a, &c);
    scn_args_close(&a);
    scn_blank_step(&s, SIM_STEP_PUBLISH)->a = scn_add_call(L, &c);
    s.flags = outbox ? SIM_OUTBOX : 0;
    return scn_push_step(L, &s);
}

// To commit is to write to the store, once.
static uint32_t commit(lua_State *L)
{
    struct sim_call_def c;
    struct sim_step s;
    memset(&c, 0, sizeof c);
    scn_to_store_name(L, 1, "transaction", c.target, sizeof c.target);
    snprintf(c.route, sizeof c.route, "write");
    c.service = c.deadline = SIM_NONE;
    c.line = scn_line(L);
    scn_blank_step(&s, SIM_STEP_CALL)->a = scn_add_call(L, &c);
    return scn_add_step(L, &s);
}

static uint32_t in_a_row(lua_State *L, uint32_t first, uint32_t then)
{
    struct sim_model *m = scn_of(L)->model;
    struct sim_step s;
    scn_blank_step(&s, SIM_STEP_LIST)->count = 2;
    s.first = scn_added(L, sim_model_child(m, first));
    scn_added(L, sim_model_child(m, then));
    return scn_add_step(L, &s);
}

static int word_transaction(lua_State *L)
{
    struct sim_step s;
    bool has_store = lua_gettop(L) > 1;
    uint32_t body = scn_to_step(L, has_store ? 2 : 1);
    if (has_store)
        body = in_a_row(L, body, commit(L));
    scn_blank_step(&s, SIM_STEP_TRANSACTION)->b = body;
    return scn_push_step(L, &s);
}

void scn_open_outbox(lua_State *L)
{
    static const struct scn_entry words[] = {
        { "publish", word_publish, 2, SCN_ANY_TIME },
        { "transaction", word_transaction, 2, SCN_ANY_TIME },
        { NULL, NULL, 0, SCN_ANY_TIME },
    };
    scn_register(L, words);
}
