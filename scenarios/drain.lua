-- A rolling restart at work: each replica in turn is told to stop, and is up again 20 s later. Its callers hear of it 2 s after it
-- has, so it has to go on serving for as long, and then needs time for what is inside. Watch api.stop_refused and api.stop_dropped.
-- Try --variant "no pre-stop", --variant "short grace", --set pre_stop=1.
scenario("Drain", { about = "Who is told to stop has callers who do not know yet.", duration = 120*s, seeds = 20 })
local rate     = knob("rate", 120, { min = 10, max = 200, unit = "req/s" })
local pre_stop = knob("pre_stop", 5*s, { min = 0, max = 30*s, unit = "s" })
local grace    = knob("grace", 30*s, { min = 1*s, max = 60*s, unit = "s" })
local knows    = knob("drain", true)

local api = service("api", {
  replicas = 3, runtime = cpython "3.12", executor = asyncio {}, grace = grace,
  readiness = { period_seconds = 2, handler = python(0.1*ms) },
  drain    = knows and { pre_stop = pre_stop, endpoint_lag = 2*s },
  handler  = { python(1*ms), choose { { 0.95, io(20*ms) }, { 0.05, io(10*s) } } },   -- some are long
})
client("users", { target = api, arrivals = poisson(rate), timeout(15*s) })
for i = 1, 3 do between(i*30*s, i*30*s + 20*s, api[i]:stop()) end

expect("nothing is refused", { "api.stop_refused", at_most = 0,
  because = "a replica serves for 5 s after it was told, and its callers know after 2 s" })
expect("nothing is dropped", { "api.stop_dropped", at_most = 0,
  because = "the longest request takes 10 s, and 25 s of the grace are left when the pre-stop is over" })
expect("nobody notices", { "users.failed", at_most = 0,
  because = "two replicas have room for all of the load" })
variant("no pre-stop", { pre_stop = 0 })
expect("without a pre-stop a closed door gets a share for as long as callers do not know", { variant = "no pre-stop",
  measure = function(run) return run("api.stop_refused", 0, 120*s) / (3 * 2*s * rate / 3) end, about = 1, tolerance = 0.25,
  because = "each of three stops is 2 s during which a third of the requests comes to who takes nothing" })
variant("short grace", { grace = 8*s })
expect("a grace that ends before the longest request does drops it", { variant = "short grace", "api.stop_dropped", at_least = 10,
  because = "in the 4 s before callers knew each replica has begun 8 that take 10 s, and is killed 6 s after" })
expect("but refuses nobody", { variant = "short grace", "api.stop_refused", at_most = 0,
  because = "that is the pre-stop's work, and it has done it" })
