#ifndef LABS_SHED_UTILISATION_H
#define LABS_SHED_UTILISATION_H

// Sheds by how busy the workers are: the longer too many of them are at work, the more is refused,
// the least important first. Time and chance are given: ns of a clock that does not go back,
// draws uniform in [0, 1). Constant time.
//
// Source: Stripe's worker utilisation load shedder (P. Tarjan, 2017).

#include <stdbool.h>
#include <stdint.h>

#define LAB_UTILISATION_CLASSES 4 // 0 may be missed first; the last is never refused

struct lab_utilisation_def {
    double threshold; // share of the workers from which on they are too busy
    int64_t ramp_ns,
        gap_ns; // from nobody of a class to all of it; the longest that is assumed
};

struct lab_utilisation_def lab_utilisation_default(void); // 0.8, 120 s, 1 s

struct lab_utilisation {
    struct lab_utilisation_def def;                  // constant
    int64_t refused_ns[LAB_UTILISATION_CLASSES - 1]; // how far along its ramp each class is
    int64_t at_ns;
};

void lab_utilisation_init(struct lab_utilisation *u, const struct lab_utilisation_def *def,
                          int64_t now_ns);

// Whether a request of that class is served, when `busy` of `workers` are at work.
bool lab_utilisation_serves(struct lab_utilisation *u, int class, double busy,
                            double workers, double draw, int64_t now_ns);

#endif
