-- Users who wait for their answer and think before they ask again cannot overload anything.
local N    = knob("N", 10, { min = 1 })
local Z    = knob("Z", 1, { min = 1e-6, unit = "s" })
local c    = knob("c", 1, { min = 1 })
local S    = knob("S", 0.1, { min = 1e-6, unit = "s" })
local jobs = knob("jobs", 100000)
local rate = math.min(N / (Z + S), c / S) -- at most
local warmup = 50 * (Z + N * S / c)

scenario("Closed system", { duration = warmup + jobs / rate, warmup = warmup })
service("q", { cores = c, executor = threads(c), handler = { native(exponential(S)) } })
client("users", { target = "q", arrivals = closed(N, { think = exponential(Z) }) })

local why = "birth and death; mean value analysis with one server"
expect("throughput", { "users.ok_per_s", at_least = 0, because = why })
expect("response time", { "users.latency.mean", at_least = 0, because = why })
expect("mean response", { "users.latency.mean", at_least = 0, because = why })
expect("utilisation", { "q.utilisation", at_least = 0, because = why })
