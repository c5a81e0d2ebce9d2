-- Clients that each have a budget of their own for their retries: replicas of a service that only
-- passes calls on, and are given them at random, so that each has a Poisson stream.
local f       = knob("f", 0.1, { min = 0, max = 1 })
local rule    = knob("rule", "bucket", { "bucket", "breaker" })
local retries = knob("retries", 3, { min = 0 })
local size    = knob("size", 5, { min = 0 })
local deposit = knob("deposit", 0.1, { min = 0 })
local cost    = knob("cost", 1, { min = 0 })
local percent = knob("percent", 10, { min = 0, max = 100 }) -- of failures, at which the breaker blocks retries
local share   = knob("share", percent / 100, { min = 0, max = 1 })
local clients = knob("clients", 100, { min = 1 })
local rate    = knob("rate", 10, { min = 0, unit = "/s" }) -- of each
local total   = knob("total", 0, { min = 0, unit = "/s" }) -- of all, in its place
local length  = knob("length", 10, { min = 1, unit = "s" })

scenario("Budgets of many clients", { duration = length })
service("server", {
  executor = threads(math.huge),
  handler  = { choose { { f, fail(500) } } },
})
service("clients", {
  executor = threads(math.huge),
  replicas = clients,
  balance  = "random",
  handler  = { call("server", { retry {
    max_attempts = rule == "bucket" and 1000000 or retries + 1, base = 0, jitter = "none",
    budget = rule == "bucket" and budget("brooker", { size = size, per_call = deposit, cost = cost })
      or budget("failure_rate", { share = share }),
  } }) },
})
client("users", { target = "clients", arrivals = poisson(total > 0 and total or rate * clients) })

expect("attempts per first try", { "clients>server.attempts_per_request", at_least = 1,
                                   because = "a retry more for each deposit" })
expect("success per first try", { measure = function(run) return run("users.ok") / run("users.offered") end,
                                  at_least = 0, because = "what is not tried again has failed" })
