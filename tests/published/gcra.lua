-- Calls at one moment against redis-cell's limit.
local most   = knob("most", 15, { min = 0 }) -- max_burst
local count  = knob("count", 30, { min = 1 })
local period = knob("period", 60, { min = 0.001, unit = "s" })
local calls  = knob("calls", 18, { min = 1 })

scenario("GCRA", { duration = 10 })
service("server", {
  executor = threads(math.huge),
  rate_limit("gcra", { limit = count, window = period, burst = most }),
  handler  = {},
})
client("users", { target = "server", arrivals = burst(calls) })

expect("allowed", { "users.ok", at_least = 0, because = "max_burst and one more" })
expect("refused", { "server.rejected.rate_limit", at_least = 0, because = "max_burst and one more" })
