-- For the golden pictures: nothing is drawn by lot, nothing is Python, so that what is drawn
-- changes only when the drawing does. A database is slower for two seconds, its callers give up.
scenario("Clockwork", { about = "Nothing here is left to chance.", duration = 8*s })
local db = service("db", { cores = 2, executor = threads(4, { queue = 12 }), handler = native(16*ms) })
local api = service("api", { replicas = 2, cores = 2, executor = threads(8), handler = {
  native(1*ms), call(db, { retry { max_attempts = 2, base = 50*ms, jitter = "none" }, timeout(100*ms) }) } })
client("users", { target = api, arrivals = constant(90), timeout(400*ms) })
client("nightly", { target = db, arrivals = constant(5), timeout(1*s) })
between(3*s, 5*s, db:slow(4))
expect("all is well before", { "users.goodput_per_s", to = 3*s, at_least = 85 })
expect("it is felt", { "users.goodput_per_s", from = 3*s, to = 5*s, at_least = 85 })
