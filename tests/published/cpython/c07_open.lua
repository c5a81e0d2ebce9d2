-- An open load into a ThreadPoolExecutor: each task computes and sleeps.
local version = knob("version", "3.11", { "3.11", "3.14", "3.14t" })
local workers, cpu, nap = knob("workers", 8), knob("cpu_ms", 2) * ms, knob("sleep_ms", 20) * ms
local lambda = knob("lambda", 0)
local rho = knob("rho", 0)
local closed_loop = lambda == 0
local warmup = 2*s

scenario("Open load into a pool", { duration = 62*s, warmup = warmup })
service("py", { cores = 2, executor = threads(workers), runtime = cpython(version),
                handler = { python(cpu), sleep(nap) } })
client("users", { target = "py", arrivals = closed_loop and closed(workers) or poisson(lambda) })

expect("closed_capacity", { "users.ok_per_s", at_least = 0 })
expect("throughput", { "users.ok_per_s", at_least = 0 })
expect("lat_p50", { measure = function(run) return run("users.latency.p50", warmup, 62*s) / ms end, at_least = 0 })
expect("lat_p95", { measure = function(run) return run("users.latency.p95", warmup, 62*s) / ms end, at_least = 0 })
expect("lat_p99", { measure = function(run) return run("users.latency.p99", warmup, 62*s) / ms end, at_least = 0 })
expect("lat_mean", { measure = function(run) return run("users.latency.mean", warmup, 62*s) / ms end, at_least = 0 })
-- Inferred, for the figures are whole and 1.8 above rate times latency on average: they were counted as the
-- last of an open load was submitted, so with that one. An arrival finds the mean.
expect("backlog_at_end", { measure = function(run) return run("users.inside.mean", warmup, 62*s) + 1 end, at_least = 0 })
