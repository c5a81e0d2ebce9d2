#ifndef LABS_BREAKER_BREAKER_H
#define LABS_BREAKER_BREAKER_H

// A circuit breaker: asked before each call, told how each call ended. While closed it counts;
// when too much fails it opens and refuses; after a while it lets a few calls through, half
// open, and these decide. Time is given, in ns of a clock that does not go back. Asking and
// telling take constant time.
//
// All that have a name are one machine with other settings: what is counted, over which
// window, when it is looked at, and how probes decide. Whoever holds a breaker sees to it that
// calls do not overlap; shared_breaker.h does.
//
// A result counts in the state that is current when it arrives, whichever state its call was
// let through in: so it is in resilience4j, and a late success can close a breaker.
//
// Sources: resilience4j's CircuitBreakerStateMachine, Hystrix' HystrixCircuitBreaker and its
// wiki, Polly 8's CircuitStateController, pybreaker.py.

#include "labs/breaker/window.h"

enum lab_breaker_signal {
    LAB_BREAKER_CONSECUTIVE, // `min_calls` failures without a success between them
    LAB_BREAKER_COUNT,       // shares of the last `window` calls
    LAB_BREAKER_TIME         // shares of the calls of the last `window` slices
};

// When a closed breaker looks at its window.
enum lab_breaker_look {
    LAB_BREAKER_EACH_RESULT,  // resilience4j
    LAB_BREAKER_EACH_FAILURE, // Polly: a success never opens it
    LAB_BREAKER_EACH_CALL // Hystrix: before a call, at a picture that may be snapshot_ns old
};

enum lab_breaker_probes {
    LAB_BREAKER_ALL_TOGETHER, // when `probes` results are in, their shares decide
    LAB_BREAKER_ONE_BY_ONE    // a failure opens it, `successes` successes close it
};

struct lab_breaker_def {
    enum lab_breaker_signal signal;
    enum lab_breaker_look look;
    enum lab_breaker_probes probing;
    uint32_t window; // calls or slices
    int64_t slice_ns, snapshot_ns;
    uint32_t min_calls;                 // below it there is no share
    uint32_t failure_milli, slow_milli; // it opens at this share or more; above 1000: never
    int64_t slow_ns;                    // slow is what took longer
    int64_t open_ns;                    // the next call is a probe from then on
    bool is_strict;                     // and Hystrix': only after that
    bool is_automatic;                  // half open by itself and not with the next call
    uint32_t probes, successes;         // let through at once while half open
    int64_t half_open_ns;               // opens again when undecided for so long; 0: never
};

// Consecutive failures: five, then 30 s, one probe.
struct lab_breaker_def lab_breaker_plain(void);
struct lab_breaker_def lab_breaker_resilience4j(void);      // the last 100 calls
struct lab_breaker_def lab_breaker_resilience4j_time(void); // the last 100 s
struct lab_breaker_def lab_breaker_hystrix(void);
struct lab_breaker_def lab_breaker_polly(void);
struct lab_breaker_def lab_breaker_pybreaker(void);

enum lab_breaker_state {
    LAB_BREAKER_CLOSED,
    LAB_BREAKER_OPEN,
    LAB_BREAKER_HALF_OPEN,
    LAB_BREAKER_DISABLED,    // lets all through and counts nothing
    LAB_BREAKER_FORCED_OPEN, // refuses all
    LAB_BREAKER_METRICS_ONLY // lets all through and counts
};

enum lab_breaker_outcome {
    LAB_BREAKER_SUCCESS,
    LAB_BREAKER_FAILURE, // also a timeout, and a refusal by what stands behind the breaker
    LAB_BREAKER_IGNORED  // says nothing: it gives its permit back
};

struct lab_breaker {
    struct lab_breaker_def def; // constant
    enum lab_breaker_state state;
    int64_t since_ns; // of this state
    struct lab_window window;
    struct lab_window_counts half;    // half open: the results so far
    int64_t permits;                  // half open: that are left
    uint32_t consecutive;             // failures
    struct lab_window_counts picture; // Hystrix: what was seen last
    int64_t pictured_ns;
    bool has_picture;
};

// False when there is no memory. It is closed.
bool lab_breaker_init(struct lab_breaker *b, const struct lab_breaker_def *def);
void lab_breaker_fini(struct lab_breaker *b);

// Whether a call may go on; half open, that is a permit which its result uses up.
bool lab_breaker_allows(struct lab_breaker *b, int64_t now_ns);

// True where this result opened the breaker: pybreaker's caller then gets the breaker's error
// in place of the call's own.
bool lab_breaker_record(struct lab_breaker *b, enum lab_breaker_outcome outcome,
                        int64_t took_ns, int64_t now_ns);

enum lab_breaker_state lab_breaker_state(struct lab_breaker *b, int64_t now_ns);
void lab_breaker_force(struct lab_breaker *b, enum lab_breaker_state state, int64_t now_ns);

#endif
