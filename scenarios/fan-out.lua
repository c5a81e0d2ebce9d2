-- A report asks the database fifty times at once, through the same few connections as everybody. On a
-- quiet day nobody notices; from 20 s to 40 s more reports come than the database can make. Watch "pool":
-- who waits for a connection, and how long. Try --variant "bigger pool", "bounded" and "back-pressure".
scenario("Fan-out", { about = "Unbounded fan-out against a pool of connections.", duration = 60*s, warmup = 5*s, seeds = 20 })
local cure   = knob("cure", "none", { "none", "bigger pool", "bounded", "back-pressure" })
local fanout = knob("fanout", 50, { min = 5, max = 200 })

local db = service("db", { cores = 4, executor = threads(200), handler = { native(exponential(8*ms)) } })
local pool = connections("sqlalchemy", { max_overflow = cure == "bigger pool" and 150 or 10, timeout = 1*s, connect = 5*ms, name = "pool" })
local query = with(pool, call(db))

local few  = semaphore(5)                                    -- of one process: so many queries of reports at once
local turn = bulkhead(2, { wait = 300*ms, name = "turns" })  -- so many reports at once; the others are told so
local report = ({
  ["none"]          = gather(fanout, query),
  ["bigger pool"]   = gather(fanout, query),
  ["bounded"]       = gather(fanout, with(few, query)),
  ["back-pressure"] = with(turn, gather(fanout, with(few, query))),
})[cure]

local api = service("api", {
  cores = 2, runtime = cpython "3.12", executor = asyncio {},
  handler = { ["GET /item"] = { python(0.2*ms), query }, ["GET /report"] = { python(0.5*ms), report } },
})
client("items",   { target = api, route = "GET /item", arrivals = poisson(100), timeout(500*ms) })
client("reports", { target = api, route = "GET /report", arrivals = poisson(curve {{ 0, 3 }, { 20*s, 3 }, { 20*s, 14 }, { 40*s, 14 }, { 40*s, 3 }}), timeout(3*s) })

expect("on a quiet day all is well", { "items.failed_per_s", from = 5*s, to = 20*s, at_most = 1,
  because = "three reports a second keep the four cores busy for a third" })
expect("unbounded, the reports take every connection", { "pool.waiting.max", from = 20*s, to = 40*s, at_least = 200,
  because = "each report stands in line fifty times at once" })
expect("and whoever wants one thing stands behind them", { "items.goodput_per_s", from = 25*s, to = 40*s, at_most = 50,
  because = "15 connections serve 500 queries a second, and 700 come" })
expect("reports fail too, with their work half done", { "reports.goodput_per_s", from = 25*s, to = 40*s, at_most = 6,
  because = "one of fifty that gets no connection in time fails the whole, and the others go on for nobody" })
expect("more connections move the line into the database", { variant = "bigger pool", "items.goodput_per_s", from = 25*s, to = 40*s, at_most = 50,
  because = "it has four cores however many ask at once" })
expect("a bound on the fan-out saves the items", { variant = "bounded", "items.goodput_per_s", from = 25*s, to = 40*s, at_least = 90,
  because = "reports have five connections at most, and ten are left" })
expect("but not the reports", { variant = "bounded", "reports.goodput_per_s", from = 30*s, to = 40*s, at_most = 5,
  because = "they are all let in, and share what is enough for some of them" })
expect("back-pressure saves what can be done", { variant = "back-pressure", "reports.goodput_per_s", from = 25*s, to = 40*s, at_least = 7,
  because = "two at once have what they need, and those who find no turn are told so after 300 ms" })
expect("and the items", { variant = "back-pressure", "items.latency.p99", from = 25*s, to = 40*s, at_most = 120*ms,
  because = "ten connections are left to them" })
variant("bigger pool",   { cure = "bigger pool" })
variant("bounded",       { cure = "bounded" })
variant("back-pressure", { cure = "back-pressure" })
