#include "scenarios/host/scenario.h"

#include <lauxlib.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/host/advice.h"
#include "scenarios/host/build.h"
#include "scenarios/host/lint.h"

// Opening a scenario: a sandbox, the words, the script, the seal; and what words share.

#define CAP_ENTRIES 4096

struct scn_scenario *scn_of(lua_State *L)
{
    return scn_sandbox_data(L);
}

int scn_line(lua_State *L)
{
    return scn_place_here(L).line;
}

uint32_t scn_added(lua_State *L, uint32_t id)
{
    if (id == SIM_NONE)
        scn_fail(L, "a scenario cannot have %s", sim_model_error(scn_of(L)->model)->text);
    return id;
}

uint32_t scn_field(lua_State *L, const char *name)
{
    struct scn_scenario *s = scn_of(L);
    uint32_t number = scn_added(L, sim_model_field(s->model, name));
    snprintf(s->fields[number].name, sizeof s->fields[number].name, "%s", name);
    return number;
}

void *scn_grow(lua_State *L, void *at, uint32_t count, uint32_t *room, size_t item,
               const char *what)
{
    if (count < *room)
        return at;
    if (count >= CAP_ENTRIES)
        scn_fail(L, "a scenario cannot have more than %d %s", CAP_ENTRIES, what);
    uint32_t more = *room ? *room * 2 : 8;
    void *moved = realloc(at, more * item);
    if (!moved)
        scn_fail(L, "no memory left for %s", what);
    *room = more;
    return moved;
}

static bool is_said(const struct scn_scenario *s, int line, const char *text)
{
    for (uint32_t i = 0; i < s->remark_count; i++)
        if (s->remarks[i].line == line && strcmp(s->remarks[i].text, text) == 0)
            return true;
    return false;
}

// Remarks are advice: beyond so many nobody reads them.
static void add_remark(void *ctx, int line, const char *text)
{
    struct scn_scenario *s = ctx;
    struct scn_remark r = { .line = line };
    snprintf(r.text, sizeof r.text, "%s", text);
    if (s->remark_count < SCN_REMARKS && !is_said(s, line, r.text))
        s->remarks[s->remark_count++] = r;
}

void scn_remark(lua_State *L, const char *format, ...)
{
    char text[sizeof(struct scn_remark){ 0 }.text];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    add_remark(scn_of(L), scn_line(L), text);
}

// ---- What running functions build again and again ----

static const char known_key;

uint32_t scn_known(lua_State *L, char tag, const void *bytes, size_t n)
{
    if (!scn_of(L)->is_sealed)
        return SIM_NONE;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &known_key);
    lua_pushlstring(L, &tag, 1);
    lua_pushlstring(L, bytes, n);
    lua_concat(L, 2);
    lua_rawget(L, -2);
    uint32_t id = lua_isnil(L, -1) ? SIM_NONE : (uint32_t)lua_tointeger(L, -1);
    lua_pop(L, 2);
    return id;
}

void scn_remember(lua_State *L, char tag, const void *bytes, size_t n, uint32_t id)
{
    if (!scn_of(L)->is_sealed)
        return;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &known_key);
    lua_pushlstring(L, &tag, 1);
    lua_pushlstring(L, bytes, n);
    lua_concat(L, 2);
    lua_pushinteger(L, (lua_Integer)id);
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

// ---- Names ----

static const char names_key;

void scn_take_name(lua_State *L, const char *what, const char *name)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &names_key);
    lua_pushstring(L, name);
    lua_rawget(L, -2);
    if (!lua_isnil(L, -1))
        scn_fail(L, "%s \"%s\": the name is taken by line %d", what, name,
                 (int)lua_tointeger(L, -1));
    lua_pushstring(L, name);
    lua_pushinteger(L, scn_line(L));
    lua_rawset(L, -4);
    lua_pop(L, 2);
}

// ---- Files beside the script ----

