-- How many wait at most x. A caller with patience x + S gives up exactly when its wait is
-- longer than x, and nobody tells the server: the line stays as it would be without timeouts.
local rho  = knob("rho", 0.8, { min = 0.01, max = 0.99 })
local S    = knob("S", 1, { min = 1e-6, unit = "s" })
local x    = knob("x", 1, { min = 0, unit = "s" })
local jobs = knob("jobs", 200000)
local rate = rho / S
local warmup = 10 * S / (1 - rho) ^ 2

scenario("M/D/1", { duration = warmup + jobs / rate, warmup = warmup })
service("q", { executor = threads(1), handler = { native(S) } })
client("users", { target = "q", arrivals = poisson(rate), timeout(x + S) })

expect("P(wait <= " .. x .. ")", { at_least = 0, at_most = 1, because = "Erlang and Crommelin",
  measure = function(run) return run("users.ok") / (run("users.ok") + run("users.failed")) end })
