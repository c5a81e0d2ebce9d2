#ifndef UI_WINDOW_WINDOW_H
#define UI_WINDOW_WINDOW_H

// The window: SDL for window, input and clock, pictures as everywhere else. It plays a run while an
// engine computes it. When it is paused and nobody touches it, no frame is drawn: the loop sleeps
// until something comes.

#include <stdbool.h>

#include "scenarios/runner/runner.h"
#include "ui/view/view.h"

struct ui_window;

struct ui_window_def {
    struct scn_job job; // its script is borrowed until the window is closed
    int width, height;  // points
    const struct ui_theme *theme;
    uint64_t
        film_bytes; // that what is seen may take; a longer run is folded, and moments of it fetched
    bool is_blind; // what is wrong is hidden from the first frame on
    const char
        *evidence;     // file for what is done; NULL: none until one is asked for. Borrowed
    const char *sheet; // file for whoever leads; NULL: none. Borrowed
    sim_time at;       // below 0: played from the start; else paused there
};

void ui_window_default(struct ui_window_def *def, const struct scn_script *script);

// NULL with a message: no display, no memory.
struct ui_window *ui_window_open(const struct ui_window_def *def, char *message,
                                 size_t size);
void ui_window_close(struct ui_window *w);

// Writes what was done to the files that were asked for; true also where none was.
bool ui_window_save_evidence(struct ui_window *w);

// Waits at most so long for something to happen, and draws where that is called for. False when the
// window is to be closed.
bool ui_window_step(struct ui_window *w, int wait_ms);

// Steps until it is closed.
void ui_window_run(struct ui_window *w);

// ---- For whoever wants to know ----

enum ui_window_state {
    UI_WINDOW_BEGINS,
    UI_WINDOW_COMPUTES,
    UI_WINDOW_DONE,
    UI_WINDOW_FAILED
};
enum ui_window_state ui_window_state(struct ui_window *w);

// Of a script that has failed; NULL when it has not. Valid until the window is closed.
const struct scn_error *ui_window_error(const struct ui_window *w);
const char *ui_window_reason(const struct ui_window *w); // of another failure

struct ui_player;
const struct ui_player *ui_window_player(const struct ui_window *w);
const struct ui_list *ui_window_drawn(const struct ui_window *w); // last
const char *ui_window_note(const struct ui_window *w);            // what the header says
// What sets the two futures apart; "" where there is one. Whether another is under way.
const char *ui_window_differs(const struct ui_window *w);
bool ui_window_forks(const struct ui_window *w);
// Of the run that is seen, at the last second of it that is computed.
uint64_t ui_window_digest(struct ui_window *w);
unsigned long ui_window_frames(const struct ui_window *w); // drawn so far

#endif
