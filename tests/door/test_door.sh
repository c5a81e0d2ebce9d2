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

# A machine that has it all, and a tree that was never built. What is there is a file has-X.
machine() {
    FAKES=$1/fakes
    export FAKES
    mkdir -p "$FAKES"
    for tool in cat chmod env find flock grep mkdir mktemp mv nproc readlink rm sed sh touch; do
        ln -s "$(command -v $tool)" "$FAKES/$tool"
    done
    : >"$FAKES/log"
    touch "$FAKES/has-compiler" "$FAKES/has-lua" "$FAKES/has-cmocka" "$FAKES/has-sanitizers" \
        "$FAKES/has-pictures" "$FAKES/has-window" "$FAKES/has-fonts"
    touch "$FAKES/has-python" "$FAKES/has-hiredis" "$FAKES/has-sqlite3"
    for tool in redis-check-rdb Xvfb xdotool; do fake $tool </dev/null; done
    echo '[ -e "$FAKES/has-compiler" ]' | fake clang

    fake uname <<'END'
echo "${FAKE_SYSTEM:-Linux}"
END
    fake id <<'END'
echo "${FAKE_USER:-0}"
END
    fake gcc <<'END'
[ -e "$FAKES/has-compiler" ] || exit 1
[ "$1" != -m32 ] || shift
case " $* " in
*' -E '*) echo "found ${FAKE_LUA:-504}" ;;
*-fsanitize=*) [ -e "$FAKES/has-sanitizers" ] ;;
*) for name in lua cmocka hiredis sqlite3; do ! grep -q "<\(hiredis/\)\?$name.h>" "$1" || [ -e "$FAKES/has-$name" ] || exit 1; done ;;
esac
END
    fake pkg-config <<'END'
case "$*" in *sdl2*) [ -e "$FAKES/has-window" ]; exit ;; esac
[ -e "$FAKES/has-pictures" ] || exit 1
case $1 in --modversion) echo "${FAKE_PANGO:-1.50.12}" ;; esac
[ "${FAKE_PANGO:-}" != 1.44.7 ] || [ "$1" != --exists ]
END
    fake fc-list <<'END'
[ ! -e "$FAKES/has-fonts" ] || printf 'Inter\nJetBrains Mono\n'
END
    fake python3 <<'END'
[ -e "$FAKES/has-python" ] || exit 127
[ "$1" = --version ] && { echo "Python ${FAKE_PYTHON:-3.11.2}"; exit; }
[ "${FAKE_PYTHON:-3.11.2}" != 3.8.10 ]
END
    fake ninja <<'END'
echo 1.11.1
END
    fake cmake <<'END'
[ "$1" = --version ] && { echo "cmake version ${FAKE_CMAKE:-3.25.1}"; exit; }
echo "cmake $*" >>"$FAKES/log"
echo 'talk of a tool on standard output'
if [ "$1" = --build ]; then
    [ ! -p "$FAKES/started" ] || { echo >"$FAKES/started"; read -r _ <"$FAKES/go"; }
    [ ! -e "$FAKES/cut-short" ] || { rm "$FAKES/cut-short"; kill -9 $PPID; exit 1; }
    [ ! -e "$FAKES/broken" ] || exit 1
    if [ -e "$FAKES/edited" ]; then
        # An edit after the build began and before it ends, told apart by the times of files.
        read -r edited <"$FAKES/edited"
        touch "$FAKES/begun"
        until [ "$edited" -nt "$FAKES/begun" ]; do touch "$edited"; done
        until [ "$FAKES/later" -nt "$edited" ]; do touch "$FAKES/later"; done
    fi
    mkdir -p "$2/ui/cli"
    printf '#!/bin/sh\necho "in $PWD:" "$@"\nexit ${FAKE_STATUS:-0}\n' >"$2/ui/cli/convoy"
    chmod +x "$2/ui/cli/convoy"
    exit
