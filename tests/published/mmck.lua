-- A pool of c workers and room for N requests in all, those in service counted.
local c    = knob("c", 4, { min = 1 })
local N    = knob("N", 8, { min = 1 })
local a    = knob("a", 3, { min = 1e-6 })
local S    = knob("S", 1, { min = 1e-6, unit = "s" })
local jobs = knob("jobs", 200000)
local rate = a / S
local warmup = 20 * N * S

scenario("M/M/c/N", { duration = warmup + jobs / rate, warmup = warmup })
service("q", {
  cores    = c,
  executor = threads(c, { queue = N - c }),
  handler  = { native(exponential(S)) },
})
client("users", { target = "q", arrivals = poisson(rate) })

local birth = "birth and death on the number inside"
expect("blocking", { at_least = 0, because = birth,
  measure = function(run) return run("q.rejected.queue") / run("q.arrivals") end })
expect("L", { "q.inside.mean", at_least = 0, because = birth })
expect("Lq", { "q.queue.mean", at_least = 0, because = birth })
expect("W/S of accepted", { at_least = 0, because = birth,
  measure = function(run) return run("q.latency.mean") / S end })
expect("Wq/S of accepted", { at_least = 0, because = birth,
  measure = function(run) return run("q.time.queue") / S end })
expect("utilisation", { "q.utilisation", at_least = 0, because = birth })
