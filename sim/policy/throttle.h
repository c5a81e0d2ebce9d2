#ifndef SIM_POLICY_THROTTLE_H
#define SIM_POLICY_THROTTLE_H

// A client that sends less to who accepts less: of what it is asked for it rejects itself a share of
//
//   max(0, (requests - k * accepts) / (requests + 1))
//
// of the last two minutes, so that whoever it calls sees about k times what it accepts
// ("Handling Overload" in Site Reliability Engineering, 2016, has rule and defaults). Requests are
// all that were asked for, those that it rejected among them; accepts are those that ended well.
//
// The window is made of slices that begin at multiples of their length, the running one included.
// The decision is one of whole numbers. Asking and recording take constant time.

#include <stdbool.h>
#include <stdint.h>

#include "sim/engine/time.h"

#define SIM_THROTTLE_SLICES 120u

struct sim_throttle {
    uint32_t k; // millionths
    sim_time window;
    // Counts a request when it has ended, and not when it is asked for, so that it does not know
    // what is under way and forgets what it rejected: a bug that go-zero had (issue 5011).
    bool counts_late;
};

struct sim_throttle_slice {
    uint32_t requests, accepts;
};

struct sim_throttle_memory {
    struct sim_throttle_slice slices[SIM_THROTTLE_SLICES], sum;
    int64_t newest; // number of the running slice
};

struct sim_throttle sim_throttle_default(void); // k 2, two minutes

void sim_throttle_begin(const struct sim_throttle *rule, struct sim_throttle_memory *m,
                        sim_time now);

// May a call be sent that is asked for now? It counts either way. `draw` is 64 random bits.
bool sim_throttle_allows(const struct sim_throttle *rule, struct sim_throttle_memory *m,
                         sim_time now, uint64_t draw);

// A call that was sent has ended.
void sim_throttle_ended(const struct sim_throttle *rule, struct sim_throttle_memory *m,
                        sim_time now, bool is_accepted);

#endif
