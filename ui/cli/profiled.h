#ifndef UI_CLI_PROFILED_H
#define UI_CLI_PROFILED_H

// A run that is profiled while it goes on.

#include "scenarios/runner/runner.h"
#include "sim/report/profile_write.h"

struct ui_profiled {
    double from_s, to_s; // below 0: from the warm-up, to the end; set before
    sim_time from, to;
    struct sim_profile *profile; // NULL: no memory
};

// Makes the job keep it. It stays in its place until it is closed, before the run.
void ui_profiled_watch(struct ui_profiled *p, struct scn_job *job);
void ui_profiled_close(struct ui_profiled *p);

// Of a run that is over.
struct sim_profile_report ui_profiled_report(const struct ui_profiled *p,
                                             const struct sim_report *of);

#endif