static bool is_plain_name(const char *name, const char *ending)
{
    size_t n = strlen(name), m = strlen(ending);
    if (n < m + 2 || n > 200 || strcmp(name + n - m, ending) != 0 || name[n - m - 1] != '.')
        return false;
    if (name[0] == '/' || strstr(name, "..") || strchr(name, '\\'))
        return false;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)name[i] < 32)
            return false;
    return true;
}

#define FILE_STEPS 5000 // to look for a file: as long as so many instructions, at least

void scn_push_file(lua_State *L, const char *name, const char *ending)
{
    struct scn_scenario *s = scn_of(L);
    struct scn_file file = { 0 };
    if (s->is_sealed)
        scn_fail(L, "files are read while the scenario is built, not in a function");
    if (!is_plain_name(name, ending))
        scn_fail(L,
                 "\"%.80s\": expected the name of a .%s file beside the script or in the "
                 "library, without \"..\"",
                 name, ending);
    scn_charge(L, FILE_STEPS);
    if (!s->request->read_file || !s->request->read_file(s->request->ctx, name, &file))
        scn_fail(L, "\"%.80s\": there is no such file beside the script or in the library",
                 name);
    scn_charge(L, (int64_t)file.length / 16);
    lua_pushlstring(L, file.text, file.length);
    free(file.text);
}

// ---- Opening ----

static void print(void *data, const char *text, size_t length)
{
    struct scn_printed *p = data;
    size_t left = sizeof p->text - 1 - p->length;
    size_t n = length < left ? length : left;
    memcpy(p->text + p->length, text, n);
    p->length += n;
    p->text[p->length] = '\0';
}

static int open_words(lua_State *L)
{
    lua_newtable(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &known_key);
    lua_newtable(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &names_key);
    scn_box_open(L);
    scn_open_values(L);
    scn_open_steps(L);
    scn_open_policies(L);
    scn_open_retries(L);
    scn_open_breakers(L);
    scn_open_shedding(L);
    scn_open_throttles(L);
    scn_open_outbox(L);
    scn_open_effects(L);
    scn_open_bulkheads(L);
    scn_open_caches(L);
    scn_open_hedges(L);
    scn_open_pools(L);
    scn_open_servers(L);
    scn_open_presets(L);
    scn_open_async(L);
    scn_open_world(L);
    scn_open_stores(L);
    scn_open_arrivals(L);
    scn_open_happenings(L);
    scn_open_when(L);
    scn_open_expectations(L);
    scn_open_handlers(L);
    scn_words_later(L, scn_words_planned());
    return 0;
}

// Variants are at the end of a script, so their settings are known only after it has run once.
static const struct scn_variant *find_variant(const struct scn_scenario *s,
                                              const char *name)
{
    for (uint32_t i = 0; i < s->variant_count; i++)
        if (strcmp(s->variants[i].name, name) == 0)
            return &s->variants[i];
    return NULL;
}

static bool bad(struct scn_error *error, const char *file, int line, const char *format,
                ...)
{
    char text[900];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    scn_error_set(error, SCN_ERROR_SCRIPT, file, line, text, strlen(text));
    return false;
}

static bool known_settings(const struct scn_scenario *s, const struct scn_request *r,
                           struct scn_error *error)
{
    const char *names[65] = { 0 };
    for (uint32_t k = 0; k < s->knob_count && k < 64; k++)
        names[k] = s->knobs[k].name;
    for (uint32_t i = 0; i < r->setting_count; i++) {
        bool found = false;
        for (uint32_t k = 0; k < s->knob_count; k++)
            found = found || strcmp(s->knobs[k].name, r->settings[i].knob) == 0;
        if (found)
            continue;
        char advice[500];
        scn_advice(advice, sizeof advice, r->settings[i].knob, names);
        return bad(error, r->file, 0, "there is no knob \"%s\"%s", r->settings[i].knob,
                   advice);
    }
    return true;
}

