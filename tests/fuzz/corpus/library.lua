local t = table.pack(3, 1, 2)
table.insert(t, 1, 5) table.insert(t, 4) table.remove(t) table.remove(t, 1)
table.move(t, 1, 3, 2) table.sort(t) print(table.concat(t, ",", 1, 2), table.unpack(t, 1, 2))
print(math.sin(1), math.cos(2), math.tan(3), math.exp(1), math.log(8, 2), math.floor(2.5), math.max(1, 2), 7 // 2, 2 ^ 0.5)
print(pcall(math.random), #"abc", ("x"):byte(1, -1), ("a,b"):find(",", 1, true), ("k=v"):match("^(%w+)=(%w*)$"))
print(("x"):upper(), utf8.char(233), utf8.len("é"), string.format("%5.2f %q %s %x", 1.5, "q", {}, 255), tostring(nil))
for p, c in utf8.codes("aé") do print(p, c) end
for w in ("(a(b)) THE fox"):gmatch("%f[%a]%a+") do print(w, (w:gsub("(%w)(%w*)", "%2%1%%")), ("(a)"):match("%b()"), ("aa"):find("(a)%1")) end
print(select("#", 1, 2), tonumber("0x10"), tonumber("z", 36), type(next), next({ a = 1 }, "a"), next({ 1 }, 1))
