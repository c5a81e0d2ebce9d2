#ifndef LABS_RETRY_RETRY_H
#define LABS_RETRY_RETRY_H

// Whether a call that failed is tried again, and when. It decides and does nothing: who calls
// sends, waits, and tells it how an attempt ended. Time is given, in ns of a clock that does
// not go back.
//
// An attempt counts from 1 and includes the first try; retry n, from 0, is the n-th re-send.
// The time limit of a try is that attempt's; the one of the call includes the waits.
// An answer that comes at the instant of its time limit is in time, a retry that would begin
// at the end of the call is not: the end was set before it.

#include "labs/retry/backoff.h"

#define LAB_RETRY_NEVER     INT64_MAX // no limit
#define LAB_RETRY_NO_ADVICE INT64_MAX // the server said nothing

struct lab_retry_def {
    struct lab_backoff_def backoff;
    uint32_t max_attempts;              // with the first; 0: any number. gRPC: at most 5
    int64_t try_timeout_ns, timeout_ns; // LAB_RETRY_NEVER for none
};

// The defaults of the project that a scheme is named after. tenacity never stops, and
// Envoy's whole call has 15 s.
struct lab_retry_def lab_retry_default(enum lab_backoff_scheme scheme);

// One call.
struct lab_retry {
    uint32_t attempts; // that count
    int64_t ends_at;
    struct lab_backoff backoff;
};

enum lab_retry_failure {
    LAB_RETRY_TRANSIENT,  // worth another try
    LAB_RETRY_FATAL,      // is not
    LAB_RETRY_TRANSPARENT // never reached the application: sent again at once, not counted
};

enum lab_retry_verdict {
    LAB_RETRY_AGAIN,
    LAB_RETRY_GIVES_UP, // it was fatal, or the server said so
    LAB_RETRY_EXHAUSTED,
    LAB_RETRY_TIMED_OUT
};

struct lab_retry_answer {
    enum lab_retry_verdict verdict;
    int64_t at_ns; // when the next attempt begins, or the call ends
};

// The first attempt begins now.
void lab_retry_init(struct lab_retry *r, const struct lab_retry_def *def, int64_t now_ns);

// When an attempt that begins now has run out of time, by itself or with its call.
int64_t lab_retry_try_ends(const struct lab_retry *r, const struct lab_retry_def *def,
                           int64_t now_ns);

// `advice_ns` is the server's push-back: the next wait exactly, and the one after begins from
// the first again; below zero it asks for no retry at all. Draws only where a wait is random
// and an attempt is left.
struct lab_retry_answer lab_retry_failed(struct lab_retry *r,
                                         const struct lab_retry_def *def,
                                         enum lab_retry_failure failure, int64_t advice_ns,
                                         int64_t now_ns,
                                         const struct lab_backoff_chance *chance);

#endif
