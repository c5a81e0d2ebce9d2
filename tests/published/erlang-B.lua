-- Servers without a line before them: who finds all busy is sent away. The share depends on
-- the mean of the service times, not on their law.
local laws = include "laws.lua"
local c    = knob("c", 10, { min = 1 })
local a    = knob("a", 5, { min = 1e-6 })
local law  = knob("law", "Exp", { "D", "Exp", "H2" })
local jobs = knob("jobs", 200000)

scenario("M/G/c/c", { duration = 20 + jobs / a, warmup = 20 })
service("q", {
  cores    = c,
  executor = threads(c, { queue = 0 }),
  handler  = { native(laws(law, 1, 4)) },
})
client("callers", { target = "q", arrivals = poisson(a) })

expect("blocking probability", { at_least = 0, at_most = 1, because = "Erlang's loss formula",
  measure = function(run) return run("q.rejected.queue") / run("q.arrivals") end })
