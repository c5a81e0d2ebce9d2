-- The queue that theory knows best: one server, random arrivals, exponential work (M/M/1).
-- Watch: at a load of 0.8 the mean response is 5 times the work, at 0.95 it is 20 times.
-- Try --set load=0.95, and see how long the run has to be until its figures settle.
scenario("M/M/1", { about = "One queue, one server: response = work / (1 - load).",
                    duration = 1000*s, warmup = 20*s, seeds = 20 })
local load = knob("load", 0.8, { min = 0.1, max = 0.99 })

local server = service("server", { handler = { native(exponential(1*ms)) } })
client("users", { target = server, arrivals = poisson(1000 * load) })

expect("the mean response is as theory says", { "users.latency.mean",
  about = 1*ms / (1 - load), tolerance = 0.06 * 1*ms / (1 - load),
  because = "W = S / (1 - rho); in 800,000 requests chance moves it by 2 %" })
expect("the server works for that share of the time", { "server.utilisation",
  about = load, tolerance = 0.01, because = "rho = arrival rate x work" })
expect("one in a hundred waits 4.6 times the mean", { "users.latency.p99",
  about = 4.605 * 1*ms / (1 - load), tolerance = 0.1 * 4.605 * 1*ms / (1 - load),
  because = "response times of M/M/1 are exponential: p99 = W ln 100" })
variant("half load", { load = 0.5 })
expect("at half load nobody waits long", { variant = "half load", "users.latency.mean",
  about = 2*ms, tolerance = 0.1*ms, because = "S / (1 - 0.5)" })
