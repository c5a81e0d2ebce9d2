-- A leak, a host without memory to spare, and the loop that follows: killed, back, killed again.
-- Watch oom_kills and memory_max, and how many requests fail while the service is down.
-- Try --variant recycled, where a worker ends before its leak hurts, and --set leak=0.
scenario("OOM restart loop", { about = "A leak that ends in the OOM killer, again and again.",
                               duration = 60*s, seeds = 20 })
local lost    = knob("leak", 0.5, { min = 0, max = 5, unit = "MB" })
local recycle = knob("recycle", false)
local box = host("box", { cores = 4, memory = 300*MB, restart = 2*s })

local api = service("api", {
  host = box, runtime = cpython "3.12",
  executor = recycle and processes(4, { max_tasks = 80 }) or threads(16),
  handler  = { leak(lost*MB), alloc(2*MB), python(2*ms), io(20*ms) },
})
client("users", { target = api, arrivals = poisson(50), timeout(1*s) })

expect("the host kills it again and again", { "api.oom_kills", at_least = 3,
  because = "25 MB leak a second, and 300 MB less what an interpreter takes are gone after 11 s" })
expect("and never finds more than a request too much", { "api.memory_max", at_most = 303*MB,
  because = "whoever has most is killed at once" })
expect("while it is down everybody fails", { measure = function(run)
    return run("users.failed", 0, 60*s) / run("users.offered", 0, 60*s) end,
  at_least = 0.08, at_most = 0.2, because = "it is down for 2 of 13 s" })
variant("no leak", { leak = 0 })
expect("without the leak nobody is killed", { variant = "no leak", "api.oom_kills", at_most = 0,
  because = "an interpreter and 16 threads take 23 MB, a request 2" })
variant("recycled", { recycle = true })
expect("a worker that ends in time takes its leak along", { variant = "recycled", "api.oom_kills",
  at_most = 0, because = "80 requests leak 40 MB, four workers of 12 MB each have room for that" })
expect("and hardly anybody notices", { variant = "recycled", "users.failed", at_most = 0,
  because = "the next worker is up after a tenth of a second, and three others work on" })
