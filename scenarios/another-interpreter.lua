-- "Just use another interpreter": a JIT that runs bytecode five times as fast, has a GIL of its
-- own, and pays for C extensions. No preset claims to be it: its costs are given by hand.
-- Watch the handler that is all bytecode, and the one that lives in an extension.
-- Try --variant "JIT, extension" and --set bytecode=0.5.
scenario("Another interpreter", { about = "Faster bytecode, dearer extensions, a GIL all the same.",
                                  duration = 20*s, warmup = 1*s, seeds = 20 })
local jit      = knob("jit", false)
local bytecode = knob("bytecode", 0.2, { min = 0.05, max = 2 })
local native_  = knob("native", 3, { min = 0.5, max = 10 })
local code     = knob("code", "pure", { "pure", "extension" })

local runtime = jit and cpython("3.11", { bytecode_factor = bytecode, native_factor = native_ })
                 or cpython "3.11"
local app = service("app", {
  cores = 4, runtime = runtime, executor = threads(8),
  handler = code == "pure" and { python(10*ms) } or { python(1*ms), native(9*ms, { holds_gil = true }) },
})
client("load", { target = app, arrivals = closed(8) })

expect("CPython does 100 a second", { "load.goodput_per_s", at_least = 90, at_most = 101,
  because = "10 ms of bytecode each, one at a time" })
variant("JIT", { jit = true })
expect("five times the speed is five times the throughput", { variant = "JIT", "load.goodput_per_s",
  at_least = 4.3, at_most = 5.1, relative_to = "default", because = "2 ms of bytecode each" })
expect("and one core is still all that is used", { variant = "JIT", measure = function(run)
    return run("app.time.python", 1*s, 20*s) * run("load.goodput_per_s", 1*s, 20*s) end,
  at_most = 1.01, because = "it has a GIL too" })
variant("extension", { code = "extension" })
variant("JIT, extension", { jit = true, code = "extension" })
expect("what lives in an extension gets slower", { variant = "JIT, extension", "load.goodput_per_s",
  at_most = 0.45, relative_to = "extension", because = "9 ms of native code take 27" })
