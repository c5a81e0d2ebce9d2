#include <pthread.h>
#include <stdatomic.h>

#include "scenarios/runner/sweep.h"

// Runs share nothing, so handing them out is all there is to it.

#define THREADS_CAP 64

struct handing {
    atomic_uint next;
    uint32_t n;
    void (*each)(void *ctx, uint32_t i);
    void *ctx;
};

static void *take_all(void *arg)
{
    struct handing *h = arg;
    for (uint32_t i; (i = atomic_fetch_add(&h->next, 1)) < h->n;)
        h->each(h->ctx, i);
    return NULL;
}

void scn_parallel(uint32_t n, uint32_t threads, void (*each)(void *ctx, uint32_t i),
                  void *ctx)
{
    pthread_t others[THREADS_CAP];
    uint32_t started = 0;
    struct handing h = { .n = n, .each = each, .ctx = ctx };
    if (threads > THREADS_CAP)
        threads = THREADS_CAP;
    // This thread is one of them; where no other can be had it does all alone.
    while (started + 1 < threads && started + 1 < n &&
           pthread_create(&others[started], NULL, take_all, &h) == 0)
        started++;
    take_all(&h);
    for (uint32_t i = 0; i < started; i++)
        pthread_join(others[i], NULL);
}