static bool seal(struct scn_scenario *s, const struct scn_request *r,
                 struct scn_error *error)
{
    char advice[500] = "";
    if (sim_model_seal(s->model))
        return true;
    const struct sim_model_error *e = sim_model_error(s->model);
    if (e->word[0])
        scn_advice(advice, sizeof advice, e->word, e->known);
    return bad(error, r->file, e->line, "%s%s", e->text, advice);
}

// A field that is read and never sent would be 0 for everybody, and a slip would not show.
static bool fields_are_sent(const struct scn_scenario *s, const struct scn_request *r,
                            struct scn_error *error)
{
    const char *sent[SIM_FIELDS + 1] = { 0 };
    uint32_t n = 0;
    char advice[500];
    for (uint32_t i = 0; i < SIM_FIELDS; i++)
        if (s->fields[i].is_sent)
            sent[n++] = s->fields[i].name;
    for (uint32_t i = 0; i < SIM_FIELDS; i++) {
        const struct scn_field *f = &s->fields[i];
        if (f->is_sent || f->read_line == 0)
            continue;
        scn_advice(advice, sizeof advice, f->name, sent);
        return bad(error, r->file, f->read_line, "req.%s: no client sends such a field%s",
                   f->name, n > 0 ? advice : "");
    }
    return true;
}

static bool resolve_path(struct scn_scenario *s, const struct scn_request *r,
                         struct scn_expectation *e, struct scn_error *error)
{
    struct sim_metric_error wrong;
    char advice[800];
    if (!e->path[0])
        return true;
    if (sim_metric_parse(s->model, e->path, &e->metric, &wrong)) {
        bool is_whole = e->metric.subject == SIM_OF_ACCOUNTS;
        const struct sim_model_def *about = sim_model_about(s->model);
        bool is_all = e->from == about->warmup && e->to == about->duration;
        return !is_whole || is_all ||
               bad(error, r->file, e->line,
                   "expect \"%.60s\": \"%.100s\" is of the whole run: leave out from and to",
                   e->claim, e->path);
    }
    scn_advice(advice, sizeof advice, wrong.word, wrong.known);
    return bad(error, r->file, e->line, "expect \"%.60s\": \"%.100s\": %s: \"%s\"%s",
               e->claim, e->path, wrong.text, wrong.word, advice);
}

static bool names_variant(const struct scn_scenario *s, const char *name)
{
    return !name[0] || strcmp(name, "default") == 0 || find_variant(s, name);
}

static bool unknown_variant(const struct scn_scenario *s, const struct scn_request *r,
                            int line, const char *name, struct scn_error *error)
{
    const char *names[65] = { "default" };
    char advice[500];
    for (uint32_t i = 0; i < s->variant_count && i < 63; i++)
        names[i + 1] = s->variants[i].name;
    scn_advice(advice, sizeof advice, name, names);
    return bad(error, r->file, line, "there is no variant \"%s\"%s", name, advice);
}

static bool resolve_expectation(struct scn_scenario *s, const struct scn_request *r,
                                struct scn_expectation *e, struct scn_error *error)
{
    sim_time end = sim_model_about(s->model)->duration;
    if (!names_variant(s, e->variant))
        return unknown_variant(s, r, e->line, e->variant, error);
    if (!names_variant(s, e->relative_to))
        return unknown_variant(s, r, e->line, e->relative_to, error);
    if (e->from < 0)
        e->from = sim_model_about(s->model)->warmup;
    if (e->to == SIM_NEVER)
        e->to = end;
    if (e->to > end || e->from >= e->to)
        return bad(
            error, r->file, e->line,
            "expect \"%.60s\": its window lies outside of the %.14g s that the scenario "
            "lasts",
            e->claim, (double)end / SIM_S);
    return resolve_path(s, r, e, error);
}

