#ifndef TESTS_PUBLISHED_EXPERIMENT_H
#define TESTS_PUBLISHED_EXPERIMENT_H

// A scenario with its knobs set, run on seed after seed; each run gives one sample of each
// figure. Figures are the scenario's expectations, by their claim. Seeds count from 1, so the
// same experiment gives the same samples each time.

#include "scenarios/runner/runner.h"
#include "sim/stats/interval.h"

#define SETTINGS 12
#define FIGURES  8

struct experiment {
    const char *folder, *file; // of the scenario
    struct scn_setting settings[SETTINGS];
    uint32_t setting_count;
    char figures[FIGURES][160]; // claims
    uint32_t figure_count;
};

struct samples {
    double *at[FIGURES]; // one a run
    uint32_t count;
    char error[400]; // of the first run that failed; "" for none
};

void experiment_set(struct experiment *e, const char *knob, double x);
void experiment_choose(struct experiment *e, const char *knob, const char *word);
void experiment_figure(struct experiment *e, const char *claim);

// Runs until there are so many samples. False when a run did not come to its end, lost
// count of its requests, or has no such figure; then error says so.
bool experiment_run(const struct experiment *e, struct samples *s, uint32_t count);
void samples_free(struct samples *s);

#endif
