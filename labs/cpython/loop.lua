-- The model's side of loop.py: an event loop with a probe, whose handlers compute on it or send that
-- to a thread.
scenario("An event loop that computes", { duration = 1.5*s, warmup = 0.2*s, seeds = 10 })
local version = knob("version", "3.11", { "3.11", "3.12", "3.13", "3.13t", "3.14", "3.14t" })
local way     = knob("way", "loop", { "loop", "thread" })

local work = python(50*ms)
local app = service("app", { cores = 2, runtime = cpython(version), executor = asyncio { probe = 10*ms },
  handler = way == "thread" and to_thread(work) or work })
client("load", { target = app, arrivals = replay "loop.csv" })