fi
[ -e "$FAKES/has-lua" ] && [ "${FAKE_CMAKE:-3.25}" != 3.18.4 ] || exit 1
fresh= pictures= window=
while [ $# -gt 0 ]; do
    case $1 in
    -DCONVOY_PICTURES=ON) pictures=yes ;;
    -DCONVOY_WINDOW=ON) window=yes ;;
    -S) source=$2 ;;
    -B) folder=$2 ;;
    --fresh) fresh=yes ;;
    esac
    shift
done
mkdir -p "$folder"
[ -n "$fresh" ] || [ ! -e "$folder/CMakeCache.txt" ] ||
    grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$source" "$folder/CMakeCache.txt" || exit 1
[ -z "$pictures" ] || [ -e "$FAKES/has-pictures" ] || exit 1
[ -z "$window" ] || [ -e "$FAKES/has-window" ] || exit 1
[ -n "$fresh" ] || ! grep -q WINDOW "$folder/CMakeCache.txt" 2>/dev/null || window=yes
[ -n "$fresh" ] || ! grep -q PICTURES "$folder/CMakeCache.txt" 2>/dev/null || pictures=yes
echo "CMAKE_HOME_DIRECTORY:INTERNAL=$source" >"$folder/CMakeCache.txt"
[ -z "$pictures" ] || echo CONVOY_PICTURES:BOOL=ON >>"$folder/CMakeCache.txt"
[ -z "$window" ] || echo CONVOY_WINDOW:BOOL=ON >>"$folder/CMakeCache.txt"
touch "$folder/build.ninja"
END
    fake ctest <<'END'
echo "ctest $* in $PWD" >>"$FAKES/log"
[ "${FAKE_FAILS:-}" != "$2" ] || { echo '0% tests passed, 1 tests failed out of 1'; exit 8; }
echo "100% tests passed, 0 tests failed out of 7"
END

    tree="$1/ a tree "
    mkdir -p "$tree/cmake" "$tree/sim/engine" "$tree/scenarios/host" "$tree/labs/gil" \
        "$tree/scenarios/lib" "$tree/ui" "$1/elsewhere"
    touch "$tree/CMakeLists.txt" "$tree/CMakePresets.json" "$tree/sim/engine/a.c" \
        "$tree/scenarios/x.lua" "$tree/scenarios/host/b.c"
    cp "$launcher" "$tree/convoy"
    cd "$1/elsewhere" || exit 1
}

# An apt that gets what the variable lists, and a sudo that lets it.
apt_offers() {
    printf '%s\n' "$@" >"$FAKES/offers"
    fake apt-get <<'END'
[ "$1" = --version ] && exit
echo "apt-get $*" >>"$FAKES/log"
echo 'talk of apt on standard output'
[ ! -e "$FAKES/cut-short" ] || { rm "$FAKES/cut-short"; kill -9 $PPID; exit 1; }
case " $* " in
*' update '*) rm -f "$FAKES/no-lists" ;;
*' install '*)
    [ ! -e "$FAKES/no-lists" ] || exit 100
    while read -r part; do touch "$FAKES/has-$part"; done <"$FAKES/offers"
    ;;
esac
END
    fake dpkg <<'END'
echo "dpkg $*" >>"$FAKES/log"
END
    fake sudo <<'END'
[ "$1" = -n ] && shift || exit 1
FAKE_USER=0 exec "$@"
END
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

wants_logged() { # wants_logged TIMES PATTERN
    times=$(grep -c -e "$2" "$FAKES/log")
    [ "$times" -eq "$1" ] || fail "'$2' is $times times, not $1, in: $(cat "$FAKES/log")"
}

# Everything is two hours old and the program was built an hour ago, so that what a test
# touches is newer whatever the resolution of the file system's times.
built_long_ago() {
    call "$tree/convoy" first
    wants_status 0
    find "$tree" -exec touch -d '2 hours ago' {} +
    touch -d '1 hour ago' "$tree/build/run/stamp"
    : >"$FAKES/log"
}

wants_build() {
    call "$tree/convoy" again
    wants_out "in $PWD: again"
    wants_logged 1 '^cmake --build'
    : >"$FAKES/log"
}

wants_no_build() {
    call "$tree/convoy" again
    wants_out "in $PWD: again"
    wants_silence
    [ ! -s "$FAKES/log" ] || fail "used: $(cat "$FAKES/log")"
}

