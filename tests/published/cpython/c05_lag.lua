-- Requests to an event loop, of which some do 50 ms of something: on the loop, in a thread, in a
-- process. What a probe sees that wants to run each 10 ms.
--
-- How both were written is inferred from what was recorded. No lag is longer than one block, so requests are
-- made on the loop itself, by a task that sleeps between them and is late as the probe is. The mean is 1.5 ms above
-- that of an idle loop: some 3 blocks a second of 45 ms on average, so each counts once, and
-- the beats that it swallows do not.
local version = knob("version", "3.11", { "3.11", "3.14", "3.14t" })
local rate, cpu, frac = knob("rate", 20), knob("cpu_ms", 1) * ms, knob("frac", 0.2)
local kind = knob("kind", "sleep50", { "sleep50", "cpu50" })
local mode = knob("mode", "inline", { "inline", "thread", "process" })

scenario("Lag of an event loop", { duration = 120*s, warmup = 2*s })
local work = kind == "sleep50" and blocking(sleep(50*ms)) or python(50*ms)
local how = ({ inline = work, thread = to_thread(work),
               process = run_in_executor(processes(2), work) })[mode]
local handle = { python(cpu), choose {{ frac, how }} }
local length, period, lags = 3*s, 10*ms, {}
service("py", { cores = 2, executor = asyncio {}, runtime = cpython(version), handler = {
  load = handle,
  makes = times(60000, { sleep(exponential(1 / rate)), table.unpack(handle) }),
  probe = function()
    local beat = now()
    while true do
      beat = beat + period
      await(sleep(math.max(0, beat - now())))
      local lag = now() - beat
      local run = now() // length
      lags[run] = lags[run] or {}
      table.insert(lags[run], lag)
      beat = beat + lag // period * period
    end
  end,
} })
if mode == "inline" then
  client("load", { target = "py", route = "makes", arrivals = burst(1) })
else
  client("load", { target = "py", route = "load", arrivals = poisson(rate) })
end
client("probe", { target = "py", route = "probe", arrivals = burst(1) })

-- Recorded were the medians over runs of a few seconds: their greatest lag is hardly above the 99th percentile.
local function of_run(all, what)
  table.sort(all)
  if what == "mean" then
    local sum = 0
    for _, lag in ipairs(all) do sum = sum + lag end
    return sum / #all
  end
  return all[math.max(1, math.ceil(#all * ({ p50 = 0.5, p95 = 0.95, p99 = 0.99, max = 1 })[what]))]
end
for _, what in ipairs { "p50", "p95", "p99", "max", "mean" } do
  expect("lag_" .. what, { measure = function()
    local each = {}
    for run = 1, 39 do each[run] = of_run(lags[run], what) / ms end
    table.sort(each)
    return each[20]
  end, at_least = 0 })
end