// Functions may still use one when they run.
static void remark_on_budgets(struct scn_scenario *s)
{
    for (uint32_t i = 0; i < s->budget_count && !s->uses_functions; i++)
        if (!s->budgets[i].is_used)
            add_remark(s, s->budgets[i].line,
                       "no retry takes from this budget: retry {budget = ...}");
}

// Faults from outside the script come behind its own.
static bool add_faults(struct scn_scenario *s, const struct scn_request *r,
                       struct scn_error *error)
{
    uint32_t n = s->fault_count + r->added_count;
    struct sim_fault *faults = realloc(s->faults, (n + 1u) * sizeof *faults);
    if (!faults)
        return bad(error, r->file, 0, "no memory left");
    s->faults = faults;
    s->fault_room = n + 1;
    for (uint32_t i = 0; i < r->added_count; i++) {
        struct sim_fault f = r->added[i];
        if (f.kind != SIM_FAULT_TURN && f.target.service >= sim_model_services(s->model))
            return bad(error, r->file, 0, "%s: there is no such service", f.label);
        if (f.kind == SIM_FAULT_LATENCY)
            f.value = sim_model_value(
                s->model, &(struct sim_value){ .kind = SIM_VALUE_CONST, .x = f.amount });
        if ((f.kind == SIM_FAULT_SCALE || f.kind == SIM_FAULT_DEPLOY) &&
            !sim_model_scale(s->model, f.target.service, (uint32_t)f.amount))
            return bad(error, r->file, 0, "%s: there is no room for so many", f.label);
        s->faults[s->fault_count++] = f;
    }
    return true;
}

static struct scn_scenario *open_once(const struct scn_request *r, struct scn_error *error);

// ---- Knobs that are turned in the middle of a run ----

static bool turn_to(const struct scn_scenario *s, const struct sim_fault *f,
                    struct scn_setting *out)
{
    for (uint32_t i = 0; i < s->knob_count; i++) {
        const struct scn_knob *k = &s->knobs[i];
        if (strcmp(k->name, f->from) != 0)
            continue;
        snprintf(out->knob, sizeof out->knob, "%s", k->name);
        if (k->type == SCN_KNOB_NUMBER)
            snprintf(out->value, sizeof out->value, "%.17g", f->amount);
        else if (k->type == SCN_KNOB_BOOLEAN)
            snprintf(out->value, sizeof out->value, "%s",
                     f->amount != 0 ? "true" : "false");
        else if (f->amount >= 0 && f->amount < k->choice_count)
            snprintf(out->value, sizeof out->value, "%s", k->choices[(uint32_t)f->amount]);
        return true;
    }
    return false;
}

static bool is_before(const struct scn_request *r, uint32_t i, uint32_t n)
{
    const struct sim_fault *a = &r->added[i], *b = &r->added[n];
    return a->begin < b->begin || (a->begin == b->begin && i < n);
}

// The last turn before the n-th, or the n-th itself when there is none.
static uint32_t turn_before(const struct scn_request *r, uint32_t n)
{
    uint32_t last = n;
    for (uint32_t i = 0; i < r->added_count; i++)
        if (r->added[i].kind == SIM_FAULT_TURN && is_before(r, i, n) &&
            (last == n || is_before(r, last, i)))
            last = i;
    return last;
}

// The same script, with all knobs as they are from a turn on: of settings the last counts, so they are
// written from the end.
static struct scn_scenario *open_turned(struct scn_scenario *s, const struct scn_request *r,
                                        uint32_t turn, struct scn_error *error)
{
    uint32_t n = r->setting_count, first = n + r->added_count;
    struct scn_setting *settings = calloc(first + 1u, sizeof *settings);
    struct scn_scenario *other = NULL;
    if (!settings) {
        bad(error, r->file, 0, "no memory left");
        return NULL;
    }
    bool known = true;
    for (uint32_t i = turn, before; known; i = before) {
        known = turn_to(s, &r->added[i], &settings[--first]);
        before = turn_before(r, i);
        if (before == i)
            break;
    }
    if (n > 0) // there may be none at all
        memcpy(settings + first - n, r->settings, n * sizeof *settings);
    if (known) {
        struct scn_request again = *r;
        again.settings = settings + first - n;
        again.setting_count = n + (r->setting_count + r->added_count - first);
        again.added_count = 0;
        other = open_once(&again, error);
    } else {
        bad(error, r->file, 0, "there is no knob \"%s\"", r->added[turn].from);
    }
    free(settings);
    return other;
}

