-- Everybody together may do 100 calls a second, and 250 come, over four replicas: watch how many get
-- through. Counted by each replica for itself that is no limit at all. A store that all share is one, if
-- it decides itself: try --variant "racing bucket", "racing counter" and "atomic". Then take the store
-- away, from 20 s to 25 s: --variant "fail open", "fail closed", and --set store_timeout=0.5 with them.
scenario("A limit across replicas", { about = "Where a limit is counted, and what becomes of it without that place.",
  duration = 40*s, warmup = 5*s, seeds = 20 })
local shared   = knob("in_a_store", false)
local how      = knob("algorithm", "token_bucket", { "token_bucket", "fixed_window", "sliding_log" })
local atomic   = knob("atomic", false)
local outage   = knob("outage", false)
local shuts    = knob("fail_closed", false)
local patience = knob("store_timeout", 50*ms, { min = 1*ms, max = 2*s, unit = "s" })
local rate     = knob("rate", 250, { min = 10, max = 1000, unit = "calls/s" })
local trip     = knob("trip", 20*ms, { min = 0, max = 1*s, unit = "s" })   -- to the store and back

local redis = store("redis", { read = trip, write = trip })
local api = service("api", {
  rate_limit(how, { limit = 100, burst = how == "token_bucket" and 10, store = shared and redis, atomic = shared and atomic,
                    on_store_failure = shared and shuts and "closed", store_timeout = shared and patience }),
  replicas = 4, executor = threads(math.huge), handler = io(5*ms),
})
client("users", { target = api, arrivals = poisson(rate), timeout(2*s) })
if outage then between(20*s, 25*s, redis:pause()) end

expect("four replicas that count for themselves let all of it through", { "users.goodput_per_s", about = 250, tolerance = 12,
  because = "each of them sees 62.5 of 250 a second, and would let 100 through" })

variant("racing bucket", { in_a_store = true })
expect("a bucket that is read, decided and written hardly limits", { variant = "racing bucket", "users.goodput_per_s",
  at_least = 240, because = "who writes last sets the level that it has seen: five calls in 20 ms cost one token" })
variant("racing counter", { in_a_store = true, algorithm = "fixed_window" })
expect("a counter lets through who looks before the last write", { variant = "racing counter", "users.goodput_per_s",
  about = 105, tolerance = 1.5, because = "in the 20 ms of a write 250 a second look five times, in each window" })

variant("atomic", { in_a_store = true, atomic = true })
expect("a script in the store keeps the limit", { variant = "atomic", "users.goodput_per_s", about = 100, tolerance = 0.5,
  because = "looking and writing are one: 100 tokens a second come back, and 10 are there at most" })
expect("and costs a trip", { variant = "atomic", "users.latency.p50", about = 25*ms, tolerance = 1*ms,
  because = "20 ms to the store, 5 ms of work" })

variant("fail open", { in_a_store = true, atomic = true, outage = true })
expect("open, the outage of a limiter is nobody's but the limit's", { variant = "fail open", "users.goodput_per_s",
  from = 21*s, to = 25*s, about = 250, tolerance = 40, because = "all 250 pass, uncounted" })
expect("and everybody waits for the store in vain", { variant = "fail open", "users.latency.p50", from = 21*s, to = 25*s,
  about = 55*ms, tolerance = 1*ms, because = "store_timeout, and 5 ms of work" })
variant("fail closed", { in_a_store = true, atomic = true, outage = true, fail_closed = true })
expect("closed, it is everybody's", { variant = "fail closed", "users.goodput_per_s", from = 21*s, to = 25*s, at_most = 0,
  because = "nobody can tell who may pass, so nobody may" })
expect("afterwards the limit is kept again", { variant = "fail closed", "users.goodput_per_s", from = 30*s, to = 40*s,
  about = 100, tolerance = 1.5, because = "the store answers" })
