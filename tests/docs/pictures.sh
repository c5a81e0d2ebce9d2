#!/bin/sh
# pictures.sh CONVOY SOURCE [FOLDER]: makes every picture of README.md and of the documents, each
# from a shipped scenario, where the documents look for them or in another folder.
set -eu
convoy=$1 source=$2
folder=$(cd "${3:-$2/docs}" && pwd)
cd "$source"
shot() { # shot NAME SCENARIO OPTION...
    name=$1 scenario=$2
    shift 2
    "$convoy" render "scenarios/$scenario.lua" -o "$folder/$name" --scale 1.5 "$@"
}
shot retry-storm.png retry-storm --at 45
shot gil-threads.png gil-threads --at 10 --variant '4 threads' --panel threads --size 1000x560
shot waterfall.png retry-storm --at 32 --panel waterfall --size 1000x560
shot script.png retry-storm --at 32 --panel script --size 1000x560
