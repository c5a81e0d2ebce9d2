#ifndef UI_WINDOW_PLAYER_H
#define UI_WINDOW_PLAYER_H

// What keys, the mouse and the passing of time do to what is seen: the moment, the speed, what is
// selected. Knows nothing of any window, so that a test can play with it. What was drawn last says
// where things are: a click means the command that it falls on.

#include "ui/view/film.h"
#include "ui/view/view.h"

// Keys are their characters, upper or lower case as typed; and these.
enum ui_key {
    UI_KEY_LEFT = 0x100,
    UI_KEY_RIGHT,
    UI_KEY_UP,
    UI_KEY_DOWN,
    UI_KEY_HOME,
    UI_KEY_END,
    UI_KEY_TAB,
    UI_KEY_ENTER,
    UI_KEY_ESCAPE,
    UI_KEY_LARGER, // with Ctrl
    UI_KEY_SMALLER,
    UI_KEY_QUIT,
    UI_KEY_PAGE_UP,
    UI_KEY_PAGE_DOWN,
    UI_KEY_F1, // and behind it as many as there are presets
};

// What is to be done that a player cannot do itself. In any case it is to be drawn again.
enum ui_wish {
    UI_WISH_NOTHING, // nothing has changed
    UI_WISH_DRAW,
    UI_WISH_EXPORT,    // write the moment to a file
    UI_WISH_NEXT_SEED, // run afresh on another seed
    UI_WISH_RESET,     // show it as it was opened
    UI_WISH_FIRE,      // from here on with the fault that is made ready
    UI_WISH_UNDO,      // without the last of them
    UI_WISH_PRESET,    // run afresh as the preset has it
    UI_WISH_EVIDENCE,  // write down what was done
    UI_WISH_BESIDE,    // show both futures side by side, or no longer
    UI_WISH_KEEP,      // keep this run, for others to stand beside it; or no longer
    UI_WISH_OTHER,     // show the other future in place of this one
    UI_WISH_QUIT,
};

struct ui_player {
    sim_time at;
    bool is_playing, is_dragging, shows_keys;
    int speed;   // power of two, -6 to 6
    double rest; // of a nanosecond that has not been played yet
    double zoom; // of type and all
    uint32_t selected;
    enum ui_panel panel, focus;
    bool has_waterfall;  // in place of the threads
    struct ui_pick pick; // the request in it; without one the slowest of the moment
    enum ui_blind blind; // what is kept from those who look
    bool is_presenting, is_beside;
    bool keeps;        // a run that others are to stand beside
    uint32_t preset;   // that was asked for last
    struct ui_arm arm; // the fault that is made ready, or was last
};

#define UI_SLOWEST -6
#define UI_FASTEST 6

void ui_player_init(struct ui_player *p);

// Another run is seen, which may be shorter, or may not have what was looked into.
void ui_player_fit(struct ui_player *p, const struct ui_film *f);

// Real time goes on. False when nothing has changed.
bool ui_player_advance(struct ui_player *p, const struct ui_film *f, double seconds);

enum ui_wish ui_player_key(struct ui_player *p, const struct ui_film *f, int key,
                           bool shift);

// The left button, in points; clicks counts those that came quickly, one after the other.
enum ui_wish ui_player_press(struct ui_player *p, const struct ui_film *f,
                             const struct ui_list *drawn, double x, double y, int clicks);
enum ui_wish ui_player_drag(struct ui_player *p, const struct ui_film *f,
                            const struct ui_list *drawn, double x);
void ui_player_release(struct ui_player *p);

// Writes what is to be drawn into a look that has its size and theme.
void ui_player_look(const struct ui_player *p, struct ui_look *look);

#endif
