-- A service that sends its heavy work to a pool of processes: what that costs, and what it risks.
-- Watch the first requests wait for workers to start, the way there and back, and one crash.
-- Try --variant spawn, "large arguments", isolated, recycled, and --set workers=1.
scenario("Process pools", { about = "Start-up, pickling, one crash, memory.",
                            duration = 20*s, seeds = 20 })
local workers = knob("workers", 2, { min = 1, max = 16 })
local start   = knob("start", "fork", { "fork", "spawn", "forkserver" })
local size    = knob("bytes", 1*KB, { min = 0, max = 10*MB })
local on      = knob("on_crash", "break", { "break", "isolate" })
local fault   = knob("crash", true)
local most    = knob("max_tasks", 0, { min = 0, max = 1000 })

local pool = processes(workers, { start = start, on_crash = on, memory = 60*MB,
                                  max_tasks = most > 0 and most })
local api = service("api", {
  cores = 4, runtime = cpython "3.12", executor = threads(16),
  handler = { python(0.2*ms), run_in_executor(pool, python(10*ms), { bytes = size, reply_bytes = size }) },
})
client("users", { target = api, arrivals = poisson(60), timeout(1*s) })
if fault then at(10*s, pool:crash { workers = 1 }) end

expect("until the crash all is well", { "users.goodput_per_s", from = 1*s, to = 10*s, about = 60, tolerance = 8,
  because = "two workers of 10 ms each are half idle" })
expect("one worker that dies breaks the pool, and with it the service", { "users.goodput_per_s", from = 11*s,
  to = 20*s, at_most = 0, because = "every later submit raises BrokenProcessPool" })
expect("forked workers start at once", { "users.latency.max", from = 0, to = 1*s, at_most = 120*ms,
  because = "a fork takes 4 ms" })
variant("spawn", { start = "spawn" })
expect("spawned ones keep the first requests waiting", { variant = "spawn", "users.latency.max", from = 0,
  to = 1*s, at_least = 95*ms, because = "a spawned interpreter is up after 100 ms, imports included" })
variant("isolated", { on_crash = "isolate" })
expect("where a crash is isolated hardly anybody notices", { variant = "isolated", "users.failed", at_most = 1,
  because = "the call that the worker ran fails; another worker takes its place" })
variant("large arguments", { bytes = 1*MB, crash = false })
expect("large arguments cost their bytes four times", { variant = "large arguments", "users.latency.p50",
  at_least = 13*ms, because = "pickled, sent, read, unpickled: 1.5 ms a MB, each way" })
variant("one worker", { workers = 1, crash = false })
expect("a forked worker comes to own what it shared at first", { variant = "one worker", "api.memory_max",
  at_least = 95*MB, because = "CPython writes a reference count wherever it looks: of 1.5 MB become 82" })
variant("kept", { start = "spawn", crash = false })
variant("recycled", { start = "spawn", max_tasks = 10, crash = false })
expect("replacing workers costs their start, again and again", { variant = "recycled", "users.latency.p99",
  from = 2*s, at_least = 1.5, relative_to = "kept", because = "each tenth call of a worker is followed by 100 ms of starting" })
