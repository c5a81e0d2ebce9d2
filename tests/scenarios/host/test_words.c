#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/scripts.h"

// Every word with every key: what is legal builds, runs, and balances its books.

#define COUNT(list) (sizeof(list) / sizeof *(list))

// Each piece stands in line 2 of a scenario that is complete without it.
static const char *around(char *text, size_t size, const char *piece)
{
    snprintf(
        text, size,
        "scenario(\"t\", { duration = 2*s }) local db = service(\"db\", { replicas = 2, "
        "handler = { [\"GET /a\"] = io(1*ms), [\"\"] = io(2*ms) } })\n%s\n"
        "client(\"u\", { target = db, arrivals = constant(10), req = { id = 1, bytes = 100, class = 1, "
        "item = 1, n = 2, plan = 1, quota = 1, tenant = 1, user = 1, who = 1 } })\n",
        piece);
    return text;
}

static void all_run(const char *const *pieces, size_t n)
{
    char text[2048], shown[4096];
    for (size_t i = 0; i < n; i++) {
        struct scn_result r;
        script_run(around(text, sizeof text, pieces[i]), NULL, 1, &r);
        if (r.end != SCN_DONE || !sim_run_books(r.run).balanced)
            fail_msg("%s\nended %d: %s", pieces[i], (int)r.end,
                     script_error_text(&r.error, shown, sizeof shown));
        scn_result_close(&r);
    }
}

