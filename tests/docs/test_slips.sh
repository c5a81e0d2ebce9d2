#!/bin/sh
# test_slips.sh CONVOY SOURCE: what a beginner mistypes in scenarios/hello.lua is refused with
# status 2, its line, and the advice that he needs. Each case is a name, a sed expression that
# makes the slip, the line that must be named, and a part of the message.
set -u
convoy=$1 source=$2
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0
cp "$source/scenarios/hello.lua" "$work/hello.lua"
cd "$work" || exit 1

slip() { # slip NAME SED LINE TEXT
    sed "$2" hello.lua >slip.lua
    if cmp -s hello.lua slip.lua; then
        echo "$1: the slip changes nothing"
        failed=1
        return
    fi
    "$convoy" run slip.lua >out 2>err
    status=$?
    if [ $status -ne 2 ] || [ -s out ] || ! grep -q "^slip.lua:$3: " err ||
        ! grep -qF -- "$4" err; then
        echo "$1: status $status, expected 2, line $3 and: $4"
        cat err
        failed=1
    fi
}

slip 'a comma between steps' 's/ms), io/ms) io/' 8 'is a comma missing before it'
slip 'a comma after a key' 's/threads(4),/threads(4)/' 8 'is a comma missing before it'
slip 'a closing brace' 's/^})$//' 12 "or a } above?"
slip 'the end of the file' 's/520 })/520/' 15 'is a } or ) missing?'
slip 'braces around options' 's/"api", {/"api",/' 6 'or the braces'
slip 'a factor' 's/2\*ms/2ms/' 8 'a unit is a factor: 2*ms'
slip 'a factor, with a blank' 's/2\*ms/2 ms/' 8 'a unit is a factor: 2*ms'
slip 'a unit by another name' 's/30\*s/30*sec/' 2 'a second is s: 30*s'
slip 'minutes' 's/30\*s/1*min/' 2 'a minute is minute'
slip 'a word' 's/= service/= servce/' 5 'did you mean "service"?'
slip 'a step' 's/python(/pyton(/' 8 'did you mean "python"?'
slip 'a key' 's/runtime /runtme /' 5 'did you mean "runtime"?'
slip 'a key that is needed' 's/arrivals =/arrival =/' 10 'did you mean "arrivals"?'
slip 'the handler' 's/handler /handeler /' 5 'did you mean "handler"?'
slip 'a bound' 's/at_most/atmost/' 12 'did you mean "at_most"?'
slip 'a bound by another name' 's/at_most/max/' 12 'there is no key "max"'
slip 'no bound' 's/, at_most = 50\*ms//' 12 'says nothing: give at_least'
slip 'a name without quotes' 's/client("users"/client(users/' 10 'stands in quotes'
slip 'a step that waits for nothing' 's/io(5\*ms)/await(io(5*ms))/' 8 'only in a function(req)'
slip 'a name that is taken' 's/client("users"/client("api"/' 10 'is taken by the service of line 5'
slip 'a word in capitals' 's/timeout(1/Timeout(1/' 10 'did you mean "timeout"?'
slip 'a number for an executor' 's/threads(4)/4/' 5 'such as threads(4)'
slip 'a number for arrivals' 's/poisson(rate)/rate/' 10 'such as poisson(100)'
slip 'a policy as a key' 's/timeout(1\*s)/timeout = 1*s/' 10 'a policy stands in the list'
slip 'max_retries' 's/timeout(1\*s)/retry {max_retries = 2}/' 10 'counts the first try'
slip 'a name in quotes' 's/target = api/target = "apii"/' 10 'did you mean "api"?'
slip 'a metric' 's/users.latency/users.latncy/' 12 'did you mean "latency.p99"?'
slip 'a client in a metric' 's/users.latency/user.latency/' 12 'did you mean "users"?'
slip 'a knob in a variant' 's/{ rate = 520/{ rat = 520/' 14 'did you mean "rate"?'
slip 'a setting out of range' 's/520/700/' 14 'expected 10 to 600'
slip 'a version without quotes' 's/"3.12"/(3.12)/' 6 'cpython "3.12"'
slip 'a version' 's/"3.12"/"3.9"/' 6 'known: 3.11'
slip 'curly quotes' 's/"users", /“users”, /' 10 'plain quotation marks'
slip 'a comment of C' 's/^--/\/\//' 1 'a comment begins with --'
# What was Python, or another language, a line ago.
slip 'a key with a colon' 's/handler  = /handler: /' 8 'is given with ='
slip 'a list in brackets' 's/= { python(2\*ms), io(5\*ms) }/= [python(2*ms), io(5*ms)]/' 8 'a list stands in braces'
slip 'a key in quotes' 's/handler  =/"handler" =/' 8 'a key stands without quotes'
slip 'a name with a colon' 's/^local api =/api:/' 5 'is given with ='
slip 'an assignment of Go' 's/^local api =/local api :=/' 5 'a name is given with ='
slip 'import' 's/^--.*/import math/' 1 'include "part.lua"'
slip 'def' 's/^--.*/def f(x): return x/' 1 'function name(x)'
slip 'let' 's/^local rate/let rate/' 3 'made by local'
slip 'a colon after if' 's/^--.*/if true:/' 1 'a block has no colon'
slip 'a loop of Python' 's/^--.*/for i in range(3):/' 3 'a loop is for i = 1, 3 do'
slip 'a choice without then' 's/^--.*/if true/' 2 'if x then ... end'
slip 'a number with underscores before one without a unit' 's/timeout(1\*s)/half_open_for = 5s/' 10 'a unit is a factor'
slip 'an option that is called as a word of Python is' 's/^local rate/from = 5s/' 3 'a unit is a factor'
slip 'a key of JSON' 's/duration = /duration: /' 2 'is given with ='
slip 'unequal' 's/^--.*/x = 1 != 2/' 1 'unequal is ~='
slip 'and' 's/^--.*/x = true \&\& false/' 1 'both is a and b'
slip 'or' 's/^--.*/x = true || false/' 1 'either is a or b'
slip 'plus' 's/^--.*/x += 1/' 1 'n = n + 1'
slip 'a choice' 's/^--.*/x = 1 if true else 2/' 1 'x and a or b'
slip 'a text of Python' 's/"api"/f"api"/' 5 'joined by ..'
slip 'texts added' 's/"api"/"a" + "pi"/' 5 'joined by ..'
slip 'an equals sign too few' 's/^--.*/if 1 = 2 then end/' 1 'equal is =='
slip 'a list gone through' 's/^--.*/for i, x in {1} do end/' 1 'ipairs(list)'
slip 'a text without an end' 's/"users", /"users, /' 10 'a text ends on its line'
slip 'a word to come' 's/threads(4)/gateway()/' 7 'not there yet'

