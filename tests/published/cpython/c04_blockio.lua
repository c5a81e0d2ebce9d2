-- Threads that sleep and compute in turn.
local version = knob("version", "3.11", { "3.11", "3.14", "3.14t" })
local cores, T = knob("cores", 2), knob("T", 8)
local nap, cpu = knob("sleep_ms", 10) * ms, knob("cpu_ms", 1) * ms
local duration, warmup = 40*s, 1*s

scenario("Blocking input", { duration = duration })
local took = {}
service("py", { cores = cores, executor = threads(T), runtime = cpython(version), handler = function(req)
  while true do
    local begin = now()
    await(sleep(nap))
    await(python(cpu))
    if begin >= warmup then took[#took + 1] = now() - begin end
  end
end })
-- Who starts threads starts one after another: each takes so long (c06).
local start = ({ ["3.11"] = 127*us, ["3.14"] = 159*us, ["3.14t"] = 594*us })[version]
for i = 1, T do
  client("thread" .. i, { target = "py", arrivals = burst(1, { at = (i - 1) * start }) })
end

local function percentile(p)
  return function()
    table.sort(took)
    return took[math.max(1, math.ceil(#took * p))] / ms
  end
end
expect("throughput", { measure = function() return #took / (duration - warmup) end, at_least = 0 })
expect("lat_p50", { measure = percentile(0.5), at_least = 0 })
expect("lat_p99", { measure = percentile(0.99), at_least = 0 })
