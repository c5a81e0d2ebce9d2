-- All share one core, equally. A job of size x takes x / (1 - rho) whatever the other sizes
-- are, so jobs of that size may well be a part of the load themselves: here a fifth of it.
local laws  = include "laws.lua"
local rho   = knob("rho", 0.8, { min = 0.01, max = 0.99 })
local S     = knob("S", 1, { min = 1e-6, unit = "s" })
local x     = knob("x", 1, { min = 1e-6, unit = "s" })
local law   = knob("law", "Exp", { "D", "Exp", "H2" })
local jobs  = knob("jobs", 100000)
local probe = 0.2 * rho / x
local rest  = 0.8 * rho / S
local warmup = 20 * S / (1 - rho) ^ 2

scenario("M/G/1 processor sharing", { duration = warmup + jobs / (probe + rest), warmup = warmup })
local core = host("core", { cores = 1, slice = S / 1000, switch_cost = 0 })
service("q", { host = core, executor = threads(math.huge), handler = { native(req.size) } })
client("others", { target = "q", arrivals = poisson(rest), req = { size = laws(law, S, 4) } })
client("probes", { target = "q", arrivals = poisson(probe), req = { size = x } })

expect("mean response of a job of that size",
       { "probes.latency.mean", at_least = 0, because = "x / (1 - rho)" })
