scenario("c", { duration = 2*s, seeds = 2 })
local hot = cache("hot", { entries = 5, latency = exponential(1*ms) })
local own = cache("own", { per_process = true })
local db = service("db", { executor = threads(2), handler = { choose {{ 0.8, io(5*ms) }, { 0.2, fail(500) }} } })
local app = service("app", { replicas = 2, runtime = cpython "3.13", executor = threads(4),
  handler = { python(1*ms), cached(own, cached(hot, call(db, { timeout(20*ms) }), { key = req.item, ttl = uniform(50*ms, 90*ms), single_flight = true }),
    { key = req.item * 2, ttl = 30*ms, single_flight = true }) } })
local loop = service("loop", { executor = asyncio {}, handler = { with(timeout(9*ms), cached("own", gather { call(db), call(db) },
  { key = zipf { n = 4, s = 1 }, ttl = 0, single_flight = true })) } })
client("a", { target = app, arrivals = poisson(200), timeout(1*s), req = { item = zipf { n = 9, s = 1 } } })
client("b", { target = loop, arrivals = poisson(100), cancel = true, timeout(8*ms) })
every(300*ms, hot:flush()) at(1*s, own:flush()) between(500*ms, 700*ms, app:crash()) at(1200*ms, loop:restart())
expect("x", { "hot.hit_ratio", at_most = 1 }) expect("y", { "own.joined_per_s", at_least = 0 })
