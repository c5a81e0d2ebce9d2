#include "scenarios/sandbox/sandbox.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>

#include "scenarios/sandbox/sandbox_private.h"
#include "scenarios/sandbox/slips.h"

// Free blocks are cut but never joined, so a script that changes its mind about the size of
// what it needs takes more space than it holds. Address space that is not touched is free.
#define RESERVE_FACTOR 3

// Loading keeps a copy outside the script's memory and parses it.
#define STEPS_A_SOURCE_BYTE 16

struct scn_sandbox_def scn_sandbox_default(void)
{
    return (struct scn_sandbox_def){
        .memory_bytes = (size_t)64 << 20,
        .source_bytes = (size_t)256 << 10,
        .text_bytes = (size_t)256 << 10,
        .print_bytes = (size_t)64 << 10,
        .build_steps = 50000000,
        .handler_steps = 10000000,
        .total_steps = 20000000000,
    };
}

// --- Places

static const struct scn_source *source_of_chunk(const struct scn_sandbox *sandbox,
                                                const char *chunk)
{
    for (const struct scn_source *s = sandbox->sources; s; s = s->next)
        if (strcmp(s->chunk, chunk) == 0)
            return s;
    return NULL;
}

struct scn_place scn_place_here(lua_State *L)
{
    lua_Debug frame;
    for (int level = 0; lua_getstack(L, level, &frame); level++) {
        if (!lua_getinfo(L, "Sl", &frame) || frame.currentline <= 0)
            continue;
        const struct scn_source *source = source_of_chunk(sandbox_of(L), frame.short_src);
        return (struct scn_place){ source ? source->name : NULL, frame.currentline };
    }
    return (struct scn_place){ NULL, 0 };
}

// Reads "chunk:line: " of a loaded script at the start of a message; returns its length, 0
// where there is none.
static size_t read_place(const struct scn_sandbox *sandbox, const char *message,
                         struct scn_place *place)
{
    for (const struct scn_source *s = sandbox->sources; s; s = s->next) {
        size_t at = strlen(s->chunk);
        if (strncmp(message, s->chunk, at) != 0 || message[at] != ':')
            continue;
        char *end;
        long line = strtol(message + at + 1, &end, 10);
        if (line > 0 && line < 100000000 && end[0] == ':' && end[1] == ' ') {
            *place = (struct scn_place){ s->name, (int)line };
            return (size_t)(end + 2 - message);
        }
    }
    return 0;
}

void scn_sandbox_excerpt(const struct scn_sandbox *sandbox, struct scn_error *error)
{
    for (const struct scn_source *s = sandbox->sources; s; s = s->next) {
        if (strcmp(s->name, error->file) == 0) {
            scn_error_excerpt(error, s->text, s->length);
            return;
        }
    }
}

// --- Errors

static void set_error(const struct scn_sandbox *sandbox, struct scn_error *error,
                      enum scn_error_kind kind, struct scn_place place, const char *message,
                      size_t length)
{
    scn_error_set(error, kind, place.file, place.line, message, length);
    scn_sandbox_excerpt(sandbox, error);
}

static void set_end_error(const struct scn_sandbox *sandbox, struct scn_error *error)
{
    char text[256];
    scn_limits_text(sandbox, text, sizeof text);
    set_error(sandbox, error, sandbox->kept->ended, sandbox->kept->end_place, text,
              strlen(text));
}

