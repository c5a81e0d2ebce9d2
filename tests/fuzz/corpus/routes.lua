scenario("x", { duration = 1*s, warmup = 0.1*s, seeds = 2 })
local api = service("api", { cores = 2, runtime = cpython "3.12", executor = threads(4, { queue = 9 }), handler =  { ["GET /a"] = { native(1*ms) }, ["POST /b"] = function(req) await(io(req.rows * 2*us)) end } })
client("u", { target = api, arrivals = constant(200), route = choose { { 0.9, "GET /a" }, { 0.1, "POST /b" } }, req = { rows = zipf { n = 50, s = 1.2 } } })
