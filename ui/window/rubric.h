#ifndef UI_WINDOW_RUBRIC_H
#define UI_WINDOW_RUBRIC_H

// A sheet for whoever leads an interview, as Markdown: what is true, how it goes, what to look for on
// each axis, and what was done. It names everything, so it goes to a file and never to the window. The
// axes and the four steps of a score are those that published rubrics of system design interviews
// agree on; a score rests on evidence, which has room beside it.

#include <stdbool.h>
#include <stdio.h>

#include "ui/view/film.h"
#include "ui/window/evidence.h"

// Of a run; NULL: nothing is known of it yet. With the lines that stand first and last in the log.
void ui_rubric_write(FILE *out, const struct ui_film *film, const struct ui_evidence *e,
                     const char *first, const char *last);

#endif