// Describes the value on top of the stack; makes nothing, since this is outside of a door.
static void set_raised_error(const struct scn_sandbox *sandbox, lua_State *L,
                             struct scn_error *error)
{
    enum scn_error_kind kind = sandbox->is_syntax ? SCN_ERROR_SYNTAX : SCN_ERROR_SCRIPT;
    struct scn_place place = sandbox->raised_at;
    char text[128];
    if (lua_type(L, -1) == LUA_TSTRING) {
        size_t length;
        const char *message = lua_tolstring(L, -1, &length);
        size_t skip = read_place(sandbox, message, &place);
        set_error(sandbox, error, kind, place, message + skip, length - skip);
        scn_slips_advise(error);
        return;
    }
    if (lua_type(L, -1) == LUA_TNUMBER)
        snprintf(text, sizeof text, "%.14g", lua_tonumber(L, -1));
    else
        snprintf(text, sizeof text, "the script raised a value that is no text (%s)",
                 luaL_typename(L, -1));
    // Without the excerpt: a handler's failures are tables, are raised by the thousand, and
    // are mostly no errors of the script.
    scn_error_set(error, kind, place.file, place.line, text, strlen(text));
}

static void fill_error(struct scn_sandbox *sandbox, lua_State *L, int status,
                       struct scn_error *error)
{
    scn_limits_judge(sandbox, L, status);
    if (sandbox->kept->ended)
        set_end_error(sandbox, error);
    else
        set_raised_error(sandbox, L, error);
}

void scn_raise(lua_State *L, struct scn_place place, const char *advice, const char *format,
               ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    for (char *c = text; *c; c++)
        if (*c == '\n')
            *c = ' '; // what follows the first line is advice

    if (!place.line)
        place = scn_place_here(L);
    const struct scn_source *source = sandbox_of(L)->sources;
    while (source && source->name != place.file)
        source = source->next;
    if (source)
        lua_pushfstring(L, "%s:%d: %s", source->chunk, place.line, text);
    else
        lua_pushstring(L, text);
    if (advice) {
        lua_pushfstring(L, "\n%s", advice);
        lua_concat(L, 2);
    }
    lua_error(L);
    abort();
}

// --- Doors

static int note_place(lua_State *L)
{
    sandbox_of(L)->raised_at = scn_place_here(L);
    return 1;
}

// Calls the function below args arguments and leaves its results or nothing.
static bool call_protected(struct scn_sandbox *sandbox, int args, int results,
                           struct scn_error *error)
{
    lua_State *L = sandbox->L;
    int handler = lua_gettop(L) - args;
    lua_pushcfunction(L, note_place);
    lua_insert(L, handler);

    lua_State *before = sandbox->running;
    sandbox->running = L;
    sandbox->raised_at = (struct scn_place){ NULL, 0 };
    sandbox->is_syntax = false;
    int status = lua_pcall(L, args, results, handler);
    sandbox->running = before;
    scn_limits_judge(sandbox, L, status);
    if (status != LUA_OK || sandbox->kept->ended) {
        fill_error(sandbox, L, status, error);
        lua_settop(L, handler - 1);
        return false;
    }
    lua_remove(L, handler);
    return true;
}

// An ended sandbox, or one without room on the stack, takes no further call.
static bool is_open(struct scn_sandbox *sandbox, struct scn_error *error)
{
    if (!sandbox->kept->ended && !lua_checkstack(sandbox->L, LUA_MINSTACK))
        scn_limits_end(sandbox, SCN_ERROR_MEMORY, NULL);
    if (!sandbox->kept->ended)
        return true;
    set_end_error(sandbox, error);
    return false;
}

bool scn_sandbox_protect(struct scn_sandbox *sandbox, lua_CFunction f, void *data,
                         struct scn_error *error)
{
    if (!is_open(sandbox, error))
        return false;
    lua_pushcfunction(sandbox->L, f);
    lua_pushlightuserdata(sandbox->L, data);
    return call_protected(sandbox, 1, 0, error);
}

bool scn_sandbox_call(struct scn_sandbox *sandbox, int args, int results,
                      struct scn_error *error)
{
    if (is_open(sandbox, error))
        return call_protected(sandbox, args, results, error);
    lua_pop(sandbox->L, args + 1);
    return false;
}

