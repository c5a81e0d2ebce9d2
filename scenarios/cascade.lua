-- One slow leaf. Watch the tiers above it die from below: their threads all wait for it, so
-- even requests that never touch the leaf are refused.
-- Try --variant "timeout": waiting less long keeps the threads free.
scenario("Cascade", { about = "Three tiers; one leaf gets slow, and everything above it fails.",
                      duration = 60*s, warmup = 5*s, seeds = 20 })
local slow    = knob("slow", 60, { min = 1, max = 200, unit = "times" })
local patient = knob("timeout", 2*s, { min = 10*ms, max = 60*s, unit = "s" })

local function tier(name, n, steps)
  return service(name, { cores = 2, executor = threads(n, { queue = 100 }), handler = steps })
end
local search  = tier("search",  16, { io(20*ms) })
local pricing = tier("pricing", 16, { io(10*ms) })
local catalog = tier("catalog", 32, {
  native(0.5*ms),
  try({ call(search, { timeout(patient) }) }, { any = {} }),   -- search is optional
  call(pricing),
})
local web = tier("web", 64, { native(0.5*ms), call(catalog) })
client("users", { target = web, arrivals = poisson(300), timeout(2*s) })

between(20*s, 50*s, search:slow(slow))

expect("one slow leaf takes everything down", { "users.goodput_per_s", from = 30*s, to = 50*s, at_most = 60,
  because = "every thread of catalog, then of web, waits for search" })
expect("and the tiers above are full, though nothing is wrong with them", { "catalog.utilisation",
  from = 30*s, to = 50*s, at_least = 0.95, because = "its threads wait" })
variant("timeout", { timeout = 50*ms })
expect("a short timeout keeps the rest alive", { variant = "timeout", "users.goodput_per_s",
  from = 30*s, to = 50*s, at_least = 285, because = "32 threads that wait 50 ms at most can do 500 a second" })
variant("no slow leaf", { slow = 1 })
expect("without the slow leaf all is well", { variant = "no slow leaf", "users.goodput_per_s",
  from = 30*s, to = 50*s, at_least = 285, because = "every tier has room" })
