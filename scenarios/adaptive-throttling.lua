-- To refuse a request costs a fifth of what it costs to serve one. When ten times as many come as usual,
-- refusing takes all there is: nobody is served, and everybody waits for that. Only who sends can help: of what
-- it is asked for it rejects so much itself that the backend sees twice what it accepts. Watch goodput. Try
-- --variant throttled, then what goes wrong: "counted late", "long outage".
scenario("Adaptive throttling", { about = "Refusing costs too: who is refused much sends less.",
  duration = 300*s, warmup = 5*s, seeds = 20 })
local k       = knob("k", 0, { min = 0, max = 10 })  -- 0: sends all
local window  = knob("window", 120*s, { min = 1*s, max = 10*minute, unit = "s" })
local count   = knob("count", "asked", { "asked", "answered" })
local trouble = knob("trouble", "rush", { "rush", "outage" })

local backend = service("backend", { cores = 1, executor = threads(64),  -- without a rush, 200 a second
  handler = { native(1*ms), with(bulkhead(4), native(4*ms)) } })         -- to read it; to do it
client("users", { target = backend, k > 0 and throttle { k = k, window = window, count = count }, timeout(500*ms),
  arrivals = poisson(trouble == "rush" and curve {{ 0, 100 }, { 60*s, 100 }, { 60*s, 1000 }, { 240*s, 1000 }, { 240*s, 100 }} or 100) })
if trouble == "outage" then between(60*s, 200*s, backend:fail(1)) end

local function rush(claim, which, metric, least, most, because)
  return expect(claim, { variant = which, metric, from = 100*s, to = 240*s, at_least = least, at_most = most, because = because })
end
rush("in the rush nobody is served in time", nil, "users.goodput_per_s", nil, 1,
  "to refuse a thousand takes all of a second, and they stand in line for it")
-- Each accepted one costs 4 ms, and 1 ms for each of the k that are sent: 1000 / (4 + k) a second.
rush("throttled, most of what it can do is done", "throttled", "users.goodput_per_s", 150, 167,
  "the backend sees two for each that it accepts, and a second has room for 166 of 6 ms")
rush("it is sent what it can bear", "throttled", "backend.arrivals_per_s", 300, 340,
  "twice what it accepts")
rush("and the others know at once", "throttled", "users.rejected.throttle_per_s", 650, 700,
  "they are not sent at all")
expect("two minutes remember the rush", { variant = "throttled", "users.goodput_per_s", from = 250*s, to = 290*s, at_most = 60,
  because = "most that was asked for in the window was refused, and so most is rejected still" })
rush("ten seconds do as well in the rush", "short memory", "users.goodput_per_s", 150, 167,
  "they hold thousands of requests, which is enough to tell the share")
expect("and forget it", { variant = "short memory", "users.goodput_per_s", from = 255*s, at_least = 92,
  because = "it has left the window" })
rush("a larger k costs more of it", "k = 6", "users.goodput_per_s", 85, 112,
  "six are read for each that is served, 10 ms for one")
rush("counted when answered, it sends the square root of what was meant", "counted late", "backend.arrivals_per_s", 470, 530,
  "what it rejects itself is not in the count: x = 1000 * 2 * accepts / x")
rush("and a quarter less is served", "counted late", "users.goodput_per_s", 115, 128,
  "500 are read, which leaves half a second for 125")
expect("two minutes remember a long outage", { variant = "long outage", "users.goodput_per_s", from = 210*s, at_most = 10,
  because = "of what is known nothing was accepted: one in twelve thousand finds out, and what is sent doubles each 42 s" })
expect("though the backend is well", { variant = "long outage", "backend.failed", from = 201*s, at_most = 0,
  because = "whoever gets there is served" })
expect("ten seconds do not", { variant = "outage, short memory", "users.goodput_per_s", from = 260*s, at_least = 85, share = 0.9,
  because = "it doubles each 3.5 s, once one in a thousand has found out: which takes ten seconds, or by chance thirty" })
variant("throttled",    { k = 2 })
variant("k = 6",        { k = 6 })
variant("counted late", { k = 2, count = "answered" })
variant("long outage",  { k = 2, trouble = "outage" })
variant("short memory", { k = 2, window = 10*s })
variant("outage, short memory", { k = 2, trouble = "outage", window = 10*s })
