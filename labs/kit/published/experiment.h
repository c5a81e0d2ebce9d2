#ifndef LABS_KIT_PUBLISHED_EXPERIMENT_H
#define LABS_KIT_PUBLISHED_EXPERIMENT_H

// A scenario with its knobs set, run on seed after seed; each run gives one sample of each
// figure. Figures are the scenario's expectations, by their claim. Seeds count from 1, so the
// same experiment gives the same samples each time.

#include "scenarios/runner/runner.h"
#include "sim/stats/interval.h"

#define LAB_SETTINGS 12
#define LAB_FIGURES  8

struct lab_experiment {
    const char *folder, *file; // of the scenario
    struct scn_setting settings[LAB_SETTINGS];
    uint32_t setting_count;
    char figures[LAB_FIGURES][160]; // claims
    uint32_t figure_count;
    bool (*goes_on)(void *ctx); // asked during runs, by several threads; may be null
    void *ctx;
};

struct lab_samples {
    double *at[LAB_FIGURES]; // one a run
    uint32_t count;
    char error[400]; // of the first run that failed; "" for none
};

void lab_experiment_set(struct lab_experiment *e, const char *knob, double x);
void lab_experiment_choose(struct lab_experiment *e, const char *knob, const char *word);
// The number that a knob is set to; not a number when it is not set.
double lab_experiment_setting(const struct lab_experiment *e, const char *knob);
void lab_experiment_figure(struct lab_experiment *e, const char *claim);

// Runs until there are so many samples. False when a run did not come to its end, lost
// count of its requests, or has no such figure; then error says so.
bool lab_experiment_run(const struct lab_experiment *e, struct lab_samples *s,
                        uint32_t count);
void lab_samples_free(struct lab_samples *s);

#endif
