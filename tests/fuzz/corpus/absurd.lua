scenario("x", { duration = 1*s, warmup = 0.1*s, seeds = 2 })
local api = service("api", { cores = 2, runtime = cpython "3.12", executor = threads(4, { queue = 9 }), handler =  { python(-1), io(0/0), native(1/0), times(1e18, io(1)) }, cores = -3 })
client("u", { target = "nobody", arrivals = poisson(1e300) })
