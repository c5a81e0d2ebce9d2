#ifndef UI_WINDOW_INNER_H
#define UI_WINDOW_INNER_H

// What the halves of the window share, for ui/window only: what a window is, and what each half
// does with it.

#include <SDL2/SDL.h>
#include <time.h>

#include "ui/paint/paint.h"
#include "ui/window/audience.h"
#include "ui/window/engine.h"
#include "ui/window/evidence.h"
#include "ui/window/past.h"
#include "ui/window/player.h"
#include "ui/window/rerun.h"
#include "ui/window/window.h"

struct ui_window {
    struct ui_window_def def;
    SDL_Window *window;
    SDL_Surface *canvas;   // painted on, and then shown
    Uint32 woken;          // type of the engine's events
    SDL_atomic_t is_woken; // one of them is under way
    struct ui_painter *painter;
    struct ui_list list;
    struct ui_player player;
    struct ui_look look; // of the last frame
    // What is seen; the other future, or NULL; and one that is under way to be seen, or NULL.
    struct ui_engine *engine, *ghost, *next;
    struct ui_rerun rerun;
    char note[220], differs[220];
    char saved[220];  // the note, where it may be seen by those who look blind
    char variant[64]; // of the preset, which the job borrows
    struct ui_audience audience;
    struct ui_evidence evidence;
    char evidence_file[1024]; // "": none has been asked for
    Uint64 opened;            // in ms, and by the calendar
    time_t opened_at;
    Uint64 last; // time played up to, in ms
    unsigned long frames;
    bool is_dirty;
};

// ---- Futures ----

// Runs it as the window was opened, with nothing else beside it. False without memory or a thread.
bool ui_futures_start(struct ui_window *w);
void ui_futures_close(struct ui_window *w);
// A run whose film may hold so much. NULL without memory or a thread.
struct ui_engine *ui_futures_engine(struct ui_window *w, const struct scn_job *job,
                                    uint64_t film_bytes);
void ui_futures_end(struct ui_engine **e); // NULL then; it may have been before
// Shows a run in place of all futures, and gives back the one that was seen.
struct ui_engine *ui_futures_replace(struct ui_window *w, struct ui_engine *e);
void ui_futures_fire(struct ui_window *w);   // what is made ready, from this moment on
void ui_futures_undo(struct ui_window *w);   // the last of them
void ui_futures_other(struct ui_window *w);  // shows the other one
void ui_futures_beside(struct ui_window *w); // both side by side, and back
// What is seen is kept as A, and what is run or fired from here on stands beside it; or no longer.
void ui_futures_keep(struct ui_window *w);
// Runs a preset, by its variant, to be shown beside what is kept.
void ui_futures_preset(struct ui_window *w, const char *variant);
bool ui_futures_reset(
    struct ui_window *w); // as ui_futures_start, where anything was changed
// One that is under way is shown as soon as it has come to the moment that is seen.
void ui_futures_show_next(struct ui_window *w);

// While they are held nothing of what is seen changes.
void ui_futures_lock(struct ui_window *w);
void ui_futures_unlock(struct ui_window *w);
void ui_futures_see(struct ui_window *w); // has what is folded of it fetched
const struct ui_film *
ui_futures_film(struct ui_window *w); // of what is seen, at its moment

// The one line that says what sets two runs apart. Both are locked.
void ui_say_difference(char *out, size_t size, const struct ui_engine *e,
                       const struct ui_engine *ghost);
bool ui_same_fault(const struct sim_fault *a, const struct sim_fault *b);

// ---- Evidence ----

// Each writes a line; but for keys, the files are written anew where there are any.
void ui_witness_key(struct ui_window *w, int key, bool shift);
void ui_witness_click(struct ui_window *w);
void ui_witness_run(struct ui_window *w, const char *what,
                    const char *variant); // that is shown from here on
void ui_witness_change(struct ui_window *w, const char *what, const struct sim_fault *f);
void ui_witness_blind(struct ui_window *w, enum ui_blind before);
void ui_witness_text(struct ui_window *w, const char *what);
bool ui_witness_save(struct ui_window *w); // the files that were asked for
// The log, under a new name where none was asked for; w->note says how that went.
void ui_witness_save_now(struct ui_window *w);

// ---- Saving ----

// What is seen at this moment, of the futures that there are now; both are locked.
void ui_window_take_look(struct ui_window *w);
void ui_save_moment(struct ui_window *w); // as a PNG; w->note says how that went

// ---- Input ----

// What an event wishes, which is put on record. What is seen is locked.
enum ui_wish ui_input_wish(struct ui_window *w, const SDL_Event *event);
// From the window's own points to those of the picture.
void ui_input_to_picture(const struct ui_window *w, double *x, double *y);
// Where the pointer is, for an audience. True when that is to be drawn.
bool ui_input_point(struct ui_window *w, const SDL_Event *event);

#endif
