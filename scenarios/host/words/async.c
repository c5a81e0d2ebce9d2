#include <lauxlib.h>
#include <string.h>

#include "scenarios/host/build.h"

// What an event loop adds: the executor, tasks, and steps that keep its thread.

// ---- The executor ----

// Without a limit every request is a task at once, so that nothing stands in line before.
static void refuse_line_without_limit(struct scn_args *a, const struct sim_executor_def *e)
{
    if (e->workers == SIM_UNLIMITED &&
        (e->capacity != SIM_UNLIMITED || e->discipline != SIM_FIFO ||
         e->max_wait != SIM_NONE || e->drop_expired))
        scn_args_fail(a, "nobody waits in line without a limit: limit = 100");
}

static int word_asyncio(lua_State *L)
{
    struct scn_args a;
    struct sim_executor_def e = { .kind = SIM_ASYNCIO,
                                  .workers = SIM_UNLIMITED,
                                  .capacity = SIM_UNLIMITED,
                                  .max_wait = SIM_NONE,
                                  .probe = 10 * (sim_time)SIM_MS };
    scn_args_open(L, 1, "asyncio", &a);
    scn_args_integer(&a, "limit", &e.workers, 1, 1000000);
    scn_read_line(L, &a, &e);
    scn_args_integer(&a, "threads", &e.threads, 1, 1000000);
    if (scn_args_duration(&a, "probe", &e.probe) && e.probe < SIM_MS)
        scn_args_fail(&a, "probe: a timer of the loop comes each millisecond at most");
    scn_args_close(&a);
    refuse_line_without_limit(&a, &e);
    scn_box_push(L, SCN_EXECUTOR)->u.executor = e;
    return 1;
}

// ---- Steps ----

static int around(lua_State *L, enum sim_step_kind kind, uint32_t body)
{
    struct sim_step s;
    scn_blank_step(&s, kind)->b = body;
    return scn_push_step(L, &s);
}

// blocking(d) is a wait, blocking(steps) are steps, that keep the thread they are on.
static int word_blocking(lua_State *L)
{
    struct sim_step wait;
    struct scn_args a;
    scn_args_open(L, 2, "blocking", &a);
    scn_args_close(&a);
    lua_settop(L, 1);
    if (scn_is_step(L, 1))
        return around(L, SIM_STEP_BLOCKING, scn_to_step(L, 1));
    scn_blank_step(&wait, SIM_STEP_IO)->value = scn_to_value(L, 1, "blocking", 0, 1e7);
    scn_push_step(L, &wait);
    return around(L, SIM_STEP_BLOCKING, scn_to_step(L, -1));
}

static int word_shield(lua_State *L)
{
    return around(L, SIM_STEP_SHIELD, scn_to_step(L, 1));
}

static int word_task_group(lua_State *L)
{
    struct scn_args a;
    struct sim_step group;
    scn_args_open(L, 1, "task_group", &a);
    if (!a.table)
        return scn_args_fail(&a, "needs steps: task_group { call(a), call(b) }");
    scn_blank_step(&group, SIM_STEP_GATHER)->flags = SIM_GROUP;
    uint32_t id = scn_step_list(L, &a, &group);
    scn_args_close(&a);
    scn_box_push(L, SCN_STEP)->u.step = (struct scn_step_box){ .step = id };
    return 1;
}

// ---- Tasks ----

// In a function it acts, as in Python; the body of the step stands behind its operation.
static int begin_task(lua_State *L, uint32_t step)
{
    const struct scn_box *r = scn_running_request(L, "create_task");
    uint32_t entry = scn_step_entry(L, step);
    struct sim_task_ref ref = sim_run_spawn(r->u.request.run, r->u.request.task, entry + 1);
    struct scn_box *b = scn_box_push(L, SCN_TASK);
    b->u.task.run = r->u.request.run;
    b->u.task.ref = ref;
    return 1;
}

static int word_create_task(lua_State *L)
{
    around(L, SIM_STEP_SPAWN, scn_to_step(L, 1));
    if (!scn_is_running(L))
        return 1;
    return begin_task(L, scn_to_step(L, -1));
}

static int task_cancel(lua_State *L)
{
    const struct scn_box *b = scn_box_check(L, 1, SCN_TASK);
    scn_running_request(L, "task:cancel()");
    sim_run_cancel(b->u.task.run, b->u.task.ref);
    return 0;
}

void scn_open_async(lua_State *L)
{
    static const struct scn_entry words[] = {
        { "asyncio", word_asyncio, 1, SCN_ANY_TIME },
        { "blocking", word_blocking, 2, SCN_ANY_TIME },
        { "create_task", word_create_task, 1, SCN_ANY_TIME },
        { "shield", word_shield, 1, SCN_ANY_TIME },
        { "task_group", word_task_group, 1, SCN_ANY_TIME },
        { NULL, NULL, 0, SCN_ANY_TIME },
    };
    scn_register(L, words);
    lua_newtable(L);
    lua_pushcfunction(L, task_cancel);
    lua_setfield(L, -2, "cancel");
    scn_box_method(L, SCN_TASK, "__index");
}
