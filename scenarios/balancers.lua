-- Ten servers, and a balancer that looks at their lines once a second: whoever was idle then gets everything.
-- Then one server answers with errors at once what others work on: it is always idle. Watch p50, and what fails.
-- Try --variant "two of ten", --variant ejected, and --set refresh=100ms.
scenario("Balancers", { about = "The best choice by old news is the worst.", duration = 60*s, warmup = 5*s, seeds = 20 })
local how     = knob("balance", "least_requests", { "least_requests", "p2c", "round_robin" })
local refresh = knob("refresh", 1*s, { min = 0, max = 5*s, unit = "s" })
local broken  = knob("broken", false)
local eject   = knob("eject", false)

local keys = { how, outlier = eject }
if how ~= "round_robin" then keys.refresh = refresh end
local pool = service("pool", { replicas = 10, balance = keys, handler = { native(exponential(10*ms)) } })
client("users", { target = pool, arrivals = poisson(600), timeout(2*s) })
if broken then between(10*s, 30*s, pool[1]:fail(1)) end

expect("all go to who was idle a second ago", { "users.latency.p50", at_least = 80*ms,
  because = "600 requests come before it looks again, and a few servers get them" })
variant("two of ten", { balance = "p2c" })
expect("the better of two does not follow", { variant = "two of ten", "users.latency.p50", at_most = 0.5,
  relative_to = "default", because = "of old loads it uses only which of two is less, and draws another two each time" })
variant("round robin", { balance = "round_robin" })
expect("who does not look is not misled", { variant = "round robin", "users.latency.p50", at_most = 0.2,
  relative_to = "default", because = "each server has its tenth, whatever its line is" })
variant("fresh", { refresh = 0 })
expect("looking at all is right when what is seen is true", { variant = "fresh", "users.latency.p99", at_most = 80*ms,
  because = "hardly any request waits; a service time alone is 46 ms at the 99th percentile" })

variant("sinkhole", { broken = true, refresh = 0 })
expect("who fails at once looks idle, and gets more than its share", { variant = "sinkhole", from = 10*s, to = 30*s,
  "users.failed.error", at_least = 1500, because = "of 12,000 requests 1,200 would be its share" })
variant("ejected", { broken = true, refresh = 0, eject = true })
expect("five errors in a row take it out", { variant = "ejected", from = 10*s, to = 30*s, "users.failed.error", at_most = 20,
  because = "Envoy's outlier detection ejects for 30 s, and a tenth of the servers at most" })
expect("it comes back when its time is over", { variant = "ejected", from = 52*s, to = 60*s, "pool[1].arrivals_per_s",
  about = 60, tolerance = 20, because = "the sweep at 50 s finds it out for 30 s, and it has its tenth again" })
