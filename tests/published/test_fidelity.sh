#!/bin/sh
# test_fidelity.sh CHECK_PUBLISHED FOLDER: a figure that differs fails unless the page lists it, and
# one that is listed must differ.
set -u
check=$1 folder=$2 failed=0
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# A row that cannot be met, beside what the page says of it.
head -n 1 "$folder/published-cases.csv" >"$work/cases.csv"
echo 'power-of-d,"d=2 uniform choices, lambda=0.5",mean time in system,9,formula: 1e-4 relative,made up' >>"$work/cases.csv"
page() { # page FIGURE
    echo "| power-of-d | d=2 uniform choices, lambda=0.5 | $1 | 9 | 1.27 | made up |" >"$work/page.md"
}
wants() { # wants STATUS TEXT
    said=$("$check" "$work/cases.csv" "$folder" "$work/page.md" power-of-d)
    got=$?
    if [ $got -ne "$1" ] || ! printf '%s' "$said" | grep -q "$2"; then
        echo "wanted status $1 and \"$2\", got $got: $said"
        failed=1
    fi
}
page 'another figure'
wants 1 '1 failed, 0 undecided, 0 differ'
page 'mean time in system'
wants 0 '0 failed, 0 undecided, 1 differ'
sed -i 's/,9,/,1.26569,/' "$work/cases.csv"
wants 1 'AGREES but is listed'
# What could not be judged at all is no difference.
sed -i 's/formula: 1e-4 relative/somehow/' "$work/cases.csv"
wants 1 '1 failed, 0 undecided, 0 differ'
exit $failed
