#ifndef UI_FILE_WHOLE_FILE_H
#define UI_FILE_WHOLE_FILE_H

// A file that is written whole or not at all: under another name first, and renamed when all of
// it is there. Who looks meanwhile finds what was there before.

#include <stdbool.h>
#include <stdio.h>

#include "sim/report/sink.h"

struct ui_whole_file {
    const char *path; // borrowed
    char part[1200];
    FILE *f; // to write to
};

// False, with errno, where nothing can be written.
bool ui_whole_file_open(struct ui_whole_file *w, const char *path);

// Writes to it. What fails is told by the close.
struct sim_sink ui_whole_file_sink(struct ui_whole_file *w);

// Puts it in its place when all went well; else nothing is left of it, and false is returned.
bool ui_whole_file_close(struct ui_whole_file *w, bool well);

#endif
