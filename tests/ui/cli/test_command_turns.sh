#!/bin/sh
# test_command_turns.sh CONVOY SOURCE CHECK_SCHEMA CHECK_TRACE: a knob that is turned in the midst of a
# run is felt, or refused with a reason, wherever in a script it stands. Nothing is left as it was
# without a word.
. "${0%/*}/command.sh"

# turns WHERE FROM TO felt|refused API DB: in a world whose services are made of these words, d is turned
# in the middle: that makes another run, or is refused.
turns() {
    where=$1 from=$2 wanted=$4 api=$5 db=$6 digests=
    # To what it stands at, and to another: both runs have a turn.
    for to in $2 $3; do
        cat >turn.lua <<END
scenario("Turn", { duration = 10*s })
local d = knob("d", $from, { min = 0, max = 100000 })
local hot = cache("hot", { entries = 100 })
local db = service("db", { executor = threads(8), $db })
local api = service("api", { executor = threads(64), runtime = cpython "3.12", $api })
client("users", { target = api, arrivals = poisson(150), timeout(2*s) })
at(5*s, set { d = $to })
END
        "$convoy" run turn.lua >out 2>err </dev/null
        got=$?
        digests="$digests $(sed -n 's/.*digest //p' out)"
    done
    set -- $digests
    case $wanted in
    felt)
        [ $got -eq 0 ] || complain "$where: cannot be turned: $(head -2 err)"
        [ $# -eq 2 ] || complain "$where: one of the runs has no digest: $(head -2 err)"
        [ "${1-}" != "${2-}" ] || complain "$where: is turned, and nothing comes of it"
        ;;
    refused)
        [ $got -eq 2 ] || complain "$where: status $got, wanted a refusal"
        grep -q 'cannot be done while the run goes on' err || complain "$where: is refused without a reason: $(head -2 err)"
        ;;
    esac
}

io='handler = io(exponential(40*ms))'
calls='handler = call(db, '
turns 'a duration' 10 90 felt "$calls {})" 'handler = io(d*ms)'
turns 'a distribution' 10 90 felt "$calls {})" 'handler = io(exponential(d*ms))'
turns 'python' 1 6 felt 'handler = { python(d*ms), call(db) }' "$io"
turns 'a timeout' 1000 20 felt "$calls { timeout(d*ms) })" "$io"
turns 'attempts' 1 4 felt "$calls { retry { max_attempts = d }, timeout(20*ms) })" "$io"
turns 'backoff' 1 400 felt "$calls { retry { base = d*ms }, timeout(20*ms) })" "$io"
turns 'a hedge' 5 90 felt "$calls { hedge { after = d*ms } })" "$io"
turns 'hedges' 2 1 felt "$calls { hedge { after = 1*ms, max_attempts = d } })" "$io"
turns 'a concurrency limit' 50 1 felt "$calls { concurrency_limit(d) })" "$io"
turns 'an upper end' 200 20 felt "$calls { concurrency_limit(\"aimd\", { max = d, initial = 20 }) })" "$io"
turns 'shedding' 90 2 felt "$calls {})" "shed(\"criticality\", { limit = d }), $io"
turns 'a threshold' 0.99 0.1 felt "$calls {})" "shed(\"utilisation\", { threshold = d, ramp = 1*s }), $io"
turns 'a throttle' 2 1 felt "$calls { throttle { k = d }, timeout(30*ms) })" "$io"
turns 'a rate limit' 1000 5 felt "$calls { rate_limit(\"token_bucket\", { limit = d }) })" "$io"
turns 'an entry of a cache' 1 90 felt "handler = cached(hot, { call(db) }, { key = zipf { n = 1000, s = 1 }, ttl = d*ms })" "$io"
turns 'how many workers' 8 2 refused "$calls {})" "executor = threads(d), $io"
turns 'a bulkhead' 50 1 refused "$calls { bulkhead(d) })" "$io"
turns 'a breaker' 5 1 refused "$calls { breaker { min_calls = d } })" "$io"
turns 'a ramp' 120 1 refused "$calls {})" "shed(\"utilisation\", { ramp = d*s }), $io"
turns 'a key' 100 1 refused "$calls {})" "idempotency { ttl = d*s }, $io"
turns 'cores' 4 1 refused "$calls {})" "cores = d, $io"
turns 'a semaphore' 4 1 refused "$calls { semaphore(d) })" "$io"

exit $failed
