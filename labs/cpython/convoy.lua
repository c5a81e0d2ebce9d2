-- The model's side of convoy.py: the thread that answers runs a little bytecode, lets the GIL
-- go for its send, which needs the core but not the GIL, and runs a little more; threads that
-- compute share its core.
scenario("Round trips beside threads that compute", { duration = 60*s, warmup = 1*s })
local version  = knob("version", "3.11", { "3.11", "3.12", "3.13", "3.13t", "3.14", "3.14t" })
local interval = knob("interval", 5*ms, { min = 0.1*ms, max = 100*ms })
local busy     = knob("busy", 1, { min = 1, max = 16 })

local app = service("app", { cores = 1, runtime = cpython(version, { switch_interval = interval }),
  executor = threads(32), handler = {
    answer  = { python(10*us), native(12*us), python(5*us) },
    compute = python(0.5*s),
  } })
client("peer", { target = app, route = "answer", arrivals = closed(1, { think = 1*ms }) })
client("computing", { target = app, route = "compute", arrivals = closed(busy) })