enum scn_resumed scn_sandbox_resume(struct scn_sandbox *sandbox, lua_State *thread,
                                    int args, int *results, struct scn_error *error)
{
    if (sandbox->kept->ended) {
        set_end_error(sandbox, error);
        return SCN_RESUMED_FAILED;
    }
    scn_limits_allow(sandbox, sandbox->def.handler_steps);
    lua_State *before = sandbox->running;
    sandbox->running = thread;
    int status = lua_resume(thread, sandbox->L, args, results);
    sandbox->running = before;
    if (!sandbox->kept->ended) {
        if (status == LUA_YIELD)
            return SCN_RESUMED_YIELDED;
        if (status == LUA_OK)
            return SCN_RESUMED_RETURNED;
    }
    // A thread that died keeps the stack that it died on.
    sandbox->raised_at = scn_place_here(thread);
    fill_error(sandbox, thread, status, error);
    return SCN_RESUMED_FAILED;
}

// --- Loading

static void name_chunk(struct scn_source *source)
{
    size_t length = strlen(source->name);
    size_t room = sizeof source->chunk - 1;
    if (length < room)
        memcpy(source->chunk, source->name, length + 1);
    else
        snprintf(source->chunk, sizeof source->chunk, "...%s",
                 source->name + length - (room - 4));
}

static struct scn_source *keep_source(struct scn_sandbox *sandbox, const char *name,
                                      const char *text, size_t length)
{
    struct scn_source *source = calloc(1, sizeof *source);
    if (!source)
        return NULL;
    source->name = malloc(strlen(name) + 1);
    source->text = malloc(length + 1);
    if (!source->name || !source->text) {
        free(source->name);
        free(source->text);
        free(source);
        return NULL;
    }
    memcpy(source->name, name, strlen(name) + 1);
    memcpy(source->text, text, length);
    source->text[length] = '\0';
    source->length = length;
    name_chunk(source);
    source->next = sandbox->sources;
    sandbox->sources = source;
    return source;
}

static bool starts_with(const char *text, size_t length, const char *start)
{
    size_t width = strlen(start);
    return length >= width && memcmp(text, start, width) == 0;
}

void scn_load(lua_State *L, const char *name, const char *text, size_t length)
{
    struct scn_sandbox *sandbox = sandbox_of(L);
    if (starts_with(text, length, "\xef\xbb\xbf")) { // a byte order mark, as editors add
        text += 3;
        length -= 3;
    }
    if (length > sandbox->def.source_bytes)
        scn_raise(L, (struct scn_place){ NULL, 0 }, NULL,
                  "%s is longer than a script may be (%zu KiB)", name,
                  sandbox->def.source_bytes / 1024);
    if (starts_with(text, length, LUA_SIGNATURE))
        scn_raise(L, (struct scn_place){ NULL, 0 }, NULL,
                  "%s is a compiled script; only its text can be run", name);
    scn_charge(L, STEPS_A_SOURCE_BYTE * (int64_t)length);

    struct scn_source *source = keep_source(sandbox, name, text, length);
    if (!source)
        scn_raise(L, (struct scn_place){ NULL, 0 }, NULL, "no memory to load %s", name);
    lua_pushfstring(L, "@%s", source->chunk);
    int status = luaL_loadbufferx(L, source->text, length, lua_tostring(L, -1), "t");
    if (status != LUA_OK) {
        scn_pass_end_on(L, status);
        const char *message = lua_tostring(L, -1);
        if (message &&
            strcmp(message, "C stack overflow") == 0) // by Lua's reader, without a place
            scn_raise(L, (struct scn_place){ NULL, 0 }, NULL,
                      "%s: some 200 parentheses, braces or blocks stand inside one "
                      "another, and more than that cannot be read",
                      name);
        sandbox->is_syntax = true;
        lua_error(L);
    }
    lua_remove(L, -2);
}

struct script {
    const char *name, *text;
    size_t length;
};

