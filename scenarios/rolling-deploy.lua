-- A rolling deploy at the busiest time. Watch how many replicas are left while it lasts, and what those that are
-- left have to take: with room for 15 % more, one replica too few in four is a line that grows.
-- Try --variant surge: Kubernetes' other key, a new replica before an old one goes.
scenario("Deploy", { about = "A deploy takes capacity away just when there is none to spare.",
                     duration = 120*s, warmup = 5*s, seeds = 20 })
local rate = knob("rate", 270, { min = 10, max = 600, unit = "req/s" })
local way  = knob("deploy", "in place", { "in place", "surge", "scaled first", "all at once" })

local api = service("api", {
  replicas = 4, executor = threads(8, { queue = 100 }),
  handler  = io(lognormal { median = 100*ms, p99 = 150*ms }),
})
client("users", { target = api, arrivals = poisson(rate), timeout(1*s) })

local start = 10*s                             -- what a new replica takes until it runs
at(40*s, api:deploy(({
  ["in place"]     = { max_surge = 0, max_unavailable = 1, startup = start },
  ["surge"]        = { max_surge = 1, max_unavailable = 0, startup = start },
  ["scaled first"] = { max_surge = 0, max_unavailable = 1, startup = start },
  ["all at once"]  = { max_surge = 0, max_unavailable = 4, startup = start },
})[way]))
if way == "scaled first" then between(20*s, 100*s, api:scale(5)) end

local function lost(run) return 1 - run("users.ok", 45*s, 75*s) / run("users.offered", 45*s, 75*s) end
expect("in place, most of what is asked comes to nothing", { measure = lost, at_least = 0.5,
  because = "three replicas of 8 threads do some 235 requests a second, 270 come, and the line makes all too late" })
expect("and whoever is answered has stood in line", { "users.latency.p50", from = 45*s, to = 75*s, at_least = 300*ms,
  because = "300 places in line before 24 threads are more than a second" })
expect("with a surge nobody notices", { variant = "surge", measure = lost, at_most = 0.01,
  because = "there are never fewer than four" })
expect("nor where it is scaled up first", { variant = "scaled first", measure = lost, at_most = 0.01,
  because = "of five, four are left" })
expect("all at once is an outage as long as a start", { variant = "all at once", "users.goodput_per_s",
  from = 42*s, to = 49*s, at_most = 1, because = "nobody is there" })
expect("and each way is over after it", { "users.goodput_per_s", from = 90*s, to = 120*s, at_least = 0.93 * rate,
  because = "four new ones do what four old ones did" })
variant("surge", { deploy = "surge" })
variant("scaled first", { deploy = "scaled first" })
variant("all at once", { deploy = "all at once" })
