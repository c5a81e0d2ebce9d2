-- A request that asks n leaves is as slow as the slowest of them.
local p        = knob("p", 0.01, { min = 0, max = 1 })
local n        = knob("n", 100, { min = 1 })
local visits   = knob("visits", 4000000) -- to leaves
local requests = math.min(20000, math.max(1000, visits // n))

scenario("Fan-out", { duration = requests / 100 + 10 })
service("leaf", {
  executor = threads(math.huge),
  handler  = { choose { { p, io(1 * s) }, { 1 - p, io(10 * ms) } } },
})
service("root", { executor = threads(math.huge), handler = { gather(n, call "leaf") } })
client("users", { target = "root", arrivals = poisson(
  curve { { 0, 100 }, { requests / 100, 100 }, { requests / 100, 0 } }) })

expect("P(request slow)", { at_least = 0, because = "1 - (1 - p)^n",
  measure = function(run) return 1 - run("users.latency.under(0.5)") end })
