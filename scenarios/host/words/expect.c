#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "scenarios/host/advice.h"
#include "scenarios/host/build.h"

// What can be turned, and what should be true: knobs, variants, expectations.

// ---- knob ----

static void refuse_twice(struct scn_args *a, const struct scn_knob *k)
{
    for (uint32_t i = 0; i < k->choice_count; i++)
        if (strcmp(k->choices[i], k->choices[k->choice_count]) == 0)
            scn_args_fail(a, "the choice \"%s\" is there twice", k->choices[i]);
}

static void read_choices(lua_State *L, struct scn_args *a, struct scn_knob *k, uint32_t n)
{
    k->number = -1;
    for (uint32_t i = 1; i <= n; i++) {
        scn_args_push_item(a, i);
        if (!lua_toboolean(L, -1)) {
            lua_pop(L, 1);
            continue;
        }
        if (lua_type(L, -1) != LUA_TSTRING || k->choice_count == 16)
            scn_args_fail(a, "choices are up to 16 texts in quotes");
        scn_check_text(L, -1, a->what, k->choices[k->choice_count], sizeof k->choices[0]);
        refuse_twice(a, k);
        if (strcmp(lua_tostring(L, -1), lua_tostring(L, 2)) == 0)
            k->number = k->choice_count;
        k->choice_count++;
        lua_pop(L, 1);
    }
    if (k->number < 0)
        scn_args_fail(a, "its default \"%s\" is not among its choices", lua_tostring(L, 2));
    k->max = k->choice_count - 1;
}

static void read_standard(lua_State *L, struct scn_knob *k)
{
    k->min = -HUGE_VAL;
    k->max = HUGE_VAL;
    if (lua_isboolean(L, 2)) {
        k->type = SCN_KNOB_BOOLEAN;
        k->number = lua_toboolean(L, 2);
    } else if (lua_type(L, 2) == LUA_TNUMBER) {
        k->type = SCN_KNOB_NUMBER;
        k->number = scn_check_number(L, 2, "a knob's default", -1e15, 1e15);
    } else if (lua_type(L, 2) != LUA_TSTRING) {
        scn_fail(L,
                 "knob: its default is a number, true, false, or one of its choices; got "
                 "%s",
                 scn_what_is(L, 2));
    } else {
        k->type = SCN_KNOB_CHOICE;
    }
}

static const struct scn_setting *setting_for(const struct scn_scenario *scn,
                                             const char *knob)
{
    for (uint32_t i = scn->request->setting_count; i > 0; i--)
        if (strcmp(scn->request->settings[i - 1].knob, knob) == 0)
            return &scn->request->settings[i - 1];
    return NULL;
}

static void set_knob(lua_State *L, struct scn_knob *k, const char *text)
{
    char wrong[128];
    if (!scn_knob_set(k, text, wrong, sizeof wrong))
        scn_fail(L, "knob \"%s\" cannot be %s: %s", k->name, text, wrong);
    k->is_set = true;
}

static int push_knob(lua_State *L, const struct scn_knob *k)
{
    if (k->type == SCN_KNOB_BOOLEAN)
        lua_pushboolean(L, k->number != 0);
    else if (k->type == SCN_KNOB_CHOICE)
        lua_pushstring(L, k->choices[(uint32_t)k->number]);
    else if (k->number == floor(k->number) && fabs(k->number) < 1e15)
        lua_pushinteger(L, (lua_Integer)k->number);
    else
        lua_pushnumber(L, k->number);
    return 1;
}

