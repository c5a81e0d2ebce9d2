-- A database that hangs for twenty seconds, and a service whose threads all wait for it: those who
-- never asked the database are not served either. A breaker lets them go on: watch the readers.
-- Try --variant "too eager", "too lazy" or "wrong order", and read why each of them fails.
scenario("Circuit breaker", { about = "What hangs must not take everything with it.", duration = 90*s, warmup = 5*s, seeds = 20 })
local which = knob("breaker", "right", { "none", "right", "too eager", "too lazy", "wrong order" })

local db = service("db", {
  executor = threads(64),
  handler  = { io(lognormal { median = 20*ms, p99 = 80*ms }), choose { { 0.01, fail(500) } } },
})

local waiting = timeout(500*ms)
local around  = ({
  ["none"]        = { waiting },
  ["right"]       = { breaker { failure_rate = 0.5, window = 50, min_calls = 20, open = 3*s, probes = 5 }, waiting },
  ["too eager"]   = { breaker { failure_rate = 0.1, window = 10, min_calls = 5, open = 3*s, probes = 1 }, waiting },
  ["too lazy"]    = { breaker { failure_rate = 0.5, time_window = 1*minute, min_calls = 20, open = 3*s, probes = 5 }, waiting },
  ["wrong order"] = { waiting, breaker { failure_rate = 0.5, window = 50, min_calls = 20, open = 3*s, probes = 5 } },
})[which]

local api = service("api", {
  executor = threads(40),
  handler  = {
    ["GET /item"]  = { with(around, call(db)), io(1*ms) },
    ["GET /about"] = { io(2*ms) },                 -- needs no database
  },
})
client("shoppers", { target = api, route = "GET /item",  arrivals = poisson(150), timeout(1*s) })
client("readers",  { target = api, route = "GET /about", arrivals = poisson(50),  timeout(1*s) })
between(30*s, 50*s, db:slow(100))

expect("most readers do not notice", { "readers.goodput_per_s", from = 32*s, to = 50*s, at_least = 0.8 * 50,
  because = "a refusal takes no time, so threads are left for those who need no database; some meet the calls that try" })
expect("it opens once it is needed", { "api>db.breaker_opened", from = 5*s, to = 30*s, at_most = 0,
  because = "one call in a hundred fails on a good day, and half of them is far from that" })
expect("shoppers are back when the database is", { "shoppers.goodput_per_s", from = 55*s, to = 90*s, at_least = 0.95 * 150,
  because = "after three seconds five calls try, and all of them come back well" })
expect("without it the readers go down too", { variant = "none", "readers.goodput_per_s", from = 35*s, to = 50*s, at_most = 0.3 * 50,
  because = "150 calls a second that hold a thread for half a second each are 75 threads, and there are 40" })
expect("too eager, it refuses on a good day", { variant = "too eager", "api.rejected.breaker", from = 5*s, to = 30*s, at_least = 1000,
  because = "one failure among ten calls is a tenth, and one call in a hundred fails" })
expect("too eager, shoppers lose on a good day", { variant = "too eager", "shoppers.goodput_per_s", from = 5*s, to = 30*s, at_most = 0.5 * 150,
  because = "for each failure it refuses three seconds of calls, and a failure comes each second or so" })
expect("too lazy, it opens too late", { variant = "too lazy", "readers.goodput_per_s", from = 35*s, to = 50*s, at_most = 0.3 * 50,
  because = "half a minute of good calls in its window outvotes those that hang" })
expect("in the wrong order it never opens", { variant = "wrong order", "api>db.breaker_opened", at_most = 0,
  because = "the timeout is around it: what it takes away has neither failed nor succeeded" })
expect("and the readers go down as if there were none", { variant = "wrong order", "readers.goodput_per_s", from = 35*s, to = 50*s, at_most = 0.3 * 50,
  because = "nobody refuses" })
variant("none",        { breaker = "none" })
variant("too eager",   { breaker = "too eager" })
variant("too lazy",    { breaker = "too lazy" })
variant("wrong order", { breaker = "wrong order" })
