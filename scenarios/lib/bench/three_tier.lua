-- What `convoy bench` times as three_tier: a client with timeout and retry, a front service, a
-- GIL-bound service of 32 threads at 0.7, a database. Links have no delay. With policies each call to the
-- database also passes a retry within a budget, a breaker, a token bucket, and a bulkhead.
scenario("Bench: three tiers", { duration = 1200*s })
local rate     = knob("rate", 700, { min = 1 })
local policies = knob("policies", false)
local db = service("db", { cores = 4, executor = threads(16),
  handler = { native(lognormal { median = 3*ms, p99 = 15*ms }) } })
local ask = call(db, { timeout(200*ms) })
if policies then
  ask = call(db, { retry { max_attempts = 2, base = 10*ms, budget = budget "finagle" }, breaker "resilience4j",
                   rate_limit("token_bucket", { limit = 2000 }), timeout(200*ms), bulkhead(32, { wait = 50*ms }) })
end
local app = service("app", { cores = 2, runtime = cpython "3.12", executor = threads(32),
  handler = { python(0.6*ms), ask, python(0.4*ms) } })
local front = service("front", { cores = 2, executor = threads(64),
  handler = { native(0.1*ms), call(app) } })
client("users", { target = front, arrivals = poisson(rate),
  retry { max_attempts = 3, base = 50*ms }, timeout(1*s) })