static void steps_may_be_written_so(void **state)
{
    static const char *const steps[] = {
        "python(1*ms)",
        "python(exponential(1*ms))",
        "python(req.id * 1*ns)",
        "python(curve {{0, 1*ms}, {1, 2*ms}})",
        "native(1*ms)",
        "native(1*ms, {holds_gil = true})",
        "native(1*ms, {holds_gil = false})",
        "io(0)",
        "blocking(1*ms)",
        "blocking {io(1*ms), python(1*ms)}",
        "call(db)",
        "call \"db\"",
        "call(db, {false, timeout(1*s), route = \"GET /a\"})",
        "call(db, {retry {max_attempts = 2}, timeout(1*s), cancel = true, deadline = true})",
        "call(db, {cancel = false, deadline = 100*ms})",
        "call(db, {deadline = exponential(100*ms)})",
        "to_thread(io(1*ms))",
        "effect(\"charge\")",
        "with(idempotency {}, effect(\"charge\"))",
        "with(idempotency {ttl = 1*hour, lease = 5*s, record = \"after\", fingerprint = req.bytes, required = true, wait = 10*ms}, io(1*ms))",
        "with(idempotency {store = store(\"keys\", {write = 1*ms}), record = \"late\", replay_errors = false, on_store_failure = \"open\", store_timeout = 1*s}, io(1*ms))",
        "call(db, {retry {}, idempotency_key = true})",
        "call(db, {retry {}, idempotency_key = \"handler\"})",
        "call(db, {retry {}, idempotency_key = \"attempt\"})",
        "call(db, {retry {}, idempotency_key = {req.tenant, req.bytes}})",
        "{effect(\"charge\", {per = req.tenant}), effect(\"charge\", {per = {req.tenant, false}})}",
        "alloc(5*MB)",
        "{alloc(req.id * 1*KB), leak(exponential(1*KB)), io(1*ms)}",
        "to_thread {io(1*ms), python(1*ms)}",
        "to_thread(to_thread(call(db)))",
        "run_in_executor(threads(2), python(1*ms))",
        "run_in_executor(false, {io(1*ms)})",
        "run_in_executor(processes(2), python(1*ms), {bytes = 1*KB, reply_bytes = 2*KB})",
        "run_in_executor(processes(), python(1*ms), {bytes = exponential(1*KB)})",
        "run_in_executor(subinterpreters(2, {startup = 1*ms}), python(1*ms))",
        "run_in_executor(subinterpreters(), python(1*ms), {bytes = req.id * 10})",
        "gather {io(1*ms), false, python(1*ms)}",
        "gather({io(1*ms), python(1*ms)}, {need = 1})",
        "gather(3, io(1*ms))",
        "gather(3, io(1*ms), {need = 2})",
        "gather(0, io(1*ms))",
        "gather {}",
        "times(3, io(1*ms))",
        "times(0, io(1*ms))",
        "with(timeout(1*s), io(1*ms))",
        "with({timeout(1*s), false, semaphore(2)}, {io(1*ms)})",
        "with(semaphore(1), io(1*ms))",
        "call(db, {retry \"tenacity\"})",
        "call(db, {retry(\"grpc\", {max_attempts = 9, base = 50*ms})})",
        "call(db, {retry \"grpc-legacy\"})",
        "call(db, {retry(\"envoy\", {base = 10*ms, budget = \"envoy\"})})",
        "call(db, {retry(\"resilience4j\", {growth = \"exponential\", jitter = true})})",
        "call(db, {retry(\"polly\", {growth = \"linear\", jitter = true})})",
        "call(db, {retry(\"celery\", {base = 1*s})})",
        "call(db, {retry(\"aws\", {budget = budget(\"aws\", {size = 100})})})",
        "call(db, {retry {growth = \"linear\", jitter = \"proportional\", share = 0.3, min = 5*ms}})",
        "call(db, {retry {budget = budget {size = 5, per_call = 0.2, per_success = 0, cost = 2}}})",
        "call(db, {retry {budget = budget(\"finagle\", {ttl = 5*s, percent_can_retry = 0.1})}})",
        "call(db, {retry {budget = budget(\"grpc\", {max_tokens = 100, token_ratio = 0.2})}})",
        "call(db, {retry {budget = budget(\"envoy\", {max_retries = 5})}})",
        "call(db, {retry {budget = budget(\"failure_rate\", {share = 0.2})}})",
        "call(db, {breaker {}})",
        "call(db, {breaker {failure_rate = 0.2, window = 50, min_calls = 5, open = 1*s, probes = 2}})",
        "call(db, {breaker {time_window = 30*s, slow = 1*s, slow_rate = 0.5, status = 504}})",
        "call(db, {breaker(\"resilience4j\", {half_open_for = 5*s, automatic = true})})",
        "call(db, {breaker(\"hystrix\", {time_window = 20*s, snapshot = 100*ms})})",
        "call(db, {breaker(\"polly\", {failure_rate = 0.5, min_calls = 10})})",
        "call(db, {breaker(\"pybreaker\", {failures = 3, probes = 2, on = {\"timeout\"}})})",
        "try(fail(503, {retry_after = 2*s}), {any = {}})",
        "try(fail(503, {retry_after = exponential(1*s)}), {any = {}})",
        "try(fail(503, {retry_after = \"never\"}), {any = {}})",
        "try(with({retry {max_attempts = 2, push_back = \"ignore\"}}, fail(503, {retry_after = 0})), {any = {}})",
        "try(with({retry(\"polly\", {max_attempts = 2, push_back = \"obey\"})}, fail(503, {retry_after = 1*ms})), {any = {}})",
        "with(rate_limit(\"gcra\", {limit = 10, retry_after = 1*s}), io(1*ms))",
        "with(quota {limit = 10, retry_after = 1*s}, io(1*ms))",
        "call(db, {bulkhead(3)})",
        "call(db, {timeout(1*s), bulkhead(3, {wait = 10*ms, queue = 2, status = 429, name = \"gate\"})})",
        "with(bulkhead(1, {queue = 5}), io(1*ms))",
        "with(bulkhead(1, {queue = 0, wait = 0}), io(1*ms))",
        "call(db, {bulkhead \"resilience4j\"})",
        "call(db, {bulkhead(\"polly\", {limit = 2, queue = 3})})",
        "call(db, {bulkhead(\"hystrix\", {wait = 1*ms}), bulkhead \"envoy\"})",
        "with(connections(1), call(db))",
        "with(connections(2, {overflow = 3, acquire_timeout = 1*s, idle = 5*ms, lifo = true, connect = exponential(1*ms), status = 504, name = \"pool\"}), call(db))",
        "with(connections(1, {acquire_timeout = 0, connect = 0}), io(1*ms))",
        "with(connections \"sqlalchemy\", io(1*ms))",
        "with(connections(\"sqlalchemy\", {pool_size = 1, max_overflow = 0, timeout = 1*s, use_lifo = true, connect = 1*ms}), io(1*ms))",
        "with(connections(\"hikaricp\", {maximum_pool_size = 2, connection_timeout = 1*s}), io(1*ms))",
        "with(connections(\"httpx\", {max_connections = 2, max_keepalive_connections = 0, keepalive_expiry = 1*s, timeout = 1*s}), io(1*ms))",
        "with(connections(\"httpx\", {max_connections = 2}), io(1*ms))",
        "call(db, {concurrency_limit(5), timeout(1*s)})",
        "call(db, {concurrency_limit(5, {status = 429})})",
        "call(db, {concurrency_limit \"vegas\"})",
        "call(db, {concurrency_limit(\"aimd\", {initial = 5, min = 2, max = 9, backoff = 0.5, timeout = 1*s, on = {\"timeout\"}})})",
        "call(db, {concurrency_limit(\"vegas\", {initial = 5, min = 2, max = 9, smoothing = 0.5, probe = 10})})",
        "call(db, {concurrency_limit(\"gradient2\", {min = 2, smoothing = 0.5, queue = 1, tolerance = 2, window = 100, status = 429})})",
        "transaction(io(1*ms))",
        "transaction({io(1*ms), effect(\"row\")})",
        "with(shed \"utilisation\", io(1*ms))",
        "with(shed(\"utilisation\", {threshold = 0.5, ramp = 5*s, of = \"cores\", by = req.class, status = 429}), io(1*ms))",
        "call(db, {throttle {}})",
        "call(db, {throttle()})",
        "call(db, {throttle {k = 1.1, window = 10*s, count = \"answered\", on = {\"rejected\"}, status = 429}})",
        "with(shed(\"criticality\", {limit = 10}), io(1*ms))",
        "with(shed(\"criticality\", {limit = 10, by = req.class, sheddable = 0, critical_plus = 1, status = 429}), io(1*ms))",
        "with(shed(\"criticality\", {limit = 10, by = choose(req.plan, {pro = \"critical\", other = \"sheddable\"})}), io(1*ms))",
        "with(rate_limit(\"token_bucket\", {limit = 10}), io(1*ms))",
        "with(rate_limit(\"leaky_bucket\", {limit = 10, burst = 5, window = 1*minute}), io(1*ms))",
        "with(rate_limit(\"leaky_queue\", {limit = 10, per = req.tenant}), io(1*ms))",
        "with(rate_limit(\"gcra\", {limit = 10, burst = 0, status = 503}), io(1*ms))",
        "with(rate_limit(\"fixed_window\", {limit = 1, per = {req.tenant, false, req.user}}), io(1))",
        "with(rate_limit(\"sliding_log\", {limit = req.quota * 2}), io(1*ms))",
        "with(rate_limit(\"sliding_counter\", {limit = choose(req.plan, {a = 1, other = 2})}), io(1))",
        "call(db, {rate_limit(\"gcra\", {limit = 10, only = \"GET /a\"}), route = \"GET /a\"})",
        "with(rate_limit(\"gcra\", {limit = 10, store = \"redis\"}), io(1*ms))}}) store(\"redis\", {read = 1*ms, write = 1*ms}) service(\"w\", {handler = {io(1)",
        "with(rate_limit(\"sliding_log\", {limit = 10, store = store(\"redis\"), atomic = true, on_store_failure = \"closed\"}), io(1*ms))",
        "with(rate_limit(\"token_bucket\", {limit = 9, store = store(\"redis\", {read = exponential(1*ms), write = 2*ms, script = 1*ms, connections = 2, queue = 9}), store_timeout = 5*ms}), io(1*ms))",
        "with(rate_limit(\"leaky_queue\", {limit = 9, per = req.plan, store = store(\"redis\", {connections = 1}), on_store_failure = \"open\"}), io(1*ms))",
        "with(quota {limit = 10}, io(1*ms))",
        "with(quota {name = \"plan\", limit = choose(req.plan, {[1] = 9, other = 99}), window = 1*s, per = {req.plan, false}, price = 0.1, overage = 2, status = 402}, io(1*ms))",
        "with(quota {limit = 10, per = req.plan, store = store(\"redis\"), atomic = true, on_store_failure = \"closed\", store_timeout = 1*ms}, io(1*ms))",
        "call(db, {hedge {after = 50*ms}})",
        "call(db, {fallback(reply(203)), retry {}, hedge {after = 0, max_attempts = 3, on = {\"error\"}, budget = \"grpc\"}, timeout(1*s)})",
        "call(db, {hedge {tied = true}})",
        "call(db, {hedge {on_failure = true, max_attempts = 5, budget = budget {size = 3}}})",
        "call(db, {hedge(\"grpc\", {after = 10*ms, max_attempts = 9})})",
        "call(db, {hedge \"polly\"})",
        "with({fallback {io(1*ms), fail(503)}, false}, {call(db), io(1*ms)})",
        "cached(cache(\"c1\"), call(db))",
        "cached(cache(\"c2\", {entries = 10, latency = exponential(1*ms), per_process = true}), {call(db), io(1*ms)}, {key = req.item, ttl = uniform(1*s, 2*s), single_flight = true})",
        "cached(cache(\"c3\", {}), function(req) await(call(db)) end, {key = zipf {n = 10, s = 1} + 100 * req.id, ttl = 0})",
        "cached(cache(\"c4\"), cached(\"c4\", {}, {key = 3}))",
        "with(semaphore(1, {name = \"gate\"}), io(1*ms))",
        "with(lock(), io(1*ms))",
        "with(false, io(1*ms))",
        "try(io(1*ms), {any = {}})",
        ("try(fail(503), {error = io(1*ms), timeout = {}, cancelled = {}, rejected = {}, "
         "lost = {}, any = {}, finally = io(1*ms)})"),
        "try({fail(500)}, {error = reply(200)})",
        "try(io(1*ms), {finally = {}})",
        "try(io(1*ms), {error = false, any = {}})",
        "fail()",
        "fail(503)",
        "reply()",
        "{reply(201), io(1*ms)}",
        "choose {{0.5, io(1*ms)}, {0.25, {python(1*ms)}}}",
        "choose {{1, io(1*ms)}, false}",
        "choose {{0.5, io(1*ms)}, {0.5, false}}",
        "choose(req.plan, {free = io(1*ms), other = python(1*ms)})",
        "choose(req.plan, {[1] = io(1*ms), [2] = {}, other = false})",
        "io(choose {{0.5, 1*ms}, {0.5, exponential(2*ms)}})",
        "io(choose(req.plan, {free = 1*ms, other = 2*ms}))",
        "false",
        "{false, {}, {{io(1*ms)}}}",
        "function(req) end",
        "{io(1*ms), function(req) return io(1*ms) end, python(1*ms)}",
        "sleep(1*ms)",
        "{sleep(exponential(1*ms)), function(req) await(sleep(1*ms)) end}",
    };
    char piece[1024];
    const char *one = piece;
    (void)state;
    for (size_t i = 0; i < COUNT(steps); i++) {
        snprintf(
            piece, sizeof piece,
            "service(\"api\", {runtime = cpython \"3.12\", handler = {%s}}) client(\"v\", "
            "{target = \"api\", arrivals = poisson(50), req = {plan = choose {{0.5, 1}, "
            "{0.5, 2}}}})",
            steps[i]);
        all_run(&one, 1);
    }
}

