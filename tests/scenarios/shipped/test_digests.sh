#!/bin/sh
# test_digests.sh CONVOY SOURCE [--write]: every shipped scenario on seed 1 has the digest that
# digests.golden says, in every build: debug or release, gcc or clang, with sanitizers or not.
#
# The golden is what the program printed: it does not say that a run is right, but that it is the
# same run as ever, and on every machine. A change that means to alter runs writes it anew, and
# says in its commit which ones and why.
set -u
convoy=$1 source=$2
golden=$source/tests/scenarios/shipped/digests.golden
found=$(mktemp) || exit 1
trap 'rm -f "$found"' EXIT
for file in "$source"/scenarios/*.lua; do
    digest=$("$convoy" run "$file" --json | sed -n 's/^ *"digest": *"\(.*\)".*/\1/p')
    printf '%s %s\n' "$(basename "$file" .lua)" "${digest:-none}"
done >"$found"
if [ "${3:-}" = --write ]; then
    cp "$found" "$golden"
else
    diff "$golden" "$found"
fi
