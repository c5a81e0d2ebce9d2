#include <lauxlib.h>
#include <string.h>

#include "scenarios/host/build.h"

// How large messages are, which counts where a link has a bandwidth.

#define MOST_BYTES 1e15

uint32_t scn_read_bytes(struct scn_args *a)
{
    if (!scn_args_push(a, "bytes"))
        return 0;
    struct scn_scenario *scn = scn_of(a->L);
    uint32_t value = scn_to_value(a->L, -1, "bytes", 0, MOST_BYTES);
    lua_pop(a->L, 1);
    if (scn->bytes_line == 0)
        scn->bytes_line = scn_line(a->L);
    return value + 1;
}

// What is on top of the stack is how large a request is: no less than nothing, and no word.
static void check_bytes(struct scn_args *a)
{
    const struct scn_box *b = scn_box_test(a->L, -1, SCN_VALUE);
    if (b && sim_model_value_is_word(scn_of(a->L)->model, b->u.id))
        scn_args_fail(a, "req: bytes: expected a number or a distribution, got a choice of "
                         "words");
    if (!b && lua_toboolean(a->L, -1))
        scn_check_number(a->L, -1, "req: bytes", 0, MOST_BYTES);
}

static bool has_bytes(struct scn_args *a)
{
    lua_State *L = a->L;
    int top = lua_gettop(L);
    bool has = a->table && lua_getfield(L, a->table, "req") == LUA_TTABLE &&
               lua_getfield(L, -1, "bytes") != LUA_TNIL;
    if (has)
        check_bytes(a);
    lua_settop(L, top);
    return has;
}

uint32_t scn_read_req_bytes(struct scn_args *a)
{
    struct sim_value v;
    if (!has_bytes(a))
        return 0;
    memset(&v, 0, sizeof v);
    v.kind = SIM_VALUE_FIELD;
    v.a = scn_field(a->L, "bytes");
    scn_push_value(a->L, &v);
    uint32_t value = scn_to_value(a->L, -1, "bytes", 0, MOST_BYTES);
    lua_pop(a->L, 1);
    return value + 1;
}
