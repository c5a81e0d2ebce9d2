-- What is inside on average is what comes a second times how long it stays: an identity over
-- any span that begins and ends empty, whatever the line and the callers do.
local discipline = knob("discipline", "fifo", { "fifo", "lifo", "priority" })
local patience   = knob("patience", false)
local rate       = curve { { 0, 8 }, { 1000, 8 }, { 1000, 0 } }

scenario("Little's law", { duration = 2000 })
service("q", {
  cores    = 2,
  executor = threads(2, { discipline = discipline }),
  handler  = { native(exponential(0.2)) },
})
client("users", {
  target   = "q",
  arrivals = poisson(rate),
  req      = { priority = uniform(0, 1) },
  patience and timeout(1 * s),
})

expect("time-average L minus throughput * mean time in system", { at_least = -1, at_most = 1,
  because = "Little 1961; as a share of L",
  measure = function(run)
    return 1 - run("q.completed_per_s") * run("q.latency.mean") / run("q.inside.mean")
  end })
