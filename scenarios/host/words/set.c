#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/host/build.h"
#include "scenarios/host/resolve.h"

// set {knob = value}: an operator turns knobs while the run goes on. The script is read again with
// those knobs, and where its numbers are others than those of the script as it is, they are set; so
// several sets may be at work at once, and each is undone by itself.

static void label(struct sim_fault *f, const struct scn_variant *v)
{
    const struct scn_setting *first = &v->settings[0];
    char plain[32], *end;
    double x = strtod(first->value, &end);
    bool is_number = end != first->value && *end == '\0';
    if (is_number)
        snprintf(plain, sizeof plain, "%.6g", x);
    snprintf(f->label, sizeof f->label, "set %.32s = %.32s%s", first->knob,
             is_number ? plain : first->value, v->count > 1 ? ", ..." : "");
}

static int word_set(lua_State *L)
{
    struct scn_scenario *scn = scn_of(L);
    struct scn_args a;
    struct scn_variant v = { .line = scn_line(L) };
    scn_args_open(L, 1, "set", &a);
    lua_pushnil(L);
    while (a.table && lua_next(L, a.table)) {
        scn_read_setting(L, &a, &v);
        lua_pop(L, 1);
    }
    if (v.count == 0)
        return scn_fail(L, "set: which knob, and to what? set {rate = 500}");
    scn->sets =
        scn_grow(L, scn->sets, scn->set_count, &scn->set_room, sizeof *scn->sets, "sets");
    struct sim_fault *f = scn_push_fault(L, SIM_FAULT_SET);
    f->value = scn->set_count;
    label(f, &v);
    scn->sets[scn->set_count++] = v;
    return 1;
}

void scn_open_sets(lua_State *L)
{
    static const struct scn_entry words[] = { { "set", word_set, 1, SCN_BUILDS },
                                              { NULL, NULL, 0, SCN_ANY_TIME } };
    scn_register(L, words);
}

// ---- Behind the script ----

// The same script with some knobs set, whose own sets are not looked at. Settings of the caller come
// first: of each knob the last one counts.
static struct scn_scenario *with(const struct scn_request *r, const struct scn_variant *v,
                                 struct scn_error *error)
{
    struct scn_setting settings[16 + 64 + 16];
    struct scn_request again = *r;
    uint32_t own = r->setting_count < 80 ? r->setting_count : 80;
    if (own > 0)
        memcpy(settings, r->settings, own * sizeof *settings);
    if (v)
        memcpy(settings + own, v->settings, v->count * sizeof *settings);
    again.settings = settings;
    again.setting_count = own + (v ? v->count : 0);
    again.added_count = 0;
    again.sets_nothing = true;
    return scn_open_once(&again, error);
}

// Scenarios of one's own are closed with those of knobs that were turned.
static bool keep(struct scn_scenario *s, struct scn_scenario *other)
{
    void *at = realloc(s->turned, (s->turned_count + 1u) * sizeof *s->turned);
    if (!at) {
        scn_scenario_close(other);
        return false;
    }
    s->turned = at;
    s->turned[s->turned_count++] = other;
    return true;
}

static struct sim_model *model_with(struct scn_scenario *s, const struct scn_request *r,
                                    const struct scn_variant *v, struct scn_error *error)
{
    struct scn_scenario *other = with(r, v, error);
    if (!other)
        return NULL;
    if (!keep(s, other)) {
        scn_bad(error, s->file, s->sets[0].line, "no memory left");
        return NULL;
    }
    return other->model;
}

// ---- Knobs that are set to what they stand at ----

// What they change shows only where they stand at something else.

#define TRIES 6u

static bool is_standing(const struct scn_knob *k, const char *value)
{
    if (k->type == SCN_KNOB_CHOICE)
        return strcmp(k->choices[(uint32_t)k->number], value) == 0;
    if (k->type == SCN_KNOB_BOOLEAN)
        return strcmp(value, k->number != 0 ? "true" : "false") == 0;
    double x = strtod(value, NULL);
    return x >= k->number && x <= k->number;
}

