-- How long a burst of bytecode takes by the clock, between sleeps, among T threads.
local version = knob("version", "3.11", { "3.11", "3.14", "3.14t" })
local T, cpu, nap = knob("T", 1), knob("cpu_ms", 1) * ms, knob("sleep_ms", 0) * ms
local real = knob("cpu_over_nominal", 1)    -- what the burst took of a core, as recorded
local factor = version == "3.14t" and 1.17 or 1
local duration, warmup = 20*s, 1*s

scenario("Bursts", { duration = duration })
local wall, n = 0, 0
service("py", { cores = 2, executor = threads(T), runtime = cpython(version), handler = function(req)
  while true do
    if nap > 0 then await(sleep(nap)) end
    await(python(1*us))
    local begin = now()
    await(python(cpu * real / factor))
    if begin >= warmup then wall, n = wall + now() - begin, n + 1 end
  end
end })
-- Who starts threads starts one after another: each takes so long (c06).
local start = ({ ["3.11"] = 127*us, ["3.14"] = 159*us, ["3.14t"] = 594*us })[version]
for i = 1, T do
  client("thread" .. i, { target = "py", arrivals = burst(1, { at = (i - 1) * start }) })
end
expect("wall_over_nominal", { measure = function() return wall / n / cpu end, at_least = 0 })
expect("throughput", { measure = function() return n / (duration - warmup) end, at_least = 0 })
