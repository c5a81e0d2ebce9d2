-- Calls that fail by chance, and are tried again a number of times without a pause.
local f       = knob("f", 0.1, { min = 0, max = 1 })
local retries = knob("retries", 3, { min = 0 })

scenario("Random failures", { duration = 100 })
service("server", {
  executor = threads(math.huge),
  handler  = { choose { { f, fail(500) } } },
})
client("users", {
  target   = "server",
  arrivals = poisson(1000),
  retry { max_attempts = retries + 1, base = 0, jitter = "none" },
})

local attempts = { "users>server.attempts_per_request", at_least = 1,
                   because = "(1 - f^(n+1)) / (1 - f)" }
local function success(run) return run("users.ok") / run("users.offered") end
local ended = { measure = success, at_least = 0, because = "1 - f^(n+1)" }
expect("attempts per first try", attempts)
expect("attempts per call", attempts)
expect("success probability per first try", ended)
expect("success probability", ended)
expect("success", ended)
