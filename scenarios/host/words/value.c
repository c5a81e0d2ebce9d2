#include <lauxlib.h>
#include <math.h>
#include <string.h>

#include "scenarios/host/build.h"
#include "scenarios/host/units.h"

// Numbers that are not known yet: distributions, curves, mixtures, and arithmetic on the
// request that will come.

int scn_push_value(lua_State *L, const struct sim_value *v)
{
    uint32_t id = scn_known(L, 'v', v, sizeof *v);
    if (id == SIM_NONE) {
        id = scn_added(L, sim_model_value(scn_of(L)->model, v));
        scn_remember(L, 'v', v, sizeof *v, id);
    }
    scn_box_push(L, SCN_VALUE)->u.id = id;
    return 1;
}

// A definition in memory without padding of chance value, so that equal ones are equal bytes.
static struct sim_value *blank(struct sim_value *v, enum sim_value_kind kind)
{
    memset(v, 0, sizeof *v);
    v->kind = kind;
    return v;
}

uint32_t scn_to_value(lua_State *L, int index, const char *what, double min, double max)
{
    struct scn_box *b = scn_box_test(L, index, SCN_VALUE);
    if (b && min >= 0 && sim_model_value_is_word(scn_of(L)->model, b->u.id))
        scn_fail(L, "%s: expected %s, got a choice of words", what,
                 scn_kind_name(SCN_VALUE));
    if (b)
        return b->u.id;
    if (lua_type(L, index) != LUA_TNUMBER)
        scn_fail(L, "%s: expected %s, got %s", what, scn_kind_name(SCN_VALUE),
                 scn_what_is(L, index));
    struct sim_value v;
    blank(&v, SIM_VALUE_CONST)->x = scn_check_number(L, index, what, min, max);
    index = lua_absindex(L, index);
    scn_push_value(L, &v);
    uint32_t id = scn_box_check(L, -1, SCN_VALUE)->u.id;
    lua_pop(L, 1);
    return id;
}

// ---- Distributions ----

static int push_dist(lua_State *L, struct sim_dist dist)
{
    const char *wrong = sim_dist_check(&dist);
    if (wrong)
        return scn_fail(L, "%s", wrong);
    struct sim_value v;
    blank(&v, SIM_VALUE_DIST);
    v.dist = dist;
    return scn_push_value(L, &v);
}

#define HUGE_NUMBER 1e15

static double number(lua_State *L, int index, const char *what)
{
    return scn_check_number(L, index, what, -HUGE_NUMBER, HUGE_NUMBER);
}

static int word_exponential(lua_State *L)
{
    return push_dist(L, sim_dist_exponential(number(L, 1, "the mean")));
}

static int word_uniform(lua_State *L)
{
    return push_dist(
        L, sim_dist_uniform(number(L, 1, "the lower end"), number(L, 2, "the upper end")));
}

static int word_normal(lua_State *L)
{
    return push_dist(L, sim_dist_normal(number(L, 1, "the mean"),
                                        number(L, 2, "the standard deviation")));
}

// Of two keys that must both be there.
static int of_two(lua_State *L, const char *what, const char *key1, const char *key2,
                  struct sim_dist (*make)(double, double))
{
    struct scn_args a;
    double x = 0, y = 0;
    scn_args_open(L, 1, what, &a);
    bool both = scn_args_number(&a, key1, &x, -HUGE_NUMBER, HUGE_NUMBER);
    both = scn_args_number(&a, key2, &y, -HUGE_NUMBER, HUGE_NUMBER) && both;
    scn_args_close(&a);
    if (!both)
        scn_args_fail(&a, "needs both \"%s\" and \"%s\"", key1, key2);
    return push_dist(L, make(x, y));
}

static int word_lognormal(lua_State *L)
{
    return of_two(L, "lognormal", "median", "p99", sim_dist_lognormal);
}

static int word_pareto(lua_State *L)
{
    return of_two(L, "pareto", "shape", "scale", sim_dist_pareto);
}

static int word_gamma(lua_State *L)
{
    return of_two(L, "gamma", "shape", "scale", sim_dist_gamma);
}

static int word_weibull(lua_State *L)
{
    return of_two(L, "weibull", "shape", "scale", sim_dist_weibull);
}

static int word_zipf(lua_State *L)
{
    return of_two(L, "zipf", "n", "s", sim_dist_zipf);
}

// ---- Curves ----

static double item(lua_State *L, int table, int i, const char *what)
{
    lua_rawgeti(L, table, i);
    double x = number(L, -1, what);
    lua_pop(L, 1);
    return x;
}

