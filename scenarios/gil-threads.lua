-- Threads do not scale bytecode: one lock, the GIL, lets one of them run at a time.
-- Watch throughput with 1, 4 and 8 threads on 4 cores, and where the time goes.
-- Try --variant "8 threads, native" and --variant "8 threads, free-threaded".
scenario("GIL and threads", { about = "CPU work on 4 cores: bytecode, native code, no GIL.",
                              duration = 20*s, warmup = 1*s, seeds = 20 })
local n    = knob("threads", 1, { min = 1, max = 64 })
local code = knob("code", "bytecode", { "bytecode", "native" })
local gil  = knob("gil", true)

local work = code == "bytecode" and python(10*ms) or native(10*ms)
local app = service("app", {
  cores = 4, runtime = cpython(gil and "3.14" or "3.14t"), executor = threads(n),
  handler = { work },
})
-- As many users as threads, each asking again at once: all threads are always busy.
client("load", { target = app, arrivals = closed(n) })

expect("one thread does 100 a second", { "load.goodput_per_s", about = 100, tolerance = 2,
  because = "10 ms each, nobody in the way" })
variant("4 threads", { threads = 4 })
expect("four threads do no more", { variant = "4 threads", "load.goodput_per_s",
  at_least = 90, at_most = 101, because = "the GIL runs one of them at a time, and handing it over costs a little" })
expect("the time goes into waiting for the GIL", { variant = "4 threads", "app.time.gil",
  at_least = 25*ms, because = "three of four wait while one runs for 10 ms" })
variant("8 threads", { threads = 8 })
expect("nor do eight", { variant = "8 threads", "load.goodput_per_s", at_least = 90, at_most = 101,
  because = "one lock, one runner" })
variant("4 threads, native", { threads = 4, code = "native" })
expect("native code uses four cores", { variant = "4 threads, native", "load.goodput_per_s",
  about = 400, tolerance = 8, because = "it runs without the GIL" })
variant("8 threads, native", { threads = 8, code = "native" })
expect("and no more than four", { variant = "8 threads, native", "load.goodput_per_s",
  about = 400, tolerance = 8, because = "there are four cores" })
variant("4 threads, free-threaded", { threads = 4, gil = false })
expect("a build without the GIL scales bytecode, at a price", { variant = "4 threads, free-threaded",
  "load.goodput_per_s", about = 342, tolerance = 10, because = "four cores, and bytecode takes 1.17 times as long on 3.14t" })
variant("8 threads, free-threaded", { threads = 8, gil = false })
