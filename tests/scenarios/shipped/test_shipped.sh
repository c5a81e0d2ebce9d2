#!/bin/sh
# test_shipped.sh CONVOY SOURCE SEEDS NAME: the shipped scenario of that name builds without
# remarks, opens with a comment, runs twice alike, and all that it expects of all its variants
# holds on seeds 1 to SEEDS.
set -u
convoy=$1 source=$2 seeds=$3 file=$2/scenarios/$4.lua
fail() {
    echo "$file: $*"
    exit 1
}
[ -f "$file" ] || fail "is not there"
said=$("$convoy" check "$file") || fail "does not build"
[ "$said" = "$file: well" ] || fail "has remarks: $said"
head -n 1 "$file" | grep -q '^-- ' || fail "does not open with a comment"
sed '/^--/!q' "$file" | grep -q 'Watch\|watch' || fail "does not say what to watch"
sed '/^--/!q' "$file" | grep -q 'Try\|try' || fail "does not say what to try"
grep -q '^expect(' "$file" || fail "expects nothing"
"$convoy" run "$file" --seeds "$seeds" || fail "fails on seeds 1 to $seeds"
"$convoy" run "$file" --twice || fail "differs from itself"
# About two seconds of a core, counted in events and not by a clock: at three million a second.
# A variant is a run of its own.
events=$("$convoy" run "$file" --json | sed -n 's/^ *"events": *\([0-9]*\),.*/\1/p')
[ -n "$events" ] || fail "does not say how many events it took"
echo "$events events"
[ "$events" -le 6000000 ] || fail "takes $events events, more than 6 million"
[ "$4" != hello ] || [ "$(wc -l <"$file")" -lt 20 ] || fail "is not under 20 lines"
