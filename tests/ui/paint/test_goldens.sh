#!/bin/sh
# test_goldens.sh CONVOY COMPARE FOLDER [--write]: pictures of a world without chance against those
# that were looked at when they were made: each is a golden, for nothing but eyes can say whether
# a picture is right. They are compared where the same libraries and faces paint, which must be
# so for the libraries on Debian 12; elsewhere the test is skipped (status 77). With --write the
# goldens are made anew, to be looked at.
set -u
convoy=$1 compare=$2 folder=$3 write=${4:-}
failed=0
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

draw() { # draw NAME OPTION...: into the work folder
    name=$1
    shift
    "$convoy" render "$folder/clockwork.lua" -o "$work/$name.png" "$@" || {
        echo "$name cannot be drawn"
        exit 1
    }
}
draw whole --at 4.2
draw light --at 5.6 --theme light --size 1024x768
draw large --at 2 --size 800x560 --scale 2
draw threads --at 4.2 --panel threads --size 800x560
draw charts --at 8 --panel charts --size 1000x560
draw waterfall --at 5.6 --panel waterfall --size 1000x560
draw script --at 5.6 --panel script --size 1000x560
names='whole light large threads charts waterfall script'

if [ "$write" = --write ]; then
    for name in $names; do
        cp "$work/$name.png" "$folder/$name.png"
    done
    "$compare" --about >"$folder/painted-by"
    exit
fi

here=$("$compare" --about) golden=$(cat "$folder/painted-by")
if [ "$here" != "$golden" ]; then
    echo "painted by: $here"
    echo "goldens by: $golden"
    . /etc/os-release 2>/dev/null
    [ "${ID:-}${VERSION_ID:-}" = debian12 ] && [ "${here%, fonts*}" != "${golden%, fonts*}" ] && {
        echo 'on Debian 12 the libraries must be those of the goldens'
        exit 1
    }
    exit 77
fi
for name in $names; do
    "$compare" "$folder/$name.png" "$work/$name.png" >"$work/said" || {
        echo "$name is not its golden: $(cat "$work/said")"
        failed=1
    }
done

# What must be seen: a moment later, another theme, a label that is longer by a letter, a size.
differs() { # differs GOLDEN WHAT OPTION...
    golden=$1 what=$2
    shift 2
    draw planted "$@"
    "$compare" "$folder/$golden.png" "$work/planted.png" >/dev/null && {
        echo "$what is not seen in $golden"
        failed=1
    }
}
differs whole 'a moment later' --at 4.3
differs whole 'the other theme' --at 4.2 --theme light
differs threads 'another size' --at 4.2 --panel threads --size 801x560
sed 's/"nightly"/"nightlyy"/' "$folder/clockwork.lua" >"$work/clockwork.lua"
folder_of_goldens=$folder folder=$work
draw planted --at 4.2
"$compare" "$folder_of_goldens/whole.png" "$work/planted.png" >/dev/null && {
    echo 'a letter more is not seen'
    failed=1
}
exit $failed
