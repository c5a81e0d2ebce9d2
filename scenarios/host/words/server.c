#include "scenarios/host/build.h"

// Servers that people run, by their own flags and defaults: the executor of a service.

// A grace of nothing is the shortest there is, for none stands for no limit.
static void read_grace(struct scn_args *a, const char *key, sim_time *grace)
{
    if (scn_args_duration(a, key, grace) && *grace == 0)
        *grace = 1;
}

// gunicorn's settings: https://docs.gunicorn.org/en/stable/settings.html
static int word_gunicorn(lua_State *L)
{
    static const char *const classes[] = { "sync", "gthread", NULL };
    struct scn_args a;
    uint32_t class = 0;
    struct sim_pool_def p = sim_pool_default(SIM_POOL_PROCESSES, 1);
    p.is_server = true;
    p.threads = 1;
    p.timeout = 30 * (sim_time)SIM_S;
    p.grace = 30 * (sim_time)SIM_S;
    p.watch = SIM_S; // the arbiter sleeps for a second between two looks
    p.backlog = 2048;
    p.start = SIM_START_FORK;
    p.loads = true; // as long as there is no preload_app
    scn_args_open(L, 1, "gunicorn", &a);
    scn_args_integer(&a, "workers", &p.workers, 1, 1000);
    scn_args_choice(&a, "worker_class", classes, &class);
    scn_args_integer(&a, "threads", &p.threads, 1, 10000);
    scn_args_duration(&a, "timeout", &p.timeout);
    read_grace(&a, "graceful_timeout", &p.grace);
    scn_args_integer(&a, "max_requests", &p.max_tasks, 0, 1000000000);
    scn_args_integer(&a, "backlog", &p.backlog, 1, 1000000000);
    scn_read_startup(&a, &p);
    scn_read_memory(&a, "memory", &p.memory);
    static const char *const later[] = { "keepalive", "worker_connections",
                                         "max_requests_jitter", "preload_app" };
    for (size_t i = 0; i < sizeof later / sizeof *later; i++)
        scn_args_later(&a, later[i]);
    scn_args_close(&a);
    // A gthread worker tells that it lives whatever its threads do.
    if (class == 1 || p.threads > 1)
        p.timeout = 0;
    return scn_push_pool(L, &p);
}

static int push_threads(lua_State *L, const struct sim_pool_def *p)
{
    struct sim_executor_def *e = &scn_box_push(L, SCN_EXECUTOR)->u.executor;
    *e = (struct sim_executor_def){ .workers = p->workers,
                                    .capacity = SIM_UNLIMITED,
                                    .max_wait = SIM_NONE,
                                    .broker = p->broker };
    e->broker.prefetch *= p->workers;
    return 1;
}

enum {
    PREFORK,
    THREADS,
    SOLO
};

static void refuse_for_threads(struct scn_args *a, const struct sim_pool_def *p)
{
    if (p->timeout > 0 || p->max_tasks > 0 || p->max_memory > 0)
        scn_args_fail(a, "task_time_limit, worker_max_tasks_per_child and "
                         "worker_max_memory_per_child: each belongs to \"prefork\"");
    if (p->startup != SIM_STARTUP_USUAL || p->memory > 0)
        scn_args_fail(a, "startup and memory are of the processes of \"prefork\"");
    if (p->broker.rejects_lost)
        scn_args_fail(a,
                      "reject_on_worker_lost belongs to \"prefork\": a thread does not die "
                      "alone");
    if (p->workers == SIM_NONE)
        scn_args_fail(a, "pool = \"threads\" needs its concurrency");
}

// How messages come to a worker: of its command line, of its tasks, and of Redis as a broker.
static void read_broker(struct scn_args *a, struct sim_broker_def *b)
{
    *b = (struct sim_broker_def){ .is_used = true, .prefetch = 4 };
    scn_args_integer(a, "prefetch_multiplier", &b->prefetch, 0, 1000000);
    scn_args_boolean(a, "acks_late", &b->acks_late);
    scn_args_boolean(a, "reject_on_worker_lost", &b->rejects_lost);
    if (scn_args_duration(a, "visibility_timeout", &b->visibility) && b->visibility == 0)
        scn_args_fail(
            a, "visibility_timeout = 0 delivers everything again at once; leave it out "
               "for a broker without one");
    if (b->rejects_lost && !b->acks_late)
        scn_args_fail(
            a, "reject_on_worker_lost needs acks_late = true: what has been acked is "
               "no message any more");
}

