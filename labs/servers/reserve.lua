-- The model's side of reserve.py: a worker that has as many messages as it may. It is the second of two, for
-- the broker's own line is shown with the first.
local version     = knob("version", "3.11", { "3.11", "3.12", "3.13", "3.13t", "3.14", "3.14t" })
local concurrency = knob("concurrency", 2, { min = 1, max = 100 })
local multiplier  = knob("multiplier", 4, { min = 0, max = 100 })
local late        = knob("late", false)
scenario("What a worker has in hand", { duration = 1*s, warmup = 0.5*s })
local app = service("app", { replicas = 2, runtime = cpython(version), handler = io(10*s),
  executor = celery { pool = "threads", concurrency = concurrency, prefetch_multiplier = multiplier, acks_late = late } })
client("load", { target = app, arrivals = burst(60, { at = 0 }) })
