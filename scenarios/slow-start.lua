-- A service that takes 45 s to start, and a liveness probe that gives up after 30: whoever is restarted for whatever reason is
-- killed before it can answer, and again, after longer and longer pauses. A rolling restart takes one replica after the other
-- into that loop. Watch api.restarts and how many are ready. Try --variant "startup probe", "stuck, a longer delay", --set boot=20.
scenario("Slow start", { about = "Who is still starting is not dead either.", duration = 420*s, warmup = 10*s, seeds = 20 })
local boot  = knob("boot", 45*s, { min = 0, max = 120*s, unit = "s" })
local cure  = knob("cure", "none", { "none", "startup", "delay" })
local stuck = knob("stuck", false)             -- the first one hangs later: what a liveness probe is for

local ask = { ["none"]    = { period_seconds = 10, handler = native(0.1*ms) },
              ["startup"] = { period_seconds = 10, handler = native(0.1*ms) },
              ["delay"]   = { period_seconds = 10, initial_delay_seconds = 120, handler = native(0.1*ms) } }
local api = service("api", {
  replicas  = 3, cores = 4, runtime = cpython "3.12",
  executor  = gunicorn { workers = 4, startup = boot },
  readiness = { period_seconds = 2, handler = native(0.1*ms) },
  liveness  = ask[cure],
  startup   = cure == "startup" and { period_seconds = 5, failure_threshold = 24, handler = native(0.1*ms) },
  handler   = { python(5*ms), io(20*ms) },
})
client("users", { target = api, arrivals = poisson(60), timeout(2*s) })
for i = 1, 3 do at(30*s + (i - 1) * 60*s, api[i]:restart()) end
if stuck then at(110*s, api[1]:pause()) end

expect("a rolling restart takes all of them away", { "users.goodput_per_s", from = 220*s, to = 420*s, at_most = 1,
  because = "who takes 45 s to start is killed at 30, each time" })
expect("again and again", { "api.restarts", at_least = 9,
  because = "the pause between two starts grows, and changes nothing" })
expect("a startup probe holds the other back", { variant = "startup probe", "api.restarts", at_most = 0,
  because = "it asks until it is answered, for two minutes, and liveness begins then" })
expect("and nobody notices the restart", { variant = "startup probe", "users.goodput_per_s", from = 30*s, to = 420*s,
  at_least = 57, because = "two of three have room for all of the load" })
expect("so does a longer delay", { variant = "a longer delay", "api.restarts", at_most = 0,
  because = "liveness begins two minutes after a start" })
expect("but who hangs soon after a start is found late", { variant = "stuck, a longer delay", "api[1].restarts",
  from = 110*s, to = 160*s, at_most = 0, because = "it was started at 30 s, and nobody asks before 150" })
expect("with a startup probe in half a minute", { variant = "stuck, startup probe", "api[1].restarts",
  from = 110*s, to = 160*s, at_least = 1, at_most = 1, because = "three probes in a row, ten seconds apart, are not answered" })
variant("startup probe", { cure = "startup" })
variant("a longer delay", { cure = "delay" })
variant("stuck, startup probe", { cure = "startup", stuck = true })
variant("stuck, a longer delay", { cure = "delay", stuck = true })
