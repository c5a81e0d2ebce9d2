-- The model's side of the real pool's loads in real time: calls that wait, no GIL, and no cost but
-- the way to a worker and back, which is taken from the real pool when it is idle.
local version = knob("version", "3.14t", { "3.11", "3.12", "3.13", "3.13t", "3.14", "3.14t" })
local workers = knob("workers", 4, { min = 1, max = 61 })
local work    = knob("work", 4, { min = 0, max = 1000, unit = "ms" })
local way     = knob("way", 0.1, { min = 0, max = 1000, unit = "ms" })
local at_once = knob("at_once", 24, { min = 1, max = 1000 })
scenario("Calls in a pool of processes", { duration = 2*s })

local costs = cpython("3.14t", { bytecode_factor = 1, pool_round_trip = way*ms, pool_burst = 5*us,
  task_create = 0, loop_iteration = 0, fork_first = 1*us, fork_start = 1*us })
local pool = processes(workers, { start = "fork" })
local app = service("app", { cores = 2, runtime = costs, executor = threads(math.huge),
  handler = { python(0), run_in_executor(pool, io(work*ms)) } })
client("warm", { target = app, arrivals = burst(1, { at = 0 }) })
client("load", { target = app, arrivals = burst(at_once, { at = 1*s }) })
