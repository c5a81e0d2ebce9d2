-- N clients at once read a row and write it back if nobody else did in between; whoever lost
-- waits as its retry says, and reads again. A message takes |Normal(hop, sd)| each way. The
-- wait after the first conflict is already doubled once, as in the published experiment.
-- All in milliseconds.
local N         = knob("N", 10, { min = 1 })
local algorithm = knob("algorithm", "FullJitter",
                       { "none", "Exponential", "FullJitter", "EqualJitter", "Decorr" })
local hop       = knob("hop", 10, { min = 0 }) * ms
local sd        = knob("sd", 2, { min = 0 }) * ms
local base      = knob("base", 5, { min = 0 }) * ms
local cap       = knob("cap", 2000, { min = 0 }) * ms
local power     = knob("power", 1, { min = 0 }) -- of 2, at the first wait

local first = math.min(cap, base * 2 ^ power)
local schemes = {
  none        = { base = 0, jitter = "none" },
  Exponential = { base = first, cap = cap, jitter = "none" },
  FullJitter  = { base = first, cap = cap, jitter = "full" },
  EqualJitter = { base = first, cap = cap, jitter = "equal" },
  Decorr      = { base = base, cap = cap, jitter = "decorrelated" },
}
local scheme = schemes[algorithm]
scheme.max_attempts = 1000000

scenario("Optimistic writes", { duration = 4 * hour })

local version, seen = 0, {}
service("row", {
  executor = threads(math.huge),
  handler  = {
    read  = function(req) seen[req.id] = version end,
    write = function(req)
      if seen[req.id] ~= version then return fail(409) end
      version = version + 1
    end,
  },
})

local message = normal(hop, sd)
local function travel() await(io(math.abs(draw(message)))) end
local read, write = call("row", { route = "read" }), call("row", { route = "write" })

local function update(req)
  travel()
  await(read)
  travel()
  travel()
  local written = pcall(await, write)
  travel()
  if not written then return fail(409) end
end
service("writer", { executor = threads(math.huge), handler = { with(retry(scheme), update) } })
client("clients", { target = "writer", arrivals = burst(N) })

expect("server write calls to finish (mean)", { at_least = 1, because = "AWS 2015",
  measure = function(run) return run("row.arrivals") / 2 end })
expect("completion time (mean)", { at_least = 0, because = "AWS 2015; in ms",
  measure = function(run) return run("clients.latency.max") / ms end })
