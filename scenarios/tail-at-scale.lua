-- The tail at scale (Dean and Barroso 2013): each leaf is slow once in a hundred times, and a
-- page asks many leaves and waits for all. At 100 leaves 63 of 100 pages are slow.
-- Watch the pages' p50. Try --set fanout=10, and --variant "99 of 100".
scenario("Tail at scale", { about = "Waiting for all of many makes the rare slow one the rule.",
                            duration = 100*s, warmup = 1*s, seeds = 20 })
local fanout = knob("fanout", 100, { min = 1, max = 500 })
local need   = knob("need", 0, { min = 0, max = 500 })

local leaf = service("leaf", { cores = 64, executor = threads(math.huge),
  handler = { choose {{ 0.99, io(10*ms) }, { 0.01, io(1*s) }} } })
local page = service("page", { cores = 64, executor = threads(math.huge),
  handler = { gather(fanout, call(leaf), need > 0 and { need = need } or nil) } })
client("users", { target = page, arrivals = poisson(20) })

expect("two of three pages are slow", { measure = function(run) return 1 - run("users.latency.under(0.5)") end,
  about = 1 - 0.99 ^ fanout, tolerance = 0.04, because = "1 - 0.99^100 = 0.63" })
expect("the median page is as slow as the slowest leaf", { "users.latency.p50", at_least = 0.9,
  because = "more than half of the pages meet a slow leaf" })
variant("one leaf", { fanout = 1 })
expect("one leaf alone is rarely slow", { variant = "one leaf", "users.latency.p50", at_most = 20*ms,
  because = "99 of 100 answers take 10 ms" })
variant("97 of 100", { need = 97 })
expect("not waiting for the last three cures it", { variant = "97 of 100", "users.latency.p90", at_most = 20*ms,
  because = "four slow leaves of a hundred at once are rare: 2 in 100" })
