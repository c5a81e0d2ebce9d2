-- Tasks of one event loop that sleep and compute in turn; `batch`: each once, all made at once, as by
-- asyncio.gather.
local version = knob("version", "3.11", { "3.11", "3.14", "3.14t" })
local N, nap, cpu = knob("N", 8), knob("sleep_ms", 10) * ms, knob("cpu_ms", 1) * ms
local kind = knob("kind", "closed", { "closed", "batch" })
local duration, warmup = 40*s, 2*s

scenario("Tasks of an event loop", { duration = duration })
local took, last = {}, 0
local function all_at_once()
  await(gather(N, cpu > 0 and { sleep(nap), python(cpu) } or sleep(nap), {}))
  last = now()
end
local function in_turn()
  while true do
    local begin = now()
    await(sleep(nap))
    await(python(cpu))
    last = now()
    if begin >= warmup then took[#took + 1] = last - begin end
  end
end
service("py", { cores = 2, executor = asyncio {}, runtime = cpython(version),
  handler = kind == "batch" and all_at_once or in_turn })
client("tasks", { target = "py", arrivals = burst(kind == "batch" and 1 or N) })

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
