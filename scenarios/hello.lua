-- One Python process, one client. Watch where the time goes. Then try --set rate=490.
scenario("Hello", { duration = 30*s })
local rate = knob("rate", 300, { min = 10, max = 600, unit = "req/s" })

local api = service("api", {
  runtime  = cpython "3.12",
  executor = threads(4),
  handler  = { python(2*ms), io(5*ms) },
})
client("users", { target = api, arrivals = poisson(rate), timeout(1*s) })

expect("nobody waits long", { "users.latency.p99", at_most = 50*ms,
  because = "300 requests of 2 ms keep the GIL busy for 0.6 of the time, and four threads are enough" })
variant("too much", { rate = 520 })
