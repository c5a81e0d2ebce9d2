#!/bin/sh
# test_verify_command.sh CONVOY quick|slow SOURCE CHECK_SCHEMA: what `convoy verify` says and ends with.
set -u
convoy=$1 source=$3 schema=$4
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

# wants STATUS PATTERN WORD...: the status, and a pattern that the last line matches.
wants() {
    status=$1 pattern=$2
    shift 2
    out=$("$convoy" verify "$@" 2>&1)
    got=$?
    [ "$got" -eq "$status" ] && printf '%s\n' "$out" | tail -n 1 | grep -q "$pattern" && return
    failed=1
    printf 'convoy verify %s: status %s, not %s, or not %s:\n%s\n' \
        "$*" "$got" "$status" "$pattern" "$out"
}

wants 0 '^agree 7, differ 0, undecided 0, absent 0$' rate_limit
wants 0 '^agree 26, differ 0, undecided 0, absent 0$' retry budget breaker
wants 0 '^agree 7, differ 0, undecided 0, absent 0$' shed concurrency_limit
wants 0 '^agree 3, differ 0, undecided 0, absent 0$' throttle utilisation
wants 2 '^known: gil ' gill
wants 2 '^known: json report impl rows$' --seed 1
wants 2 'cannot be written' rate_limit --report "$work/no/page.html"

# An implementation of one's own: what new-impl writes compiles and implements nothing.
wants 2 'needs one pattern' --impl "$work/x.so"
wants 2 '^known: rate_limit breaker budget retry' gil --impl "$work/x.so"
wants 2 'there is no such file' rate_limit --impl "$work/x.so"
"$convoy" lab new-impl rate_limit "$work/mine.c" >"$work/said" || failed=1
"$convoy" lab new-impl rate_limit "$work/mine.c" 2>/dev/null
[ $? -eq 2 ] || { failed=1; echo 'new-impl writes over a file'; }
"$convoy" lab new-impl rate_limit "$work/no/mine.c" 2>&1 | grep -q 'is its folder there' || {
    failed=1
    echo 'new-impl does not say that the folder is not there'
}
sed -n 's/^  cc /cc -Werror /p' "$work/said" | sh || { failed=1; echo 'what new-impl writes does not compile'; }
wants 1 '^agree 0, differ 7, undecided 0, absent 0$' rate_limit --impl "$work/mine.so"
"$convoy" verify rate_limit --impl "$work/mine.so" | grep -q 'gcra: not implemented: open() returned NULL' || {
    failed=1
    echo 'what new-impl writes does not say that it implements nothing'
}

compiles() { # compiles PATTERN KIND CHECKS: as new-impl writes it, and it says that nothing is there
    "$convoy" lab new-impl "$1" "$work/$1.c" >"$work/said" || failed=1
    sed -n 's/^  cc /cc -Werror /p' "$work/said" | sh || { failed=1; echo "what new-impl writes of $1 does not compile"; }
    wants 1 "^agree 0, differ $3, undecided 0, absent 0\$" "$1" --impl "$work/$1.so"
    "$convoy" verify "$1" --impl "$work/$1.so" | grep -q "$2: not implemented: open() returned NULL" || {
        failed=1
        echo "what new-impl writes of $1 does not say that it implements nothing"
    }
}
compiles breaker hystrix 5
compiles budget finagle 7
compiles retry capped 14
compiles concurrency_limit vegas 4
compiles shed codel 3
compiles bulkhead places 2
compiles hedge tied 5
compiles cache "single flight" 2
compiles balance p2c 6
"$convoy" verify gil --impl "$work/x.so" 2>&1 | grep -q ' idempotency' && compiles idempotency with 1

# The page holds each check once, and nothing that is not closed.
"$convoy" verify rate_limit --report "$work/page.html" >"$work/text" || failed=1
rows=$(grep -c '^<tr class=agree>' "$work/page.html")
lines=$(grep -c '^agree ' "$work/text")
[ "$rows" -gt 0 ] && [ "$rows" -eq $((lines - 1)) ] || {
    failed=1
    printf 'the page has %s rows for %s checks\n' "$rows" "$((lines - 1))"
}
[ -z "$(find "$work" -name '*.part*')" ] && tail -n 1 "$work/page.html" | grep -q '^</html>$' || failed=1
"$convoy" verify rate_limit --json >"$work/json" || failed=1
"$schema" "$source/docs/verify.schema.json" "$work/json" || failed=1

[ "$2" = slow ] || exit $failed

# Threads in real time are beside the decisions of these; on a busy machine they are undecided.
"$convoy" verify bulkhead cache hedge >"$work/text"
case $? in
0 | 3) ;;
*) failed=1 ;;
esac
grep -q '^agree [0-9]*, differ 0, ' "$work/text" && [ "$(grep -c ' statistic ' "$work/text")" -eq 6 ] || {
    failed=1
    cat "$work/text"
}

# The counts of the JSON are those of its checks.
json=$("$convoy" verify gil --json)
status=$?
for verdict in agree differ undecided absent; do
    said=$(printf '%s\n' "$json" | sed -n "s/^ *\"$verdict\": *\([0-9]*\),*$/\1/p")
    counted=$(printf '%s\n' "$json" | grep -c "\"verdict\": *\"$verdict\"")
    [ "$said" = "$counted" ] && continue
    failed=1
    printf '%s is said to be %s and is %s\n' "$verdict" "$said" "$counted"
done
# Status 1 when anything differs, else 3 when anything is undecided.
case $(printf '%s\n' "$json" | sed -n 's/^ *"\(differ\|undecided\)": *[1-9].*/\1/p' | tr '\n' ' ') in
*differ*) wanted=1 ;;
*undecided*) wanted=3 ;;
*) wanted=0 ;;
esac
[ "$status" -eq "$wanted" ] || {
    failed=1
    printf 'status %s, not %s\n' "$status" "$wanted"
}
# Killed outright, it leaves no server and no worker behind. Where no server can be begun there is
# none to leave.
theirs() {
    grep -aslE "serve[.]py.convoy-verify-$killed-" /proc/[0-9]*/cmdline
}
"$convoy" verify servers >/dev/null 2>&1 &
killed=$!
n=0
while [ "$n" -lt 300 ] && kill -0 "$killed" 2>/dev/null && [ "$(theirs | wc -l)" -lt 4 ]; do
    n=$((n + 1))
    sleep 0.1
done
kill -KILL "$killed" 2>/dev/null
wait "$killed" 2>/dev/null
# Dying may take them long where the machine is busy, so none is waited for by the clock: one that
# has lost its parent and sleeps with no SIGKILL on its way will not end.
outlives() {
    all=" $(theirs | tr -dc '0-9\n' | tr '\n' ' ')"
    for file in $(theirs); do
        awk -v "file=$file" -v "all=$all" '
            /^State:/ { sleeps = $2 == "S" }
            /^PPid:/ { is_orphan = !index(all, " " $2 " ") }
            /^(SigPnd|ShdPnd):/ { is_killed += substr($2, length($2) - 2, 1) ~ /[13579bdf]/ }
            END { if (sleeps && is_orphan && !is_killed) print file }
        ' "${file%cmdline}status" 2>/dev/null
    done
}
while [ -n "$(theirs)" ]; do
    # What was seen while its parent ended is looked at once more.
    for file in $(outlives); do
        outlives | grep -qx "$file" || continue
        failed=1
        echo "servers outlive whoever began them: $file"
    done
    [ "$failed" -eq 0 ] || break
    sleep 0.1
done
exit $failed
