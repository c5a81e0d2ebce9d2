-- A link that is slow by bandwidth, not by latency. For half a minute a tenth of it is left, which is enough for items and not for
-- exports: and as all that the web asks comes back over the one link, items stand behind exports. Nobody is busy, no latency of the
-- files shows anything. Watch users.latency.p99 and web.time.network. Try --variant "pages", "apart" and --set left=50MB.
scenario("Slow link", { about = "Small answers wait behind large ones.", duration = 90*s, warmup = 5*s, seeds = 20 })
local left  = knob("left", 5*MB, { min = 1*MB, max = 50*MB, unit = "B/s" })
local page  = knob("page", 1*MB, { min = 10*KB, max = 1*MB, unit = "B" })     -- of an export
local apart = knob("apart", false)

local function shelf(name)
  return service(name, { cores = 2, executor = threads(16), handler = {
    ["item"]   = { native(0.5*ms), io(2*ms), reply(200, { bytes = 2*KB }) },
    ["export"] = { native(1*ms), io(5*ms), reply(200, { bytes = page }) } } })
end
local files = shelf("files")
local exports = apart and shelf("exports") or files
local web = service("web", { cores = 4, executor = threads(200), handler = {
  ["GET /item"]   = call(files, { route = "item", timeout(2*s) }),
  ["GET /export"] = call(exports, { route = "export", timeout(10*s) }) } })
link(web, files, { bandwidth = 50*MB })
if apart then link(web, exports, { bandwidth = 50*MB }) end

client("users",   { target = web, route = "GET /item",   arrivals = poisson(200), timeout(2*s) })
client("reports", { target = web, route = "GET /export", arrivals = poisson(5),   timeout(10*s) })
between(20*s, 50*s, link(web, files):bandwidth(left))
if apart then between(20*s, 50*s, link(web, exports):bandwidth(left)) end

expect("items wait behind exports", { "users.latency.p99", from = 25*s, to = 50*s, at_least = 0.5,
  because = "five exports a second are five megabytes, and take all that is left" })
expect("and some are not answered in time", { "users.failed", from = 25*s, to = 50*s, at_least = 100, share = 0.8,
  because = "what is sent grows faster than what gets through" })
expect("nothing where they are made shows it", { "files.latency.p99", from = 25*s, to = 50*s, at_most = 30*ms,
  because = "an answer has left the files before it waits for the link" })
expect("when the link is well again, so is everything", { "users.latency.p99", from = 55*s, at_most = 50*ms,
  because = "what waited is through in a tenth of the time" })
expect("small pages let others through", { variant = "pages", "users.latency.p99", from = 25*s, to = 50*s, at_most = 150*ms,
  because = "a tenth of the bytes is asked for, and the longest wait is for a page of 100 KB or two" })
expect("so does a link of their own", { variant = "apart", "users.latency.p99", from = 25*s, to = 50*s, at_most = 50*ms,
  because = "200 items of 2 KB are a twelfth of what is left" })
expect("which does not help the exports", { variant = "apart", "reports.latency.p50", from = 25*s, to = 50*s, at_least = 0.5,
  because = "they are as many bytes" })
variant("pages", { page = 100*KB })
variant("apart", { apart = true })
