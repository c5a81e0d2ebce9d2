#ifndef TESTS_UI_VIEW_LOOKS_H
#define TESTS_UI_VIEW_LOOKS_H

// What can be wrong with a picture whatever it shows, found in its draw commands: text that is cut off,
// that leaves its panel, that runs into other text, that something is drawn over, or that does not
// stand out from its ground.

#include "ui/view/list.h"
#include "ui/view/view.h"

struct looks {
    unsigned cut, outside, overlapping, covered, faint;
    char first[256]; // the first thing that is wrong, in words
};

struct looks looks_of(const struct ui_list *list, const struct ui_look *look);

#endif
