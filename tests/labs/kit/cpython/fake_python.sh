#!/bin/sh
# An interpreter that says it is 3.12 and "measures" the same each time; where FIGURES below is
# a file beside the program that is run, that is what it prints.
case $2 in
-c) echo '3 12 0 0' ;;
*)
    folder=${2%/*}
    [ ! -e "$folder/fails" ] || { echo 'something is wrong' && exit 1; }
    cat "$folder/figures"
    ;;
esac