// Celery's settings: https://docs.celeryq.dev/en/stable/userguide/configuration.html
static int word_celery(lua_State *L)
{
    static const char *const pools[] = { "prefork", "threads", "solo", NULL };
    struct scn_args a;
    uint32_t pool = PREFORK;
    struct sim_pool_def p = sim_pool_default(SIM_POOL_PROCESSES, SIM_NONE);
    p.is_server = true;
    p.threads = 1;
    p.start = SIM_START_FORK;
    scn_args_open(L, 1, "celery", &a);
    scn_args_integer(&a, "concurrency", &p.workers, 1, 1000);
    scn_args_choice(&a, "pool", pools, &pool);
    scn_args_duration(&a, "task_time_limit", &p.timeout);
    scn_args_integer(&a, "worker_max_tasks_per_child", &p.max_tasks, 1, 1000000000);
    scn_read_memory(&a, "worker_max_memory_per_child", &p.max_memory);
    scn_read_startup(&a, &p);
    scn_read_memory(&a, "memory", &p.memory);
    read_broker(&a, &p.broker);
    scn_args_later(&a, "task_soft_time_limit");
    scn_args_close(&a);
    if (pool == PREFORK)
        return scn_push_pool(L, &p);
    if (pool == SOLO && p.workers != SIM_NONE && p.workers > 1)
        scn_args_fail(&a, "pool = \"solo\" runs one task at a time");
    if (pool == SOLO)
        p.workers = 1;
    refuse_for_threads(&a, &p);
    return push_threads(L, &p);
}

// uvicorn's settings: https://www.uvicorn.org/settings/. limit_concurrency counts the request
// that asks too (h11_impl.py), so that one less is served; each worker counts for itself.
static int word_uvicorn(lua_State *L)
{
    static const char *const later[] = { "timeout_keep_alive", "limit_max_requests" };
    struct scn_args a;
    uint32_t limit = 0;
    struct sim_executor_def e = { .kind = SIM_ASYNCIO,
                                  .workers = SIM_UNLIMITED,
                                  .capacity = SIM_UNLIMITED,
                                  .max_wait = SIM_NONE,
                                  .processes = 1,
                                  .backlog = 2048,
                                  .probe = 10 * (sim_time)SIM_MS };
    scn_args_open(L, 1, "uvicorn", &a);
    scn_args_integer(&a, "workers", &e.processes, 1, 1000);
    scn_args_integer(&a, "backlog", &e.backlog, 1, 1000000000);
    scn_args_integer(&a, "limit_concurrency", &limit, 1, 1000000);
    read_grace(&a, "timeout_graceful_shutdown", &e.grace);
    scn_read_memory(&a, "memory", &e.memory);
    for (size_t i = 0; i < sizeof later / sizeof *later; i++)
        scn_args_later(&a, later[i]);
    scn_args_close(&a);
    if (limit == 1)
        scn_args_fail(&a, "limit_concurrency = 1 refuses every request, for uvicorn counts "
                          "the one that asks");
    if (limit > 1) {
        e.workers = limit - 1;
        e.capacity = 0;
    }
    scn_box_push(L, SCN_EXECUTOR)->u.executor = e;
    return 1;
}

void scn_open_servers(lua_State *L)
{
    static const struct scn_entry words[] = {
        { "gunicorn", word_gunicorn, 1, SCN_BUILDS },
        { "celery", word_celery, 1, SCN_BUILDS },
        { "uvicorn", word_uvicorn, 1, SCN_BUILDS },
        { NULL, NULL, 0, SCN_ANY_TIME },
    };
    scn_register(L, words);
}
