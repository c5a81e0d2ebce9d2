-- A server that answers the slower the more it has to do at once, and callers that ask again.
local base   = knob("base", 1, { min = 0, unit = "s" })
local slope  = knob("slope", 0.01, { min = 0, unit = "s" })
local hop    = knob("hop", 0.1, { min = 0, unit = "s" })
local patience = knob("timeout", 3, { min = 0, unit = "s" })
local tries  = knob("tries", 3, { min = 1 }) -- in all
local rate   = knob("rate", 40, { min = 0, unit = "/s" })
local peak   = knob("peak", 80, { min = 0, unit = "/s" })
local from   = knob("from", 20, { min = 0, unit = "s" })
local to     = knob("to", 25, { min = 0, unit = "s" })
local length = knob("length", 80, { min = 1, unit = "s" })
local wait   = knob("wait", 20, { min = 0, unit = "s" }) -- at most, before the second try
local backoff = knob("backoff", true) -- else at once
local a      = knob("a", length - 20, { unit = "s" }) -- goodput is looked at from here
local b      = knob("b", length - 1, { unit = "s" }) -- to the end of this second
local patient = knob("patient", false) -- no timeouts, no spike

scenario("Collapse", { duration = length, warmup = patient and length / 5 or 0 })
local inside = 0
service("server", {
  executor = threads(math.huge),
  handler  = function()
    inside = inside + 1
    await(io(base + slope * inside))
    inside = inside - 1
  end,
})
client("users", {
  target   = "server",
  arrivals = patient and poisson(rate) or
    poisson(curve { { 0, rate }, { from, rate }, { from, peak }, { to, peak }, { to, rate } }),
  not patient and retry { max_attempts = tries, base = backoff and wait or 0, factor = 2, cap = 1 * day,
                          jitter = "full" },
  not patient and timeout(patience),
})
link("users", "server", { latency = exponential(hop) })

local late = { "users.goodput_per_s", from = a, to = math.min(b + 1, length), at_least = 0,
               because = "waiting long enough lets the server recover" }
expect("goodput late", late)
expect("in flight", { "server.inside.mean", at_least = 0, because = "Little" })
expect("response", { "server.latency.mean", at_least = 0, because = "base + slope * in flight" })
