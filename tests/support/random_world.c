#include "tests/support/random_world.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define SECONDS 1.0

struct maker {
    struct sim_model *m;
    struct sim_random r;
    uint32_t services; // so far: those that may be called
    uint32_t field;
    uint32_t pools;    // made so far, the default one not counted
    uint32_t breakers; // the same
    bool in_pool;      // in a step that is sent to one: processes have none of their own
    bool at_client;    // which has no core: it calls and waits
    bool loops;        // some services of this world have an event loop
    bool on_loop;      // this one
    bool probes;       // all services of this world are probed
    bool has_store;    // limits and keys may be kept in it
    struct sim_random async; // what only loops draw leaves other worlds as they were
    struct sim_random more;  // the same of stores, brokers, shedding and keys
    uint32_t brokered;       // the last service with a broker, plus 1; 0: none
    struct sim_random stops; // and of how replicas are started and stopped
};

static uint32_t stops_below(struct maker *k, uint32_t n)
{
    return (uint32_t)sim_random_below(&k->stops, n);
}

static uint32_t more_below(struct maker *k, uint32_t n)
{
    return (uint32_t)sim_random_below(&k->more, n);
}

static uint32_t async_below(struct maker *k, uint32_t n)
{
    return (uint32_t)sim_random_below(&k->async, n);
}

static uint32_t below(struct maker *k, uint32_t n)
{
    return (uint32_t)sim_random_below(&k->r, n);
}

static bool one_in(struct maker *k, uint32_t n)
{
    return below(k, n) == 0;
}

static double between(struct maker *k, double low, double high)
{
    return low + (high - low) * sim_random_unit(&k->r);
}

// ---- Handlers ----

static uint32_t duration(struct maker *k)
{
    double mean = between(k, 0.0001, 0.004);
    switch (below(k, 5)) {
    case 0:
        return number(k->m, mean);
    case 1:
        return drawn(k->m, sim_dist_uniform(0, 2 * mean));
    case 2:
        return drawn(k->m, sim_dist_lognormal(mean, 5 * mean));
    case 3: // round figures, so that things happen at one instant
        return number(k->m, 0.001 * (1 + below(k, 4)));
    default:
        return drawn(k->m, sim_dist_exponential(mean));
    }
}

static uint32_t work(struct maker *k)
{
    switch (k->at_client ? 0 : below(k, 7)) {
    case 0:
    case 1:
        return do_work(k->m, SIM_STEP_IO, duration(k));
    case 2:
        return do_work(k->m, SIM_STEP_NATIVE, duration(k));
    case 3:
        return do_holding(k->m, between(k, 0.0001, 0.003));
    case 4:
        return do_alloc(k->m, between(k, 0, 3e6));
    case 5:
        return do_leak(k->m, between(k, 0, 2e5));
    default:
        return do_work(k->m, SIM_STEP_PYTHON, duration(k));
    }
}

static uint32_t call(struct maker *k)
{
    char name[16];
    snprintf(name, sizeof name, "s%u", below(k, k->services));
    struct sim_call_def c = call_def(name);
    c.cancel = one_in(k, 3);
    c.cancel_delay = one_in(k, 2) ? 0 : (sim_time)below(k, 5 * SIM_MS);
    c.deadline = one_in(k, 4) ? number(k->m, between(k, 0.002, 0.05)) : SIM_NONE;
    c.pass_deadline = one_in(k, 3);
    c.key = (enum sim_call_key)((uint64_t)c.cancel_delay % SIM_KEY_OF_FIELDS);
    return do_call_as(k->m, &c);
}

static uint32_t any_step(struct maker *k, uint32_t depth);

static uint32_t row(struct maker *k, uint32_t depth)
{
    uint32_t steps[3], n = 1 + below(k, 3);
    for (uint32_t i = 0; i < n; i++)
        steps[i] = any_step(k, depth);
    return do_list(k->m, n, steps);
}

static uint32_t several(struct maker *k, uint32_t depth)
{
    uint32_t steps[3];
    for (uint32_t i = 0; i < 3; i++)
        steps[i] = any_step(k, depth);
    return do_gather(k->m, below(k, 4), 3, steps);
}

