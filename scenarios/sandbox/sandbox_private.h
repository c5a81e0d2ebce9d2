#ifndef SCN_SANDBOX_SANDBOX_PRIVATE_H
#define SCN_SANDBOX_SANDBOX_PRIVATE_H

// What the sources of the sandbox share among themselves.

#include "scenarios/sandbox/arena.h"
#include "scenarios/sandbox/sandbox.h"

// A script that was loaded, kept for the excerpts of errors. Newest first.
struct scn_source {
    struct scn_source *next;
    char *name;             // as the caller gave it
    char *text;             // length bytes
    char chunk[LUA_IDSIZE]; // the name as Lua writes it in messages
    size_t length;
};

// What changes while the script runs. It lies in the arena, so that a copy of the arena is a
// copy of this too.
struct scn_kept {
    int64_t steps_left; // of allowance; below 0 the sandbox ends at the next look
    int64_t allowance;  // what steps_left was set to
    int64_t total_left; // without the steps of the allowance
    int64_t weight;     // steps an instruction: grows with the longest text
    size_t printed;     // bytes
    enum scn_error_kind ended;
    struct scn_place end_place;
};

struct scn_sandbox {
    struct scn_sandbox_def def;
    struct scn_arena *arena;
    struct scn_kept *kept;
    lua_State *L;
    lua_State *running; // the thread whose place an error in the allocator is
    struct scn_source *sources;
    struct scn_place raised_at; // set by the message handler of a door
    bool is_syntax;             // the error under way is one of the parser
    const char *const *later;
    void *data;
};

static inline struct scn_sandbox *sandbox_of(lua_State *L)
{
    return *(struct scn_sandbox **)lua_getextraspace(L);
}

// limits.c: the allocator to hand to Lua, the count hook, and the end.
void *scn_limits_allocate(void *sandbox, void *block, size_t size, size_t wanted);
void scn_limits_watch(lua_State *L);
void scn_limits_end(struct scn_sandbox *sandbox, enum scn_error_kind kind, lua_State *L);
_Noreturn void scn_limits_raise(lua_State *L);
void scn_limits_allow(struct scn_sandbox *sandbox, int64_t steps);
// Turns "not enough memory" of Lua into the sandbox's end.
void scn_limits_judge(struct scn_sandbox *sandbox, lua_State *L, int status);
void scn_limits_text(const struct scn_sandbox *sandbox, char *out, size_t size);

// names.c and library.c: called once, inside a door.
void scn_names_open(lua_State *L);
void scn_library_open(lua_State *L);

#endif
