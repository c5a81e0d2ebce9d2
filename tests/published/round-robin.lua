-- n servers, each with a line of its own, dealt requests in strict rotation.
local n      = knob("n", 10, { min = 1 })
local S      = knob("S", 1, { min = 1e-6, unit = "s" })
local rate   = knob("rate", 5, { min = 1e-6, unit = "/s" })
local jobs   = knob("jobs", 200000)
local rho    = rate * S / n
local warmup = 20 * S / (1 - rho) ^ 2

scenario("Round robin", { duration = warmup + jobs / rate, warmup = warmup })
service("q", {
  replicas = n,
  executor = threads(1),
  balance  = "round_robin",
  handler  = { native(exponential(S)) },
})
client("users", { target = "q", arrivals = poisson(rate) })

expect("mean response", { "users.latency.mean", at_least = 0, because = "E_n/M/1" })
