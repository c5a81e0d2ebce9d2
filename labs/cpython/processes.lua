-- The model's side of processes.py.
scenario("Round trips through a pool of processes", { duration = 100*s, warmup = 5*s })
local version = knob("version", "3.11", { "3.11", "3.12", "3.13", "3.13t", "3.14", "3.14t" })
local size    = knob("size", 100, { min = 0, max = 100*MB })
-- What the machine was found to cost for 100 bytes and for a burst; 0: what the preset says.
local round_trip = knob("round_trip", 0, { min = 0, max = 1 })
local burst      = knob("burst", 0, { min = 0, max = 1 })
local runtime    = round_trip > 0 and cpython(version, { pool_round_trip = round_trip, pool_burst = burst }) or cpython(version)

local app = service("app", { cores = 2, runtime = runtime, executor = threads(1),
  handler = run_in_executor(processes(2, { start = "fork" }), python(2*us), { bytes = size, reply_bytes = size }) })
client("load", { target = app, arrivals = closed(1) })
