#include "tests/support/worlds.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void give_up(const char *text)
{
    fprintf(stderr, "no world to test: %s\n", text);
    exit(3);
}

struct sim_model *world_open(double seconds)
{
    struct sim_model_def def = {
        .name = "test",
        .duration = (sim_time)(seconds * SIM_S + 0.5),
        .latency = SIM_NONE,
    };
    struct sim_model *m = sim_model_open(&def);
    if (!m)
        give_up("no memory");
    return m;
}

void world_seal(struct sim_model *m)
{
    if (!sim_model_seal(m))
        give_up(sim_model_error(m)->text);
}

uint32_t number(struct sim_model *m, double x)
{
    return sim_model_const(m, x);
}

uint32_t drawn(struct sim_model *m, struct sim_dist d)
{
    return sim_model_value(m, &(struct sim_value){ .kind = SIM_VALUE_DIST, .dist = d });
}

static uint32_t add_step(struct sim_model *m, struct sim_step s)
{
    bool takes_value = s.kind == SIM_STEP_ALLOC || s.kind == SIM_STEP_LEAK;
    if (s.value == 0 && s.kind > SIM_STEP_IO && s.kind != SIM_STEP_FANOUT && !takes_value)
        s.value = SIM_NONE;
    return sim_model_step(m, &s);
}

uint32_t do_work(struct sim_model *m, enum sim_step_kind kind, uint32_t value)
{
    return add_step(m, (struct sim_step){ .kind = kind, .value = value });
}

uint32_t do_python(struct sim_model *m, double seconds)
{
    return do_work(m, SIM_STEP_PYTHON, number(m, seconds));
}

uint32_t do_native(struct sim_model *m, double seconds)
{
    return do_work(m, SIM_STEP_NATIVE, number(m, seconds));
}

uint32_t do_holding(struct sim_model *m, double seconds)
{
    return add_step(m, (struct sim_step){ .kind = SIM_STEP_NATIVE,
                                          .flags = SIM_HOLDS_GIL,
                                          .value = number(m, seconds) });
}

uint32_t do_io(struct sim_model *m, double seconds)
{
    return do_work(m, SIM_STEP_IO, number(m, seconds));
}

// Children stand in a row, so they are all built before the first is added.
static uint32_t add_children(struct sim_model *m, uint32_t n, const uint32_t *steps)
{
    uint32_t first = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t child = sim_model_child(m, steps[i]);
        first = i ? first : child;
    }
    return first;
}

uint32_t do_list(struct sim_model *m, uint32_t n, const uint32_t *steps)
{
    uint32_t first = add_children(m, n, steps);
    return add_step(m,
                    (struct sim_step){ .kind = SIM_STEP_LIST, .first = first, .count = n });
}

uint32_t do_gather(struct sim_model *m, uint32_t need, uint32_t n, const uint32_t *steps)
{
    uint32_t first = add_children(m, n, steps);
    return add_step(m,
                    (struct sim_step){
                        .kind = SIM_STEP_GATHER, .a = need, .first = first, .count = n });
}

uint32_t do_fanout(struct sim_model *m, uint32_t n, uint32_t need, uint32_t step)
{
    return add_step(
        m, (struct sim_step){ .kind = SIM_STEP_FANOUT, .a = n, .b = step, .value = need });
}

uint32_t do_times(struct sim_model *m, uint32_t n, uint32_t step)
{
    return add_step(m, (struct sim_step){ .kind = SIM_STEP_TIMES, .a = n, .b = step });
}

uint32_t do_offload(struct sim_model *m, uint32_t pool, uint32_t step)
{
    return do_sent(m, &(struct sim_offload_def){ pool, SIM_NONE, SIM_NONE }, step);
}

uint32_t do_sent(struct sim_model *m, const struct sim_offload_def *o, uint32_t step)
{
    return add_step(m, (struct sim_step){ .kind = SIM_STEP_OFFLOAD,
                                          .a = sim_model_offload(m, o),
                                          .b = step });
}

