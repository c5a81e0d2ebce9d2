#include "scenarios/host/scenario.h"

#include <lauxlib.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/host/advice.h"
#include "scenarios/host/build.h"
#include "scenarios/host/resolve.h"

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
void scn_add_remark(void *ctx, int line, const char *text)
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
    scn_add_remark(scn_of(L), scn_line(L), text);
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
        scn_fail(L, "%s \"%s\": the name is taken by %s", what, name, lua_tostring(L, -1));
    lua_pushstring(L, name);
    lua_pushfstring(L, "the %s of line %d", what, scn_line(L));
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
    scn_open_sets(L);
    scn_open_expectations(L);
    scn_open_handlers(L);
    scn_words_later(L, scn_words_planned());
    return 0;
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
        return scn_bad(error, r->file, 0, "no memory left");
    scn_sandbox_set_data(s->sandbox, s);
    bool ok = scn_sandbox_protect(s->sandbox, open_words, NULL, error) &&
              scn_sandbox_run(s->sandbox, r->file, r->text, r->length, error) &&
              scn_resolve(s, r, error);
    if (!ok && error->line > 0 && !error->excerpt[0])
        scn_error_excerpt(error, r->text, r->length);
    s->request = NULL;
    s->is_sealed = true;
    return ok;
}

struct scn_scenario *scn_open_once(const struct scn_request *r, struct scn_error *error)
{
    struct scn_scenario *s = calloc(1, sizeof *s);
    *error = (struct scn_error){ 0 };
    if (!s) {
        scn_bad(error, r->file, 0, "no memory left");
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
    struct scn_scenario *s = scn_open_once(request, error);
    const char *variant = request->variant;
    if (!s || !variant || !variant[0] || strcmp(variant, "default") == 0)
        return s;
    const struct scn_variant *v = scn_find_variant(s, variant);
    struct scn_setting settings[16 + 64];
    if (!v) {
        scn_unknown_variant(s, request, 0, variant, error);
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
    return scn_open_once(&again, error);
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
    free(s->sets);
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