// Another value of a knob, one for each try. False where that would be none.
static bool other_value(const struct scn_knob *k, uint32_t try, char *out, size_t size)
{
    const double x = k->number;
    const double numbers[TRIES] = { x + 1, x - 1, x * 2, x / 2, k->max, k->min };
    if (k->type == SCN_KNOB_CHOICE) {
        snprintf(out, size, "%s", k->choices[(uint32_t)(x + 1 + try) % k->choice_count]);
        return !is_standing(k, out);
    }
    if (k->type == SCN_KNOB_BOOLEAN) {
        snprintf(out, size, "%s", x != 0 ? "false" : "true");
        return true;
    }
    double y = numbers[try];
    snprintf(out, size, "%.17g", y);
    return isfinite(y) && y >= k->min && y <= k->max && !is_standing(k, out);
}

static const struct scn_knob *knob_of(const struct scn_scenario *s, const char *name)
{
    for (uint32_t i = 0; i < s->knob_count; i++)
        if (strcmp(s->knobs[i].name, name) == 0)
            return &s->knobs[i];
    return NULL;
}

// How many of a set's knobs stand at what they are set to; these become another value.
static uint32_t move_standing(const struct scn_scenario *s, struct scn_variant *v,
                              uint32_t try)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < v->count; i++) {
        const struct scn_knob *k = knob_of(s, v->settings[i].knob);
        char value[sizeof v->settings[i].value];
        if (!k || !is_standing(k, v->settings[i].value))
            continue;
        n++;
        for (uint32_t t = 0; t < TRIES; t++)
            if (other_value(k, (try + t) % TRIES, value, sizeof value)) {
                memcpy(v->settings[i].value, value, sizeof value);
                break;
            }
    }
    return n;
}

// Differs from the base wherever the set's knobs count. NULL with an error.
static const struct sim_model *mask_of(struct scn_scenario *s, const struct scn_request *r,
                                       const struct scn_variant *v,
                                       const struct sim_model *to, struct scn_error *error)
{
    for (uint32_t try = 0; try < TRIES; try++) {
        struct scn_variant moved = *v;
        struct scn_error ignored;
        if (move_standing(s, &moved, try) == 0)
            return to;
        struct scn_scenario *other = with(r, &moved, &ignored);
        if (!other)
            continue;
        if (sim_model_apart(s->model, other->model))
            scn_scenario_close(other);
        else if (keep(s, other))
            return other->model;
    }
    scn_bad(error, s->file, v->line,
            "set: a knob is set to what it stands at, and with no other value that was "
            "tried is the script as it is now, so that nothing shows what it changes");
    return NULL;
}

static bool find_models(struct scn_scenario *s, const struct scn_request *r,
                        const struct sim_model *base, uint32_t set, struct scn_error *error)
{
    const struct scn_variant *v = &s->sets[set];
    const struct sim_model *to = model_with(s, r, v, error);
    if (!to)
        return false;
    const char *apart = sim_model_apart(s->model, to);
    if (apart)
        return scn_bad(
            error, s->file, v->line,
            "set: it changes %s, or which numbers are equal, which cannot be done "
            "while the run goes on",
            apart);
    const struct sim_model *mask = mask_of(s, r, v, to, error);
    for (uint32_t i = 0; mask && i < s->fault_count; i++)
        if (s->faults[i].kind == SIM_FAULT_SET && s->faults[i].value == set) {
            s->faults[i].mask = mask;
            s->faults[i].base = base;
            s->faults[i].to = to;
        }
    return mask != NULL;
}

bool scn_sets_resolve(struct scn_scenario *s, const struct scn_request *r,
                      struct scn_error *error)
{
    if (s->set_count == 0 || r->sets_nothing)
        return true;
    if (s->uses_functions)
        return scn_bad(error, s->file, s->sets[0].line,
                       "set: a handler that is a function keeps the knobs that it was made "
                       "with: they cannot be set while it runs");
    const struct sim_model *base = model_with(s, r, NULL, error);
    for (uint32_t i = 0; i < s->set_count; i++)
        if (!base || !find_models(s, r, base, i, error))
            return false;
    return true;
}