static bool add_turn(struct scn_scenario *s, const struct scn_request *r, uint32_t turn,
                     struct scn_error *error)
{
    const char *name = r->added[turn].from;
    if (s->uses_functions)
        return bad(
            error, r->file, 0,
            "%s: a handler that is a function keeps the knobs that it was made with: "
            "they cannot be turned while it runs",
            name);
    struct scn_scenario *other = open_turned(s, r, turn, error);
    if (!other)
        return false;
    s->turned[s->turned_count++] = other;
    const char *apart = sim_model_apart(s->model, other->model);
    if (apart)
        return bad(error, r->file, 0,
                   "%s: it changes %s, which cannot be done while the run goes on", name,
                   apart);
    uint32_t fault = s->fault_count - r->added_count + turn;
    s->faults[fault].to = other->model;
    return true;
}

static bool add_turns(struct scn_scenario *s, const struct scn_request *r,
                      struct scn_error *error)
{
    s->turned = calloc(r->added_count + 1u, sizeof(struct scn_scenario *));
    if (!s->turned)
        return bad(error, r->file, 0, "no memory left");
    for (uint32_t i = 0; i < r->added_count; i++)
        if (r->added[i].kind == SIM_FAULT_TURN && !add_turn(s, r, i, error))
            return false;
    return true;
}

static bool resolve(struct scn_scenario *s, const struct scn_request *r,
                    struct scn_error *error)
{
    if (!s->has_scenario)
        return bad(error, r->file, 1,
                   "the script has no scenario(\"name\", { duration = 60*s })");
    if (sim_model_clients(s->model) == 0)
        return bad(error, r->file, 1,
                   "the scenario has no client, so nothing would happen");
    if (!known_settings(s, r, error) || !add_faults(s, r, error) || !seal(s, r, error) ||
        !fields_are_sent(s, r, error))
        return false;
    for (uint32_t i = 0; i < s->expectation_count; i++)
        if (!resolve_expectation(s, r, &s->expectations[i], error))
            return false;
    if (!scn_when_resolve(s, error) || !add_turns(s, r, error))
        return false;
    sim_model_lint(s->model, add_remark, s);
    remark_on_budgets(s);
    scn_lint_text(r->text, r->length, add_remark, s);
    return true;
}

static bool build(struct scn_scenario *s, const struct scn_request *r,
                  struct scn_error *error)
{
    struct scn_sandbox_def def = scn_sandbox_default();
    struct sim_model_def model = { .duration = 60 * (sim_time)SIM_S, .latency = SIM_NONE };
    if (r->script_memory)
        def.memory_bytes = r->script_memory;
    if (r->script_steps)
        def.build_steps = def.handler_steps = (int64_t)r->script_steps;
    def.print = print;
    def.print_data = &s->printed;
    s->request = r;
    snprintf(s->file, sizeof s->file, "%s", r->file);
    s->seeds = 1;
    s->model = sim_model_open(&model);
    s->sandbox = s->model ? scn_sandbox_open(&def, error) : NULL;
    if (!s->sandbox || !scn_threads_open(s))
        return bad(error, r->file, 0, "no memory left");
    scn_sandbox_set_data(s->sandbox, s);
    bool ok = scn_sandbox_protect(s->sandbox, open_words, NULL, error) &&
              scn_sandbox_run(s->sandbox, r->file, r->text, r->length, error) &&
              resolve(s, r, error);
    if (!ok && error->line > 0 && !error->excerpt[0])
        scn_error_excerpt(error, r->text, r->length);
    s->request = NULL;
    s->is_sealed = true;
    return ok;
}

