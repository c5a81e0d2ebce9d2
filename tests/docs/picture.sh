#!/bin/sh
# picture.sh CONVOY SOURCE [--write]: the blocks of README.md that show what the program prints
# and what a scenario says. Prints the README as it should be; with --write, writes it.
set -eu
convoy=$1 source=$2
cd "$source"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
LC_ALL=C "$convoy" run scenarios/retry-storm.lua >"$work/picture"
awk -v picture="$work/picture" -v hello=scenarios/hello.lua '
    function put(file, line) { while ((getline line < file) > 0) print line; close(file) }
    /^```/ && skip { skip = 0 }
    !skip { print }
    /^```text$/ && !shown++ { put(picture); skip = 1 }
    /^```lua$/ && !said++ { put(hello); skip = 1 }
' README.md >"$work/README.md"
if [ "${3:-}" = --write ]; then
    cat "$work/README.md" >README.md
else
    cat "$work/README.md"
fi
