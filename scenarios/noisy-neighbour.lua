-- One machine of four has a loud neighbour: for a minute the hypervisor gives most of its cores to somebody else. Nothing in it is
-- broken, and of the requests that are answered even the slow ones are as quick as ever: the others are not answered. Watch what
-- fails, api[2] beside the others, and its time.core. Try --variant "by load", --variant "p2c" and --set stolen=0.4.
scenario("Noisy neighbour", { about = "A quarter of the machines is slow, and the answers that come do not tell.",
                              duration = 90*s, warmup = 5*s, seeds = 20 })
local rate    = knob("rate", 400, { min = 50, max = 700, unit = "req/s" })
local stolen  = knob("stolen", 0.8, { min = 0, max = 0.99 })
local balance = knob("balance", "round_robin", { "round_robin", "least_requests", "p2c" })

local api = service("api", {
  replicas = 4, cores = 2, balance = balance,
  executor = threads(32, { queue = 64 }),
  handler  = { native(10*ms), io(5*ms) },
})
client("users", { target = api, arrivals = poisson(rate), timeout(1*s) })
between(20*s, 80*s, api[2]:steal(stolen))

expect("the median does not tell", { "users.latency.p50", from = 25*s, to = 80*s, at_most = 20*ms,
  because = "three of four requests are where nothing has changed" })
expect("nor do the slow ones among the answers", { "users.latency.p99", from = 30*s, to = 80*s, at_most = 50*ms,
  because = "what is slow is not answered within a second, and is no answer" })
expect("one in ten and more is not answered in time", { "users.ok", from = 25*s, to = 80*s, at_most = 0.9 * 55 * rate,
  because = "a fifth of two cores does 40 a second, and is sent 100" })
expect("where it is, most of the time is spent without a core", { "api[2].time.core", from = 25*s, to = 80*s, at_least = 0.2,
  because = "time that was stolen is time in which a thread could have run" })
expect("the others feel nothing", { "api[1].latency.p99", from = 25*s, to = 80*s, at_most = 60*ms,
  because = "they have machines of their own" })
for _, how in ipairs { "by load", "p2c" } do
  expect("a balancer that looks sends less there (" .. how .. ")", { variant = how, "users.goodput_per_s", from = 25*s, to = 80*s,
    at_least = 0.97 * rate, because = "who is slow has more under way, and is chosen less" })
end
expect("though those that it still sends there are slow", { variant = "by load", "users.latency.p99", from = 25*s, to = 80*s,
  at_least = 2, relative_to = "nobody steals", because = "a request that is sent there takes five times as long" })
variant("by load", { balance = "least_requests" })
variant("p2c", { balance = "p2c" })
variant("nobody steals", { balance = "least_requests", stolen = 0 })