// A bulkhead or a pool of connections as the number says, as below.
static uint32_t gated(struct maker *k, uint32_t number, uint32_t step)
{
    struct sim_bulkhead_def def = { .rule = sim_bulkhead_of(SIM_BULKHEAD_PLAIN),
                                    .status = 503,
                                    .connect = SIM_NONE };
    if (number % 3 == 1)
        def.rule = sim_connections_of(SIM_CONNECTIONS_SQLALCHEMY);
    def.rule.kept = number % 2;
    def.rule.most = 1 + number % 4;
    def.rule.wait = (number % 5) * 2 * (sim_time)SIM_MS;
    def.rule.idle = (number % 7) * (sim_time)SIM_MS;
    if (number % 3 == 1)
        def.connect = sim_model_const(k->m, (number % 4) * 0.001);
    return with_bulkhead(k->m, &def, step);
}

// A concurrency limit as the number says, in the same way.
static uint32_t crowded(struct maker *k, uint32_t number, uint32_t step)
{
    struct sim_concurrency_def def = {
        .rule = sim_concurrency_of((enum sim_concurrency_kind)(number % SIM_CONCURRENCIES)),
        .on = 1u << SIM_TIMEOUT | 1u << SIM_REJECTED,
        .status = 503
    };
    def.rule.initial = def.rule.min = 1 + number % 3;
    return with_concurrency(k->m, sim_model_concurrency(k->m, &def), step);
}

// A breaker as the number says, so that no other draw of a world depends on it.
static uint32_t broken(struct maker *k, uint32_t number, uint32_t step)
{
    struct sim_breaker_def def = { .rule = sim_breaker_of((enum sim_breaker_scheme)(
                                       number % SIM_BREAKER_SCHEMES)),
                                   .on = sim_retry_default().on,
                                   .status = 503 };
    def.rule.min_calls = def.rule.failures = 1 + number % 3;
    def.rule.open_for = (number % 7) * 5 * (sim_time)SIM_MS;
    def.rule.probes = 1 + number % 2;
    step = gated(k, number, step);
    k->breakers++;
    return with_breaker(k->m, sim_model_breaker(k->m, &def), step);
}

static void add_store(struct maker *k)
{
    uint32_t took = number(k->m, 0.0007);
    const struct sim_store_def db = { .name = "db",
                                      .took = { took, took, took },
                                      .connections = more_below(k, 7) ? 3 : SIM_UNLIMITED,
                                      .capacity = more_below(k, 3) ? 4 : SIM_UNLIMITED };
    sim_model_store(k->m, &db);
}

// Whether something is kept in the store, and how.
static bool is_shared(struct maker *k, struct sim_sharing *how)
{
    *how = (struct sim_sharing){ .store = "db",
                                 .is_atomic = more_below(k, 2),
                                 .fails_open = more_below(k, 3) == 0,
                                 .timeout = number(k->m, 0.003) };
    return k->has_store && more_below(k, 2);
}

// A throttle as the number says, with a window of a few requests or of all.
static uint32_t throttled(struct maker *k, uint32_t number, uint32_t step)
{
    struct sim_throttle_def def = { .rule = sim_throttle_default(),
                                    .on = sim_retry_default().on,
                                    .status = 503 };
    def.rule.k = 1000000 + number % 3 * 500000;
    if (number % 2)
        def.rule.window = (1 + number) * 10 * (sim_time)SIM_MS;
    def.rule.counts_late = number % 4 == 3;
    return with_throttle(k->m, sim_model_throttle(k->m, &def), step);
}

static uint32_t shed(struct maker *k, uint32_t step)
{
    struct sim_shed_def def = { .rule = sim_shed_default(1 + more_below(k, 5)),
                                .by = SIM_NONE,
                                .status = 503 };
    def.load = sim_utilisation_default();
    def.load.ramp = 3 * (sim_time)SIM_MS;
    def.by_utilisation = more_below(k, 2);
    def.of_cores = more_below(k, 2);
    return with_shed(k->m, sim_model_shed(k->m, &def), step);
}

// An effect and a message of it, in one transaction with the step or beside it.
static uint32_t told(struct maker *k, uint32_t step)
{
    char name[16];
    uint32_t row = sim_model_find_effect(k->m, "row");
    if (k->brokered == 0)
        return step;
    if (row == SIM_NONE)
        row = sim_model_effect(k->m, &(struct sim_effect_def){ .name = "row" });
    snprintf(name, sizeof name, "s%u", k->brokered - 1);
    uint32_t tell = do_publish(k->m, name, more_below(k, 2) ? SIM_OUTBOX : 0);
    if (more_below(k, 2))
        return do_transaction(k->m, do_list(k->m, STEPS(tell, do_effect(k->m, row), step)));
    return do_list(
        k->m, STEPS(do_transaction(k->m, do_list(k->m, STEPS(do_effect(k->m, row), step))),
                    tell));
}

