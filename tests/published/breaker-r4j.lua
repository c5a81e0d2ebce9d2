-- Calls one after the other whose outcomes are given, through resilience4j's breaker: how many were let
-- through before it opened. Outcomes are the digits of a number to base 2, the first call's the
-- lowest; those behind them are all alike.
local window   = knob("window", 10, { min = 1 })
local least    = knob("least", 10, { min = 1 })
local percent  = knob("percent", 50, { min = 0, max = 100 })
local timed    = knob("timed", false) -- the window counts seconds
local outcomes = knob("outcomes", 0, { min = 0 })
local given    = knob("given", 0, { min = 0, max = 52 })
local rest     = knob("rest", "S", { "S", "F" })
local calls    = knob("calls", 200, { min = 1 })

scenario("A breaker's calls", { duration = 100 })
local let_through, is_open = 0, false
local function fails(i)
  if i > given then return rest == "F" end
  return outcomes // 2 ^ (i - 1) % 2 == 1
end
service("server", {
  executor = threads(1),
  handler  = function()
    let_through = let_through + 1
    if fails(let_through) then return fail(500) end
  end,
})
local ask = call("server", { breaker("resilience4j", { min_calls = least, failure_rate = percent / 100, open = 1 * day,
  window = not timed and window, time_window = timed and window * s }) })
service("caller", {
  executor = threads(1),
  handler  = function()
    for _ = 1, calls do
      local ok, err = pcall(await, ask)
      is_open = is_open or not ok and err.outcome == "rejected"
      if is_open then return end
    end
  end,
})
client("user", { target = "caller", arrivals = burst(1) })

expect("calls before it opened", { at_least = 0, because = "the rate is looked at with each call that ends",
  measure = function() return is_open and let_through or calls + 1 end })
