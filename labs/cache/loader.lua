-- The model's side of `convoy verify cache`, in real time: users think, and then ask for one of a few keys, which
-- one of those who miss it loads.
scenario("A loader", { duration = 121*s, warmup = 1*s, seeds = 5 })
local keys = knob("keys", 16, { min = 1, max = 1000 })
local load = knob("load", 20*ms, { min = 1*ms, max = 1*s, unit = "s" })

local any = {}
for key = 1, keys do any[key] = { 1 / keys, key } end
local hot = cache("hot", {})
local api = service("api", { executor = threads(math.huge), handler = {
  cached(hot, sleep(load), { key = choose(any), ttl = 80*ms, single_flight = true }) } })
client("users", { target = api, arrivals = closed(24, { think = exponential(20*ms) }) })