static void what_exists_may_be_written_so(void **state)
{
    static const char *const pieces[] = {
        "service(\"x\", {runtime = cpython \"3.12\", executor = uvicorn {}, handler = io(1*ms)})",
        "service(\"x\", {executor = uvicorn {workers = 1, limit_concurrency = 100}, handler = io(1)})",
        "service(\"x\", {cores = 4, executor = uvicorn {workers = 4, backlog = 10}, handler = io(1)})",
        "service(\"x\", {replicas = 2, executor = uvicorn {workers = 4}, handler = io(1)})",
        "local x = service(\"x\", {replicas = 2, executor = gunicorn {graceful_timeout = 0}, handler = "
        "io(1)}) for i = 1, 2 do between(i*1*s, i*1*s + 1, x[i]:stop()) end",
        "at(1*s, service(\"x\", {executor = uvicorn {timeout_graceful_shutdown = 3*s}, handler = "
        "io(1)}):stop())",
        "service(\"x\", {runtime = cpython(\"3.14t\", {gc_every = 1*s, gc_live = 1e6, gc_object = "
        "30*ns, contention = 0.1, coherence = 0.01}), handler = python(1*ms)})",
        "service(\"x\", {runtime = cpython \"3.12\", executor = gunicorn {}, handler = io(1*ms)})",
        "service(\"x\", {executor = gunicorn {workers = 2, worker_class = \"sync\", timeout = 1*s, "
        "max_requests = 3, backlog = 10, startup = 1*ms, memory = 1*MB}, handler = io(1*ms)})",
        "service(\"x\", {executor = gunicorn {workers = 2, threads = 4, timeout = 0}, handler = {}})",
        "service(\"x\", {executor = gunicorn {worker_class = \"gthread\"}, handler = io(1*ms)})",
        "service(\"x\", {cores = 3, executor = celery {}, handler = io(1*ms)})",
        "service(\"x\", {executor = celery {concurrency = 2, task_time_limit = 1*s, "
        "worker_max_tasks_per_child = 5, worker_max_memory_per_child = 1*MB, startup = 1*ms, "
        "memory = 1*KB}, handler = {}})",
        "service(\"x\", {executor = celery {pool = \"threads\", concurrency = 3}, handler = {}})",
        "service(\"x\", {replicas = 3, executor = celery {prefetch_multiplier = 0, acks_late = true, "
        "reject_on_worker_lost = true, visibility_timeout = 1*hour}, handler = io(1*ms)})",
        "service(\"x\", {executor = celery {pool = \"threads\", concurrency = 3, acks_late = true, "
        "prefetch_multiplier = 1}, handler = {}})",
        "service(\"x\", {executor = celery {pool = \"solo\"}, handler = {}})",
        "service(\"x\", {executor = celery {}, handler = {a = {}, b = publish(\"x\", {route = \"a\", "
        "outbox = false, idempotency_key = true})}})",
        "service(\"x\", {handler = transaction(store(\"rows\"), effect \"row\")})",
        "host(\"h\", {memory = 1*GB, restart = 2*s})",
        "service(\"x\", {executor = processes(2, {memory = 100*MB}), handler = io(1)})",
        "service(\"x\", {runtime = cpython \"3.12\", cores = 2, executor = processes(2), "
        "handler = python(1*ms)})",
        "service(\"x\", {executor = processes(2, {startup = 1*ms, max_tasks = 5, start = "
        "\"spawn\"}), timeout(1*s), handler = {a = io(1*ms), b = {}}})",
        "service(\"x\", {runtime = cpython \"3.14\", executor = subinterpreters(2), handler = "
        "python(1*ms)})",
        "service(\"x\", {host = host(\"h\", {cores = 3}), executor = processes(), handler = "
        "io(1*ms)}) client(\"v\", {target = \"x\", arrivals = constant(10)})",
        "service(\"x\", {handler = io(1*ms)})",
        "service(\"x\", {timeout(1*s), false, retry {}, handler = {io(1*ms)}, executor = "
        "threads(2), runtime = cpython \"3.14t\", replicas = 2, cores = 2, balance = "
        "\"random\"})",
        "service(\"x\", {handler = {a = io(1*ms), b = function(req) end}})",
        "service(\"x\", {handler = io(1*ms), host = host(\"h\", {cores = 2, slice = 1*ms, "
        "switch_cost = 10*us})})",
        "service(\"x\", {handler = io(1*ms), host = host(\"h\", {switch_cost = 0})})",
        "service(\"x\", {handler = io(1*ms), host = host \"h\"})",
        "service(\"x\", {handler = io(1*ms), runtime = false, executor = false, balance = "
        "false, host = false})",
        "service(\"x\", {handler = io(1*ms), balance = \"round_robin\"})",
        "service(\"x\", {handler = io(1*ms), balance = \"least_requests\"})",
        "service(\"x\", {handler = io(1*ms), balance = \"p2c\"})",
        "service(\"x\", {handler = io(1*ms), balance = {\"p2c\", choices = 3}})",
        "service(\"x\", {handler = io(1*ms), replicas = 2, balance = {\"p2c\", bias = 0.5, refresh = 1*s, "
        "slow_start = 30*s, min_weight = 0.2, weights = {3, 1}, panic = 0.5, outlier = true}})",
        "service(\"x\", {handler = io(1*ms), replicas = 3, balance = {\"peak_ewma\", choices = 3, decay = "
        "1*s, refresh = 1*s, outlier = {consecutive_5xx = 3, interval = 1*s, base_ejection_time = 2*s, "
        "max_ejection_time = 9*s, max_ejection_percent = 50, success_rate_minimum_hosts = 3, "
        "success_rate_request_volume = 9, success_rate_stdev_factor = 1000}}}) client(\"v\", {target = "
        "\"x\", arrivals = constant(100)})",
        "service(\"x\", {handler = io(1*ms), readiness = true, liveness = {initial_delay_seconds = 1, "
        "period_seconds = 2*s, timeout_seconds = 0.5, failure_threshold = 2, success_threshold = 1, "
        "handler = python(1*ms)}, grace = 5*s})",
        "service(\"x\", {handler = {[\"GET /health\"] = io(0), b = io(1*ms)}, readiness = {route = "
        "\"GET /health\", success_threshold = 2}, executor = uvicorn {workers = 2}, replicas = 2})",
        "service(\"x\", {handler = io(1*ms), executor = processes(2), liveness = true}) client(\"v\", "
        "{target = \"x\", arrivals = constant(100)})",
        "service(\"x\", {handler = io(1*ms), readiness = false, liveness = false, grace = 1*s})",
        "service(\"x\", {handler = io(1*ms), startup = true, drain = true})",
        "service(\"x\", {handler = io(1*ms), startup = false, drain = false})",
        "service(\"x\", {handler = io(1*ms), replicas = 2, startup = {period_seconds = 1, failure_threshold = 60, "
        "handler = python(1*ms)}, drain = {pre_stop = 5*s, endpoint_lag = 0}, grace = 20*s, executor = asyncio {}})",
        "service(\"x\", fastapi {handler = io(1*ms), startup = true, drain = {pre_stop = 1*s}})",
        "service(\"x\", django {handler = io(1*ms), startup = 2*s, drain = true})",
        "service(\"x\", django {handler = io(1*ms), startup = {period_seconds = 1}})",
        "service(\"x\", {handler = io(1*ms), host = host(\"h\", {back_off = true, memory = 100*MB})})",
        "service(\"x\", fastapi {handler = io(1*ms), readiness = true, liveness = {period_seconds = 1}, grace = 9})",
        "service(\"x\", {handler = io(1*ms), replicas = 3, balance = {\"ring_hash\", key = req.who, ring = "
        "100, bound = 1.25}}) client(\"v\", {target = \"x\", arrivals = constant(100), req = {who = "
        "uniform(0, 9)}})",
        "service(\"x\", {handler = io(1*ms), executor = threads(2, {queue = 0, discipline = "
        "\"lifo\", max_wait = 1*s, drop_expired = true, grows = true})})",
        "service(\"x\", {handler = io(1*ms), executor = threads(2, {discipline = "
        "\"priority\", max_wait = exponential(1*s)})})",
        "service(\"x\", {handler = io(1*ms), executor = threads(2, {discipline = "
        "\"adaptive_lifo\", lifo_from = 5, max_wait = \"controlled\", target = 1*ms, interval = 9*ms})})",
        "service(\"x\", {handler = io(1*ms), executor = threads(2, {discipline = "
        "\"codel\", target = 1*ms, interval = 9*ms, max_wait = 1*s})})",
        "service(\"x\", {handler = io(1*ms), executor = asyncio {limit = 2, discipline = \"codel\"}})",
        "service(\"x\", {handler = io(1*ms), executor = threads(math.huge)})",
        "service(\"x\", {handler = io(1*ms), runtime = cpython(\"3.13\", {switch_interval = "
        "1*ms})})",
        "service(\"x\", {handler = python(1*ms), runtime = cpython(\"3.14t\", {gil = true, "
        "wake = 10*us, fifo_share = 1, requester_wins = 0, bytecode_factor = 0.2, "
        "native_factor = 3})})",
        "client(\"x\", {target = db, arrivals = poisson(10), route = \"GET /a\", cancel = "
        "true, deadline = true, timeout(1*s), req = {plan = \"free\", vip = true, n = 3, m = "
        "req.n * 2}})",
        "client(\"x\", {target = \"db\", arrivals = closed(2), deadline = 1*s})",
        "link(\"u\", db, {latency = 1*ms})",
        "link(\"u\", \"db\", {latency = exponential(1*ms)})",
        "link(\"u\", db)",
    };
    (void)state;
    all_run(pieces, COUNT(pieces));
}

