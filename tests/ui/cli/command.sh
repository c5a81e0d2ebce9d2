# What the tests of the command share: source it with CONVOY SOURCE CHECK_SCHEMA CHECK_TRACE as
# arguments. It works in a folder of its own.
set -u
convoy=$1
source=$(cd "$2" && pwd)
check_schema=$3
check_trace=$4
failed=0
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
cp "$source/scenarios/hello.lua" hello.lua
# Ten times as quick as the shipped one, and decided: a claim that holds, one that does not in
# the variant.
cat >quick.lua <<'END'
scenario("Quick", { duration = 3*s })
local rate = knob("rate", 100, { min = 10, max = 600 })
local api = service("api", { executor = threads(2), handler = io(5*ms) })
client("users", { target = api, arrivals = poisson(rate), timeout(1*s) })
expect("most are answered", { "users.latency.p50", at_most = 20*ms, because = "there is room" })
variant("too much", { rate = 600 })
expect("all stand in line", { variant = "too much", "users.latency.p50", at_least = 20*ms,
  because = "600 a second come and 400 can go" })
END
sed 's/at_most = 20/at_most = 1/' quick.lua >failing.lua

complain() {
    echo "$*"
    failed=1
}

# wants STATUS TEXT WORD...: convoy WORD... ends with that status and says TEXT, on standard
# error where the status is 2, 3 or 4, else on standard output. With status 2 the latter is empty.
wants() {
    wanted=$1 text=$2
    shift 2
    "$convoy" "$@" >out 2>err </dev/null
    got=$?
    [ $got -eq "$wanted" ] || complain "convoy $*: status $got, wanted $wanted: $(head -3 err)"
    [ $got -ne 2 ] || [ ! -s out ] || complain "convoy $*: status 2, and standard output is not empty"
    [ $got -ne 2 ] || [ -s err ] || complain "convoy $*: status 2 without a word"
    if [ "$wanted" -lt 2 ]; then where=out; else where=err; fi
    [ -z "$text" ] || grep -qF -- "$text" $where || complain "convoy $*: does not say \"$text\": $(head -3 $where)"
}

# silent: nothing is on standard error.
silent() {
    [ ! -s err ] || complain "$1 says on standard error: $(head -3 err)"
}

# json [SCHEMA]: standard output was one JSON document, of that schema.
json() {
    "$check_schema" "${1:--}" out || complain "that is no ${1:-JSON}"
}
