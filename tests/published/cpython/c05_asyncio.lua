-- Tasks of one event loop that sleep and compute in turn; `batch`: each once, all made at once.
local version = knob("version", "3.11", { "3.11", "3.14", "3.14t" })
local N, nap, cpu = knob("N", 8), knob("sleep_ms", 10) * ms, knob("cpu_ms", 1) * ms
local kind = knob("kind", "closed", { "closed", "batch" })
local duration, warmup = 40*s, 2*s

scenario("Tasks of an event loop", { duration = duration })
local took, last = {}, 0
service("py", { cores = 2, executor = asyncio {}, runtime = cpython(version), handler = function(req)
  repeat
    local begin = now()
    await(sleep(nap))
    if cpu > 0 then await(python(cpu)) end
    last = now()
    if begin >= warmup then took[#took + 1] = last - begin end
  until kind == "batch"
end })
client("tasks", { target = "py", arrivals = burst(N) })

local function percentile(p)
  return function()
    table.sort(took)
    return took[math.max(1, math.ceil(#took * p))] / ms
  end
end
expect("throughput", { measure = function()
  return kind == "batch" and N / last or #took / (duration - warmup)
end, at_least = 0 })
expect("makespan", { measure = function() return last / ms end, at_least = 0 })
if kind == "closed" then
  expect("lat_p50", { measure = percentile(0.5), at_least = 0 })
  expect("lat_p99", { measure = percentile(0.99), at_least = 0 })
end
