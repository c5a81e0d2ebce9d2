#!/bin/sh
# test_clang.sh CLANG BUILD_FOLDER: clang finds nothing to warn of in the sources, each read with the
# words that gcc built it with.
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The commands, without the compiler, what it writes, and what is gcc's own.
sed -n 's/^ *"command": "\(.*\)",$/\1/p' "$2/compile_commands.json" |
    sed -e 's/\\"/"/g; s/\\\\/\\/g' \
        -e 's/^[^ ]*ccache //; s/^[^ ]* //; s/ -o [^ ]*//; s/ -flto=auto//; s/ -ffat-lto-objects//' |
    sort -u >"$scratch/commands"
[ "$(wc -l <"$scratch/commands")" -gt 300 ] || {
    echo "only $(wc -l <"$scratch/commands") sources were found" >&2
    exit 1
}
cd "$2"
export CLANG="$1"
tr '\n' '\0' <"$scratch/commands" |
    xargs -0 -P 2 -I '{}' sh -c "\"\$CLANG\" -fsyntax-only -Werror {} 2>&1" >"$scratch/said" ||
    {
        head -40 "$scratch/said"
        exit 1
    }
