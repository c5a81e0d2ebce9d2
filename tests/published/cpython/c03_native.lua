-- Native code that lets go of the GIL at each call, and does not for little data.
local version = knob("version", "3.11", { "3.11", "3.14", "3.14t" })
local op   = knob("op", "sha256", { "sha256", "sha256_1MiB", "zlib6_1MB_text" })
local T    = knob("T", 2)
local size = knob("size", 1048576)
local rate = knob("rate", 1000)                     -- of one thread, as recorded
local code = 0.3*us                                 -- bytecode around a call
local each = math.max(1 / rate - code, 0)
local duration = math.min(2*s, 20000 / rate)
local batch = math.max(1, math.floor(rate / 10000))

scenario("Native code", { duration = duration })
local done = 0
service("py", { cores = 2, executor = threads(T), runtime = cpython(version), handler = function(req)
  while true do
    await(times(batch, { python(code), native(each * uniform(0.9, 1.1), { holds_gil = size < 2048 }) }))
    done = done + batch
  end
end })
client("threads", { target = "py", arrivals = burst(T) })
expect("speedup", { measure = function() return done / duration / rate end, at_least = 0 })
