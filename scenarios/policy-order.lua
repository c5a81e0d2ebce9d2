-- Four policies around one call, in four orders. They mean the same on a good day: watch what each order
-- costs while half of the calls fail (20 s to 35 s), and while none is answered (50 s to 65 s).
-- Try --variant "bulkhead outside", "timeout outside" or "retry inside", and "Around calls" in the report.
scenario("Policy order", { about = "The same four policies in four orders.", duration = 80*s, warmup = 5*s, seeds = 20 })
local rate  = knob("rate", 100, { min = 20, max = 200, unit = "req/s" })
local order = knob("order", "usual", { "usual", "bulkhead outside", "timeout outside", "retry inside" })

local db = service("db", { executor = threads(64), handler = { io(lognormal { median = 15*ms, p99 = 60*ms }) } })

local again    = retry { max_attempts = 4, base = 100*ms, jitter = "none" }
local breaking = breaker { failure_rate = 0.8, window = 50, min_calls = 20, open = 2*s, probes = 5 }
local patience = timeout(250*ms)
local places   = bulkhead(12, { name = "places" })
local around   = ({
  ["usual"]            = { again, breaking, patience, places },
  ["bulkhead outside"] = { places, again, breaking, patience },
  ["timeout outside"]  = { patience, again, breaking, places },
  ["retry inside"]     = { breaking, again, patience, places },
})[order]

local api = service("api", { executor = threads(200), handler = { with(around, call(db)) } })
client("users", { target = api, arrivals = poisson(rate), timeout(3*s) })
between(20*s, 35*s, db:fail(0.5))
between(50*s, 65*s, link("api", "db"):drop(1))

expect("in the usual order retries mend what is half broken", { "users.goodput_per_s", from = 21*s, to = 35*s, at_least = 0.85 * rate,
  because = "four attempts all fail once in sixteen times, and a place is held for an attempt, not for the waits between" })
expect("with the bulkhead outside most are sent away", { variant = "bulkhead outside", "users.goodput_per_s", from = 21*s, to = 35*s, at_most = 0.7 * rate,
  because = "who waits for its next attempt keeps its place: 0.17 s each, and 12 places serve 70 a second" })
expect("though hardly anybody is at the database", { variant = "bulkhead outside", "db.utilisation", from = 21*s, to = 35*s, at_most = 0.1,
  because = "the places are taken by those who wait" })
expect("with the timeout outside there is time for two attempts", { variant = "timeout outside", "users.goodput_per_s", from = 21*s, to = 35*s, at_most = 0.82 * rate,
  because = "the third would come after 300 ms, and all attempts together have 250" })
expect("in the usual order the breaker hears of each attempt", { "api>db.attempts", from = 50*s, to = 52*s, at_most = 60,
  because = "it takes 40 of them to fail, which they do in a third of a second" })
expect("with the retry inside it hears of the last one only", { variant = "retry inside", "api>db.attempts", from = 50*s, to = 52*s, at_least = 2, relative_to = "default",
  because = "each call takes more than a second to fail, and sends its attempts meanwhile" })
expect("when the database answers again all is well", { "users.failed_per_s", from = 70*s, to = 80*s, at_most = 1,
  because = "five probes that go well close the breaker" })
variant("bulkhead outside", { order = "bulkhead outside" })
variant("timeout outside",  { order = "timeout outside" })
variant("retry inside",     { order = "retry inside" })
