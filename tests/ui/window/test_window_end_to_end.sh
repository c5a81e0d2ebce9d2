#!/bin/sh
# test_window_end_to_end.sh CONVOY: the program on a display of its own (Xvfb), with keys and a mouse
# from outside (xdotool). What it shows is learnt from the pictures that it saves, whose names tell the
# moment: each step is waited for, however long it takes. Skipped where there is no such display.
set -u
convoy=$1
for tool in Xvfb xdotool; do
    command -v $tool >/dev/null || {
        echo "no $tool here"
        exit 77
    }
done
work=$(mktemp -d) || exit 1
cd "$work" || exit 1
server= program=
finish() {
    [ -z "$program" ] || kill "$program" 2>/dev/null
    [ -z "$server" ] || kill "$server" 2>/dev/null
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

# until_it COMMAND...: again and again, until it is true or the program is gone.
until_it() {
    until "$@"; do
        kill -0 "${program:-$server}" 2>/dev/null || {
            echo "gone before: $*"
            cat said 2>/dev/null
            exit 1
        }
        sleep 0.1
    done
}

# What SDL loads for a real display (GL, D-Bus) keeps some of its memory when it is unloaded again,
# and then has no name that a suppression could say. The tests without a display look for leaks.
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0"

Xvfb -displayfd 3 -screen 0 1400x900x24 3>number 2>/dev/null &
server=$!
until_it test -s number
DISPLAY=:$(cat number)
export DISPLAY
unset WAYLAND_DISPLAY SDL_VIDEODRIVER

cat >quick.lua <<'END'
scenario("Quick", { duration = 4*s })
local api = service("api", { executor = threads(2), handler = io(5*ms) })
client("users", { target = api, arrivals = poisson(100), timeout(1*s) })
END
"$convoy" open quick.lua --at 2 >said 2>&1 &
program=$!

# The first window that is seen may not be the one that stays: SDL makes it anew for what it
# draws with. So it is looked for again whenever it is spoken to.
has_focus() {
    window=$(xdotool search --onlyvisible --name '^convoy$' 2>/dev/null | head -1)
    [ -n "$window" ] && xdotool windowfocus "$window" 2>/dev/null
}
until_it has_focus

# saved MILLISECONDS: asks for a picture until there is one of this moment.
saved() {
    has_focus && xdotool key x
    [ -s "Quick-$1ms.png" ]
}
until_it saved 2000
xdotool key Right
until_it saved 3000

# The timeline lies 20 points from either side; a quarter of it is a second.
eval "$(xdotool getwindowgeometry --shell "$window")"
xdotool mousemove $((X + 900)) $((Y + 745)) mousedown 1 mousemove $((X + 330)) $((Y + 745)) mouseup 1
until_it saved 1000
xdotool key q
wait "$program"
status=$?
program=
[ $status -eq 0 ] || {
    echo "closed with status $status: $(cat said)"
    exit 1
}
[ -z "$(find . -name '*.part*')" ] || {
    echo 'a picture was left half written'
    exit 1
}
