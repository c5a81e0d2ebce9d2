#!/bin/sh
# test_profile_command.sh CONVOY: what `convoy profile` says of a script's lines, and its status.
set -u
convoy=$1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

complain() {
    failed=1
    printf '%s\n' "$*"
}

cat >"$work/script.lua" <<'END'
scenario("Lines", { duration = 10*s })
local db = service("db", { executor = threads(8), handler = io(2*ms) })
local api = service("api", {
  runtime = cpython "3.12", executor = threads(8), cores = 2,
  handler = {
    list = { python(1*ms),
             call(db, { timeout(1*s) }), python(1*ms) },
    code = function(req)
      await(python(3*ms))
      await(call(db))
    end,
  },
})
client("users", { target = api, route = "list", arrivals = constant(50) })
client("coders", { target = api, route = "code", arrivals = constant(20) })
END

# says PATTERN WORD...: the output matches it, line by line.
says() {
    pattern=$1
    shift
    out=$("$convoy" profile "$@" 2>&1)
    status=$?
    [ "$status" = 0 ] || complain "convoy profile $*: status $status"
    printf '%s\n' "$out" | grep -qE -e "$pattern" ||
        complain "convoy profile $*: nothing matches $pattern in:
$out"
}

# ends STATUS WORD...
ends() {
    wanted=$1
    shift
    out=$("$convoy" profile "$@" 2>&1)
    status=$?
    [ "$status" = "$wanted" ] || complain "convoy profile $*: status $status, not $wanted: $out"
}

cd "$work" || exit 1
# Each step by its line: 50 visits a second for 10 s, two python steps on lines 6 and 7.
says '^ +500 +[0-9.]+ .* script\.lua:6\(python\)$' script.lua
says '^ +500 +[0-9.]+ .* script\.lua:7\(python\)$' script.lua
says '^ +500 +1\.000 +2 ms +1\.000 +2 ms  script\.lua:7\(call db\)$' script.lua
says '^ +200 .* script\.lua:8\(python\)$' script.lua
says '^ +200 .*\(call db\)$' script.lua
says '^ +500 .* script\.lua:3\(handler list\)$' script.lua
# A span: only what ends in it.
says '^ +100 .* script\.lua:7\(call db\)$' script.lua --from 4 --to 6
says '"executor": *"threads"' script.lua --json
ends 2 script.lua --from 6 --to 4
ends 2 script.lua --from later
ends 2 absent.lua
ends 2
ends 3 script.lua --events 1000
exit $failed
