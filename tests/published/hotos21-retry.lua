-- Bronson and others, Metastable Failures in Distributed Systems, HotOS 2021, 2.1: a web app
-- that asks again at once when the database does not answer in time, and an outage.
local rate     = knob("rate", 280, { min = 1, unit = "/s" })
local capacity = knob("capacity", 300, { min = 1, unit = "/s" })
local patience = knob("timeout", 1, { min = 0, unit = "s" })
local retries  = knob("retries", 1, { min = 0 })
local outage   = knob("outage", 10, { min = 0, unit = "s" })
local after    = knob("after", 100, { min = 1, unit = "s" }) -- the end of the outage
local drop     = knob("drop", false)
local law      = knob("law", "D", { "D", "Exp" })

local begin = 30
local over = begin + outage
scenario("Metastable", { duration = over + after })
local db = service("db", {
  executor = threads(1, { drop_expired = drop }),
  handler  = { native(law == "D" and 1 / capacity or exponential(1 / capacity)) },
})
service("web", {
  executor = threads(math.huge),
  handler  = { call(db, {
    retry { max_attempts = retries + 1, base = 0, jitter = "none" },
    timeout(patience),
  }) },
})
client("users", { target = "web", arrivals = poisson(rate) })
between(begin, over, db:pause())

local span = math.min(10, after / 2)
expect("goodput late", { "users.goodput_per_s", from = over + after - span, to = over + after,
       at_least = 0, because = "the state at the end" })
expect("database load in the stuck state", { "db.arrivals_per_s", from = over + after / 2,
       to = over + after, at_least = 0, because = "every request asks twice" })
