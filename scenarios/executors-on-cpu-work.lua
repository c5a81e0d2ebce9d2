-- The same 10 ms of bytecode on four cores: threads, processes, no GIL, an interpreter each.
-- Watch throughput, and what it costs in memory. Where the time goes tells why.
-- Try --variant processes, "free-threaded", subinterpreters, and --set work=1ms: then the way
-- to a worker and back is no longer small beside the work.
scenario("Executors on CPU work", { about = "Four executors, the same work, four cores.",
                                    duration = 12*s, warmup = 2*s, seeds = 20 })
local how  = knob("executor", "threads", { "threads", "processes", "free-threaded", "subinterpreters" })
local work = knob("work", 10*ms, { min = 0.1*ms, max = 1*s })

local code = python(work)
if how == "processes" then code = run_in_executor(processes(4), code, { bytes = 1*KB, reply_bytes = 1*KB }) end
if how == "subinterpreters" then code = run_in_executor(subinterpreters(4), code, { bytes = 1*KB, reply_bytes = 1*KB }) end
local app = service("app", {
  cores = 4, executor = threads(8), handler = { code },
  runtime = cpython(how == "free-threaded" and "3.14t" or "3.14"),
})
client("load", { target = app, arrivals = closed(8) })

local alone = 1 / work
expect("threads do no more than one of them", { "load.goodput_per_s", at_least = 0.9 * alone,
  at_most = 1.01 * alone, because = "the GIL runs one at a time, and handing it over costs a little" })
expect("their time goes into waiting for the GIL", { "app.time.gil", at_least = 60*ms,
  because = "seven of eight wait while one runs" })
variant("processes", { executor = "processes" })
expect("four processes do nearly four times as much", { variant = "processes", "load.goodput_per_s",
  at_least = 3.6 * alone, at_most = 4 * alone, because = "a GIL each; the parent only pickles and passes on" })
expect("at the price of an interpreter each", { variant = "processes", "app.memory_max", at_least = 50*MB,
  because = "26.7 MB, and 6.5 for each child of the fork server" })
variant("free-threaded", { executor = "free-threaded" })
expect("without the GIL the cores are the limit, and bytecode is slower", { variant = "free-threaded",
  "load.goodput_per_s", about = 4 / 1.17 * alone, tolerance = 0.05 * alone,
  because = "3.14t runs bytecode 1.17 times as long on one thread" })
variant("subinterpreters", { executor = "subinterpreters" })
expect("an interpreter each does nearly as well as a process each", { variant = "subinterpreters",
  "load.goodput_per_s", at_least = 3.6 * alone, at_most = 4 * alone, because = "a GIL each, in one process" })
expect("for less memory", { variant = "subinterpreters", "app.memory_max", at_most = 40*MB,
  because = "2.3 MB for each interpreter" })
