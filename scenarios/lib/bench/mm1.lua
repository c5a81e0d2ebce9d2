-- What `convoy bench` times as mm1: one queue, one server, and nothing else.
local seconds = knob("seconds", 1100, { min = 1, unit = "s" })
scenario("Bench: M/M/1", { duration = seconds })
local n = knob("customers_per_s", 2000, { min = 1 })
local server = service("server", { handler = { native(exponential(0.9 / n)) } })
client("users", { target = server, arrivals = poisson(n) })
