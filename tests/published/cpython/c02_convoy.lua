-- Echo round trips beside k threads that compute. A send and the way to the peer and back take what they
-- take alone; everything else is the lock and the cores.
local version = knob("version", "3.11", { "3.11", "3.14", "3.14t" })
local place   = knob("place", "2core", { "2core", "split" })
local k, si   = knob("k", 1), knob("si_ms", 5) * ms
-- A receive that finds the reply takes 1.2 us (a socket pair) to 4 us (TCP), as measured on such a machine.
local receive = 3*us
-- What a trip takes beside nobody, as recorded: the send, from then to the reply, and bytecode about it.
local alone = version == "3.14t" and { ["2core"] = { 4*us, 11*us }, split = { 13*us, 70*us } }
                                  or { ["2core"] = { 12*us, 55*us }, split = { 13*us, 68*us } }
local send, reply = table.unpack(alone[place])
local code = version == "3.14t" and 1*us or 5*us
-- Some thousand trips: a trip takes an interval as a rule, and next to nothing without a GIL.
local duration = version == "3.14t" and 3*s or math.max(3*s, math.min(1, si / (5*ms)) * 60*s)
local warmup = 1*s

scenario("Echo beside threads that compute", { duration = duration })
local trips, sends, done = {}, {}, 0
local box = host("box", { cores = place == "split" and 1 or 2 })
service("py", { host = box, executor = threads(k + 1), runtime = cpython(version, { switch_interval = si }), handler = {
  compute = function(req)
    while true do
      await(python(0.1*ms))
      done = done + 1
    end
  end,
  echo = function(req)
    while true do
      await(python(code))
      local begin = now()
      await(native(send))
      await(python(1*us))
      local sent = now()
      local left = begin + reply - sent
      await(left > 0 and io(left) or native(receive))
      await(python(code))
      if begin >= warmup then
        sends[#sends + 1] = sent - begin
        trips[#trips + 1] = now() - begin
      end
    end
  end,
} })
if k > 0 then client("compute", { target = "py", route = "compute", arrivals = burst(k) }) end
client("echo", { target = "py", route = "echo", arrivals = burst(1, { at = 10*ms }) })

local function percentile(list, p)
  return function()
    table.sort(list)
    return list[math.max(1, math.ceil(#list * p))] / ms
  end
end
expect("rtt_p50", { measure = percentile(trips, 0.5), at_least = 0 })
expect("rtt_p99", { measure = percentile(trips, 0.99), at_least = 0 })
expect("rtt_mean", { measure = function()
  local sum = 0
  for _, t in ipairs(trips) do sum = sum + t end
  return sum / #trips / ms
end, at_least = 0 })
expect("send_p50", { measure = percentile(sends, 0.5), at_least = 0 })
expect("send_p90", { measure = percentile(sends, 0.9), at_least = 0 })
expect("io_rate", { measure = function() return #trips / (duration - warmup) end, at_least = 0 })

-- Without the echo, threads that compute lose the hand-overs among themselves.
local slice = si + 80*us
local among = k > 1 and slice / (slice + 41*us) or 1
expect("cpu_rel_no_io", { measure = function() return done * 0.1*ms / duration / among end, at_least = 0 })
