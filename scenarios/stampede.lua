-- A cache takes 98 of 100 questions from the database, and forgets them all at 60 s: all who miss a key ask
-- the database for it. Its line gets longer than anybody's patience, and what comes too late is not kept.
-- Watch db's line, and the caches' misses. Try --variant "single flight", --variant "one hot key".
scenario("Stampede", { about = "What a cache has kept away comes at once.", duration = 130*s, warmup = 45*s, seeds = 20 })
local rate   = knob("rate", 1000, { min = 100, max = 3000, unit = "req/s" })
local keys   = knob("keys", 500, { min = 1, max = 10000 })
local work   = knob("work", 20*ms, { min = 1*ms, max = 500*ms, unit = "s" })
local ttl    = knob("ttl", 30*s, { min = 1*s, max = 600*s, unit = "s" })
local jitter = knob("jitter", 0, { min = 0, max = 0.5 })      -- the ttl, more or less by this share of it
local alone  = knob("single_flight", false)
local flush  = knob("flush", true)

local db  = service("db", { cores = 4, executor = threads(16), handler = { native(work) } })   -- 200 a second
local hot = cache("hot", { latency = 0.5*ms })
local api = service("api", { cores = 4, executor = threads(400), handler = {
  cached(hot, call(db, { timeout(1*s) }),
         { key = req.item, ttl = uniform(ttl * (1 - jitter), ttl * (1 + jitter)), single_flight = alone }) } })
client("users", { target = api, timeout(1*s), req = { item = zipf { n = keys, s = 1 } },
                  arrivals = poisson(curve {{0, 0}, {40*s, rate}}) })           -- the cache fills slowly at first
if flush then at(60*s, hot:flush()) end

expect("full, it answers nearly all", { "hot.hit_ratio", from = 50*s, to = 60*s, at_least = 0.95,
  because = "500 keys are loaded once in 30 s: 17 a second of 1,000" })
expect("the flush takes the database down, for good", {
  "users.goodput_per_s", from = 100*s, to = 130*s, at_most = 0.1 * rate,
  because = "db works for people who have gone; when the popular keys expire, 30 s later, its line is still there" })
variant("no flush", { flush = false })
expect("without the flush nothing happens", { variant = "no flush", "users.goodput_per_s", from = 61*s, to = 130*s,
  at_least = 0.98 * rate, because = "keys expire as they were loaded, one by one" })
variant("single flight", { single_flight = true })
expect("if one loads and the others wait nobody notices much", { variant = "single flight", "users.goodput_per_s",
  from = 61*s, to = 130*s, at_least = 0.98 * rate, because = "db is asked once a key, however many wait for it" })
expect("and db is asked for each key once", { variant = "single flight", "hot.misses", from = 60*s, to = 63*s, at_most = keys,
  because = "who asks for what is being loaded does not load" })
variant("jittered ttl", { jitter = 0.5 })
expect("a jittered ttl does not help against a flush", { variant = "jittered ttl", "users.goodput_per_s", from = 100*s, to = 130*s,
  at_most = 0.1 * rate, because = "it spreads what comes a ttl later; this comes at once" })
variant("both", { jitter = 0.5, single_flight = true })
expect("it takes away the wave that comes a ttl later", { variant = "both", "hot.misses", from = 90*s, to = 92*s,
  at_most = 0.4, relative_to = "single flight", because = "what was loaded in one second expires in 30" })
variant("one hot key", { keys = 1, work = 200*ms, ttl = 10*s, flush = false })
expect("one key that everybody wants is enough", { variant = "one hot key", "users.goodput_per_s", from = 60*s, to = 130*s,
  at_most = 0.5 * rate, because = "when it expires, 1,000 a second ask for it until the first load has ended" })
variant("one hot key, single flight", { keys = 1, work = 200*ms, ttl = 10*s, flush = false, single_flight = true })
expect("and one load a ttl is enough", { variant = "one hot key, single flight", "db.arrivals", from = 45*s, to = 130*s, at_most = 9,
  because = "85 s hold eight or nine ttls of 10 s" })
