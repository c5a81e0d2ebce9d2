-- The model's side of processes.py.
scenario("Round trips through a pool of processes", { duration = 100*s, warmup = 5*s })
local version = knob("version", "3.11", { "3.11", "3.12", "3.13", "3.13t", "3.14", "3.14t" })
local size    = knob("size", 100, { min = 0, max = 100*MB })

local app = service("app", { cores = 2, runtime = cpython(version), executor = threads(1),
  handler = run_in_executor(processes(2, { start = "fork" }), python(2*us), { bytes = size, reply_bytes = size }) })
client("load", { target = app, arrivals = closed(1) })
