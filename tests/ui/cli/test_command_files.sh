#!/bin/sh
# test_command_files.sh CONVOY SOURCE CHECK_SCHEMA CHECK_TRACE: files that are odd, and several of them.
. "${0%/*}/command.sh"

# ---- Times to replay

cat >replays.lua <<'END'
scenario("Replays", { duration = 10*s })
local api = service("api", { handler = io(1*ms) })
client("u", { target = api, arrivals = replay "times.csv" })
expect("all three come", { "u.offered", at_least = 3, at_most = 3, because = "there are three" })
END
for head in '' 'time,what\n' '\357\273\277' '\357\273\277time,what\n'; do
    for end in '\n' '\r\n'; do
        # shellcheck disable=SC2059
        printf "${head}0.5${end}1,a${end}2.5${end}" >times.csv
        wants 0 'passed' run replays.lua
    done
done
printf '\357\273\2770.5\n1\nx\n' >times.csv
wants 2 'replay: line 3 does not begin with a time' run replays.lua

# ---- Scenarios

mkdir folder
mkfifo pipe
: >empty.lua
printf '\177ELF\001\002\003\000\377\376' >binary.lua
{ cat quick.lua; head -c 10000000 /dev/zero | tr '\0' '-'; } >big.lua
{ head -c 30 quick.lua; printf '\000'; tail -c +31 quick.lua; } >nul.lua
printf '\377\376s\000c\000' >utf16.lua
sed 's/$/\r/' quick.lua >crlf.lua
{ printf '\357\273\277'; cat quick.lua; } >bom.lua
cp quick.lua 'with a blank.lua'
cp quick.lua ./-dash.lua
cp quick.lua "$(printf 'esc\033[31m.lua')"
ln -s quick.lua link.lua
ln -s nowhere dangling.lua

for command in run check compare; do
    wants 2 'cannot read folder: it is no file' $command folder
    wants 2 'cannot read pipe: it is no file' $command pipe
    wants 2 'cannot read /dev/zero: it is no file' $command /dev/zero
    wants 2 'cannot read missing.lua: ' $command missing.lua
    wants 2 'cannot read dangling.lua: ' $command dangling.lua
    wants 2 'cannot read hello.lua/x: ' $command hello.lua/x
    wants 2 'the script has no scenario(' $command empty.lua
    wants 2 'big.lua is longer than a script may be' $command big.lua
    wants 2 'binary.lua:1: ' $command binary.lua
    wants 2 'utf16.lua:1: ' $command utf16.lua
    wants 2 'nul.lua:1: ' $command nul.lua
    wants 2 'cannot read : ' $command ''
    wants 2 "the file's name is too long" $command "$(head -c 2000 /dev/zero | tr '\0' 'n').lua"
    LC_ALL=C grep -q '[^[:print:][:space:]]' err && complain "$command: control characters reach the terminal"
    for file in crlf.lua bom.lua 'with a blank.lua' ./-dash.lua link.lua "$PWD/quick.lua"; do
        wants 0 '' $command "$file"
        silent "$command $file"
    done
    wants 0 '' $command -- -dash.lua
    wants 2 'there is no option "-dash.lua"' $command -dash.lua
done
if [ "$(id -u)" -ne 0 ]; then
    cp quick.lua unreadable.lua
    chmod 0 unreadable.lua
    wants 2 'cannot read unreadable.lua: ' run unreadable.lua
fi

# The name of a file reaches no terminal as it is.
"$convoy" run "$(printf 'esc\033[31m.lua')" >out 2>err || complain 'a file with an odd name does not run'
cat out err | grep -q "$(printf '\033')" && complain 'an escape in the name of a file is printed'

# What the end of lines and a mark at the beginning make no difference to.
digest() {
    "$convoy" run "$1" --json | sed -n 's/^ *"digest": *//p'
}
[ "$(digest crlf.lua)" = "$(digest quick.lua)" ] || complain 'lines that end in CR LF make another run'
[ "$(digest bom.lua)" = "$(digest quick.lua)" ] || complain 'a mark of byte order makes another run'

# Of several files one at fault is enough: standard output is empty then, and what is wrong with
# each of them is said.
wants 0 'quick.lua: well' check quick.lua hello.lua
grep -q 'hello.lua: well' out || complain 'check says nothing of the second file'
sed 's/, because = "there is room"//' quick.lua >remark.lua
wants 0 'remark.lua:5: ' check remark.lua
grep -q 'remark.lua: builds, with remarks' out || complain 'check does not sum up'
wants 2 'binary.lua:1: ' check remark.lua binary.lua quick.lua empty.lua
grep -q 'empty.lua:1: ' err || complain 'check stops at the first file at fault'
# Variants are built too.
sed 's/{ rate = 600 }/{ rate = 601 }/' quick.lua >variant.lua
wants 2 'variant.lua:6: ' check variant.lua
exit $failed
