-- The model's side of the real pool's loads in real time: calls that wait, no GIL, and no cost but
-- the waking of a worker, the start of a thread, and a timer that is late.
local calls   = knob("calls", "open", { "open", "at once" })
local version = knob("version", "3.14t", { "3.11", "3.12", "3.13", "3.13t", "3.14", "3.14t" })
local workers = knob("workers", 4, { min = 1, max = 64 })
local work    = knob("work", 4, { min = 0, max = 1000, unit = "ms" })
local slack   = knob("slack", 0.06, { min = 0, max = 10, unit = "ms" })
scenario("Calls in a pool of threads", { duration = 2*s })

local costs = cpython("3.14t", { bytecode_factor = 1, executor_burst = 0, executor_round_trip = 2 * 35*us,
  thread_start = 50*us, process_memory = 0, thread_memory = 1000000 })
local app = service("app", { cores = 2, runtime = costs, executor = threads(math.huge),
  handler = run_in_executor(threads(workers), io(work*ms + slack*ms)) })
client("load", { target = app,
  arrivals = calls == "open" and replay "arrivals.csv" or burst(24, { at = 0 }) })
