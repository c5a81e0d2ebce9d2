-- What `convoy bench` times as in_line: n requests stand in one line from the start, and as many
-- come as are served, so that about n are in it all along.
local n       = knob("n", 1000, { min = 1 })
local seconds = knob("seconds", 4000, { min = 1, unit = "s" })
local rate    = knob("rate", 1000, { min = 1 })
scenario("Bench: in line", { duration = seconds })
local server = service("server", { handler = { native(1 / rate) } })
client("crowd", { target = server, arrivals = burst(n) })
client("users", { target = server, arrivals = poisson(rate) })
