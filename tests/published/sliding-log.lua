-- Half as many again come as may, by chance: the most that pass in any span of the window's length.
local L = knob("L", 10, { min = 1 })
local W = knob("W", 1, { min = 0.001, unit = "s" })
local calls = knob("calls", 20000, { min = 1 })

scenario("Sliding log", { duration = math.max(3 * W, calls * W / (1.5 * L)) })
local at, first, most = {}, 1, 0
service("server", {
  executor = threads(math.huge),
  rate_limit("sliding_log", { limit = L, window = W }),
  handler  = function()
    at[#at + 1] = now()
    -- A span holds its end and not its beginning. Times here are whole nanoseconds, but their
    -- difference is not exact.
    while at[#at] - at[first] >= W - 0.1e-9 do first = first + 1 end
    most = math.max(most, #at - first + 1)
  end,
})
client("users", { target = "server", arrivals = poisson(1.5 * L / W) })

expect("allowed inside any span of length W", { at_least = 0, because = "the log is exact",
  measure = function() return most end })
