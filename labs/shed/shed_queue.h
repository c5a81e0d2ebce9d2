#ifndef LABS_SHED_SHED_QUEUE_H
#define LABS_SHED_SHED_QUEUE_H

// A queue of requests before a service that may have too many: who is served next, and who is not
// worth serving any more. Time is given, in ns of a clock that does not go back. Pushing and
// popping take constant time, and time for each request that is dropped.
//
// Invariant: entries stand in the order in which they came, whoever is served first.
//
// Sources: RFC 8289; Maurer, "Fail at Scale" (ACM Queue, 2015) for the other two.

#include "labs/shed/codel.h"

#define LAB_SHED_FOR_EVER INT64_MAX

enum lab_shed_order {
    LAB_SHED_FIFO,
    LAB_SHED_LIFO,
    LAB_SHED_ADAPTIVE_LIFO // the oldest first, but the newest while `lifo_from` or more wait
};

enum lab_shed_delay {
    LAB_SHED_MAX_WAIT, // each waits for max_wait_ns at most
    LAB_SHED_CODEL,    // and CoDel drops from who is next
    LAB_SHED_CONTROLLED // who comes when the queue was not empty for long_ns waits for short_ns at
                        // most, anybody else for long_ns
};

struct lab_shed_def {
    enum lab_shed_order order;
    enum lab_shed_delay delay;
    uint32_t capacity, lifo_from;
    int64_t max_wait_ns;
    struct lab_codel_def codel;
    int64_t short_ns, long_ns;
};

// FIFO without end, no limits; CoDel's 5 and 100 ms, which are Facebook's too; lifo_from 2.
struct lab_shed_def lab_shed_default(void);

// The caller's, which keeps it while it is in the queue.
struct lab_shed_entry {
    int64_t since_ns, until_ns;
    struct lab_shed_entry *older, *newer;
};

struct lab_shed_queue {
    struct lab_shed_def def; // constant
    struct lab_shed_entry *oldest, *newest;
    uint32_t waiting;
    int64_t empty_ns; // until when it was empty last
    struct lab_codel codel;
};

void lab_shed_queue_init(struct lab_shed_queue *q, const struct lab_shed_def *def,
                         int64_t now_ns);

// False when the queue is full.
bool lab_shed_queue_push(struct lab_shed_queue *q, struct lab_shed_entry *e,
                         int64_t now_ns);

// Who is served now, or null. Whoever is dropped on the way is chained to `dropped` by `newer`,
// in the order in which they were dropped.
struct lab_shed_entry *lab_shed_queue_pop(struct lab_shed_queue *q, int64_t now_ns,
                                          struct lab_shed_entry **dropped);

#endif
