#ifndef SIM_POLICY_RETRY_H
#define SIM_POLICY_RETRY_H

// When to try again, and after how long. A pure decision: the caller of this waits and sends.
//
// Retry n (from 0) is the n-th re-send. With e = min(cap, base * factor^n) the wait is
//   none         e
//   full         U(0, e)
//   equal        e/2 + U(0, e/2)
//   decorrelated min(cap, U(base, 3 * the wait before)), which starts at base
//   additive     min(cap, base * factor^n + U(0, spread))
// The first four are those of AWS ("Exponential Backoff And Jitter", 2015), the last is
// tenacity's wait_exponential_jitter, which clamps after adding.

#include <stdbool.h>
#include <stdint.h>

#include "sim/engine/random.h"
#include "sim/engine/time.h"
#include "sim/policy/outcome.h"

enum sim_jitter {
    SIM_JITTER_NONE,
    SIM_JITTER_FULL,
    SIM_JITTER_EQUAL,
    SIM_JITTER_DECORRELATED,
    SIM_JITTER_ADDITIVE,
    SIM_JITTERS
};

struct sim_retry {
    uint32_t max_attempts; // counts the first try; at least 1
    sim_time base;         // 0: again at once
    double factor;         // at least 1; 1 keeps the wait fixed
    sim_time cap;
    sim_time spread; // of additive jitter
    enum sim_jitter jitter;
    uint32_t on; // bit 1 << outcome: those that are tried again
};

// What one call remembers between its attempts.
struct sim_retry_state {
    uint32_t attempts; // made so far
    sim_time waited;   // the last wait; 0 before the first
};

// Three attempts, 100 ms doubling up to 10 s with full jitter, after an error, a timeout,
// a rejection or a loss, never after a cancellation.
struct sim_retry sim_retry_default(void);

// Says whether the call that just ended with this outcome is tried again; if so *wait is
// set and the state moves on to the next attempt.
bool sim_retry_next(const struct sim_retry *r, struct sim_retry_state *state,
                    enum sim_outcome outcome, struct sim_random *rng, sim_time *wait);

const char *sim_jitter_name(enum sim_jitter jitter);

#endif
