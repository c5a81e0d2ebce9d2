#!/bin/sh
# test_command_report.sh CONVOY SOURCE CHECK_SCHEMA CHECK_TRACE [PICTURES]: a run as one page, or
# the word for why there is none.
. "${0%/*}/command.sh"

if [ "${5:-}" != ON ]; then
    wants 3 'no pictures' report quick.lua -o a.html
    [ ! -e a.html ] || complain 'without the libraries there is a file'
    exit $failed
fi

has() { # has FILE TEXT
    grep -qF -- "$2" "$1" || complain "$1 does not have \"$2\""
}

# ---- What is on it

wants 0 '' report quick.lua -o a.html
[ ! -s out ] || complain "report says something on standard output: $(head -3 out)"
silent report
[ "$(head -n 1 a.html)" = '<!DOCTYPE html>' ] || complain 'a.html does not begin as a page'
[ "$(tail -n 1 a.html)" = '</html>' ] || complain 'a.html does not end as a page'
for text in '<title>Quick</title>' 'seed 1' 'What happened' 'most are answered' 'there is room' \
    '<b>passed</b>' 'ncalls' 'knob(&quot;rate&quot;, 100' 'digest ' 'quick.lua&#39; --seed 1'; do
    has a.html "$text"
done

# Nothing is asked of any other place, and nothing on it runs.
tr -d '\n' <a.html | grep -qiE 'https?:|<script|<link|<iframe|@import|url\(' &&
    complain 'a.html asks for something'

# The digest is that of the run, and the same command makes it.
wants 0 '' run quick.lua --json
digest=$(sed -n 's/.*"digest": "\([0-9a-f]*\)".*/\1/p' out)
has a.html "digest ${digest:-none}"

# Its second picture is what render draws.
wants 0 '' render quick.lua --at 3 --theme light --panel charts --size 1280x560 -o charts.svg
grep -o 'base64,[A-Za-z0-9+/=]*' a.html | sed -n '2s/base64,//p' | base64 -d >second.svg
cmp -s charts.svg second.svg || complain 'the picture of the whole run is not that of render'

# The same run is the same page, another one is another.
wants 0 '' report quick.lua --out=b.html
cmp -s a.html b.html || complain 'the same run gives two pages'
wants 0 '' report quick.lua -o b.html --seed 2 --set rate=120
cmp -s a.html b.html && complain 'another seed gives the same page'
has b.html '--set &#39;rate=120&#39; --seed 2'
wants 0 '' report quick.lua -o b.html --variant 'too much'
has b.html 'Variant “too much”'
has b.html '--variant &#39;too much&#39;'

# The command is one that a shell takes, whatever the file is called.
odd="it's; touch oops.lua"
cp quick.lua "$odd"
wants 0 '' report "$odd" -o b.html
again=$(sed -n 's/.*<code>convoy \(.*\)<\/code>.*/\1/p' b.html | sed "s/&#39;/'/g")
eval "wants 0 'seed 1' $again"
[ ! -e oops.lua ] || complain 'a name of a file runs as a command'

# An expectation that fails is told on the page, and by the status, as run does.
wants 1 '' report failing.lua -o b.html
has b.html '<b>FAILED</b>'

# What stopped a run stands on its page.
wants 3 '' report quick.lua -o b.html --events 500
has b.html 'Stopped before its end'

# ---- What is refused

rm -f b.html
wants 2 'where to? -o PAGE.html' report quick.lua
wants 2 'expected a name that ends with .html' report quick.lua -o b.pdf
wants 2 'expected a folder that can be written to, nowhere is not' report quick.lua -o nowhere/b.html
wants 2 '' report quick.lua -o b.html --variant nonesuch
wants 2 '' report failing -o b.html
wants 2 'there is no option "at"' report quick.lua -o b.html --at 1
[ ! -e b.html ] || complain 'what was refused has left a file'
mkdir full.html
wants 2 'the report cannot be written to full.html' report quick.lua -o full.html
[ -z "$(find . -name '*.part*')" ] || complain "left over: $(find . -name '*.part*')"

exit $failed
