#!/bin/sh
# audit.sh SOURCE BUILD: holds a tree and its libraries against the rules of docs/architecture.md,
# as rooms.txt has them. A line for each breach, with the rule's number; status 1 if any.
#
#   1  sim: no Lua, SDL, threads, clock, files or global state; nothing points upwards
#   2  the real implementations in labs share nothing with sim, or with one another
#   3  no address decides an order (text); the rest in tests of draws, heap and digest
#   4  chance comes from sim's own streams alone (what sim may call, rule 1)
#   5  what runs for each request allocates nothing; sizes are asserted where they are declared
#   6  everything that arrives is accounted for: books.c
#   7  only ui prints, exits, or reads arguments and the environment
#
# Looks with readelf, which reads the ordinary half of objects that hold code for whole-program
# optimisation too.
set -u
here=$(dirname "$0")
source=$1 build=$2
export LC_ALL=C

sources() {
    cd "$source" && for room in sim scenarios labs ui; do
        [ ! -d $room ] || find $room -name '*.[ch]'
    done | sort
}

# File, line and text of all lines that hold a pattern.
lines() {
    sources | (cd "$source" && xargs grep -nE "$1" /dev/null) |
        sed 's|^\([^:]*\):\([0-9]*\):[[:space:]]*|\1 \2 |'
}

includes() {
    lines '^[[:space:]]*#[[:space:]]*include' | sed 's|^|include |'
    lines 'uintptr_t|intptr_t|%p' | sed -n 's|^sim/|text sim/|p'
}

archives() {
    cd "$build" && for room in sim scenarios labs ui; do
        [ ! -d $room ] || find $room -name 'lib*.a'
    done | sort
}

symbols() {
    archives | while read -r archive; do
        echo "archive $(dirname "$archive")"
        "${READELF:-readelf}" -SsW "$build/$archive" | awk '
            /^File: / { name = $2; gsub(/.*\(|\)$/, "", name); print "member", name }
            /^ *\[ *[0-9]+\]/ {
                gsub(/\[ */, ""); sub(/\]/, "")
                if ($2 ~ /^\./) print "section", $1, $2, $8
            }
            /^ *[0-9]+: / && NF >= 8 { print "symbol", $4, $7, $8 }'
    done
    sources | sed -n 's|^\(sim/[^/]*\)/.*\.c$|\1|p' | sort -u | while read -r room; do
        [ -n "$(find "$build/$room" -name 'lib*.a' 2>/dev/null)" ] || echo "unbuilt $room"
    done
}

{
    includes
    symbols
} | awk -f "$here/audit.awk" "$here/rooms.txt" -
