#!/bin/sh
# test_docs.sh CONVOY SOURCE: the documents are true to the tree and to the program.
#
# - A file or a function that stands in `backticks` exists.
# - A command of an sh block ends with status 0, or with the one that its comment names.
# - A scenario of a lua block passes convoy check without a remark. A block that is not a whole
#   scenario is checked inside one that has a client "users", services "api" and "db", and the
#   knobs "rate" and "attempts".
# - A block that opens with "lua wrong" is refused, with the message of the block behind it.
# - Every word and every word to come stands in docs/language.md.
# - README.md shows what the program prints.
set -u
convoy=$1
source=$(cd "$2" && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

complain() {
    echo "$*"
    failed=1
}

cd "$work" || exit 1
ln -s "$source/scenarios" scenarios
ln -s "$convoy" convoy
docs="$source/README.md $source/docs/language.md $source/docs/model.md $source/docs/architecture.md $source/docs/window.md $source/docs/patterns.md"

# ---- Names

# Words between single backticks, one a line; fenced blocks are left out.
quoted() {
    awk '/^```/ { inside = !inside; next } !inside {
        n = split($0, part, "`")
        for (i = 2; i <= n; i += 2) if (i < n || n % 2) print part[i] }' "$1"
}

find "$source/sim" "$source/scenarios" "$source/ui" -name '*.[ch]' -exec cat {} + |
    tr -c 'A-Za-z0-9_' '\n' | sort -u >identifiers
for doc in $docs; do
    quoted "$doc" | sort -u >names
    grep -E '^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+\.(c|h|lua|sh|md|txt|csv)$' names |
        while read -r path; do
            [ -e "$source/$path" ] || echo "${doc##*/}: there is no file $path"
        done >missing
    grep -E '^((sim|scn|ui)_[a-z0-9_]+|[a-z_]+)(\(\))?$' names | grep -E '^(sim|scn|ui)_|\(\)$' |
        sed 's/()//' | while read -r name; do
            grep -qx "$name" identifiers || echo "${doc##*/}: there is no function $name"
        done >>missing
    grep -E '^(SIM|SCN|UI)_[A-Z0-9_]+$' names | while read -r name; do
        grep -qx "$name" identifiers || echo "${doc##*/}: there is no constant $name"
    done >>missing
    [ ! -s missing ] || complain "$(cat missing)"
done

