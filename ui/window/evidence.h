#ifndef UI_WINDOW_EVIDENCE_H
#define UI_WINDOW_EVIDENCE_H

// What was done at the window, line by line: when, at which moment of the run, and what. It is for
// whoever leads an interview and names everything, so it goes to a file and never to the window.
// Knows nothing of any window or clock.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/engine/time.h"

// That are kept, some 16,000 lines; what comes then is left out, and that is said.
#define UI_EVIDENCE_BYTES ((size_t)1 << 20)

struct ui_evidence {
    char *text; // ends with a 0; NULL: nothing yet
    size_t length, room;
    bool is_full; // or there was no memory for more
};

void ui_evidence_init(struct ui_evidence *e);
void ui_evidence_fini(struct ui_evidence *e);

// A line; `elapsed` is in ms of real time since the window was opened. Control characters become
// spaces, so that a line stays one.
void ui_evidence_add(struct ui_evidence *e, uint64_t elapsed, sim_time at,
                     const char *what);

// Written whole, with a first line on top and a last one, or not at all: false, and what was there
// before stays.
bool ui_evidence_write(const struct ui_evidence *e, const char *path, const char *first,
                       const char *last);

#endif
