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

# So are the labs: what is read and run of them.
here=${here%/scenarios} data=${data%/scenarios}
(cd "$here/labs" && find . \( -name '*.lua' -o -name '*.md' -o -name '*.py' -o -name convoy_impl.h \) | sort) >"$scratch/labs"
(cd "$data/labs" && find . -type f | grep -v '\.csv$' | sort) >"$scratch/installed labs"
grep -q README.md "$scratch/labs" || fail 'there is no lab'
diff "$scratch/labs" "$scratch/installed labs" || fail 'not all labs are installed, or too much of them'

# What is installed runs, from anywhere, and a scenario of somebody's own finds the library.
cd "$scratch"
"$prefix/bin/convoy" run "$data/scenarios/hello.lua" --quiet >/dev/null || fail 'an installed scenario does not run'
"$prefix/bin/convoy" verify published usl retry-amplification >/dev/null || fail 'the published figures are not installed'
(cd "$data/published" && find . -type f ! -name '*.lua' ! -name published-cases.csv) | grep . && fail 'too much is installed of the published figures'
echo 'include "lib/bench/mm1.lua"' >own.lua
"$prefix/bin/convoy" check own.lua >/dev/null || fail 'the library is not found'
