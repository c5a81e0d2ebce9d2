#ifndef UI_WINDOW_RERUN_H
#define UI_WINDOW_RERUN_H

// A script that is saved is run again, and its run seen from the moment that the last one was seen at.
// Until it has come there, and for good where it is wrong, the last good run stays on screen.
//
// Until what is shown has come to its end without an error the run before it is kept: it comes
// back if the new one fails later than the moment that is seen.

#include "ui/view/view.h"
#include "ui/window/engine.h"
#include "ui/window/watch.h"

#define UI_RERUN_LOOK_MS 200 // how often it is looked whether a script was saved

struct ui_window;

// Scripts that are read here are freed here; the one that the window was opened with is not.
struct ui_rerun {
    struct ui_watch watch;
    const struct scn_script *first; // that it was opened with
    char *text;                     // of what was read last
    struct ui_engine *fresh;        // under way, and not seen yet; or NULL
    const struct scn_script *fresh_script;
    struct ui_engine *good; // what was seen before, while what is seen is on trial; or NULL
    const struct scn_script *good_script;
    struct scn_error error; // of what was read last; without text there is none
    char place[300];        // of the error that is seen
    struct ui_wrong wrong;
};

void ui_rerun_open(struct ui_window *w);
void ui_rerun_close(struct ui_window *w); // after its futures

// Sees whether anything was saved, and how far its run has come. Call it in each step.
void ui_rerun_look(struct ui_window *w);

// What is wrong with the script as it was saved last, or with the run that is seen; NULL when nothing is.
// What is seen is locked. Valid until the next call.
const struct ui_wrong *ui_rerun_wrong(struct ui_window *w);

#endif
