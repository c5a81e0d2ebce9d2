#ifndef LABS_KIT_VERIFY_PRIVATE_H
#define LABS_KIT_VERIFY_PRIVATE_H

#include "labs/gil/gil_script.h"
#include "labs/kit/verify.h"

// Counts the check too. What goes beyond the room is a bug of ours.
void lab_report_add(struct lab_report *out, const struct lab_check *check);

void lab_verify_gil(const struct lab_verify_def *def, struct lab_report *out);

// The statistics of the lock, in real time.
void lab_verify_gil_loads(const struct lab_verify_def *def, struct lab_report *out);

// From one take to the drop that follows it.
struct lab_slice {
    int64_t begin_ns, end_ns;
    uint32_t thread;
};

// Plays the script on the model of the lock, one client a thread, and writes the first `cap`
// slices in their order. Returns how many there were, below 0 when it could not be run.
int64_t lab_gil_model_play(const struct lab_gil_script *script, struct lab_slice *out,
                           uint32_t cap);

#endif
