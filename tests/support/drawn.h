#ifndef TESTS_SUPPORT_DRAWN_H
#define TESTS_SUPPORT_DRAWN_H

// A picture as the text of its commands, to compare two of them.

#include "ui/view/view.h"

// To be freed. Ends the program without memory.
char *drawn_text(const struct ui_film *film, const struct ui_look *look);

#endif