# ---- Calls

first_call_sets_up_and_runs() {
    call "$tree/convoy" run x.lua --json
    wants_status 0
    wants_out "in $PWD: run x.lua --json"
    wants_said 'setting up'
    wants_logged 1 '^cmake --build'
}

later_calls_only_run_the_program() {
    built_long_ago
    wants_no_build
}

arguments_and_status_pass_through() {
    export FAKE_STATUS=130
    call "$tree/convoy" run 'two  words' '' '*'
    wants_status 130
    wants_out "in $PWD: run two  words  *"
}

works_through_symbolic_links_from_anywhere() {
    ln -s "$tree/convoy" link
    ln -s "$tree" folder
    ln -s link link-to-link
    for path in ./link ./folder/convoy ./link-to-link '../ a tree /convoy'; do
        call "$path" x.lua
        wants_out "in $PWD: x.lua"
    done
    mkdir -p trap/folder
    CDPATH=$PWD/trap call folder/convoy x.lua
    wants_out "in $PWD: x.lua"
    call env "PATH=$PWD:$FAKES" link-to-link x.lua
    wants_out "in $PWD: x.lua"
    wants_logged 1 '^cmake --build'
}

works_when_a_shell_is_told_to_read_it() {
    cd "$tree" || exit 1
    CDPATH=/ call sh convoy x.lua
    wants_out "in $tree: x.lua"
}

# ---- What is built again

edited_source_is_built_again() {
    built_long_ago
    for file in sim/engine/a.c scenarios/host/b.c CMakeLists.txt; do
        touch "$tree/$file"
        wants_build
        find "$tree" ! -name stamp -exec touch -d '2 hours ago' {} +
        wants_no_build
    done
}

added_or_deleted_source_is_noticed() {
    built_long_ago
    rm "$tree/sim/engine/a.c"
    wants_build
    find "$tree" ! -name stamp -exec touch -d '2 hours ago' {} +
    touch -d '3 hours ago' "$FAKES/old.c"
    mv "$FAKES/old.c" "$tree/sim/engine"
    wants_build
}

edited_scenario_builds_nothing() {
    built_long_ago
    touch "$tree/scenarios/x.lua" "$tree/scenarios/new.lua" "$tree/scenarios/lib/new.lua"
    wants_no_build
}

every_room_of_the_program_is_watched() {
    watched=$(sed -n "s/^sources='\(.*\)'$/ \1 /p" "$launcher")
    rooms=$(sed -n 's/^add_subdirectory(\(.*\))$/\1/p' "${launcher%/*}/CMakeLists.txt")
    [ -n "$rooms" ] || fail 'found no rooms'
    for room in $rooms; do
        case $watched in *" $room "*) ;; *) fail "$room is not among:$watched" ;; esac
    done
}

source_edited_during_the_build_counts_as_new() {
    built_long_ago
    touch "$tree/sim/engine/a.c"
    echo "$tree/sim/engine/a.c" >"$FAKES/edited"
    wants_build
    rm "$FAKES/edited"
    wants_build
}

moved_tree_is_built_for_its_new_place() {
    built_long_ago
    mv "$tree" "${tree}moved"
    tree="${tree}moved"
    wants_build
    grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$tree" "$tree/build/run/CMakeCache.txt" ||
        fail 'still built from the old place'
}

deleted_build_folder_is_made_again() {
    built_long_ago
    rm -r "$tree/build"
    wants_build
}

failed_build_is_our_own_error_and_is_tried_again() {
    touch "$FAKES/broken"
    call "$tree/convoy" run
    wants_status 4
    wants_out ''
    rm "$FAKES/broken"
    call "$tree/convoy" run
    wants_out "in $PWD: run"
}

# ---- What is missing

whoever_has_it_all_needs_no_package_manager() {
    fake apt-get <<'END'
echo "apt-get $*" >>"$FAKES/log"
END
    FAKE_USER=1000 call "$tree/convoy" run
    wants_status 0
    wants_logged 0 apt-get
}

