#ifndef UI_CLI_FILMED_H
#define UI_CLI_FILMED_H

// A run that is filmed while it goes on, to be drawn when it is over.

#include "scenarios/runner/runner.h"
#include "ui/view/film.h"

struct ui_filmed {
    struct scn_job job; // set before; its watch is called as well
    sim_time keep_from; // of the film; set before
    struct scn_result result;
    struct ui_film film;
    bool (*watch)(void *ctx, sim_time now, sim_time end); // the job's own
    bool has_film, failed;                                // failed: no memory
};

void ui_filmed_run(struct ui_filmed *f);

// Puts the verdicts on film. False with the error of a measure function.
bool ui_filmed_judge(struct ui_filmed *f, struct scn_error *error);

void ui_filmed_close(struct ui_filmed *f);

#endif
