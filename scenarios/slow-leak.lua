-- One of three replicas leaks. Watch api[1].memory grow for a quarter of a minute without anything to see in
-- latency or errors, then the host's killer, and five seconds in which a third of all requests fail.
-- Try --variant watched: somebody looks at the memory and restarts it in time, as SIGTERM asks.
scenario("Slow leak", { about = "Nothing shows a leak but memory, until the killer does.",
                        duration = 60*s, seeds = 20 })
local rate    = knob("leak", 20, { min = 1, max = 100, unit = "MB/s" })
local watched = knob("watched", false)
local box = host("box", { cores = 8, memory = 400*MB, restart = 5*s })

local api = service("api", {
  replicas = 3, host = box, runtime = cpython "3.12",
  executor = threads(16, { queue = 50 }),
  handler  = { python(2*ms), io(20*ms) },
})
client("users", { target = api, arrivals = poisson(150), timeout(1*s) })

between(10*s, 28*s, api[1]:leak(rate*MB))
if watched then
  when({ "api[1].memory_max", at_least = 200*MB, lasts = 1*s }, api[1]:stop())
end

expect("the host kills it", { "api[1].oom_kills", at_least = 1, at_most = 1,
  because = "three interpreters and their threads leave 300 MB, and 20 MB a second fill them in 16 s" })
expect("until then nobody sees anything", { "users.failed", from = 10*s, to = 25*s, at_most = 0,
  because = "memory that is there costs nothing" })
expect("then a third of the requests fail", { "users.failed", at_least = 200, at_most = 300,
  because = "50 a second go to a replica that is down for five seconds" })
expect("restarted in time, it is not killed", { variant = "watched", "api[1].oom_kills", at_most = 0,
  because = "its memory went with the process before it was full" })
expect("and costs a second in place of five", { variant = "watched", "users.failed", at_least = 25, at_most = 80,
  because = "what was inside was done, and for a second a third found nobody" })
variant("watched", { watched = true })
