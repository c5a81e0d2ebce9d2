#!/bin/sh
# test_command_runs.sh CONVOY SOURCE CHECK_SCHEMA CHECK_TRACE: runs that have stood still, come out
# otherwise with a trace, or been refused by chance.
. "${0%/*}/command.sh"

digest() {
    "$convoy" run "$@" --json 2>err | sed -n 's/^ *"digest": *"\(.*\)".*/\1/p'
}

# ---- All that waits in a pipe gets through at one instant, in the order in which it was sent

cat >pipe.lua <<'END'
scenario("Pipe", { duration = 6*s })
local a = service("a", { handler = io(1*ms) })
local b = service("b", { executor = threads(8), handler = call(a) })
client("u", { target = b, arrivals = constant(30) })
between(2*s, 2.5*s, a:latency(20*ms))
between(3*s, 3.5*s, a:bandwidth(20*KB))
END
plain=$(digest pipe.lua) traced=$(digest pipe.lua --trace /dev/null)
[ -n "$plain" ] || complain "the pipe: $(cat err)"
[ "$plain" = "$traced" ] || complain "with a trace the pipe is another run: $plain and $traced"

# ---- A worker that its host has no room for is started and killed again and again

cat >room.lua <<'END'
scenario("No room", { duration = 5*s })
local small = host("small", { memory = 10*MB })
local a = service("a", { executor = gunicorn { memory = 20*MB }, host = small, handler = io(1*ms) })
client("u", { target = a, arrivals = poisson(10), timeout(1*s) })
END
wants 0 'For want of memory' run room.lua

# ---- What a set changes is seen whatever stands between the fields of a definition

cat >set.lua <<'END'
scenario("Set", { duration = 10*s })
local rate = knob("rate", 33)
local a = service("a", { handler = {} })
local b = service("b", { handler = call(a, { throttle {}, connections(10) }) })
client("u", { target = b, arrivals = poisson(rate) })
between(5*s, 6*s, set { rate = 7 })
END
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    wants 0 'well' check set.lua
done

# ---- A fault that never began has no time

cat >never.lua <<'END'
scenario("Never", { duration = 3*s })
local a = service("a", { handler = io(1*ms) })
client("u", { target = a, arrivals = constant(5) })
when({ "a.queue.mean", at_least = 20, over = 2*s, lasts = 3*s }, a:slow(2))
END
wants 0 '"from": null' run never.lua --json
json "$source/docs/run.schema.json"
# A run says that check has something to say, and is silent else.
sed 's/^client/db:slow(2)\nclient/; s/"api"/"db"/; s/local api/local db/; s/= api/= db/' quick.lua >dropped.lua
wants 0 'Quick' run dropped.lua
grep -q 'check dropped.lua has 1 remark on this script' err || complain "run says nothing of remarks: $(cat err)"
wants 0 '' run dropped.lua --quiet
silent 'run --quiet'
wants 0 '' run dropped.lua --json
silent 'run --json'
wants 0 'Quick' run quick.lua
silent 'a run without remarks'

exit $failed
