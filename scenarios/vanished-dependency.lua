-- A dependency that goes away. Watch those who never asked it anything: one that refuses says so at once,
-- and the page does without; one that vanishes says nothing, and each page that waits for it keeps a
-- thread of the shop. Cut off for its answers alone, it works for callers that never hear of it.
-- Try --variant "vanishes, timeout" and --variant "answers lost".
scenario("Vanished dependency", { about = "Refused is told at once; vanished is never told, and every thread learns it.",
                                  duration = 60*s, warmup = 5*s, seeds = 20 })
local way      = knob("way", "vanishes", { "vanishes", "refuses", "answers lost", "nothing" })
local patience = knob("timeout", 0, { min = 0, max = 5*s, unit = "s" })    -- 0: none

local ratings = service("ratings", { cores = 4, executor = threads(32), handler = io(10*ms) })
local shop = service("shop", {
  cores = 4, executor = threads(32, { queue = 64 }),
  handler = {
    ["GET /page"] = { native(1*ms),
      try({ call(ratings, { patience > 0 and timeout(patience) }) }, { any = {} }),   -- nice to have
      native(1*ms) },
    ["GET /cart"] = native(2*ms),                                                     -- asks nobody
  },
})
client("readers", { target = shop, route = "GET /page", arrivals = poisson(200), timeout(2*s) })
client("buyers",  { target = shop, route = "GET /cart", arrivals = poisson(50), timeout(2*s) })

local cut = link(shop, ratings)
between(20*s, 40*s, ({ vanishes = cut:partition(), refuses = cut:refuse(),
  ["answers lost"] = cut:partition { side = "reply" }, nothing = cut:latency(0) })[way])

expect("what vanishes takes every thread with it", { "shop.utilisation", from = 25*s, to = 40*s, at_least = 0.99,
  because = "32 threads wait for answers that never come, and 200 a second would" })
expect("so nobody buys either, who never asked it anything", { "buyers.goodput_per_s", from = 25*s, to = 40*s, at_most = 1,
  because = "the line before the threads is full of pages" })
expect("and it does not come back when the link does", { "buyers.goodput_per_s", from = 45*s, to = 60*s, at_most = 1,
  because = "what was lost is not sent again: a call without a timeout waits for ever" })
expect("what refuses is hardly felt", { variant = "refuses", "readers.goodput_per_s", from = 25*s, to = 40*s, at_least = 185,
  because = "an error that comes at once costs no thread, and the page does without" })
expect("a timeout bounds what it costs", { variant = "vanishes, timeout", "buyers.goodput_per_s", from = 25*s, to = 40*s,
  at_least = 45, because = "200 pages a second that wait 50 ms hold ten threads of 32" })
expect("and pages go on without it", { variant = "vanishes, timeout", "readers.goodput_per_s", from = 25*s, to = 40*s,
  at_least = 185, because = "they do without" })
expect("when only answers are lost, it works for nobody", { variant = "answers lost", "ratings.completed",
  from = 25*s, to = 40*s, at_least = 2500, because = "the requests arrive, 200 a second, and are worked on" })
expect("of which its callers hear nothing", { variant = "answers lost", "shop>ratings.ok", from = 25*s, to = 40*s,
  at_most = 0, because = "the way back is cut" })
variant("refuses", { way = "refuses" })
variant("vanishes, timeout", { timeout = 50*ms })
variant("answers lost", { way = "answers lost", timeout = 50*ms })
variant("refuses, timeout", { way = "refuses", timeout = 50*ms })