uint32_t do_served(struct sim_model *m, uint32_t pool, uint32_t step)
{
    struct sim_offload_def o = { pool, SIM_NONE, SIM_NONE };
    return add_step(m, (struct sim_step){ .kind = SIM_STEP_OFFLOAD,
                                          .flags = SIM_SERVES,
                                          .a = sim_model_offload(m, &o),
                                          .b = step });
}

uint32_t do_alloc(struct sim_model *m, double bytes)
{
    return do_work(m, SIM_STEP_ALLOC, number(m, bytes));
}

uint32_t do_leak(struct sim_model *m, double bytes)
{
    return do_work(m, SIM_STEP_LEAK, number(m, bytes));
}

uint32_t do_effect(struct sim_model *m, uint32_t effect)
{
    return add_step(m, (struct sim_step){ .kind = SIM_STEP_EFFECT, .a = effect });
}

uint32_t do_transaction(struct sim_model *m, uint32_t step)
{
    return add_step(m, (struct sim_step){ .kind = SIM_STEP_TRANSACTION, .b = step });
}

uint32_t do_publish(struct sim_model *m, const char *service, uint32_t flags)
{
    struct sim_call_def call = call_def(service);
    call.is_message = true;
    call.key = SIM_KEY_OF_REQUEST;
    return add_step(m, (struct sim_step){ .kind = SIM_STEP_PUBLISH,
                                          .a = sim_model_call(m, &call),
                                          .flags = flags });
}

uint32_t do_fail(struct sim_model *m, uint32_t status)
{
    return add_step(m, (struct sim_step){ .kind = SIM_STEP_FAIL, .a = status });
}

uint32_t do_reply(struct sim_model *m, uint32_t status)
{
    return add_step(m, (struct sim_step){ .kind = SIM_STEP_REPLY, .a = status });
}

uint32_t do_mix(struct sim_model *m, double share, uint32_t step, uint32_t other)
{
    uint32_t first =
        sim_model_branch(m, (struct sim_branch){ .weight = share, .to = step });
    sim_model_branch(m, (struct sim_branch){ .weight = 1 - share, .to = other });
    return add_step(m,
                    (struct sim_step){ .kind = SIM_STEP_MIX, .first = first, .count = 2 });
}

uint32_t do_switch(struct sim_model *m, uint32_t field, double key, uint32_t step,
                   uint32_t other)
{
    uint32_t first = sim_model_branch(m, (struct sim_branch){ .key = key, .to = step });
    sim_model_branch(m, (struct sim_branch){ .key = NAN, .to = other });
    return add_step(m,
                    (struct sim_step){
                        .kind = SIM_STEP_SWITCH, .a = field, .first = first, .count = 2 });
}

static uint32_t add_try(struct sim_model *m, uint32_t step, double key, uint32_t handler,
                        uint32_t flags)
{
    uint32_t first = sim_model_branch(m, (struct sim_branch){ .key = key, .to = handler });
    return add_step(
        m,
        (struct sim_step){
            .kind = SIM_STEP_TRY, .flags = flags, .b = step, .first = first, .count = 1 });
}

uint32_t do_try(struct sim_model *m, uint32_t step, enum sim_outcome of, uint32_t handler)
{
    return add_try(m, step, of, handler, 0);
}

uint32_t do_try_any(struct sim_model *m, uint32_t step, uint32_t handler)
{
    return add_try(m, step, NAN, handler, 0);
}

uint32_t do_finally(struct sim_model *m, uint32_t step, uint32_t handler)
{
    return add_try(m, step, NAN, handler, SIM_FINALLY);
}

uint32_t do_sleep(struct sim_model *m, double seconds)
{
    return add_step(m, (struct sim_step){ .kind = SIM_STEP_IO,
                                          .flags = SIM_IS_TIMER,
                                          .value = number(m, seconds) });
}

uint32_t do_cached(struct sim_model *m, const struct sim_cached_def *use, uint32_t step)
{
    uint32_t cached = sim_model_cached(m, use);
    return add_step(m,
                    (struct sim_step){ .kind = SIM_STEP_CACHED, .a = cached, .b = step });
}

