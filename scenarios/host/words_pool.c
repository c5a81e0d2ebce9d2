#include <string.h>

#include "scenarios/host/build.h"

// What is sent to workers beside those that serve: pools, and the steps that go there.

// The model's number of the pool that a box is, made when it is first used as one.
static uint32_t pool_of_threads(lua_State *L, struct scn_box *b)
{
    const struct sim_executor_def *e = &b->u.executor;
    struct sim_pool_def p = { .kind = SIM_POOL_THREADS, .workers = e->workers };
    if (e->workers == SIM_UNLIMITED)
        scn_fail(L, "run_in_executor: a ThreadPoolExecutor has a most of threads");
    if (e->capacity != SIM_UNLIMITED || e->discipline != SIM_FIFO ||
        e->max_wait != SIM_NONE || e->drop_expired)
        scn_fail(L, "run_in_executor: the line of a ThreadPoolExecutor has no end and no "
                    "order but its own: threads(n) without options");
    if (b->pool == 0 && scn_of(L)->is_sealed)
        scn_fail(L,
                 "run_in_executor: a pool made in a function would be a new one for each "
                 "request; make it outside: local pool = threads(4)");
    if (b->pool == 0)
        b->pool = scn_added(L, sim_model_pool(scn_of(L)->model, &p)) + 1;
    return b->pool - 1;
}

// False stands for None: asyncio's default executor.
static uint32_t to_pool(lua_State *L, int index)
{
    struct scn_box *b = scn_box_test(L, index, SCN_EXECUTOR);
    if (b)
        return pool_of_threads(L, b);
    if (lua_isboolean(L, index) && !lua_toboolean(L, index))
        return 0;
    scn_fail(L,
             "run_in_executor: expected a pool, such as threads(4), or false for the "
             "default one; got %s",
             scn_what_is(L, index));
    return 0;
}

static int offload(lua_State *L, const struct sim_offload_def *o, uint32_t body)
{
    struct sim_step s;
    memset(&s, 0, sizeof s);
    s.kind = SIM_STEP_OFFLOAD;
    s.value = SIM_NONE;
    s.b = body;
    s.a = scn_known(L, 'o', o, sizeof *o);
    if (s.a == SIM_NONE) {
        s.a = scn_added(L, sim_model_offload(scn_of(L)->model, o));
        scn_remember(L, 'o', o, sizeof *o, s.a);
    }
    return scn_push_step(L, &s);
}

static int word_to_thread(lua_State *L)
{
    struct sim_offload_def o;
    memset(&o, 0, sizeof o);
    return offload(L, &o, scn_to_step(L, 1));
}

static int word_run_in_executor(lua_State *L)
{
    struct sim_offload_def o;
    memset(&o, 0, sizeof o);
    o.pool = to_pool(L, 1);
    return offload(L, &o, scn_to_step(L, 2));
}

void scn_open_pools(lua_State *L)
{
    static const struct scn_entry words[] = {
        {"to_thread",        word_to_thread,       1, SCN_ANY_TIME},
        { "run_in_executor", word_run_in_executor, 2, SCN_ANY_TIME},
        { NULL,              NULL,                 0, SCN_ANY_TIME},
    };
    scn_register(L, words);
}
