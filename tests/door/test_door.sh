#!/bin/sh
# The launcher in a tree of fakes: a fake compiler, CMake, apt and so on, steered by files and
# variables, each writing down what it was asked. Needs no network and changes nothing outside
# its own folder. With a name, runs that test only.
set -u

launcher=$(cd "$(dirname "$0")/../.." && pwd)/convoy
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT
unset CC CI CMAKE_GENERATOR CDPATH

fail() {
    echo "not ok: $*" >&2
    exit 1
}

# fake NAME: a command in the fakes' folder, its body on standard input.
fake() {
    { echo '#!/bin/sh' && cat; } >"$FAKES/$1"
    chmod +x "$FAKES/$1"
}

# A machine that has it all, and a tree that was never built.
machine() {
    FAKES=$1/fakes
    mkdir -p "$FAKES"
    export FAKES
    for tool in cat chmod find flock grep id mkdir mktemp mv nproc readlink rm sed sh touch env; do
        ln -s "$(command -v $tool)" "$FAKES/$tool"
    done
    touch "$FAKES/has-lua" "$FAKES/has-cmocka"
    : >"$FAKES/log"

    fake uname <<'END'
echo "${FAKE_SYSTEM:-Linux}"
END
    fake gcc <<'END'
[ "$1" = -E ] || [ "$2" = -E ] && { echo "found ${FAKE_LUA:-504}"; exit; }
! grep -q lua.h "$1" || [ -e "$FAKES/has-lua" ] || exit 1
! grep -q cmocka.h "$1" || [ -e "$FAKES/has-cmocka" ]
END
    fake ninja <<'END'
echo 1.11.1
END
    fake cmake <<'END'
echo "cmake $*" >>"$FAKES/log"
echo 'talk of the tool on standard output'
option() { # option NAME: the argument after it
    name=$1
    shift
    while [ $# -gt 0 ]; do
        [ "$1" != "$name" ] || { echo "$2"; return; }
        shift
    done
}
arguments=$*
case $1 in
--version)
    echo "cmake version ${FAKE_CMAKE:-3.25.1}"
    ;;
--build)
    [ ! -p "$FAKES/started" ] || { echo >"$FAKES/started"; cat "$FAKES/go"; }
    [ ! -e "$FAKES/die" ] || { rm "$FAKES/die"; kill -9 $PPID; exit 1; }
    [ ! -e "$FAKES/broken" ] || exit 1
    mkdir -p "$2/ui/cli"
    printf '#!/bin/sh\necho "in $PWD:" "$@"\nexit ${FAKE_STATUS:-0}\n' >"$2/ui/cli/convoy"
    chmod +x "$2/ui/cli/convoy"
    ;;
*)
    [ -e "$FAKES/has-lua" ] || exit 1
    folder=$(option -B "$@")
    mkdir -p "$folder"
    echo "CMAKE_HOME_DIRECTORY:INTERNAL=$(option -S "$@")" >"$folder/CMakeCache.txt"
    touch "$folder/build.ninja"
    ;;
esac
END
    fake ctest <<'END'
echo "ctest $* in $PWD" >>"$FAKES/log"
[ "${FAKE_FAILS:-}" != "$2" ] || { echo '0% tests passed, 1 tests failed out of 1'; exit 8; }
echo '100% tests passed, 0 tests failed out of 7'
END

    tree="$1/a tree"
    mkdir -p "$tree/cmake" "$tree/sim/engine" "$tree/scenarios/host" "$tree/ui" "$1/elsewhere"
    touch "$tree/CMakeLists.txt" "$tree/CMakePresets.json" "$tree/sim/engine/a.c" \
        "$tree/scenarios/x.lua" "$tree/scenarios/host/b.c"
    cp "$launcher" "$tree/convoy"
    cd "$1/elsewhere" || exit 1
}

# call PATH ARGUMENT...: runs it with nothing but the fakes; leaves out, err and status.
call() {
    status=0
    PATH=$FAKES "$@" >"$FAKES/out" 2>"$FAKES/err" </dev/null || status=$?
    out=$(cat "$FAKES/out") err=$(cat "$FAKES/err")
}

wants_status() {
    [ "$status" -eq "$1" ] || fail "status $status, not $1; said: $err"
}

wants_out() {
    [ "$out" = "$1" ] || fail "standard output is: $out; wanted: $1; said: $err"
}

wants_said() {
    case $err in *"$1"*) ;; *) fail "nothing said of '$1' in: $err" ;; esac
}

wants_silence() {
    [ -z "$err" ] || fail "said: $err"
}

builds() {
    grep -c '^cmake --build' "$FAKES/log"
}

first_call_sets_up_and_runs_and_later_ones_only_run() {
    call "$tree/convoy" run x.lua --json
    wants_status 0
    wants_out "in $PWD: run x.lua --json"
    wants_said 'setting up'

    : >"$FAKES/log"
    call "$tree/convoy" run x.lua
    wants_out "in $PWD: run x.lua"
    wants_silence
    [ ! -s "$FAKES/log" ] || fail "a later call used: $(cat "$FAKES/log")"
}

arguments_and_status_pass_through() {
    FAKE_STATUS=130
    export FAKE_STATUS
    call "$tree/convoy" run 'two words' '' '*'
    wants_status 130
    wants_out "in $PWD: run two words  *"
}

tests() {
    sed -n 's/^\([a-z_0-9]*\)() {$/\1/p' "$0" | grep '_.*_.*_'
}

failed=0
for test in ${1:-$(tests)}; do
    if (machine "$top/$test" && "$test"); then
        echo "ok $test"
    else
        echo "not ok $test"
        failed=$((failed + 1))
    fi
done
echo "$failed failed"
[ "$failed" -eq 0 ]
