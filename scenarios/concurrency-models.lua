-- One service, three kinds of work, five ways to run it: which one pays depends on where the time goes.
-- Watch ./convoy compare scenarios/concurrency-models.lua: cores used, memory, throughput, latency and
-- the wait for the GIL side by side, and ask each time which resource is full.
-- Try --set work=hybrid --set executor=asyncio, then --set cpu=1ms, --set users=4.
scenario("Concurrency models", { about = "CPU-bound, I/O-bound and hybrid, under each executor, on 4 cores.",
                                 duration = 12*s, warmup = 2*s, seeds = 20 })
local kind  = knob("work", "cpu", { "cpu", "io", "hybrid" })
local how   = knob("executor", "threads", { "threads", "processes", "asyncio", "free-threaded", "loop and pool" })
local users = knob("users", 32, { min = 1, max = 200 })
local cpu   = knob("cpu", ({ cpu = 8*ms, io = 0.4*ms, hybrid = 3*ms })[kind], { min = 0, max = 1*s })
-- 20 ms on average. Were all equally long, users who began together would come back together for ever.
local wait  = kind == "cpu" and 0.2*ms or uniform(10*ms, 30*ms)

local code = python(cpu)
if how == "loop and pool" then
  code = run_in_executor(processes(4), python(cpu), { bytes = 1*KB, reply_bytes = 1*KB })
end
local app = service("app", {
  cores = 4, runtime = cpython(how == "free-threaded" and "3.14t" or "3.14"),
  executor = ({ threads = threads(32), processes = processes(8), asyncio = asyncio {},
                ["free-threaded"] = threads(32), ["loop and pool"] = asyncio {} })[how],
  handler = { code, io(wait) },
})
-- Each user asks again as soon as he has his answer, so throughput is what the model can do.
client("load", { target = app, arrivals = closed(users) })

-- CPU-bound: the GIL is full, whatever threads there are, and so is the thread of an event loop.
expect("threads use one core of four", { "load.goodput_per_s", at_least = 0.9 / (8*ms), at_most = 1.01 / (8*ms),
  because = "8 ms of bytecode under one lock" })
expect("their time goes into waiting for the GIL", { "app.time.gil", at_least = 0.9 * 31 * 8*ms,
  because = "31 of 32 wait while one runs" })
expect("one core is busy", { "app.cores", about = 1, tolerance = 0.1, because = "one lock, one runner" })
variant("cpu: processes", { executor = "processes" })
expect("processes use all of them", { variant = "cpu: processes", "load.goodput_per_s",
  at_least = 3.6 / (8*ms), at_most = 4 / (8*ms),
  because = "a GIL each, and eight processes for four cores" })
variant("cpu: asyncio", { executor = "asyncio" })
expect("an event loop is one thread", { variant = "cpu: asyncio", "load.goodput_per_s",
  about = 1 / (8*ms), tolerance = 0.05 / (8*ms),
  because = "a task runs until it waits, and nothing runs beside it" })
variant("cpu: free-threaded", { executor = "free-threaded" })
expect("without the GIL threads use the cores too", { variant = "cpu: free-threaded", "load.goodput_per_s",
  about = 4 / 1.17 / (8*ms),
  tolerance = 0.05 * 4 / (8*ms), because = "bytecode takes 1.17 times as long on 3.14t" })
variant("cpu: loop and pool", { executor = "loop and pool" })
expect("so does a loop that sends its work to processes", { variant = "cpu: loop and pool", "load.goodput_per_s",
  at_least = 3.4 / (8*ms),
  at_most = 4 / (8*ms), because = "the loop only pickles and passes on" })

-- I/O-bound: the time is waiting, and who can wait for many things at once has won.
variant("io: threads", { work = "io" })
expect("waiting needs no GIL", { variant = "io: threads", "load.goodput_per_s", at_least = 0.9 * 32 / (20.4*ms),
  at_most = 1.01 * 32 / (20.4*ms), because = "32 wait at a time, and 0.4 ms each keep the GIL busy for two thirds" })
variant("io: processes", { work = "io", executor = "processes" })
expect("eight processes wait for eight things", { variant = "io: processes", "load.goodput_per_s",
  at_least = 0.95 * 8 / (20.4*ms),
  at_most = 1.02 * 8 / (20.4*ms), because = "a process waits for one thing at a time" })
expect("and take more memory for it", { variant = "io: processes", "app.memory_max", at_least = 2.5,
  relative_to = "io: threads", because = "some 6 MB for each of eight children, 15 kB for a thread" })
variant("io: asyncio", { work = "io", executor = "asyncio" })
expect("a loop waits for all of them at once", { variant = "io: asyncio", "load.goodput_per_s",
  at_least = 0.85 * 32 / (20.4*ms),
  at_most = 1.01 * 32 / (20.4*ms), because = "0.4 ms of 20.4 keep the loop" })
variant("io: free-threaded", { work = "io", executor = "free-threaded" })
expect("and who waits needs no other interpreter", { variant = "io: free-threaded", "load.goodput_per_s",
  about = 1, tolerance = 0.05, relative_to = "io: threads", because = "nothing is full: both wait for 20 ms" })
variant("io: loop and pool", { work = "io", executor = "loop and pool" })
expect("work that is small is not worth a way to a process", { variant = "io: loop and pool", "load.latency.p50",
  at_least = 1, relative_to = "io: asyncio", because = "0.6 ms there and back for 0.4 ms of work" })

-- Hybrid: both, and neither one lock nor few processes will do.
variant("hybrid: threads", { work = "hybrid" })
expect("the GIL is full again", { variant = "hybrid: threads", "load.goodput_per_s",
  at_least = 0.85 / (3*ms), at_most = 1.01 / (3*ms),
  because = "32 threads want it for 3 ms of each 23" })
variant("hybrid: processes", { work = "hybrid", executor = "processes" })
expect("eight processes mostly wait", { variant = "hybrid: processes", "load.goodput_per_s",
  at_least = 0.95 * 8 / (26*ms), at_most = 1.01 * 8 / (23*ms),
  because = "20 ms of each a process does nothing" })
variant("hybrid: asyncio", { work = "hybrid", executor = "asyncio" })
expect("the loop is full as the GIL is", { variant = "hybrid: asyncio", "load.goodput_per_s",
  at_least = 0.9 / (3*ms), at_most = 1.01 / (3*ms),
  because = "one thread for 3 ms of bytecode each" })
variant("hybrid: free-threaded", { work = "hybrid", executor = "free-threaded" })
variant("hybrid: loop and pool", { work = "hybrid", executor = "loop and pool" })
expect("waiting on a loop and computing in processes does most", { variant = "hybrid: loop and pool",
  "load.goodput_per_s",
  at_least = 2.5, relative_to = "hybrid: asyncio", because = "all tasks wait at once, and four cores compute" })
