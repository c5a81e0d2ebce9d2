-- A liveness probe asks the event loop that the requests wait for. For a minute everything takes longer, the loops are late, the
-- probes fail, and replicas are restarted: those that are left get their load as well. Watch api.restarts and goodput.
-- Try --variant "no liveness", --variant patient, and --set rate=180.
scenario("Probe loop", { about = "What is late is not dead.", duration = 300*s, warmup = 10*s, seeds = 20 })
local rate   = knob("rate", 235, { min = 50, max = 260, unit = "req/s" })
local alive  = knob("liveness", true)
local within = knob("within", 1*s, { min = 0.1*s, max = 30*s, unit = "s" })

local api = service("api", {
  replicas = 4, runtime = cpython "3.12", executor = asyncio {},
  liveness = alive and { period_seconds = 5, timeout_seconds = within, handler = python(0.1*ms) },
  handler  = { python(15*ms), io(5*ms) },
})
client("users", { target = api, arrivals = poisson(rate), timeout(2*s), cancel = true })
between(20*s, 80*s, api:slow(2.5))             -- the trigger, then gone

expect("the restarts outlive their cause", { "users.goodput_per_s", from = 180*s, to = 300*s, at_most = 0.3 * rate, share = 0.8,
  because = "who comes up gets the load of those that are down, is late, and is restarted, after a longer pause each time" })
expect("nobody died of anything else", { "api.restarts", from = 180*s, to = 300*s, at_least = 2, share = 0.8,
  because = "a loop that is later than a second fails its probe, whatever it is late with" })
variant("no liveness", { liveness = false })
expect("left alone it is well when the trigger is gone", { variant = "no liveness", "users.goodput_per_s", from = 180*s, to = 300*s,
  at_least = 0.97 * rate, because = "callers give up after 2 s and say so, and no loop is later than that for long" })
variant("patient", { within = 10*s })
expect("so it is with a probe that waits longer than a loop is late", { variant = "patient", "users.goodput_per_s",
  from = 180*s, to = 300*s, at_least = 0.97 * rate, because = "a late answer is one: the trigger is sat out" })
expect("which restarts nobody", { variant = "patient", "api.restarts", at_most = 0,
  because = "callers give up after 2 s, so hardly any loop has more to do than that, and ten seconds are enough" })
