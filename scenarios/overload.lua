-- For half a minute more come than can be served. In the order in which they came, each stands behind
-- all before it, and soon everybody is served too late: the service is busy, and all of it is for
-- nobody. Watch goodput, which stays down for a minute after the rush. Try --variant lifo, codel, controlled or "short line",
-- "by criticality" and "by utilisation" for those who buy.
scenario("Overload", { about = "The fair line serves everybody too late.", duration = 90*s, warmup = 5*s, seeds = 20 })
local peak = knob("peak", 280, { min = 130, max = 600, unit = "req/s" })
local line = knob("line", "fair", { "fair", "lifo", "adaptive lifo", "codel", "controlled", "short", "long", "impatient", "by criticality", "by utilisation" })

local api = service("api", {                     -- eight at once, 40 ms each: 200 a second
  line == "by criticality" and shed("criticality", { limit = 60 }),
  line == "by utilisation" and shed("utilisation", { threshold = 1, ramp = 10*s }),
  executor = threads(8, ({
    ["fair"]          = { drop_expired = false },
    ["lifo"]          = { discipline = "lifo" },
    ["adaptive lifo"] = { discipline = "adaptive_lifo", lifo_from = 20 },
    ["codel"]         = { discipline = "codel", target = 20*ms },
    ["controlled"]    = { max_wait = "controlled", target = 20*ms },
    ["short"]         = { queue = 50 },          -- a quarter of a second
    ["long"]          = { queue = 200 },         -- a whole one, and the users wait for half of it
    ["impatient"]     = { max_wait = 1*ms },
    ["by criticality"] = { queue = 60 },
    ["by utilisation"] = { queue = 60 },
  })[line]),
  handler  = { io(exponential(40*ms)) },
})
client("users", { target = api, timeout(500*ms), req = { criticality = "sheddable" },
  arrivals = poisson(curve {{ 0, 130 }, { 20*s, 130 }, { 20*s, peak }, { 50*s, peak }, { 50*s, 130 }}) })
client("buyers", { target = api, timeout(500*ms), req = { criticality = "critical" }, arrivals = poisson(20) })

local function rush(claim, which, most, least, because)
  return expect(claim, { variant = which, "users.goodput_per_s", from = 25*s, to = 50*s, at_most = most, at_least = least, because = because })
end
rush("in the rush nobody is served in time", nil, 10, nil,
  "who is next has stood behind all who came before it, and they grow by a hundred a second")
expect("and for half a minute after it nobody is either", { "users.goodput_per_s", from = 52*s, to = 80*s, at_most = 10,
  because = "three thousand stand in line, and the service gains fifty a second on them" })
expect("although it works all the time", { "api.utilisation", from = 25*s, to = 80*s, at_least = 0.99,
  because = "it does not know that nobody waits" })
rush("newest first serves as many as it can", "lifo", nil, 175,
  "who is next has just come; who is not has given up by then")
rush("so does a line that turns round when it grows", "adaptive lifo", nil, 175,
  "from twenty on the newest is next")
rush("CoDel keeps the line short", "codel", nil, 170,
  "it drops ever faster until one waits for less than the target")
rush("so does a controlled wait", "controlled", nil, 170,
  "a line that has stood for a tenth of a second is left after 20 ms")
rush("a short line does as well", "short line", nil, 175,
  "fifty before one are a quarter of a second, which is less than users wait")
expect("all of them are well when the rush is over", { variant = "codel", "users.goodput_per_s", from = 52*s, to = 90*s, at_least = 0.93 * 130,
  because = "there is no line to work off" })
rush("a long one is as bad as one without an end", "long line", 10, nil,
  "it is always full then, and two hundred before one are a whole second")
rush("too impatient, it refuses whom it could serve", "impatient", 178, nil,
  "whoever comes when all are busy for a moment is turned away")
expect("and on a good day too", { variant = "impatient", "api.rejected.patience", from = 5*s, to = 20*s, at_least = 100,
  because = "three of four are busy on average, so that now and then all are" })
local function served(run) return run("buyers.goodput", 25*s, 50*s) / run("buyers.offered", 25*s, 50*s) end
expect("a short line refuses whoever comes", { variant = "short line", measure = served, at_most = 0.85,
  because = "a third of what comes finds it full, and it asks nobody what for" })
expect("by criticality those are refused who may be missed", { variant = "by criticality", measure = served, at_least = 0.95,
  because = "users may fill half of the places, buyers nine tenths" })
expect("and as many are served", { variant = "by criticality", "users.goodput_per_s", from = 25*s, to = 50*s, at_least = 165,
  because = "somebody always waits" })
expect("by utilisation they are as well", { variant = "by utilisation", measure = served, at_least = 0.95,
  because = "the longer all eight are busy the more users are refused, and of buyers none" })
expect("and there is hardly a line", { variant = "by utilisation", "api.queue.mean", from = 30*s, to = 50*s, at_most = 8,
  because = "as many are refused as keep all eight busy half of the time" })
expect("though fewer are served", { variant = "by utilisation", "users.goodput_per_s", from = 30*s, to = 50*s, at_least = 120, at_most = 160,
  because = "who has no line has a worker idle now and then: one of five, where half of the time all are busy" })
for _, v in ipairs { "by criticality", "by utilisation", "lifo", "adaptive lifo", "codel", "controlled", "impatient" } do variant(v, { line = v }) end
variant("short line", { line = "short" })
variant("long line",  { line = "long" })
