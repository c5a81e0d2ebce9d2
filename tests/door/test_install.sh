#!/bin/sh
# test_install.sh CMAKE BUILD_FOLDER SHOW_DATA_DIR: an installation is complete, can be moved,
# and is found by the program in it.
set -eu
unset DESTDIR

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"$1" --install "$2" --prefix "$scratch/first" >"$scratch/log"
mv "$scratch/first" "$scratch/moved elsewhere"
prefix="$scratch/moved elsewhere"

fail() {
    echo "$*" >&2
    exit 1
}

"$prefix/bin/convoy" --version >/dev/null || fail 'the installed program does not run'

cp "$3" "$prefix/bin/show_data_dir"
data=$("$prefix/bin/show_data_dir")
case $data in
"$prefix"/*) ;;
*) fail "an installed program looks in $data" ;;
esac

here=$("$3")
(cd "$here" && find . -name '*.lua' | sort) >"$scratch/shipped"
(cd "$data" && find . -type f -name '*.lua' | sort) >"$scratch/installed"
diff "$scratch/shipped" "$scratch/installed" || fail 'not all that is shipped is installed'
(cd "$data" && ! find . -name '*.[ch]' | grep .) || fail 'sources are installed too'
