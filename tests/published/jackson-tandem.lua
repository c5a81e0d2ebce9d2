-- Two servers one after the other. The first hands on, so that its thread does not wait for
-- the second: the client asks one, then the other.
local lambda = knob("lambda", 4, { min = 1e-6, unit = "/s" })
local mu1    = knob("mu1", 5, { min = 1e-6, unit = "/s" })
local mu2    = knob("mu2", 8, { min = 1e-6, unit = "/s" })
local jobs   = knob("jobs", 200000)
local warmup = 20 * (mu1 / (mu1 - lambda) ^ 2 + mu2 / (mu2 - lambda) ^ 2)

scenario("Tandem", { duration = warmup + jobs / lambda, warmup = warmup })
service("first", { executor = threads(1), handler = { native(exponential(1 / mu1)) } })
service("second", { executor = threads(1), handler = { native(exponential(1 / mu2)) } })
service("both", { executor = threads(math.huge), handler = { call "first", call "second" } })
client("users", { target = "both", arrivals = poisson(lambda) })

expect("mean end-to-end response", { "users.latency.mean", at_least = 0,
       because = "1 / (mu1 - lambda) + 1 / (mu2 - lambda), Jackson" })
