-- Three layers that each try three times. While the lowest fails, it is asked 27 times for each request:
-- watch the arrivals at the database, and who sends them.
-- Try --variant "one layer" or "budgets".
scenario("Amplification", { about = "Three layers of retries, and what a budget does.", duration = 80*s, warmup = 5*s, seeds = 20 })
local who   = knob("retries", "all layers", { "all layers", "one layer", "budgets" })
local tries = { max_attempts = 3, base = 20*ms, cap = 200*ms }
local function again(layer)
  if who == "one layer" and layer ~= "middle" then return false end
  if who == "budgets" then return retry { max_attempts = 3, base = 20*ms, cap = 200*ms, budget = budget { size = 10, per_call = 0.1 } } end
  return retry(tries)
end

local db     = service("db",     { cores = 4, executor = threads(16, { queue = 500 }), handler = { native(exponential(8*ms)) } })
local middle = service("middle", { executor = threads(300), handler = { call(db,     { again "middle", timeout(100*ms) }) } })
local edge   = service("edge",   { executor = threads(900), handler = { call(middle, { again "edge" }) } })
client("users", { target = edge, arrivals = poisson(250), again "users", timeout(2*s) })
between(20*s, 30*s, db:fail(1))

expect("the database is asked 27 times for each request", { "db.arrivals_per_s", from = 22*s, to = 30*s, at_least = 25 * 250,
  because = "three by the middle for each of three by the edge for each of three by the user" })
expect("with retries in one layer three times", { variant = "one layer", "db.arrivals_per_s", from = 22*s, to = 30*s, at_most = 3.3 * 250,
  because = "who is nearest to what fails tries again, and the others pass it on" })
expect("with budgets a tenth more a layer", { variant = "budgets", "db.arrivals_per_s", from = 22*s, to = 30*s, at_most = 1.5 * 250,
  because = "each layer pays for one retry with ten calls: 1.1 times 1.1 times 1.1" })
expect("a small fault is mended all the same", { variant = "budgets", "users.goodput_per_s", from = 40*s, to = 80*s, at_least = 0.97 * 250,
  because = "the budgets are full again when the calls go well" })
variant("one layer", { retries = "one layer" })
variant("budgets",   { retries = "budgets" })
