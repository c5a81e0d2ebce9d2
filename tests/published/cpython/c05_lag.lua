-- Requests to an event loop, of which some do 50 ms of something: on the loop, in a thread, in a
-- process. What its probe sees.
local version = knob("version", "3.11", { "3.11", "3.14", "3.14t" })
local rate, cpu, frac = knob("rate", 20), knob("cpu_ms", 1) * ms, knob("frac", 0.2)
local kind = knob("kind", "sleep50", { "sleep50", "cpu50" })
local mode = knob("mode", "inline", { "inline", "thread", "process" })

scenario("Lag of an event loop", { duration = 120*s, warmup = 2*s })
local work = kind == "sleep50" and blocking(sleep(50*ms)) or python(50*ms)
local how = ({ inline = work, thread = to_thread(work),
               process = run_in_executor(processes(2), work) })[mode]
service("py", { cores = 2, executor = asyncio {}, runtime = cpython(version),
                handler = { python(cpu), choose {{ frac, how }} } })
client("requests", { target = "py", arrivals = poisson(rate) })

for _, q in ipairs { "p50", "p95", "p99", "max", "mean" } do
  expect("lag_" .. q, { measure = function(run) return run("py.loop_lag." .. q, 2*s, 120*s) / ms end, at_least = 0 })
end
