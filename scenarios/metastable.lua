-- Metastable failure (Bronson et al., HotOS 2021): a database that can do 300 queries/s stands
-- still for ten seconds. At 200 users/s with one retry it never comes back, though nothing is
-- wrong any more: the load has become 400, by itself.
-- Watch goodput and the database's utilisation after second 30.
-- Try --set rate=100: below 300 / 2 it heals by itself. And --variant "drop expired".
scenario("Metastable", { about = "Stays down when the trigger is gone.", duration = 130*s, warmup = 5*s, seeds = 20 })
local rate    = knob("rate", 200, { min = 10, max = 300, unit = "req/s" })
local tries   = knob("tries", 2, { min = 1, max = 4 })
local drop    = knob("drop_expired", false)

local db = service("db", {
  executor = threads(1, { drop_expired = drop }),      -- a line without end
  handler  = { native(1/300) },
})
client("users", { target = db, arrivals = poisson(rate),
  retry { max_attempts = tries, base = 0, on = { "timeout" } },
  timeout(1*s),                                        -- for each try
})
between(20*s, 30*s, db:pause())

expect("before the outage all is well", { "users.goodput_per_s", from = 5*s, to = 20*s, at_least = 0.9 * rate,
  because = "200 of 300" })
expect("100 s after the outage it is still down", { "users.goodput_per_s", from = 110*s, to = 130*s,
  at_most = 0.05 * rate, because = "each query is answered when nobody waits for it any more" })
expect("though the database works all the time", { "db.utilisation", from = 110*s, to = 130*s,
  at_least = 0.99, because = "on queries whose callers have given up" })
variant("no retries", { tries = 1 })
expect("without the retries it comes back", { variant = "no retries", "users.goodput_per_s",
  from = 110*s, to = 130*s, at_least = 0.9 * rate, because = "200 is less than 300: the line is worked off at 100 a second" })
variant("less load", { rate = 100 })
expect("below half of the capacity it heals by itself", { variant = "less load", "users.goodput_per_s",
  from = 110*s, to = 130*s, at_least = 0.85 * 100, because = "2 x 100 is less than 300: the line is worked off at 100 a second" })
variant("drop expired", { drop_expired = true })
expect("a line that throws away what nobody waits for cures it", { variant = "drop expired",
  "users.goodput_per_s", from = 110*s, to = 130*s, at_least = 0.9 * rate,
  because = "the database works for the living only" })
