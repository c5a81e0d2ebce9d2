#include <math.h>

#include <lauxlib.h>
#include <lualib.h>

#include "scenarios/sandbox/library.h"
#include "scenarios/sandbox/power.h"
#include "scenarios/sandbox/sandbox_private.h"
#include "sim/engine/math.h"

// What IEEE 754 fixes to the last bit is Lua's own; logarithm and exponential are the
// engine's, and the circle functions are made here, so that a scenario that draws a daily
// wave gives the same run on every machine. The inverse circle functions are left out.

static const struct scn_place here = { NULL, 0 };

// --- Circle functions, |error| below 1e-15 for |x| up to 1e5

#define CIRCLE_LIMIT 1e5

// Taylor's series; 10 terms reach below 2^-53 for |x| <= pi/4.
static double sin_near_0(double x)
{
    double square = x * x, term = 1, sum = 1;
    for (int k = 2; k <= 18; k += 2) {
        term *= -square / (k * (k + 1));
        sum += term;
    }
    return x * sum;
}

static double cos_near_0(double x)
{
    double square = x * x, term = 1, sum = 0;
    for (int k = 1; k <= 17; k += 2) {
        term *= -square / (k * (k + 1));
        sum += term;
    }
    return 1 + sum;
}

// sin(x + quarter * pi/2). The half pi that is taken off is in three pieces, of which the
// first two have 33 bits, so that their products with the count are exact (W. J. Cody and
// W. Waite, Software Manual for the Elementary Functions, 1980).
static double wave(double x, int quarter)
{
    static const double first = 0x1.921fb544p+0, second = 0x1.0b4611a6p-34,
                        third = 0x1.3198a2e037073p-69;
    double count = floor(x / (first + second) + 0.5);
    double rest = ((x - count * first) - count * second) - count * third;
    switch ((quarter + (int)count) & 3) {
    case 0:
        return sin_near_0(rest);
    case 1:
        return cos_near_0(rest);
    case 2:
        return -sin_near_0(rest);
    default:
        return -cos_near_0(rest);
    }
}

static double check_angle(lua_State *L)
{
    double x = luaL_checknumber(L, 1);
    luaL_argcheck(L, fabs(x) <= CIRCLE_LIMIT, 1, "an angle is at most 1e5 radians here");
    return x;
}

static int math_sin(lua_State *L)
{
    lua_pushnumber(L, wave(check_angle(L), 0));
    return 1;
}

static int math_cos(lua_State *L)
{
    lua_pushnumber(L, wave(check_angle(L), 1));
    return 1;
}

static int math_tan(lua_State *L)
{
    double x = check_angle(L);
    lua_pushnumber(L, wave(x, 0) / wave(x, 1));
    return 1;
}

// --- Exponential, logarithm and power

static int math_exp(lua_State *L)
{
    lua_pushnumber(L, sim_exp(luaL_checknumber(L, 1)));
    return 1;
}

static int math_log(lua_State *L)
{
    double x = luaL_checknumber(L, 1);
    if (lua_isnoneornil(L, 2))
        lua_pushnumber(L, sim_log(x));
    else
        lua_pushnumber(L, sim_log(x) / sim_log(luaL_checknumber(L, 2)));
    return 1;
}

// For those who know it from elsewhere; and what takes power.c into every program with a sandbox.
static int math_pow(lua_State *L)
{
    lua_pushnumber(L, scn_power(luaL_checknumber(L, 1), luaL_checknumber(L, 2)));
    return 1;
}

static int math_random(lua_State *L)
{
    scn_raise(
        L, here, NULL,
        "math.random is not there: draw(uniform(0, 1)) takes from the run's own stream");
}

static const char *const math_kept[] = {
    "abs",  "ceil",      "deg",  "floor", "fmod", "max",  "min",        "modf",       "rad",
    "sqrt", "tointeger", "type", "ult",   "pi",   "huge", "maxinteger", "mininteger", NULL
};

void scn_library_open_math(lua_State *L)
{
    static const luaL_Reg own[] = {
        { "cos", math_cos },           { "exp", math_exp }, { "log", math_log },
        { "pow", math_pow },           { "sin", math_sin }, { "random", math_random },
        { "randomseed", math_random }, { "tan", math_tan }, { NULL, NULL },
    };
    lua_pushcfunction(L, luaopen_math);
    lua_call(L, 0, 1);
    scn_library_table(L, "math", own);
    for (const char *const *name = math_kept; *name; name++) {
        lua_getfield(L, -2, *name);
        lua_setfield(L, -2, *name);
    }
    lua_pop(L, 2);
}
