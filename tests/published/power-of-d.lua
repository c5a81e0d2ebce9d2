-- n servers, each with a line of its own; a request looks at d of them, drawn with
-- replacement, and joins the shorter line.
local n      = knob("n", 100, { min = 1 })
local d      = knob("d", 2, { min = 1 })
local lambda = knob("lambda", 0.9, { min = 0.01, max = 0.999 }) -- load of each
local jobs   = knob("jobs", 400000)
local rate   = lambda * n
local warmup = 30 / (1 - lambda)

scenario("Power of d choices", { duration = warmup + jobs / rate, warmup = warmup })
service("q", {
  replicas = n,
  executor = threads(1),
  balance  = { "p2c", choices = d },
  handler  = { native(exponential(1)) },
})
client("users", { target = "q", arrivals = poisson(rate) })

expect("mean time in system", { "users.latency.mean", at_least = 0, because = "Mitzenmacher 2001" })
