-- The loop that lags: one request in a hundred computes for 80 ms in its handler, on the event
-- loop that all the others share. The median never hears of it.
-- Watch users.latency.p50 against p99, and api.loop_lag: the probe sees what the average hides.
-- Try --set cure=thread (the GIL is still shared) and --set cure=process, or --set heavy=0.
scenario("Loop lag", { about = "p50 is fine while p99 burns: 80 ms of bytecode on an event loop.",
                       duration = 60*s, warmup = 2*s, seeds = 20 })
local heavy = knob("heavy", 0.01, { min = 0, max = 0.05 })
local cure  = knob("cure", "none", { "none", "thread", "process" })

local cpus    = processes(2)
local compute = python(80*ms)
local report  = ({ none = compute, thread = to_thread(compute),
                   process = run_in_executor(cpus, compute) })[cure]

local api = service("api", {
  cores = 4, runtime = cpython "3.13", executor = asyncio {},
  handler = { python(1*ms), io(5*ms), choose {{ heavy, report }} },
})
client("users", { target = api, arrivals = poisson(100), timeout(2*s) })

expect("the median is fine", { "users.latency.p50", at_most = 12*ms,
  because = "the loop is free for nine tenths of the time" })
expect("the 99th percentile is not", { "users.latency.p99", at_least = 45*ms,
  because = "who comes while the loop computes waits for the rest of the 80 ms" })
expect("the probe sees it", { "api.loop_lag.p99", at_least = 45*ms,
  because = "a beat that falls into the computing is as late as any request" })
expect("and its median does not", { "api.loop_lag.p50", at_most = 3*ms,
  because = "most beats find the loop idle, late only by the poll's rounding" })
variant("process", { cure = "process" })
expect("in a process of its own it harms nobody", { variant = "process", "api.loop_lag.p99",
  at_most = 0.3, relative_to = "default", because = "another interpreter computes" })
variant("thread", { cure = "thread" })
expect("in a thread the loop loses the GIL, not the whole 80 ms", { variant = "thread", "api.loop_lag.p99",
  at_most = 0.5, relative_to = "default", because = "it asks for the GIL back after each switch interval" })
variant("light", { heavy = 0 })
expect("without it nothing burns", { variant = "light", "users.latency.p99", at_most = 25*ms,
  because = "1 ms of each 10 is bytecode" })
