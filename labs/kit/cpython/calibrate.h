#ifndef LABS_KIT_CPYTHON_CALIBRATE_H
#define LABS_KIT_CPYTHON_CALIBRATE_H

// Measures what this machine and its Python interpreter cost, in the terms of cpython{}: a
// program takes every figure once a round, and rounds go on for about a minute.

#include <stdbool.h>
#include <stdint.h>

#include "sim/model/runtime.h"

struct lab_calibrate_def {
    const char *labs;           // folder of the shipped labs
    const char *python;         // NULL: the usual one
    double budget_s;            // of real time
    bool (*goes_on)(void *ctx); // false ends it early, with what there is; may be null
    void *ctx;
};

#define LAB_COSTS  64
#define LAB_ROUNDS 64

struct lab_cost {
    const struct sim_cost *of; // its key and unit; durations in seconds
    double median, p10, p90;   // over the rounds
    uint32_t rounds;
};

struct lab_calibration {
    char version[16], preset[16]; // of the interpreter; "" when there is none
    struct lab_cost costs[LAB_COSTS];
    uint32_t count;
    uint32_t rounds, failed;
    double others;    // cores that others kept busy, on average over the rounds
    char reason[120]; // of the last failure
};

// 55 s, the usual interpreter.
void lab_calibrate_default(struct lab_calibrate_def *def);

// False when there is no interpreter, no program, or no round that went well.
bool lab_calibrate(const struct lab_calibrate_def *def, struct lab_calibration *out);

#endif
