-- Many keys are read from many servers, and all are waited for; who has not been answered for a
-- while asks another server. The published system was measured, and what its servers did is not
-- known: here one answer in fifty is late by some tens of milliseconds, and a few in ten thousand
-- stall for one to two seconds, as collectors and disks make them.
local keys    = knob("keys", 1000, { min = 1 })
local servers = knob("servers", 100, { min = 1 })
local after   = knob("after", 10, { min = 0 }) * ms
local hedged  = knob("hedged", true)
local reads   = knob("reads", 2000, { min = 1 })

scenario("Hedged reads", { duration = reads / 10 + 20 })
service("tablet", {
  replicas = servers,
  balance  = "random",
  executor = threads(math.huge),
  handler  = { choose {
    { 0.9797, io(uniform(1 * ms, 8 * ms)) },
    { 0.0200, io(uniform(10 * ms, 60 * ms)) },
    { 0.0003, io(uniform(1 * s, 2 * s)) },
  } },
})
service("reader", {
  executor = threads(math.huge),
  handler  = { gather(keys, call("tablet", { hedged and hedge { after = after } })) },
})
client("users", { target = "reader", arrivals = poisson(
  curve { { 0, 10 }, { reads / 10, 10 }, { reads / 10, 0 } }) })

expect("p99.9", { "users.latency.p999", at_least = 0, because = "the slowest of all keys" })
expect("extra requests", { at_least = 0, because = "those that take longer than the hedge waits",
  measure = function(run) return run("reader>tablet.hedges") / run("reader>tablet.calls") end })
