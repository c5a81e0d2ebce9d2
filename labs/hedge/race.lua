-- The model's side of `convoy verify hedge`, in real time: one attempt in ten is slow, and whoever has waited for
-- twice what the others take sends another.
scenario("A race", { duration = 61*s, warmup = 1*s, seeds = 5 })
local fast = knob("fast", 10*ms, { min = 1*ms, max = 1*s, unit = "s" })
local slow = knob("slow", 100*ms, { min = 1*ms, max = 1*s, unit = "s" })
local after = knob("after", 20*ms, { min = 0, max = 1*s, unit = "s" })

local db = service("db", { executor = threads(math.huge), handler = { sleep(choose {{ 0.9, fast }, { 0.1, slow }}) } })
client("users", { target = db, arrivals = closed(16, { think = exponential(10*ms) }), hedge { after = after } })