missing_parts_are_named_with_a_command_to_paste() {
    rm "$FAKES/has-lua" "$FAKES/ninja"
    call "$tree/convoy" run
    wants_status 3
    wants_out ''
    wants_said 'ninja or make, Lua 5.4 or newer'
    wants_said 'apt-get install -y ninja-build liblua5.4-dev
'
    wants_said 'dnf install -y ninja-build lua-devel
'
    wants_said 'pacman -S --needed --noconfirm ninja lua'
    wants_logged 0 '^cmake --build'
}

missing_compiler_is_named() {
    rm "$FAKES/has-compiler" "$FAKES/has-lua"
    call "$tree/convoy" run
    wants_status 3
    wants_said 'missing here: a C compiler, Lua'
}

compiler_named_by_the_caller_is_the_one_tried() {
    rm "$FAKES/has-lua"
    CC='nonesuch -m32' call "$tree/convoy" run
    wants_status 3
    wants_said 'a C compiler (only CC=nonesuch -m32 found)'
    CC='gcc -m32' call "$tree/convoy" run
    wants_status 3
    wants_said 'missing here: Lua'
}

running_needs_no_test_tools() {
    rm "$FAKES/has-cmocka" "$FAKES/has-sanitizers" "$FAKES/has-python"
    call "$tree/convoy" run
    wants_status 0
    call "$tree/convoy" test
    wants_status 3
    wants_said 'missing here: cmocka, the address, undefined and thread sanitizers, Python 3.9 or newer'
    wants_logged 0 ctest
}

old_python_is_told_with_both_versions() {
    FAKE_PYTHON=3.8.10 call "$tree/convoy" test
    wants_status 3
    wants_said 'Python 3.9 or newer (3.8.10 found)'
    FAKE_PYTHON=3.8.10 call "$tree/convoy" run
    wants_status 0
}

old_cmake_is_told_with_both_versions() {
    FAKE_CMAKE=3.18.4 call "$tree/convoy" run
    wants_status 3
    wants_said 'CMake 3.25 or newer (3.18.4 found)'
}

newer_cmake_is_taken() {
    for version in 3.25.0 3.31.6-rc1 4.0.2; do
        FAKE_CMAKE=$version call "$tree/convoy" test
        wants_status 0
    done
}

old_lua_is_told_with_both_versions() {
    rm "$FAKES/has-lua"
    FAKE_LUA=503 call "$tree/convoy" run
    wants_status 3
    wants_said 'Lua 5.4 or newer (5.3 found)'
}

other_systems_are_refused_in_one_line() {
    FAKE_SYSTEM=Darwin call "$tree/convoy" run
    wants_status 3
    wants_out ''
    [ "$err" = 'convoy: this runs on Linux, and here is Darwin' ] || fail "said: $err"
}

# ---- What is installed

root_installs_without_a_question() {
    apt_offers lua
    rm "$FAKES/has-lua"
    call "$tree/convoy" run
    wants_status 0
    wants_out "in $PWD: run"
    wants_logged 1 '^apt-get -y .*install .*liblua5.4-dev$'
}

sudo_is_used_where_not_root() {
    apt_offers lua
    rm "$FAKES/has-lua"
    FAKE_USER=1000 call "$tree/convoy" run
    wants_out "in $PWD: run"
}

sudo_that_wants_a_password_is_not_waited_for() {
    apt_offers lua
    fake sudo <<'END'
[ "$1" != -n ] || exit 1
echo "sudo $*" >>"$FAKES/log"
END
    rm "$FAKES/has-lua"
    FAKE_USER=1000 call "$tree/convoy" run
    wants_status 3
    wants_said 'apt-get install -y liblua5.4-dev'
    wants_logged 0 '^sudo\|^apt-get'
}

absent_package_lists_are_fetched() {
    apt_offers lua
    rm "$FAKES/has-lua"
    touch "$FAKES/no-lists"
    call "$tree/convoy" run
    wants_out "in $PWD: run"
}

package_that_apt_has_only_old_is_told() {
    apt_offers nothing
    rm "$FAKES/has-lua"
    FAKE_LUA=503 call "$tree/convoy" run
    wants_status 3
    wants_said 'not to be had from apt here: Lua 5.4 or newer (5.3 found)'
}

