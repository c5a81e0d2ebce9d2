-- The model's side of the services beside. `cost` is what a request takes of a worker that is never
-- idle, the server and the framework included: taken from the real one at its simplest setting.
-- A batch of load begins with an idle server, and its first fifth does not count.
local version = knob("version", "3.11", { "3.11", "3.12", "3.13", "3.13t", "3.14", "3.14t" })
local server  = knob("server", "sync", { "sync", "gthread", "uvicorn", "prefork", "threads" })
local workers = knob("workers", 1, { min = 1, max = 16 })
local n       = knob("threads", 1, { min = 1, max = 64 })
local cost    = knob("cost", 2.5, { min = 0, max = 1000, unit = "ms" })
local wait    = knob("wait", 0, { min = 0, max = 1000, unit = "ms" })
local way     = knob("way", "awaits", { "awaits", "blocks", "in a thread" })
local rate    = knob("rate", 500, { min = 1, max = 100000 })
local batch   = knob("batch", 0.25, { min = 0.01, max = 1000, unit = "s" })
local at_once = knob("at_once", 0, { min = 0, max = 1000 })
scenario("A service behind a real server", at_once > 0 and { duration = 60*s } or
  { duration = batch*s, warmup = batch*s / 5 })

local computes, waits = python(cost*ms), sleep(wait*ms) -- time.sleep, on a loop asyncio.sleep
if way == "blocks" then waits = blocking(wait*ms + 0.1*ms) end -- time.sleep too, which ends that late
local handler = { computes, wait > 0 and waits or python(0) }
if way == "in a thread" then handler = to_thread { computes, io(wait*ms + 0.1*ms) } end

local executor
if server == "uvicorn" then
  executor = uvicorn { workers = workers }
elseif server == "prefork" or server == "threads" then
  executor = celery { pool = server, prefetch_multiplier = 0, concurrency = server == "threads" and n or workers }
else
  executor = gunicorn { workers = workers, worker_class = server, threads = n }
end

local box = host("box", { cores = 2 })
local app = service("app", { host = box, runtime = cpython(version),
  executor = executor, handler = handler })
client("load", { target = app,
  arrivals = at_once > 0 and burst(at_once, { at = 0 }) or constant(rate) })
