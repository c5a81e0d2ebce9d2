#!/bin/sh
# test_command_options.sh CONVOY SOURCE CHECK_SCHEMA CHECK_TRACE: every command and option of the
# program, with values that are right and that are wrong.
. "${0%/*}/command.sh"

# ---- What is no command

wants 2 'convoy run FILE'
wants 2 'did you mean "run"?' runn hello.lua
wants 2 'convoy run hello.lua' hello.lua
wants 2 'there is no command ""' ''
for how in --help -h help; do
    wants 0 'convoy compare FILE' $how
    silent $how
done
wants 0 'convoy 0.' --version
wants 2 '--version' --version now

# ---- help

wants 0 'max_attempts' help retry
wants 0 '"jitter" belongs to:' help jitter
wants 0 'convoy bench [--json] [--frame]' help bench
wants 0 'convoy run FILE' run --help
wants 2 'did you mean "retry"?' help retri
wants 2 'there is no word ""' help ''
wants 2 '"b" is too many' help retry b
wants 0 '"tenacity" belongs to:' help tenacity
wants 0 '"failure_threshold" belongs to:' help failure_threshold
wants 0 '"consecutive_5xx" belongs to:' help consecutive_5xx
wants 0 '"deploy" belongs to:' help deploy
wants 0 '"max_surge" belongs to:' help max_surge
for library in grpc envoy polly resilience4j hystrix pybreaker finagle brooker aws; do
    wants 0 "\"$library\"" help $library
done
wants 0 'convoy help retry' help celery
wants 0 'retry {' help envoy
wants 0 'budget {' help envoy
wants 0 'breaker {' help polly
wants 3 'not there yet' help webhook
# What is measured, by its name, a part of it or a path.
wants 0 'CLIENT.goodput tenants.goodput' help goodput
wants 0 'its rate' help goodput_per_s
wants 0 'SERVICE.time.gil' help gil
wants 0 'CALLER>SERVICE.retries' help 'api>db.retries'
wants 0 'CLIENT.latency.p99 SERVICE.latency.p99' help users.latency.p99
wants 0 'SERVICE.waited' help 'api[2].waited'
wants 0 'CLIENT.latency.mean .p50' help latency
wants 0 'CACHE.hit_ratio' help metrics
wants 0 'under(0.2)' help 'users.latency.under(0.3)'
wants 2 'there is no word "-oseed"' help -oseed
wants 0 'SERVICE.queue.mean' help queue
wants 0 'builds and lints' help check
wants 2 'did you mean "ghosts"?' help ghost
wants 2 'there is no word "latency_per_s"' help latency_per_s
wants 2 'there is no word "."' help .
# Options: each that a command names has its line there, and by itself.
wants 0 'the same seed gives the same run' help --seed
wants 0 '--out' help -o
wants 2 'did you mean "--seed"?' help --see
wants 2 'there is no word "-"' help -
for command in run check compare profile bench open render report verify calibrate; do
    "$convoy" $command --help >out
    for option in $(grep -o '^  convoy.*\|^             .*' out | grep -o -e '--[a-z]*'); do
        grep -q "^  $option " out || complain "convoy $command --help does not say what $option does"
        wants 0 "  $option " help $option
        "$convoy" $command --help >out
    done
done

# ---- Seeds

for seed in 1e3 -1 1.5 0x10 +5 ' 5' 5x '' inf nan 9007199254740992 18446744073709551616; do
    wants 2 'expected a whole number from 0 to 2^53 - 1, in digits' run quick.lua --seed "$seed"
    wants 2 'expected a whole number from 1 to 100000, in digits' run quick.lua --seeds "$seed"
    wants 2 'expected a whole number from 0 to 2^53 - 1, in digits' compare quick.lua --seed "$seed"
done
wants 2 'expected a whole number from 1 to 100000' run quick.lua --seeds 0
wants 2 'expected a whole number from 1 to 100000' run quick.lua --seeds 100001
wants 0 'seed 9007199254740991' run quick.lua --seed 9007199254740991
wants 0 'seed 0' run quick.lua --seed 0
wants 0 'held      3 of 3 seeds' run quick.lua --seeds 3
grep -q 'variant too much: all stand in line' out || complain '--seeds leaves the variant out'
wants 1 'FAILED    0 of 3 seeds' run failing.lua --seeds 3
grep -q '^ *failed on seeds 1, 2, 3$' out || complain '--seeds does not say on which it failed'
wants 1 'failed on seeds 1, 2, 3, 4, 5 and 2 more' run failing.lua --seeds 7
wants 1 '' run failing.lua --seeds 3 --json
tr -d ' \n' <out | grep -qF '"failed_seeds":[1,2,3]' || complain 'the JSON of --seeds does not say on which it failed'
wants 1 '0 of 3 seeds' run failing.lua --seeds 3 --quiet
! grep -q '3 of 3' out || complain '--quiet with --seeds tells of what held'
for other in '--seed 1' '--variant default' --twice '--trace t.json'; do
    # shellcheck disable=SC2086
    wants 2 '--seeds runs seeds 1 to N' run quick.lua --seeds 2 $other
