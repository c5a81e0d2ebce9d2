#ifndef UI_WINDOW_AUDIENCE_H
#define UI_WINDOW_AUDIENCE_H

// What an audience sees of whoever leads: where the pointer is, as a ring that a projector does not
// swallow, and the key that was pressed last. Knows nothing of any window or clock.

#include <stdbool.h>

#include "ui/view/view.h"
#include "ui/window/player.h"

#define UI_ECHO_S 1.2 // so long a key is seen

struct ui_audience {
    bool has_pointer, is_pressed;
    double x, y;      // in the window's own points
    char echo[24];    // "": none
    double echo_left; // seconds
};

// Name of a key, as keycaps have it: "Shift+Left", "Space", "k".
void ui_key_name(char *out, size_t size, int key, bool shift);

// Whether others may be shown that it is pressed now. From those who look blind all keys are kept that
// say what is done to the run, or which run it is.
bool ui_audience_may_see(const struct ui_player *p, int key);
void ui_audience_echo(struct ui_audience *a, int key, bool shift);

// Real time goes on. True when a key is not seen any more.
bool ui_audience_advance(struct ui_audience *a, double seconds);

// Writes what is to be drawn, with the pointer at a place of the picture.
void ui_audience_look(const struct ui_audience *a, double x, double y,
                      struct ui_look *look);

#endif
