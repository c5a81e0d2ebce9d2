-- One tenant of a service may do 100 calls a second, and sends 400 at once, twice: at 9.9 s and
-- at 10.1 s, on either side of a whole second. Watch how many get through (early.ok, late.ok), and
-- that the others never notice. Try --variant "fixed window", "sliding log" and "four replicas",
-- and --set burst=20: a smaller bucket, a smaller surprise.
scenario("Rate limits", { about = "A burst, and five ways to count it.", duration = 20*s, warmup = 2*s, seeds = 20 })
local how      = knob("algorithm", "token_bucket",
                      { "token_bucket", "leaky_queue", "fixed_window", "sliding_log", "sliding_counter" })
local limit    = knob("limit", 100, { min = 1, max = 1000, unit = "calls/s" })
local burst_of = knob("burst", 100, { min = 1, max = 1000 })
local replicas = knob("replicas", 1, { min = 1, max = 20 })
local shared   = knob("shared", false)   -- each replica gets its part of the limit
local per      = knob("per_tenant", true)
local flood    = knob("flood", 0, { min = 0, max = 1000, unit = "calls/s" })   -- more of the same tenant, all along

local bucket = how == "token_bucket" or how == "leaky_queue"
local api = service("api", {
  rate_limit(how, { limit = shared and limit // replicas or limit, burst = bucket and burst_of,
                    per = per and req.tenant }),
  replicas = replicas, cores = 4, executor = threads(math.huge), handler = { native(0.2*ms), io(4*ms) },
})
local function tenant(of, name, arrivals)
  client(name, { target = api, arrivals = arrivals, timeout(2*s), req = { tenant = of } })
end
tenant("batch", "early", burst(400, { at = 9.9*s }))
tenant("batch", "late", burst(400, { at = 10.1*s }))
tenant("batch", "flood", poisson(flood))
tenant("shop", "others", poisson(60))

local function passed(run) return run("early.ok", 9*s, 20*s) + run("late.ok", 9*s, 20*s) end

expect("a bucket lets its burst through, and then the rate", { measure = passed, about = 120, tolerance = 0.5,
  because = "100 tokens are there, and 20 of 100 a second come back in the 0.2 s between" })
variant("fixed window", { algorithm = "fixed_window" })
expect("twice the limit passes around a window's edge", { variant = "fixed window", measure = passed,
  about = 200, tolerance = 0.5, because = "100 belong to one second and 100 to the next, 0.2 s apart" })

variant("sliding log", { algorithm = "sliding_log" })
expect("the log is exact", { variant = "sliding log", measure = passed, about = 100, tolerance = 0.5,
  because = "no second, wherever it begins, has more than 100" })

variant("sliding counter", { algorithm = "sliding_counter" })
expect("two counts come close to it", { variant = "sliding counter", measure = passed,
  about = 110, tolerance = 0.5, because = "0.9 of the last window is still in view: 90 of its 100" })

variant("leaky queue", { algorithm = "leaky_queue" })
expect("a queue lets them leave evenly, so the last waits a second", { variant = "leaky queue",
  "early.latency.max", about = 1.004, tolerance = 0.01, because = "100 wait, and one leaves each 10 ms" })

variant("four replicas", { algorithm = "sliding_log", replicas = 4 })
expect("four replicas that count for themselves let four times the limit through", { variant = "four replicas",
  measure = passed, about = 400, tolerance = 0.5, because = "each of them counts to 100" })
variant("a part each", { algorithm = "sliding_log", replicas = 4, shared = true })
expect("a part for each replica adds up to the limit where traffic is even", { variant = "a part each",
  measure = passed, about = 100, tolerance = 4, because = "4 times 25, in turn" })
variant("flood", { flood = 300 })
expect("who keeps to the limit does not notice who does not", { variant = "flood", "others.failed.rejected", at_most = 0,
  because = "each value of req.tenant has a bucket, and 60 a second do not empty theirs" })
variant("one for all", { flood = 300, per_tenant = false })
expect("one bucket for all is the loudest one's", { variant = "one for all", "others.goodput_per_s", about = 17, tolerance = 4,
  because = "360 a second share 100, and 60 of them are the others'" })
