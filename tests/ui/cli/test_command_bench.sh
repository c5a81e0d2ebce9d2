#!/bin/sh
# test_command_bench.sh CONVOY SOURCE CHECK_SCHEMA CHECK_TRACE: what convoy bench tells, and the
# memory that it finds. How fast it was decides nothing.
. "${0%/*}/command.sh"

"$convoy" bench --json >out 2>err || complain "convoy bench --json: status $?"
json "$source/docs/bench.schema.json"

# figure OBJECT KEY
figure() {
    awk -v object="\"$1\":" -v key="\"$2\":" '
        $1 == object { inside = 1 }
        inside && $1 == key { sub(/,$/, "", $2); print $2; exit }' out
}

# at_most LIMIT OBJECT KEY
at_most() {
    found=$(figure "$2" "$3")
    awk -v x="$found" -v limit="$1" 'BEGIN { exit !(x > 0 && x <= limit) }' ||
        complain "$2.$3 is $found, at most $1 wanted"
}
short=$(figure mm1 peak_mib)
at_most "$(awk -v x="$short" 'BEGIN { print x * 1.02 }')" mm1 peak_mib_ten_times_as_long
at_most 112 in_flight bytes_each
at_most 96 in_line bytes_each

exit $failed
