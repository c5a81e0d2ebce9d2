#!/bin/sh
# test_stress.sh SOURCE: the stress runs every real implementation, hands time and seed on, and ends
# with the first that fails.
set -u
source=$1 failed=0
stress=$source/tests/labs/stress.sh
build=$(mktemp -d) || exit 1
trap 'rm -rf "$build"' EXIT

tests=$(tr ' ' '\n' <"$stress" | sed -n 's,^\([a-z_]*/test_[a-z_]*\);*$,\1,p')
for test in $tests; do
    mkdir -p "$build/tests/labs/${test%/*}"
    printf '#!/bin/sh\necho "ran $*"\n' >"$build/tests/labs/$test"
    chmod +x "$build/tests/labs/$test"
    [ -d "$source/tests/labs/${test%/*}" ] || {
        failed=1
        echo "there is no tests/labs/${test%/*}"
    }
done
# What is no pattern: what others are compared with, hosts or loads them.
for folder in "$source"/labs/*/; do
    name=$(basename "$folder")
    case $name in cpython | servers | kit | host | load) continue ;; esac
    [ -d "$build/tests/labs/$name" ] || {
        failed=1
        echo "no stress of labs/$name"
    }
done
ran=$(sh "$stress" "$build" 3 7 | grep -cx 'ran --minutes 3 --seed 7')
[ "$ran" -eq "$(echo "$tests" | wc -l)" ] || {
    failed=1
    echo "$ran of $(echo "$tests" | wc -l) ran"
}
sh "$stress" "$build" 3 | grep -qx 'ran --minutes 3 --seed [1-9][0-9]*' || {
    failed=1
    echo 'there is no seed where none is given'
}
last=$(echo "$tests" | tail -n 1)
echo 'exit 1' >>"$build/tests/labs/$last"
sh "$stress" "$build" 3 7 | grep -qx "failed: $last --minutes 3 --seed 7" || {
    failed=1
    echo 'a failure is not told'
}
sh "$stress" "$build" 3 7 >/dev/null && failed=1
rm "$build/tests/labs/$last"
sh "$stress" "$build" 3 7 | grep -qx "not built: $last" || {
    failed=1
    echo 'what is not built is not told'
}
exit $failed