uint32_t do_blocking(struct sim_model *m, uint32_t step)
{
    return add_step(m, (struct sim_step){ .kind = SIM_STEP_BLOCKING, .b = step });
}

uint32_t do_spawn(struct sim_model *m, uint32_t step)
{
    return add_step(m, (struct sim_step){ .kind = SIM_STEP_SPAWN, .b = step });
}

uint32_t do_shield(struct sim_model *m, uint32_t step)
{
    return add_step(m, (struct sim_step){ .kind = SIM_STEP_SHIELD, .b = step });
}

static uint32_t in_a_row(struct sim_model *m, uint32_t n, const uint32_t *steps)
{
    uint32_t first = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = sim_model_child(m, steps[i]);
        if (i == 0)
            first = at;
    }
    return first;
}

uint32_t do_group(struct sim_model *m, uint32_t n, const uint32_t *steps)
{
    return add_step(m, (struct sim_step){ .kind = SIM_STEP_GATHER,
                                          .flags = SIM_GROUP,
                                          .first = in_a_row(m, n, steps),
                                          .count = n });
}

struct sim_service_def loop_def(const char *name)
{
    struct sim_service_def def = service_def(name, SIM_UNLIMITED);
    def.executor.kind = SIM_ASYNCIO;
    return def;
}

struct sim_call_def call_def(const char *service)
{
    struct sim_call_def call = { .service = SIM_NONE, .deadline = SIM_NONE };
    snprintf(call.target, sizeof call.target, "%s", service);
    return call;
}

uint32_t do_call(struct sim_model *m, const char *service)
{
    struct sim_call_def call = call_def(service);
    return do_call_as(m, &call);
}

uint32_t do_call_as(struct sim_model *m, const struct sim_call_def *call)
{
    return add_step(
        m, (struct sim_step){ .kind = SIM_STEP_CALL, .a = sim_model_call(m, call) });
}

static uint32_t with(struct sim_model *m, struct sim_policy policy, uint32_t step)
{
    return add_step(m, (struct sim_step){ .kind = SIM_STEP_WITH,
                                          .a = sim_model_policy(m, &policy),
                                          .b = step });
}

uint32_t with_timeout(struct sim_model *m, double seconds, uint32_t step)
{
    struct sim_policy p = { .kind = SIM_POLICY_TIMEOUT, .value = number(m, seconds) };
    return with(m, p, step);
}

uint32_t with_retry(struct sim_model *m, const struct sim_retry *retry, uint32_t step)
{
    return with(m, (struct sim_policy){ .kind = SIM_POLICY_RETRY, .retry = *retry }, step);
}

uint32_t with_semaphore(struct sim_model *m, uint32_t semaphore, uint32_t step)
{
    struct sim_policy p = { .kind = SIM_POLICY_SEMAPHORE, .semaphore = semaphore };
    return with(m, p, step);
}

uint32_t with_hedge(struct sim_model *m, const struct sim_hedge_def *def, uint32_t step)
{
    struct sim_policy p = { .kind = SIM_POLICY_HEDGE };
    p.hedge = sim_model_hedge(m, def);
    return with(m, p, step);
}

uint32_t with_fallback(struct sim_model *m, uint32_t step, uint32_t instead)
{
    struct sim_policy p = { .kind = SIM_POLICY_FALLBACK, .step = instead };
    return with(m, p, step);
}

uint32_t with_breaker(struct sim_model *m, uint32_t breaker, uint32_t step)
{
    struct sim_policy p = { .kind = SIM_POLICY_BREAKER, .breaker = breaker };
    return with(m, p, step);
}

uint32_t with_bulkhead(struct sim_model *m, const struct sim_bulkhead_def *def,
                       uint32_t step)
{
    struct sim_policy p = { .kind = SIM_POLICY_BULKHEAD,
                            .bulkhead = sim_model_bulkhead(m, def) };
    return with(m, p, step);
}

uint32_t with_concurrency(struct sim_model *m, uint32_t limit, uint32_t step)
{
    struct sim_policy p = { .kind = SIM_POLICY_CONCURRENCY_LIMIT, .concurrency = limit };
    return with(m, p, step);
}

