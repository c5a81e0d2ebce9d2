-- The waits of d*2^n + U(0, j), as the one who is called sees them.
local d = knob("d", 1, { min = 0, unit = "s" })
local j = knob("j", 1, { min = 0, unit = "s" })
local n = knob("n", 0, { min = 0 }) -- the wait that is looked at; 0 is before the first retry

scenario("Backoff", { duration = 100 + (n + 2) * j + d * 2 ^ (n + 1) })
local came, tries, least, most, sum, count = {}, {}, math.huge, 0, 0, 0
local function note(wait)
  least, most = math.min(least, wait), math.max(most, wait)
  sum, count = sum + wait, count + 1
end
service("server", {
  executor = threads(math.huge),
  handler  = function(req)
    local k = tries[req.id] or 0
    if k == n + 1 then note(now() - came[req.id]) end
    came[req.id], tries[req.id] = now(), k + 1
    if k == n + 1 then came[req.id], tries[req.id] = nil, nil end
    return fail(503)
  end,
})
client("users", {
  target   = "server",
  arrivals = poisson(curve { { 0, 1000 }, { 100, 1000 }, { 100, 0 } }),
  retry { max_attempts = n + 2, base = d, factor = 2, spread = j, jitter = "additive", cap = 1 * day },
})

expect("mean", { measure = function() return sum / count end, at_least = 0, because = "tenacity" })
expect("least", { measure = function() return least end, at_least = 0, because = "tenacity" })
expect("most", { measure = function() return most end, at_least = 0, because = "tenacity" })
