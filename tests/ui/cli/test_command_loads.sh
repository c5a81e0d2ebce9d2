#!/bin/sh
# test_command_loads.sh CONVOY READELF: a call starts in milliseconds, for the program loads Lua, the
# C library, a sanitizer maybe, a Redis' client and SQLite where they are (they bring nothing along;
# the larger, SQLite, costs a call some 0.35 ms), and nothing that draws.
set -u
loads=$("$2" -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
[ -n "$loads" ] || { echo "$2 tells nothing of $1"; exit 1; }
too_much=$(echo "$loads" | grep -v '^lib\(lua.*\|hiredis\|sqlite3\|m\|c\|asan\|ubsan\|tsan\|dl\|pthread\|gcc_s\)\.so')
[ -z "$too_much" ] || { echo "convoy loads" $too_much; exit 1; }