# Every pattern says where its model, its real code and its tests are, in files that are there.
awk '/^## / { section = $0; sections[section] = 1 }
    /^\| (model|real code|scenario|check|tests) \|.*`[^`]+`/ { split($0, part, "|"); rows[section part[2]] = 1 }
    END { for (s in sections) { n = split(" model , real code , scenario , check , tests ", want, ",")
        for (i = 1; i <= n; i++) if (!((s want[i]) in rows))
            print "patterns.md: " s " does not say where its" want[i] "is" } }' \
    "$source/docs/patterns.md" >missing
[ ! -s missing ] || complain "$(cat missing)"

# ---- Blocks: each becomes a file N.KIND that holds it, N.where says where it begins

for doc in $docs; do
    awk -v doc="${doc##*/}" -v base="${doc##*/}" '
        /^```/ && inside { close(file); inside = 0; next }
        /^```/ { inside = 1; kind = substr($0, 4); gsub(/ /, "-", kind)
                 if (kind == "") kind = "plain"
                 file = sprintf("%s-%04d.%s", base, NR, kind); printf "" >file; next }
        inside { print >file }' "$doc"
done

for block in *.sh; do
    while IFS= read -r line; do
        wanted=0
        case $line in
        ./convoy*'# status '*) wanted=${line##*'# status '} wanted=${wanted%% *} ;;
        ./convoy*) ;;
        *) continue ;;
        esac
        sh -c "$line" >out 2>err
        status=$?
        [ "$status" = "$wanted" ] || complain "$block: status $status, wanted $wanted: $line
$(cat err)"
    done <"$block"
done

cat >prelude <<'END'
scenario("A fragment", { duration = 120*s })
local rate     = knob("rate", 100, { min = 1, max = 1000 })
local attempts = knob("attempts", 3, { min = 1, max = 9 })
local _        = attempts -- which only some blocks read
local db    = service("db",  { cores = 4, executor = threads(16), handler = { native(6*ms) } })
local api   = service("api", { replicas = 2, executor = threads(32),
                               handler = { ["GET /a"] = { call(db) }, ["GET /b"] = { io(1*ms) } } })
local users = client("users", { target = api, arrivals = poisson(rate), timeout(1*s) })
do
END
for block in *.lua; do
    if grep -q '^scenario(' "$block"; then
        cp "$block" whole.scenario
    else
        { cat prelude "$block"; echo end; } >whole.scenario
    fi
    "$convoy" check whole.scenario >out 2>&1
    status=$?
    if [ $status -ne 0 ] || [ "$(cat out)" != 'whole.scenario: well' ]; then
        complain "$block: status $status
$(cat out)"
    fi
    "$convoy" run whole.scenario --until 2s --quiet >out 2>&1
    case $? in 0 | 1 | 3) ;; *) complain "$block does not run: $(cat out)" ;; esac
done

for block in *.lua-wrong; do
    cp "$block" wrong.lua
    "$convoy" check wrong.lua >out 2>err
    [ $? -eq 2 ] || complain "$block: is not refused"
    answer=$(ls | grep -A1 -x "$block" | tail -1)
    cmp -s err "$answer" || complain "$block: another message than in $answer:
$(cat err)"
done

# ---- Words

"$convoy" help no_such_word 2>&1 | sed -n '/^known:/,/^and /p' | sed 's/^known://; /^and /d' | tr -s ' ' '\n' |
    grep . >words
sed -n '/\*const later\[\]/,/NULL/p' "$source/scenarios/host/words.c" |
    grep -o '"[a-z_]*"' | tr -d '"' >>words
[ "$(wc -l <words)" -gt 90 ] || complain "only $(wc -l <words) words found"
tr -c 'A-Za-z0-9_' '\n' <"$source/docs/language.md" | sort -u >said
sort -u words | comm -23 - said >unsaid
[ ! -s unsaid ] || complain "docs/language.md does not name: $(tr '\n' ' ' <unsaid)"

# What is said to be not there yet is not: its lines but that of keys, which some words have.
sed -n '/^## Not there yet/,/^## [^N]/p' "$source/docs/language.md" | grep '^- ' | grep -v '^- keys' |
    grep -o '`[^`]*`' | tr -d '`' | tr ' ' '\n' | grep -x '[a-z_]*' >later
[ -s later ] || complain 'docs/language.md has no list of words to come'
for word in $(cat later); do
    "$convoy" help "$word" 2>&1 | grep -q 'not there yet' || complain "docs/language.md says that $word is not there yet"
done

# ---- Kinds of faults: the schema has them all

for kind in $(sed -n 's/.*\[SIM_FAULT_[A-Z]*\] = "\([a-z_]*\)".*/\1/p' "$source/sim/fault/fault.c"); do
    grep -q "\"kind\": { \"enum\":.*\"$kind\"" "$source/docs/run.schema.json" ||
        complain "docs/run.schema.json knows no fault of the kind $kind"
done

# ---- Pictures: each that is shown is there, and is made by the script

for doc in $docs; do
    sed -n 's/.*!\[.*\](\([^)]*\)).*/\1/p' "$doc" | while read -r picture; do
        [ -s "$(dirname "$doc")/$picture" ] || echo "${doc##*/}: there is no picture $picture"
        grep -q "^shot ${picture##*/} " "$source/tests/docs/pictures.sh" ||
            echo "${doc##*/}: tests/docs/pictures.sh does not make $picture"
    done
done >unseen
[ ! -s unseen ] || complain "$(cat unseen)"
if "$convoy" render scenarios/hello.lua --at 1 -o probe.png 2>err; then
    mkdir pictures
    sh "$source/tests/docs/pictures.sh" "$convoy" "$source" pictures ||
        complain 'pictures.sh cannot make its pictures'
elif [ $? -ne 3 ]; then
    complain "$(cat err)"
fi

# ---- The picture

timeless() {
    sed 's/ events in [0-9.]* [a-z]*,/ events in some time,/' "$1"
}
sh "$source/tests/docs/picture.sh" "$convoy" "$source" >README.new
timeless README.new >new
timeless "$source/README.md" >old
diff old new >out || complain "README.md shows another output than the program's:
$(cat out)
call tests/docs/picture.sh CONVOY SOURCE --write"

exit $failed
