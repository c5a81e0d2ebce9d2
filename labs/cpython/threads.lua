-- The model's side of threads.py: two cores, as many threads as ask again and again.
scenario("Threads that compute", { duration = 30*s, warmup = 1*s })
local version   = knob("version", "3.11", { "3.11", "3.12", "3.13", "3.13t", "3.14", "3.14t" })
local n         = knob("threads", 1, { min = 1, max = 16 })
local workers   = knob("processes", 1, { min = 1, max = 16 })
local code      = knob("code", "bytecode", { "bytecode", "releasing", "keeping" })

local work = code == "bytecode" and python(1*ms)
          or code == "releasing" and { python(5*us), native(0.6*ms) } or native(0.1*ms, { holds_gil = true })
local app = service("app", { host = host("two cores", { cores = 2 }), replicas = workers,
  runtime = cpython(version), executor = threads(n), handler = { work } })
client("load", { target = app, arrivals = closed(n * workers) })
