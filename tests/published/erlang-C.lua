-- Several servers, one line.
local c    = knob("c", 10, { min = 1 })
local a    = knob("a", 8, { min = 1e-6 })
local S    = knob("S", 1, { min = 1e-6, unit = "s" })
local jobs = knob("jobs", 400000)
local rate = a / S
local warmup = 20 * S / (1 - a / c) ^ 2 / c + 20 * S

scenario("M/M/c", { duration = warmup + jobs / rate, warmup = warmup })
service("q", { cores = c, executor = threads(c), handler = { native(exponential(S)) } })
client("callers", { target = "q", arrivals = poisson(rate) })

expect("P(wait>0)", { "q.waited", at_least = 0, because = "Erlang's delay formula" })
expect("mean wait Wq/S", { at_least = 0, because = "P(wait>0) / (c - a)",
  measure = function(run) return run("q.time.queue") / S end })
