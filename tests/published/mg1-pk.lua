-- The same line with other service times: the wait grows with their second moment.
local laws = include "laws.lua"
local rho  = knob("rho", 0.8, { min = 0.01, max = 0.99 })
local S    = knob("S", 1, { min = 1e-6, unit = "s" })
local law  = knob("law", "Exp", { "D", "Exp", "Erlang", "Uniform", "H2", "lognormal" })
local scv  = knob("scv", 4, { min = 0 })
local a    = knob("a", 2)
local b    = knob("b", 2)
local jobs = knob("jobs", 200000)
local rate = rho / S
local warmup = 100 * S / (1 - rho) ^ 2

scenario("M/G/1", { duration = warmup + jobs / rate, warmup = warmup })
service("q", { executor = threads(1), handler = { native(laws(law, S, scv, a, b)) } })
client("users", { target = "q", arrivals = poisson(rate) })

expect("mean wait Wq", { "q.time.queue", at_least = 0,
       because = "lambda E[S^2] / (2 (1 - rho)), Pollaczek and Khinchine" })
