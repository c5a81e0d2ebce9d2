scenario("x", { duration = 1*s, warmup = 0.1*s, seeds = 2 })
local gate, l = semaphore(2, { name = "gate" }), lock()
local api = service("api", { cores = 2, runtime = cpython "3.12", executor = threads(4, { queue = 9 }), handler =  { try({ with(gate, { io(5*ms) }), fail(503) }, { error = { reply(200) }, any = io(1*ms), finally = python(1*ms) }), with(l, blocking(1*ms)) } })
client("u", { target = api, arrivals = poisson(300), timeout(1*s) })
