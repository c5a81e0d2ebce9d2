#ifndef TESTS_PUBLISHED_RECORDED_H
#define TESTS_PUBLISHED_RECORDED_H

// The rows of cpython-cases.csv: figures recorded on real interpreters, each the median over
// repeats. Rows of one interpreter, case and set of parameters stand together: one experiment.

#include <stdbool.h>
#include <stdint.h>

#include "labs/kit/published/experiment.h"

struct recorded {
    char interpreter[32], name[32], params[128], metric[48];
    double median, p10, p90;
};

#define RECORDED 1600

struct recordings {
    struct recorded at[RECORDED];
    uint32_t count;
};

// False with a message.
bool recordings_read(struct recordings *r, const char *file, char *message, size_t size);

// "cp3.14.7t" is "3.14t".
void recorded_version(const struct recorded *r, char *version, size_t size);

// The value of a key among the parameters; false when it is not there.
bool recorded_param(const struct recorded *r, const char *key, char *value, size_t size);

// Sets a knob for each of the parameters, and the version.
void recorded_settings(const struct recorded *r, struct lab_experiment *e);

// Of a run in which threads only compute: the experiment's figures, by their names in the file,
// in its units. False when the run failed or there is no such figure.
bool slices_measure(const struct lab_experiment *e, uint64_t seed, double x[LAB_FIGURES]);

#endif
