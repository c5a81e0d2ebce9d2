#include "tests/sim/report/stories.h"

#include <stdio.h>

#include "tests/support/worlds.h"

static void tell(struct story *s, const char *name)
{
    s->run = run_faulted(s->model, 1, &s->fault, s->fault.label[0] != '\0');
    s->report = (struct sim_report){ .run = s->run,
                                     .faults = &s->fault,
                                     .fault_count = s->fault.label[0] != '\0',
                                     .scenario = name,
                                     .about = "A world for tests.",
                                     .file = "scenarios/test.lua",
                                     .seed = 1,
                                     .version = "0.0.0",
                                     .wall_s = 0.25,
                                     .state = SIM_FINISHED };
}

static void add_server(struct sim_model *m)
{
    add_plain(m, "server", 1, do_native(m, 0.001));
}

void story_queue(struct story *s, double rate, double seconds)
{
    *s = (struct story){ .model = world_open(seconds) };
    add_server(s->model);
    add_client(s->model, "customers", poisson(s->model, rate), do_call(s->model, "server"));
    world_seal(s->model);
    tell(s, "Queue");
}

void story_rare(struct story *s)
{
    *s = (struct story){ .model = world_open(20) };
    add_server(s->model);
    add_client(s->model, "customers", burst(2, SIM_S), do_call(s->model, "server"));
    world_seal(s->model);
    tell(s, "Rare");
}

void story_endless(struct story *s)
{
    *s = (struct story){ .model = world_open(20) };
    add_plain(s->model, "server", 2, do_io(s->model, 1000));
    add_client(s->model, "customers", steady(s->model, 5), do_call(s->model, "server"));
    world_seal(s->model);
    tell(s, "Endless");
}

struct sim_fault story_trouble(enum sim_fault_kind kind, double amount, double from,
                               double to)
{
    struct sim_fault f = { .kind = kind,
                           .target = { 0, SIM_NONE, SIM_NONE },
                           .amount = amount,
                           .begin = (sim_time)(from * SIM_S),
                           .end = to > 0 ? (sim_time)(to * SIM_S) : SIM_NEVER };
    snprintf(f.label, sizeof f.label, "server %s", sim_fault_name(kind));
    return f;
}

void story_fault(struct story *s, struct sim_fault fault)
{
    *s = (struct story){ .model = world_open(30), .fault = fault };
    add_server(s->model);
    add_client(s->model, "customers", poisson(s->model, 300), do_call(s->model, "server"));
    world_seal(s->model);
    tell(s, "Fault");
}

void story_half_back(struct story *s)
{
    *s = (struct story){ .model = world_open(30),
                         .fault = story_trouble(SIM_FAULT_FAIL, 1, 10, 20) };
    add_server(s->model);
    add_plain(s->model, "poor", SIM_UNLIMITED, do_fail(s->model, 500));
    add_client(s->model, "customers", steady(s->model, 300), do_call(s->model, "server"));
    add_client(s->model, "unlucky", burst(2000, 25 * (sim_time)SIM_S),
               do_call(s->model, "poor"));
    world_seal(s->model);
    tell(s, "Half back");
}

void story_crowd(struct story *s)
{
    *s = (struct story){ .model = world_open(20) };
    struct sim_service_def server = service_def("server", 1);
    server.executor.capacity = 10;
    add_service(s->model, &server, do_native(s->model, 0.001));
    add_client(s->model, "customers", burst(30, SIM_S), do_call(s->model, "server"));
    world_seal(s->model);
    tell(s, "Crowd");
}

void story_pause(struct story *s)
{
    *s = (struct story){ .model = world_open(60),
                         .fault = story_trouble(SIM_FAULT_PAUSE, 0, 10, 15) };
    add_server(s->model);
    add_client(s->model, "customers", poisson(s->model, 800),
               with_timeout(s->model, 1, do_call(s->model, "server")));
    world_seal(s->model);
    tell(s, "Pause");
}

static void add_database(struct sim_model *m)
{
    struct sim_service_def db = service_def("db", 16);
    db.cores = 4;
    db.executor.capacity = 200;
    add_service(m, &db,
                do_work(m, SIM_STEP_NATIVE, drawn(m, sim_dist_lognormal(6e-3, 30e-3))));
}

static void add_front(struct sim_model *m, uint32_t attempts)
{
    struct sim_service_def api = service_def("api", 32);
    struct sim_retry retry = sim_retry_default();
    api.replicas = 2;
    api.cores = 2;
    api.has_runtime = true;
    api.runtime = usual_gil();
    retry.max_attempts = attempts;
    retry.base = 20 * SIM_MS;
    retry.cap = SIM_S;
    uint32_t call = with_retry(m, &retry, with_timeout(m, 0.08, do_call(m, "db")));
    add_service(m, &api,
                do_list(m, STEPS(do_python(m, 0.8e-3), call, do_python(m, 0.4e-3))));
}

