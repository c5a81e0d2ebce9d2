-- A thousand addresses make 500 calls a second, and each may make 10,000 a minute: nobody is refused. Watch
-- what it takes to know that (api.memory_max): a sliding log remembers every call of the last minute. Try
-- --variant "two counts", which come close to it, and --set rate=2000 with either.
scenario("A limit's memory", { about = "An exact limit remembers every call, by address.",
  duration = 130*s, warmup = 5*s, seeds = 20 })
local how  = knob("algorithm", "sliding_log", { "sliding_log", "sliding_counter", "token_bucket" })
local rate = knob("rate", 500, { min = 10, max = 5000, unit = "calls/s" })
local api  = service("api", {
  rate_limit(how, { limit = 10000, window = 1*minute, per = req.ip }),
  executor = threads(math.huge), handler = io(1*ms),
})
client("users", { target = api, arrivals = poisson(rate), timeout(1*s), req = { ip = zipf { n = 1000, s = 1 } } })

expect("the log remembers the calls of a minute at least", { "api.memory_max", at_least = 470*KB,
  because = "500 calls a second for 60 s, 16 bytes each; what is old is forgotten when its address comes again" })
expect("nobody is refused", { "users.failed.rejected", at_most = 0, because = "the busiest makes 70 calls a second" })
variant("two counts", { algorithm = "sliding_counter" })
expect("two counts a key are all that an address takes", { variant = "two counts", "api.memory_max", about = 64*KB,
  tolerance = 1*KB, because = "a thousand addresses, 64 bytes each" })
