-- Threads that compute: how much more they do than one.
local version = knob("version", "3.11", { "3.11", "3.14", "3.14t" })
local mode    = knob("mode", "threads", { "threads", "tpe" })
local cores, T, W = knob("cores", 2), knob("T", 2), knob("W_ms", 10) * ms
local duration = 20*s

scenario("CPU-bound threads", { duration = duration })
local done = 0
service("py", { cores = cores, executor = threads(T), runtime = cpython(version), handler = function(req)
  while true do
    await(python(W))
    done = done + 1
  end
end })
client("threads", { target = "py", arrivals = burst(T) })

-- One thread does a piece each W, whatever its build makes of that.
local alone = version == "3.14t" and 1.17 or 1
expect("throughput_rel_1thread", { measure = function() return done * W * alone / duration end, at_least = 0 })
