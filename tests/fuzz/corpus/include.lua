local t = include "lib/x.lua"
print(#t, t, 1.5, ("%s %d"):format("a", 3))
for k, v in pairs { 1, 2, a = 1, [true] = 2 } do print(k, v) end
