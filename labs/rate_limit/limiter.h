#ifndef LABS_RATE_LIMIT_LIMITER_H
#define LABS_RATE_LIMIT_LIMITER_H

// A limiter for many keys (tenants, API keys, addresses) that many threads may ask: a table
// of lab_limit, one a key, behind one mutex. A key that was never seen is as fresh as one that
// has been idle for long, so the table forgets idle keys instead of growing.
//
// Taking costs constant time on average; the table is swept or doubled when it is full, which
// costs its length. A key takes 40 bytes, twice that right after doubling, and the sliding log
// its log.

#include <pthread.h>

#include "labs/rate_limit/limit.h"

struct lab_limiter_key {
    uint64_t key;
    struct lab_limit limit;
    uint32_t next; // in its chain; 0: the last
};

struct lab_limiter {
    struct lab_limit_def def; // constant
    uint32_t max_keys;        // constant
    pthread_mutex_t mutex;

    // Guarded by mutex.
    struct lab_limiter_key *keys; // [1 .. count]; 0 is nobody
    uint32_t *chains;             // [room]: by hash, the first of a chain
    uint32_t count, room;         // room is a power of two; count < room
};

enum lab_limiter_verdict {
    LAB_LIMITER_REFUSED,
    LAB_LIMITER_ALLOWED,
    LAB_LIMITER_FULL // no room for another key: the caller decides whether that fails open
};

// False when the definition is not sound or there is no memory.
bool lab_limiter_init(struct lab_limiter *l, const struct lab_limit_def *def,
                      uint32_t max_keys);
void lab_limiter_fini(struct lab_limiter *l);

// `answer` may be null, and is left alone when the table is full.
enum lab_limiter_verdict lab_limiter_take(struct lab_limiter *l, uint64_t key,
                                          uint32_t cost, int64_t now_ns,
                                          struct lab_limit_answer *answer);

#endif
