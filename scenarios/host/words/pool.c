#include <stdio.h>
#include <string.h>

#include "scenarios/host/build.h"

// What is sent to workers beside those that serve: pools, and the steps that go there.

// The model's number of the pool that a box is, made when it is first used as one.
static uint32_t pool_of_threads(lua_State *L, struct scn_box *b)
{
    const struct sim_executor_def *e = &b->u.executor;
    const struct sim_pool_def p = sim_pool_default(SIM_POOL_THREADS, e->workers);
    if (e->kind == SIM_ASYNCIO)
        scn_fail(L,
                 "run_in_executor: an event loop is no pool; one of threads is threads(4)");
    if (e->workers == SIM_UNLIMITED)
        scn_fail(L, "run_in_executor: a ThreadPoolExecutor has a most of threads");
    if (e->capacity != SIM_UNLIMITED || e->discipline != SIM_FIFO ||
        e->max_wait != SIM_NONE || e->drop_expired || e->grows)
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
    const struct scn_box *pool = scn_box_test(L, index, SCN_POOL);
    if (b)
        return pool_of_threads(L, b);
    if (pool && sim_model_pool_at(scn_of(L)->model, pool->u.id)->is_server)
        scn_fail(L, "run_in_executor: a server is a service's executor and no pool");
    if (pool)
        return pool->u.id;
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
    o.bytes = o.reply_bytes = SIM_NONE;
    return offload(L, &o, scn_to_step(L, 1));
}

static void read_bytes(struct scn_args *a, const char *key, uint32_t *value)
{
    char what[48];
    if (!scn_args_push(a, key))
        return;
    snprintf(what, sizeof what, "run_in_executor: %s", key);
    *value = scn_to_value(a->L, -1, what, 0, 1e12);
    lua_pop(a->L, 1);
}

static int word_run_in_executor(lua_State *L)
{
    struct scn_args a;
    struct sim_offload_def o;
    memset(&o, 0, sizeof o);
    o.bytes = o.reply_bytes = SIM_NONE;
    o.pool = to_pool(L, 1);
    scn_args_open(L, 3, "run_in_executor", &a);
    read_bytes(&a, "bytes", &o.bytes);
    read_bytes(&a, "reply_bytes", &o.reply_bytes);
    scn_args_close(&a);
    return offload(L, &o, scn_to_step(L, 2));
}

// ---- Pools of processes and interpreters ----

static uint32_t how_many(lua_State *L, const char *what)
{
    if (lua_isnoneornil(L, 1))
        return SIM_NONE;
    double n = scn_check_number(L, 1, what, 1, 1000);
    if (n != (double)(uint32_t)n)
        scn_fail(L, "%s(%.14g): expected a whole number", what, n);
    return (uint32_t)n;
}

void scn_read_startup(struct scn_args *a, struct sim_pool_def *p)
{
    bool is_there = scn_args_push(a, "startup");
    if (!is_there)
        return;
    lua_pop(a->L, 1);
    scn_args_duration(a, "startup", &p->startup);
}

void scn_read_memory(struct scn_args *a, const char *key, int64_t *bytes)
{
    double x = 0;
    if (scn_args_number(a, key, &x, 0, 1e15))
        *bytes = (int64_t)x;
}

int scn_push_pool(lua_State *L, const struct sim_pool_def *p)
{
    uint32_t id = scn_added(L, sim_model_pool(scn_of(L)->model, p));
    scn_box_push(L, SCN_POOL)->u.id = id;
    return 1;
}

static int word_processes(lua_State *L)
{
    static const char *const starts[] = { "fork", "spawn", "forkserver", NULL };
    static const char *const crashes[] = { "break", "isolate", NULL };
    struct scn_args a;
    uint32_t start = 0, crash = 0;
    struct sim_pool_def p = sim_pool_default(SIM_POOL_PROCESSES, how_many(L, "processes"));
    scn_args_open(L, 2, "processes", &a);
    if (scn_args_choice(&a, "start", starts, &start))
        p.start = (enum sim_start)(SIM_START_FORK + start);
    scn_read_startup(&a, &p);
    bool says_crash = scn_args_choice(&a, "on_crash", crashes, &crash);
    scn_args_integer(&a, "max_tasks", &p.max_tasks, 1, 1000000000);
    scn_read_memory(&a, "memory", &p.memory);
    scn_args_close(&a);
    p.isolates = crash == 1;
    if (p.max_tasks > 0 && p.start == SIM_START_FORK)
        scn_args_fail(&a, "max_tasks cannot be had with start = \"fork\": CPython refuses "
                          "max_tasks_per_child there; take \"spawn\" or \"forkserver\"");
    scn_push_pool(L, &p);
    scn_box_check(L, -1, SCN_POOL)->breaks = says_crash && crash == 0;
    return 1;
}

static int word_subinterpreters(lua_State *L)
{
    struct scn_args a;
    struct sim_pool_def p =
        sim_pool_default(SIM_POOL_INTERPRETERS, how_many(L, "subinterpreters"));
    scn_args_open(L, 2, "subinterpreters", &a);
    scn_read_startup(&a, &p);
    scn_args_close(&a);
    return scn_push_pool(L, &p);
}

// ---- Services made of them ----

// The same object may make several services, each with workers of its own.
struct sim_executor_def scn_serving(lua_State *L, uint32_t pool, uint32_t cores)
{
    struct sim_pool_def p = *sim_model_pool_at(scn_of(L)->model, pool);
    p.serves = true;
    if (p.workers == SIM_NONE)
        p.workers = p.kind == SIM_POOL_PROCESSES ? cores : cores > 28 ? 32 : cores + 4;
    uint32_t slots = p.workers * (p.threads ? p.threads : 1);
    struct sim_broker_def broker = p.broker;
    broker.prefetch *= slots;
    return (struct sim_executor_def){ .workers = slots,
                                      .capacity = p.backlog ? p.backlog : SIM_UNLIMITED,
                                      .max_wait = SIM_NONE,
                                      .grace = p.grace,
                                      .broker = broker,
                                      .pool = scn_added(
                                          L, sim_model_pool(scn_of(L)->model, &p)) };
}

uint32_t scn_served(lua_State *L, uint32_t pool, uint32_t step)
{
    struct sim_model *m = scn_of(L)->model;
    struct sim_step s;
    if (pool == 0)
        return step;
    memset(&s, 0, sizeof s);
    s.kind = SIM_STEP_OFFLOAD;
    s.flags = SIM_SERVES;
    s.value = SIM_NONE;
    s.b = step;
    s.a = scn_added(
        L, sim_model_offload(m, &(struct sim_offload_def){ pool, SIM_NONE, SIM_NONE }));
    return scn_added(L, sim_model_step(m, &s));
}

void scn_open_pools(lua_State *L)
{
    static const struct scn_entry words[] = {
        { "to_thread", word_to_thread, 1, SCN_ANY_TIME },
        { "run_in_executor", word_run_in_executor, 3, SCN_ANY_TIME },
        { "processes", word_processes, 2, SCN_BUILDS },
        { "subinterpreters", word_subinterpreters, 2, SCN_BUILDS },
        { NULL, NULL, 0, SCN_ANY_TIME },
    };
    scn_register(L, words);
}
