#include "labs/cache/loader.h"

#include <stddef.h>

// A load under way. It is its loader's, which stays until the last who waits has read it.
struct lab_loader_flight {
    struct lab_loader_flight *next;
    uint64_t key, value;
    uint32_t waiting;
    bool is_over, has_value;
};

bool lab_loader_init(struct lab_loader *l, const struct lab_loader_def *def)
{
    *l = (struct lab_loader){ .def = *def };
    if (!lab_cache_init(&l->cache, &def->cache))
        return false;
    if (pthread_mutex_init(&l->mutex, NULL) != 0)
        goto cache;
    if (pthread_cond_init(&l->landed, NULL) == 0)
        return true;
    pthread_mutex_destroy(&l->mutex);
cache:
    lab_cache_fini(&l->cache);
    return false;
}

void lab_loader_fini(struct lab_loader *l)
{
    pthread_cond_destroy(&l->landed);
    pthread_mutex_destroy(&l->mutex);
    lab_cache_fini(&l->cache);
}

// The newest of a key: an older one is of before a flush.
static struct lab_loader_flight *flight_of(struct lab_loader *l, uint64_t key)
{
    struct lab_loader_flight *f = l->flights;
    while (f->key != key)
        f = f->next;
    return f;
}

static bool await(struct lab_loader *l, struct lab_loader_flight *f, uint64_t *value)
{
    f->waiting++;
    while (!f->is_over)
        pthread_cond_wait(&l->landed, &l->mutex);
    bool has_value = f->has_value;
    *value = f->value;
    if (--f->waiting == 0)
        pthread_cond_broadcast(&l->landed);
    return has_value;
}

static void land(struct lab_loader *l, struct lab_loader_flight *f)
{
    struct lab_loader_flight **at = &l->flights;
    while (*at != f)
        at = &(*at)->next;
    *at = f->next;
    f->is_over = true;
    pthread_cond_broadcast(&l->landed);
    while (f->waiting > 0)
        pthread_cond_wait(&l->landed, &l->mutex);
}

static bool load(struct lab_loader *l, uint64_t key,
                 const struct lab_cache_load *load_begun, uint64_t *value)
{
    struct lab_loader_flight f = { .next = l->flights, .key = key };
    l->flights = &f;
    pthread_mutex_unlock(&l->mutex);
    f.has_value = l->def.load(l->def.ctx, key, &f.value);
    int64_t now = l->def.now(l->def.ctx);
    pthread_mutex_lock(&l->mutex);
    if (load_begun)
        lab_cache_loaded(&l->cache, load_begun, f.has_value ? &f.value : NULL, now);
    land(l, &f);
    *value = f.value;
    return f.has_value;
}

bool lab_loader_get(struct lab_loader *l, uint64_t key, uint64_t *value)
{
    struct lab_cache_load begun;
    bool has_value = true;
    int64_t now = l->def.now(l->def.ctx);
    pthread_mutex_lock(&l->mutex);
    switch (lab_cache_ask(&l->cache, key, now, value, &begun)) {
    case LAB_CACHE_HIT:
        break;
    case LAB_CACHE_WAIT:
        has_value = await(l, flight_of(l, key), value);
        break;
    case LAB_CACHE_LOAD:
        has_value = load(l, key, &begun, value);
        break;
    case LAB_CACHE_FULL:
        has_value = load(l, key, NULL, value);
        break;
    }
    pthread_mutex_unlock(&l->mutex);
    return has_value;
}

void lab_loader_flush(struct lab_loader *l)
{
    pthread_mutex_lock(&l->mutex);
    lab_cache_flush(&l->cache);
    pthread_mutex_unlock(&l->mutex);
}
