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

-- Recorded were the medians over runs of a few seconds: their greatest lag is hardly above the 99th percentile.
local length, runs = 3*s, 39
for _, q in ipairs { "p50", "p95", "p99", "max", "mean" } do
  expect("lag_" .. q, { measure = function(run)
    local all = {}
    for i = 0, runs - 1 do
      all[i + 1] = run("py.loop_lag." .. q, 2*s + i * length, 2*s + (i + 1) * length) / ms
    end
    table.sort(all)
    return all[runs // 2 + 1]
  end, at_least = 0 })
end