static int word_knob(lua_State *L)
{
    struct scn_scenario *scn = scn_of(L);
    struct scn_args a;
    struct scn_knob k = { .line = scn_line(L) };
    char what[96];
    scn_check_name(L, 1, "knob", k.name, sizeof k.name);
    snprintf(what, sizeof what, "knob \"%s\"", k.name);
    for (uint32_t i = 0; i < scn->knob_count; i++)
        if (strcmp(scn->knobs[i].name, k.name) == 0)
            return scn_fail(L, "%s: the name is taken by line %d", what,
                            scn->knobs[i].line);
    read_standard(L, &k);
    scn_args_open(L, 3, what, &a);
    if (k.type == SCN_KNOB_NUMBER) {
        scn_args_number(&a, "min", &k.min, -1e15, 1e15);
        scn_args_number(&a, "max", &k.max, -1e15, 1e15);
        scn_args_string(&a, "unit", k.unit, sizeof k.unit);
        if (!(k.number >= k.min && k.number <= k.max))
            scn_args_fail(&a, "its default %.14g lies outside of min to max", k.number);
    } else {
        uint32_t n = scn_args_list(&a);
        if (k.type == SCN_KNOB_BOOLEAN && n > 0)
            scn_args_fail(&a, "true and false are its choices, it has no others");
        if (k.type == SCN_KNOB_CHOICE)
            read_choices(L, &a, &k, n);
    }
    scn_args_close(&a);
    k.standard = k.number;
    const struct scn_setting *set = setting_for(scn, k.name);
    if (set)
        set_knob(L, &k, set->value);
    scn->knobs = scn_grow(L, scn->knobs, scn->knob_count, &scn->knob_room,
                          sizeof *scn->knobs, "knobs");
    scn->knobs[scn->knob_count++] = k;
    return push_knob(L, &k);
}

// ---- variant ----

static const struct scn_knob *find_knob(lua_State *L, struct scn_args *a, const char *name)
{
    struct scn_scenario *scn = scn_of(L);
    const char *known[64] = { 0 };
    for (uint32_t i = 0; i < scn->knob_count; i++) {
        if (strcmp(scn->knobs[i].name, name) == 0)
            return &scn->knobs[i];
        if (i < 63)
            known[i] = scn->knobs[i].name;
    }
    char advice[400];
    scn_advice(advice, sizeof advice, name, known);
    scn_args_fail(a, "there is no knob \"%s\" above this line%s", name, advice);
    return NULL;
}

void scn_read_setting(lua_State *L, struct scn_args *a, struct scn_variant *v)
{
    if (lua_type(L, -2) != LUA_TSTRING)
        scn_args_fail(a, "expected settings of knobs: {rate = 520}");
    if (v->count == 16)
        scn_args_fail(a, "more than 16 knobs");
    struct scn_knob trial = *find_knob(L, a, lua_tostring(L, -2));
    struct scn_setting *s = &v->settings[v->count++];
    snprintf(s->knob, sizeof s->knob, "%s", lua_tostring(L, -2));
    if (lua_isboolean(L, -1))
        snprintf(s->value, sizeof s->value, "%s", lua_toboolean(L, -1) ? "true" : "false");
    else if (lua_type(L, -1) == LUA_TNUMBER)
        snprintf(s->value, sizeof s->value, "%.17g", lua_tonumber(L, -1));
    else if (lua_type(L, -1) == LUA_TSTRING)
        snprintf(s->value, sizeof s->value, "%s", lua_tostring(L, -1));
    else
        scn_args_fail(a, "knob \"%s\" cannot be %s", s->knob, scn_what_is(L, -1));
    char wrong[128];
    if (!scn_knob_set(&trial, s->value, wrong, sizeof wrong))
        scn_args_fail(a, "knob \"%s\" cannot be %s: %s", s->knob, s->value, wrong);
}

static int word_variant(lua_State *L)
{
    struct scn_scenario *scn = scn_of(L);
    struct scn_args a;
    struct scn_variant v = { .line = scn_line(L) };
    char what[96];
    scn_check_name(L, 1, "variant", v.name, sizeof v.name);
    snprintf(what, sizeof what, "variant \"%s\"", v.name);
    for (uint32_t i = 0; i < scn->variant_count; i++)
        if (strcmp(scn->variants[i].name, v.name) == 0)
            return scn_fail(L, "%s: the name is taken by line %d", what,
                            scn->variants[i].line);
    if (strcmp(v.name, "default") == 0)
        return scn_fail(L, "variant \"default\" is the run without a variant");
    scn_args_open(L, 2, what, &a);
    lua_pushnil(L);
    while (a.table && lua_next(L, a.table)) {
        scn_read_setting(L, &a, &v);
        lua_pop(L, 1);
    }
    scn->variants = scn_grow(L, scn->variants, scn->variant_count, &scn->variant_room,
                             sizeof *scn->variants, "variants");
    scn->variants[scn->variant_count++] = v;
    return 0;
}

// ---- expect ----

