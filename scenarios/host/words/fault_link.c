#include <stdio.h>
#include <string.h>

#include <lauxlib.h>

#include "scenarios/host/build.h"

// What can happen to links. A service stands for all links to it.

static struct sim_fault *on_link(lua_State *L, enum sim_fault_kind kind, const char *what)
{
    struct scn_box *link = scn_box_test(L, 1, SCN_LINK);
    struct scn_box *service = link ? NULL : scn_box_check(L, 1, SCN_SERVICE);
    scn_three_at_most(L);
    if (service && service->u.service.replica != SIM_NONE)
        scn_fail(L, "%s is of links, and these of a whole service: db:%s, not db[1]:%s",
                 what, what, what);
    struct sim_fault *f = scn_push_fault(L, kind);
    struct sim_model *m = scn_of(L)->model;
    if (service) {
        f->target.service = service->u.service.id;
        snprintf(f->label, sizeof f->label, "%.60s %s",
                 sim_model_service_name(m, service->u.service.id), what);
        return f;
    }
    memcpy(f->from, link->u.link.from, sizeof f->from);
    f->target.service = sim_model_find_service(m, link->u.link.to_name);
    if (f->target.service == SIM_NONE)
        scn_fail(L, "%s: there is no service \"%s\" above this line", what,
                 link->u.link.to_name);
    snprintf(f->label, sizeof f->label, "%.40s>%.40s %s", f->from, link->u.link.to_name,
             what);
    return f;
}

static void read_side(lua_State *L, int index, const char *what, struct sim_fault *f)
{
    static const char *const sides[] = { "both", "request", "reply", NULL };
    struct scn_args a;
    uint32_t side = SIM_BOTH_SIDES;
    scn_args_open(L, index, what, &a);
    scn_args_choice(&a, "side", sides, &side);
    scn_args_close(&a);
    f->side = (enum sim_side)side;
    if (side == SIM_BOTH_SIDES)
        return;
    size_t n = strlen(f->label);
    snprintf(f->label + n, sizeof f->label - n, " of %s",
             side == SIM_SIDE_REQUEST ? "requests" : "replies");
}

int scn_fault_latency(lua_State *L)
{
    uint32_t value = scn_to_value(L, 2, "latency", 0, 1e7);
    struct sim_fault *f = on_link(L, SIM_FAULT_LATENCY, "latency");
    f->value = value;
    read_side(L, 3, "latency", f);
    return 1;
}

int scn_fault_drop(lua_State *L)
{
    double share = scn_check_number(L, 2, "drop", 0, 1);
    struct sim_fault *f = on_link(L, SIM_FAULT_DROP, "drop");
    f->amount = share;
    read_side(L, 3, "drop", f);
    return 1;
}

int scn_fault_bandwidth(lua_State *L)
{
    double n = scn_check_number(L, 2, "bandwidth", 1, 1e15);
    struct sim_fault *f = on_link(L, SIM_FAULT_BANDWIDTH, "bandwidth");
    size_t room = strlen(f->label);
    f->amount = n;
    scn_of(L)->has_bandwidth = true;
    snprintf(f->label + room, sizeof f->label - room, " %.4g %s/s",
             n < 1e6 ? n / 1e3 : n / 1e6, n < 1e6 ? "KB" : "MB");
    read_side(L, 3, "bandwidth", f);
    return 1;
}

int scn_fault_partition(lua_State *L)
{
    struct sim_fault *f = on_link(L, SIM_FAULT_PARTITION, "partition");
    if (!lua_isnil(L, 3))
        return scn_fail(L, "partition takes options only: db:partition {side = \"reply\"}");
    read_side(L, 2, "partition", f);
    return 1;
}

int scn_fault_refuse(lua_State *L)
{
    on_link(L, SIM_FAULT_REFUSE, "refuse");
    if (!lua_isnil(L, 2) || !lua_isnil(L, 3))
        return scn_fail(L, "refuse takes no argument: db:refuse()");
    return 1;
}

static const luaL_Reg link_methods[] = {
    { "latency", scn_fault_latency },     { "drop", scn_fault_drop },
    { "bandwidth", scn_fault_bandwidth }, { "partition", scn_fault_partition },
    { "refuse", scn_fault_refuse },       { NULL, NULL }
};

static int index_link(lua_State *L)
{
    return scn_push_method(L, link_methods, "a link");
}

void scn_open_link_faults(lua_State *L)
{
    lua_pushcfunction(L, index_link);
    scn_box_method(L, SCN_LINK, "__index");
}