uint32_t with_shed(struct sim_model *m, uint32_t shed, uint32_t step)
{
    struct sim_policy p = { .kind = SIM_POLICY_SHED, .shed = shed };
    return with(m, p, step);
}

uint32_t with_throttle(struct sim_model *m, uint32_t throttle, uint32_t step)
{
    struct sim_policy p = { .kind = SIM_POLICY_THROTTLE, .throttle = throttle };
    return with(m, p, step);
}

uint32_t with_limiter(struct sim_model *m, uint32_t limiter, uint32_t step)
{
    struct sim_policy p = { .kind = SIM_POLICY_RATE_LIMIT, .limiter = limiter };
    return with(m, p, step);
}

struct sim_retry fixed_retry(uint32_t attempts, double wait)
{
    struct sim_retry r = sim_retry_default();
    r.max_attempts = attempts;
    r.base = (sim_time)(wait * SIM_S + 0.5);
    r.factor = 1;
    r.jitter = SIM_JITTER_NONE;
    return r;
}

struct sim_service_def service_def(const char *name, uint32_t workers)
{
    struct sim_service_def s = {
        .replicas = 1,
        .host = SIM_NONE,
        .cores = 1,
        .executor = { .workers = workers, .capacity = SIM_UNLIMITED, .max_wait = SIM_NONE },
    };
    snprintf(s.name, sizeof s.name, "%s", name);
    return s;
}

uint32_t add_service(struct sim_model *m, const struct sim_service_def *def, uint32_t step)
{
    struct sim_service_def s = *def;
    s.first_route = sim_model_route(m, &(struct sim_route_def){ .step = step });
    s.routes = 1;
    for (int kind = 0; kind < SIM_PROBES; kind++)
        s.probes[kind].route = s.first_route;
    return sim_model_service(m, &s);
}

uint32_t add_plain(struct sim_model *m, const char *name, uint32_t workers, uint32_t step)
{
    struct sim_service_def s = service_def(name, workers);
    return add_service(m, &s, step);
}

struct sim_runtime ideal_gil(sim_time interval)
{
    return (struct sim_runtime){ .has_gil = true,
                                 .switch_interval = interval,
                                 .fifo_share = 1,
                                 .bytecode_factor = 1,
                                 .native_factor = 1 };
}

struct sim_runtime usual_gil(void)
{
    return (struct sim_runtime){
        .has_gil = true,
        .switch_interval = 5 * SIM_MS,
        .timer_slack = 60 * SIM_US,
        .wake = 35 * SIM_US,
        .resume = 20 * SIM_US,
        .requester_wins = 0.3,
        .fifo_share = 0.5,
        .bytecode_factor = 1,
        .native_factor = 1,
    };
}

struct sim_arrivals_def poisson(struct sim_model *m, double rate)
{
    return (struct sim_arrivals_def){ .kind = SIM_ARRIVE_POISSON, .rate = number(m, rate) };
}

struct sim_arrivals_def steady(struct sim_model *m, double rate)
{
    return (struct sim_arrivals_def){ .kind = SIM_ARRIVE_CONSTANT,
                                      .rate = number(m, rate) };
}

struct sim_arrivals_def burst(uint32_t n, sim_time at)
{
    return (struct sim_arrivals_def){ .kind = SIM_ARRIVE_BURST, .n = n, .at = at };
}

struct sim_arrivals_def closed(struct sim_model *m, uint32_t users, struct sim_dist think)
{
    return (struct sim_arrivals_def){ .kind = SIM_ARRIVE_CLOSED,
                                      .n = users,
                                      .gap = drawn(m, think) };
}

struct sim_arrivals_def replay(struct sim_model *m, const double *seconds, uint32_t n)
{
    struct sim_arrivals_def a = { .kind = SIM_ARRIVE_REPLAY, .count = n };
    for (uint32_t i = 0; i < n; i++) {
        uint32_t point = sim_model_point(m, (struct sim_point){ .t = seconds[i] });
        a.first = i ? a.first : point;
    }
    return a;
}

