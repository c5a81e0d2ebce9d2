-- One service under each executor, for test_advice.c: CPU-bound, I/O-bound or half and half.
scenario("Choice", { duration = 20*s, warmup = 2*s })
local how  = knob("executor", "threads", { "threads", "processes", "free-threaded", "native", "asyncio" })
local kind = knob("work", "cpu", { "cpu", "io", "hybrid" })
local cpu  = kind == "io" and 0.2*ms or 4*ms
local wait = kind == "cpu" and 0.2*ms or 20*ms
local app = service("app", { cores = 4, runtime = cpython(how == "free-threaded" and "3.14t" or "3.14"),
  executor = how == "processes" and processes(kind == "cpu" and 4 or 40) or how == "asyncio" and asyncio {} or
    threads(40),
  handler = { how == "native" and native(cpu) or python(cpu), io(wait) } })
client("load", { target = app, arrivals = poisson(kind == "io" and 400 or 450), timeout(2*s) })
variant("cpu: processes",       { work = "cpu", executor = "processes" })
variant("cpu: free-threaded",   { work = "cpu", executor = "free-threaded" })
variant("cpu: native",          { work = "cpu", executor = "native" })
variant("cpu: threads",         { work = "cpu" })
variant("cpu: asyncio",         { work = "cpu", executor = "asyncio" })
variant("io: asyncio",          { work = "io", executor = "asyncio" })
variant("hybrid: asyncio",      { work = "hybrid", executor = "asyncio" })
variant("io: threads",          { work = "io" })
variant("io: processes",        { work = "io", executor = "processes" })
variant("io: free-threaded",    { work = "io", executor = "free-threaded" })
variant("hybrid: threads",      { work = "hybrid" })
variant("hybrid: processes",    { work = "hybrid", executor = "processes" })
variant("hybrid: free-threaded", { work = "hybrid", executor = "free-threaded" })
variant("hybrid: native",       { work = "hybrid", executor = "native" })
