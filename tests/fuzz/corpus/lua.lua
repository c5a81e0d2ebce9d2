local t, s = {}, ("abc"):rep(9)
for w in s:gmatch("(%a)c") do t[#t + 1] = w end
table.sort(t, function(a, b) return a > b end)
local k = next(t) while k do k = next(t, k) end
s = s:gsub("b()", "%1"):gsub("%w", { a = 1 }):find("[^%d]-$")
goto done
do local x <const> = 1 // 0.0 ~ 3 end
::done:: error({ table.unpack(t, 1, 3) }, 2)
