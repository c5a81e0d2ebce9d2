#!/bin/sh
# fidelity.sh CHECK FILE.csv FOLDER DOC [--write]: holds the tables of docs/fidelity.md, all that
# stands behind its mark, to what the comparison says; with --write, writes them.
set -eu
check=$1 csv=$2 folder=$3 doc=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sed '/^<!-- made by/q' "$doc" >"$work/doc"
echo >>"$work/doc"
"$check" "$csv" "$folder" 1 --report >>"$work/doc"
if [ "${5:-}" = --write ]; then
    cat "$work/doc" >"$doc"
else
    diff "$doc" "$work/doc" || {
        echo "call tests/published/fidelity.sh CHECK FILE.csv FOLDER DOC --write"
        exit 1
    }
fi