static void add_point(lua_State *L, struct scn_args *a, uint32_t i, struct sim_value *v,
                      double *before)
{
    scn_args_push_item(a, i);
    if (!lua_istable(L, -1) || lua_rawlen(L, -1) != 2)
        scn_args_fail(a, "point %d: expected {time, value}", (int)i);
    struct sim_point p = { item(L, lua_gettop(L), 1, "the time"),
                           item(L, lua_gettop(L), 2, "the value") };
    if (p.t < *before)
        scn_args_fail(a, "point %d lies before the one ahead of it", (int)i);
    *before = p.t;
    uint32_t at = scn_added(L, sim_model_point(scn_of(L)->model, p));
    if (i == 1)
        v->first = at;
    v->count++;
    lua_pop(L, 1);
}

static int word_curve(lua_State *L)
{
    struct scn_args a;
    struct sim_value v;
    int64_t period = 0;
    double before = 0;
    blank(&v, SIM_VALUE_CURVE);
    scn_args_open(L, 1, "curve", &a);
    scn_args_duration(&a, "period", &period);
    v.x = (double)period / SIM_S;
    uint32_t n = scn_args_list(&a);
    scn_args_close(&a);
    if (n == 0)
        scn_args_fail(&a, "needs points: curve {{0, 100}, {30*s, 300}}");
    if (scn_of(L)->is_sealed)
        scn_args_fail(&a, "build it outside of the function");
    for (uint32_t i = 1; i <= n; i++)
        add_point(L, &a, i, &v, &before);
    return scn_push_value(L, &v);
}

// ---- Arithmetic ----

static int operate(lua_State *L, enum sim_value_kind kind)
{
    struct sim_value v;
    blank(&v, kind);
    v.a = scn_to_value(L, 1, "left of the operator", -HUGE_NUMBER, HUGE_NUMBER);
    v.b = scn_to_value(L, 2, "right of the operator", -HUGE_NUMBER, HUGE_NUMBER);
    return scn_push_value(L, &v);
}

static int add(lua_State *L)
{
    return operate(L, SIM_VALUE_ADD);
}

static int subtract(lua_State *L)
{
    return operate(L, SIM_VALUE_SUB);
}

static int multiply(lua_State *L)
{
    return operate(L, SIM_VALUE_MUL);
}

static int divide(lua_State *L)
{
    return operate(L, SIM_VALUE_DIV);
}

static int negate(lua_State *L)
{
    lua_pushnumber(L, 0);
    lua_replace(L, 2);
    lua_insert(L, 1);
    lua_settop(L, 2);
    return operate(L, SIM_VALUE_SUB);
}

static int no_order(lua_State *L)
{
    return scn_fail(L,
                    "a number that is not known yet cannot be compared; use choose, or a "
                    "function(req)");
}

// ---- The request that will come ----

static int field_of_req(lua_State *L)
{
    char name[64];
    struct sim_value v;
    scn_check_name(L, 2, "a field of req", name, sizeof name);
    struct scn_field *field = &scn_of(L)->fields[scn_field(L, name)];
    if (field->read_line == 0)
        field->read_line = scn_line(L);
    blank(&v, SIM_VALUE_FIELD)->a = (uint32_t)(field - scn_of(L)->fields);
    return scn_push_value(L, &v);
}

static void set_methods(lua_State *L)
{
    static const luaL_Reg methods[] = {
        { "__add", add },     { "__sub", subtract }, { "__mul", multiply },
        { "__div", divide },  { "__unm", negate },   { "__lt", no_order },
        { "__le", no_order }, { NULL, NULL },
    };
    for (const luaL_Reg *m = methods; m->name; m++) {
        lua_pushcfunction(L, m->func);
        scn_box_method(L, SCN_VALUE, m->name);
    }
    lua_pushcfunction(L, field_of_req);
    scn_box_method(L, SCN_REQ, "__index");
}

void scn_open_values(lua_State *L)
{
    static const struct scn_entry words[] = {
        { "exponential", word_exponential, 1, SCN_ANY_TIME },
        { "uniform", word_uniform, 2, SCN_ANY_TIME },
        { "normal", word_normal, 2, SCN_ANY_TIME },
        { "lognormal", word_lognormal, 1, SCN_ANY_TIME },
        { "pareto", word_pareto, 1, SCN_ANY_TIME },
        { "gamma", word_gamma, 1, SCN_ANY_TIME },
        { "weibull", word_weibull, 1, SCN_ANY_TIME },
        { "zipf", word_zipf, 1, SCN_ANY_TIME },
        { "curve", word_curve, 1, SCN_BUILDS },
        { NULL, NULL, 0, SCN_ANY_TIME },
    };
    scn_register(L, words);
    for (const struct scn_unit *u = scn_units; u->name; u++) {
        lua_pushnumber(L, u->factor);
        scn_word_set(L, u->name);
    }
    set_methods(L);
    scn_box_push(L, SCN_REQ);
    scn_word_set(L, "req");
}
