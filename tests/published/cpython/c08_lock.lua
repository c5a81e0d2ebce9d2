-- Threads that share a lock.
local version = knob("version", "3.11", { "3.11", "3.14", "3.14t" })
local inside = knob("inside", "cpu1ms", { "cpu1ms", "sleep1ms" })
local T, outside = knob("T", 2), knob("outside_cpu_ms", 0) * ms
local loop = 1*us    -- what the loop and the lock themselves take
local duration = 20*s

scenario("A lock", { duration = duration })
local gate = lock()
local waits, sections, begin = {}, {}, {}
service("py", { cores = 2, executor = threads(T), runtime = cpython(version), handler = times(60000, {
  python(loop + outside),
  function(req) begin[req.id] = now() end,
  with(gate, {
    python(loop),    -- to return from the lock a thread needs the GIL
    function(req) waits[#waits + 1] = now() - begin[req.id] end,
    inside == "cpu1ms" and python(1*ms) or sleep(1*ms),
    python(loop),
  }),
  function(req) sections[req.id] = (sections[req.id] or 0) + 1 end,
}) })
client("threads", { target = "py", arrivals = burst(T) })

local function percentile(p)
  return function()
    table.sort(waits)
    return waits[math.max(1, math.ceil(#waits * p))] / ms
  end
end
local function total()
  local n, least, most = 0, math.huge, 0
  for _, k in pairs(sections) do
    n, least, most = n + k, math.min(least, k), math.max(most, k)
  end
  return n, least, most
end
expect("throughput", { measure = function() return (total()) / duration end, at_least = 0 })
expect("wait_p50", { measure = percentile(0.5), at_least = 0 })
expect("wait_p99", { measure = percentile(0.99), at_least = 0 })
expect("wait_max", { measure = percentile(1), at_least = 0 })
expect("fairness_min_over_max", { measure = function()
  local _, least, most = total()
  return least / most
end, at_least = 0 })