static uint32_t tried_again(struct maker *k, uint32_t step)
{
    struct sim_retry r = sim_retry_default();
    r.max_attempts = 1 + below(k, 4);
    r.base = below(k, 3) * (sim_time)SIM_MS;
    r.spread = SIM_MS;
    r.jitter = (enum sim_jitter)below(k, SIM_JITTERS);
    if (r.max_attempts > 1)
        step = broken(k, 4 * r.jitter + r.max_attempts, step);
    if (r.max_attempts > 2)
        step = crowded(k, (uint32_t)r.jitter, step);
    if (more_below(k, 4) == 0)
        step = shed(k, step);
    if (more_below(k, 2))
        step = told(k, step);
    if (more_below(k, 3) == 0)
        step = throttled(k, 4 * r.jitter + r.max_attempts, step);
    if (one_in(k, 2)) {
        struct sim_budget b = sim_budget_of((enum sim_budget_kind)below(k, SIM_BUDGETS));
        b.least = below(k, 3);
        r.budget = sim_model_budget(k->m, &b);
    }
    return with_retry(k->m, &r, step);
}

// Keys for an effect and a step, as the number says.
static uint32_t kept(struct maker *k, uint32_t number, uint32_t step)
{
    struct sim_idempotency_def def = { .rule = sim_idempotency_default() };
    struct sim_policy p = { .kind = SIM_POLICY_IDEMPOTENCY };
    struct sim_sharing how;
    uint32_t e = sim_model_find_effect(k->m, "done");
    if (e == SIM_NONE)
        e = sim_model_effect(k->m, &(struct sim_effect_def){ .name = "done" });
    def.rule.record = (enum sim_recording)(number % SIM_RECORDINGS);
    def.rule.lease = (1 + number) * 10 * (sim_time)SIM_MS;
    def.rule.replays_errors = number % 2;
    def.wait = (number % 3) * (sim_time)SIM_MS;
    p.idempotency = sim_model_idempotency(k->m, &def, is_shared(k, &how) ? &how : NULL);
    struct sim_step with = { .kind = SIM_STEP_WITH,
                             .a = sim_model_policy(k->m, &p),
                             .value = SIM_NONE };
    with.b = do_list(k->m, STEPS(do_effect(k->m, e), step));
    return sim_model_step(k->m, &with);
}

static uint32_t limited(struct maker *k, uint32_t step)
{
    struct sim_limiter_def def = { .kind = (enum sim_limit_kind)below(k, SIM_LIMITS),
                                   .window = (1 + below(k, 200)) * (sim_time)SIM_MS,
                                   .burst = SIM_NONE,
                                   .status = 429 };
    struct sim_value field = { .kind = SIM_VALUE_FIELD, .a = k->field };
    def.limit =
        one_in(k, 4) ? sim_model_value(k->m, &field) : number(k->m, 1 + below(k, 9));
    if (one_in(k, 2) && def.kind <= SIM_LIMIT_GCRA)
        def.burst = 1 + below(k, 5);
    if (one_in(k, 2))
        def.per[def.per_count++] = k->field;
    step = kept(k, def.kind, step);
    struct sim_sharing how;
    if (is_shared(k, &how) && def.kind != SIM_LIMIT_LEAKY_QUEUE)
        return with_limiter(k->m, sim_model_shared_limiter(k->m, &def, &how), step);
    return with_limiter(k->m, sim_model_limiter(k->m, &def), step);
}

// The same of hedges and fallbacks.
static uint32_t hedged(struct maker *k, uint32_t step)
{
    struct sim_hedge_def def = { .rule = sim_hedge_of(SIM_HEDGE_PLAIN),
                                 .on = sim_retry_default().on,
                                 .budget = SIM_NO_BUDGET };
    def.rule.max_attempts = 1 + step % 4;
    def.rule.after = step % 5 * (sim_time)SIM_MS;
    def.rule.is_tied = step % 3 == 0;
    def.rule.on_failure = step % 7 == 0;
    if (step % 2 == 0) {
        struct sim_budget b = sim_budget_of((enum sim_budget_kind)(step / 2 % SIM_BUDGETS));
        def.budget = sim_model_budget(k->m, &b);
    }
    step = with_hedge(k->m, &def, step);
    return step % 3 ? step : with_fallback(k->m, step, do_io(k->m, 0.001));
}

