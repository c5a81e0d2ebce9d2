-- What `convoy bench` times as in_flight: requests that wait for a second each, with a timeout
-- that never comes, so each has a timer and n of them are inside at a time.
local n       = knob("n", 1000, { min = 1 })
local seconds = knob("seconds", 4000, { min = 1, unit = "s" })
scenario("Bench: in flight", { duration = seconds })
local server = service("server", { executor = threads(math.huge), handler = { io(exponential(1*s)) } })
client("users", { target = server, arrivals = poisson(n), timeout(100000*s) })
