-- The waits before each retry, as the one who is called sees them, with gRPC's jitter.
local initial = knob("initial", 0.1, { min = 0, unit = "s" })
local most    = knob("most", 1, { min = 0, unit = "s" })
local factor  = knob("factor", 2, { min = 1 })
local n       = knob("n", 1, { min = 1 }) -- the wait that is looked at, from 1

scenario("gRPC's waits", { duration = 100 + 2 * n * most })
local came, tries, least, longest = {}, {}, math.huge, 0
service("server", {
  executor = threads(math.huge),
  handler  = function(req)
    local k = tries[req.id] or 0
    if k == n then
      least, longest = math.min(least, now() - came[req.id]), math.max(longest, now() - came[req.id])
      came[req.id], tries[req.id] = nil, nil
      return
    end
    came[req.id], tries[req.id] = now(), k + 1
    return fail(503)
  end,
})
client("users", {
  target   = "server",
  arrivals = poisson(curve { { 0, 1000 }, { 100, 1000 }, { 100, 0 } }),
  -- gRPC itself never makes more than 5 attempts, and the published waits go on to a sixth.
  retry { max_attempts = n + 1, base = initial, cap = most, factor = factor, jitter = "grpc", share = 0.2 },
})

expect("least", { measure = function() return least end, at_least = 0, because = "gRFC A6" })
expect("most", { measure = function() return longest end, at_least = 0, because = "gRFC A6" })
