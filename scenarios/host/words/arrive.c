#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/host/build.h"

// When requests come.

#define RATE_MAX 1e9

static struct sim_arrivals_def *push_arrivals(lua_State *L, enum sim_arrival_kind kind)
{
    struct scn_box *b = scn_box_push(L, SCN_ARRIVALS);
    b->u.arrivals.kind = kind;
    b->u.arrivals.rate = b->u.arrivals.gap = SIM_NONE;
    return &b->u.arrivals;
}

// A constant or a curve: a rate that is drawn afresh each time would mean nothing.
static uint32_t rate(lua_State *L, int index, const char *what)
{
    uint32_t v = scn_to_value(L, index, what, 0, RATE_MAX);
    if (!sim_model_value_is_rate(scn_of(L)->model, v))
        scn_fail(L, "%s: a rate is a number or a curve of numbers that are not negative",
                 what);
    return v;
}

static int word_poisson(lua_State *L)
{
    uint32_t v = rate(L, 1, "poisson");
    push_arrivals(L, SIM_ARRIVE_POISSON)->rate = v;
    return 1;
}

static int word_constant(lua_State *L)
{
    uint32_t v = rate(L, 1, "constant");
    push_arrivals(L, SIM_ARRIVE_CONSTANT)->rate = v;
    return 1;
}

static int word_renewal(lua_State *L)
{
    uint32_t v = scn_to_value(L, 1, "renewal", 0, 1e7);
    push_arrivals(L, SIM_ARRIVE_RENEWAL)->gap = v;
    return 1;
}

static int word_bursty(lua_State *L)
{
    struct scn_args a;
    double on = 0, off = 0;
    uint32_t v = SIM_NONE;
    scn_args_open(L, 1, "bursty", &a);
    bool all = scn_args_number(&a, "on", &on, 1e-9, 1e7);
    all = scn_args_number(&a, "off", &off, 1e-9, 1e7) && all;
    if (scn_args_push(&a, "rate")) {
        v = rate(L, -1, "bursty: rate");
        lua_pop(L, 1);
    }
    scn_args_close(&a);
    if (!all || v == SIM_NONE)
        return scn_args_fail(&a, "needs on, off and rate: bursty {on = 1*s, off = 4*s, "
                                 "rate = 500}");
    struct sim_arrivals_def *d = push_arrivals(L, SIM_ARRIVE_BURSTY);
    d->on = on;
    d->off = off;
    d->rate = v;
    return 1;
}

static uint32_t count(lua_State *L, int index, const char *what, double max)
{
    double n = scn_check_number(L, index, what, 0, max);
    if (n != floor(n))
        scn_fail(L, "%s(%.14g): expected a whole number", what, n);
    return (uint32_t)n;
}

static int word_burst(lua_State *L)
{
    struct scn_args a;
    int64_t at = 0;
    uint32_t n = count(L, 1, "burst", 1e8);
    scn_args_open(L, 2, "burst", &a);
    scn_args_duration(&a, "at", &at);
    scn_args_close(&a);
    struct sim_arrivals_def *d = push_arrivals(L, SIM_ARRIVE_BURST);
    d->n = n;
    d->at = at;
    return 1;
}

static int word_closed(lua_State *L)
{
    struct scn_args a;
    uint32_t n = count(L, 1, "closed", 1e6), think;
    scn_args_open(L, 2, "closed", &a);
    if (scn_args_push(&a, "think")) {
        think = scn_to_value(L, -1, "closed: think", 0, 1e7);
        lua_pop(L, 1);
    } else {
        think = scn_added(L, sim_model_const(scn_of(L)->model, 0));
    }
    scn_args_close(&a);
    struct sim_arrivals_def *d = push_arrivals(L, SIM_ARRIVE_CLOSED);
    d->n = n;
    d->gap = think;
    return 1;
}

// ---- replay: the times of a file, the first number of each line ----

static void add_time(lua_State *L, struct sim_arrivals_def *d, double t, double *before,
                     int line)
{
    if (!(t >= *before && t <= 1e7))
        scn_fail(L, "replay: line %d: the time %.14g does not follow %.14g", line, t,
                 *before);
    *before = t;
    uint32_t at =
        scn_added(L, sim_model_point(scn_of(L)->model, (struct sim_point){ t, 1 }));
    if (d->count++ == 0)
        d->first = at;
}

static void read_times(lua_State *L, struct sim_arrivals_def *d, const char *text)
{
    static const char mark[] = "\xef\xbb\xbf"; // of byte order, as spreadsheets add
    double before = 0;
    int line = 1;
    if (strncmp(text, mark, strlen(mark)) == 0)
        text += strlen(mark);
    for (const char *p = text; *p; line++) {
        const char *next = strchr(p, '\n');
        char *end;
        double t = strtod(p, &end);
        bool is_number = end != p && (!next || end <= next);
        bool is_head = line == 1 && !is_number;
        if (is_number)
            add_time(L, d, t, &before, line);
        else if (!is_head && *p != '\n' && *p != '\r' && *p != '#')
            scn_fail(L, "replay: line %d does not begin with a time in seconds", line);
        if (!next)
            break;
        p = next + 1;
    }
    if (d->count == 0)
        scn_fail(L, "replay: the file has no times");
}

static int word_replay(lua_State *L)
{
    size_t n;
    if (lua_type(L, 1) != LUA_TSTRING)
        return scn_fail(L, "replay: expected the name of a file in quotes, got %s",
                        scn_what_is(L, 1));
    scn_push_file(L, lua_tostring(L, 1), "csv");
    const char *text = lua_tolstring(L, -1, &n);
    struct sim_arrivals_def *d = push_arrivals(L, SIM_ARRIVE_REPLAY);
    read_times(L, d, text);
    return 1;
}

void scn_open_arrivals(lua_State *L)
{
    static const struct scn_entry words[] = {
        { "poisson", word_poisson, 1, SCN_ANY_TIME },
        { "constant", word_constant, 1, SCN_ANY_TIME },
        { "renewal", word_renewal, 1, SCN_ANY_TIME },
        { "bursty", word_bursty, 1, SCN_ANY_TIME },
        { "burst", word_burst, 2, SCN_ANY_TIME },
        { "closed", word_closed, 2, SCN_ANY_TIME },
        { "replay", word_replay, 1, SCN_BUILDS },
        { NULL, NULL, 0, SCN_ANY_TIME },
    };
    scn_register(L, words);
}
