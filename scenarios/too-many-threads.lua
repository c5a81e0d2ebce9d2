-- Too few threads: requests queue while the service waits for its own I/O.
-- Too many: the GIL and the cores are shared by all that are let in, and each takes longer.
-- Watch the queue with 4 threads, and time.gil with 200. Try --set threads=16.
scenario("Too many threads", { about = "One Python process: 2 ms of bytecode and 20 ms of waiting for each request.",
                               duration = 40*s, warmup = 5*s, seeds = 20 })
local n    = knob("threads", 24, { min = 1, max = 400 })
local rate = knob("rate", 400, { min = 10, max = 600, unit = "req/s" })

local api = service("api", {
  cores = 2, runtime = cpython "3.12", executor = threads(n, { queue = 400 }),
  handler = { python(1*ms), io(20*ms), python(1*ms) },
})
client("users", { target = api, arrivals = poisson(rate), timeout(1*s) })

expect("enough threads: the answer takes little more than the work", { "users.latency.p50", at_most = 45*ms,
  because = "24 threads are more than the 400/s x 28 ms = 11 that are inside at a time" })
variant("too few", { threads = 4 })
expect("too few: requests wait for a thread", { variant = "too few", "users.goodput_per_s", at_most = 0.5 * rate,
  because = "four threads of 22 ms and more each can do 180 a second" })
variant("overload, bounded", { rate = 560, threads = 24 })
variant("overload, too many", { rate = 560, threads = 400 })
expect("too many: under overload all that were let in wait for the GIL", { variant = "overload, too many",
  "api.time.gil", at_least = 3, relative_to = "overload, bounded",
  because = "400 threads contend for one lock, where 24 would" })
