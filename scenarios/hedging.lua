-- Two answers of a hundred take 150 ms, the others 8. Who has waited for 30 ms asks once more and takes what
-- comes first: p99 falls to a quarter for 5 % more work. Near saturation everybody has waited for 30 ms.
-- Watch the users' p99, and the calls for each request. Try --variant "hedged at saturation".
scenario("Hedging", { about = "Asking twice cures what is slow by chance, and kills what is slow because it is full.",
                      duration = 40*s, warmup = 5*s, seeds = 20 })
local rate = knob("rate", 1000, { min = 100, max = 4000, unit = "req/s" })
local how  = knob("hedge", "none", { "none", "hedged", "budgeted", "tied" })
local wait = knob("after", 30*ms, { min = 1*ms, max = 200*ms, unit = "s" })

local index = service("index", { replicas = 8, cores = 4, executor = threads(4),            -- 2,950 a second in all
  handler = { choose {{ 0.98, io(exponential(8*ms)) }, { 0.02, io(150*ms) }} } })
local hedging = ({
  none     = false,
  hedged   = hedge { after = wait },
  budgeted = hedge { after = wait, budget = budget { size = 20, per_call = 0.05 } },        -- 5 in 100 calls
  tied     = hedge { tied = true } })[how]
local page = service("page", { cores = 4, executor = threads(math.huge), handler = { call(index, { hedging }) } })
client("users", { target = page, arrivals = poisson(rate), timeout(1*s) })

expect("two of a hundred are slow", { "users.latency.p99", at_least = 140*ms,
  because = "an index takes 150 ms for them, whichever is asked" })
variant("hedged", { hedge = "hedged" })
expect("asked twice, both are rarely slow", { variant = "hedged", "users.latency.p99", at_most = 60*ms,
  because = "30 ms, and then what 98 of 100 take: 0.02 times 0.02 is 4 in 10,000" })
expect("that costs a twentieth more", { variant = "hedged", "page>index.attempts_per_request", at_least = 1.02, at_most = 1.08,
  because = "so many take longer than 30 ms: the slow ones, and exp(-30/8) of the others" })
variant("saturated", { rate = 2800 })
expect("at 95 % it is slow, and works", { variant = "saturated", "users.goodput_per_s", at_least = 2700,
  because = "lines are long, and all are served" })
variant("hedged at saturation", { rate = 2800, hedge = "hedged" })
expect("hedging takes it down", { variant = "hedged at saturation", "users.goodput_per_s", from = 15*s, at_most = 0.5,
  relative_to = "saturated", because = "all have waited for 30 ms, so all ask twice, and a half of the work is for nothing" })
expect("everybody asks twice then", { variant = "hedged at saturation", "page>index.attempts_per_request", from = 15*s, at_least = 1.9,
  because = "nobody is answered within 30 ms" })
variant("budgeted at saturation", { rate = 2800, hedge = "budgeted" })
expect("a budget of 5 % keeps it up", { variant = "budgeted at saturation", "users.goodput_per_s", at_least = 2700,
  because = "2,800 and a twentieth are still fewer than 2,950" })
variant("busy", { rate = 2400 })
variant("tied", { rate = 2400, hedge = "tied" })
expect("tied ones stand in two lines and are worked on in one", { variant = "tied", "users.latency.p50", at_most = 0.85,
  relative_to = "busy", because = "the shorter of two lines, as it really is" })
expect("and hardly any work is for nothing", { variant = "tied", "index.utilisation", at_most = 1.03, relative_to = "busy",
  because = "the other is taken back before a worker has it" })
