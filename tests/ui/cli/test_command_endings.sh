#!/bin/sh
# test_command_endings.sh CONVOY SOURCE CHECK_SCHEMA CHECK_TRACE: a reader that goes away, a disk
# that is full, and Ctrl-C.
. "${0%/*}/command.sh"

# ---- Output that does not arrive

# full STATUS WORD...
full() {
    wanted=$1
    shift
    "$convoy" "$@" >/dev/full 2>err
    got=$?
    [ $got -eq "$wanted" ] || complain "convoy $* to a full disk: status $got, wanted $wanted"
    grep -q 'standard output cannot be written' err || complain "convoy $* to a full disk says nothing"
}
if [ -c /dev/full ]; then
    full 4 run quick.lua
    full 4 run quick.lua --json
    full 4 run quick.lua --twice
    full 4 run quick.lua --seeds 1
    full 1 run failing.lua
    full 4 check quick.lua
    full 4 compare quick.lua
    full 4 compare quick.lua --json
    full 4 help
    full 4 help retry
    full 4 --version
    # A device stays one.
    wants 2 'the trace cannot be written to /dev/full' run quick.lua --trace /dev/full
    [ -c /dev/full ] || complain '/dev/full is no device any more'
fi
wants 0 'Quick' run quick.lua --trace /dev/null
[ -c /dev/null ] || complain '/dev/null is no device any more'
"$convoy" run quick.lua >&- 2>err
[ $? -eq 4 ] || complain 'without standard output the status is another'

# A reader that has gone ends the program by SIGPIPE, quietly, as it does any other. The status
# is written to a file: that of a pipe's first part is not to be had otherwise.
sed 's/3\*s/900*s/' quick.lua >longer.lua
{
    "$convoy" run longer.lua --json 2>err
    echo $? >status
} | true
[ "$(cat status)" -eq 141 ] || complain "a reader that has gone: status $(cat status)"
[ ! -s err ] || complain "a reader that has gone: $(cat err)"

# ---- Ctrl-C

# Simulates for many minutes: nobody waits for its end.
sed 's/3\*s/2e6*s/' quick.lua >endless.lua

# interrupted WORD...: starts it, waits until it catches SIGINT, interrupts it; its status is in
# `got`. The second bit of what it catches is SIGINT's; before it is convoy it is a shell.
interrupted() {
    "$convoy" "$@" >out 2>err &
    pid=$!
    until tr '\n' ' ' </proc/$pid/status 2>/dev/null |
        grep -q '^Name:.convoy .*SigCgt:.[0-9a-f]*[2367abef] '; do
        kill -0 $pid 2>/dev/null || {
            complain "convoy $* has ended by itself: $(cat err)"
            return
        }
    done
    kill -INT $pid
    wait $pid
    got=$?
    [ $got -eq 130 ] || complain "convoy $* is interrupted: status $got"
}
interrupted run endless.lua
grep -q '^What happened' out || complain 'an interrupted run does not tell what it has'
grep -qi 'interrupted' out err || complain 'an interrupted run does not say that it is'
grep -q '^convoy: interrupted' err || complain 'an interrupted run does not say so on standard error'
interrupted run endless.lua --json
json "$source/docs/run.schema.json"
grep -q '"state": "interrupted"' out || complain 'the JSON of an interrupted run does not say so'
interrupted run endless.lua --trace trace.json
"$check_trace" trace.json >reader || complain "the trace of an interrupted run: $(cat reader)"
interrupted run endless.lua --seeds 3
grep -q 'interrupted' err || complain 'interrupted --seeds does not say so'
grep -q 'UNDECIDED' out || complain 'interrupted --seeds does not tell what it has'
interrupted run endless.lua --twice
grep -q 'interrupted' err || complain 'interrupted --twice does not say so'
interrupted compare endless.lua
grep -q 'interrupted after 0 of 2 variants' err || complain 'interrupted compare does not say so'
interrupted bench --json
json "$source/docs/bench.schema.json"
grep -q 'interrupted' err || complain 'interrupted bench does not say so'
interrupted calibrate here.lua
grep -q 'interrupted: nothing is written' err || complain 'interrupted calibrate does not say so'
[ ! -e here.lua ] || complain 'interrupted calibrate writes'
# Without an interpreter there is nothing to interrupt.
if "$convoy" verify gil --json 2>err >out & pid=$!; sleep 1; kill -0 $pid 2>/dev/null; then
    kill -INT $pid
    sleep 1
    grep -q 'interrupted: it ends after the check' err || complain 'interrupted verify says nothing at once'
    wait $pid
    [ $? -eq 130 ] || complain 'interrupted verify has another status'
fi
exit $failed