static void numbers_and_arrivals_may_be_written_so(void **state)
{
    static const char *const arrivals[] = {
        "poisson(10)",
        "poisson(0)",
        "poisson(curve {{0, 10}, {1, 50}, {1, 5}})",
        "constant(10)",
        "constant(curve {{0, 10}, {1*s, 20}, period = 1*s})",
        "renewal(100*ms)",
        "renewal(lognormal {median = 50*ms, p99 = 200*ms})",
        "bursty {on = 100*ms, off = 200*ms, rate = 100}",
        "burst(10)",
        "burst(10, {at = 1*s})",
        "burst(0)",
        "closed(3)",
        "closed(3, {think = exponential(10*ms)})",
        "closed(0)",
        "renewal(exponential(50*ms))",
        "renewal(uniform(10*ms, 20*ms))",
        "renewal(normal(50*ms, 5*ms))",
        "renewal(pareto {shape = 2, scale = 10*ms})",
        "renewal(gamma {shape = 2, scale = 10*ms})",
        "renewal(weibull {shape = 1.5, scale = 10*ms})",
        "renewal(zipf {n = 5, s = 1.1} * 10*ms)",
        "renewal(10*ms + exponential(10*ms) / 2)",
        "renewal(50*ms - uniform(0, 10*ms))",
        "renewal(-uniform(-20*ms, -10*ms))",
    };
    char piece[512];
    const char *one = piece;
    (void)state;
    for (size_t i = 0; i < COUNT(arrivals); i++) {
        snprintf(piece, sizeof piece, "client(\"v\", {target = db, arrivals = %s})",
                 arrivals[i]);
        all_run(&one, 1);
    }
}

