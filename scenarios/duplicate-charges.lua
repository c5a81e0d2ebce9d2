-- A card is charged once, however often its order is sent. Watch "again" and "missing" under Effects. Try --variant "no keys".
scenario("Duplicate charges", { about = "Shops try again through a checkout that tries again.", duration = 2*minute, warmup = 5*s, seeds = 20 })
local rate   = knob("rate", 60, { min = 10, max = 120, unit = "req/s" })
local keys   = knob("keys", "request", { "none", "request", "handler" })
local record = knob("record", "with", { "with", "after", "before", "late" })
local shared = knob("shared", true)                     -- or each replica remembers by itself

local key = ({ request = true, handler = "handler" })[keys]
local db  = store("db", { read = 1*ms, write = 2*ms })
local pay = service("pay", {
  keys ~= "none" and idempotency { store = shared and db, record = record, lease = 1*s, wait = 20*ms },
  replicas = 2, cores = 2, executor = threads(64),
  handler  = { native(1*ms), io(lognormal { median = 25*ms, p99 = 60*ms }), effect("charge"),
               io(lognormal { median = 25*ms, p99 = 60*ms }) },   -- the receipt
})
local checkout = service("checkout", {
  replicas = 2, cores = 2, executor = threads(128),
  handler  = { native(1*ms), call(pay, { retry { max_attempts = 2, base = 50*ms, jitter = "full" }, timeout(300*ms),
                                         idempotency_key = key }) },
})
client("shops", { target = checkout, arrivals = poisson(rate), retry { max_attempts = 3, base = 300*ms, jitter = "full" },
                  timeout(1*s), idempotency_key = key })
between(37*s, 52*s, pay:slow(8))                         -- answers come too late, and are there all the same
every(25*s, pay:restart())                              -- replicas die at work


expect("nobody pays twice", { "charge.duplicates", at_most = 0,
  because = "a key that was seen is answered, and a charge is in one with its record" })
expect("who is told so has paid", { "charge.missing", at_most = 0, because = "neither is there without the other" })
expect("and all are told in the end", { "shops.failed", at_most = 35,      -- half a percent
  because = "what was done while nobody waited is there for who asks again" })
expect("tried again, charged again", { variant = "no keys", "charge.duplicates", at_least = 15 * rate,
  because = "for 15 s no answer is in time, and each attempt charges" })
expect("a key of the handler's own is new with each handler", { variant = "a key each handler", "charge.duplicates", at_least = 10,
  because = "the shop's second attempt is another handler" })
expect("a charge without a record is made again", { variant = "recorded after", "charge.duplicates", at_least = 5,
  because = "who dies between the two has charged, and nobody knows" })
expect("a record without a charge is believed", { variant = "recorded before", "charge.missing", at_least = 5,
  because = "who dies between the two has not, and all say so" })
expect("what is written down too late is not seen", { variant = "recorded late", "charge.duplicates", at_least = 100,
  because = "while the first is at work the second finds no key" })
expect("keys that are not shared are not seen either", { variant = "each by itself", "charge.duplicates", at_least = 100,
  because = "the second attempt comes to the other replica" })
variant("no keys",            { keys = "none" })
variant("a key each handler", { keys = "handler" })
variant("recorded after",     { record = "after" })
variant("recorded before",    { record = "before" })
variant("recorded late",      { record = "late" })
variant("each by itself",     { shared = false })
