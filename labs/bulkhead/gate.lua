-- The model's side of `convoy verify bulkhead`, in real time: users think, and then want one of a few places,
-- for which they wait so long.
scenario("A gate", { duration = 241*s, warmup = 1*s, seeds = 5 })
local places = knob("places", 11, { min = 1, max = 100 })
local hold   = knob("hold", 40*ms, { min = 1*ms, max = 1*s, unit = "s" })

local api = service("api", { executor = threads(math.huge), handler = {
  with(bulkhead(places, { queue = 21, wait = 60*ms, name = "gate" }), sleep(hold)) } })
client("users", { target = api, arrivals = closed(64, { think = exponential(80*ms) }) })