done

# ---- Knobs and variants

wants 0 'Quick' run quick.lua --set rate=200
wants 0 'Quick' run quick.lua --set=rate=200 --set rate=100
wants 2 'expected knob=value' run quick.lua --set rate
wants 2 'expected knob=value' run quick.lua --set =5
wants 2 'did you mean "rate"?' run quick.lua --set rat=5
wants 2 'quick.lua:2: knob "rate" cannot be 9e9: expected 10 to 600' run quick.lua --set rate=9e9
wants 2 'cannot be lots: expected a number' run quick.lua --set rate=lots
wants 2 'cannot be nan: expected a number' check quick.lua --set rate=nan
wants 2 'needs a value' run quick.lua --set
wants 0 'variant "too much"' run quick.lua --variant 'too much'
wants 2 'there is no variant "rush"' run quick.lua --variant rush
wants 0 'Quick' run quick.lua --variant default

# ---- Arithmetic: the program's own power stands before the C library's, whatever it is linked of

{ echo 'local x = 0.99 assert(x ^ 100 == math.exp(100 * math.log(x)), "x ^ 100 is another library'"'"'s")'
  cat quick.lua; } >power.lua
wants 0 'power.lua: well' check power.lua

# ---- The end, and caps

for time in 0 -1 abc inf nan 1e10 0.1ns '' 5q; do
    wants 2 'expected a time' run quick.lua --until "$time"
done
wants 3 '' run quick.lua --until 1s
silent '--until'
grep -q '1 s simulated' out || complain '--until is not obeyed'
wants 0 'Quick' run quick.lua --until 3s
silent '--until that is the end'
wants 0 'Quick' run quick.lua --until 2minute
grep -qF -- "--until 120 s is beyond the scenario's end, which is at 3 s" err ||
    complain 'run --until beyond the end says nothing'
wants 0 'twice the same' run quick.lua --until 9 --twice
grep -q 'is beyond' err || complain '--twice --until beyond the end says nothing'
wants 0 'held' run quick.lua --until 9 --seeds 1
grep -q 'is beyond' err || complain '--seeds --until beyond the end says nothing'
"$convoy" run quick.lua --until 1 >out 2>err
grep -q 'not measured' out && ! grep -q 'no samples' out || complain 'a run that ended early has no samples'
cat >many.lua <<'EOF'
scenario("Many", { duration = 1*s })
local n = knob("n", 1, { min = 1 })
local db = service("db", { handler = { sleep(1*ms) } })
client("users", { target = db, arrivals = poisson(10 * n) })
for i = 2, 20 do
  variant("a name that is long " .. i, { n = i })
end
EOF
wants 0 'is long 2' compare many.lua
grep -q 'db.latency.p99' out || complain 'compare leaves out what a service has'
for i in $(seq 2 20); do
    grep -qw "long $i" out || complain "compare leaves variant $i out"
done
[ "$(awk '{ if (length > n) n = length } END { print n }' out)" -le 80 ] || complain 'compare is wider than 80 columns'
# A name is whole, however long.
long=$(printf 'a%.0s' $(seq 40))
sed "s/\"db\"/\"$long\"/" many.lua >long.lua
wants 0 "$long.latency.p99" compare long.lua
grep -q 'db.time.gil' out && complain 'compare tells of what no variant has'
cat >paid.lua <<'END'
scenario("Paid", { duration = 2*s })
local twice = knob("twice", false)
local charge = effect("charge")
local bank = service("bank", { executor = threads(4), handler = twice and { charge, charge } or charge })
client("shops", { target = bank, arrivals = constant(10) })
variant("twice", { twice = true })
END
wants 0 'charge.done' compare paid.lua
grep -q '^charge.duplicates  *0  *20\*' out || complain "compare does not tell of effects: $(cat out)"
grep -qE 'missing|restarts|hedges|fallbacks' out && complain 'compare tells of what no variant does'
wants 0 '"a name that is long 20"' compare many.lua --json
wants 0 'default' compare quick.lua --until 9
grep -q 'is beyond' err || complain 'compare --until beyond the end says nothing'
for cap in 0 -1 1.5 65537 1e3 x; do
    wants 2 'expected MiB from 1 to 65536' run quick.lua --memory "$cap"
