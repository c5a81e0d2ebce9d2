-- Three ways to fetch a report from an old service that takes 50 ms: an async client, a blocking
-- driver on the event loop, and computing it in the handler. Reports are 4 in 100 requests.
-- Watch items.latency.p99 and api.loop_lag.p99; api.slow_callbacks stays 0, for 50 ms is not slow yet.
-- Try --set fetch=blocking, --set fetch=compute, --set fetch=to_thread; then --set rate=18.
scenario("Blocked loop", { about = "A blocking driver, or 50 ms of bytecode, stops every task of the loop.",
                           duration = 60*s, warmup = 2*s, seeds = 20 })
local fetch = knob("fetch", "async", { "async", "blocking", "compute", "to_thread" })
local rate  = knob("rate", 4, { min = 0, max = 18, unit = "req/s" })

local legacy = service("legacy", { cores = 8, executor = threads(64), handler = { io(50*ms) } })
local how = ({
  async     = call(legacy, { timeout(1*s) }),      -- await client.get()
  blocking  = blocking(call(legacy)),              -- requests.get()
  compute   = python(50*ms),
  to_thread = to_thread(call(legacy)),             -- await asyncio.to_thread(requests.get)
})[fetch]

local api = service("api", {
  cores = 2, runtime = cpython "3.13", executor = asyncio {},
  handler = {
    ["GET /item"]   = { python(0.4*ms), io(3*ms) },
    ["GET /report"] = { python(0.4*ms), how },
  },
})
client("items",   { target = api, route = "GET /item",   arrivals = poisson(100), timeout(1*s) })
client("reports", { target = api, route = "GET /report", arrivals = poisson(rate), timeout(1*s) })

expect("a loop that only awaits has no lag", { "api.loop_lag.p99", at_most = 5*ms,
  because = "no callback takes longer than 0.4 ms" })
expect("and items are quick", { "items.latency.p99", at_most = 10*ms,
  because = "nobody stands in their way" })
variant("blocking driver", { fetch = "blocking" })
expect("a blocking driver stops the loop", { variant = "blocking driver", "api.loop_lag.p99", at_least = 30*ms,
  because = "4 times a second nothing else runs for 50 ms" })
expect("items pay for it", { variant = "blocking driver", "items.latency.p99", at_least = 30*ms,
  because = "who comes meanwhile waits for what is left of the 50 ms" })
expect("and their median does not show it", { variant = "blocking driver", "items.latency.p50", at_most = 12*ms,
  because = "four fifths of them find the loop free" })
variant("computing", { fetch = "compute" })
expect("computing stops it as well", { variant = "computing", "api.loop_lag.p99", at_least = 30*ms,
  because = "a task runs until it waits" })
variant("to_thread", { fetch = "to_thread" })
expect("a thread takes the wait away", { variant = "to_thread", "api.loop_lag.p99", at_most = 0.2,
  relative_to = "blocking driver", because = "the thread waits without the GIL" })
