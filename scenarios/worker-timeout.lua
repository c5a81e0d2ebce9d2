-- gunicorn's timeout is a heartbeat: a sync worker that waits for a stalled database falls silent,
-- and its arbiter kills it, mid-request.
-- Watch failed.error while the database stands still, and who is still there afterwards.
-- Try --variant gthread, whose main thread beats on, and --set timeout=30.
scenario("Worker timeout", { about = "A heartbeat that kills those who wait.", duration = 30*s, seeds = 20 })
local class   = knob("worker_class", "sync", { "sync", "gthread" })
local timeout_ = knob("timeout", 2, { min = 0, max = 60, unit = "s" })
local stall   = knob("stall", true)

local db  = service("db", { executor = threads(32), cores = 4, handler = { io(10*ms) } })
local api = service("api", {
  cores = 2, runtime = cpython "3.12",
  executor = gunicorn { workers = 4, worker_class = class, timeout = timeout_*s, startup = 0.5*s },
  handler  = { python(2*ms), call(db) },
})
client("users", { target = api, arrivals = poisson(40), timeout(15*s) })
if stall then between(10*s, 18*s, db:pause()) end

expect("stalled workers are killed mid-request", { "users.failed.error", from = 10*s, to = 18*s,
  at_least = 7, because = "four workers each 2 to 3 s, as the arbiter looks once a second" })
expect("before and after nobody is", { "users.failed.error", from = 0, to = 10*s, at_most = 0,
  because = "a request takes 12 ms" })
variant("gthread", { worker_class = "gthread" })
expect("threads may wait as long as they like", { variant = "gthread", "users.failed.error", at_most = 0,
  because = "the worker's main thread tells that it lives" })
