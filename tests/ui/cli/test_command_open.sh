#!/bin/sh
# test_command_open.sh CONVOY SOURCE CHECK_SCHEMA CHECK_TRACE [WINDOW]: what the window's command
# says before there is a window, and where there can be none.
. "${0%/*}/command.sh"
unset DISPLAY WAYLAND_DISPLAY SDL_VIDEODRIVER

if [ "${5:-}" != ON ]; then
    wants 3 'no window' open quick.lua
    exit $failed
fi

# Should it find one after all, nobody would close it.
real=$convoy
convoy=timeout
wants 3 'there is no display to open a window on' 60 "$real" open quick.lua
convoy=$real
wants 2 '--at 3.5: expected a moment of the run, 0 to 3 s' open quick.lua --at 3.5
wants 2 'expected dark or light' open quick.lua --theme grey
wants 2 'WIDTHxHEIGHT, 800x560 to 8192x8192' open quick.lua --size 10x10
wants 2 'which scenario?' open
wants 2 'takes one file' open quick.lua hello.lua
wants 2 'there is no option "out"' open quick.lua --out x.png
wants 2 '' open quick.lua --variant nonesuch
wants 2 '--evidence none/of/it.txt: expected a folder that can be written to' \
    open quick.lua --evidence none/of/it.txt
wants 2 '--sheet none/of/it.md: expected a folder that can be written to' \
    open quick.lua --sheet none/of/it.md
wants 2 'expected another file than that of --evidence' \
    open quick.lua --evidence both.txt --sheet both.txt
wants 2 '--blind takes no value' open quick.lua --blind=no
sed 's/service(/servce(/' quick.lua >wrong.lua
wants 2 'did you mean "service"?' open wrong.lua

exit $failed
