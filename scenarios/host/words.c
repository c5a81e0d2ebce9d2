#include <lauxlib.h>
#include <stddef.h>

#include "scenarios/host/build.h"

// Every word of the language with how it is written and what it means: what `convoy help`
// shows, and the words to come.

static const struct scn_word words[] = {
    { "scenario", "scenario(name, {about, duration, warmup, seeds, latency})",
      "Names the scenario and says how long it lasts (60*s). Measuring begins after warmup "
      "(0); who came before and ends after it counts as ended and not as offered. seeds: how many runs its expectations speak of (1). latency: of links that are "
      "not declared (0)." },
    { "service",
      "service(name, {policies..., handler, executor, runtime, replicas, cores, "
      "host, balance, readiness, liveness, startup, drain, grace})",
      "Something that answers requests. handler: a step, a list of steps, a function(req), "
      "or a table of routes. executor: threads(1) if not given. runtime: none is no GIL. "
      "replicas (1), cores of each (1) or one host for all. balance: \"round_robin\", "
      "\"random\", \"least_requests\", \"p2c\", \"peak_ewma\", \"ring_hash\", or {name, keys}: "
      "choices (2, of p2c and peak_ewma), weights (one a replica), bias (1: how much the load matters "
      "against the weight), refresh (0: how old the loads are that it sees), decay (10*s, of "
      "peak_ewma), slow_start (0) from min_weight (0.1), key, ring (1024) and bound (none) of "
      "ring_hash, panic (0; 0.5 with outlier: with a smaller share in the rotation all get "
      "requests), outlier (true, or Envoy's keys: consecutive_5xx (5), interval (10*s), "
      "base_ejection_time (30*s), max_ejection_time (300*s), max_ejection_percent (10), "
      "success_rate_minimum_hosts (5), success_rate_request_volume (100), "
      "success_rate_stdev_factor (1900)). readiness, liveness, startup: true, or "
      "Kubernetes' keys: initial_delay_seconds (0), period_seconds (10), timeout_seconds (1), "
      "failure_threshold (3), success_threshold (1), with a route of the service, or a handler "
      "(nothing). drain: true, or how a replica is told to stop: pre_stop (0), after which its "
      "process is told, and endpoint_lag (1*s), after which callers hear of it. grace (no end, "
      "with probes or drain 30*s): until one that is to stop is killed. Policies in its list part "
      "stand around every handler." },
    { "client",
      "client(name, {policies..., target, route, arrivals, req, cancel, deadline, idempotency_key})",
      "Where requests come from: one call to target for each arrival, within its policies. "
      "req: fields of each request; bytes among them is how large it is. idempotency_key: as of call." },
    { "host", "host(name, {cores, slice, switch_cost, tick, memory, restart, back_off})",
      "A machine that services share: cores (1), the scheduler's slice (3*ms) and what a "
      "switch costs (5*us) while more threads are runnable than cores, and the tick of the "
      "kernel's clock (4*ms), for which a thread that computes and wants the GIL waits while "
      "no core is free. memory: bytes (no limit); beyond them the process with most is killed, "
      "and a service is up again after restart (1*s). back_off (false, of a service with probes or "
      "drain true): and after a pause, from the second time in a row on 10 s, 20 s, 40 s, up to "
      "300 s, as Kubernetes' CrashLoopBackOff; ten minutes of running end the row." },
    { "store", "store(name, {read, write, script, connections, queue, failover, lag})",
      "What several places read and write: a service with the routes read, write and script, each "
      "of which takes so long (0; a script as long as a write). connections: how many at once "
      "(unlimited); then queue: how many may wait (unlimited). What it counts for rate_limit is "
      "gone when it crashes or restarts, and not after failover(): it is away for so long (failover), "
      "and forgets the idempotency keys of the last lag (0)." },
    { "cache", "cache(name, {entries, latency, per_process})",
      "What remembers what was loaded, for cached. entries: so many keys, those being loaded too (no limit); the "
      "one not asked for longest makes room. latency: of asking it (0), without the GIL. One for all who "
      "name it, or, with per_process = true, one in each replica, worker process and client, which begins "
      "empty with it. hot:flush() makes it forget all: at(30*s, hot:flush())." },
    { "link", "link(from, to, {latency, bandwidth})",
      "The way from a caller to a service; latency is one way. bandwidth: bytes a second, each way, "
      "where one message waits for those before it. Both are given once. Without options it names a "
      "link that something happens to: between(1*s, 2*s, link(users, api):drop(0.1))." },
    { "cpython",
      "cpython(version, {gil, switch_interval, timer_slack, wake, wake_short, wake_spread, resume, "
      "resume_behind, requester_wins, fifo_share, bytecode_factor, native_factor, sleep_slack, lock_handoff, "
      "thread_start, executor_round_trip, executor_burst, loop_iteration, "
      "task_create, task_switch, poll_step, poll_slack, poll_slack_long, fork_first, fork_start, spawn_first, "
      "spawn_start, forkserver_first, forkserver_start, pool_round_trip, pool_burst, "
      "pickle_bytes, unpickle_bytes, pipe_bytes, fresh_bytes, memory_bytes, cache_size, "
      "interpreter_pool_first, "
      "interpreter_round_trip, process_memory, thread_memory, task_memory, interpreter_memory, fork_memory, "
      "forkserver_memory, spawn_memory, gc_object, gc_live, gc_every, contention, coherence})",
      "The interpreter: \"3.11\" \"3.12\" \"3.13\" \"3.13t\" \"3.14\" \"3.14t\"; t is free-threaded, "
      "unless gil = true, as after importing an extension that needs it. Each cost may be set, "
      "so another interpreter is cpython(\"3.12\", {bytecode_factor = 0.2, native_factor = "
      "3}). gc_every: bytecode of a process between two full collections (0: none) of gc_live "
      "containers, gc_object each; with a GIL one thread keeps it meanwhile, without one all stand "
      "still. contention, coherence (0): n threads without a GIL that compute at once take 1 + "
      "contention*(n-1) + coherence*n*(n-1) times as long. The presets, by version:" },
    { "threads",
      "threads(n, {queue, discipline, max_wait, drop_expired, lifo_from, target, interval, grows})",
      "A pool of n threads before which requests wait. queue: how many may (unlimited). "
      "discipline: \"fifo\", \"lifo\", \"priority\" (by req.priority, larger first), "
      "\"adaptive_lifo\" (the newest first while lifo_from or more wait, n + 1; else the oldest), "
      "\"codel\" (oldest first; some are rejected, by \"codel\", once all have waited for target, "
      "5*ms, or longer during a whole interval, 100*ms). max_wait: how long one stays in line; "
      "\"controlled\": for the interval if the line was empty within it, else for the target. "
      "drop_expired: throw away, when it is its turn, what nobody "
      "waits for. grows: a thread is started when a request finds none idle, as in a "
      "ThreadPoolExecutor. threads(math.huge): a thread for each request." },
    { "asyncio",
      "asyncio {limit, queue, discipline, max_wait, drop_expired, lifo_from, target, interval, threads, probe}",
      "One event loop in one thread; every request is a task of it. limit: how many at once "
      "(unlimited); then queue, discipline, max_wait, drop_expired, lifo_from, target and "
      "interval are those of the line before it, as of threads. threads: of the pool of to_thread (min(32, cores + 4)). probe: how "
      "often the loop's lag is looked at (10*ms)." },
    { "python", "python(d)", "Runs bytecode for d: needs the GIL and a core." },
    { "native", "native(d, {holds_gil})",
      "Runs native code for d: needs a core. holds_gil = true keeps the GIL all along." },
    { "io", "io(d)",
      "Waits for d without the GIL: a thread blocks, a task of an event loop awaits a socket, "
      "which the loop sees at once." },
    { "sleep", "sleep(d)",
      "time.sleep: waits for d without the GIL and comes back late by the runtime's sleep_slack. "
      "In a task of an event loop asyncio.sleep, which the loop's poll rounds up to the next "
      "millisecond." },
    { "blocking", "blocking(d) or blocking(steps)",
      "Waits for d, or does the steps, and keeps the thread that it is on: that of the event "
      "loop too, so nothing else of the loop goes on meanwhile." },
    { "alloc", "alloc(n)",
      "The request, or what runs in a pool, holds n bytes until it ends." },
    { "leak", "leak(n)", "The process holds n bytes more until it ends." },
    { "publish", "publish(service, {route, outbox, idempotency_key})",
      "A message to the broker of a service (executor = celery {}); nobody waits for it. outbox = true: a row of "
      "the transaction around it, which sets out when that commits, or never was. The fields of the request "
      "travel along, and with idempotency_key a key, as of call." },
    { "transaction", "transaction(store, steps) or transaction(steps)",
      "The steps, and a write to the store, that commits them: effects and messages with outbox = true are had "
      "then, all of them; or none, where something in it fails, is cancelled or dies." },
    { "effect", "effect(name, {per, follows})",
      "What must happen once for each request: a charge, a message, a row. A run counts for how many it was "
      "done and how often again: NAME.done, NAME.duplicates. per: a field, or a list of fields, whose "
      "values are in place of the request what it must happen once for. follows = \"order\": should be where "
      "that one is, and only there; NAME.lost and NAME.invented say how often it was not so." },
    { "call",
      "call(target, {policies..., route, bytes, cancel, deadline, idempotency_key})",
      "Sends a request to a service and waits for the answer. bytes (1*KB): how large the request is, "
      "where a link has a bandwidth. cancel = true tells the callee "
      "when the caller gives up: it leaves the line if it is still in it. deadline = true "
      "passes on the time left, a duration sets it. idempotency_key = true: all attempts for a request "
      "of a client send the same key; req.order: the key is that; \"handler\", \"attempt\": made anew in "
      "each handler that calls, or for each attempt." },
    { "gather", "gather(steps, {need}) or gather(n, step, {need})",
      "All at once. The first failure is raised, the others go on. need = k: on with the "
      "first k, which is n at most. n is fixed in advance." },
    { "task_group", "task_group {steps...}",
      "All at once, as asyncio.TaskGroup: the first error cancels the others, and is raised "
      "when all of them have ended." },
    { "create_task", "create_task(steps)",
      "A task of the event loop that goes on beside this one. In a function it begins at once and "
      "gives back what task:cancel() takes; in a list nobody has hold of it." },
    { "shield", "shield(steps)",
      "Cancelling the wait for the steps does not cancel the steps: they go on, for nobody." },
    { "cached", "cached(cache, steps, {key, ttl, single_flight})",
      "The steps, unless the cache has what they would bring. key: a number or a field, such as req.item, or "
      "zipf {n = 1000, s = 1}; without it there is one value for all. ttl: how long a value is fresh once it is loaded "
      "(for ever), worked out for each load, so ttl = uniform(54*s, 66*s) spreads them. A load that fails is not "
      "kept. single_flight = true: of those who miss a key at once one loads, and the others wait for what comes of "
      "that; else each loads." },
    { "times", "times(n, steps)", "n times in a row." },
    { "with", "with(x, steps)",
      "The steps inside a policy, a list of policies (the first outermost), a semaphore or a "
      "lock." },
    { "try", "try(steps, {error, timeout, cancelled, rejected, lost, any, finally})",
      "Catches how the steps may end; finally is done in any case and passes it on. cancelled and "
      "any swallow a cancellation: what follows is for nobody." },
    { "fail", "fail(status, {retry_after})",
      "Ends the handler with an error (500). retry_after: the answer says when to come back, as "
      "Retry-After and grpc-retry-pushback-ms do: a duration, or \"never\"." },
    { "reply", "reply(status, {bytes})",
      "Ends the handler well (200), with an answer of so many bytes (1*KB), where a link has a "
      "bandwidth." },
    { "choose", "choose {{weight, x}, ...} or choose(req.field, {value = x, other = x})",
      "By chance or by a field; x are steps or numbers. A weight missing from 1 is nothing." },
    { "to_thread", "to_thread(steps)",
      "The steps in a thread of the process' default pool, min(32, cores + 4) threads started "
      "as they are needed, and waits for them. Steps that nobody has begun are dropped when "
      "whoever awaits them gives up; begun ones go on and keep their thread." },
    { "run_in_executor", "run_in_executor(pool, steps, {bytes, reply_bytes})",
      "The steps in a worker of a pool, and waits for them; the pool is threads(n), "
      "processes(n) or subinterpreters(n), one a replica, or false for the default one, that "
      "of to_thread. bytes, reply_bytes: what is pickled, or copied, on the way there and back." },
    { "processes", "processes(n, {start, startup, memory, on_crash, max_tasks})",
      "A ProcessPoolExecutor of n workers (a core each), each with an interpreter and a GIL of "
      "its own; as a service's executor, n processes that take a request each. start: \"fork\" (up to 3.13), \"forkserver\" (from 3.14), \"spawn\"; startup: of a "
      "worker, in place of what that takes. memory: bytes of a worker's program and data, its "
      "own from the start or, with \"fork\", as it touches them. on_crash: \"break\", a worker that dies breaks the "
      "pool (not of a service's executor), or \"isolate\", it takes its call with it and is replaced. max_tasks: calls that a "
      "worker does before another is started for it (no limit); starts by \"spawn\"." },
    { "gunicorn",
      "gunicorn {workers, worker_class, threads, timeout, graceful_timeout, max_requests, backlog, startup, memory}",
      "A service's executor: gunicorn, with its flags and defaults. workers (1), worker_class "
      "\"sync\" or \"gthread\", threads (1; more make it gthread). timeout (30*s): the arbiter "
      "looks once a second, and kills a sync worker that has not been heard of for so long, "
      "mid-request; threads of gthread may take what they like, 0 never. max_requests (0): a "
      "sync worker is replaced after so many. backlog (2048). graceful_timeout (30*s): what api:stop() leaves to those inside. startup and memory are those of "
      "the application in a worker." },
    { "uvicorn",
      "uvicorn {workers, backlog, limit_concurrency, timeout_graceful_shutdown, memory}",
      "A service's executor: uvicorn. workers (1): processes on one host with an event loop each, as of "
      "asyncio {}; each counts as a replica. All listen at one socket, where backlog (2048) connections "
      "may stand: each wakes all loops that wait, and the first that is awake accepts what stands "
      "there; one that computes accepts when it comes back. limit_concurrency (none): who comes to a "
      "worker while so many are there, himself counted, is refused, as by 503. timeout_graceful_shutdown "
      "(none): what api:stop() leaves to those inside. memory (0): bytes of the application in each process." },
    { "fastapi",
      "fastapi {policies..., workers, backlog, limit_concurrency, timeout_graceful_shutdown, memory, driver, database, queries, pool, query, "
      "server, framework, validation, response, handler, runtime, replicas, cores, host, balance, "
      "readiness, liveness, startup, drain, grace}",
      "A whole service, for service(): FastAPI on uvicorn, which has the first five; memory is 14.7*MB. A request takes "
      "bytecode of server (0.44*ms), framework (0.14*ms) and validation (0.2*ms); then queries (1) to "
      "database, each with query (0.1*ms) before it, and the steps of handler; then response (0.2*ms). driver: "
      "\"async\", through pool (10) connections of a worker; \"blocking\", which keeps the event loop meanwhile; "
      "\"threads\", an endpoint by def, in AnyIO's 40 threads and pool (15). runtime: cpython \"3.11\"." },
    { "django",
      "django {policies..., workers, worker_class, threads, timeout, graceful_timeout, max_requests, backlog, startup, memory, "
      "database, queries, query, server, framework, handler, runtime, replicas, cores, host, balance, "
      "readiness, liveness, startup, drain, grace}",
      "A whole service, for service(): Django under gunicorn, which has the first nine; memory is 25.6*MB. A request takes "
      "bytecode of server (0.19*ms) and framework (0.12*ms, with its seven usual middlewares); then queries "
      "(1) to database, each with query (0.28*ms) of the ORM before it, and the steps of handler. Each worker "
      "does one at a time and waits for the database itself. runtime: cpython \"3.11\"." },
    { "celery",
      "celery {concurrency, pool, prefetch_multiplier, acks_late, reject_on_worker_lost, visibility_timeout, "
      "task_time_limit, worker_max_tasks_per_child, worker_max_memory_per_child, startup, memory}",
      "A service's executor: a Celery worker, with its settings. concurrency (a core each), "
      "pool \"prefork\", \"threads\" or \"solo\". Of prefork: task_time_limit kills the child that "
      "runs a task for longer, and another takes its place; worker_max_tasks_per_child, and "
      "worker_max_memory_per_child in bytes, replace a child after a task. All replicas take from one "
      "broker: each has up to prefetch_multiplier (4; 0: no limit) times concurrency messages that it has not "
      "acked; those it has not begun wait for it, whoever else is idle. A message is acked when its task "
      "begins, and lost when the worker dies; with acks_late = true when it has ended, and delivered again. "
      "reject_on_worker_lost (false): also when only its child has died. visibility_timeout (none: when the "
      "connection closes): what is not acked for so long is delivered again, though it may still run. "
      "startup and memory are those of the application in a child." },
    { "subinterpreters", "subinterpreters(n, {startup})",
      "An InterpreterPoolExecutor of n threads (min(32, cores + 4)), each with an interpreter "
      "and a GIL of its own in the same process; also a service's executor. startup: of one, in place of "
      "interpreter_pool_first." },
    { "await", "await(step)",
      "In a function(req): does the step and returns its status; a failure is raised as a "
      "table with outcome and status." },
    { "draw", "draw(dist)", "In a function(req): a number drawn from a distribution." },
    { "now", "now()", "In a function(req): the simulated time in seconds." },
    { "req", "req.field",
      "The request that will come: takes arithmetic in steps. In a function it is the "
      "argument." },
    { "timeout", "timeout(d)",
      "Ends the waiting after d. Before retry in a list it is for all attempts, after it for "
      "each. The work goes on where it is." },
    { "retry",
      "retry {max_attempts, base, factor, cap, growth, jitter, spread, share, min, on, push_back, budget} or "
      "retry(name, {...})",
      "Tries again: max_attempts counts the first (3). Waits base (100*ms) times factor (2) to "
      "the n, at most cap (10*s), with jitter \"full\" (standard), \"none\", \"equal\", "
      "\"decorrelated\", \"additive\" (plus random 0 to spread), \"proportional\" (times 1 - "
      "share to 1 + share; \"grpc\": after the cap), \"envoy\", \"polly\" or \"whole_seconds\"; never less than min. base = "
      "0: at once. growth: \"exponential\", \"linear\" or \"constant\". on: outcomes that are "
      "tried again, {\"error\", \"timeout\", \"rejected\", \"lost\"}. push_back: \"obey\", of an "
      "answer that says when to come back (plain and \"grpc\"), or \"ignore\". budget: what retries are paid "
      "from. name brings a library's defaults: \"tenacity\" (never stops, 1*s, x2, + 0 to 1*s), "
      "\"grpc\" and \"grpc-legacy\" (4 attempts, never above 5; 100*ms, x2, cap 1*s), \"envoy\" (2; "
      "25*ms, cap 10 times that; 3 at once), \"resilience4j\" (3; 500*ms), \"polly\" (4; 2*s), "
      "\"celery\" (4; 180*s; with base: x2, whole seconds), \"aws\" (3; 1*s, cap 20*s; its quota). "
      "jitter = true: the library's own." },
    { "budget", "budget {size, per_call, per_success, cost} or budget(name, {...})",
      "What retries are paid from: retry {budget = \"finagle\"}, or one in a local, shared by all "
      "that name it; each replica and client has its own. Plain: a bucket of size (10) tokens, "
      "full at first; a call brings per_call (0.1), a success per_success (0), a retry takes cost "
      "(1). \"finagle\": percent_can_retry (0.2) of the calls of the last ttl (10*s), and "
      "min_retries_per_sec (10). \"envoy\": as many at once as min_retry_concurrency (3), or "
      "budget_percent (20) of the calls under way; or max_retries. \"grpc\": max_tokens (10), a "
      "failure takes 1, a success brings token_ratio (0.1), and retries go out above half. "
      "\"brooker\": size (5), per_call, cost; it needs more than a token. \"aws\": size (500), cost "
      "(5), timeout_cost (10). \"failure_rate\": none while more than share (0.1) have failed." },
    { "concurrency_limit",
      "concurrency_limit(n, {status}) or concurrency_limit(name, {initial, min, max, smoothing, backoff, "
      "timeout, queue, tolerance, window, probe, on, status})",
      "At most so many at once; others are rejected, by \"concurrency_limit\", with a status (503). A name "
      "brings a limit that moves with how long each takes, from initial (20), between min and max. on: "
      "outcomes that are drops (timeout, rejected). \"aimd\" (20 to 200): times backoff (0.9) at a drop or "
      "after timeout (5*s), else one more. \"vegas\" (1 to 1000): by how many would queue, told by the "
      "shortest time, which is taken anew after about probe (30) samples a place. \"gradient2\" (20 to "
      "200): by how much slower than tolerance (1.5) times the usual time of window (600) samples; queue "
      "(4) may always wait, and smoothing (0.2) is the share of the way that is gone at once." },
    { "shed",
      "shed(\"criticality\", {limit, by, sheddable, sheddable_plus, critical, critical_plus, status}) or "
      "shed(\"utilisation\", {threshold, ramp, of, by, status})",
      "Rejects what is less critical first, by \"shed\", with a status (503). limit: requests inside a "
      "replica, in line and at work, of which each class may fill a share: sheddable (0.5), "
      "sheddable_plus (0.7), critical (0.9), critical_plus (1). \"utilisation\": while a threshold (0.8) of "
      "the workers, or of = \"cores\" of the host, is at work, ever more is rejected, else ever less: in one "
      "ramp (120*s) from nobody to all who are sheddable, then of the next; critical_plus never. by: a field "
      "that holds one of these words (req.criticality); any other counts as critical." },
    { "throttle", "throttle {k, window, count, on, status}",
      "A client that sends less to who accepts less: rejects calls itself, by \"throttle\", with a status "
      "(503), each with the chance (requests - k * accepts) / (requests + 1) of the last window (120*s), so that "
      "the callee sees k (2) times what it accepts. on: outcomes that are no accepts, {\"error\", \"timeout\", "
      "\"rejected\", \"lost\"}. count = \"answered\": counts requests when they have ended, and not when "
      "they are asked for (\"asked\"): a mistake that was made. Each replica, worker process and client has its own." },
    { "breaker",
      "breaker {failure_rate, window, time_window, min_calls, open, probes, slow, slow_rate, "
      "half_open_for, automatic, on, status} or breaker(name, {...})",
      "Refuses calls while too many fail: rejected, by \"breaker\", with a status (503). Of the last "
      "window (20) calls, or of time_window in whole seconds, and not before min_calls (10), "
      "failure_rate (0.5) have failed: it opens. After open (5*s) it is half open: probes (3) "
      "calls go out and decide. slow: what takes longer is slow, and slow_rate (1) of such opens "
      "it too. half_open_for: half open for longer it opens again. automatic: is half open "
      "without a call that asks. on: outcomes that are failures, {\"error\", \"timeout\", "
      "\"rejected\", \"lost\"}. name brings a library's defaults: \"resilience4j\" (100 calls, 50 %, "
      "60*s, 10 probes; slow 60*s), \"hystrix\" (time_window 10*s, min_calls 20, 50 %, 5*s; looked "
      "at each snapshot, 500*ms), \"polly\" (30*s, 100, 10 %, 5*s), \"pybreaker\" (failures in a "
      "row, 5; 60*s). Each replica, worker process and client has its own. One in a local is shared "
      "by all that name it." },
    { "bulkhead",
      "bulkhead(n, {wait, queue, status, name}) or bulkhead(name, {limit, ...})",
      "At most n inside; the next is rejected at once, by \"bulkhead\", with a status (503), or "
      "waits its turn for as long as wait says, in a line of at most queue (no limit; without wait "
      "for as long as it takes). name in the keys gives it metrics: NAME.in_use.mean, "
      "NAME.rejected. A library's name brings its defaults: \"resilience4j\" (limit 25, wait 0), "
      "\"polly\" (1000, queue 0), \"hystrix\" (10, wait 0), \"envoy\" (1024, queue 1024: what it "
      "calls circuit breakers). Each replica, worker process and client has its own. One in a local "
      "is shared by all that name it." },
    { "connections",
      "connections(n, {overflow, acquire_timeout, idle, lifo, connect, status, name}) or "
      "connections(name, {...})",
      "A connection of a pool, for as long as the steps inside take: with(connections(5), call(db)). "
      "n are kept open, overflow (0) more are opened when those are in use, and closed afterwards. "
      "Who finds none waits for acquire_timeout (30*s) at most, and is rejected then, by "
      "\"connections\", with a status (503). idle: one that nobody used for longer is closed "
      "(never). lifo: the one used last is used next. connect (0): how long it takes to open one. "
      "name in the keys gives it metrics: NAME.in_use.mean, NAME.wait.p99, NAME.opened. A "
      "library's name brings its defaults, and its own keys: \"sqlalchemy\" (pool_size 5, "
      "max_overflow 10, timeout 30*s, use_lifo), \"hikaricp\" (maximum_pool_size 10, "
      "connection_timeout 30*s), \"httpx\" (max_connections 100, max_keepalive_connections 20, "
      "keepalive_expiry 5*s, timeout 5*s). Each replica, worker process and client has its own. "
      "One in a local is shared by all that name it." },
    { "hedge",
      "hedge {after, max_attempts, tied, on_failure, on, budget} or hedge(name, {...})",
      "Sends the same once more before it has failed; the first good answer is taken, and the others are "
      "cancelled, of which their callees are told. after: without an answer for so long another goes out (0: all at "
      "once), up to max_attempts (2, the first one counted). tied = true: all go out at once, and the first "
      "that a worker begins with cancels the others. on_failure = true: another only once one has failed. A failure "
      "among on, {\"error\", \"timeout\", \"rejected\", \"lost\"}, sends the next at once, any other ends the "
      "call. budget: what the additional ones are paid from, as of retry. name: \"grpc\" (never more than 5 attempts), "
      "\"polly\" (2*s, 2)." },
    { "fallback", "fallback(steps)",
      "What is done where the steps inside end as error, timeout, rejected or lost: call(db, {fallback(reply(203)), "
      "timeout(50*ms)})." },
    { "idempotency",
      "idempotency {store, ttl, lease, record, fingerprint, replay_errors, required, wait, only, "
      "on_store_failure, store_timeout}",
      "Of a service: a request with a key (idempotency_key of its call) that has been seen is not done "
      "again but answered as before; while the first is at work, 409; with another fingerprint, 422. "
      "store: where keys are kept; without one, in each replica's memory, gone with it. ttl: how long "
      "(24*hour). lease: who is at work for longer is thought dead (60*s). record: when the answer is "
      "written down: \"with\" its effects, all or nothing; \"after\" them; \"before\" them; \"late\", "
      "after them and without taking the key first. fingerprint: what is asked for, such as "
      "req.amount. replay_errors = false: after an error it is done again. required: without a key, "
      "400. wait: ask again so much later in place of 409. on_store_failure: \"closed\" (503), \"open\"." },
    { "rate_limit",
      "rate_limit(algorithm, {limit, window, burst, per, only, status, retry_after, "
      "store, atomic, on_store_failure, store_timeout})",
      "So many calls in so long: others are rejected, by \"rate_limit\", with a status (429). "
      "algorithm: \"token_bucket\", \"leaky_bucket\", \"leaky_queue\" (holds calls back so that "
      "they leave evenly), \"gcra\", \"fixed_window\", \"sliding_log\", \"sliding_counter\". limit: "
      "calls a window (1*s), a number or a choice by a field. burst: of the first four, how many "
      "at once (as many as the limit; of gcra beside one). per: a field or a list of fields, "
      "each value of which has counts of its own. only: a route. retry_after: a refusal says to come "
      "back after that. Each replica, worker process "
      "and client counts for itself, or all together in a store: with atomic = true a script "
      "there decides, else the caller reads, decides and writes, and others may have read "
      "meanwhile. on_store_failure: \"open\" (standard) lets calls through when the store does not "
      "answer well within store_timeout (100*ms), \"closed\" rejects them, by \"store\"." },
    { "quota",
      "quota {limit, window, per, name, price, overage, only, status, retry_after, store, atomic, "
      "on_store_failure, store_timeout}",
      "So many calls a window (1*day), counted from whole multiples of it, and an account of what "
      "each value of per has used, with its bill: price (0) for each call. Calls beyond the limit "
      "are rejected with status (429), or pass and cost overage each, where that is given. name "
      "gives it metrics: NAME.used, NAME[pro].bill. The other keys are those of rate_limit: per a "
      "field or a list of fields, only a route, retry_after store atomic on_store_failure "
      "store_timeout." },
    { "semaphore", "semaphore(n, {name})", "At most n within, first come first served." },
    { "lock", "lock({name})",
      "A semaphore of one. Where threads of an interpreter use it, its threading.Lock: who lets "
      "go and comes again has it before a waiter is awake, until from 3.13 on one has waited "
      "longer than lock_handoff (1*ms)." },
    { "exponential", "exponential(mean)", "An exponential distribution." },
    { "uniform", "uniform(a, b)", "Between a and b." },
    { "normal", "normal(mean, sd)",
      "A normal distribution; durations below 0 count as 0." },
    { "lognormal", "lognormal {median, p99}", "Half below median, 99 of 100 below p99." },
    { "pareto", "pareto {shape, scale}", "P(X > x) = (scale/x)^shape from scale on." },
    { "gamma", "gamma {shape, scale}", "Mean shape*scale." },
    { "weibull", "weibull {shape, scale}", "P(X > x) = exp(-(x/scale)^shape)." },
    { "zipf", "zipf {n, s}", "Whole numbers 1 to n, the k-th as often as 1/k^s." },
    { "curve", "curve {{t, n}, ..., period}",
      "A number over time: straight between points, a jump where two share a time." },
    { "poisson", "poisson(rate)",
      "Arrivals at random, rate a second; a rate may be a curve." },
    { "constant", "constant(rate)", "Arrivals evenly spaced." },
    { "renewal", "renewal(d)", "Arrivals whose gaps are drawn from a distribution." },
    { "bursty", "bursty {on, off, rate}",
      "Poisson arrivals during exponential on times, none during off times." },
    { "burst", "burst(n, {at})", "n arrivals at one moment." },
    { "closed", "closed(n, {think})",
      "n users, each waiting for its answer, then thinking." },
    { "replay", "replay(\"file.csv\")",
      "Arrivals at the times of a file beside the script: seconds, first on each line." },
    { "at", "at(t, what)", "Something happens at t: at(10*s, db:crash())." },
    { "between", "between(t1, t2, what)",
      "It happens at t1 and is undone at t2: between(20*s, 30*s, db:slow(8)). To a service or "
      "one replica, api[2]: slow(x) fail(share) crash() restart() stop() pause() leak(bytes a second) scale(n) steal(share of its hosts' cores) poison(n requests), with {only = "
      "route} for the first two and the last; to a link, or a service for all links to it: latency(d) "
      "drop(share) bandwidth(bytes a second) partition() refuse(), with {side = \"request\" or \"reply\"} for all but the last; to a host: steal(share); to a pool: crash {workers}; to a breaker in a local: "
      "force_open() disable(). At a time only: oom() and deploy {max_surge, max_unavailable, min_ready_seconds, startup} of a service, failover() of a store, flush() of a cache." },
    { "every", "every(d, what)", "It happens each d." },
    { "when",
      "when({metric, at_least, at_most, about, tolerance, over, from, lasts}, what)",
      "It happens once, when a metric lies in the range: looked at each second, over the last "
      "whole seconds (over, 1*s), not before from; undone after lasts (never): "
      "when({\"api.queue.max\", at_least = 100, lasts = 10*s}, db:slow(8))." },
    { "set", "set {knob = value}",
      "It happens that knobs are turned while the run goes on: between(20*s, 30*s, set {rate = 500}). "
      "They must stand for numbers of the world, as durations, rates and shares, and no handler be a "
      "function. Undone, what they changed is as it was." },
    { "knob", "knob(name, default, {min, max, unit}) or knob(name, default, {choices...})",
      "A plain value that --set and variants change." },
    { "variant", "variant(name, {knob = value})", "Settings of knobs under a name." },
    { "expect",
      "expect(claim, {metric, from, to, variant, at_least, at_most, about, "
      "tolerance, relative_to, share, because, measure})",
      "What should be true of a metric over a window (warmup to end). share: of the seeds. "
      "relative_to: as a multiple of another variant's. measure = function(run) return "
      "run(\"api.ok\", t1, t2) end for the rest." },
    { "include", "include(file)",
      "Runs another script that lies beside this one or in the shipped library." },
    { "ns us ms s minute hour day", "2*ms", "Factors to seconds." },
    { "KB MB GB", "20*KB", "Factors to bytes, powers of 1000." },
};

// The language's words to come.
static const char *const later[] = { "gateway", "queue",  "batch",       "webhook",
                                     "span",    "check",  "empirical",   "split",
                                     "canary",  "shadow", "progressive", "arm",
                                     "slo",     "poll",   NULL };

const char *const *scn_words_planned(void)
{
    return later;
}

const struct scn_word *scn_words(uint32_t *n)
{
    *n = sizeof words / sizeof *words;
    return words;
}

static int act(lua_State *L)
{
    const struct scn_entry *word = lua_touserdata(L, lua_upvalueindex(1));
    int given = lua_gettop(L);
    if (given > word->most)
        return scn_fail(L, "%s takes at most %d %s, got %d", word->name, word->most,
                        word->most == 1 ? "argument" : "arguments", given);
    if (word->time == SCN_BUILDS && scn_of(L)->is_sealed)
        return scn_fail(L, "%s: the world is built before it runs, not in a function",
                        word->name);
    return word->act(L);
}

void scn_register(lua_State *L, const struct scn_entry *list)
{
    for (; list->name; list++) {
        lua_pushlightuserdata(L, (void *)list);
        lua_pushcclosure(L, act, 1);
        scn_word_set(L, list->name);
    }
}