uint32_t add_client(struct sim_model *m, const char *name, struct sim_arrivals_def arrivals,
                    uint32_t step)
{
    struct sim_client_def c = { .arrivals = arrivals, .step = step };
    snprintf(c.name, sizeof c.name, "%s", name);
    return sim_model_client(m, &c);
}

struct sim_run *run_open(struct sim_model *m, uint64_t seed, uint32_t trace_records)
{
    struct sim_run_def def;
    sim_run_default(&def);
    def.model = m;
    def.seed = seed;
    def.trace_records = trace_records;
    struct sim_run *run = sim_run_open(&def);
    if (!run)
        give_up("no memory for a run");
    return run;
}

static struct sim_run *to_the_end(struct sim_run *run)
{
    if (sim_run_until(run, SIM_NEVER) != SIM_FINISHED)
        give_up(sim_run_reason(run));
    sim_run_finish(run);
    return run;
}

struct sim_run *run_whole(struct sim_model *m, uint64_t seed)
{
    return to_the_end(run_open(m, seed, 0));
}

struct sim_run *run_traced(struct sim_model *m, uint64_t seed)
{
    return to_the_end(run_open(m, seed, 1u << 20));
}

struct sim_run *run_faulted(struct sim_model *m, uint64_t seed,
                            const struct sim_fault *faults, uint32_t n)
{
    struct sim_run *run = run_open(m, seed, 0);
    struct sim_schedule schedule;
    if (!sim_schedule_init(&schedule, faults, n))
        give_up("no memory for faults");
    if (sim_schedule_run(&schedule, run, SIM_NEVER) != SIM_FINISHED)
        give_up(sim_run_reason(run));
    sim_schedule_fini(&schedule);
    sim_run_finish(run);
    return run;
}

struct sim_run *run_under_all(struct sim_model *m, const struct sim_fault *faults,
                              uint32_t n)
{
    world_seal(m);
    struct sim_run *run = run_faulted(m, 1, faults, n);
    if (!sim_run_books(run).balanced)
        give_up("books that do not balance");
    return run;
}

struct sim_run *run_under(struct sim_model *m, struct sim_fault fault)
{
    return run_under_all(m, &fault, 1);
}

static uint32_t windows_of(const struct sim_run *run)
{
    uint32_t windows;
    sim_run_window_edges(run, &windows);
    return windows;
}

int64_t client_total(const struct sim_run *run, uint32_t client, uint32_t count)
{
    return sim_meter_count(sim_run_client_meter(run, client), 0, windows_of(run),
                           (enum sim_count)count);
}

int64_t replica_total(const struct sim_run *run, uint32_t service, uint32_t replica,
                      uint32_t count)
{
    return sim_meter_count(sim_run_replica_meter(run, service, replica), 0, windows_of(run),
                           (enum sim_count)count);
}

int64_t service_total(const struct sim_run *run, uint32_t service, uint32_t count)
{
    int64_t sum = 0;
    uint32_t n = sim_model_replicas(sim_run_model(run), service);
    for (uint32_t i = 0; i < n; i++)
        sum += replica_total(run, service, i, count);
    return sum;
}

static struct sim_hist *empty_hist(void)
{
    struct sim_hist *h = calloc(1, sizeof *h);
    if (!h)
        give_up("no memory for a histogram");
    return h;
}

struct sim_hist *client_latencies(const struct sim_run *run, uint32_t client)
{
    struct sim_hist *h = empty_hist();
    sim_meter_add_hist(sim_run_client_meter(run, client), 0, windows_of(run), h);
    return h;
}

struct sim_hist *service_latencies(const struct sim_run *run, uint32_t service)
{
    struct sim_hist *h = empty_hist();
    uint32_t n = sim_model_replicas(sim_run_model(run), service);
    for (uint32_t i = 0; i < n; i++)
        sim_meter_add_hist(sim_run_replica_meter(run, service, i), 0, windows_of(run), h);
    return h;
}

sim_time only_latency(const struct sim_run *run, uint32_t client)
{
    struct sim_hist *h = client_latencies(run, client);
    if (sim_hist_count(h) != 1)
        give_up("not one latency");
    sim_time latency = sim_hist_max(h);
    free(h);
    return latency;
}
