-- Choosing a server: at random, in turn, the better of two random ones, the best of all.
-- Watch the mean response at a load of 0.9: two choices do nearly as well as looking at all.
-- Try --variant random, and --set load=0.95.
scenario("Power of two choices", { about = "Twenty servers and a balancer.", duration = 200*s, warmup = 20*s, seeds = 20 })
local how  = knob("balance", "p2c", { "random", "round_robin", "p2c", "least_requests" })
local load = knob("load", 0.9, { min = 0.1, max = 0.99 })

local pool = service("pool", { replicas = 20, balance = how, handler = { native(exponential(10*ms)) } })
client("users", { target = pool, arrivals = poisson(20 * 100 * load) })

expect("two choices: some 2.6 times the work", { "users.latency.mean", at_least = 23*ms, at_most = 31*ms,
  because = "the limit for many servers is 2.61 at a load of 0.9 (Mitzenmacher 2001)" })
variant("random", { balance = "random" })
expect("at random: ten times", { variant = "random", "users.latency.mean", about = 100*ms, tolerance = 25*ms,
  because = "each server is an M/M/1 at 0.9: 1 / (1 - 0.9)" })
expect("two choices are at least three times better", { "users.latency.mean", at_most = 0.34,
  relative_to = "random", because = "one look at a second server avoids the long lines" })
variant("round robin", { balance = "round_robin" })
variant("least requests", { balance = "least_requests" })
expect("looking at all is not much better than looking at two", { variant = "least requests",
  "users.latency.mean", at_least = 0.4, relative_to = "default", because = "the second choice has most of the gain" })
