-- A thousand clients lose their connections at one instant, and all want to be back. Who waits for the
-- same time comes back at the same time, is turned away in a crowd, and comes again in a crowd.
-- Watch the attempts that each jitter takes, and how long the last one waits.
-- Try --variant none, equal, decorrelated, additive or proportional.
scenario("Jitters", { about = "Coming back together, or not.", duration = 60*s, seeds = 20 })
local jitter = knob("jitter", "full", { "full", "none", "equal", "decorrelated", "additive", "proportional" })
local many   = knob("many", 1000, { min = 1, max = 5000 })

local gate = service("gate", {                       -- 400 a second, and a short line
  cores    = 4,
  executor = threads(8, { queue = 50 }),
  handler  = { native(10*ms) },
})
client("phones", { target = gate, arrivals = burst(many, { at = 10*s }), retry {
  max_attempts = 12, base = 200*ms, cap = 10*s, jitter = jitter,
  spread = jitter == "additive" and 200*ms, share = jitter == "proportional" and 0.2,
} })

local function of(name, claim, what) what.variant = name expect(claim, what) end
expect("four or five attempts each", { "phones>gate.attempts_per_request", at_most = 4.5,
  because = "the second try is spread over 200 ms, the third over 400: soon there is room" })
expect("all are back", { "phones.ok", at_least = many, because = "the crowd is gone after a few seconds" })
of("none", "who waits alike comes back alike", { "phones>gate.attempts_per_request", at_least = 6,
  because = "each wave lets 58 in and turns the others away, all to the same instant" })
of("none", "and many are still not back", { "phones.ok", at_most = 0.7 * many,
  because = "the waves are ten seconds apart by now, and each of them lets 58 in" })
of("equal", "half of each wait is enough", { "phones>gate.attempts_per_request", at_most = 1, relative_to = "default",
  because = "it is spread as widely from the second wait on, and nobody comes at once" })
of("decorrelated", "the fewest attempts", { "phones>gate.attempts_per_request", at_most = 0.8, relative_to = "default",
  because = "no wait is below the base, and each may be three times the one before" })
of("proportional", "a fifth more or less breaks the wave too", { "phones>gate.attempts_per_request", at_most = 1.1, relative_to = "default",
  because = "what it spreads over grows with the wait" })
of("additive", "a spread that does not grow leaves some behind", { "phones.latency.p99", at_least = 2, relative_to = "default",
  because = "the waits double and U(0, 200 ms) stays: the late ones still come as a crowd, and wait for long" })
for _, name in ipairs { "none", "equal", "decorrelated", "additive", "proportional" } do variant(name, { jitter = name }) end
