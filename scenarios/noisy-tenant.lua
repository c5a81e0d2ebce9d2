-- Twenty tenants share a service that can do 500 calls a second. One of them asks for 600, the others for 10
-- each: watch who gets what ("Tenants", and Jain's index, which is 1 when all get the same). Nobody limits
-- anybody at first; try --variant "one limit for all", "a limit each", "reads and writes", and then the two
-- quotas: a quota says who pays, and only a hard one protects anybody.
scenario("Noisy tenant", { about = "Limits by many dimensions, fairness, and a quota with its bill.",
  duration = 60*s, warmup = 5*s, seeds = 20 })
local cure  = knob("limit", "none", { "none", "one for all", "each", "each, by method", "quota" })
local soft  = knob("soft", false)    -- what is beyond the quota passes, and costs more
local noisy = knob("noisy", 600, { min = 0, max = 2000, unit = "calls/s" })

local limits = {
  ["none"]            = {},
  ["one for all"]     = { rate_limit("token_bucket", { limit = 450, burst = 45 }) },
  ["each"]            = { rate_limit("token_bucket", { limit = 20, burst = 20, per = req.tenant }) },
  ["each, by method"] = { rate_limit("token_bucket", { limit = choose(req.method, { GET = 20, POST = 2 }), burst = 20,
                                                       per = { req.tenant, req.method } }),
                          rate_limit("fixed_window", { limit = 450 }) },
  ["quota"]           = { quota { name = "plan", limit = 100, window = 10*s, per = req.tenant,
                                  price = 0.001, overage = soft and 0.01 } },
}
-- What refuses costs nothing: it stands before the work, not behind its line.
local api  = service("api", { executor = threads(50, { queue = 100 }), handler = io(100*ms) })
local edge = service("edge", { limits[cure][1] or false, limits[cure][2] or false, executor = threads(math.huge),
                               handler = call(api, { timeout(1*s) }) })
local method = choose {{ 0.9, "GET" }, { 0.1, "POST" }}
client("shops", { target = edge, arrivals = poisson(190), timeout(1*s),
                  req = { tenant = zipf { n = 19, s = 0.001 }, method = method } })
client("loud", { target = edge, arrivals = poisson(noisy), timeout(1*s), req = { tenant = "loud", method = method } })

expect("nobody limits, and the loud one has what there is", { "tenants.fairness", about = 0.086, tolerance = 0.015,
  because = "500 of 790 calls get through, whoever asks: 380 a second for one, 6.3 for each other" })
expect("the others lose a third", { "shops.goodput_per_s", about = 120, tolerance = 8, because = "190 * 500 / 790" })

variant("one limit for all", { limit = "one for all" })
expect("a limit for all protects the service, not the others", { variant = "one limit for all", "shops.goodput_per_s",
  about = 108, tolerance = 8, because = "450 a second are shared as before: 190 * 450 / 790" })

variant("a limit each", { limit = "each" })
expect("a limit each protects the others", { variant = "a limit each", "shops.goodput_per_s", about = 190, tolerance = 7,
  because = "10 a second are below 20, and the loud one is held there" })
expect("and is fair", { variant = "a limit each", "tenants.fairness", about = 0.959, tolerance = 0.01,
  because = "19 tenants have 10 a second and one 20: 210^2 / (20 * 2300)" })

variant("reads and writes", { limit = "each, by method" })
expect("reads and writes have a tier each", { variant = "reads and writes", "tenants[loud].ok_per_s", about = 22,
  tolerance = 0.5, because = "20 reads and 2 writes a second come back" })

variant("a quota that is paid for", { limit = "quota", soft = true })
expect("the loud one pays for what it takes", { variant = "a quota that is paid for", "plan[loud].bill", about = 354.6,
  tolerance = 10, because = "600 calls in a minute at 0.001, 35,400 beyond them at 0.01" })
expect("and the others suffer as if there were none", { variant = "a quota that is paid for", "shops.goodput_per_s",
  about = 120, tolerance = 8, because = "what is paid for passes, and there is no more room for it" })
variant("a hard quota", { limit = "quota" })
expect("a hard quota is used up and no more", { variant = "a hard quota", "plan[loud].used", about = 600, tolerance = 0.5,
  because = "100 in each of six windows" })
expect("it protects the others, but for bursts of their own", { variant = "a hard quota", "shops.goodput_per_s",
  at_least = 175, because = "who asks for 10 a second has a tenth of a quota's windows full before their end" })