// A cache as the number of the step says, so that no other draw of a world depends on it.
static uint32_t remembered(struct maker *k, uint32_t step)
{
    struct sim_cache_def c = { .name = "cache",
                               .entries = 1 + step % 4,
                               .latency = step % 7 ? SIM_NONE : number(k->m, 0.001),
                               .is_local = step % 5 == 0 };
    struct sim_value field = { .kind = SIM_VALUE_FIELD, .a = k->field };
    struct sim_cached_def use = { .cache = sim_model_cache(k->m, &c),
                                  .key =
                                      step % 3 ? sim_model_value(k->m, &field) : SIM_NONE,
                                  .ttl = number(k->m, 0.003 * (step % 3)),
                                  .single_flight = step % 2 };
    return do_cached(k->m, &use, step);
}

static uint32_t a_pool(struct maker *k)
{
    struct sim_pool_def p =
        sim_pool_default((enum sim_pool_kind)below(k, 3), 1 + below(k, 3));
    p.start = (enum sim_start)below(k, 4);
    p.startup = one_in(k, 2) ? SIM_STARTUP_USUAL : below(k, 20) * (sim_time)SIM_MS;
    p.isolates = one_in(k, 2);
    p.max_tasks = one_in(k, 2) ? 0 : 1 + below(k, 5);
    if (k->in_pool)
        p.kind = SIM_POOL_THREADS;
    if (one_in(k, 3))
        return 0;
    return k->pools = sim_model_pool(k->m, &p);
}

static uint32_t sent(struct maker *k, uint32_t step)
{
    struct sim_offload_def o = { a_pool(k), SIM_NONE, SIM_NONE };
    if (one_in(k, 2))
        o.bytes = number(k->m, below(k, 100000));
    if (one_in(k, 2))
        o.reply_bytes = drawn(k->m, sim_dist_exponential(10000));
    return do_sent(k->m, &o, step);
}

static uint32_t small_step(struct maker *k)
{
    uint32_t step = k->services > 0 && one_in(k, 3) ? call(k) : work(k);
    if (k->on_loop && !k->in_pool && async_below(k, 6) == 0)
        return do_blocking(k->m, step);
    return step;
}

// What only tasks of an event loop do.
static uint32_t async_step(struct maker *k, uint32_t inner)
{
    uint32_t other = small_step(k);
    switch (k->on_loop && !k->in_pool ? async_below(k, 8) : 8) {
    case 0:
        return do_group(k->m, STEPS(inner, other, do_sleep(k->m, between(k, 0, 0.004))));
    case 1:
        return do_list(k->m, STEPS(do_spawn(k->m, inner), other));
    case 2:
        return with_timeout(k->m, between(k, 0.001, 0.01), do_shield(k->m, inner));
    case 3:
        return do_list(k->m, STEPS(do_sleep(k->m, between(k, 0, 0.003)), inner));
    case 4:
        return do_try(k->m, inner, SIM_CANCELLED, other);
    default:
        return inner;
    }
}

static uint32_t any_step(struct maker *k, uint32_t depth)
{
    if (depth == 0)
        return small_step(k);
    bool sends = !k->at_client && one_in(k, 8);
    bool was_in_pool = k->in_pool;
    k->in_pool = k->in_pool || sends;
    uint32_t inner = row(k, depth - 1);
    k->in_pool = was_in_pool;
    if (sends)
        return sent(k, inner);
    if (k->loops)
        inner = async_step(k, inner);
    switch (below(k, 15)) {
    case 0:
        return several(k, depth - 1);
    case 1:
        return do_fanout(k->m, 1 + below(k, 4), below(k, 2), inner);
    case 2:
        return do_times(k->m, below(k, 4), inner);
    case 3:
        return with_timeout(k->m, between(k, 0.001, 0.02), inner);
    case 4:
        return with_timeout(k->m, 0.001 * (1 + below(k, 10)), inner);
    case 5:
        return tried_again(k, with_timeout(k->m, between(k, 0.001, 0.02), inner));
    case 6:
        return with_semaphore(k->m, sim_model_semaphore(k->m, "gate", 1 + below(k, 2)),
                              inner);
    case 7:
        return do_try(k->m, inner, (enum sim_outcome)(1 + below(k, SIM_OUTCOMES - 1)),
                      work(k));
    case 8:
        return one_in(k, 2) ? do_try_any(k->m, inner, work(k))
                            : do_finally(k->m, inner, work(k));
    case 9:
        return do_mix(k->m, 0.9, inner, do_fail(k->m, 500));
    case 10:
        return do_mix(k->m, 0.8, inner, do_reply(k->m, 200));
    case 11:
        return do_switch(k->m, k->field, 1, inner, work(k));
    case 12:
        return limited(k, inner);
    case 13:
        return remembered(k, inner);
    case 14:
        return hedged(k, inner);
    default:
        return inner;
    }
}