static void what_happens_may_be_written_so(void **state)
{
    static const char *const pieces[] = {
        "at(1*s, db:slow(8))",
        "between(1*s, 1.5*s, db:slow(2, {only = \"GET /a\"}))",
        "between(1*s, 1.5*s, db[2]:fail(0.5, {only = \"GET /a\"}))",
        "at(1*s, db[1]:crash())",
        "between(1*s, 1.5*s, db:crash())",
        "at(1*s, db:restart())",
        "between(1*s, 1.5*s, db[1]:pause())",
        "at(1*s, processes(2):crash())",
        "at(1*s, subinterpreters(2):crash {workers = 2})",
        "local b = breaker {} with(b, io(1*ms)) between(500*ms, 1*s, b:force_open())",
        "local b = breaker \"hystrix\" with(b, io(1*ms)) at(1*s, b:disable())",
        "every(500*ms, db:restart())",
        "between(1*s, 1.5*s, db:latency(10*ms))",
        "between(1*s, 1.5*s, db:drop(0.5))",
        "between(1*s, 1.5*s, link(\"u\", db):latency(exponential(10*ms)))",
        "between(1*s, 1.5*s, link(\"u\", \"db\"):drop(1))",
        "between(1*s, 1.5*s, db:latency(10*ms, {side = \"request\"}))",
        "between(1*s, 1.5*s, db:drop(0.5, {side = \"reply\"}))",
        "between(1*s, 1.5*s, db:partition())",
        "between(1*s, 1.5*s, db:partition {side = \"reply\"})",
        "at(1*s, link(\"u\", db):partition {side = \"both\"})",
        "between(1*s, 1.5*s, db:refuse())",
        "when({\"u.offered_per_s\", at_least = 1}, db:slow(2))",
        "when({\"db.latency.p99\", at_most = 1, over = 1*s, from = 500*ms, lasts = 100*ms}, db:crash())",
        "when({\"u>db.attempts\", about = 10, tolerance = 10}, cache(\"c\"):flush())",
        "at(1*s, db:oom())",
        "at(1*s, db:deploy())",
        "at(1*s, db:deploy {max_surge = \"50%\", max_unavailable = 1, min_ready_seconds = 100*ms, startup = 10*ms})",
        "when({\"u.ok\", at_least = 1}, db:deploy {max_surge = 1, max_unavailable = 0})",
        "between(1*s, 1.5*s, db:scale(5))",
        "at(1*s, db:scale(1))",
        "every(1*s, db[2]:oom())",
        "between(1*s, 1.5*s, db:leak(5*MB))",
        "at(1*s, db[2]:leak(100*KB))",
        "every(500*ms, link(\"u\", db):refuse())",
        "between(1*s, 1.5*s, host(\"box\", {cores = 2}):steal(0.5))",
        "at(1*s, db:steal(0.99))",
        "at(1*s, db:poison(3))",
        "at(1*s, store(\"r\", {write = 1*ms, failover = 500*ms, lag = 100*ms}):failover())",
        "local d = knob(\"d\", 3.1*ms) client(\"v\", {target = service(\"y\", {handler = io(d)}), arrivals = burst(1)}) between(1*s, 1.5*s, set {d = 7.3*ms})",
        "between(1*s, 1.5*s, db:bandwidth(1*MB))",
        "at(1*s, link(\"u\", db):bandwidth(10*KB, {side = \"reply\"}))",
        "link(\"u\", \"db\", {bandwidth = 1*MB})",
        "link(\"u\", \"db\", {latency = 1*ms, bandwidth = 1*MB})",
        "between(1*s, 1.5*s, db:poison(1, {only = \"GET /a\"}))",
        "every(100*ms, db:poison(1))",
        "when({\"db.poisoned\", at_most = 0}, db:poison(1))",
        "when({\"u.ok\", at_least = 1, lasts = 100*ms}, db[2]:steal(0))",
    };
    (void)state;
    all_run(pieces, COUNT(pieces));
}

