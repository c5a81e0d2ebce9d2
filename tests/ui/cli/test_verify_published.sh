#!/bin/sh
# test_verify_published.sh CONVOY SOURCE CHECK_SCHEMA CHECK_TRACE: convoy verify published, and
# rows of somebody's own.
here=$(dirname "$0")
. "$here/command.sh"
published=$source/tests/published/published-cases.csv

# says STATUS PATTERN WORD...: as wants, of a pattern anywhere on standard output.
says() {
    wanted=$1 pattern=$2
    shift 2
    "$convoy" verify "$@" >out 2>err </dev/null
    got=$?
    [ $got -eq "$wanted" ] || complain "convoy verify $*: status $got, wanted $wanted: $(head -3 err)"
    grep -q -- "$pattern" out || complain "convoy verify $*: does not say \"$pattern\": $(cat out)"
}

rows() { # rows NAME, of what is on standard input, below the heading
    head -n 1 "$published" >"$1"
    cat >>"$1"
}

{ head -n 1 "$published"; grep '^retry-amplification\|^gcra' "$published"; grep -m 1 '^power-of-d,' "$published"; } >few.csv
says 0 '^agree 9, differ 0, undecided 0, absent 0$' published --rows few.csv
grep -q '^5 rows: 4 simulated, 1 hold only a formula, 0 only a shape$' out || complain "the rows are counted wrong: $(cat out)"
grep -q '^  agree     5 layers of 3 attempts: published 243, ours 243 +- 0, tolerance 0 (1 run)$' out || complain "no figure: $(cat out)"
# What ends is what counts.
[ "$(tail -n 1 out | cut -c1-6)" = 'agree ' ] || complain 'the counts are not what is last'
silent 'verify published'

# The counts of the JSON are those of its figures.
says 0 '"agree": 5' published jackson-tandem retry-amplification --json
json "$source/docs/published.schema.json"
says 0 '"formula": 1' published power-of-d --rows few.csv --json
json "$source/docs/published.schema.json"

# Another row of a family works as it stands, and what is wrong is seen to be.
rows own.csv <<'END'
usl,"sigma=0.05, kappa=0.002",C(10),6.14,formula 1e-9,"10 / (1 + 0.45 + 0.18)"
retry-amplification,"k layers each making m attempts, bottom layer fully down",attempts at the bottom,m^k: 2^6=64,exact,

retry-amplification,"k layers each making m attempts, bottom layer fully down",attempts at the bottom,m^k: 2^6=65,exact,
END
says 1 '^agree 1, differ 3, undecided 0, absent 0$' published --rows own.csv
sed -i 's/,6.14,/,6.135,/; s/=65/=64/' own.csv
says 0 '^agree 4, differ 0, undecided 0, absent 0$' published --rows own.csv

# What is not understood is absent and says why, and the others are judged.
rows odd.csv <<'END'
no-such-case,"N=1",x,1,exact,
usl,"sigma=0.05",C(10),6.135,formula 1e-9,
mmck,"M/M/4/8, S=1",blocking,0.05,simulation 2% relative,
mmck,"M/M/4/8, a=3, S=1",blocking,much,simulation 2% relative,
mmck,"M/M/4/8, a=3, S=1",blocking ; Lq,0.05,simulation 2% relative,
mmck,"M/M/4/8, a=3, S=1",blocking,0.05,somehow,
mmck,"M/M/0/8, a=3, S=1",blocking,0.05,simulation 2% relative,
mmck,"M/M/4/8, a=3, S=1",blockage,0.05,simulation 2% relative,
usl,"sigma=0.05, kappa=0.002",C(10),6.135,formula 1e-9,
gcra,"max_burst 15, 30 per 60 s; 3 calls, then one at t=4",reply,limited=0,exact,
breaker-r4j,"COUNT_BASED window 10, minimumNumberOfCalls 10, half-open",state,OPEN,exact,
sliding-log,"limit 10 per 60 s",allowed inside any span of length W,9,exact,
leaky-bucket-queue,"capacity 10, drain 5",admitted,10,exact,
redis-race,"limit 1 left; two clients GET, INCR, INCR, GET",allowed,2 ; 1,exact,
retry-throttle-grpc,"maxTokens=10, tokenRatio=0.1, all calls fail",retries,some,exact,
END
says 3 '^agree 2, differ 0, undecided 0, absent 14$' published --rows odd.csv
for said in 'line 2: no experiment is known for such a row' 'line 3: no closed form is known' \
    'line 4: the parameters do not say "M/M/N/N, a=N, S=N"' 'line 5: the expected figure is not a number' \
    'line 6: not as many figures as names' 'line 7: the row has no tolerance for a simulation' \
    'line 11: neither a fresh key' 'line 12: neither outcomes' 'line 13: expected is not the limit' \
    'line 14: the row does not say "capacity N' 'line 15: the parameters do not say GET' 'line 16: expected names neither' \
    'line 8: .*knob "c" cannot be 0' 'line 9: the scenario has no figure "blockage"'; do
    grep -q -- "$said" out || complain "does not say \"$said\": $(cat out)"
done
says 3 '"absent": 14' published --rows odd.csv --json
json "$source/docs/published.schema.json"

# No file of rows at all.
wants 2 'no.csv: cannot be read' verify published --rows no.csv
echo 'a,b' >wrong.csv
wants 2 'wrong.csv:1: the heading is not case,parameters,metric,expected,tolerance,source' verify published --rows wrong.csv
head -n 1 "$published" >wrong.csv
wants 2 'wrong.csv:1: there is no row' verify published --rows wrong.csv
printf 'usl,a,b,c,d,e\nusl,a,b,c,d\n' | rows wrong.csv
wants 2 'wrong.csv:3: fewer than six fields' verify published --rows wrong.csv
printf 'usl,a,b,c,d,e,f\n' | rows wrong.csv
wants 2 'wrong.csv:2: more than six fields' verify published --rows wrong.csv
printf 'usl,"a,b,c,d,e\n' | rows wrong.csv
wants 2 'wrong.csv:2: a quote does not end' verify published --rows wrong.csv --json
printf 'usl,"a"b,c,d,e,f\n' | rows wrong.csv
wants 2 'wrong.csv:2: text behind a closing quote' verify published --rows wrong.csv
printf 'usl,a,b,c,d,e\n' | rows wrong.csv
wants 2 'no row of these cases' verify published mm1 --rows wrong.csv --json

wants 2 'did you mean "mm1"?' verify published mm2
wants 2 'published stands for itself' verify rate_limit published
wants 2 '--rows is for published' verify rate_limit --rows own.csv
wants 2 '--report is for mechanisms' verify published --report page.html
exit $failed
