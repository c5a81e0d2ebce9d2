#ifndef LABS_CONCURRENCY_LIMIT_LIMITER_H
#define LABS_CONCURRENCY_LIMIT_LIMITER_H

// The limit in use, by many threads: each asks for a place, and gives it back with the time that it
// took. Never more than the limit are under way, but for those who were when it fell.

#include <pthread.h>

#include "labs/concurrency_limit/concurrency_limit.h"

struct lab_concurrency_limiter {
    struct lab_concurrency_chance chance; // constant; drawn from under the mutex
    pthread_mutex_t mutex;
    struct lab_concurrency concurrency; // guarded by mutex
    uint32_t in_flight;                 // guarded by mutex
};

bool lab_concurrency_limiter_init(struct lab_concurrency_limiter *l,
                                  const struct lab_concurrency_def *def,
                                  const struct lab_concurrency_chance *chance);
void lab_concurrency_limiter_fini(struct lab_concurrency_limiter *l);

// How many are under way with this one, or 0: it is refused.
uint32_t lab_concurrency_limiter_begin(struct lab_concurrency_limiter *l);

// `in_flight` is what begin said.
void lab_concurrency_limiter_end(struct lab_concurrency_limiter *l, uint32_t in_flight,
                                 int64_t took_ns, bool was_dropped);

#endif