# ---- Pictures

only_who_asks_for_a_picture_needs_its_libraries() {
    apt_offers pictures
    rm "$FAKES/has-pictures"
    built_long_ago
    wants_logged 0 '^apt-get'
    call "$tree/convoy" render x.lua --at 1 -o x.png
    wants_status 0
    wants_out "in $PWD: render x.lua --at 1 -o x.png"
    wants_said 'missing here: Cairo 1.16 and Pango 1.50 or newer; installing it with apt'
    wants_logged 1 '^apt-get -y .*install .*pkg-config libcairo2-dev libpango1.0-dev$'
    wants_logged 1 '^cmake --build'
    : >"$FAKES/log"
    call "$tree/convoy" render again
    wants_out "in $PWD: render again"
    wants_silence
    wants_no_build
}

only_who_opens_the_window_needs_its_library() {
    apt_offers window
    rm "$FAKES/has-window"
    call "$tree/convoy" render
    wants_status 0
    wants_logged 0 '^apt-get'
    : >"$FAKES/log"
    call "$tree/convoy" open x.lua
    wants_out "in $PWD: open x.lua"
    wants_said 'missing here: SDL 2.0.18 or newer; installing it with apt'
    wants_logged 1 '^apt-get -y .*install .*libsdl2-dev$'
    wants_logged 1 '^cmake -S .*-DCONVOY_WINDOW=ON -DCONVOY_PICTURES=ON$'
    : >"$FAKES/log"
    call "$tree/convoy" open again
    wants_out "in $PWD: open again"
    wants_silence
    wants_no_build
}

what_was_built_to_draw_stays_so() {
    built_long_ago
    call "$tree/convoy" render
    find "$tree" ! -name stamp -exec touch -d '2 hours ago' {} +
    : >"$FAKES/log"
    touch "$tree/sim/engine/a.c"
    wants_build
    find "$tree" ! -name stamp -exec touch -d '2 hours ago' {} +
    call "$tree/convoy" render
    wants_silence
    wants_logged 0 '^cmake'
}

missing_libraries_for_pictures_are_named() {
    rm "$FAKES/has-pictures"
    call "$tree/convoy" render
    wants_status 3
    wants_out ''
    wants_said 'apt-get install -y pkg-config libcairo2-dev libpango1.0-dev
'
    wants_said 'dnf install -y pkgconf-pkg-config cairo-devel pango-devel
'
    wants_said 'pacman -S --needed --noconfirm pkgconf cairo pango'
    wants_logged 0 '^cmake --build'
    call "$tree/convoy" run
    wants_status 0
    touch "$FAKES/has-pictures"
    FAKE_PANGO=1.44.7 call "$tree/convoy" render
    wants_status 3
    wants_said 'Cairo 1.16 and Pango 1.50 or newer (Pango 1.44.7 found)'
}

missing_fonts_are_installed_for_pictures() {
    apt_offers fonts
    rm "$FAKES/has-fonts"
    call "$tree/convoy" render
    wants_status 0
    wants_logged 1 '^apt-get -y .*install .*fonts-inter fonts-jetbrains-mono fonts-dejavu-core$'
}

missing_fonts_are_no_obstacle() {
    rm "$FAKES/has-fonts"
    call "$tree/convoy" render
    wants_status 0
    wants_said 'better with the fonts Inter and JetBrains Mono; it goes without'
    wants_said 'apt-get install -y fonts-inter fonts-jetbrains-mono fonts-dejavu-core
'
}

whoever_tests_needs_what_draws() {
    rm "$FAKES/has-pictures" "$FAKES/has-window"
    call "$tree/convoy" test
    wants_status 3
    wants_said 'missing here: Cairo 1.16 and Pango 1.50 or newer, SDL 2.0.18 or newer'
}

missing_redis_is_no_obstacle() {
    rm "$FAKES/redis-check-rdb"
    call "$tree/convoy" test
    wants_status 0
    wants_said 'better with hiredis and a Redis server; it goes without'
    wants_said 'apt-get install -y libhiredis-dev redis-tools
'
    wants_logged 2 ctest
}

