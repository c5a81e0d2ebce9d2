#!/bin/sh
# test_command_terminal.sh CONVOY SOURCE CHECK_SCHEMA CHECK_TRACE: what a terminal is shown, in its
# colours and width, and what a pipe gets. A terminal is made by script(1), where there is one.
. "${0%/*}/command.sh"
escape=$(printf '\033')

"$convoy" run quick.lua >out 2>err
grep -q "$escape" out && complain 'there are colours in a pipe'
LC_ALL=C grep -q '[^ -~]' out && complain 'a pipe gets more than ASCII'
COLUMNS=40 "$convoy" run quick.lua | grep -v 'events in' >narrow
grep -v 'events in' out | cmp -s - narrow || complain 'the width of a pipe depends on COLUMNS'

command -v script >/dev/null && command -v stty >/dev/null || exit $failed
export LC_ALL=C

# shown COLUMNS NAME=VALUE... -- WORD...: what a terminal of that width is shown, with the
# ends of lines as in a file. What is written over a line, as the progress of a long run is, stands on
# lines of its own.
shown() {
    columns=$1
    shift
    settings=
    while [ "$1" != -- ]; do
        settings="$settings $1"
        shift
    done
    shift
    script -qec "stty cols $columns; env $settings '$convoy' $*" /dev/null </dev/null |
        sed 's/\r$//' | tr '\r' '\n' >shown
}
longest() {
    sed "s/$escape\[[0-9;]*[A-Za-z]//g" shown | awk '{ if (length > n) n = length } END { print n + 0 }'
}

shown 100 TERM=xterm -- run quick.lua
grep -q 'Quick' shown || exit $failed # no terminal is to be had here
grep -q "$escape\[" shown || complain 'a terminal gets no colours'
shown 100 TERM=xterm NO_COLOR=1 -- run quick.lua
grep -q "$escape" shown && complain 'NO_COLOR is not honoured'
shown 100 TERM=xterm NO_COLOR= -- run quick.lua
grep -q "$escape" shown || complain 'an empty NO_COLOR counts'
shown 100 TERM=dumb -- run quick.lua
grep -q "$escape" shown && complain 'a dumb terminal gets colours'

for columns in 80 200; do
    for what in 'run quick.lua' 'run hello.lua' 'compare quick.lua' 'help retry' \
        'run quick.lua --seeds 1' "run $source/scenarios/retry-storm.lua"; do
        shown $columns TERM=dumb -- "$what"
        n=$(longest)
        [ "$n" -gt 0 ] || complain "convoy $what shows nothing"
        [ "$n" -le $columns ] || complain "convoy $what is $n wide on a terminal of $columns"
    done
done
# Half of a split screen: a table each of those that not every run has.
for what in hello retry-storm loop-lag noisy-tenant outbox policy-order probe-loop hedging; do
    shown 60 TERM=dumb -- "run $source/scenarios/$what.lua"
    n=$(longest)
    [ "$n" -gt 50 ] && [ "$n" -le 60 ] || complain "$what is $n wide on a terminal of 60"
done
shown 200 TERM=dumb -- run hello.lua
[ "$(longest)" -gt 100 ] || complain 'a wide terminal is not made use of'
# A terminal that does not know its width: COLUMNS does.
shown 0 TERM=dumb COLUMNS=90 -- run hello.lua
n=$(longest)
[ "$n" -le 90 ] && [ "$n" -gt 80 ] || complain "COLUMNS=90 gives $n"
exit $failed
