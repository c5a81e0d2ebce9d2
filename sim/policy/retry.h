#ifndef SIM_POLICY_RETRY_H
#define SIM_POLICY_RETRY_H

// When to try again, and after how long. A pure decision: the caller of this waits and sends.
//
// Retry n (from 0) is the n-th re-send. Let x be base * factor^n, or base * (n + 1) where the
// growth is linear, and e = min(cap, x). The wait is
//   none          e
//   full          U(least, e)
//   equal         e/2 + U(0, e/2)
//   decorrelated  min(cap, U(base, 3 * the wait before)), which starts at base
//   additive      min(cap, x + U(0, spread))
//   proportional  min(cap, x * U(1 - share, 1 + share))
//   grpc          e * U(1 - share, 1 + share): after the cap, so it may be longer than that
//   envoy         U(0, min(cap, base * (2^(n+1) - 1)))
//   polly         min(cap, base/1.4 * (f(t) - the f before)), f(t) = 2^t tanh(sqrt(4t)) with
//                 t = n + U(0, 1), and the f before the first is 0
//   whole_seconds a whole number of seconds from 0 to e, each as likely
// and never less than least. The first four are those of AWS ("Exponential Backoff And Jitter",
// 2015), additive is tenacity's wait_exponential_jitter, which clamps after adding; proportional
// is resilience4j's, and Polly's for fixed and linear waits; grpc A6's; whole_seconds Celery's.
//
// A server that pushes back says how long to wait: then the wait is exactly that, and the one
// after it begins anew with base (A6).

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
    SIM_JITTER_PROPORTIONAL,
    SIM_JITTER_GRPC,
    SIM_JITTER_ENVOY,
    SIM_JITTER_POLLY,
    SIM_JITTER_WHOLE_SECONDS,
    SIM_JITTERS
};

enum sim_growth {
    SIM_GROWTH_EXPONENTIAL, // a factor of 1 keeps the wait fixed
    SIM_GROWTH_LINEAR
};

#define SIM_FOR_EVER  UINT32_MAX                   // of attempts
#define SIM_NO_CAP    INT64_C(3000000000000000000) // a century, as with any duration
#define SIM_NO_BUDGET UINT32_MAX

struct sim_retry {
    sim_time base; // 0: again at once
    double factor; // at least 1
    sim_time cap;
    sim_time spread; // of additive jitter
    sim_time least;
    double share;          // of proportional jitter, at most 1
    uint32_t max_attempts; // counts the first try; at least 1
    uint32_t most;         // what is asked for beyond it is silently treated as it
    enum sim_growth growth;
    enum sim_jitter jitter;
    uint32_t on;     // bit 1 << outcome: those that are tried again
    uint32_t budget; // the caller's number of the one its retries take from; SIM_NO_BUDGET
    uint64_t heeds;  // 1: a server that pushes back is obeyed; 0: not
};

// What one call remembers between its attempts.
struct sim_retry_state {
    uint32_t attempts; // made so far
    uint32_t before;   // of them before the server last pushed back; waits count from there
    double
        last; // decorrelated: the last wait in ns, not rounded, 0 before the first; polly: f
};

// Schemes that people know by the name of a library.
enum sim_retry_scheme {
    SIM_RETRY_TENACITY, // wait_exponential_jitter: never stops, 1 s doubling, + U(0, 1 s)
    SIM_RETRY_GRPC,     // the example of A6, for there are no defaults: 4, 0.1 s, x2, 1 s
    SIM_RETRY_GRPC_LEGACY,  // the same with full jitter, as older implementations drew it
    SIM_RETRY_ENVOY,        // num_retries 1, 25 ms, 250 ms
    SIM_RETRY_RESILIENCE4J, // maxAttempts 3, 500 ms fixed
    SIM_RETRY_POLLY,        // MaxRetryAttempts 3 beside the first, 2 s fixed
    SIM_RETRY_CELERY, // max_retries 3, default_retry_delay 180 s, retry_backoff_max 600 s
    SIM_RETRY_AWS,    // standard mode: 3 attempts, 1 s doubling up to 20 s, full jitter
    SIM_RETRY_SCHEMES
};

// Three attempts, 100 ms doubling up to 10 s with full jitter, after an error, a timeout,
// a rejection or a loss, never after a cancellation.
struct sim_retry sim_retry_default(void);

// The scheme with its defaults, as they are without any option.
struct sim_retry sim_retry_of(enum sim_retry_scheme scheme);

// The jitter that the library has where it is switched on: for waits that are fixed, grow
// linearly, or exponentially.
enum sim_jitter sim_retry_usual_jitter(enum sim_retry_scheme scheme, bool is_exponential);

const char *sim_retry_name(enum sim_retry_scheme scheme); // "grpc-legacy"

// Says whether the call that just ended with this outcome is tried again; if so *wait is
// set and the state moves on to the next attempt.
bool sim_retry_next(const struct sim_retry *r, struct sim_retry_state *state,
                    enum sim_outcome outcome, struct sim_random *rng, sim_time *wait);

// The same where the answer said to come back after so long; below 0: not to come back.
bool sim_retry_pushed_back(const struct sim_retry *r, struct sim_retry_state *state,
                           enum sim_outcome outcome, sim_time after, sim_time *wait);

const char *sim_jitter_name(enum sim_jitter jitter);

#endif
