scenario("x", { duration = 1*s, warmup = 0.1*s, seeds = 2 })
local leaf = service("leaf", { replicas = 3, balance = { "p2c", choices = 2 }, handler = { native(pareto { shape = 2, scale = 1*ms }) } })
local api = service("api", { cores = 2, runtime = cpython "3.12", executor = threads(4, { queue = 9 }), handler =  { gather(3, call(leaf)), gather({ io(1*ms), native(2*ms), call(leaf) }, { need = 2 }), times(2, io(1*ms)) } })
client("u", { target = api, arrivals = poisson(300), timeout(1*s) })
