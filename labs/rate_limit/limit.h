#ifndef LABS_RATE_LIMIT_LIMIT_H
#define LABS_RATE_LIMIT_LIMIT_H

// Seven rate limiters, each as the state of one key: may this call, which counts as `cost`
// calls, go on now? Time is given, in ns of any clock that does not go back (one that does is
// taken to stand still). A limit is `limit` calls a `window`.
//
// Invariant: nothing is rounded before it is compared. A bucket is kept in call-ns: a call
// weighs `window_ns`, and each ns drains `limit`, so that a refill is an integer also where
// the time between two calls is not. Each answer takes constant time; only the sliding log
// takes memory, eight bytes for each call of the limit.
//
// Sources: the token and the leaky bucket as in ATM's generic cell rate algorithm (ITU-T
// I.371), which GCRA is, here with the words and answers of redis-cell's CL.THROTTLE; the
// sliding counter is Cloudflare's ("How we built rate limiting capable of scaling to
// millions of domains", 2017).

#include <stdbool.h>
#include <stdint.h>

enum lab_limit_algorithm {
    LAB_TOKEN_BUCKET,   // `burst` tokens, full at first
    LAB_LEAKY_BUCKET,   // as a meter: `burst` fit, and it leaks
    LAB_LEAKY_QUEUE,    // as a queue: `burst` wait, and one leaves each window / limit
    LAB_GCRA,           // `burst` beyond the first at once: redis-cell's max_burst
    LAB_FIXED_WINDOW,   // windows begin at whole multiples of their length
    LAB_SLIDING_LOG,    // every call of the last window is remembered
    LAB_SLIDING_COUNTER // two counts, the older one weighed by what is left of its window
};

// limit, window_ns and burst are at least 1 (burst from 0 for GCRA), and the products
// limit * window_ns and (burst + 1) * window_ns are below 2^61.
struct lab_limit_def {
    enum lab_limit_algorithm algorithm;
    uint32_t limit;
    int64_t window_ns;
    uint32_t burst;    // buckets and GCRA
    bool logs_refused; // sliding log: a refused call counts as well
};

#define LAB_LIMIT_NEVER (-1) // it is allowed, or no waiting helps

struct lab_limit_answer {
    bool is_allowed;
    uint32_t remaining; // calls of cost 1 that would be allowed now, one after the other
    int64_t wait_ns;    // leaky queue, allowed: until it leaves; 0 for all others
    int64_t retry_after_ns; // refused: until the same call is allowed, if no other comes
    int64_t reset_after_ns; // until nothing is remembered any more
};

// One key. Private to limit.c; visible so that a table can hold one by value. Whoever holds
// it sees to it that calls do not overlap.
struct lab_limit {
    int64_t last_ns;
    union {
        int64_t level; // buckets: call-ns that are in it
        struct {
            int64_t window; // counters: the number of the window that `count` is of
            uint32_t count, before;
        } in;
        struct {
            int64_t *at; // log: a ring of the latest `limit` calls, owned
            uint32_t first, count;
        } log;
    } u;
};

// False when there is no memory for a log.
bool lab_limit_init(struct lab_limit *l, const struct lab_limit_def *def);
void lab_limit_fini(struct lab_limit *l, const struct lab_limit_def *def);

// Whether a definition keeps within the bounds above.
bool lab_limit_is_sound(const struct lab_limit_def *def);

// A cost of 0 takes nothing and tells how things stand.
struct lab_limit_answer lab_limit_take(struct lab_limit *l, const struct lab_limit_def *def,
                                       uint32_t cost, int64_t now_ns);

#endif
