-- Celery workers take messages ahead of time. A mail in reserve behind a report waits for it, while
-- other workers have nothing to do. What a worker had acked dies with it; what it had not is done
-- again, and with a visibility timeout that is too short also while it is still being done.
-- Watch the p99 of the mails while workers are busy for a third of the time.
-- Try --variant one, --variant late, and then kill everybody: --set killed=true.
scenario("Celery prefetch", { about = "Reserved by the busy, while others are idle.", duration = 300*s, seeds = 20 })
local prefetch = knob("prefetch_multiplier", 4, { min = 0, max = 16 })
local late     = knob("acks_late", false)
local visible  = knob("visibility_timeout", 3600, { min = 1, max = 3600, unit = "s" })
local killed   = knob("killed", false)

local worker = service("worker", {
  replicas = 8, runtime = cpython "3.12",
  executor = celery { concurrency = 1, prefetch_multiplier = prefetch, acks_late = late, visibility_timeout = visible*s },
  handler  = choose(req.kind, { report = { python(100*ms), io(9.9*s) }, mail = { python(5*ms), io(95*ms) } }),
})
client("mails",   { target = worker, arrivals = poisson(10),   timeout(60*s), req = { kind = "mail" } })
client("reports", { target = worker, arrivals = poisson(0.15), timeout(60*s), req = { kind = "report" } })
if killed then at(150*s, worker:restart()) end

expect("some mails wait for a report", { "mails.latency.p99", at_least = 5*s,
  because = "each report finds up to four mails in its worker's reserve, or they come to it" })
expect("most do not, so the median says nothing", { "mails.latency.p50", at_most = 0.15*s,
  because = "a mail takes 100 ms" })
variant("one", { prefetch_multiplier = 1 })
expect("a prefetch of one still has one in reserve", { variant = "one", "mails.latency.p99", at_least = 1*s,
  because = "what runs has been acked, so it does not count" })
variant("late", { prefetch_multiplier = 1, acks_late = true })
expect("with late acks nobody has anything in reserve", { variant = "late", "mails.latency.p99", at_most = 1*s,
  because = "what runs is not acked, so a busy worker has no room" })

variant("killed", { killed = true })
expect("killed workers lose what they had begun", { variant = "killed", share = 0.9,
  measure = function(run) return run("mails.failed.timeout", 0, 300*s) + run("reports.failed.timeout", 0, 300*s) end,
  at_least = 1, because = "what ran was acked, and what was in reserve comes back in an hour" })
variant("killed, late", { prefetch_multiplier = 1, acks_late = true, killed = true, visibility_timeout = 20 })
expect("with late acks all is done again", { variant = "killed, late", "reports.failed.timeout", at_most = 0,
  because = "what was not acked in 20 s is delivered again" })
variant("impatient", { prefetch_multiplier = 1, acks_late = true, visibility_timeout = 4 })
expect("a broker that waits less than a task takes has it done three times", { variant = "impatient",
  measure = function(run) return run("worker.redelivered", 0, 300*s) / run("reports.offered", 0, 300*s) end,
  about = 2, tolerance = 0.3, because = "a report takes 10 s, and is delivered again after 4 s and 8 s" })
