-- A share of the answers is an error, and whoever gets one asks again, at once and for ever.
local lambda = knob("lambda", 2, { min = 1e-6, unit = "/s" })
local mu     = knob("mu", 4, { min = 1e-6, unit = "/s" })
local p      = knob("p", 0.25, { min = 0, max = 0.99 })
local jobs   = knob("jobs", 200000)
local all    = lambda / (1 - p)
local warmup = 20 * mu / (mu - all) ^ 2

scenario("Feedback", { duration = warmup + jobs / lambda, warmup = warmup })
service("q", {
  executor = threads(1),
  handler  = { native(exponential(1 / mu)), choose { { p, fail(500) } } },
})
client("users", {
  target   = "q",
  arrivals = poisson(lambda),
  retry { max_attempts = 1000000, base = 0, jitter = "none" },
})

expect("effective rate", { "q.arrivals_per_s", at_least = 0, because = "lambda / (1 - p)" })
expect("L", { "q.inside.mean", at_least = 0, because = "Jackson" })
expect("W per external job", { "users.latency.mean", at_least = 0, because = "L / lambda" })
