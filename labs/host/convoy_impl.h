#ifndef CONVOY_IMPL_H
#define CONVOY_IMPL_H

// What an implementation of your own looks like to `convoy verify PATTERN --impl ./mine.so`. It is
// a shared library that exports one object, named after the pattern. `convoy lab new-impl PATTERN`
// writes one to begin with.
//
// It runs alone in a process of its own, with the C library and libm, and is asked about one thing
// after the other. It may compute, allocate up to 256 MB and print a little; it may not begin
// processes or threads, open files, or talk to anybody. What it answers is compared outside.

#include <stdint.h>

#define CONVOY_IMPL_VERSION 1u

// ---- rate_limit: may this call go on now? One open limiter is one key ----

enum convoy_limit_algorithm {
    CONVOY_TOKEN_BUCKET, // burst tokens at first; limit a window come back, never more than burst
    CONVOY_LEAKY_BUCKET, // a level that drains limit a window, and may reach burst
    CONVOY_LEAKY_QUEUE,  // burst may wait; one leaves each window / limit
    CONVOY_GCRA,         // burst, and one at once
    CONVOY_FIXED_WINDOW, // limit in each window; they begin at whole multiples of their length
    CONVOY_SLIDING_LOG,    // limit in any window; a call as old as the window has left
    CONVOY_SLIDING_COUNTER // before * share in view + now + cost - 1 < limit
};

struct convoy_limit_def {
    enum convoy_limit_algorithm algorithm;
    uint32_t limit;    // calls a window, at least 1
    int64_t window_ns; // at least 1
    uint32_t burst;    // of the first four; at least 1, of GCRA 0
};

struct convoy_limit_answer {
    int is_allowed;
    int64_t wait_ns; // of the queue, allowed: until it leaves, rounded up; else 0
};

struct convoy_rate_limit {
    uint32_t version; // CONVOY_IMPL_VERSION
    // NULL: that algorithm is not implemented.
    void *(*open)(const struct convoy_limit_def *def);
    // A call that counts as cost, at least 1, at a time that mostly does not go back; where it does
    // the clock is taken to stand still. A call that is refused changes nothing.
    struct convoy_limit_answer (*take)(void *limiter, uint32_t cost, int64_t now_ns);
    void (*close)(void *limiter);
};

extern const struct convoy_rate_limit convoy_rate_limit;

#endif
