// The shipped cache behind the interface for implementations from outside: it has to agree. With WRONG it
// takes a wrong turn, and must not.

#include <stdlib.h>

#include "labs/cache/cache.h"
#include "labs/host/convoy_impl.h"

// A value that is ttl old still counts; a flush is forgotten; what failed to load is kept.
#define IS_STALE (WRONG == 1)
#define FORGETS  (WRONG == 2)
#define KEEPS    (WRONG == 3)

struct cache {
    struct lab_cache cache;
    struct lab_cache_load loads[64];
    uint32_t count;
};

static void *open_cache(const struct convoy_cache_def *def)
{
    struct lab_cache_def d = { .capacity = def->capacity,
                               .ttl_ns = def->ttl_ns + IS_STALE,
                               .loads_alone = def->loads_alone };
    struct cache *c = calloc(1, sizeof *c);
    lab_cache_init(&c->cache, &d);
    return c;
}

static enum convoy_cache_answer ask(void *cache, uint64_t key, int64_t now_ns,
                                    uint64_t *value, uint64_t *load)
{
    struct cache *c = cache;
    switch (lab_cache_ask(&c->cache, key, now_ns, value, &c->loads[c->count])) {
    case LAB_CACHE_HIT:
        return CONVOY_CACHE_HITS;
    case LAB_CACHE_LOAD:
        *load = c->count++;
        return CONVOY_CACHE_LOADS;
    case LAB_CACHE_WAIT:
        return CONVOY_CACHE_WAITS;
    default:
        return CONVOY_CACHE_FULL;
    }
}

static int loaded(void *cache, uint64_t load, const uint64_t *value, int64_t now_ns)
{
    struct cache *c = cache;
    static const uint64_t nothing = 0;
    return lab_cache_loaded(&c->cache, &c->loads[load], KEEPS && !value ? &nothing : value,
                            now_ns);
}

static void flush(void *cache)
{
    struct cache *c = cache;
    if (!FORGETS)
        lab_cache_flush(&c->cache);
}

static void close_cache(void *cache)
{
    struct cache *c = cache;
    lab_cache_fini(&c->cache);
    free(c);
}

const struct convoy_cache convoy_cache = {
    CONVOY_IMPL_VERSION, open_cache, ask, loaded, flush, close_cache
};
