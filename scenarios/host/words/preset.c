#include "scenarios/host/build.h"

#include <lauxlib.h>
#include <string.h>

// Presets of a whole service, of the language's own words: each gives the table that service()
// takes, so that what is not said comes from the framework. What it costs was measured with
// Debian's FastAPI 0.92, Pydantic 1.10, uvicorn 0.17 (h11), Django 3.2 and gunicorn 20.1 on CPython
// 3.11.2 (docs/runtime.md), except where it says otherwise.

#define US (1000 * (int64_t)1)
#define MS (1000 * US)

// ---- Tables of words ----

// Calls a word with the n values on top; its result takes their place.
static void call_word(lua_State *L, const char *word, int n)
{
    lua_getglobal(L, word);
    lua_insert(L, -n - 1);
    lua_call(L, n, 1);
}

static void append(lua_State *L, int list)
{
    lua_rawseti(L, list, (lua_Integer)lua_rawlen(L, list) + 1);
}

static void append_python(lua_State *L, int list, int64_t ns)
{
    if (ns == 0)
        return;
    lua_pushnumber(L, (double)ns / 1e9);
    call_word(L, "python", 1);
    append(L, list);
}

// startup is how long a server's application takes, a number, or the service's probe.
static bool is_probe(struct scn_args *a, const char *key)
{
    if (strcmp(key, "startup") != 0 || !scn_args_push(a, key))
        return false;
    bool is_number = lua_type(a->L, -1) == LUA_TNUMBER;
    lua_pop(a->L, 1);
    return !is_number;
}

// What the preset has not read is the service's own. A number at `taken` is its server's.
static void pass_on(struct scn_args *a, int service, const char *taken)
{
    static const char *const keys[] = { "replicas",  "cores",    "host",    "balance",
                                        "readiness", "liveness", "startup", "drain",
                                        "grace",     NULL };
    for (const char *const *key = keys; *key; key++)
        if ((strcmp(*key, taken) != 0 || is_probe(a, *key)) && scn_args_push(a, *key))
            lua_setfield(a->L, service, *key);
    if (!scn_args_push(a, "runtime")) {
        lua_pushliteral(a->L, "3.11");
        call_word(a->L, "cpython", 1);
    }
    lua_setfield(a->L, service, "runtime");
    uint32_t n = scn_args_list(a);
    for (uint32_t i = 1; i <= n; i++) {
        scn_args_push_item(a, i);
        append(a->L, service);
    }
}

// Moves keys that belong to the server to its own table, on top, and makes it the executor. Its
// workers have so many bytes beyond an interpreter if nothing else is said (labs/servers/memory.py).
static void serve(struct scn_args *a, int service, const char *server,
                  const char *const *keys, double memory)
{
    lua_newtable(a->L);
    lua_pushnumber(a->L, memory);
    lua_setfield(a->L, -2, "memory");
    for (; *keys; keys++)
        if (!is_probe(a, *keys) && scn_args_push(a, *keys))
            lua_setfield(a->L, -2, *keys);
    call_word(a->L, server, 1);
    lua_setfield(a->L, service, "executor");
}

// ---- What both have ----

struct preset {
    struct scn_args args;
    int database, pool, own; // places on the stack: 0, there is none
    int64_t before, query,
        after; // bytecode, in ns: of a request, of each query, of the answer
    uint32_t queries, way;
};

enum {
    ASYNC,
    BLOCKING,
    THREADS,
    PLAIN
};

static int kept(struct scn_args *a, const char *key)
{
    return scn_args_push(a, key) ? lua_gettop(a->L) : 0;
}

static void read_both(struct preset *p)
{
    int64_t server = p->before, framework = p->after;
    scn_args_duration(&p->args, "server", &server);
    scn_args_duration(&p->args, "framework", &framework);
    p->before = server + framework;
    p->after = 0;
    p->queries = 1;
    scn_args_integer(&p->args, "queries", &p->queries, 1, 1000);
    scn_args_duration(&p->args, "query", &p->query);
    p->database = kept(&p->args, "database");
    p->own = kept(&p->args, "handler");
    if (!p->database && !p->own)
        scn_args_lack(
            &p->args, (const char *const[]){ "database", "handler", NULL },
            "needs a database or a handler: database = db, handler = python(1*ms)");
}

