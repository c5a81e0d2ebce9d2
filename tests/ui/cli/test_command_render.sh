#!/bin/sh
# test_command_render.sh CONVOY SOURCE CHECK_SCHEMA CHECK_TRACE [PICTURES]: pictures of a run, or
# the word for why there are none.
. "${0%/*}/command.sh"

if [ "${5:-}" != ON ]; then
    wants 3 'no pictures' render quick.lua --at 1 -o a.png
    [ ! -e a.png ] || complain 'without the libraries there is a file'
    exit $failed
fi

# same A B
same() {
    cmp -s "$1" "$2" || complain "$1 and $2 are not the same bytes"
}
kind() { # kind FILE BYTES: how it begins
    [ "$(head -c "${#2}" "$1")" = "$2" ] || complain "$1 does not begin with $2"
}

# ---- What is written

for ending in png svg pdf; do
    wants 0 '' render quick.lua --at 1.5 -o a.$ending
    [ ! -s out ] || complain "render says something on standard output: $(head -3 out)"
    silent "render to $ending"
done
kind a.svg '<?xml'
kind a.pdf '%PDF'
[ "$(head -c 4 a.png | tail -c 3)" = PNG ] || complain 'a.png is none'

# The same run at the same moment is the same picture, whatever lies where it goes.
for ending in png svg; do
    echo old >b.$ending
    wants 0 '' render quick.lua --at 1500ms --out=b.$ending
    same a.$ending b.$ending
    wants 0 '' render quick.lua --at 1.6 -o b.$ending
    cmp -s a.$ending b.$ending && complain "another moment is the same picture, in $ending"
    for more in '--seed 2' '--theme light' '--panel charts' '--scale 2' '--size 1024x768' \
        '--set rate=200' "--variant=too\ much"; do
        eval "wants 0 '' render quick.lua --at 1.5 -o b.$ending $more"
        cmp -s a.$ending b.$ending && complain "$more makes no difference, in $ending"
    done
done

# Width and height of a PNG.
sides() {
    od -An -tu1 -j16 -N8 "$1" | awk '{ print ($3 * 256 + $4) "x" ($7 * 256 + $8) }'
}
wants 0 '' render quick.lua --at 0 -o b.png
[ "$(sides b.png)" = 1280x800 ] || complain "a picture is $(sides b.png)"
wants 0 '' render quick.lua --at 3 -o b.png --size 1024x768 --scale 1.5
[ "$(sides b.png)" = 1536x1152 ] || complain "a picture of 1024x768 times 1.5 is $(sides b.png)"

# ---- What is refused, before anything is run or written

rm -f b.png
wants 2 '--at 3.5: expected a moment of the run, 0 to 3 s' render quick.lua --at 3.5 -o b.png
wants 2 '--at -1: expected a moment' render quick.lua --at=-1 -o b.png
wants 2 'which moment?' render quick.lua -o b.png
wants 2 'where to?' render quick.lua --at 1
wants 2 'expected a name that ends with .png, .svg or .pdf' render quick.lua --at 1 -o b.jpg
wants 2 'expected a name that ends with .png, .svg or .pdf' render quick.lua --at 1 -o png
wants 2 'expected a folder that can be written to, nowhere is not' render quick.lua --at 1 -o nowhere/b.png
wants 2 'expected a folder that can be written to, quick.lua is not' render quick.lua --at 1 -o quick.lua/b.png
wants 2 'WIDTHxHEIGHT, 800x560 to 8192x8192' render quick.lua --at 1 -o b.png --size 100x100
wants 2 'WIDTHxHEIGHT' render quick.lua --at 1 -o b.png --size 1280
wants 2 '--scale 9: expected 0.5 to 8' render quick.lua --at 1 -o b.png --scale 9
wants 2 'pixels: expected at most' render quick.lua --at 1 -o b.png --size 8192x8192 --scale 8
wants 2 'expected dark or light' render quick.lua --at 1 -o b.png --theme grey
wants 2 'did you mean "charts"?' render quick.lua --at 1 -o b.png --panel chart
wants 2 '' render quick.lua --at 1 -o b.png --variant nonesuch
wants 2 '' render failing --at 1 -o b.png
wants 2 'there is no option "twice"' render quick.lua --at 1 -o b.png --twice
wants 2 '--out needs a value' render quick.lua --at 1 -o
[ ! -e b.png ] || complain 'what was refused has left a file'

# An expectation that fails is no reason to draw nothing.
wants 0 '' render failing.lua --at 1 -o b.png

# ---- Whole or not at all

mkdir full.png
wants 2 'the picture cannot be written to full.png' render quick.lua --at 1 -o full.png
rmdir full.png
echo old >kept.png
(
    ulimit -f 1 # half a KiB or one, as the shell counts
    trap '' XFSZ
    "$convoy" render quick.lua --at 1 -o kept.png >out 2>err
    [ $? -eq 2 ]
) || complain "a file that may not grow: $(cat err)"
[ "$(cat kept.png)" = old ] || complain 'a picture that did not fit has taken the place of the old one'
[ -z "$(find . -name '*.part*')" ] || complain "left over: $(find . -name '*.part*')"

wants 2 '--frame takes no value' bench --frame=2

# A script that ends the run before the moment.
wants 3 'the run was stopped at' render quick.lua --at 2.9 -o b.png --events 500

# ---- Pictures that move, by an encoder that keeps the frames as they are

mkdir bin
cat >bin/ffmpeg <<'END'
#!/bin/sh
for last; do :; done
echo "$*" >args
exec cat >"${last#file:}"
END
chmod +x bin/ffmpeg
shell_path=$PATH
moves() { # moves STATUS TEXT WORD...
    PATH=$work/bin:$shell_path
    wants "$@"
    PATH=$shell_path
}
moves 0 '' render quick.lua --from 1 --to 1200ms -o a.gif --size 800x560
[ "$(wc -c <a.gif)" -eq $((6 * 4 * 800 * 560)) ] || complain "200 ms are $(wc -c <a.gif) bytes"
head -c $((4 * 800 * 560)) a.gif >first
tail -c $((4 * 800 * 560)) a.gif >last
cmp -s first last && complain 'nothing moves'
grep -q -- '-s 800x560 -r 25 -i pipe:0 .*-f gif file:a.gif.part' args || complain "ffmpeg is told: $(cat args)"
moves 0 '' render quick.lua --from 2.9 -o a.mp4 --size 800x560
[ "$(wc -c <a.mp4)" -eq $((3 * 4 * 800 * 560)) ] || complain "100 ms to the end are $(wc -c <a.mp4) bytes"
moves 2 'nothing lies between 2 s and 1 s' render quick.lua --from 2 --to 1 -o b.gif
moves 2 '--to 4: expected a moment of the run, 0 to 3 s' render quick.lua --to 4 -o b.gif
moves 2 'b.gif moves: expected --from 20 --to 30' render quick.lua --at 1 -o b.gif
moves 2 'expected a name that ends with .gif or .mp4' render quick.lua --from 1 -o b.png
printf '#!/bin/sh\nhead -c 9 >/dev/null; exit 1\n' >bin/ffmpeg
echo old >kept.gif
moves 2 'the moving picture cannot be written to kept.gif' render quick.lua --from 1 --to 2 -o kept.gif
[ "$(cat kept.gif)" = old ] || complain 'an encoder that failed has taken the place of the old one'
rm bin/ffmpeg
PATH=$work/bin "$convoy" render quick.lua --to 1 -o b.gif >out 2>err
[ $? -eq 3 ] && grep -qF 'ffmpeg, which is not here' err || complain "without ffmpeg: $(cat err)"
[ -z "$(find . -name '*.part*')" ] || complain "left over: $(find . -name '*.part*')"

exit $failed
