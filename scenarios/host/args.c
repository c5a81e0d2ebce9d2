#include "scenarios/host/args.h"

#include <lauxlib.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "scenarios/host/advice.h"
#include "scenarios/host/box.h"
#include "scenarios/sandbox/suggest.h"
#include "sim/engine/time.h"

#define DURATION_MAX 1e7

// What stands behind the first line feed of a text is advice.
static int raise(lua_State *L, const char *before, const char *format, va_list list)
{
    char text[1600], advice[1000] = "";
    vsnprintf(text, sizeof text, format, list);
    char *cut = strchr(text, '\n');
    if (cut) {
        *cut = '\0';
        snprintf(advice, sizeof advice, "%s", cut + 1);
    }
    scn_raise(L, (struct scn_place){ 0 }, cut ? advice : NULL, "%s%s%s", before,
              before[0] ? ": " : "", text);
}

int scn_fail(lua_State *L, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    return raise(L, "", format, list);
}

uint32_t scn_name_among(lua_State *L, const char *what, const char *name,
                        const char *const *names)
{
    char advice[300];
    for (uint32_t i = 0; names[i]; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    scn_advice(advice, sizeof advice, name, names);
    scn_fail(L, "there is no %s \"%s\"%s", what, name, advice);
    return 0;
}

int scn_args_fail(struct scn_args *a, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    return raise(a->L, a->what, format, list);
}

void scn_args_open(lua_State *L, int index, const char *what, struct scn_args *a)
{
    *a = (struct scn_args){ .L = L };
    snprintf(a->what, sizeof a->what, "%s", what);
    if (lua_isnoneornil(L, index))
        return;
    if (!lua_istable(L, index))
        scn_args_fail(a, "expected a table of options, got %s", scn_what_is(L, index));
    a->table = lua_absindex(L, index);
}

bool scn_args_push(struct scn_args *a, const char *key)
{
    if (a->count < SCN_ARGS_KEYS)
        a->keys[a->count++] = key;
    if (!a->table)
        return false;
    lua_pushstring(a->L, key);
    lua_rawget(a->L, a->table);
    bool there = lua_toboolean(a->L, -1);
    if (!there)
        lua_pop(a->L, 1);
    return there;
}

static double checked(struct scn_args *a, const char *key, double min, double max)
{
    char what[sizeof a->what + 64];
    snprintf(what, sizeof what, "%s: %s", a->what, key);
    double x = scn_check_number(a->L, -1, what, min, max);
    lua_pop(a->L, 1);
    return x;
}

bool scn_args_number(struct scn_args *a, const char *key, double *value, double min,
                     double max)
{
    if (!scn_args_push(a, key))
        return false;
    *value = checked(a, key, min, max);
    return true;
}

bool scn_args_integer(struct scn_args *a, const char *key, uint32_t *value, uint32_t min,
                      uint32_t max)
{
    if (!scn_args_push(a, key))
        return false;
    double x = checked(a, key, min, max);
    if (x != floor(x))
        scn_args_fail(a, "%s is %.14g; expected a whole number", key, x);
    *value = (uint32_t)x;
    return true;
}

static int64_t to_ns(double seconds)
{
    return (int64_t)(seconds * SIM_S + 0.5);
}

bool scn_args_duration(struct scn_args *a, const char *key, int64_t *ns)
{
    double seconds;
    if (!scn_args_push(a, key))
        return false;
    if (lua_type(a->L, -1) == LUA_TNUMBER && lua_tonumber(a->L, -1) > DURATION_MAX)
        scn_args_fail(a,
                      "%s is %.14g seconds, which is absurd; durations are seconds: 80*ms",
                      key, lua_tonumber(a->L, -1));
    seconds = checked(a, key, 0, DURATION_MAX);
    *ns = to_ns(seconds);
    return true;
}

bool scn_args_boolean(struct scn_args *a, const char *key, bool *value)
{
    if (!scn_args_push(a, key))
        return false;
    if (!lua_isboolean(a->L, -1))
        scn_args_fail(a, "%s: expected true or false, got %s", key, scn_what_is(a->L, -1));
    *value = true;
    lua_pop(a->L, 1);
    return true;
}

bool scn_args_is_false(struct scn_args *a, const char *key)
{
    if (!a->table)
        return false;
    lua_pushstring(a->L, key);
    bool is_boolean = lua_rawget(a->L, a->table) == LUA_TBOOLEAN;
    bool is_false = is_boolean && !lua_toboolean(a->L, -1);
    lua_pop(a->L, 1);
    return is_false;
}

bool scn_args_cancel(struct scn_args *a, bool *value)
{
    if (a->table && lua_getfield(a->L, a->table, "cancel") == LUA_TNUMBER)
        scn_args_fail(a, "cancel with a delay is not there yet: cancel = true");
    if (a->table)
        lua_pop(a->L, 1);
    return scn_args_boolean(a, "cancel", value);
}

bool scn_args_string(struct scn_args *a, const char *key, char *text, size_t size)
{
    if (!scn_args_push(a, key))
        return false;
    if (lua_type(a->L, -1) != LUA_TSTRING)
        scn_args_fail(a, "%s: expected a text in quotes, got %s", key,
                      scn_what_is(a->L, -1));
    size_t n;
    const char *s = lua_tolstring(a->L, -1, &n);
    if (n >= size || strlen(s) != n)
        scn_args_fail(a, "%s: the text is longer than %d characters", key, (int)size - 1);
    memcpy(text, s, n + 1);
    lua_pop(a->L, 1);
    return true;
}

bool scn_args_choice(struct scn_args *a, const char *key, const char *const *names,
                     uint32_t *value)
{
    char text[48];
    if (!scn_args_string(a, key, text, sizeof text))
        return false;
    for (uint32_t i = 0; names[i]; i++)
        if (strcmp(names[i], text) == 0) {
            *value = i;
            return true;
        }
    char advice[400];
    scn_advice(advice, sizeof advice, text, names);
    scn_args_fail(a, "%s cannot be \"%s\"%s", key, text, advice);
    return false;
}

uint32_t scn_args_list(struct scn_args *a)
{
    a->list_read = true;
    return a->table ? (uint32_t)lua_rawlen(a->L, a->table) : 0;
}

void scn_args_push_item(struct scn_args *a, uint32_t i)
{
    lua_rawgeti(a->L, a->table, (lua_Integer)i);
    if (lua_isnil(a->L, -1))
        scn_args_fail(a, "place %d of its list is nil: a name that does not exist?",
                      (int)i);
}

void scn_args_later(struct scn_args *a, const char *key)
{
    if (scn_args_push(a, key))
        scn_args_fail(a, "\"%s\" is a key of the language that is not there yet", key);
}

// Keys that readers of other languages and libraries try first.
static const struct {
    const char *key, *text;
} habits[] = {
    { "timeout", "a policy stands in the list, without a name: timeout(1*s)" },
    { "retry", "a policy stands in the list, without a name: retry {max_attempts = 3}" },
    { "max_retries", "max_attempts counts the first try too: two tries are one retry" },
    { "retries", "max_attempts counts the first try too: two tries are one retry" },
    { "threads", "threads are an executor: executor = threads(4)" },
    { "workers", "workers are an executor: executor = threads(4)" },
    { "rate", "a rate is part of the arrivals: arrivals = poisson(300)" },
};

static const char *habit(const char *key)
{
    for (size_t i = 0; i < sizeof habits / sizeof *habits; i++)
        if (strcmp(habits[i].key, key) == 0)
            return habits[i].text;
    return NULL;
}

static void refuse_key(struct scn_args *a, const char *key)
{
    char advice[1000];
    const char *text = habit(key);
    a->keys[a->count < SCN_ARGS_KEYS ? a->count : SCN_ARGS_KEYS - 1] = NULL;
    scn_advice(advice, sizeof advice, key, a->keys);
    if (text)
        scn_args_fail(a, "there is no key \"%s\"\n%s%s", key, text,
                      advice[0] == '\n' ? advice : "");
    scn_args_fail(a, "there is no key \"%s\"%s", key, advice);
}

static bool is_known(const struct scn_args *a, const char *key)
{
    for (uint32_t i = 0; i < a->count; i++)
        if (strcmp(a->keys[i], key) == 0)
            return true;
    return false;
}

// Of several such keys the first in the alphabet, for a table has no order.
int scn_args_lack(struct scn_args *a, const char *const *wanted, const char *text)
{
    const char *near = NULL;
    lua_pushnil(a->L);
    while (a->table && lua_next(a->L, a->table)) {
        const char *key = lua_type(a->L, -2) == LUA_TSTRING ? lua_tostring(a->L, -2) : NULL;
        if (key && !is_known(a, key) && scn_suggest(key, wanted) &&
            (!near || strcmp(key, near) < 0))
            near = key;
        lua_pop(a->L, 1);
    }
    if (near)
        return scn_args_fail(a, "there is no key \"%s\"; did you mean \"%s\"?", near,
                             scn_suggest(near, wanted));
    return scn_args_fail(a, "%s", text);
}

static void check_place(struct scn_args *a, uint32_t length)
{
    lua_Number n = lua_tonumber(a->L, -2);
    if (!a->list_read)
        scn_args_fail(a, "takes options with names only, got %s in place %.14g",
                      scn_what_is(a->L, -1), n);
    if (!(n >= 1 && n <= length) || n != floor(n))
        scn_args_fail(a, "its list has a hole before place %.14g: use false for nothing",
                      n);
}

void scn_args_close(struct scn_args *a)
{
    if (!a->table)
        return;
    uint32_t length = (uint32_t)lua_rawlen(a->L, a->table);
    lua_pushnil(a->L);
    while (lua_next(a->L, a->table)) {
        if (lua_type(a->L, -2) == LUA_TNUMBER)
            check_place(a, length);
        else if (lua_type(a->L, -2) != LUA_TSTRING)
            scn_args_fail(a, "keys are names, got %s", scn_what_is(a->L, -2));
        else if (!is_known(a, lua_tostring(a->L, -2)))
            refuse_key(a, lua_tostring(a->L, -2));
        lua_pop(a->L, 1);
    }
}

double scn_check_number(lua_State *L, int index, const char *what, double min, double max)
{
    if (scn_box_test(L, index, SCN_VALUE))
        scn_fail(
            L,
            "%s: expected a number that is fixed in advance: one that is random, or of the "
            "request or of the time, cannot be used here",
            what);
    if (lua_type(L, index) != LUA_TNUMBER)
        scn_fail(L, "%s: expected a number, got %s", what, scn_what_is(L, index));
    double x = lua_tonumber(L, index);
    if (isnan(x))
        scn_fail(L, "%s is no number (0/0)", what);
    if (!(x >= min && x <= max))
        scn_fail(L, "%s is %.14g; expected a number from %.14g to %.14g", what, x, min,
                 max);
    return x;
}

int64_t scn_check_duration(lua_State *L, int index, const char *what)
{
    if (lua_type(L, index) == LUA_TNUMBER && lua_tonumber(L, index) > DURATION_MAX)
        scn_fail(L, "%s is %.14g seconds, which is absurd; durations are seconds: 80*ms",
                 what, lua_tonumber(L, index));
    return to_ns(scn_check_number(L, index, what, 0, DURATION_MAX));
}

void scn_check_text(lua_State *L, int index, const char *what, char *text, size_t size)
{
    if (lua_type(L, index) != LUA_TSTRING)
        scn_fail(L, "%s: expected a text in quotes, got %s", what, scn_what_is(L, index));
    size_t n;
    const char *s = lua_tolstring(L, index, &n);
    if (n == 0 || n >= size || strlen(s) != n)
        scn_fail(L, "%s: its text has 1 to %d characters", what, (int)size - 1);
    memcpy(text, s, n + 1);
}

void scn_check_name(lua_State *L, int index, const char *what, char *text, size_t size)
{
    if (lua_type(L, index) != LUA_TSTRING)
        scn_fail(L, "%s: expected a name in quotes, got %s", what, scn_what_is(L, index));
    size_t n;
    const char *s = lua_tolstring(L, index, &n);
    if (n == 0 || n >= size || strlen(s) != n)
        scn_fail(L, "%s: a name has 1 to %d characters", what, (int)size - 1);
    for (size_t i = 0; i < n; i++)
        if (strchr(".>[]\"", s[i]) || (unsigned char)s[i] < 32)
            scn_fail(L, "%s: a name cannot contain '%c', which paths of metrics use", what,
                     (unsigned char)s[i] < 32 ? '?' : s[i]);
    memcpy(text, s, n + 1);
}
