-- Python as a control plane: it validates a request, asks two services at once, and routes what is to be
-- computed to where that is done: a thread, a process, native code, or a service of its own.
-- Watch jobs.latency.p99 and what the computation does to looks, small requests to the same process.
-- Try --variant process, native, "another service", and --set compute=2ms: then the way is dearer than the work.
scenario("Control plane", { about = "Validate, fan out, route; the computation elsewhere.",
                            duration = 20*s, warmup = 2*s, seeds = 20 })
local where   = knob("where", "thread", { "loop", "thread", "process", "native", "service" })
local compute = knob("compute", 20*ms, { min = 0, max = 1*s })
local rate    = knob("rate", 30, { min = 1, max = 200, unit = "req/s" })

local users  = service("users",  { cores = 2, executor = threads(32), handler = io(4*ms) })
local prices = service("prices", { cores = 2, executor = threads(32), handler = io(6*ms) })
-- The same computation in C, no quicker for that, on cores of its own.
local engine = service("engine", { cores = 2, executor = threads(2, { queue = 100 }), handler = native(compute) })

local computed = ({
  loop    = python(compute),                                                       -- in the handler
  thread  = to_thread(python(compute)),                                            -- await asyncio.to_thread(f)
  process = run_in_executor(processes(2), python(compute), { bytes = 10*KB, reply_bytes = 10*KB }),
  native  = to_thread(native(compute)),                                            -- an extension without the GIL
  service = call(engine, { timeout(500*ms) }),                                     -- await client.post(engine)
})[where]

local plane = service("plane", {
  cores = 2, runtime = cpython "3.12", executor = asyncio {},
  handler = {
    ["GET /look"] = { python(0.3*ms) },
    ["POST /job"] = {
      python(0.5*ms),                                                              -- validate
      gather { call(users, { timeout(100*ms) }), call(prices, { timeout(100*ms) }) }, -- fan out
      computed,                                                                    -- route
      python(0.2*ms),                                                              -- answer
    },
  },
})
link(plane, engine, { latency = 0.3*ms })
client("looks", { target = plane, route = "GET /look", arrivals = poisson(100), timeout(1*s) })
client("jobs",  { target = plane, route = "POST /job", arrivals = poisson(rate), timeout(1*s) })

expect("a thread that computes takes the GIL from the loop", { "looks.latency.p99", at_least = 5*ms,
  because = "each turn of the loop may lose the GIL for a switch interval" })
variant("loop", { where = "loop" })
expect("in the handler it stops the loop", { variant = "loop", "plane.loop_lag.p99", at_least = 15*ms,
  because = "for 20 ms nothing else runs" })
variant("process", { where = "process" })
expect("a process leaves the loop alone", { variant = "process", "looks.latency.p99", at_most = 4*ms,
  because = "the parent pickles 10 kB and passes it on" })
variant("native", { where = "native" })
expect("so does native code that releases the GIL", { variant = "native", "looks.latency.p99", at_most = 4*ms,
  because = "the thread computes beside the loop, on a core of its own" })
variant("another service", { where = "service" })
expect("and so does another service", { variant = "another service", "looks.latency.p99", at_most = 4*ms,
  because = "the loop only awaits a socket" })
expect("which the job pays with a way there and back", { variant = "another service", "jobs.latency.p50",
  at_least = 27*ms, because = "6 ms of fan-out, 20 of work, 0.6 of network, 0.7 of bytecode" })
expect("fan-out costs the slower of the two", { variant = "another service", "jobs.latency.p50", at_most = 31*ms,
  because = "4 and 6 ms pass at once" })
variant("too many jobs, loop", { where = "loop", rate = 60 })
variant("too many jobs, thread", { where = "thread", rate = 60 })
variant("too many jobs, process", { where = "process", rate = 60 })
variant("too many jobs, native", { where = "native", rate = 60 })
expect("with more jobs than the loop can compute all of it is slow", { variant = "too many jobs, loop",
  "looks.latency.p50", at_least = 50*ms,
  because = "60 of 20 ms are 1.2 seconds of each; a turn of the loop runs all that are ready" })
expect("two processes carry them", { variant = "too many jobs, process", "looks.latency.p99", at_most = 5*ms,
  because = "1.2 of 2 cores, and the loop free" })
