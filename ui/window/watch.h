#ifndef UI_WINDOW_WATCH_H
#define UI_WINDOW_WATCH_H

// Tells when a script has been saved, or something in its folder that it names. Many editors write
// another file and give it the old one's name, so the folder is watched and not the file; a file that
// is written in place counts when it is closed, for until then it may be half of one.

#include <stdbool.h>

#include "scenarios/runner/runner.h"

struct ui_watch {
    int fd;         // below 0: nothing is watched
    char name[256]; // of the script in its folder
};

// Where a folder cannot be watched, or a script lies in none, nothing is ever told.
void ui_watch_open(struct ui_watch *w, const struct scn_script *script);
void ui_watch_close(struct ui_watch *w);

// Whether it was saved since it was asked last. Does not wait. The text is the script's as it was read
// last: files that it includes or reads are those whose names are in it.
bool ui_watch_saved(struct ui_watch *w, const char *text);

#endif
