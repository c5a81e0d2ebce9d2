-- A client that counts what it asked for and what was accepted, and rejects itself what would
-- be rejected anyway, so that the backend sees K times what it accepts.
local K       = knob("K", 2, { min = 0.01 })
local demand  = knob("demand", 1000, { min = 0.001, unit = "/s" })
local accepts = knob("accepts", 100, { min = 0.001, unit = "/s" })
local window  = 120 * s -- and the published figures are those after one of them
local length  = 480 * s

scenario("Client-side throttling", { duration = length, warmup = window })
service("backend", {
  executor = threads(math.huge),
  -- Not a token smaller: a bucket of one is often full, and then accepts less than it might.
  rate_limit("token_bucket", { limit = accepts * 1000, window = 1000 * s, burst = math.max(1, accepts // 1) }),
  handler  = {},
})
client("users", { target = "backend", arrivals = poisson(demand), throttle { k = K, window = window } })

expect("client reject probability", { at_least = 0, because = "(requests - K accepts) / (requests + 1)",
  measure = function(run)
    return run("users.rejected.throttle", window, length) / run("users.offered", window, length)
  end })
expect("requests reaching backend/s", { "backend.arrivals_per_s", at_least = 0, because = "K times what it accepts" })
