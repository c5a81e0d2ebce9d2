#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>

#include "scenarios/sandbox/sandbox_private.h"

// Instructions between two looks of the counter.
#define STRIDE 1000

// An instruction can compare two texts, and comparing this many bytes takes about as long as
// a plain instruction.
#define TEXT_BYTES_A_STEP 256

// Blocks from this size on are charged by their bytes: making one means copying or clearing
// it, which a loop of few instructions could do for hours.
#define LARGE_BLOCK        4096
#define BLOCK_BYTES_A_STEP 64

// A refused block makes Lua collect everything before it asks again.
#define LIVE_BYTES_A_STEP 16

// Lua copies the values that stand for "..." each time they are named, in one instruction.
// Only a function that has them can do so, and it is looked for among the innermost.
#define VALUES_LIMIT  2000
#define VALUES_LEVELS 8

static const char end_token;

static void step(struct scn_kept *kept, int64_t steps)
{
    kept->steps_left -= steps;
}

void scn_limits_end(struct scn_sandbox *sandbox, enum scn_error_kind kind, lua_State *L)
{
    if (sandbox->kept->ended)
        return;
    sandbox->kept->ended = kind;
    if (L)
        sandbox->kept->end_place = scn_place_here(L);
}

// Needs no memory: there may be none left.
void scn_limits_raise(lua_State *L)
{
    lua_sethook(L, lua_gethook(L), LUA_MASKCOUNT, 1);
    lua_pushlightuserdata(L, (void *)(uintptr_t)&end_token);
    lua_error(L);
    abort();
}

static bool refuses_text(struct scn_sandbox *sandbox, size_t size)
{
    int64_t weight = 1 + (int64_t)(size / TEXT_BYTES_A_STEP);
    if (weight > sandbox->kept->weight)
        sandbox->kept->weight = weight;
    if (size <= sandbox->def.text_bytes)
        return false;
    scn_limits_end(sandbox, SCN_ERROR_TEXT, sandbox->running);
    return true;
}

static bool refuses(struct scn_sandbox *sandbox, size_t growth)
{
    struct scn_kept *kept = sandbox->kept;
    size_t live = sandbox->arena->live;
    if (kept->ended)
        return true;
    if (growth > sandbox->def.memory_bytes || live > sandbox->def.memory_bytes - growth) {
        step(kept, (int64_t)(live / LIVE_BYTES_A_STEP));
        if (sandbox->running)
            kept->end_place = scn_place_here(sandbox->running);
        if (kept->steps_left < 0)
            // Most of its steps went into collecting what it drops, to no avail.
            scn_limits_end(sandbox, SCN_ERROR_MEMORY, NULL);
        return true;
    }
    if (growth >= LARGE_BLOCK)
        step(kept, (int64_t)(growth / BLOCK_BYTES_A_STEP));
    if (kept->steps_left >= 0)
        return false;
    scn_limits_end(sandbox, SCN_ERROR_STEPS, sandbox->running);
    return true;
}

void *scn_limits_allocate(void *data, void *block, size_t size, size_t wanted)
{
    struct scn_sandbox *sandbox = data;
    if (wanted == 0) {
        if (block)
            scn_arena_give(sandbox->arena, block, size);
        return NULL;
    }
    if (!block) {
        // For a new block Lua says in place of the size what the block is for.
        if (size == LUA_TSTRING && refuses_text(sandbox, wanted))
            return NULL;
        return refuses(sandbox, wanted) ? NULL : scn_arena_take(sandbox->arena, wanted);
    }
    if (wanted > size && refuses(sandbox, wanted - size))
        return NULL;
    if (wanted - size >= LARGE_BLOCK && wanted > size)
        step(sandbox->kept, (int64_t)(size / BLOCK_BYTES_A_STEP));
    return scn_arena_resize(sandbox->arena, block, size, wanted);
}

static bool has_too_many_values(lua_State *L)
{
    lua_Debug frame;
    for (int level = 0; level < VALUES_LEVELS && lua_getstack(L, level, &frame); level++)
        if (lua_getlocal(L, &frame, -VALUES_LIMIT - 1))
            return true;
    return false;
}

