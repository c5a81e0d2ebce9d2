-- A service before a database that is four times slower for half a minute. Without a limit it sends all
-- that it is asked, and what comes back is too late for everybody, also when the database is well again.
-- A limit refuses at once what would wait for nothing: watch goodput, and the limit's course. Try --variant fixed, aimd, vegas,
-- gradient2, and read what each of them gets wrong; "too large", "too small" and "wrong order" too.
scenario("Concurrency limits", { about = "As many at once as come back in time.", duration = 90*s, warmup = 10*s, seeds = 20 })
local which = knob("limit", "none", { "none", "fixed", "too large", "too small", "aimd", "wrong order", "vegas", "gradient2", "bounded" })

local db = service("db", { executor = threads(20), handler = { io(lognormal { median = 38*ms, p99 = 70*ms }) } })   -- 500 a second
local patience = timeout(400*ms)
local around   = ({
  ["none"]        = { patience },
  ["fixed"]       = { concurrency_limit(30), patience },
  ["too large"]   = { concurrency_limit(1000), patience },
  ["too small"]   = { concurrency_limit(8), patience },
  ["aimd"]        = { concurrency_limit("aimd", { min = 5 }), patience },
  ["wrong order"] = { patience, concurrency_limit("aimd", { min = 5 }) },
  ["vegas"]       = { concurrency_limit "vegas", patience },
  ["gradient2"]   = { concurrency_limit("gradient2", { min = 5 }), patience },
  ["bounded"]     = { concurrency_limit("gradient2", { min = 5, max = 40 }), patience },
})[which]
local api = service("api", { executor = asyncio {}, handler = { try(call(db, around), { rejected = fail(503) }) } })
client("users", { target = api, arrivals = poisson(350), timeout(1*s) })
between(30*s, 60*s, db:slow(4))                                       -- 125 a second

expect("without a limit nobody is served in time", { "users.goodput_per_s", from = 35*s, to = 60*s, at_most = 5,
  because = "125 a second are done and 350 come, so each stands behind all the others" })
expect("nor when the database is well again", { "users.goodput_per_s", from = 62*s, to = 90*s, at_most = 0.2 * 350,
  because = "seven thousand calls that nobody waits for are done first" })
expect("a limit that is right serves what can be served", { variant = "fixed", "users.goodput_per_s", from = 35*s, to = 60*s, at_least = 0.9 * 125,
  because = "twenty are at work and ten wait, which takes a quarter of a second" })
expect("and all when it is over", { variant = "fixed", "users.goodput_per_s", from = 62*s, to = 90*s, at_least = 0.95 * 350,
  because = "there is no line to work off" })
expect("too large, it is none", { variant = "too large", "users.goodput_per_s", from = 35*s, to = 60*s, at_most = 5,
  because = "it is not reached before everybody waits too long" })
expect("too small, it refuses on a good day", { variant = "too small", "users.goodput_per_s", from = 10*s, to = 30*s, at_most = 0.6 * 350,
  because = "eight at once of 40 ms each are 200 a second" })
expect("AIMD finds it by itself", { variant = "aimd", "users.goodput_per_s", from = 35*s, to = 60*s, at_least = 0.4 * 125,
  because = "each call that times out makes the limit smaller" })
expect("and grows again", { variant = "aimd", "users.goodput_per_s", from = 65*s, to = 90*s, at_least = 0.95 * 350,
  because = "each call that comes back while half of it is used adds one" })
expect("in the wrong order it finds nothing", { variant = "wrong order", "users.goodput_per_s", from = 35*s, to = 60*s, at_most = 0.2 * 125,
  because = "the timeout is around it: a call that is taken away has neither failed nor succeeded" })
expect("Vegas takes times that vary for a line", { variant = "vegas", "users.goodput_per_s", from = 10*s, to = 30*s, at_most = 0.8 * 350,
  because = "the shortest time is that of an easy call, and all others seem to have waited" })
expect("Gradient2 gets used to it", { variant = "gradient2", "api.concurrency_limit", from = 50*s, to = 60*s, at_least = 150,
  because = "what is slow for long is usual, and a timeout is no drop for it: it grows to its most" })
expect("with a most that is right it does little harm", { variant = "bounded", "users.goodput_per_s", from = 62*s, to = 90*s, at_least = 0.9 * 350,
  because = "then it is a fixed limit that is smaller now and then" })
for _, v in ipairs { "fixed", "too large", "too small", "aimd", "wrong order", "vegas", "gradient2", "bounded" } do variant(v, { limit = v }) end