void scn_read_range(struct scn_args *a, struct scn_expectation *e)
{
    double about = 0, tolerance = 0;
    e->has_least = scn_args_number(a, "at_least", &e->least, -1e18, 1e18);
    e->has_most = scn_args_number(a, "at_most", &e->most, -1e18, 1e18);
    bool is_about = scn_args_number(a, "about", &about, -1e18, 1e18);
    bool has_tolerance = scn_args_number(a, "tolerance", &tolerance, 0, 1e18);
    if (is_about != has_tolerance)
        scn_args_fail(a,
                      "\"about\" and \"tolerance\" belong together: about = 0.8, tolerance "
                      "= 0.02");
    if (is_about && (e->has_least || e->has_most))
        scn_args_fail(a, "\"about\" already is a range");
    if (is_about) {
        e->least = about - tolerance;
        e->most = about + tolerance;
        e->has_least = e->has_most = true;
    }
    if (e->has_least && e->has_most && e->least > e->most)
        scn_args_fail(a, "at_least is above at_most: nothing can hold");
}

static void read_measure(lua_State *L, struct scn_args *a, struct scn_expectation *e)
{
    uint32_t n = scn_args_list(a);
    bool by_function = scn_args_push(a, "measure");
    if (by_function) {
        if (!lua_isfunction(L, -1))
            scn_args_fail(a, "measure: expected function(run) ... end, got %s",
                          scn_what_is(L, -1));
        e->measure = luaL_ref(L, LUA_REGISTRYINDEX);
    }
    if (n + by_function != 1)
        scn_args_fail(a, "expected one metric in quotes, such as \"users.latency.p99\", or "
                         "measure = function(run) ... end");
    if (n == 0)
        return;
    scn_args_push_item(a, 1);
    if (lua_type(L, -1) != LUA_TSTRING || lua_rawlen(L, -1) >= sizeof e->path)
        scn_args_fail(a, "expected a metric in quotes, got %s", scn_what_is(L, -1));
    snprintf(e->path, sizeof e->path, "%s", lua_tostring(L, -1));
    lua_pop(L, 1);
}

static int word_expect(lua_State *L)
{
    struct scn_scenario *scn = scn_of(L);
    struct scn_args a;
    struct scn_expectation e = { .measure = SCN_NO_FUNCTION,
                                 .share = 1,
                                 .from = -1,
                                 .to = SIM_NEVER,
                                 .line = scn_line(L) };
    scn_check_text(L, 1, "expect", e.claim, sizeof e.claim);
    scn_args_open(L, 2, "expect", &a);
    read_measure(L, &a, &e);
    scn_args_duration(&a, "from", &e.from);
    scn_args_duration(&a, "to", &e.to);
    scn_read_range(&a, &e);
    scn_args_number(&a, "share", &e.share, 0, 1);
    scn_args_string(&a, "variant", e.variant, sizeof e.variant);
    scn_args_string(&a, "relative_to", e.relative_to, sizeof e.relative_to);
    scn_args_string(&a, "because", e.because, sizeof e.because);
    scn_args_later(&a, "where");
    scn_args_later(&a, "set");
    scn_args_later(&a, "hidden");
    // A bound by another name, such as max, is told as what it is: a key that is not known.
    scn_args_close(&a);
    if (!e.has_least && !e.has_most)
        scn_args_fail(&a, "says nothing: give at_least, at_most, or about and tolerance");
    if (strcmp(e.variant, "default") == 0)
        e.variant[0] = '\0';
    if (e.to <= e.from)
        scn_args_fail(&a, "\"to\" must lie after \"from\"");
    if (!e.because[0])
        scn_remark(L, "the expectation \"%.80s\" has no because: say why it should hold",
                   e.claim);
    scn->expectations =
        scn_grow(L, scn->expectations, scn->expectation_count, &scn->expectation_room,
                 sizeof *scn->expectations, "expectations");
    scn->expectations[scn->expectation_count++] = e;
    return 0;
}

void scn_open_expectations(lua_State *L)
{
    static const struct scn_entry words[] = { { "knob", word_knob, 3, SCN_BUILDS },
                                              { "variant", word_variant, 2, SCN_BUILDS },
                                              { "expect", word_expect, 2, SCN_BUILDS },
                                              { NULL, NULL, 0, SCN_ANY_TIME } };
    scn_register(L, words);
}