static void knobs_and_claims_may_be_written_so(void **state)
{
    static const char *const pieces[] = {
        "local k = knob(\"k\", 3) assert(k == 3 and math.type(k) == \"integer\")",
        "local k = knob(\"k\", 0.5, {min = 0, max = 1, unit = \"share\"}) assert(k == 0.5)",
        "local k = knob(\"k\", false) assert(k == false)",
        "local k = knob(\"k\", \"b\", {\"a\", \"b\"}) assert(k == \"b\")",
        "local k = knob(\"k\", \"b\", {\"a\", false, \"b\"}) assert(k == \"b\")",
        "knob(\"k\", 1) variant(\"v\", {k = 2})",
        "knob(\"k\", true) variant(\"v\", {k = false})",
        "variant(\"v\", {})",
        "variant \"v\"",
        "expect(\"c\", {\"u.ok\", at_least = 1, because = \"x\"})",
        "expect(\"c\", {\"u.ok\", from = 0, to = 1*s, at_least = 0, at_most = 100, share = "
        "0.5})",
        "expect(\"c\", {\"u.ok\", about = 20, tolerance = 1})",
        "variant(\"v\") expect(\"c\", {\"u.ok\", at_most = 1, variant = \"v\", relative_to = "
        "\"default\"})",
        "expect(\"c\", {\"u.ok\", at_most = 1, variant = \"default\"})",
        "expect(\"c\", {measure = function(run) return run(\"u.ok\", 0, 1*s) end, at_most = "
        "100})",
    };
    (void)state;
    all_run(pieces, COUNT(pieces));
}

