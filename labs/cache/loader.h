#ifndef LABS_CACHE_LOADER_H
#define LABS_CACHE_LOADER_H

// The cache for threads: who misses loads, whoever asks for the same key meanwhile waits and gets
// what was loaded. The mutex is not held during a load.

#include <pthread.h>

#include "labs/cache/cache.h"

struct lab_loader_def {
    struct lab_cache_def cache;
    bool (*load)(void *ctx, uint64_t key, uint64_t *value); // false: it failed
    int64_t (*now)(void *ctx);
    void *ctx;
};

struct lab_loader_flight;

struct lab_loader {
    struct lab_loader_def def; // constant
    pthread_mutex_t mutex;
    pthread_cond_t landed; // a flight is over, or the last who waited for it has gone

    // Guarded by mutex.
    struct lab_cache cache;
    struct lab_loader_flight *flights; // under way, the newest first
};

// False when there is no memory.
bool lab_loader_init(struct lab_loader *l, const struct lab_loader_def *def);
void lab_loader_fini(struct lab_loader *l);

// False when the load failed, the caller's own or the one that it waited for.
bool lab_loader_get(struct lab_loader *l, uint64_t key, uint64_t *value);

void lab_loader_flush(struct lab_loader *l);

#endif
