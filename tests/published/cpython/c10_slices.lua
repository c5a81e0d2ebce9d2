-- Threads that compute, and nothing else: who has the GIL for how long is read from the record of the run.
local version = knob("version", "3.11", { "3.11", "3.14", "3.14t" })
local cores, k, si = knob("cores", 2), knob("k", 2), knob("si_ms", 5) * ms
scenario("Slices", { duration = 4*s })
service("py", { cores = cores, executor = threads(k), runtime = cpython(version, { switch_interval = si }),
                handler = python(1000*s) })
client("threads", { target = "py", arrivals = burst(k) })