static void units_are_plain_factors(void **state)
{
    static const char *const pieces[] = {
        "local function near(a, b) assert(math.abs(a / b - 1) < 1e-12) end near(1000*ns, us) "
        "near(1000*us, ms) near(1000*ms, s) near(60*s, minute) near(60*minute, hour) "
        "near(24*hour, day)",
        "assert(1000*KB == MB and 1000*MB == GB)",
    };
    (void)state;
    all_run(pieces, COUNT(pieces));
}

static void a_variant_turns_its_knobs(void **state)
{
    struct scn_result r;
    (void)state;
    script_run(
        "scenario(\"t\", {duration = 10*s})\n"
        "local n, on, c = knob(\"n\", 1), knob(\"on\", true), knob(\"c\", \"a\", "
        "{\"a\", \"b\"})\n"
        "service(\"x\", {handler = io(0)})\n"
        "client(\"u\", {target = \"x\", arrivals = burst(n + (on and 0 or 10) + (c == "
        "\"b\" and 100 or 0))})\n"
        "variant(\"v\", {n = 2, on = false, c = \"b\"})\n",
        "v", 1, &r);
    assert_int_equal(r.end, SCN_DONE);
    assert_true(script_measure(&r, "u.ok") == 112);
    scn_result_close(&r);
}

// 100 a second and 10 ms; then 500, then 500 and 70 ms; then what the second one changed; then as before.
static void sets_are_at_work_side_by_side(void **state)
{
    static const char script[] =
        "scenario(\"t\", {duration = 40*s})\n"
        "local rate, d = knob(\"rate\", 100), knob(\"d\", 10*ms)\n"
        "local n = knob(\"n\", 1)\n"
        "client(\"u\", {target = service(\"x\", {executor = threads(90), handler = {io(d), "
        "fail(500)}}), retry {max_attempts = n, base = 11*ms}, arrivals = poisson(rate)})\n"
        "between(10*s, 30*s, set {rate = 500})\n"
        "between(20*s, 35*s, set {d = 70*ms, n = 2})\n"
        "for i = 0, 3 do local a, b = 10*s*i + 1, 10*s*i + 4\n"
        "  expect(\"rate \" .. i, {\"u.offered_per_s\", from = a, to = b, at_least = 0})\n"
        "  expect(\"mean \" .. i, {\"x.latency.mean\", from = a, to = b, at_least = 0})\n"
        "  expect(\"tries \" .. i, {\"u>x.attempts_per_request\", from = a, to = b, at_least = 0})\n"
        "end expect(\"end\", {\"x.latency.mean\", from = 36, to = 40, at_least = 0})\n";
    static const struct {
        double rate, mean, tries;
    } want[] = {
        { 100, 0.010, 1 }, { 500, 0.010, 1 }, { 500, 0.070, 2 }, { 100, 0.070, 2 }
    };
    struct scn_result r;
    uint32_t n;
    (void)state;
    script_run(script, NULL, 1, &r);
    assert_int_equal(r.end, SCN_DONE);
    const struct scn_expectation *e = scn_scenario_expectations(r.scenario, &n);
    for (uint32_t i = 0; i < 4; i++) {
        double got[3];
        for (uint32_t k = 0; k < 3; k++)
            got[k] = sim_metric_measure(r.run, &e[3 * i + k].metric, e[3 * i + k].from,
                                        e[3 * i + k].to);
        assert_true(got[0] > 0.8 * want[i].rate && got[0] < 1.2 * want[i].rate);
        assert_true(got[1] > 0.9 * want[i].mean && got[1] < 1.1 * want[i].mean);
        assert_true(got[2] > 0.95 * want[i].tries && got[2] < 1.05 * want[i].tries);
    }
    double back = sim_metric_measure(r.run, &e[12].metric, e[12].from, e[12].to);
    assert_true(back > 0.009 && back < 0.011);
    scn_result_close(&r);
}

// Ten in a hundred seconds are let through, by a store that counts on after a failover and not after a
// restart; who asks while it is away is refused.
static void a_failover_forgets_no_counts(void **state)
{
    static const char *const happens[] = { "redis:failover()", "redis:restart()" };
    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        char script[700];
        struct scn_result r;
        snprintf(
            script, sizeof script,
            "scenario(\"t\", {duration = 20*s})\n"
            "local redis = store(\"redis\", {failover = 5*s})\n"
            "local x = service(\"x\", {rate_limit(\"fixed_window\", {limit = 10, window = 100*s, "
            "store = redis, on_store_failure = \"closed\"}), handler = io(1*ms)})\n"
            "client(\"u\", {target = x, arrivals = constant(5)}) at(10*s, %s)\n",
            happens[i]);
        script_run(script, NULL, 1, &r);
        assert_int_equal(r.end, SCN_DONE);
        assert_true(script_measure(&r, "u.ok") == (i == 0 ? 10 : 20));
        double away = script_measure(&r, "x.rejected.store");
        assert_true(i == 0 ? away >= 24 && away <= 26 : away == 0);
        scn_result_close(&r);
    }
}

