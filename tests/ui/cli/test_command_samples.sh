#!/bin/sh
# test_command_samples.sh CONVOY SOURCE CHECK_SCHEMA CHECK_TRACE: what is said of seeds on which there
# was nothing to measure, where a request comes each 10 s on average.
. "${0%/*}/command.sh"

cat >few.lua <<'END'
scenario("Few", { duration = 10*s })
local rate = knob("rate", 0.1, { min = 0 })
local api = service("api", { handler = io(10*ms) })
client("u1", { target = api, arrivals = poisson(10) })
client("u2", { target = api, arrivals = poisson(rate) })
expect("it is quick", { "u2.latency.p50", at_most = 0.5, share = 0.5, because = "it is not busy" })
END

# Who has samples has all of them at 10 ms, and who has none has not held.
wants 0 'seeds (wanted 0.5 of them), measured 0.01 (0.01 to 0.01), no samples on ' run few.lua --seeds 8
none=$(sed -n 's/.*no samples on \([0-9]*\)$/\1/p' out)
grep -q "^held      $((8 - none)) of 8 seeds" out || complain "$none seeds without samples: $(cat out)"
[ "$none" -gt 0 ] && [ "$none" -lt 8 ] || complain "on $none of 8 seeds there is nothing, which tests nothing"
for seed in 1 2 3 4 5 6 7 8; do
    "$convoy" run few.lua --seed $seed >out 2>err
    ! grep -q 'no samples' out || echo $seed
done >alone
[ "$(wc -l <alone)" -eq "$none" ] || complain "$none of 8 seeds have no samples, run by themselves: $(cat alone)"
sed 's/share = 0.5, //' few.lua >all.lua
wants 1 "failed on seed" run all.lua --seeds 8
grep -q "failed on seeds* $(paste -sd, alone | sed 's/,/, /g')$" out ||
    complain "those without samples ($(cat alone)) have not failed: $(cat out)"
wants 0 '' run few.lua --seeds 8 --json
json "$source/docs/seeds.schema.json"
for figure in least mean most; do
    tr -d ' \n' <out | grep -q "\"$figure\":0\.01[,}]" || complain "the JSON of few has another $figure"
done
tr -d ' \n' <out | grep -q "\"judged\":8,\"measured\":$((8 - none))," || complain 'the JSON does not count samples'

# On no seed.
wants 1 'FAILED    0 of 3 seeds (wanted 0.5 of them), no samples on 3' run few.lua --set rate=0 --seeds 3
! grep -q 'measured' out || complain 'nothing was measured, and is told'
wants 1 '' run few.lua --set rate=0 --seeds 3 --json
json "$source/docs/seeds.schema.json"
for figure in least mean most; do
    grep -q "\"$figure\": null" out || complain "$figure of nothing is told"
done

# ---- Side by side

cat >two.lua <<'END'
scenario("Two", { duration = 20*s })
local took = knob("took", 0.01, { min = 0 })
local rate = knob("rate", 0.1, { min = 0 })
local api = service("api", { handler = io(took) })
client("u", { target = api, arrivals = poisson(rate) })
variant("slow", { took = 1 })
variant("the same", { took = 0.01 })
variant("more", { rate = 0.5 })
variant("nobody", { rate = 0 })
END

# From each of them on, one of five seeds has no arrival.
for seed in 16 21 26; do
    wants 0 'u.latency.p50 ' compare two.lua --seed $seed
    grep -q '^u.latency.p50 *1*0* *m*s*-* *1 s\*' out || complain "10 ms and 1 s are alike from seed $seed on: $(cat out)"
    ! grep -q '^u.latency.p50.*ms\*' out || complain "what is the same differs from seed $seed on: $(cat out)"
    grep -q '^u.latency.p50.* -?$' out || complain 'what nobody measured is not open'
    grep -q '^? is open: fewer than two of the seeds have a figure on both sides$' out ||
        complain 'what is open is not explained'
done
wants 0 '"differs": null' compare two.lua --seed 16 --json
json "$source/docs/compare.schema.json"
tr -d ' ' <out | grep '"nobody"' | grep -q '"u.latency.p50":{"value":null,"differs":null}' ||
    complain 'the JSON decides what is open'
tr -d ' ' <out | grep '"slow"' | grep -q '"u.latency.p50":{"value":1,"differs":true}' ||
    complain 'the JSON has no difference between 10 ms and 1 s'

# Nobody has any: nothing to tell apart, and nothing open.
wants 0 'u.latency.p50 ' compare two.lua --set rate=0
! grep -q '^u.*[?*]' out || complain "nothing differs from nothing: $(cat out)"
! grep -q 'is open' out || complain 'nothing against nothing is open'
exit $failed
