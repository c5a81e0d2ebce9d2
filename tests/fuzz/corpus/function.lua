scenario("x", { duration = 1*s, warmup = 0.1*s, seeds = 2 })
local db = service("db", { handler = { io(exponential(5*ms)) } })
local api = service("api", { cores = 2, runtime = cpython "3.12", executor = threads(4, { queue = 9 }), handler =  function(req)
  local ok, err = pcall(await, with(timeout(2*ms), call(db)))
  if not ok then await(python(draw(uniform(1*ms, 2*ms)))) return fail(504) end
  return reply(200)
end })
client("u", { target = api, arrivals = poisson(300), timeout(1*s) })