void story_storm(struct story *s, uint32_t attempts)
{
    *s = (struct story){ .model = world_open(60),
                         .fault = story_trouble(SIM_FAULT_SLOW, 8, 20, 30) };
    snprintf(s->fault.label, sizeof s->fault.label, "db slow x8");
    add_database(s->model);
    add_front(s->model, attempts);
    add_client(s->model, "users", poisson(s->model, 320),
               with_timeout(s->model, 1, do_call(s->model, "api")));
    world_seal(s->model);
    tell(s, "Storm");
}

void story_many(struct story *s)
{
    *s = (struct story){ .model = world_open(2) };
    add_plain(s->model, "server", SIM_UNLIMITED, do_native(s->model, 1e-9));
    add_client(s->model, "customers", poisson(s->model, 510000),
               do_call(s->model, "server"));
    world_seal(s->model);
    tell(s, "Many");
}

void story_gil(struct story *s)
{
    *s = (struct story){ .model = world_open(10) };
    struct sim_service_def app = service_def("app", 8);
    app.cores = 8;
    app.has_runtime = true;
    app.runtime = usual_gil();
    add_service(s->model, &app, do_python(s->model, 0.05));
    add_client(s->model, "load", closed(s->model, 8, sim_dist_constant(0)),
               do_call(s->model, "app"));
    world_seal(s->model);
    tell(s, "GIL");
}

static void add_loop(struct sim_model *m, const char *name, const char *route)
{
    struct sim_call_def call = call_def("app");
    snprintf(call.route, sizeof call.route, "%s", route);
    add_client(m, name, closed(m, 1, sim_dist_constant(0)), do_call_as(m, &call));
}

void story_convoy(struct story *s)
{
    *s = (struct story){ .model = world_open(10) };
    struct sim_model *m = s->model;
    struct sim_service_def app = service_def("app", 32);
    app.cores = 4;
    app.has_runtime = true;
    app.runtime = usual_gil();
    uint32_t echo = do_list(m, STEPS(do_io(m, 0.001), do_python(m, 50e-6)));
    app.first_route = sim_model_route(
        m, &(struct sim_route_def){ .name = "compute", .step = do_python(m, 0.1) });
    sim_model_route(m, &(struct sim_route_def){ .name = "echo", .step = echo });
    app.routes = 2;
    sim_model_service(m, &app);
    add_loop(m, "peer", "echo");
    add_loop(m, "batch", "compute");
    world_seal(m);
    tell(s, "Convoy");
}

void story_loop(struct story *s)
{
    *s = (struct story){ .model = world_open(10) };
    struct sim_service_def app = loop_def("app");
    app.replicas = 2;
    app.executor.workers = 50;
    app.executor.probe = 10 * (sim_time)SIM_MS;
    uint32_t blocks = do_blocking(s->model, do_io(s->model, 0.030));
    uint32_t both = do_gather(s->model, 0, STEPS(do_sleep(s->model, 0.050), blocks));
    add_service(s->model, &app, both);
    add_client(s->model, "users", poisson(s->model, 20), do_call(s->model, "app"));
    world_seal(s->model);
    tell(s, "Loop");
}

void story_breaker(struct story *s)
{
    struct sim_breaker_def def = { .rule = sim_breaker_of(SIM_BREAKER_PYBREAKER),
                                   .scheme = SIM_BREAKER_PYBREAKER,
                                   .on = sim_retry_default().on,
                                   .status = 503 };
    def.rule.open_for = 2 * (sim_time)SIM_S;
    *s = (struct story){ .model = world_open(20),
                         .fault = story_trouble(SIM_FAULT_FAIL, 1, 4.95, 10) };
    add_server(s->model);
    add_client(s->model, "customers", steady(s->model, 10),
               with_breaker(s->model, sim_model_breaker(s->model, &def),
                            do_call(s->model, "server")));
    world_seal(s->model);
    tell(s, "Breaker");
}

void story_effect(struct story *s)
{
    *s = (struct story){ .model = world_open(20) };
    uint32_t e = sim_model_effect(s->model, &(struct sim_effect_def){ .name = "charge" });
    add_plain(s->model, "pay", 4, do_effect(s->model, e));
    add_client(s->model, "shops", burst(20, 5 * (sim_time)SIM_S),
               do_times(s->model, 2, do_call(s->model, "pay")));
    world_seal(s->model);
    tell(s, "Effect");
}

// Without a store; each of two calls brings the key of its request along.
static uint32_t with_keys(struct sim_model *m, uint32_t step)
{
    struct sim_idempotency_def def = { .rule = sim_idempotency_default() };
    struct sim_policy p = { .kind = SIM_POLICY_IDEMPOTENCY };
    p.idempotency = sim_model_idempotency(m, &def, NULL);
    return sim_model_step(m, &(struct sim_step){ .kind = SIM_STEP_WITH,
                                                 .a = sim_model_policy(m, &p),
                                                 .b = step,
                                                 .value = SIM_NONE });
}

