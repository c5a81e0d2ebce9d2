#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "scenarios/host/advice.h"
#include "scenarios/host/build.h"

// What happens: methods of what it happens to (words_fault*.c) give a fault without a time, and
// at, between and every give it one.

struct sim_fault *scn_push_fault(lua_State *L, enum sim_fault_kind kind)
{
    if (scn_of(L)->is_sealed)
        scn_fail(
            L, "what happens is said before the run, with its time, and not in a function: "
               "at(10*s, db:slow(8))");
    struct scn_box *b = scn_box_push(L, SCN_FAULT);
    b->u.fault.kind = kind;
    b->u.fault.value = SIM_NONE;
    b->u.fault.end = SIM_NEVER;
    b->u.fault.target.replica = b->u.fault.target.route = SIM_NONE;
    b->u.fault.line = scn_line(L);
    scn_hold_fault(L);
    return &b->u.fault;
}

// A method, with what it is called on: db.slow(4) leaves that out, and what was meant for the
// next argument stands in its place.
static int call_method(lua_State *L)
{
    lua_CFunction act = lua_tocfunction(L, lua_upvalueindex(1));
    enum scn_kind kind = (enum scn_kind)lua_tointeger(L, lua_upvalueindex(2));
    const char *name = lua_tostring(L, lua_upvalueindex(3));
    char number[32] = "...";
    if (scn_box_test(L, 1, kind))
        return act(L);
    if (lua_type(L, 1) == LUA_TNUMBER)
        snprintf(number, sizeof number, "%.14g", lua_tonumber(L, 1));
    return scn_fail(L, "%s: a dot stands where a colon belongs: write db:%s(%s)", name,
                    name, lua_isnone(L, 1) ? "" : number);
}

int scn_push_method(lua_State *L, const struct luaL_Reg *methods, const char *what)
{
    const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "?";
    const char *known[24] = { 0 };
    for (uint32_t i = 0; methods[i].name; i++) {
        known[i] = methods[i].name;
        if (strcmp(methods[i].name, name) == 0) {
            lua_pushcfunction(L, methods[i].func);
            lua_pushinteger(L, ((struct scn_box *)lua_touserdata(L, 1))->kind);
            lua_pushstring(L, name);
            lua_pushcclosure(L, call_method, 3);
            return 1;
        }
    }
    char advice[300];
    scn_advice(advice, sizeof advice, name, known);
    return scn_fail(L, "nothing called \"%s\" can happen to %s%s", name, what, advice);
}

// ---- Times ----

// Those that there will be at most are made when the run begins.
static void make_room(lua_State *L, const struct sim_fault *f)
{
    struct sim_model *m = scn_of(L)->model;
    if (!sim_model_scale(m, f->target.service, (uint32_t)f->amount))
        scn_fail(L,
                 "its balancer has weights for the replicas that there are, or more than "
                 "65,535 would be there in all");
}

struct sim_fault *scn_add_fault(lua_State *L, int index, sim_time begin, sim_time end,
                                sim_time every)
{
    struct scn_scenario *scn = scn_of(L);
    struct scn_box *b = scn_box_check(L, index, SCN_FAULT);
    b->is_used = true;
    scn->faults = scn_grow(L, scn->faults, scn->fault_count, &scn->fault_room,
                           sizeof *scn->faults, "things that happen");
    struct sim_fault *f = &scn->faults[scn->fault_count++];
    *f = b->u.fault;
    if (f->kind == SIM_FAULT_SCALE || f->kind == SIM_FAULT_DEPLOY)
        make_room(L, f);
    f->begin = begin;
    f->end = end;
    if (f->kind == SIM_FAULT_FAILOVER && every == 0) // for the report: it is over by itself
        f->end = begin + sim_model_service_at(scn->model, f->target.service)->failover;
    f->every = every;
    return f;
}

static int add_fault(lua_State *L, int index, sim_time begin, sim_time end, sim_time every)
{
    scn_add_fault(L, index, begin, end, every);
    return 0;
}

static int word_at(lua_State *L)
{
    return add_fault(L, 2, scn_check_duration(L, 1, "at"), SIM_NEVER, 0);
}

static int word_between(lua_State *L)
{
    int64_t begin = scn_check_duration(L, 1, "between");
    int64_t end = scn_check_duration(L, 2, "between");
    if (end <= begin)
        return scn_fail(L, "between: the end must lie after the beginning");
    enum sim_fault_kind kind = scn_box_check(L, 3, SCN_FAULT)->u.fault.kind;
    if (kind == SIM_FAULT_DEPLOY)
        return scn_fail(L, "between: a deploy ends by itself: at(%.14g, api:deploy {})",
                        lua_tonumber(L, 1));
    if (kind == SIM_FAULT_FAILOVER)
        return scn_fail(L,
                        "between: a failover ends by itself: at(%.14g, redis:failover())",
                        lua_tonumber(L, 1));
    if (kind == SIM_FAULT_OOM)
        return scn_fail(L, "between: what was killed is over at once: at(%.14g, db:oom())",
                        lua_tonumber(L, 1));
    if (kind == SIM_FAULT_FLUSH)
        return scn_fail(L,
                        "between: what a cache has forgotten does not come back: at(%.14g, "
                        "hot:flush())",
                        lua_tonumber(L, 1));
    return add_fault(L, 3, begin, end, 0);
}

static int word_every(lua_State *L)
{
    int64_t every = scn_check_duration(L, 1, "every");
    if (every < SIM_US)
        return scn_fail(L, "every: expected at least 1 us");
    if (scn_box_check(L, 2, SCN_FAULT)->u.fault.kind == SIM_FAULT_LEAK)
        return scn_fail(L, "every: a leak lasts: between(10*s, 20*s, db:leak(5*MB))");
    return add_fault(L, 2, every, SIM_NEVER, every);
}

void scn_open_happenings(lua_State *L)
{
    static const struct scn_entry words[] = { { "at", word_at, 2, SCN_BUILDS },
                                              { "between", word_between, 3, SCN_BUILDS },
                                              { "every", word_every, 2, SCN_BUILDS },
                                              { NULL, NULL, 0, SCN_ANY_TIME } };
    scn_register(L, words);
    scn_open_service_faults(L);
    scn_open_link_faults(L);
    scn_open_other_faults(L);
}
