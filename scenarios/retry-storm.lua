-- A stall of ten seconds. Watch what happens when it is over: nothing gets better.
-- Every call that times out leaves its work in the database and sends more of it.
-- Try --variant "no retries", or --set attempts=2.
scenario("Retry storm", { about = "A stall that outlives its cause.", duration = 90*s, warmup = 5*s, seeds = 20 })
local rate     = knob("rate", 320, { min = 50, max = 600, unit = "req/s" })
local attempts = knob("attempts", 4, { min = 1, max = 6 })

local db = service("db", {                     -- no runtime: not Python, no GIL
  cores    = 4,
  executor = threads(16, { queue = 200 }),
  handler  = { native(lognormal { median = 6*ms, p99 = 30*ms }) },
})
local api = service("api", {
  replicas = 2, cores = 2,                     -- two cores each
  runtime  = cpython "3.12",
  executor = threads(32),
  handler  = {
    python(0.8*ms),
    call(db, {
      retry { max_attempts = attempts, base = 20*ms, cap = 1*s, jitter = "full" },
      timeout(80*ms),                          -- inside retry: for each attempt
    }),
    python(0.4*ms),
  },
})
client("users", { target = api, arrivals = poisson(rate), timeout(1*s) })
between(20*s, 30*s, db:slow(8))                -- the trigger: 8 times slower, then gone

expect("before the stall all is well", { "users.goodput_per_s", from = 5*s, to = 20*s, at_least = 0.93 * rate,
  because = "the database is busy for half of the time" })
expect("it does not come back by itself", {
  "users.goodput_per_s", from = 40*s, to = 90*s, at_most = 0.5 * rate, share = 0.9,   -- of the seeds
  because = "every call that times out leaves work in the database, and sends more" })
expect("without retries it does", { variant = "no retries",
  "users.goodput_per_s", from = 40*s, to = 90*s, at_least = 0.95 * rate,
  because = "without the extra attempts the database can work its line off" })
variant("no retries", { attempts = 1 })