// ---- What exists ----

static struct sim_runtime runtime(struct maker *k)
{
    struct sim_runtime r = one_in(k, 2) ? usual_gil() : ideal_gil(SIM_MS);
    r.has_gil = !one_in(k, 4);
    r.switch_interval = (1 + below(k, 3)) * (sim_time)SIM_MS;
    r.fifo_share = between(k, 0, 1);
    r.bytecode_factor = one_in(k, 2) ? 1 : between(k, 0.5, 2);
    r.native_factor = 1;
    r.thread_start = one_in(k, 2) ? 0 : 100 * (sim_time)SIM_US;
    r.executor_burst = one_in(k, 2) ? 0 : below(k, 20) * (sim_time)SIM_US;
    r.executor_round_trip = below(k, 200) * (sim_time)SIM_US;
    r.pool_round_trip = below(k, 900) * (sim_time)SIM_US;
    r.pool_burst = one_in(k, 3) ? 0 : below(k, 200) * (sim_time)SIM_US;
    r.pickle_bytes = r.unpickle_bytes = r.pipe_bytes = one_in(k, 2) ? 0 : 1e8;
    r.fresh_bytes = r.memory_bytes = one_in(k, 2) ? 0 : 1e9;
    r.cache_size = one_in(k, 2) ? 0 : 1e5;
    r.fork_first = 5 * SIM_MS;
    r.fork_start = 2 * SIM_MS;
    r.spawn_first = r.spawn_start = r.forkserver_first = 10 * (sim_time)SIM_MS;
    r.forkserver_start = r.interpreter_pool_first = 4 * SIM_MS;
    r.interpreter_round_trip = below(k, 400) * (sim_time)SIM_US;
    r.forks = one_in(k, 2);
    r.hands_over = one_in(k, 2);
    r.contention = one_in(k, 2) ? 0 : between(k, 0, 0.5);
    r.coherence = one_in(k, 2) ? 0 : between(k, 0, 0.1);
    r.gc_every = one_in(k, 2) ? 0 : (1 + below(k, 50)) * (sim_time)SIM_MS;
    r.gc_live = 1e4;
    r.gc_object = below(k, 200);
    r.process_memory = one_in(k, 2) ? 0 : 5e6;
    r.thread_memory = one_in(k, 2) ? 0 : 2e4;
    r.interpreter_memory = r.fork_memory = 1e6;
    r.spawn_memory = r.forkserver_memory = 2e6;
    r.loop_iteration = 3 * (sim_time)SIM_US;
    r.task_create = 7 * (sim_time)SIM_US;
    r.task_switch = 9 * (sim_time)SIM_US;
    r.poll_step = SIM_MS;
    r.poll_slack = 150 * (sim_time)SIM_US;
    return r;
}

static void made_of_processes(struct maker *k, struct sim_service_def *s)
{
    struct sim_pool_def p = sim_pool_default(
        one_in(k, 2) ? SIM_POOL_PROCESSES : SIM_POOL_INTERPRETERS, 1 + below(k, 3));
    p.serves = true;
    p.startup = below(k, 30) * (sim_time)SIM_MS;
    p.max_tasks = one_in(k, 2) ? 0 : 1 + below(k, 20);
    p.threads = below(k, 3);
    p.timeout = one_in(k, 2) ? 0 : (1 + below(k, 30)) * (sim_time)SIM_MS;
    p.watch = one_in(k, 2) ? 0 : 10 * (sim_time)SIM_MS;
    p.max_memory = one_in(k, 2) ? 0 : 3000000;
    s->executor.pool = k->pools = sim_model_pool(k->m, &p);
    s->executor.workers = p.workers * (p.threads ? p.threads : 1);
}

// Every third service has a balancer with a memory, as its number says, so that no other draw of a
// world depends on it.
static struct sim_balance balance(uint32_t plain, uint32_t number)
{
    if (number % 3 != 1)
        return sim_balance_default((enum sim_balance_kind)plain);
    uint32_t kind = number % 2 ? plain : SIM_BALANCE_PEAK_EWMA + plain % 2;
    struct sim_balance b = sim_balance_default((enum sim_balance_kind)kind);
    b.refresh = plain % 2 * 5 * (sim_time)SIM_MS;
    b.slow_start = 20 * (sim_time)SIM_MS;
    b.bound = 1.25;
    b.outlier = sim_outlier_default();
    b.outlier.consecutive = 2;
    b.outlier.interval = 7 * (sim_time)SIM_MS;
    b.outlier.base = 11 * (sim_time)SIM_MS;
    b.outlier.share = 1000;
    return b;
}

