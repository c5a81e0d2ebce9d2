#ifndef LABS_GIL_GIL_SCRIPT_H
#define LABS_GIL_GIL_SCRIPT_H

// Runs real threads on the real lock under a schedule of its own: time is a number, exactly
// one thread runs at any instant, and whose turn it is follows from the script alone. So
// every race of the lock comes out as the delays say, each time.

#include "labs/gil/gil_work.h"

#define LAB_GIL_SCRIPT_THREADS 16

struct lab_gil_part {
    int64_t start_ns; // wants the lock first at this instant
    const struct lab_gil_act *acts;
    uint32_t count;
};

struct lab_gil_script {
    int64_t interval_ns;
    int64_t step_ns;   // of bytecode, between checks
    int64_t wake_ns;   // from the signal to a woken waiter's first look at the lock
    int64_t resume_ns; // the same for a dropper, from the take that it waited for
    int64_t slack_ns;  // by which a timer is late
    const struct lab_gil_part *parts;
    uint32_t count; // of threads, at most LAB_GIL_SCRIPT_THREADS
};

// Plays it to its end and writes the first `cap` decisions in the order in which they fell,
// with the script's time. Signals go to the waiter that has slept longest; of what is due at
// one instant, expiries and wake-ups come before steps, and otherwise the older first.
// Returns how many decisions there were, below 0 when the system gave no thread.
int64_t lab_gil_script_play(const struct lab_gil_script *script, struct lab_gil_event *out,
                            uint32_t cap);

#endif
