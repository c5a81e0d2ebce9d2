#ifndef LABS_LOCK_LOCK_SCRIPT_H
#define LABS_LOCK_LOCK_SCRIPT_H

// Runs real threads on the real lock under a schedule of its own: time is a number, exactly
// one thread runs at any instant, and whose turn it is follows from the script alone
// (lock_stage.h).

#include "labs/lock/lock.h"

#define LAB_LOCK_SCRIPT_THREADS 64

enum lab_lock_act_kind {
    LAB_LOCK_DO_ACQUIRE, // for `ns` at the most, LAB_LOCK_FOREVER for ever, 0 for a try
    LAB_LOCK_DO_PASS,    // `ns` go by, whoever owns the lock
    LAB_LOCK_DO_RELEASE
};

struct lab_lock_act {
    enum lab_lock_act_kind kind;
    int64_t ns;
};

// After an acquire that failed, a thread leaves out its acts up to the release, that included.
struct lab_lock_part {
    int64_t start_ns;
    const struct lab_lock_act *acts;
    uint32_t count;
};

struct lab_lock_script {
    enum lab_lock_kind kind;
    uint32_t spins;
    int64_t wake_ns;  // from a release to the next step of the thread that it woke
    int64_t yield_ns; // one round of spinning
    int64_t slack_ns; // by which a deadline is late
    const struct lab_lock_part *parts;
    uint32_t count; // of threads, at most LAB_LOCK_SCRIPT_THREADS
};

// Plays it to its end and writes the first `cap` decisions in the order in which they fell,
// with the script's time. What is due at one instant comes in the order in which it was
// arranged: a part's start at the very beginning, in the order of the parts; the next step
// when the one before was over; a wake-up at the release.
// Returns how many decisions there were, below 0 when the system gave no thread.
int64_t lab_lock_script_play(const struct lab_lock_script *script,
                             struct lab_lock_event *out, uint32_t cap);

#endif
