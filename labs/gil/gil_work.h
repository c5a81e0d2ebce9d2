#ifndef LABS_GIL_GIL_WORK_H
#define LABS_GIL_GIL_WORK_H

// What a thread of an interpreter does, as far as the lock is concerned.

#include "labs/gil/gil.h"

enum lab_gil_act_kind {
    LAB_GIL_SPIN, // bytecode: looks after each step whether somebody asked
    LAB_GIL_CALL, // a C function that keeps the lock: looks at its end only
    LAB_GIL_HOLD, // the part of a C function before its system call: does not look at all
    LAB_GIL_IO    // a system call: lets go, waits, takes again
};

struct lab_gil_act {
    enum lab_gil_act_kind kind;
    int64_t ns; // of computing, whoever holds the lock meanwhile; or of waiting
};

// Takes the lock, does all acts in turn, and leaves. step_ns is the time from one check to
// the next: under a microsecond in CPython.
void lab_gil_work(struct lab_gil *g, struct lab_gil_thread *t,
                  const struct lab_gil_act *acts, uint32_t count, int64_t step_ns);

#endif
