#include <lauxlib.h>
#include <stdio.h>

#include "scenarios/host/build.h"
#include "scenarios/host/drop.h"
#include "scenarios/host/resolve.h"

// Faults that a script makes and gives no time: they are built, dropped, and nothing happens. Those
// that are made are held until the script has ended, where it shows. Of those without a time the ones
// that its text drops are told: of a table of faults only some may be chosen.

static const char made_key;

void scn_hold_fault(lua_State *L)
{
    int fault = lua_gettop(L);
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &made_key) == LUA_TNIL) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &made_key);
    }
    lua_pushvalue(L, fault);
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
    lua_settop(L, fault);
}

// What is over by itself has no end that could be given.
static bool is_at_a_time_only(enum sim_fault_kind kind)
{
    return sim_fault_is_momentary(kind) || kind == SIM_FAULT_DEPLOY ||
           kind == SIM_FAULT_FAILOVER;
}

static void remark(struct scn_scenario *s, const struct sim_fault *f)
{
    char text[240];
    snprintf(text, sizeof text,
             "%.96s: this never happens, for no time is given to it: at(10*s, ...)%s",
             f->label, is_at_a_time_only(f->kind) ? "" : " or between(10*s, 20*s, ...)");
    scn_add_remark(s, f->line, text);
}

static bool is_among(const int *lines, uint32_t n, int line)
{
    uint32_t i = 0;
    while (i < n && lines[i] != line)
        i++;
    return i < n;
}

static int look(lua_State *L)
{
    const struct scn_request *r = scn_of(L)->request;
    int lines[SCN_REMARKS];
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &made_key) == LUA_TNIL)
        return 0;
    uint32_t n = scn_drop_lines(r->text, r->length, lines, SCN_REMARKS);
    for (lua_Integer i = 1; lua_rawgeti(L, -1, i) != LUA_TNIL; i++) {
        const struct scn_box *b = scn_box_check(L, -1, SCN_FAULT);
        if (!b->is_used && is_among(lines, n, b->u.fault.line))
            remark(scn_of(L), &b->u.fault);
        lua_pop(L, 1);
    }
    lua_pushnil(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &made_key);
    return 0;
}

bool scn_remark_on_unused(struct scn_scenario *s, struct scn_error *error)
{
    return scn_sandbox_protect(s->sandbox, look, NULL, error);
}
