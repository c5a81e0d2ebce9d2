#ifndef LABS_KIT_POLICIES_CROWD_H
#define LABS_KIT_POLICIES_CROWD_H

// Users of a real implementation in real time: each is a thread that thinks for an exponential time, calls,
// and thinks again from the instant at which it had its answer, as the users of `closed` do in the model.
// Nothing is computed meanwhile, so that what is measured is the implementation and the machine's wake-ups.

#include <stdbool.h>
#include <stdint.h>

#define LAB_CROWD_SUMS 2

// What one user's calls came to, of those that began behind the warm-up.
struct lab_crowd_sums {
    uint64_t calls;
    double of[LAB_CROWD_SUMS]; // what the calls say
};

struct lab_crowd_call {
    uint64_t *draws;             // the user's own
    double says[LAB_CROWD_SUMS]; // to be added up
    int64_t begun_ns,
        answered_ns; // by lab_crowd_now; the second is where it is given at first
};

struct lab_crowd {
    uint32_t users;
    int64_t think_ns;            // mean
    int64_t warmup_ns, lasts_ns; // the latter with the former
    void (*call)(void *ctx, struct lab_crowd_call *c);
    void *ctx;
    uint64_t draws;    // where those of the next batch begin
    int64_t counts_ns; // when the warm-up of the batch ends, by lab_crowd_now
};

// A batch. False without memory or a thread.
bool lab_crowd_play(struct lab_crowd *crowd, struct lab_crowd_sums *out);

int64_t lab_crowd_now(void); // ns of the monotonic clock
void lab_crowd_sleep_until(int64_t at_ns);

#endif
