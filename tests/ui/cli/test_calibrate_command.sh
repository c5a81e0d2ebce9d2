#!/bin/sh
# test_calibrate_command.sh CONVOY SOURCE CHECK_SCHEMA: a round of `convoy calibrate` with the real
# interpreter, if there is one, gives a runtime that a scenario can include.
set -u
convoy=$1 source=$2 schema=$3
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0

complain() {
    failed=1
    printf '%s\n' "$*"
}

"$convoy" calibrate here.lua --seconds 1 --json >json 2>said
status=$?
case $status in
0 | 3) ;;
*) complain "status $status: $(cat said)" ;;
esac
if [ -e here.lua ]; then
    "$schema" "$source/docs/calibrate.schema.json" json || failed=1
    cat >uses.lua <<'END'
scenario("Here", { duration = 2*s })
local here = include "here.lua"
local api = service("api", { runtime = here, executor = threads(4), handler = { python(2*ms), io(1*ms) } })
client("users", { target = api, arrivals = poisson(100) })
END
    "$convoy" run uses.lua --quiet || complain 'the file cannot be included'
    grep -q '^  thread_start = [0-9.]*\*[um]s, ' here.lua || complain "no thread_start: $(cat here.lua)"
    [ -z "$(find . -name '*.part*')" ] || complain 'half a file is left'
else
    [ "$status" = 3 ] || complain 'there is no file'
fi
"$convoy" calibrate one.lua two.lua 2>said
[ $? -eq 2 ] || complain 'two files were taken'
"$convoy" calibrate --seconds 0 2>said
[ $? -eq 2 ] || complain 'no time was taken'
exit $failed
