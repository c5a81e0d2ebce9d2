-- Calls one after the other, of whose attempts an even share fails, with gRPC's tokens.
local most  = knob("most", 10, { min = 1 })
local ratio = knob("ratio", 0.1, { min = 0 })
local share = knob("share", 1, { min = 0, max = 1 }) -- of the attempts
local calls = knob("calls", 1, { min = 1 })

scenario("gRPC's tokens", { duration = 10 })
local attempts, failed, retried_late, call_of_last = 0, 0, 0, 0
service("server", {
  executor = threads(math.huge),
  handler  = function()
    attempts = attempts + 1
    if failed + 1 > share * attempts then return end
    failed = failed + 1
    return fail(503)
  end,
})
local ask = call("server", { retry { max_attempts = 1000000, base = 0, jitter = "none",
  budget = budget("grpc", { max_tokens = most, token_ratio = ratio }) } })
service("caller", {
  executor = threads(1),
  handler  = function()
    for i = 1, calls do
      local before = attempts
      pcall(await, ask)
      if i > calls / 2 then retried_late = retried_late + attempts - before - 1 end
    end
  end,
})
client("user", { target = "caller", arrivals = burst(1) })

expect("failures of the first call", { at_least = 0, because = "then fewer tokens than half are left",
  measure = function() return failed end })
expect("retries in the second half", { at_least = 0, because = "tokens come back for those that are well",
  measure = function() return retried_late end })