// The second of two requests with one key, when the first is on record for half a second.
static void a_failover_forgets_what_was_written_last(void **state)
{
    static const double lags[] = { 0, 0.4, 0.6 };
    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        char script[700];
        struct scn_result r;
        snprintf(
            script, sizeof script,
            "scenario(\"t\", {duration = 20*s})\n"
            "local db = store(\"db\", {failover = 1*s, lag = %.1f})\n"
            "local x = service(\"x\", {idempotency {store = db}, "
            "handler = effect(\"charge\", {per = req.order})})\n"
            "for i = 0, 1 do client(\"u\" .. i, {target = x, req = {order = 1}, "
            "idempotency_key = req.order, arrivals = burst(1, {at = 1*s + i*5*s})}) end\n"
            "at(1.5*s, db:failover())\n",
            lags[i]);
        script_run(script, NULL, 1, &r);
        assert_int_equal(r.end, SCN_DONE);
        assert_true(script_measure(&r, "charge.done") == 1);
        assert_true(script_measure(&r, "charge.duplicates") == (lags[i] > 0.5));
        scn_result_close(&r);
    }
}

// How many remarks say so; *line is that of the last one.
static uint32_t remarks_of(const char *text, const char *say, int *line)
{
    struct scn_result r;
    uint32_t n, found = 0;
    script_run(text, NULL, 1, &r);
    assert_int_equal(r.end, SCN_DONE);
    const struct scn_remark *remarks = scn_scenario_remarks(r.scenario, &n);
    for (uint32_t i = 0; i < n; i++) {
        if (!strstr(remarks[i].text, say))
            continue;
        *line = remarks[i].line;
        found++;
    }
    scn_result_close(&r);
    return found;
}

static uint32_t idle_budgets(const char *text, int *line)
{
    return remarks_of(text, "no retry takes from this budget", line);
}

// Said of the first that does.
static void bytes_without_a_bandwidth_are_remarked_on(void **state)
{
    (void)state;
    static const char with[] =
        "scenario(\"t\", {duration = 1*s})\n"
        "local x = service(\"x\", {handler = reply(200, {bytes = 9})})\n"
        "client(\"u\", {target = x, arrivals = burst(1)})\n";
    static const char link[] = "link(\"u\", x, {bandwidth = 1*MB})\n";
    static const char fault[] = "at(0, x:bandwidth(1*MB))\n";
    const char *const ends[] = { "", link, fault };
    for (uint32_t i = 0; i < 3; i++) {
        char script[600];
        int line = 2;
        snprintf(script, sizeof script, "%s%s", with, ends[i]);
        assert_int_equal(remarks_of(script, "no link has a bandwidth", &line), i == 0);
        assert_int_equal(line, 2);
    }
}

static void what_comes_behind_the_end_is_remarked_on(void **state)
{
    (void)state;
    static const char script[] = "scenario(\"t\", {duration = 10*s})\n"
                                 "local x = service(\"x\", {handler = io(0)})\n"
                                 "client(\"u\", {target = x, arrivals = burst(1)})\n"
                                 "at(9.9*s, x:restart()) between(5*s, 20*s, x:slow(2))\n"
                                 "at(100*s, x:slow(2))\n"
                                 "when({\"u.ok\", at_least = 1, from = 10*s}, x:slow(3))\n";
    int line = 0;
    assert_int_equal(remarks_of(script, "nothing of it happens", &line), 2);
    assert_int_equal(line, 6);
}

static void a_budget_that_no_retry_names_is_remarked_on(void **state)
{
    (void)state;
    int line = 0;
    assert_int_equal(
        idle_budgets("scenario(\"t\", {duration = 1*s})\n"
                     "local used = budget {size = 5}\n"
                     "local idle = budget {size = 5}\n"
                     "client(\"u\", {target = service(\"x\", {handler = io(0)}), "
                     "arrivals = burst(1), retry {budget = used}})\n",
                     &line),
        1);
    assert_int_equal(line, 3);
    // What a function names is known when it runs.
    assert_int_equal(idle_budgets("scenario(\"t\", {duration = 1*s})\n"
                                  "local used = budget {size = 5}\n"
                                  "local x = service(\"x\", {handler = io(0)})\n"
                                  "local y = service(\"y\", {handler = function(req) "
                                  "await(call(x, {retry {budget = used}})) end})\n"
                                  "client(\"u\", {target = y, arrivals = burst(1)})\n",
                                  &line),
                     0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_may_be_written_so),
        cmocka_unit_test(what_exists_may_be_written_so),
        cmocka_unit_test(numbers_and_arrivals_may_be_written_so),
        cmocka_unit_test(what_happens_may_be_written_so),
        cmocka_unit_test(knobs_and_claims_may_be_written_so),
        cmocka_unit_test(units_are_plain_factors),
        cmocka_unit_test(a_variant_turns_its_knobs),
        cmocka_unit_test(a_budget_that_no_retry_names_is_remarked_on),
        cmocka_unit_test(a_failover_forgets_no_counts),
        cmocka_unit_test(a_failover_forgets_what_was_written_last),
        cmocka_unit_test(sets_are_at_work_side_by_side),
        cmocka_unit_test(bytes_without_a_bandwidth_are_remarked_on),
        cmocka_unit_test(what_comes_behind_the_end_is_remarked_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
