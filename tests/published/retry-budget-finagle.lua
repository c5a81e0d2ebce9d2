-- Every call fails, and is tried again as long as the budget pays for it.
local ttl   = knob("ttl", 10, { min = 0.001, unit = "s" })
local least = knob("least", 10, { min = 0, unit = "/s" })
local share = knob("share", 0.2, { min = 0 })
local rate  = knob("rate", 1000, { min = 0.001, unit = "/s" })
local from, length = 3 * ttl, 13 * ttl -- what it held at first has been spent

scenario("Finagle's budget", { duration = length, warmup = from })
service("server", { executor = threads(math.huge), handler = { fail(503) } })
client("users", {
  target   = "server",
  arrivals = poisson(rate),
  retry { max_attempts = 1000000, base = 0, jitter = "none", budget =
    budget("finagle", { ttl = ttl, min_retries_per_sec = least, percent_can_retry = share }) },
})

expect("retries/s in steady state", { at_least = 0, because = "a deposit for each call, and a reserve",
  measure = function(run)
    return (run("server.arrivals", from, length) - run("users.offered", from, length)) / (length - from)
  end })
