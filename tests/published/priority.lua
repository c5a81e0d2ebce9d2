-- Two classes share a server, without interrupting one another; beside it the same load with
-- one line for all.
local S    = knob("S", 1, { min = 1e-6, unit = "s" })
local high = knob("high", 0.3, { min = 1e-6, unit = "/s" })
local low  = knob("low", 0.5, { min = 1e-6, unit = "/s" })
local jobs = knob("jobs", 200000)
local warmup = 20 * S / (1 - (high + low) * S) ^ 2

scenario("Priorities", { duration = warmup + jobs / (high + low), warmup = warmup })
service("q", { executor = threads(1, { discipline = "priority" }),
               handler = { native(exponential(S)) } })
service("plain", { executor = threads(1), handler = { native(exponential(S)) } })
client("urgent", { target = "q", arrivals = poisson(high), req = { priority = 1 } })
client("patient", { target = "q", arrivals = poisson(low), req = { priority = 0 } })
client("all", { target = "plain", arrivals = poisson(high + low) })

local function wait_of(client)
  return function(run) return run(client .. ".latency.mean") - S end
end
expect("Wq high", { measure = wait_of "urgent", at_least = -1, because = "Cobham 1954" })
expect("Wq low", { measure = wait_of "patient", at_least = -1, because = "Cobham 1954" })
expect("Wq FIFO", { "plain.time.queue", at_least = 0, because = "rho S / (1 - rho)" })
