-- One request that kills whoever works on it. Whoever sends it tries again, as one should after an error, and each attempt takes
-- another replica along, with all that is inside; who has died twice is started again after a longer and longer pause. Watch
-- api.poisoned and goodput after 20 s. Try --variant "one attempt", --variant "processes" and --set bad=1.
scenario("Poison pill", { about = "A retry carries what kills from one replica to the next.", duration = 90*s, warmup = 5*s, seeds = 20 })
local bad      = knob("bad", 3, { min = 1, max = 20 })
local attempts = knob("attempts", 6, { min = 1, max = 10 })
local made_of  = knob("made_of", "threads", { "threads", "processes" })

local api = service("api", {
  replicas  = 4, cores = 2,
  runtime   = cpython "3.12",
  executor  = made_of == "threads" and threads(16) or gunicorn { workers = 4, worker_class = "gthread", threads = 4 },
  readiness = { period_seconds = 1, handler = native(0.1*ms) },
  handler   = { python(2*ms), io(20*ms) },
})
client("users", { target = api, arrivals = poisson(150), timeout(5*s),
  retry { max_attempts = attempts, base = 100*ms, factor = 3, cap = 2*s, jitter = "full" }, timeout(1*s) })
at(20*s, api:poison(bad))

expect("three requests kill six times and more", { "api.poisoned", at_least = 6,
  because = "each attempt finds another replica, and takes it along" })
expect("and hundreds of requests that are well fail with them", { "users.failed", at_least = 200, share = 0.8,
  because = "for seconds no replica runs, and who has died twice is given a pause of ten" })
expect("tried once, a bad request kills once", { variant = "one attempt", "api.poisoned", about = bad, tolerance = 0,
  because = "nobody carries it on" })
expect("and costs those that are inside with it, of one replica", { variant = "one attempt", "users.failed", at_most = 20,
  because = "a replica of four has one request or two inside" })
expect("where workers are processes, a death is one worker's", { variant = "processes", "users.failed", at_most = 20,
  because = "sixteen are there, and their server starts another in a fraction of a second" })
expect("though as many die", { variant = "processes", "api.poisoned", at_least = 15,
  because = "the requests are as bad, and are tried as often" })
variant("one attempt", { attempts = 1 })
variant("processes", { made_of = "processes" })