// So quickly that probes fail, and replicas are restarted amid all that goes on.
static void probe(struct maker *k, struct sim_service_def *s)
{
    for (int kind = 0; kind < SIM_PROBES; kind++) {
        if (kind == SIM_STARTUP && stops_below(k, 2))
            continue;
        s->probes[kind].rule = (struct sim_probe){ .period = 13 * (sim_time)SIM_MS,
                                                   .timeout = 4 * (sim_time)SIM_MS,
                                                   .failures = 2 + (uint32_t)kind,
                                                   .successes = 1 };
    }
    s->termination = 9 * (sim_time)SIM_MS;
}

// What should follow a row.
static uint32_t followed(struct maker *k)
{
    uint32_t row = sim_model_find_effect(k->m, "row");
    uint32_t mail = sim_model_find_effect(k->m, "mail");
    if (row == SIM_NONE)
        row = sim_model_effect(k->m, &(struct sim_effect_def){ .name = "row" });
    if (mail == SIM_NONE) {
        mail = sim_model_effect(k->m, &(struct sim_effect_def){ .name = "mail" });
        sim_model_follow(k->m, mail, row);
    }
    return do_effect(k->m, mail);
}

// Pre-stops that are longer than the grace, and callers that hear late, or at once.
static void drain(struct maker *k, struct sim_service_def *s)
{
    s->drain =
        (struct sim_drain){ .is_used = true,
                            .pre_stop = stops_below(k, 3) * 7 * (sim_time)SIM_MS,
                            .endpoint_lag = stops_below(k, 3) * 5 * (sim_time)SIM_MS };
    s->termination = stops_below(k, 3) * 9 * (sim_time)SIM_MS;
}

// Messages that wait at a broker, for services that threads serve.
static bool has_broker(struct maker *k, struct sim_service_def *s, bool serves)
{
    bool can = !serves && !k->loops && s->executor.workers != SIM_UNLIMITED &&
               s->balance.kind == SIM_BALANCE_ROUND_ROBIN;
    if (!can || more_below(k, 2))
        return false;
    s->executor.broker =
        (struct sim_broker_def){ .is_used = true,
                                 .acks_late = more_below(k, 2),
                                 .prefetch = more_below(k, 4),
                                 .visibility = more_below(k, 2) * 15 * (sim_time)SIM_MS };
    return true;
}

static void a_service(struct maker *k, uint32_t host)
{
    char name[16];
    snprintf(name, sizeof name, "s%u", k->services);
    struct sim_service_def s =
        service_def(name, one_in(k, 5) ? SIM_UNLIMITED : 1 + below(k, 6));
    s.replicas = 1 + below(k, 3);
    s.cores = 1 + below(k, 3);
    s.host = one_in(k, 4) ? host : SIM_NONE;
    s.has_runtime = one_in(k, 2);
    s.runtime = runtime(k);
    s.executor.capacity = one_in(k, 2) ? SIM_UNLIMITED : below(k, 20);
    s.executor.discipline = (enum sim_discipline)below(k, SIM_CODEL + 1);
    s.executor.lifo_from = 2 + s.executor.workers % 3;
    s.executor.codel = (struct sim_codel){ SIM_MS, 5 * SIM_MS };
    s.executor.max_wait = one_in(k, 3) ? number(k->m, between(k, 0.001, 0.02)) : SIM_NONE;
    s.executor.drop_expired = one_in(k, 3);
    s.balance = balance(below(k, SIM_BALANCE_POWER + 1), k->services);
    bool serves = one_in(k, 4);
    if (serves)
        made_of_processes(k, &s);
    k->on_loop = k->loops && !serves && async_below(k, 3) > 0;
    if (k->on_loop) {
        s.executor.kind = SIM_ASYNCIO;
        s.executor.probe = async_below(k, 2) * 7 * (sim_time)SIM_MS;
        if (async_below(k, 3) == 0) {
            s.executor.processes = 1 + async_below(k, 3);
            s.executor.backlog = async_below(k, 2) ? 3 : 100;
            s.replicas *= s.executor.processes;
        }
    }
    k->in_pool = serves;
    uint32_t handler = row(k, 2);
    k->in_pool = false;
    bool is_worker = has_broker(k, &s, serves);
    if (is_worker) {
        handler = do_list(k->m, STEPS(handler, followed(k)));
        k->brokered = k->services + 1;
    }
    if (k->probes && !is_worker)
        probe(k, &s);
    if (!is_worker && stops_below(k, 4) == 0)
        drain(k, &s);
    add_service(k->m, &s, serves ? do_served(k->m, s.executor.pool, handler) : handler);
    if (one_in(k, 3)) {
        struct sim_link_def link = { .latency = duration(k) };
        snprintf(link.to, sizeof link.to, "s%u", k->services);
        sim_model_link(k->m, &link);
    }
    k->services++;
}

