#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "scenarios/host/advice.h"
#include "scenarios/host/build.h"
#include "sim/report/number.h"

// when({metric, range}, f): what happens once a metric lies in a range. A run is cut into windows of
// whole seconds, or longer ones where it is long, and a condition is looked at just behind an edge,
// so that it sees the second that has just ended.

#define FIRST_LOOK 1 // ns behind an edge

static void read_path(lua_State *L, struct scn_args *a, struct scn_expectation *e)
{
    if (scn_args_list(a) != 1)
        scn_args_fail(a,
                      "expected one metric in quotes: when({\"api.queue.max\", at_least = "
                      "100}, db:slow(8))");
    scn_args_push_item(a, 1);
    if (lua_type(L, -1) != LUA_TSTRING || lua_rawlen(L, -1) >= sizeof e->path)
        scn_args_fail(a, "expected a metric in quotes, got %s", scn_what_is(L, -1));
    snprintf(e->path, sizeof e->path, "%s", lua_tostring(L, -1));
    lua_pop(L, 1);
}

static bool is_whole_seconds(sim_time d)
{
    return d > 0 && d % SIM_S == 0;
}

// "db slow x8" becomes "db slow x8 when api.queue.max >= 100".
static void label(struct sim_fault *f, const struct scn_expectation *e)
{
    char what[48], range[2 * SIM_NUMBER_ROOM + 8], least[SIM_NUMBER_ROOM],
        most[SIM_NUMBER_ROOM];
    snprintf(what, sizeof what, "%.47s", f->label);
    sim_number_plain(least, e->least);
    sim_number_plain(most, e->most);
    if (e->has_least && e->has_most)
        snprintf(range, sizeof range, "%s to %s", least, most);
    else
        snprintf(range, sizeof range, "%s %s",
                 e->has_least ? ">=" : "<=", e->has_least ? least : most);
    snprintf(f->label, sizeof f->label, "%.36s when %.30s %.22s", what, e->path, range);
}

static void check_lasts(struct scn_args *a, enum sim_fault_kind kind)
{
    bool ends_by_itself = kind == SIM_FAULT_DEPLOY || kind == SIM_FAULT_FAILOVER;
    if (sim_fault_is_momentary(kind) || ends_by_itself)
        scn_args_fail(a, "lasts: this is over %s", ends_by_itself ? "by itself" : "at once");
}

static int word_when(lua_State *L)
{
    struct scn_scenario *scn = scn_of(L);
    struct scn_condition c = { .over = SIM_S, .range.line = scn_line(L) };
    int64_t from = 0, lasts = 0;
    struct scn_args a;
    if (!lua_istable(L, 1))
        return scn_fail(L,
                        "when: expected a metric and its range in braces, got %s: "
                        "when({\"api.queue.max\", at_least = 100}, db:slow(8))",
                        scn_what_is(L, 1));
    enum sim_fault_kind kind = scn_box_check(L, 2, SCN_FAULT)->u.fault.kind;
    scn_args_open(L, 1, "when", &a);
    read_path(L, &a, &c.range);
    scn_read_range(&a, &c.range);
    scn_args_duration(&a, "over", &c.over);
    scn_args_duration(&a, "from", &from);
    if (scn_args_duration(&a, "lasts", &lasts))
        check_lasts(&a, kind);
    scn_args_close(&a);
    if (!c.range.has_least && !c.range.has_most)
        scn_args_fail(&a, "says nothing: give at_least, at_most, or about and tolerance");
    if (!is_whole_seconds(c.over))
        scn_args_fail(&a, "over: expected whole seconds, which is how a run is looked at");
    c.fault = scn->fault_count;
    sim_time first = ((from > c.over ? from : c.over) + SIM_S - 1) / SIM_S * SIM_S;
    sim_time begin = first + FIRST_LOOK;
    struct sim_fault *f =
        scn_add_fault(L, 2, begin, lasts > 0 ? begin + lasts : SIM_NEVER, 0);
    f->waits = true;
    label(f, &c.range);
    scn->conditions = scn_grow(L, scn->conditions, scn->condition_count,
                               &scn->condition_room, sizeof *scn->conditions, "conditions");
    scn->conditions[scn->condition_count++] = c;
    return 0;
}

void scn_open_when(lua_State *L)
{
    static const struct scn_entry words[] = { { "when", word_when, 2, SCN_BUILDS },
                                              { NULL, NULL, 0, SCN_ANY_TIME } };
    scn_register(L, words);
}

// ---- Behind the script ----

static bool bad(const struct scn_scenario *s, const struct scn_condition *c,
                struct scn_error *error, const char *text)
{
    scn_error_set(error, SCN_ERROR_SCRIPT, s->file, c->range.line, text, strlen(text));
    return false;
}

static bool find_metric(const struct scn_scenario *s, struct scn_condition *c,
                        struct scn_error *error)
{
    struct sim_metric_error wrong;
    char advice[800], text[1200];
    if (!sim_metric_parse(s->model, c->range.path, &c->range.metric, &wrong)) {
        scn_advice(advice, sizeof advice, wrong.word, wrong.known);
        snprintf(text, sizeof text, "when: \"%.100s\": %s: \"%s\"%s", c->range.path,
                 wrong.text, wrong.word, advice);
        return bad(s, c, error, text);
    }
    if (c->range.metric.subject != SIM_OF_ACCOUNTS)
        return true;
    snprintf(text, sizeof text, "when: \"%.100s\" is of the whole run, not of a second",
             c->range.path);
    return bad(s, c, error, text);
}

bool scn_when_resolve(struct scn_scenario *s, struct scn_error *error)
{
    for (uint32_t i = 0; i < s->condition_count; i++)
        if (!find_metric(s, &s->conditions[i], error))
            return false;
    return true;
}

static bool is_within(const struct scn_expectation *e, double x)
{
    return x == x && (!e->has_least || x >= e->least) && (!e->has_most || x <= e->most);
}

bool scn_scenario_holds(const struct scn_scenario *s, const struct sim_run *run,
                        uint32_t fault)
{
    uint32_t windows;
    const sim_time *edges = sim_run_window_edges(run, &windows);
    for (uint32_t i = 0; i < s->condition_count; i++) {
        const struct scn_condition *c = &s->conditions[i];
        sim_time to = edges[windows];
        if (c->fault == fault)
            return windows > 0 &&
                   is_within(&c->range,
                             sim_metric_measure(run, &c->range.metric, to - c->over, to));
    }
    return false;
}

void scn_scenario_began(struct scn_scenario *s, uint32_t fault, sim_time at)
{
    struct sim_fault *f = &s->faults[fault];
    sim_time length = f->end == SIM_NEVER ? 0 : f->end - f->begin;
    f->begin = at;
    f->end = at == SIM_NEVER || length == 0 ? SIM_NEVER : at + length;
}

void scn_scenario_ended(struct scn_scenario *s, uint32_t fault, sim_time at)
{
    s->faults[fault].end = at;
}
