#include <lauxlib.h>
#include <stdio.h>

#include "scenarios/host/advice.h"
#include "scenarios/host/args.h"
#include "scenarios/host/build.h"
#include "scenarios/host/scenario.h"

// Expectations, some with a function of their own.

struct measuring {
    struct scn_scenario *s;
    const struct scn_expectation *e;
    const struct sim_run *run;
    double value;
};

// Figures are kept at the edges of windows, and at those times that expectations name.
static void check_kept(lua_State *L, const struct sim_run *run, sim_time t)
{
    uint32_t windows, i = 0;
    const sim_time *edges = sim_run_window_edges(run, &windows);
    while (i < windows && edges[i] < t)
        i++;
    if (edges[i] == t)
        return;
    if (edges[i] < t)
        scn_fail(L, "run(path, from, to): %.9g s lies behind the end of the run, at %.9g s",
                 (double)t / SIM_S, (double)edges[i] / SIM_S);
    scn_fail(L,
             "run(path, from, to): no figures were kept at %.9g s, the nearest times are "
             "%.9g s and %.9g s: an expectation whose from or to it is has them kept",
             (double)t / SIM_S, (double)edges[i > 0 ? i - 1 : 0] / SIM_S,
             (double)edges[i] / SIM_S);
}

static void check_window(lua_State *L, const struct sim_run *run, sim_time from,
                         sim_time to)
{
    if (to <= from)
        scn_fail(L, "run(path, from, to): \"to\" must lie after \"from\"");
    check_kept(L, run, from);
    check_kept(L, run, to);
}

// run(path, from, to) in a measure function.
static int measure_path(lua_State *L)
{
    const struct measuring *m = lua_touserdata(L, lua_upvalueindex(1));
    struct sim_metric metric;
    struct sim_metric_error wrong;
    char advice[800];
    if (lua_type(L, 1) != LUA_TSTRING)
        return scn_fail(L, "run(path, from, to): expected a metric in quotes");
    if (!sim_metric_parse(m->s->model, lua_tostring(L, 1), &metric, &wrong)) {
        scn_advice(advice, sizeof advice, wrong.word, wrong.known);
        return scn_fail(L, "\"%s\": %s: \"%s\"%s", lua_tostring(L, 1), wrong.text,
                        wrong.word, advice);
    }
    sim_time from = lua_isnoneornil(L, 2) ? m->e->from : scn_check_duration(L, 2, "from");
    sim_time to = lua_isnoneornil(L, 3) ? m->e->to : scn_check_duration(L, 3, "to");
    if (!lua_isnoneornil(L, 2) || !lua_isnoneornil(L, 3))
        check_window(L, m->run, from, to);
    lua_pushnumber(L, sim_metric_measure(m->run, &metric, from, to));
    return 1;
}

static int measure(lua_State *L)
{
    struct measuring *m = lua_touserdata(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, m->e->measure);
    lua_pushlightuserdata(L, m);
    lua_pushcclosure(L, measure_path, 1);
    lua_call(L, 1, 1);
    if (lua_type(L, -1) != LUA_TNUMBER)
        return scn_fail(L, "the measure function of line %d gave %s, expected a number",
                        m->e->line, scn_what_is(L, -1));
    m->value = lua_tonumber(L, -1);
    return 0;
}

bool scn_scenario_measure(struct scn_scenario *s, const struct scn_expectation *e,
                          const struct sim_run *run, double *value, struct scn_error *error)
{
    struct measuring m = { s, e, run, 0 };
    if (e->measure == SCN_NO_FUNCTION) {
        *value = sim_metric_measure(run, &e->metric, e->from, e->to);
        return true;
    }
    scn_sandbox_allow(s->sandbox, scn_sandbox_default().build_steps);
    bool ok = scn_sandbox_protect(s->sandbox, measure, &m, error);
    *value = m.value;
    if (!ok && error->line == 0) {
        snprintf(error->file, sizeof error->file, "%s", s->file);
        error->line = e->line;
        scn_sandbox_excerpt(s->sandbox, error);
    }
    return ok;
}
