-- The store of the idempotency keys fails over: for eight seconds it is away, and what takes its place may not know what was written
-- last. One answer in twenty is lost all along, and whoever hears nothing pays again, with the same key. Watch charge.duplicates, and
-- what is paid while the store is away. Try --variant "lagging", --variant "fail open" and --set lag=5.
scenario("Store failover", { about = "Refuse, or charge twice: and a replica that lags charges twice anyway.",
                             duration = 90*s, warmup = 5*s, seeds = 20 })
local rate    = knob("rate", 60, { min = 5, max = 200, unit = "req/s" })
local lag     = knob("lag", 0, { min = 0, max = 10*s, unit = "s" })
local failure = knob("failure", "closed", { "closed", "open" })

local keys = store("keys", { read = 1*ms, write = 2*ms, failover = 8*s, lag = lag })
local pay  = service("pay", {
  cores = 4, executor = threads(64),
  idempotency { store = keys, on_store_failure = failure },
  handler = { native(1*ms), io(30*ms), effect "charge" },
})
client("orders", { target = pay, arrivals = poisson(rate), idempotency_key = true,
  retry { max_attempts = 6, base = 1*s, cap = 8*s, jitter = "equal" }, timeout(500*ms) })
between(0, 90*s, link("orders", pay):drop(0.05, { side = "reply" }))
at(30*s, keys:failover())

expect("nobody is charged twice", { "charge.duplicates", at_most = 0,
  because = "what cannot be looked up is not done, and what takes the store's place knows every key" })
expect("but nobody pays while the store is away", { "orders.goodput_per_s", from = 31*s, to = 38*s, at_most = 0.02 * rate,
  because = "eight seconds are refused, and tried again later" })
expect("and all of them pay in the end", { "orders.failed", at_most = 25,
  because = "six attempts with pauses of up to eight seconds outlast it" })
expect("a replica that lags forgets whom it has charged", { variant = "lagging", "charge.duplicates", at_least = 1, share = 0.9,
  because = "three of the last second's answers were lost, and those orders are tried again with keys that nobody knows" })
expect("who fails open goes on", { variant = "fail open", "orders.goodput_per_s", from = 31*s, to = 38*s, at_least = 0.85 * rate,
  because = "the work needs no store" })
expect("and charges twice", { variant = "fail open", "charge.duplicates", at_least = 5,
  because = "three answers a second are lost, and nobody knows the keys of those that are tried again" })
variant("lagging", { lag = 1*s })
variant("fail open", { failure = "open" })
