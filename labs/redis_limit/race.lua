-- The model's side of `convoy verify redis_limit`, in real time: everybody shares one key of a store that is
-- read, decided upon and written, and a write comes `gap` after its read. Calls come for 400 ms.
scenario("A race for a limit", { duration = 1*s, seeds = 200 })
local how  = knob("algorithm", "fixed_window", { "fixed_window", "sliding_log", "token_bucket" })
local rate = knob("rate", 1500, { min = 1, max = 100000, unit = "calls/s" })
local limit = knob("limit", 40, { min = 1, max = 1000 })
local gap  = knob("gap", 10*ms, { min = 0, max = 1*s, unit = "s" })

local redis = store("redis", { read = gap, write = gap })
local api = service("api", {
  rate_limit(how, { limit = limit, window = 100*ms, burst = how == "token_bucket" and limit, store = redis }),
  executor = threads(math.huge), handler = {},
})
client("users", { target = api, arrivals = poisson(curve {{ 0, rate }, { 400*ms, rate }, { 400*ms, 0 }}) })
