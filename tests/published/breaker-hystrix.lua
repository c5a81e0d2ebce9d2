-- Failures a tenth of a second apart through Hystrix' breaker, then somebody who asks each millisecond
-- and hangs, so that what he asked counts for nothing yet.
local failures = knob("failures", 20, { min = 1 })
local volume   = knob("volume", 20, { min = 1 })
local percent  = knob("percent", 50, { min = 0, max = 100 })
local window   = knob("window", 10, { min = 1, unit = "s" })
local sleep    = knob("sleep", 5, { min = 0.001, unit = "s" })
local asks     = knob("asks", 2000, { min = 1 })

scenario("A breaker's snapshots", { duration = failures * 0.1 + asks / 1000 + 10 })
local guard = breaker("hystrix", { min_calls = volume, failure_rate = percent / 100, time_window = window, open = sleep })
service("bad", { executor = threads(1), handler = { fail(500) } })
service("hung", { executor = threads(math.huge), handler = { io(1 * day) } })
local ask, hang = call("bad", { guard }), call("hung", { guard })

local failed_at, refused, refused_at = 0, 0, nil
local function refuses(ok, err) return not ok and err.outcome == "rejected" end
service("caller", {
  executor = threads(math.huge),
  handler  = {
    failing = function()
      for i = 1, failures do
        if refuses(pcall(await, ask)) then refused = refused + 1 end
        failed_at = now()
        if i < failures then await(io(100 * ms)) end
      end
    end,
    asking = function()
      if refuses(pcall(await, hang)) and not refused_at then refused_at = now() end
    end,
  },
})
client("failing", { target = "caller", route = "failing", arrivals = burst(1) })
local from = failures * 0.1 - 0.1 + 0.001
client("asking", { target = "caller", route = "asking",
  arrivals = constant(curve { { 0, 0 }, { from, 0 }, { from, 1000 }, { from + asks / 1000, 1000 }, { from + asks / 1000, 0 } }) })

expect("failures refused", { at_least = 0, because = "it is closed up to the volume",
  measure = function() return refused end })
expect("ms until it refuses", { at_least = -1, because = "the counts are looked at now and then; -1: never",
  measure = function() return refused_at and (refused_at - failed_at) / ms or -1 end })
