-- Work that is bytecode by a share f_python, and native code that lets go of the GIL for the rest.
local version = knob("version", "3.11", { "3.11", "3.14", "3.14t" })
local T, pieces, f, W = knob("T", 2), knob("pieces", 1), knob("f_python", 0.5), knob("W_ms", 20) * ms
local rate = knob("rate", 50)    -- of one thread, as recorded: what a piece of work really took
local duration = 20*s
local real = 1 / rate / W

scenario("Bytecode and native code", { duration = duration })
local done = 0
service("py", { cores = 2, executor = threads(T), runtime = cpython(version), handler = function(req)
  while true do
    await(times(pieces, { python(W * f / pieces * real), native(W * (1 - f) / pieces * real) }))
    done = done + 1
  end
end })
client("threads", { target = "py", arrivals = burst(T) })
expect("speedup", { measure = function() return done / duration / rate end, at_least = 0 })
