#!/bin/sh
# plants.sh SOURCE BUILD CC AR: breaks the rules in a copy of the tree and of its libraries, and
# wants the audit to name every breach, and nothing else.
set -eu
here=$(dirname "$0")
source=$1 build=$2 cc=$3 ar=$4
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$copy/source" "$copy/build"
: >"$copy/wanted"

for room in sim scenarios labs ui; do
    [ ! -d "$source/$room" ] || cp -R "$source/$room" "$copy/source/"
done
(cd "$build" && find sim scenarios ui -name 'lib*.a') | while read -r archive; do
    mkdir -p "$copy/build/$(dirname "$archive")"
    cp "$build/$archive" "$copy/build/$archive"
done

# in_source FILE LINE RULE WHAT: a line added at the end of a file, and the breach that it is.
in_source() {
    mkdir -p "$copy/source/$(dirname "$1")"
    echo "$2" >>"$copy/source/$1"
    [ -z "$3" ] || echo "rule $3: $1:$(wc -l <"$copy/source/$1"): $4" >>"$copy/wanted"
}

# in_library ROOM CODE RULE WHAT [MEMBER]: an object more in a room.
number=0
in_library() {
    number=$((number + 1))
    member=${5:-planted$number.c.o}
    echo "$2" >"$copy/planted.c"
    "$cc" -O1 -w -fno-builtin -c "$copy/planted.c" -o "$copy/$member"
    mkdir -p "$copy/build/$1"
    "$ar" rc "$copy/build/$1/libplanted.a" "$copy/$member"
    [ -z "$3" ] || echo "rule $3: $1/$member: $4" >>"$copy/wanted"
}

in_source sim/engine/heap.c '#include "sim/world/world.h"' 1 'sim/engine may not include sim/world'
in_source sim/policy/retry.h '#  include "sim/stats/hist.h"' 1 'sim/policy may not include sim/stats'
in_source sim/world/task.c '#include "ui/cli/data_dir.h"' 1 'sim/world may not include ui/cli'
in_source sim/world/task.c '#include "heap.h"' 1 '"heap.h" names no room'
in_source sim/world/task.c '#include <lua.h>' 1 '<lua.h> is not for sim/world'
in_source sim/report/chrome.c '#include <SDL2/SDL.h>' 1 '<SDL2/SDL.h> is not for sim/report'
in_source sim/fault/fault.c '#include <pthread.h>' 1 '<pthread.h> is not for sim/fault'
in_source sim/stats/hist.c '#include <time.h>' 1 '<time.h> is not for sim/stats'
in_source sim/stats/hist.c '#include <sys/mman.h>' 1 '<sys/mman.h> is not for sim/stats'
in_source sim/clock/clock.h '#include <stdint.h>' 1 'a source that is in no room'
in_source scenarios/host/planted.c '#include "scenarios/runner/run.h"' 1 'scenarios/host may not include scenarios/runner'
in_source scenarios/sandbox/planted.c '#include "scenarios/host/build.h"' 1 'scenarios/sandbox may not include scenarios/host'
in_source scenarios/sandbox/planted.c '#include "sim/world/world.h"' 1 'scenarios/sandbox may not include sim/world'
in_source scenarios/runner/planted.c '#include <lauxlib.h>' 1 '<lauxlib.h> is not for scenarios/runner'
in_source ui/cli/planted.c '#include <SDL.h>' 1 '<SDL.h> is not for ui/cli'
in_source ui/view/view.c '#include <cairo.h>' 1 '<cairo.h> is not for ui/view'
in_source ui/view/view.c '#include "ui/paint/paint.h"' 1 'ui/view may not include ui/paint'
in_source ui/window/planted.c '#include <pango/pangocairo.h>' 1 '<pango/pangocairo.h> is not for ui/window'
in_source labs/breaker/breaker.c '#include "sim/engine/time.h"' 2 'labs/breaker may not include sim/engine'
in_source labs/breaker/breaker.c '#include "labs/limiter/limiter.h"' 2 'labs/breaker may not include labs/limiter'
in_source labs/breaker/breaker.c '#include "labs/kit/kit.h"' 2 'labs/breaker may not include labs/kit'
in_source sim/world/station.c 'static int f(void *p) { return (uintptr_t)p & 1; }' 3 'an address as a number may end up deciding an order'

