local t = {} t[1] = t
local d = {} for i = 1, 1e4 do d = {d} end
scenario("deep", {duration = 1*s})
pcall(gather, t) pcall(try, d, {any = t})
service("a", {handler = function(req) for i = 1, 99 do pcall(await, fail(500)) await {} end end})
client("u", {target = "a", arrivals = constant(1)})
service("b", {handler = t})
