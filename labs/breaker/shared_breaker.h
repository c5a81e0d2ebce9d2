#ifndef LABS_BREAKER_SHARED_BREAKER_H
#define LABS_BREAKER_SHARED_BREAKER_H

// A breaker for many threads: the one above behind a mutex, which is never held during a call.
// That a permit is there and that it is taken are one step, or two threads would both be the
// only probe.

#include <pthread.h>

#include "labs/breaker/breaker.h"

struct lab_shared_breaker {
    pthread_mutex_t mutex;
    struct lab_breaker breaker; // guarded by mutex
};

bool lab_shared_breaker_init(struct lab_shared_breaker *s,
                             const struct lab_breaker_def *def);
void lab_shared_breaker_fini(struct lab_shared_breaker *s);
bool lab_shared_breaker_allows(struct lab_shared_breaker *s, int64_t now_ns);
bool lab_shared_breaker_record(struct lab_shared_breaker *s,
                               enum lab_breaker_outcome outcome, int64_t took_ns,
                               int64_t now_ns);
enum lab_breaker_state lab_shared_breaker_state(struct lab_shared_breaker *s,
                                                int64_t now_ns);

#endif