static struct scn_scenario *open_once(const struct scn_request *r, struct scn_error *error)
{
    struct scn_scenario *s = calloc(1, sizeof *s);
    *error = (struct scn_error){ 0 };
    if (!s) {
        bad(error, r->file, 0, "no memory left");
        return NULL;
    }
    if (build(s, r, error))
        return s;
    scn_scenario_close(s);
    return NULL;
}

struct scn_scenario *scn_scenario_open(const struct scn_request *request,
                                       struct scn_error *error)
{
    struct scn_scenario *s = open_once(request, error);
    const char *variant = request->variant;
    if (!s || !variant || !variant[0] || strcmp(variant, "default") == 0)
        return s;
    const struct scn_variant *v = find_variant(s, variant);
    struct scn_setting settings[16 + 64];
    if (!v) {
        unknown_variant(s, request, 0, variant, error);
        scn_scenario_close(s);
        return NULL;
    }
    // The caller's own settings come last: they are the stronger ones.
    struct scn_request again = *request;
    uint32_t own = request->setting_count < 64 ? request->setting_count : 64;
    memcpy(settings, v->settings, v->count * sizeof *settings);
    if (own > 0) // there may be none at all
        memcpy(settings + v->count, request->settings, own * sizeof *settings);
    again.settings = settings;
    again.setting_count = v->count + own;
    scn_scenario_close(s);
    return open_once(&again, error);
}

void scn_scenario_close(struct scn_scenario *s)
{
    if (!s)
        return;
    scn_sandbox_close(s->sandbox);
    scn_threads_close(s);
    sim_model_close(s->model);
    for (uint32_t i = 0; i < s->turned_count; i++)
        scn_scenario_close(s->turned[i]);
    free(s->turned);
    free(s->faults);
    free(s->conditions);
    free(s->budgets);
    free(s->knobs);
    free(s->variants);
    free(s->expectations);
    free(s);
}

// ---- Reading ----

struct sim_model *scn_scenario_model(struct scn_scenario *s)
{
    return s->model;
}

const char *scn_scenario_name(const struct scn_scenario *s)
{
    return s->name;
}

const char *scn_scenario_about(const struct scn_scenario *s)
{
    return s->about;
}

uint32_t scn_scenario_seeds(const struct scn_scenario *s)
{
    return s->seeds;
}

const struct sim_fault *scn_scenario_faults(const struct scn_scenario *s, uint32_t *n)
{
    *n = s->fault_count;
    return s->faults;
}

const struct scn_knob *scn_scenario_knobs(const struct scn_scenario *s, uint32_t *n)
{
    *n = s->knob_count;
    return s->knobs;
}

const struct scn_variant *scn_scenario_variants(const struct scn_scenario *s, uint32_t *n)
{
    *n = s->variant_count;
    return s->variants;
}

const struct scn_expectation *scn_scenario_expectations(const struct scn_scenario *s,
                                                        uint32_t *n)
{
    *n = s->expectation_count;
    return s->expectations;
}

const struct scn_remark *scn_scenario_remarks(struct scn_scenario *s, uint32_t *n)
{
    *n = s->remark_count;
    return s->remarks;
}

const struct sim_script *scn_scenario_script(struct scn_scenario *s)
{
    return s->uses_functions ? &s->script : NULL;
}

const struct scn_error *scn_scenario_script_error(const struct scn_scenario *s)
{
    return &s->script_error;
}

const char *scn_scenario_printed(const struct scn_scenario *s)
{
    return s->printed.text;
}

// ---- Expectations with a function of their own ----

struct measuring {
    struct scn_scenario *s;
    const struct scn_expectation *e;
    const struct sim_run *run;
    double value;
};

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