sed 's/2\*ms/2/' hello.lua >slip.lua
if ! "$convoy" check slip.lua | grep -q '^slip.lua:8: .*2 s of work'; then
    echo 'a unit left out: convoy check makes no remark'
    failed=1
fi

# A fault that no time is given to happens never.
sed 's/^client/api:slow(4)\
&/' hello.lua >slip.lua
if ! "$convoy" check slip.lua | grep -q '^slip.lua:10: api slow x4: this never happens'; then
    echo 'a fault without a time: convoy check makes no remark'
    failed=1
fi

# Doubling a number forty times is short to write, and would take for ever to work out.
sed 's/^client/local v = req.x for i = 1, 40 do v = v + v end\
service("double", { handler = io(v) })\
&/' hello.lua >slip.lua
timeout 60 "$convoy" run slip.lua >out 2>err
if [ $? -ne 2 ] || ! grep -q 'values in one expression' err; then
    echo 'an expression that doubles itself is not refused'
    cat err
    failed=1
fi

# A word of a field is no duration.
sed 's/io(5\*ms)/io(choose {{ 1, "pro" }})/' hello.lua >slip.lua
"$convoy" run slip.lua >out 2>err
if [ $? -ne 2 ] || ! grep -q '^slip.lua:8: .*a choice of words' err; then
    echo 'a word for a duration is not refused'
    failed=1
fi
exit $failed