static struct sim_arrivals_def arrivals(struct maker *k)
{
    struct sim_arrivals_def a = { .kind = SIM_ARRIVE_BURSTY, .on = 0.05, .off = 0.05 };
    switch (below(k, 6)) {
    case 0:
        return closed(k->m, 1 + below(k, 6), sim_dist_exponential(0.01));
    case 1:
        return burst(1 + below(k, 60), (sim_time)below(k, 500) * SIM_MS);
    case 2:
        return steady(k->m, between(k, 10, 200));
    case 3:
        a.rate = number(k->m, between(k, 10, 300));
        return a;
    default:
        return poisson(k->m, between(k, 10, 300));
    }
}

// Every other request is one plain call, at most within a timeout: such requests go another
// way through the simulator.
static void a_client(struct maker *k, uint32_t i)
{
    struct sim_client_def c = { .arrivals = arrivals(k), .fields = 1 };
    snprintf(c.name, sizeof c.name, "c%u", i);
    k->at_client = true;
    k->on_loop = false;
    uint32_t value = drawn(k->m, sim_dist_zipf(2, 1));
    c.first_field = sim_model_field_set(k->m, (struct sim_field_set){ k->field, value });
    if (one_in(k, 2)) {
        char name[16];
        snprintf(name, sizeof name, "s%u", k->services - 1);
        struct sim_call_def call = call_def(name);
        static const enum sim_call_key keys[] = { SIM_NO_KEY, SIM_KEY_OF_REQUEST,
                                                  SIM_KEY_OF_HANDLER, SIM_KEY_OF_ATTEMPT };
        call.key = keys[more_below(k, 4)];
        c.step = do_call_as(k->m, &call);
        if (one_in(k, 2))
            c.step = with_timeout(k->m, 0.001 * (1 + below(k, 20)), c.step);
    } else {
        c.step = any_step(k, 2);
    }
    sim_model_client(k->m, &c);
}

static struct sim_fault a_fault(struct maker *k)
{
    // Those that came later are drawn apart, and leave the worlds without them as they were.
    struct sim_fault f = { .kind = (enum sim_fault_kind)below(k, SIM_FAULT_PARTITION) };
    if (more_below(k, 3) == 0)
        f.kind = (enum sim_fault_kind)(SIM_FAULT_PARTITION +
                                       more_below(k, SIM_FAULT_TURN - SIM_FAULT_PARTITION));
    f.target.service = below(k, k->services);
    f.target.replica = one_in(k, 2) ? SIM_NONE : 0;
    f.target.route = SIM_NONE;
    f.amount = f.kind == SIM_FAULT_SLOW ? between(k, 1, 6) : between(k, 0, 1);
    f.value = number(k->m, between(k, 0.001, 0.01));
    f.side = (enum sim_side)more_below(k, 3);
    if (more_below(k, 2) == 0)
        snprintf(f.from, sizeof f.from, "c1");
    if (f.kind == SIM_FAULT_STEAL) {
        f.amount *= SIM_STEAL_MOST;
        f.value = 0;
        if (more_below(k, 2) == 0)
            f.target.service = SIM_NONE;
    }
    if (f.kind == SIM_FAULT_POISON) {
        f.amount = 1 + more_below(k, 5);
        f.target.replica = SIM_NONE;
    }
    if (f.kind == SIM_FAULT_FAILOVER) // of stores that have another
        f.kind = SIM_FAULT_RESTART;
    if (f.kind == SIM_FAULT_BANDWIDTH)
        f.amount = 1e4 * (1 + more_below(k, 200));
    if (f.kind == SIM_FAULT_LEAK)
        f.amount = 1e6 * (1 + more_below(k, 500));
    if (f.kind == SIM_FAULT_SCALE || f.kind == SIM_FAULT_DEPLOY) {
        f.rollout.surge = more_below(k, 3);
        f.rollout.unavailable = more_below(k, 2) + (f.rollout.surge == 0);
        f.rollout.startup = more_below(k, 3) * 10 * (sim_time)SIM_MS;
        f.amount = 1 + more_below(k, 4);
        if (!sim_model_scale(k->m, f.target.service, (uint32_t)f.amount))
            f.kind = SIM_FAULT_RESTART;
    }
    if (f.kind == SIM_FAULT_POOL) {
        f.value = below(k, k->pools + 1);
        f.amount = 1 + below(k, 2);
    }
    if (f.kind == SIM_FAULT_FLUSH && sim_model_caches(k->m) == 0)
        f.kind = SIM_FAULT_RESTART;
    if (f.kind == SIM_FAULT_FLUSH)
        f.value = below(k, sim_model_caches(k->m));
    if (f.kind == SIM_FAULT_BREAKER && k->breakers == 0)
        f.kind = SIM_FAULT_FAIL;
    if (f.kind == SIM_FAULT_BREAKER) {
        f.value = below(k, k->breakers);
        f.amount = one_in(k, 2) ? SIM_BREAKER_DISABLED : SIM_BREAKER_FORCED_OPEN;
    }
    f.begin = (sim_time)(between(k, 0.1, 0.7) * SIM_S);
    if (!sim_fault_is_momentary(f.kind) && f.kind != SIM_FAULT_POOL &&
        f.kind != SIM_FAULT_DEPLOY)
        f.end = f.begin + (sim_time)(between(k, 0.01, 0.2) * SIM_S);
    else
        f.end = SIM_NEVER;
    f.every = one_in(k, 3) ? 250 * (sim_time)SIM_MS : 0;
    f.waits = more_below(k, 5) == 0;
    return f;
}