static int run_script(lua_State *L)
{
    const struct script *script = lua_touserdata(L, 1);
    scn_load(L, script->name, script->text, script->length);
    lua_call(L, 0, 0);
    return 0;
}

bool scn_sandbox_run(struct scn_sandbox *sandbox, const char *name, const char *text,
                     size_t length, struct scn_error *error)
{
    struct script script = { name, text, length };
    return scn_sandbox_protect(sandbox, run_script, &script, error);
}

// --- The state

static int open_names(lua_State *L)
{
    scn_names_open(L);
    scn_library_open(L);
    return 0;
}

static bool open_state(struct scn_sandbox *sandbox, struct scn_error *error)
{
    size_t reserved = sandbox->def.memory_bytes * RESERVE_FACTOR + sizeof(struct scn_arena);
    sandbox->arena = scn_arena_open(reserved < 1 << 20 ? 1 << 20 : reserved);
    if (!sandbox->arena)
        return false;
    sandbox->kept = scn_arena_take(sandbox->arena, sizeof *sandbox->kept);
    if (!sandbox->kept)
        return false;
    *sandbox->kept =
        (struct scn_kept){ .total_left = sandbox->def.total_steps, .weight = 1 };
    scn_limits_allow(sandbox, sandbox->def.build_steps);

    sandbox->L = lua_newstate(scn_limits_allocate, sandbox);
    if (!sandbox->L)
        return false;
    *(struct scn_sandbox **)lua_getextraspace(sandbox->L) = sandbox;
    scn_limits_watch(sandbox->L);
    return scn_sandbox_protect(sandbox, open_names, NULL, error);
}

struct scn_sandbox *scn_sandbox_open(const struct scn_sandbox_def *def,
                                     struct scn_error *error)
{
    const char *text = "no memory for a script";
    scn_error_set(error, SCN_ERROR_HOST, NULL, 0, text, strlen(text));
    struct scn_sandbox *sandbox = calloc(1, sizeof *sandbox);
    if (!sandbox)
        return NULL;
    sandbox->def = *def;
    if (open_state(sandbox, error))
        return sandbox;
    scn_sandbox_close(sandbox);
    return NULL;
}

void scn_sandbox_close(struct scn_sandbox *sandbox)
{
    if (!sandbox)
        return;
    if (sandbox->L)
        lua_close(sandbox->L);
    if (sandbox->kept)
        scn_arena_give(sandbox->arena, sandbox->kept, sizeof *sandbox->kept);
    scn_arena_close(sandbox->arena);
    while (sandbox->sources) {
        struct scn_source *source = sandbox->sources;
        sandbox->sources = source->next;
        free(source->name);
        free(source->text);
        free(source);
    }
    free(sandbox);
}

lua_State *scn_sandbox_lua(const struct scn_sandbox *sandbox)
{
    return sandbox->L;
}

struct scn_sandbox *scn_sandbox_of(lua_State *L)
{
    return sandbox_of(L);
}

void scn_sandbox_set_data(struct scn_sandbox *sandbox, void *data)
{
    sandbox->data = data;
}

void *scn_sandbox_data(lua_State *L)
{
    return sandbox_of(L)->data;
}

void scn_sandbox_allow(struct scn_sandbox *sandbox, int64_t steps)
{
    scn_limits_allow(sandbox, steps);
}

bool scn_sandbox_has_ended(const struct scn_sandbox *sandbox)
{
    return sandbox->kept->ended != SCN_ERROR_NONE;
}

size_t scn_sandbox_bytes(const struct scn_sandbox *sandbox)
{
    return sandbox->arena->live;
}

size_t scn_sandbox_peak_bytes(const struct scn_sandbox *sandbox)
{
    return sandbox->arena->peak;
}

size_t scn_sandbox_image(const struct scn_sandbox *sandbox, void **base)
{
    *base = sandbox->arena;
    return scn_arena_is_one_block ? sandbox->arena->used : 0;
}
