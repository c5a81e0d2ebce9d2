-- Rare long jobs make the line long. Where a job that took longer than the timeout is put
-- into the line once more when it is done, the line may never end; without that rule it does.
-- What a published row leaves open is as in the original program: one job in a thousand takes
-- 10 s, the others 0.1 s on average, timeout 15 s, 5000 s.
local S       = knob("S", 0.1, { min = 1e-6, unit = "s" })
local long    = knob("long", 10, { min = 1e-6, unit = "s" })
local p       = knob("p", 0.001, { min = 0, max = 1 })
local rho     = knob("rho", 0.8, { min = 0.01, max = 2 })
local limit   = knob("timeout", 15, { min = 0, unit = "s" })
local length  = knob("length", 5000, { min = 10, unit = "s" })
local replace = knob("replace", false)

scenario("Replaced jobs", { duration = length })
service("q", {
  executor = threads(1),
  handler  = { native(choose { { 1 - p, exponential(S) }, { p, exponential(long) } }) },
})
local ask = call "q"
service("front", {
  executor = threads(math.huge),
  handler  = replace and function()
    local begin
    repeat
      begin = now()
      await(ask)
    until now() - begin <= limit
  end or { ask },
})
client("users", { target = "front", arrivals = poisson(rho / ((1 - p) * S + p * long)) })

expect("final queue", { "q.queue.mean", from = length - 1, to = length, at_least = 0,
       because = "it drains as long as it is not fed by itself" })
