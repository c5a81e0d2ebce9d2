-- The same traffic and the same database behind FastAPI on uvicorn and Django under gunicorn.
-- Watch ./convoy compare scenarios/fastapi-vs-django.lua, calm, while the database is slow (20 s to 30 s), and
-- while reports compute (40 s to 50 s): each framework has one of them that it takes badly.
-- Try --variant "blocking driver", --set reports=0, --variant "more workers".
scenario("FastAPI and Django", { about = "Async-first against sync workers, on two cores.",
                                 duration = 55*s, warmup = 2*s, seeds = 20 })
local framework = knob("framework", "fastapi", { "fastapi", "django" })
local driver    = knob("driver", "async", { "async", "blocking", "threads" })
local workers   = knob("workers", framework == "django" and 5 or 2, { min = 1, max = 64 })
local reports   = knob("reports", 2, { min = 0, max = 10 })

local db = service("db", { cores = 8, executor = threads(64), handler = { io(lognormal { median = 8*ms, p99 = 30*ms }) } })
-- A report is 150 ms of bytecode, and all else 1 ms.
local work = function(req) await(python(req.report == 1 and 150*ms or 1*ms)) end
local api = service("api", framework == "django"
  and django  { cores = 2, workers = workers, database = db, queries = 2, handler = work }
  or  fastapi { cores = 2, workers = workers, database = db, queries = 2, handler = work, driver = driver })
client("users", { target = api, arrivals = poisson(60), req = { report = 0 }, timeout(5*s) })
if reports > 0 then
  client("analysts", { target = api, arrivals = poisson(curve { { 0, 0 }, { 40*s, 0 }, { 40*s, reports }, { 50*s, reports }, { 50*s, 0 } }),
                       req = { report = 1 } })
end
between(20*s, 30*s, db:slow(10))

expect("calm, two queries and 2 ms of bytecode", { "users.latency.p50", from = 2*s, to = 20*s, at_least = 17*ms,
  at_most = 26*ms, because = "a query of 8 ms takes 10 on average, and some much longer" })
expect("tasks wait for a slow database by the dozen", { "users.goodput_per_s", from = 23*s, to = 30*s, about = 60,
  tolerance = 9, because = "20 connections do 210 queries a second, and 120 are asked for" })
expect("a report stalls those that share its loop", { "users.latency.p99", from = 40*s, to = 50*s, at_least = 100*ms,
  because = "who waits for the database there goes on up to 150 ms later; who comes is accepted by the other loop" })

variant("django", { framework = "django", workers = 5 })
expect("calm, the other is as quick", { variant = "django", "users.latency.p50", from = 2*s, to = 20*s,
  at_least = 17*ms, at_most = 26*ms, because = "the database is the same" })
expect("sync workers run out", { variant = "django", "users.goodput_per_s", from = 23*s, to = 30*s, at_most = 30,
  because = "5 workers that wait 0.2 s for each request do 25 a second" })
expect("a report takes one worker of five", { variant = "django", "users.latency.p99", from = 40*s, to = 50*s,
  at_most = 80*ms, because = "the kernel divides two cores among processes" })
variant("django, more workers", { framework = "django", workers = 24 })
expect("more workers wait for more", { variant = "django, more workers", "users.goodput_per_s", from = 23*s, to = 30*s,
  about = 60, tolerance = 9, because = "60 a second of 0.2 s are 12 at a time" })
expect("each has memory of its own", { variant = "django, more workers", "api.memory_max", at_least = 4,
  relative_to = "django", because = "a process each" })

variant("blocking driver", { driver = "blocking" })
expect("calm, nobody sees a blocking call", { variant = "blocking driver", "users.latency.p50", from = 2*s, to = 20*s,
  at_most = 35*ms, because = "two loops, each half idle" })
expect("one call at a time for each loop", { variant = "blocking driver", "users.goodput_per_s", from = 23*s, to = 30*s,
  at_most = 15, because = "0.2 s a request, and two loops" })
variant("def endpoints", { driver = "threads" })
expect("threads hand the GIL on in the middle of a report", { variant = "def endpoints", "users.latency.p99",
  from = 40*s, to = 50*s, at_most = 80*ms, because = "each 5 ms" })
