-- The model's side of pool.py: whoever submits is a thread too, and needs the GIL for it.
scenario("A pool of threads under open load", { duration = 3*s, warmup = 0.2*s, seeds = 20 })
local version = knob("version", "3.11", { "3.11", "3.12", "3.13", "3.13t", "3.14", "3.14t" })
local rate    = knob("rate", "150", { "150", "350" })
local n       = knob("workers", 16, { min = 1, max = 256 })

local app = service("app", { cores = 2, runtime = cpython(version), executor = threads(math.huge),
  handler = run_in_executor(threads(n), { python(2*ms), io(20*ms + 0.1*ms), python(10*us) }) })
client("load", { target = app, arrivals = replay("pool-" .. rate .. ".csv") })
