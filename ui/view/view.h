#ifndef UI_VIEW_VIEW_H
#define UI_VIEW_VIEW_H

// What a moment of a run looks like: from a film, a time, a size and a theme to draw commands,
// and from nothing else. The same arguments give the same list, whoever paints it.
//
// Shown is what had happened by then: nothing that the film knows of later times, but in the
// strip of the whole run, where it is fainter. A panel without anything to show is absent and
// leaves its place to the others.

#include "ui/view/arm.h"
#include "ui/view/film.h"
#include "ui/view/list.h"
#include "ui/view/theme.h"

// The smallest picture in which nothing needs to overlap.
#define UI_VIEW_MIN_WIDTH  800.0
#define UI_VIEW_MIN_HEIGHT 560.0

// And one for an audience; its type is larger by this.
#define UI_VIEW_PRESENT_MIN_WIDTH  640.0
#define UI_VIEW_PRESENT_MIN_HEIGHT 450.0
#define UI_VIEW_PRESENT_LARGER     1.6

// What is wrong with a script, beside the run that is seen all the same.
struct ui_wrong {
    const char *place;   // "orders.lua:12", or ""
    const char *text;    // one line
    const char *excerpt; // that line of the script, or ""
    const char *advice;  // lines, or ""
    bool is_saved;       // of what was saved last, and not of the run that is seen
};

// What of a run is kept from those who look: each hides all that the one before it does, and more.
// A new panel is hidden until view.c says from where on it may be seen.
enum ui_blind {
    UI_BLIND_NOT,
    UI_BLIND_NAMES,   // what was done to it, and all names and notes that say so
    UI_BLIND_MOMENTS, // when that was, the other future, and the time to come
    UI_BLIND_CAUSES,  // what goes on inside: all that users do not meet themselves
    UI_BLINDS
};

struct ui_look {
    sim_time at;
    double width, height; // points
    const struct ui_theme *theme;
    uint32_t
        selected; // service whose threads and line are shown; SIM_NONE: the film's focus
    bool has_waterfall;  // in place of the threads
    struct ui_pick pick; // the request that it shows; without one the slowest of the moment
    enum ui_panel panel; // the only one that is shown, with the whole picture for itself
    // Of a window that plays it:
    enum ui_panel focus; // that keys go to; UI_WHOLE: none
    bool has_transport, is_playing;
    int speed;         // power of two
    bool shows_keys;   // in place of the panels
    const char *note;  // in place of where the run is from; NULL or "": nothing to say
    const char *saved; // a note for those who look blind, which tells nothing; or NULL
    const struct ui_arm *arm;     // a fault that is made ready; NULL: none
    const struct ui_wrong *wrong; // with the script; NULL: nothing
    // Another future of the same run, drawn dashed; NULL: none. And what sets it apart.
    const struct ui_film *ghost;
    const char *differs;
    bool is_beside; // the two side by side, where there are two
    bool keeps;     // the other one, or where there is none this, is kept as A; this is B
    enum ui_blind blind; // how much is hidden
    bool presents; // for an audience: one panel, its figures, and nothing of how it is made
    bool has_pointer, is_pressed; // a ring where the pointer is, for the audience
    struct ui_point pointer;
    const char *echo; // the key that was pressed last; NULL or "": none
};

// What a window has to be pressed; its command is a box called "button", of these.
enum ui_button {
    UI_BUTTON_START,
    UI_BUTTON_BACK,
    UI_BUTTON_PLAY,
    UI_BUTTON_ON,
    UI_BUTTON_END,
    UI_BUTTON_SLOWER,
    UI_BUTTON_FASTER,
    UI_BUTTONS
};

// At 0 s, 1280 by 800, dark, all panels.
void ui_look_default(struct ui_look *look);

// Writes the picture into an empty list; list->failed when there was no memory.
void ui_view_draw(struct ui_list *list, const struct ui_film *film,
                  const struct ui_look *look);

// Names of the panels that can stand alone; NULL after the last. UI_PANELS when there is none
// of that name.
const char *const *ui_panel_names(void);
enum ui_panel ui_panel_of(const char *name);
// Whether a panel is kept from those who look, where so much is.
bool ui_panel_is_hidden(enum ui_panel panel, enum ui_blind blind);

// How many requests a dot stands for, in every picture of this film: as many as it takes that
// hardly more than 600 are seen at once.
uint32_t ui_view_requests_a_dot(const struct ui_film *film);

// How long a dot is seen: it starts with what it stands for, and then travels along its edge.
#define UI_FLIGHT ((sim_time)(400 * SIM_MS))

#endif
