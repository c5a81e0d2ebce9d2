#ifndef LABS_BULKHEAD_BULKHEAD_H
#define LABS_BULKHEAD_BULKHEAD_H

// So many calls to one neighbour at once, and no more: when it hangs, it holds these and not
// every thread there is. Who finds no place waits, first come first served, for so long and with
// so many others; or is refused at once. It decides and never waits itself: gate.h does. Time is
// given, in ns of a clock that does not go back.
//
// Invariant: nobody waits while a place is free. Each operation takes constant time, but for
// giving up, which takes as long as there are calls that waited in vain.
//
// Sources: resilience4j's Bulkhead and ThreadPoolBulkhead, Hystrix, Polly's concurrency limiter.

#include <stdbool.h>
#include <stdint.h>

#define LAB_BULKHEAD_FOR_EVER INT64_MAX

struct lab_bulkhead_def {
    uint32_t max_calls, max_waiting;
    int64_t max_wait_ns; // 0: nobody waits
};

struct lab_bulkhead_def lab_bulkhead_resilience4j(void); // 25 at once, no wait
struct lab_bulkhead_def
lab_bulkhead_resilience4j_pool(uint32_t threads);   // 100 wait for them
struct lab_bulkhead_def lab_bulkhead_hystrix(void); // 10, no wait
struct lab_bulkhead_def lab_bulkhead_polly(void);   // 1000, no wait

enum lab_bulkhead_state {
    LAB_BULKHEAD_OUTSIDE,
    LAB_BULKHEAD_WAITING,
    LAB_BULKHEAD_INSIDE,
    LAB_BULKHEAD_REFUSED, // no place, and none to wait in
    LAB_BULKHEAD_TIMED_OUT
};

// A call is the caller's, which keeps it until it has left, was refused or gave up.
struct lab_bulkhead_call {
    enum lab_bulkhead_state state;
    int64_t until_ns; // waiting: it is refused then
    struct lab_bulkhead_call *next;
};

struct lab_bulkhead {
    struct lab_bulkhead_def def; // constant
    uint32_t calls, waiting;
    struct lab_bulkhead_call *first, *last; // that wait
};

void lab_bulkhead_init(struct lab_bulkhead *b, const struct lab_bulkhead_def *def);

// The call is inside, waiting or refused afterwards.
enum lab_bulkhead_state lab_bulkhead_enter(struct lab_bulkhead *b,
                                           struct lab_bulkhead_call *c, int64_t now_ns);

// A call that was inside has ended. Returns who is inside in its place, or null: whose time was up
// before now has given up, whose time is up just now still gets the place.
struct lab_bulkhead_call *lab_bulkhead_leave(struct lab_bulkhead *b, int64_t now_ns);

// Whose time is up gives up. At one instant, this is for after all that leave.
void lab_bulkhead_expire(struct lab_bulkhead *b, int64_t now_ns);

// A call that waits is taken out of the line: its caller went away.
void lab_bulkhead_cancel(struct lab_bulkhead *b, struct lab_bulkhead_call *c);

#endif
