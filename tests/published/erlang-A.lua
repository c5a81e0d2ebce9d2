-- Callers in line lose patience and leave; those in service stay.
local c      = knob("c", 10, { min = 1 })
local lambda = knob("lambda", 12, { min = 1e-6, unit = "/s" })
local mu     = knob("mu", 1, { min = 1e-6, unit = "/s" })
local theta  = knob("theta", 1, { min = 1e-6, unit = "/s" })
local jobs   = knob("jobs", 200000)
local warmup = 50 / mu

scenario("M/M/c+M", { duration = warmup + jobs / lambda, warmup = warmup })
service("q", {
  cores    = c,
  executor = threads(c, { max_wait = exponential(1 / theta) }),
  handler  = { native(exponential(1 / mu)) },
})
client("callers", { target = "q", arrivals = poisson(lambda) })

expect("Lq", { "q.queue.mean", at_least = 0, because = "birth and death" })
expect("fraction abandoning", { at_least = 0, because = "theta Lq / lambda",
  measure = function(run) return run("q.rejected.patience") / run("q.arrivals") end })
expect("utilisation", { "q.utilisation", at_least = 0, because = "birth and death" })
