scenario("p", { duration = 2*s, seeds = 2 })
local shared = store("redis", { read = 1*ms, write = 1*ms, script = 2*ms, connections = 2, queue = 3 })
local broke = breaker("resilience4j", { window = 5, min_calls = 2, slow = 10*ms, slow_rate = 0.5, automatic = true })
local paid = budget { size = 3, per_call = 0.5, per_success = 0.1, cost = 1 }
local db = service("db", { rate_limit("gcra", { limit = 50, burst = 2, per = { req.tenant, req.method }, status = 429 }),
  quota { name = "plan", limit = 9, window = 1*s, per = req.tenant, price = 0.001, overage = 0.01 },
  executor = threads(2), handler = io(exponential(5*ms)) })
local app = service("app", { runtime = cpython "3.13", executor = uvicorn { workers = 2, backlog = 4,
  limit_concurrency = 8, timeout_graceful_shutdown = 1*s }, handler = call(db, { retry("grpc", { max_attempts = 3,
  base = 1*ms, cap = 9*ms, budget = paid }), broke, timeout(20*ms),
  rate_limit("sliding_counter", { limit = 40, store = shared, atomic = false, on_store_failure = "open", store_timeout = 5*ms }),
  semaphore(3) }) })
local api = service("api", fastapi { database = db, queries = 2, driver = "threads", workers = 2, pool = 3 })
local old = service("old", django { database = db, replicas = 2 })
client("a", { target = app, arrivals = poisson(60), timeout(1*s), req = { tenant = zipf { n = 9, s = 1 }, method = "GET" } })
client("b", { target = api, arrivals = bursty { on = 100*ms, off = 50*ms, rate = 90 }, req = { tenant = "x" } })
client("c", { target = old, arrivals = closed(3), retry "celery" })
between(500*ms, 700*ms, shared:crash()) between(1*s, 1100*ms, app:stop()) at(1200*ms, app:restart())
expect("x", { "app.breaker_opened", at_most = 9 }) expect("y", { "tenants.fairness", at_least = 0 })
