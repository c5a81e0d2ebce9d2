-- T tasks of W ms of bytecode at a time through a pool of T processes or interpreters, against
-- one thread that does nothing else.
scenario("CPU work in a pool", { duration = 12*s, warmup = 2*s })
local version = knob("version", "3.14", { "3.11", "3.14", "3.14t" })
local T     = knob("T", 2, { min = 1, max = 64 })
local cores = knob("cores", 2, { min = 1, max = 64 })
local W     = knob("W_ms", 10, { min = 0.1, max = 1000 }) * ms
local mode  = knob("mode", "ppe", { "ppe", "ipe" })

-- The throughput is relative to one thread of the same build, so bytecode takes what it says.
local runtime = cpython(version, { bytecode_factor = 1 })
local pool = mode == "ppe" and processes(T) or subinterpreters(T)
service("app", { cores = cores, runtime = runtime, executor = threads(T),
                 handler = run_in_executor(pool, python(W)) })
client("load", { target = "app", arrivals = closed(T) })
expect("throughput_rel_1thread", { measure = function(run) return run("load.ok", 2*s, 12*s) / (10*s) * W end,
                                   at_least = 0, because = "one thread does 1 / W" })
