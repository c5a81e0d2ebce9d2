-- Clients give up after 200 ms and say so. A handler that catches every exception around a call
-- catches the cancellation too, and goes on for nobody.
-- Watch api.ghost_s, the seconds of such work, and api.loop_busy: the loop pays for it.
-- Try --set swallow=false, or --set server_timeout=100ms: who gives up first, the client or we?
scenario("Ghost work", { about = "Client cancellation against server timeout, and what swallowing it costs.",
                         duration = 60*s, warmup = 2*s, seeds = 20 })
local swallow        = knob("swallow", true)
local server_timeout = knob("server_timeout", 0, { min = 0, max = 10*s, unit = "s" })  -- 0: none

local db = service("db", { cores = 8, executor = threads(200),
                           handler = { io(lognormal { median = 60*ms, p99 = 900*ms }) } })
local fetch = call(db, { server_timeout > 0 and timeout(server_timeout) })
local render = { python(2*ms), io(40*ms), python(4*ms) }

local api = service("api", {
  cores = 2, runtime = cpython "3.13", executor = asyncio {},
  handler = {
    python(1*ms),
    swallow and try(fetch, { any = python(1*ms) })      -- except BaseException: log, go on
            or  try(fetch, { timeout = python(1*ms), error = python(1*ms), finally = python(0.2*ms) }),
    table.unpack(render),
  },
})
client("users", { target = api, arrivals = poisson(60), timeout(200*ms), cancel = true })

expect("a swallowed cancellation becomes ghost work", { "api.ghosts", at_least = 200,
  because = "each client that has gone leaves a handler that renders its page all the same" })
expect("seconds of it", { "api.ghost_s", at_least = 50,
  because = "such a visit lasts longer than its client's patience" })
variant("passed on", { swallow = false })
expect("passed on, it ends the work", { variant = "passed on", "api.ghosts", at_most = 0.1,
  relative_to = "default", because = "it ends whoever still waits for something; only who is at the last step goes on" })
expect("and the visits are cancelled", { variant = "passed on", "api.cancelled", at_least = 200,
  because = "the handler is told where it waits" })
variant("server first", { swallow = false, server_timeout = 100*ms })
expect("whose own timeout is shorter answers in time", { variant = "server first", "users.failed.timeout",
  at_most = 0.2, relative_to = "passed on", because = "100 ms and a page without the data fit into 200 ms" })
