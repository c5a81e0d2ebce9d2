-- What `convoy bench` times as gil_bound: 32 threads of one interpreter that compute before and
-- after a wait, so that its GIL is busy 0.8 of the time and often more than one wants it.
scenario("Bench: GIL-bound", { duration = 1200*s })
local rate = knob("rate", 800, { min = 1 })
local work = python(exponential(0.5*ms))
local app = service("app", { cores = 4, runtime = cpython "3.12", executor = threads(32),
  handler = { work, io(exponential(5*ms)), work } })
client("users", { target = app, arrivals = poisson(rate) })
