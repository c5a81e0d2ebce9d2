-- The convoy effect (bpo-7946): a thread that does I/O beside threads that compute waits for
-- the GIL after every wake-up, one switch interval each time.
-- Watch the echo's p50: 50 us alone, about 5 ms beside one computing thread.
-- Try --set interval=1ms: shorter waits, more switches.
scenario("Convoy effect", { about = "An echo that needs 50 us of the GIL, beside threads that compute.",
                            duration = 30*s, warmup = 1*s, seeds = 20 })
local busy     = knob("busy", 1, { min = 0, max = 8, unit = "threads" })
local interval = knob("interval", 5*ms, { min = 0.1*ms, max = 50*ms, unit = "s" })

local app = service("app", {
  cores = 4, runtime = cpython("3.14", { switch_interval = interval }),
  executor = threads(32),
  handler = {
    echo    = { io(1*ms), python(50*us) },   -- waits for a message, answers it
    compute = { python(100*ms) },
  },
})
client("peer", { target = app, route = "echo", arrivals = closed(1) })
if busy > 0 then client("batch", { target = app, route = "compute", arrivals = closed(busy) }) end

expect("an echo beside a computing thread waits a switch interval", { "peer.latency.p50",
  at_least = 1*ms + 0.9 * interval, at_most = 1*ms + 1.3 * interval,
  because = "the computing thread gives the GIL up only when asked, an interval after the echo began to wait" })
variant("alone", { busy = 0 })
expect("alone it does not", { variant = "alone", "peer.latency.p50", at_most = 1.2*ms,
  because = "nobody else wants the GIL" })
variant("short interval", { interval = 1*ms })
expect("a shorter interval shortens the wait", { variant = "short interval", "peer.latency.p50",
  at_most = 0.5, relative_to = "default", because = "the wait is the interval" })
