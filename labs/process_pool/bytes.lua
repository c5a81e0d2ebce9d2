-- The model's side of the real pool's round trips with bytes: no GIL, and no cost but the way there and
-- back and the pipe. Nothing is pickled, and all memory is in use.
local version = knob("version", "3.14t", { "3.11", "3.12", "3.13", "3.13t", "3.14", "3.14t" })
local size = knob("size", 1*MB, { min = 0, max = 100*MB })
local way  = knob("way", 0.1, { min = 0, max = 1000, unit = "ms" })
local pipe = knob("pipe", 5*GB, { min = 1, max = 1000*GB })
local wake = knob("wake", 0.02, { min = 0, max = 1000, unit = "ms" })
scenario("Bytes through a pool of processes", { duration = 5*s, warmup = 1*s })

local costs = cpython(version, { bytecode_factor = 1, pool_round_trip = way*ms, pool_burst = 5*us, task_create = 0,
  loop_iteration = 0, fork_first = 1*us, fork_start = 1*us, wake = wake*ms, pipe_bytes = pipe, pickle_bytes = 1000*GB,
  unpickle_bytes = 1000*GB, fresh_bytes = 1000*GB, memory_bytes = 1000*GB })
local app = service("app", { cores = 2, runtime = costs, executor = threads(1),
  handler = run_in_executor(processes(1, { start = "fork" }), python(0), { bytes = size, reply_bytes = size }) })
client("load", { target = app, arrivals = closed(1) })
