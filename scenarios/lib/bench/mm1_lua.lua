-- What `convoy bench` times as mm1_lua: the same queue, its handler a function.
local seconds = knob("seconds", 1100, { min = 1, unit = "s" })
scenario("Bench: M/M/1, handler in Lua", { duration = seconds })
local n = knob("customers_per_s", 2000, { min = 1 })
local work = native(exponential(0.9 / n))
local server = service("server", { handler = function(req) await(work) end })
client("users", { target = server, arrivals = poisson(n) })