void random_world_open(struct random_world *w, uint64_t seed)
{
    struct maker k = { .m = world_open(SECONDS) };
    sim_random_init(&k.r, seed, "random", "world");
    sim_random_init(&k.async, seed, "random", "loops");
    sim_random_init(&k.more, seed, "random", "more");
    sim_random_init(&k.stops, seed, "random", "stops");
    k.loops = seed % 3 == 0;
    k.probes = w->has_probes = seed % 4 == 3;
    k.has_store = more_below(&k, 2);
    if (k.has_store)
        add_store(&k);
    k.field = sim_model_field(k.m, one_in(&k, 2) ? "priority" : "kind");
    struct sim_host_def h = { .name = "host", .cores = 2 };
    h.slice = one_in(&k, 2) ? 0 : 3 * (sim_time)SIM_MS;
    h.switch_cost = h.slice ? 5 * SIM_US : 0;
    h.memory = one_in(&k, 2) ? 0 : 20000000;
    h.restart = below(&k, 100) * (sim_time)SIM_MS;
    h.back_off = stops_below(&k, 4) == 0 ? SIM_BACK_OFF_ALWAYS : SIM_BACK_OFF_USUAL;
    uint32_t host = sim_model_host(k.m, &h);
    for (uint32_t i = 1 + below(&k, 4); i > 0; i--)
        a_service(&k, host);
    for (uint32_t i = 1 + below(&k, 3); i > 0; i--)
        a_client(&k, i);
    w->fault_count = below(&k, RANDOM_FAULTS + 1);
    for (uint32_t i = 0; i < w->fault_count; i++)
        w->faults[i] = a_fault(&k);
    world_seal(k.m);
    w->model = k.m;
}

void random_world_close(struct random_world *w)
{
    sim_model_close(w->model);
}

// Some condition that no way of cutting the run may change.
static bool holds(void *ctx, const struct sim_run *run, uint32_t fault)
{
    (void)ctx;
    return (uint64_t)sim_run_client_meter(run, 0)->counts[SIM_ARRIVED] % 2 == fault % 2;
}

struct sim_run *random_world_run(const struct random_world *w, uint64_t seed,
                                 uint32_t trace_records, uint32_t splits)
{
    struct sim_run *run = run_open(w->model, seed, trace_records);
    struct sim_schedule schedule;
    if (!sim_schedule_init(&schedule, w->faults, w->fault_count))
        exit(3);
    schedule.holds = holds;
    struct sim_random r;
    sim_random_init(&r, seed, "random", "splits");
    sim_time t = 0;
    for (uint32_t i = 0; i < splits; i++) {
        t += (sim_time)sim_random_below(&r, (uint64_t)(2 * SECONDS * SIM_S / splits));
        sim_schedule_run(&schedule, run, t);
    }
    sim_schedule_run(&schedule, run, SIM_NEVER);
    sim_schedule_fini(&schedule);
    sim_run_finish(run);
    return run;
}
