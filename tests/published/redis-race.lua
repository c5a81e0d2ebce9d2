-- Calls that read a counter in a store, decide, and write it, or that let a script in the store do so.
-- Each comes `apart` after the one before, and its write is `gap` after its read.
local left   = knob("left", 1, { min = 1 })
local many   = knob("many", 2, { min = 1 })
local apart  = knob("apart", 1, { min = 0 }) * ms
local gap    = knob("gap", 2, { min = 0 }) * ms
local atomic = knob("atomic", false)

scenario("A race in a store", { duration = 100 })
local redis = store("redis", { read = 0, write = gap, script = 0 })
service("gate", {
  executor = threads(math.huge),
  rate_limit("fixed_window", { limit = left, window = 1000 * s, store = redis, atomic = atomic }),
  handler  = {},
})
client("users", { target = "gate", arrivals = apart > 0 and
  constant(curve { { 0, 1 / apart }, { many * apart, 1 / apart }, { many * apart, 0 } }) or burst(many) })

expect("allowed", { "users.ok", at_least = 0, because = "who reads before another writes passes too" })
