#include "labs/concurrency_limit/limiter.h"

bool lab_concurrency_limiter_init(struct lab_concurrency_limiter *l,
                                  const struct lab_concurrency_def *def,
                                  const struct lab_concurrency_chance *chance)
{
    l->chance = *chance;
    l->in_flight = 0;
    lab_concurrency_init(&l->concurrency, def, chance);
    return pthread_mutex_init(&l->mutex, NULL) == 0;
}

void lab_concurrency_limiter_fini(struct lab_concurrency_limiter *l)
{
    pthread_mutex_destroy(&l->mutex);
}

uint32_t lab_concurrency_limiter_begin(struct lab_concurrency_limiter *l)
{
    uint32_t in_flight = 0;
    pthread_mutex_lock(&l->mutex);
    if (lab_concurrency_allows(&l->concurrency, l->in_flight))
        in_flight = ++l->in_flight;
    pthread_mutex_unlock(&l->mutex);
    return in_flight;
}

void lab_concurrency_limiter_end(struct lab_concurrency_limiter *l, uint32_t in_flight,
                                 int64_t took_ns, bool was_dropped)
{
    const struct lab_concurrency_sample sample = { took_ns, in_flight, was_dropped };
    pthread_mutex_lock(&l->mutex);
    l->in_flight--;
    lab_concurrency_sample(&l->concurrency, &sample, &l->chance);
    pthread_mutex_unlock(&l->mutex);
}
