#!/bin/sh
# test_random_input.sh PROGRAM SCRIPT AMOUNT [SEED]: random_input on a display of its own (Xvfb), from a
# seed that is said and that is another one each day. Skipped where there is no such display.
set -u
program=$1 script=$2 amount=$3 seed=${4:-$(date +%Y%m%d)}
command -v Xvfb >/dev/null || {
    echo 'no Xvfb here'
    exit 77
}
number=$(mktemp) || exit 1
server=
finish() {
    [ -z "$server" ] || kill "$server" 2>/dev/null
    rm -f "$number"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM
Xvfb -displayfd 3 -screen 0 1400x900x24 3>"$number" 2>/dev/null &
server=$!
until [ -s "$number" ]; do
    kill -0 "$server" 2>/dev/null || {
        echo 'no display'
        exit 1
    }
    sleep 0.1
done
DISPLAY=:$(cat "$number")
export DISPLAY
unset WAYLAND_DISPLAY SDL_VIDEODRIVER
# What SDL loads for a real display keeps some of its memory when it is unloaded, and then has no name that
# a suppression could say. What was freed is kept aside for a while, to be caught when it is used:
# little of it, as it counts among the memory that is held.
ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0:quarantine_size_mb=16"
export ASAN_OPTIONS
"$program" "$script" "$seed" "$amount"