void story_keys(struct story *s)
{
    struct sim_call_def pay = call_def("pay");
    *s = (struct story){ .model = world_open(20) };
    pay.key = SIM_KEY_OF_REQUEST;
    add_plain(s->model, "pay", 4, with_keys(s->model, do_io(s->model, 0.01)));
    add_client(s->model, "shops", burst(20, 5 * (sim_time)SIM_S),
               do_times(s->model, 2, do_call_as(s->model, &pay)));
    world_seal(s->model);
    tell(s, "Keys");
}

void story_protected(struct story *s)
{
    struct sim_model *m = world_open(20);
    struct sim_hedge_def hedge = { .rule = { .max_attempts = 2, .after = 300 * SIM_MS },
                                   .on = sim_retry_default().on,
                                   .budget = SIM_NO_BUDGET };
    struct sim_concurrency_def five = { .rule = sim_concurrency_of(SIM_CONCURRENCY_FIXED),
                                        .status = 503 };
    five.rule.initial = 5;
    *s = (struct story){ .model = m };
    add_plain(m, "bank", SIM_UNLIMITED, do_io(m, 1));
    uint32_t call = with_hedge(m, &hedge, do_call(m, "bank"));
    call = with_concurrency(m, sim_model_concurrency(m, &five), call);
    add_client(m, "customers", burst(20, 5 * (sim_time)SIM_S),
               with_fallback(m, call, do_io(m, 0.01)));
    world_seal(m);
    tell(s, "Protected");
}

static void add_tenant(struct sim_model *m, const char *name, double tenant,
                       struct sim_arrivals_def arrivals, uint32_t step)
{
    struct sim_client_def c = { .arrivals = arrivals, .step = step, .fields = 1 };
    uint32_t field = sim_model_field(m, "tenant");
    snprintf(c.name, sizeof c.name, "%s", name);
    c.first_field =
        sim_model_field_set(m, (struct sim_field_set){ field, number(m, tenant) });
    sim_model_client(m, &c);
}

void story_limit(struct story *s)
{
    struct sim_model *m = world_open(20);
    struct sim_limiter_def def = { .kind = SIM_LIMIT_FIXED_WINDOW,
                                   .limit = number(m, 10),
                                   .window = SIM_S,
                                   .burst = SIM_NONE,
                                   .ask = SIM_NONE,
                                   .tell = SIM_NONE,
                                   .status = 429 };
    struct sim_budget budget = sim_budget_of(SIM_BUDGET_TOKENS);
    struct sim_retry retry = fixed_retry(2, 0.001);
    budget.size = budget.per_call = 0;
    retry.budget = sim_model_budget(m, &budget);
    *s = (struct story){ .model = m };
    add_plain(m, "server", SIM_UNLIMITED,
              with_limiter(m, sim_model_limiter(m, &def), do_io(m, 0.001)));
    add_plain(m, "bad", SIM_UNLIMITED, do_fail(m, 500));
    add_tenant(m, "customers", 1, steady(m, 100),
               with_retry(m, &retry, do_call(m, "server")));
    add_tenant(m, "guests", 2, burst(3, SIM_S), do_call(m, "bad"));
    world_seal(m);
    tell(s, "Limit");
}

void story_pool(struct story *s)
{
    struct sim_bulkhead_def def = { .rule = sim_connections_of(SIM_CONNECTIONS_PLAIN),
                                    .status = 503,
                                    .connect = SIM_NONE,
                                    .name = "pool" };
    def.rule.most = def.rule.kept = 2;
    def.rule.wait = 200 * (sim_time)SIM_MS;
    *s = (struct story){ .model = world_open(20) };
    add_plain(s->model, "server", SIM_UNLIMITED,
              with_bulkhead(s->model, &def, do_io(s->model, 0.15)));
    add_client(s->model, "customers", steady(s->model, 20), do_call(s->model, "server"));
    world_seal(s->model);
    tell(s, "Pool");
}

void story_nothing(struct story *s)
{
    struct sim_model_def def = { .name = "test",
                                 .duration = 5 * (sim_time)SIM_S,
                                 .warmup = SIM_S,
                                 .latency = SIM_NONE };
    *s = (struct story){ .model = sim_model_open(&def) };
    add_server(s->model);
    add_client(s->model, "customers", burst(1, 0), do_call(s->model, "server"));
    world_seal(s->model);
    tell(s, "Nothing");
}

void story_early(struct story *s)
{
    double at[] = { 0.8, 0.8, 0.8, 0.8, 0.8, 2 };
    struct sim_model_def def = { .name = "test",
                                 .duration = 5 * (sim_time)SIM_S,
                                 .warmup = SIM_S,
                                 .latency = SIM_NONE };
    *s = (struct story){ .model = sim_model_open(&def) };
    add_plain(s->model, "server", SIM_UNLIMITED, do_io(s->model, 0.5));
    add_client(s->model, "customers", replay(s->model, at, 6), do_call(s->model, "server"));
    world_seal(s->model);
    tell(s, "Early");
}

void story_close(struct story *s)
{
    sim_run_close(s->run);
    sim_model_close(s->model);
}
