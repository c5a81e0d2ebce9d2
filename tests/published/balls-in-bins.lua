-- n requests at one moment to n servers, each looking at d of them before it chooses. Nobody
-- is done before the end, so that the longest line tells the fullest bin: one is in service.
local n = knob("n", 256, { min = 1 })
local d = knob("d", 2, { min = 1 })

scenario("Balls and bins", { duration = 1 })
service("bins", {
  replicas = n,
  executor = threads(1),
  balance  = { "p2c", choices = d },
  handler  = { io(1 * hour) },
})
client("balls", { target = "bins", arrivals = burst(n, { at = 0.5 }) })

expect("distribution of maximum load", { at_least = 1, because = "Azar and others 1999",
  measure = function(run) return run("bins.queue.max") + 1 end })