missing_sqlite_is_no_obstacle() {
    rm "$FAKES/has-sqlite3"
    call "$tree/convoy" test
    wants_status 0
    wants_said 'better with SQLite; it goes without'
}

redis_is_installed_without_its_service() {
    rm "$FAKES/has-hiredis"
    apt_offers hiredis
    call "$tree/convoy" test
    wants_status 0
    wants_logged 1 '^apt-get -y .*install .*libhiredis-dev redis-tools$'
}

# ---- Set-ups side by side and cut short

two_calls_at_once_wait_for_each_other() {
    mkfifo "$FAKES/started" "$FAKES/go" "$FAKES/said"
    exec 3<>"$FAKES/started" 4<>"$FAKES/go" 5<>"$FAKES/said"
    { PATH=$FAKES "$tree/convoy" one >"$FAKES/out-one" 2>/dev/null; echo ended >&3; } &
    read -r started <&3
    { PATH=$FAKES "$tree/convoy" two >"$FAKES/out-two" 2>&5; echo ended >&5; } &
    read -r said <&5
    early=$(cat "$FAKES/out-one")
    printf 'go\ngo\n' >&4
    wait
    [ -z "$started$early" ] || fail 'the first call did not wait for its build'
    [ "$said" = 'convoy: waiting for another set-up in this folder' ] || fail "said: $said"
    [ "$(cat "$FAKES/out-one" "$FAKES/out-two")" = "in $PWD: one
in $PWD: two" ] || fail 'not both ran'
    wants_logged 1 '^cmake --build'
}

interrupted_build_is_taken_up_again() {
    touch "$FAKES/cut-short"
    call "$tree/convoy" run
    wants_status 137
    call "$tree/convoy" run
    wants_out "in $PWD: run"
    wants_logged 2 '^cmake --build'
}

interrupted_make_starts_from_clean_objects() {
    rm "$FAKES/ninja"
    fake make <<'END'
END
    touch "$FAKES/cut-short"
    call "$tree/convoy" run
    wants_status 137
    rm "$tree/build/run/build.ninja"
    sed -i '/build.ninja/d' "$FAKES/cmake"
    call "$tree/convoy" run
    wants_out "in $PWD: run"
    wants_logged 1 '^cmake --build .* --clean-first'
}

interrupted_installation_is_taken_up_again() {
    apt_offers lua
    rm "$FAKES/has-lua"
    touch "$FAKES/cut-short"
    call "$tree/convoy" run
    wants_status 137
    touch "$FAKES/no-lists"
    call "$tree/convoy" run
    wants_out "in $PWD: run"
    wants_logged 1 '^dpkg --configure -a'
}

# ---- Tests

test_command_runs_all_suites_and_ends_with_the_closing_line() {
    call "$tree/convoy" test
    wants_status 0
    wants_logged 1 "^ctest --preset release in $tree"
    wants_logged 1 "^ctest --preset asan in $tree"
    wants_logged 0 slow
    [ "${out##*
}" = '100% tests passed, 0 tests failed out of 7' ] || fail "ends with: $out"
}

slow_tests_are_the_rest() {
    call "$tree/convoy" test --slow
    wants_status 0
    wants_logged 1 '^ctest --preset release-slow'
    wants_logged 1 '^ctest --preset tsan'
    wants_logged 0 '^ctest --preset release in'
}

slow_tests_alone_ask_for_a_display() {
    rm "$FAKES/Xvfb"
    call "$tree/convoy" test
    wants_status 0
    wants_logged 0 xvfb
    call "$tree/convoy" test --slow
    wants_status 0
    wants_said 'better with Xvfb and xdotool; it goes without'
    wants_logged 2 'ctest --preset release'
}

failed_tests_give_status_one_and_end_with_their_closing_line() {
    FAKE_FAILS=release call "$tree/convoy" test
    wants_status 1
    [ "$out" = '0% tests passed, 1 tests failed out of 1' ] || fail "ends with: $out"
}

unknown_test_option_is_refused() {
    call "$tree/convoy" test --fast
    wants_status 2
    wants_out ''
    call "$tree/convoy" test --slow --slow
    wants_status 2
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
