-- Each of k layers tries m times, and what lies below them all is down.
local k = knob("k", 5, { min = 1, max = 20 })
local m = knob("m", 3, { min = 1 })

scenario("Layers", { duration = 10 })
service("layer " .. k + 1, { executor = threads(math.huge), handler = { fail(503) } })
for i = k, 1, -1 do
  service("layer " .. i, {
    executor = threads(math.huge),
    handler  = { call("layer " .. i + 1, { retry { max_attempts = m, base = 0, jitter = "none" } }) },
  })
end
client("users", { target = "layer 1", arrivals = burst(10) })

expect("attempts at the bottom", { at_least = 1, because = "m^k",
  measure = function(run) return run("layer " .. k + 1 .. ".arrivals") / run("users.offered") end })