# What is allowed stays so.
in_source labs/breaker/breaker.c '#include <pthread.h>' ''
in_source labs/breaker/breaker.c '#include "labs/breaker/breaker.h"' ''
in_source labs/kit/compare.c '#include "labs/breaker/breaker.h"' ''
in_source labs/kit/compare.c '#include "sim/world/world.h"' ''
in_source scenarios/host/planted.c '#include <lua.h>' ''
in_source ui/window/planted.c '#include <SDL2/SDL.h>' ''

# needs ROOM FUNCTION RULE WHAT
needs() {
    in_library "$1" "extern int $2(); int sim_planted$((number + 1))(void) { return $2(); }" "$3" "$4"
}
needs sim/engine sim_model_seal 1 'uses sim_model_seal of sim/model'
needs sim/model sim_run_until 1 'uses sim_run_until of sim/world'
needs sim/policy sim_run_until 1 'uses sim_run_until of sim/world'
needs sim/policy sim_hist_tell 1 'sim_hist_tell is in no library'
needs sim/world sim_metric_parse 1 'uses sim_metric_parse of sim/report'
needs labs/breaker sim_run_until 2 'uses sim_run_until of sim/world'
needs scenarios/runner luaL_ref 1 'uses luaL_ref'
needs ui/cli SDL_Quit 1 'uses SDL_Quit'
needs ui/cli cairo_create 1 'uses cairo_create'
needs ui/view cairo_create 1 'uses cairo_create'
needs ui/view printf 7 'uses printf'
for call in pthread_create clock_gettime time fopen read lua_newstate SDL_Init setlocale log \
    rand getrandom abort; do
    needs sim/engine $call 1 "uses $call"
done
for call in printf exit getenv; do
    needs sim/world $call 7 "uses $call"
    needs scenarios/runner $call 7 "uses $call"
    needs labs/breaker $call 7 "uses $call"
done
needs labs/breaker _exit 7 'uses _exit'
needs labs/process_pool exit 7 'uses exit'
in_library labs/process_pool 'extern int _exit(); int sim_planted_child(void) { return _exit(); }' ''
in_library scenarios/runner 'extern int pthread_create(); int scn_planted(void) { return pthread_create(); }' ''
in_library sim/world 'int sim_planted_counter = 1;' 1 'keeps sim_planted_counter outside of any run'
in_library sim/world 'int sim_planted_zero;' 1 'keeps sim_planted_zero outside of any run'
in_library sim/world 'int sim_planted_static(void) { static int calls; return calls++; }' 1 'keeps calls outside of any run'
in_library sim/world '_Thread_local int sim_planted_thread;' 1 'keeps sim_planted_thread outside of any run'
in_library sim/world 'const char *const sim_planted_names[] = { "a", "b" };' ''
in_library sim/world 'void *malloc(unsigned long); void *sim_planted_hot(void) { return malloc(8); }' 5 'uses malloc while requests run' station.c.o

status=0
sh "$here/audit.sh" "$copy/source" "$copy/build" >"$copy/found" || status=$?
sort "$copy/wanted" >"$copy/wanted.sorted"
# Statics of functions are renamed, by gcc calls.0, by clang FUNCTION.calls.
sed -E 's/keeps (calls\.[0-9]+|[a-z_]+\.calls)/keeps calls/' "$copy/found" | sort >"$copy/found.sorted"
diff "$copy/wanted.sorted" "$copy/found.sorted"
[ "$status" = 1 ]

# A room without a library cannot have been looked into.
rm -r "$copy/build/sim/stats"
sh "$here/audit.sh" "$copy/source" "$copy/build" | grep -q '^rule 1: sim/stats: has sources but no library'
echo "$(wc -l <"$copy/wanted") breaches, all named"
