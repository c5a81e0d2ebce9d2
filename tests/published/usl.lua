-- N workers in step, as Gunther reads his law: of each unit of work a share sigma can only be done by
-- one at a time, and there each waits for what all the others changed, kappa apiece. A round is over
-- when all have done theirs, and N units are done.
local sigma = knob("sigma", 0.02, { min = 0, max = 1 })
local kappa = knob("kappa", 0.0001, { min = 0 })
local N     = knob("N", 8, { min = 1 })
local rounds = 10

scenario("Scalability", { duration = 10 + rounds * (1 + sigma * N + kappa * N * N) })
local turn = lock()
service("crew", {
  cores    = N,
  executor = threads(1),
  handler  = { gather(N, { io((1 - sigma) * s), with(turn, io((sigma + kappa * (N - 1)) * s)) }) },
})
client("work", { target = "crew", arrivals = burst(rounds) })

expect("C", { at_least = 0, because = "N / (1 + sigma (N - 1) + kappa N (N - 1))",
  measure = function(run) return rounds * N / run("work.latency.max") end })
