-- One server, Poisson arrivals, exponential service: the queue that everybody can check.
local rho  = knob("rho", 0.8, { min = 0.01, max = 0.99 })
local S    = knob("S", 1, { min = 1e-6, unit = "s" })
-- Quantiles far out need runs that are long against the line's memory: a short run sees few
-- busy periods, and the long ones are missing from most.
local jobs = knob("jobs", math.max(200000, 10000 / (1 - rho) ^ 2))
local rate = rho / S
-- The line forgets how it began within a few times S / (1 - rho)^2.
local warmup = 10 * S / (1 - rho) ^ 2

scenario("M/M/1", { duration = warmup + jobs / rate, warmup = warmup })
service("q", { executor = threads(1), handler = { native(exponential(S)) } })
client("users", { target = "q", arrivals = poisson(rate) })

expect("L", { "q.inside.mean", at_least = 0, because = "rho / (1 - rho)" })
expect("W", { "q.latency.mean", at_least = 0, because = "S / (1 - rho)" })
expect("p50", { "q.latency.p50", at_least = 0, because = "the response is exponential" })
expect("p99", { "q.latency.p99", at_least = 0, because = "the response is exponential" })
expect("p99.9 of response", { "q.latency.p999", at_least = 0, because = "the same" })
expect("mean response", { "q.latency.mean", at_least = 0, because = "S / (1 - rho)" })
expect("p99 response", { "q.latency.p99", at_least = 0, because = "the same" })