done
for cap in 0 -1 1e6 10000000000000000 x; do
    wants 2 'expected a whole number from 1 to 10^15' run quick.lua --events "$cap"
done
sed 's/3\*s/30*s/' quick.lua >capped.lua
wants 3 'more than 20 events (--events)' run capped.lua --events 20
grep -q 'Quick' out || complain 'a run that met its cap does not tell what it has'
wants 3 'variant "default" on seed 1 was stopped at ' run capped.lua --seeds 2 --events 20
grep -q '(--events)' err || complain '--seeds does not name the cap'
grep -q UNDECIDED out || complain '--seeds at its cap is not undecided'
wants 3 'more than 20 events (--events)' compare capped.lua --events 20
wants 3 'more than 20 events (--events)' run capped.lua --twice --events 20
sed 's/io(5\*ms)/io(5*s)/; s/timeout(1\*s)/timeout(99*s)/; s/rate = 600/rate = 500000/; s/max = 600/max = 1e6/; s/threads(2)/threads(math.huge)/' quick.lua >crowd.lua
wants 3 '(--memory)' run crowd.lua --memory 1 --variant 'too much'
wants 3 'variant "too much" on seed 1 was stopped at ' compare crowd.lua --memory 1

# ---- Output

wants 0 '"scenario": "Quick"' run quick.lua --json
silent '--json'
json "$source/docs/run.schema.json"
wants 1 '"passed": false' run failing.lua --json
json "$source/docs/run.schema.json"
wants 3 '' run quick.lua --json --until 1s
json "$source/docs/run.schema.json"
wants 3 '(--events)' run capped.lua --json --events 20
json "$source/docs/run.schema.json"
wants 0 '"same": true' run quick.lua --json --twice
json "$source/docs/twice.schema.json"
wants 0 '"passed": true' run quick.lua --json --seeds 2
json "$source/docs/seeds.schema.json"
wants 3 '' run capped.lua --json --seeds 2 --events 20
grep -q '"mean": null' out || complain '--seeds has a mean of nothing'
json "$source/docs/seeds.schema.json"
wants 0 '"differs": true' compare quick.lua --json
json "$source/docs/compare.schema.json"
wants 2 '--json takes no value' run quick.lua --json=1
wants 0 'Expectations' run quick.lua
wants 0 'passed' run quick.lua --quiet
! grep -q 'Services' out || complain '--quiet shows the tables'
wants 0 'Quick' run quick.lua --trace trace.json
silent '--trace'
"$check_trace" trace.json >reader || complain "the trace: $(cat reader)"
grep -q '^[1-9][0-9]* events.* 0 records lost' reader || complain "the trace: $(cat reader)"
[ -z "$(find . -name '*.part*')" ] || complain 'the trace leaves a part of itself behind'
sed 's/3\*s/900*s/' quick.lua >longer.lua
wants 0 'Quick' run longer.lua --trace trace.json
grep -q 'the trace holds the last 262144 of [0-9]* records, from [0-9.]* s on' err ||
    complain 'a trace that leaves something out does not say so'
"$check_trace" trace.json >reader || complain "the cut trace: $(cat reader)"
[ "$(wc -c <trace.json)" -lt 64000000 ] || complain 'a cut trace is longer than 64 MB'
wants 2 'cannot be written to ./no/such' run quick.lua --trace ./no/such
wants 2 'cannot be written to .' run quick.lua --trace .
wants 2 '--trace needs a value' run quick.lua --trace
wants 2 'not with --trace' run quick.lua --twice --trace trace.json
wants 0 'twice the same: 3 seconds, digest ' run quick.lua --twice

# ---- What a command does not take

wants 2 'which scenario?' run
wants 2 'which scenario?' check
wants 2 'which scenario?' compare --json
wants 2 'is too many' run quick.lua hello.lua
wants 2 'is too many' compare quick.lua hello.lua
wants 2 'is too many' bench hello.lua
wants 2 'there is no option "bogus"' run quick.lua --bogus
wants 2 'did you mean "quiet"?' run quick.lua --quite
wants 2 'there is no option "-q"' run quick.lua -q
wants 2 'there is no option "json"' check quick.lua --json
wants 2 'there is no option "variant"' compare quick.lua --variant default
wants 2 'there is no option "seeds"' compare quick.lua --seeds 3
wants 2 'there is no option "seed"' bench --seed 1
exit $failed
