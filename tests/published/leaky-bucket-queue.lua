-- A burst into a queue that leaks.
local B     = knob("B", 10, { min = 1 })
local r     = knob("r", 5, { min = 0.001, unit = "/s" })
local calls = knob("calls", 13, { min = 1 })

scenario("A queue that leaks", { duration = B / r + 10 })
service("server", {
  executor = threads(math.huge),
  rate_limit("leaky_queue", { limit = r * 1000, window = 1000 * s, burst = B }),
  handler  = {},
})
client("users", { target = "server", arrivals = burst(calls) })

expect("admitted", { "users.ok", at_least = 0, because = "as many as it holds" })
expect("last departs at", { "users.latency.max", at_least = 0, because = "one leaves each 1/r; s" })