static void append_query(const struct preset *p, int list)
{
    lua_State *L = p->args.L;
    append_python(L, list, p->query);
    if (p->pool)
        lua_pushvalue(L, p->pool);
    lua_pushvalue(L, p->database);
    call_word(L, "call", 1);
    if (p->way == BLOCKING)
        call_word(L, "blocking", 1);
    if (p->pool)
        call_word(L, "with", 2);
    append(L, list);
}

// Queries and the scenario's own steps, as one list on top.
static void push_body(const struct preset *p)
{
    lua_State *L = p->args.L;
    lua_newtable(L);
    int list = lua_gettop(L);
    for (uint32_t i = 0; p->database && i < p->queries; i++)
        append_query(p, list);
    if (!p->own)
        return;
    lua_pushvalue(L, p->own);
    append(L, list);
}

static void set_handler(const struct preset *p, int service)
{
    lua_State *L = p->args.L;
    lua_newtable(L);
    int list = lua_gettop(L);
    append_python(L, list, p->before);
    if (p->way == THREADS) {
        lua_pushinteger(L, 40); // tokens of AnyIO's limiter
        call_word(L, "threads", 1);
        push_body(p);
        call_word(L, "run_in_executor", 2);
    } else {
        push_body(p);
    }
    append(L, list);
    append_python(L, list, p->after);
    lua_setfield(L, service, "handler");
}

// ---- The words ----

// Connections of the driver's pool that a request may have: asyncpg's max_size, or SQLAlchemy's
// pool_size and max_overflow. A blocking driver never has more than one at work.
static void read_pool(struct preset *p)
{
    uint32_t n = p->way == THREADS ? 15 : 10;
    bool is_said = scn_args_integer(&p->args, "pool", &n, 1, 1000000);
    if (is_said && p->way == BLOCKING)
        scn_args_fail(&p->args, "pool: a blocking driver has one connection at work");
    if (!p->database || p->way == BLOCKING)
        return;
    lua_pushinteger(p->args.L, n);
    call_word(p->args.L, "semaphore", 1);
    p->pool = lua_gettop(p->args.L);
}

static int word_fastapi(lua_State *L)
{
    static const char *const drivers[] = { "async", "blocking", "threads", NULL };
    static const char *const server[] = {
        "workers", "backlog", "limit_concurrency", "timeout_graceful_shutdown",
        "memory",  NULL
    };
    struct preset p = { .before = 440 * US, .after = 140 * US, .query = 100 * US };
    int64_t validation = 200 * US, response = 200 * US;
    scn_args_open(L, 1, "fastapi", &p.args);
    lua_newtable(L);
    int service = lua_gettop(L);
    read_both(&p);
    scn_args_choice(&p.args, "driver", drivers, &p.way);
    scn_args_duration(&p.args, "validation", &validation);
    scn_args_duration(&p.args, "response", &response);
    p.before += validation;
    p.after = response;
    read_pool(&p);
    serve(&p.args, service, "uvicorn", server, 14.7e6);
    pass_on(&p.args, service, "");
    scn_args_close(&p.args);
    set_handler(&p, service);
    lua_settop(L, service);
    return 1;
}

static int word_django(lua_State *L)
{
    static const char *const server[] = { "workers", "worker_class",     "threads",
                                          "timeout", "graceful_timeout", "max_requests",
                                          "backlog", "startup",          "memory",
                                          NULL };
    struct preset p = { .before = 190 * US, .after = 120 * US, .query = 280 * US };
    scn_args_open(L, 1, "django", &p.args);
    lua_newtable(L);
    int service = lua_gettop(L);
    read_both(&p);
    p.way = PLAIN;
    serve(&p.args, service, "gunicorn", server, 25.6e6);
    pass_on(&p.args, service, "startup");
    scn_args_close(&p.args);
    set_handler(&p, service);
    lua_settop(L, service);
    return 1;
}

void scn_open_presets(lua_State *L)
{
    static const struct scn_entry words[] = {
        { "fastapi", word_fastapi, 1, SCN_BUILDS },
        { "django", word_django, 1, SCN_BUILDS },
        { NULL, NULL, 0, SCN_ANY_TIME },
    };
    scn_register(L, words);
}
