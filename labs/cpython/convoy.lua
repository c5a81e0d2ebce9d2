-- The model's side of convoy.py, thread by thread. Both processes are on the one core and take turns
-- there: a send is a call of the other process, which is woken by it and may have the core before the
-- sender goes on. Where it does, the lock that was let go of for the send may be gone by then.
--
-- Between two Unix sockets a receive wakes who waits on the other one as well, for there is room to
-- write (unix_write_space): it looks, and sleeps again.
--
-- A seed is a batch: as long as one of the program, and its figure is the batch's.
scenario("Round trips beside threads that compute", { duration = 4*s, seeds = 40 })
local version  = knob("version", "3.11", { "3.11", "3.12", "3.13", "3.13t", "3.14", "3.14t" })
local interval = knob("interval", 5*ms, { min = 0.1*ms, max = 100*ms })
local busy     = knob("busy", 1, { min = 1, max = 16 })

local length, at_least, at_most = 0.8*s, 12, 400 -- of a batch, as in the program
local pause = 1*ms + 60*us -- time.sleep, and the kernel's timer
local begin = 50*ms
local trips, asked, resumes = {}, begin, begin

local box = host("box", { cores = 1 })
service("peer", { host = box, runtime = cpython(version), executor = threads(2), handler = {
  question = function()
    await(io(math.max(0, resumes - now())))
    asked = resumes
    await(python(10*us))
  end,
  reply = function()
    await(python(5*us))
    if #trips < at_most and (#trips < at_least or now() < begin + length) then
      trips[#trips + 1] = now() - asked
    end
    resumes = now() + pause
  end,
  room = python(3*us),
} })

service("app", { host = box, executor = threads(busy + 1),
  runtime = cpython(version, { switch_interval = interval }), handler = {
    answer = function()
      while true do
        if resumes > now() then
          await(call("peer", { route = "question" }))
        else -- it stands there
          asked = resumes
        end
        await(call("peer", { route = "room" }))
        await(python(5*us))
        await(call("peer", { route = "reply" }))
        await(python(5*us))
      end
    end,
    compute = python(60*s),
  } })
client("answering", { target = "app", route = "answer", arrivals = burst(1) })
client("computing", { target = "app", route = "compute", arrivals = burst(busy, { at = 1*ms }) })

expect("p50", { measure = function()
  table.remove(trips, 1) -- as the program does
  table.sort(trips)
  return trips[math.min(#trips, #trips // 2 + 1)]
end, at_least = 0 })