static void look(lua_State *L, lua_Debug *frame)
{
    (void)frame;
    struct scn_sandbox *sandbox = sandbox_of(L);
    struct scn_kept *kept = sandbox->kept;
    step(kept, STRIDE * kept->weight);
    if (kept->steps_left < 0)
        scn_limits_end(sandbox, SCN_ERROR_STEPS, L);
    else if (has_too_many_values(L))
        scn_limits_end(sandbox, SCN_ERROR_VALUES, L);
    if (kept->ended)
        scn_limits_raise(L);
}

void scn_limits_watch(lua_State *L)
{
    lua_sethook(L, look, LUA_MASKCOUNT, STRIDE);
}

void scn_limits_allow(struct scn_sandbox *sandbox, int64_t steps)
{
    struct scn_kept *kept = sandbox->kept;
    kept->total_left -= kept->allowance - kept->steps_left;
    kept->allowance = steps < kept->total_left ? steps : kept->total_left;
    kept->steps_left = kept->allowance;
}

// The library's buffers raise their own text when the allocator refuses them.
static bool is_out_of_memory(lua_State *L, int status)
{
    return status == LUA_ERRMEM ||
           (status != LUA_OK && status != LUA_YIELD && lua_type(L, -1) == LUA_TSTRING &&
            strcmp(lua_tostring(L, -1), "not enough memory") == 0);
}

void scn_limits_judge(struct scn_sandbox *sandbox, lua_State *L, int status)
{
    if (!sandbox->kept->ended && is_out_of_memory(L, status))
        // The allocator noted the place; the stack that it was on has gone.
        sandbox->kept->ended = SCN_ERROR_MEMORY;
}

static void steps_text(const struct scn_sandbox *sandbox, char *out, size_t size)
{
    const struct scn_kept *kept = sandbox->kept;
    if (kept->allowance == kept->total_left)
        snprintf(out, size, "the script ran for more than %lld steps, all calls together",
                 (long long)sandbox->def.total_steps);
    else
        snprintf(out, size,
                 "the script ran for more than %lld steps without coming to an end\n"
                 "is there a loop that never ends, or one that does far too much?",
                 (long long)kept->allowance);
}

void scn_limits_text(const struct scn_sandbox *sandbox, char *out, size_t size)
{
    const struct scn_sandbox_def *def = &sandbox->def;
    const char *grain = def->memory_bytes < 1024 * 1024 ? "KiB" : "MiB";
    size_t memory = def->memory_bytes / (def->memory_bytes < 1024 * 1024 ? 1024 : 1048576);
    switch (sandbox->kept->ended) {
    case SCN_ERROR_STEPS:
        steps_text(sandbox, out, size);
        break;
    case SCN_ERROR_MEMORY:
        snprintf(
            out, size,
            "the script used more than %zu %s of memory\n"
            "is there a table that only grows, or a function that calls itself for ever?",
            memory, grain);
        break;
    case SCN_ERROR_TEXT:
        snprintf(out, size, "the script made a text of more than %zu KiB",
                 def->text_bytes / 1024);
        break;
    case SCN_ERROR_VALUES:
        snprintf(out, size, "a function was given more than %d values at once",
                 VALUES_LIMIT);
        break;
    case SCN_ERROR_NONE:
    case SCN_ERROR_SCRIPT:
    case SCN_ERROR_SYNTAX:
    case SCN_ERROR_HOST:
        snprintf(out, size, "the script has ended");
        break;
    }
}

void scn_charge(lua_State *L, int64_t steps)
{
    struct scn_sandbox *sandbox = sandbox_of(L);
    step(sandbox->kept, steps);
    if (sandbox->kept->steps_left < 0)
        scn_limits_end(sandbox, SCN_ERROR_STEPS, L);
    if (sandbox->kept->ended)
        scn_limits_raise(L);
}

int64_t *scn_steps_left(lua_State *L)
{
    return &sandbox_of(L)->kept->steps_left;
}

void scn_pass_end_on(lua_State *L, int status)
{
    struct scn_sandbox *sandbox = sandbox_of(L);
    scn_limits_judge(sandbox, L, status);
    sandbox->is_syntax = false;
    if (sandbox->kept->ended)
        scn_limits_raise(L);
}
